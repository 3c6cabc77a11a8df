/*
 * Notifiers: where notices go. One row and one file a kind (notifiers.def). A notifier is written as
 * [NAME=]KIND[:TARGET]; its name stands in the outbox, so it should stay the same: it is the kind unless
 * one is given.
 *
 * What is sent is the notice's JSON object with three members behind its own:
 *   …,"notice":12,"notifier":"oncall","repeated":false}
 * repeated: an earlier attempt may have arrived.
 */
#ifndef KS_NOTIFY_NOTIFIER_H
#define KS_NOTIFY_NOTIFIER_H

#include "lib/base/ctx.h"
#include "lib/base/secret.h"
#include "lib/base/vec.h"
#include "lib/incident/outbox.h"

#define KS_NOTIFIER_ID 33              /* 32 hex digits and a NUL */

/* What is to be told, made ready. All borrowed. */
struct ks_notifier_message {
	struct ks_str body;                /* JSON, one line, no newline */
	const char *kind;                  /* "opened" … */
	int64_t incident_id;
	char id[KS_NOTIFIER_ID];           /* the same at every attempt: for the receiver to tell repeats */
	bool is_repeated;
	int64_t now_ms;
};

/* What a failed attempt says beside its error. */
struct ks_notifier_answer {
	int64_t retry_after_ms;            /* 0: not said */
	bool is_final;                     /* no later attempt can succeed */
};

struct ks_notifier;

struct ks_notifier_row {
	const char *name;                  /* the kind: "webhook" */
	const char *target; /* what stands behind the colon, for help: "URL"; NULL: nothing does */
	bool has_secret;                   /* needs one */
	int (*open)(struct ks_notifier *notifier, struct ks_err *err);      /* checks the target; may be NULL */
	/* 0 when it arrived. Errors: any; the message goes to people. */
	int (*send)(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
		struct ks_notifier_answer *out, struct ks_err *err);
};

struct ks_notifier {
	const struct ks_notifier_row *row;
	const struct ks_ctx *ctx;
	char *name;
	char *target;                      /* "" when there is none */
	struct ks_secret secret;
};

/* A set of notifiers, in the order in which they were added. */
struct ks_notifiers {
	struct ks_vec list;                /* struct ks_notifier */
};

void ks_notifier_init(struct ks_notifiers *notifiers);
void ks_notifier_release(struct ks_notifiers *notifiers);

/* Adds one. Errors: USAGE for an unknown kind, a target that does not fit, a name that is taken. */
int ks_notifier_add(struct ks_notifiers *notifiers, const struct ks_ctx *ctx, const char *spec,
	struct ks_err *err);

/* Gives the notifiers that need a secret theirs: references "env:NAME" or "file:PATH", one for all of them
 * or one each in their order. Errors: CONFIG (a reference that leads to nothing), USAGE (too
 * few, too many). */
int ks_notifier_set_secrets(struct ks_notifiers *notifiers, const struct ks_ctx *ctx,
	const struct ks_vec *references, struct ks_err *err);

const struct ks_notifier *ks_notifier_find(const struct ks_notifiers *notifiers, struct ks_str name);

/* Sends a notice once. */
int ks_notifier_send(const struct ks_notifier *notifier, const struct ks_notice *notice,
	struct ks_notifier_answer *out, struct ks_err *err);

#endif

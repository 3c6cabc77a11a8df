/*
 * Notifiers: where notices go. One row and one file a kind (notifiers.def). A notifier is written as
 * [NAME=]KIND[:TARGET], or as an order with all that its kind can be told; its name stands in the outbox, so
 * it should stay the same: it is the kind unless one is given.
 *
 * What programs are sent is the notice's JSON object with three members behind its own:
 *   …,"notice":12,"notifier":"oncall","repeated":false}
 * repeated: an earlier attempt may have arrived. What people are sent is made of wording.h.
 */
#ifndef KS_NOTIFY_NOTIFIER_H
#define KS_NOTIFY_NOTIFIER_H

#include "lib/aws/account.h"
#include "lib/base/ctx.h"
#include "lib/base/secret.h"
#include "lib/base/vec.h"
#include "lib/incident/outbox.h"
#include "lib/notify/wording.h"
#include "lib/sigma/rule.h"

#define KS_NOTIFIER_ID 33              /* 32 hex digits and a NUL */
#define KS_NOTIFIER_THREAD 64
#define KS_NOTIFIER_ORIGIN 17

/* A setting as it is written: "region", "eu-west-1". Several values are one, with commas between. */
struct ks_notifier_setting {
	const char *key;
	const char *value;
};

/* A notifier as somebody ordered it. All borrowed; what is NULL or 0 was not said. */
struct ks_notifier_order {
	const char *name;
	const char *kind;
	const char *target;
	const char *secret;                /* "env:NAME" or "file:PATH" */
	enum ks_level level;               /* of this level and above; KS_LEVEL_NONE: all */
	const char *const *kinds;          /* only these kinds of notices; none: all */
	size_t kind_count;
	const struct ks_notifier_setting *settings;
	size_t setting_count;
	const struct ks_account *account;  /* of AWS, to act in; external_id as written; NULL: the keys' own */
	const char *file;                  /* where it stands, for errors; NULL: in no file */
	int line, column;
};

/* What is to be told, made ready. All borrowed. */
struct ks_notifier_message {
	struct ks_str body;                /* JSON, one line, no newline */
	const struct ks_json *json;        /* the same */
	const struct ks_wording *wording;
	const char *kind;                  /* "opened" … */
	int64_t incident_id;               /* 0: about none */
	int64_t number;                    /* of the notice */
	char id[KS_NOTIFIER_ID];           /* the same at every attempt: for the receiver to tell repeats */
	/* The same for all about one incident, or one alarm and its end: "0123456789abcdef/incident/7". */
	char thread[KS_NOTIFIER_THREAD];
	bool is_repeated;
	int64_t created_ms, now_ms;
};

/* What a failed attempt says beside its error. */
struct ks_notifier_answer {
	int64_t retry_after_ms;            /* 0: not said */
	bool is_final;                     /* no later attempt can succeed */
	bool is_unsent;                    /* nothing of it went out, or it was refused: it did not arrive */
};

/* Who sends. */
struct ks_notifier_office {
	const char *store_path;            /* where our own calls to AWS are remembered */
	char origin[KS_NOTIFIER_ORIGIN];   /* of this store: two of them both have an incident 7 */
};

struct ks_notifier;

/* A setting that a kind takes beside those of all: name kind target secret level kinds. */
struct ks_notifier_option {
	const char *key;
	const char *help;                  /* what it is, for errors and help */
	bool is_needed;
	bool is_list;                      /* may be a list */
	bool is_path;                      /* of a file; the config's are relative to its directory */
};

enum ks_notifier_secret {
	KS_NOTIFIER_SECRET_NONE,
	KS_NOTIFIER_SECRET_MAY,            /* has one if it is given */
	KS_NOTIFIER_SECRET_MUST,
	KS_NOTIFIER_SECRET_TARGET,         /* needs one, and in the short form it is the target */
};

/* Gets "closed" and "recovered", or "acknowledged", whatever its kinds and level: it would go on paging, or
 * show as open what is not. Others get "acknowledged" only where their kinds name it. */
#define KS_NOTIFIER_FOLLOWS_END 1u
#define KS_NOTIFIER_FOLLOWS_ACK 2u

struct ks_notifier_row {
	const char *name;                  /* the kind: "webhook" */
	const char *target; /* what stands behind the colon, for help: "URL"; NULL: nothing does */
	bool is_target_optional;
	bool is_aws;                       /* takes an account */
	unsigned follows;                  /* KS_NOTIFIER_FOLLOWS_…: what it shows it must be told the end of */
	const char *permission;            /* that sending takes, where it is AWS's: "sns:Publish" */
	enum ks_notifier_secret secret;
	const char *secret_help;           /* what the secret is: "the URL of an incoming webhook" */
	const struct ks_notifier_option *options;
	size_t option_count;
	/* Checks target and settings without looking at anything else. *out_key: the setting to blame. */
	int (*check)(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err);
	int (*open)(struct ks_notifier *notifier, struct ks_err *err);      /* looks whether it can be used */
	/* Checks the secret, which stays out of the error. */
	int (*check_secret)(const struct ks_notifier *notifier, struct ks_err *err);
	/* 0 when it arrived. Errors: any; the message goes to people, and holds no secret. */
	int (*send)(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
		struct ks_notifier_answer *out, struct ks_err *err);
	void (*close)(void *state);
};

struct ks_notifier {
	const struct ks_notifier_row *row;
	const struct ks_ctx *ctx;
	char *name;
	char *target;                      /* "" when there is none */
	struct ks_secret secret;           /* a NUL follows, not counted */
	const char *reference;             /* of the secret; NULL: none is named */
	enum ks_level level;
	const struct ks_str *kinds;
	size_t kind_count;
	const struct ks_notifier_setting *settings;
	size_t setting_count;
	const struct ks_account *account;
	struct ks_arena arena;
	struct ks_notifier_state *state;   /* of its sender's thread */
};

/* What a notifier keeps from one notice to the next. Only its sender's thread touches it. */
struct ks_notifier_state {
	const struct ks_notifier_office *office;
	void *own;                         /* the row's; NULL at first */
};

/* A set of notifiers, in the order in which they were added. */
struct ks_notifiers {
	struct ks_vec list;                /* struct ks_notifier */
};

void ks_notifier_init(struct ks_notifiers *notifiers);
void ks_notifier_release(struct ks_notifiers *notifiers);

/* NULL when there is no such kind. */
const struct ks_notifier_row *ks_notifier_kind(struct ks_str kind);

/* The rows in their order; NULL behind the last. */
const struct ks_notifier_row *ks_notifier_row_at(size_t i);

/* Cuts [NAME=]KIND[:TARGET] into an order; texts live in arena. Errors: USAGE for an unknown kind. */
int ks_notifier_parse(const char *spec, struct ks_arena *arena, struct ks_notifier_order *out,
	struct ks_err *err);

/* Whether an order is complete and fits its kind; looks at no file and no variable. *out_key: the setting to
 * blame, NULL for the whole. Errors: USAGE. */
int ks_notifier_check(const struct ks_notifier_order *order, const char **out_key, struct ks_err *err);

/* Adds one. Errors: USAGE for an unknown kind, a target that does not fit, a name that is taken. */
int ks_notifier_add(struct ks_notifiers *notifiers, const struct ks_ctx *ctx, const char *spec,
	struct ks_err *err);
int ks_notifier_add_order(struct ks_notifiers *notifiers, const struct ks_ctx *ctx,
	const struct ks_notifier_order *order, struct ks_err *err);

/* The error about a notifier, with the place that its order has. */
int ks_notifier_fail_at(const struct ks_notifier_order *order, struct ks_err *err);

/* Gives every notifier its secret: the one it names itself, else one of these references "env:NAME" or
 * "file:PATH": one for all that name none and need one, or one each in their order. Errors: CONFIG (a
 * reference that leads to nothing), USAGE (too few, too many, one that does not fit). With out_bad, every
 * notifier that gets none is pushed on it with its error (struct ks_notifier_bad), else the first one's
 * error ends it. */
struct ks_notifier_bad {
	const char *name;                  /* borrowed of the notifier */
	struct ks_err err;
};
int ks_notifier_set_secrets(struct ks_notifiers *notifiers, const struct ks_ctx *ctx,
	const struct ks_vec *references, struct ks_vec *out_bad, struct ks_err *err);

/* What a reference leads to. A newline at the end of a file does not belong to it. Errors: CONFIG, USAGE. */
int ks_notifier_resolve(const struct ks_ctx *ctx, const char *reference, struct ks_secret *out,
	struct ks_err *err);

const struct ks_notifier *ks_notifier_find(const struct ks_notifiers *notifiers, struct ks_str name);

/* NULL when it was not said. */
const char *ks_notifier_setting(const struct ks_notifier *notifier, const char *key);

/* Whether a notice is for this one: of its kinds and its level. Tests always are; what says that something
 * is over ("closed", "recovered") is, whatever its level, "acknowledged" as its row says, and
 * "heartbeat" only where kinds name it or name none. */
bool ks_notifier_wants(const struct ks_notifier *notifier, const struct ks_notice *notice);

/* Sends a notice once; for the thread that sends for this notifier. office must outlive the notifier, or
 * the next send. */
int ks_notifier_send(const struct ks_notifier *notifier, const struct ks_notifier_office *office,
	const struct ks_notice *notice, struct ks_notifier_answer *out, struct ks_err *err);

/* Lets go of what sending has kept: connections to AWS, keys of roles. */
void ks_notifier_rest(const struct ks_notifier *notifier);

#endif

/*
 * A step: one call as data, with what must hold before it is sent, what takes it back, and who else
 * feels it. Plans are lists of steps; nothing here sends anything.
 */
#ifndef KS_RESPOND_STEP_H
#define KS_RESPOND_STEP_H

#include "lib/aws/wire.h"
#include "lib/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* How far a step reaches, in order. */
enum ks_step_scope {
	KS_STEP_NOTHING,             /* a notice: AWS is not touched */
	KS_STEP_KEY,                 /* one access key */
	KS_STEP_PRINCIPAL,           /* a user with all keys, sessions and the console */
	KS_STEP_ROLE,                /* everybody who uses a role */
	KS_STEP_ACCOUNT,             /* everything in the account, or in one Region of it */
};

/* The state of what a step changes: read before the step is sent, and again to see what came of it. States
 * are texts; which text an answer stands for is a probe's to say (probe.h). */
struct ks_step_condition {
	struct ks_wire_call read;
	const char *probe;           /* name of the probe's row */
	struct ks_str item;          /* which of several in the answer: a key id, a tag's name; n 0: of one */
	const char *what;            /* for people: "Status of AKIA…" */
	const char *want;            /* only in this state there is something to do; NULL: in any but effect */
	const char *effect;          /* the state that the step brings about; KS_STEP_ABSENT: it is gone */
};

/* The state of what is not there: AWS's error, as plans show it. */
#define KS_STEP_ABSENT "NoSuchEntity"
/* The state of what is there, where there is no more to say of it: a password. */
#define KS_STEP_PRESENT "present"

/* Stand for what is known only when a step is sent, in values of parameters and in effect: the time (UTC,
 * "2026-11-22T06:40:00Z"), and, in an inverse, the state that was read before the step was sent. */
#define KS_STEP_NOW "{{now}}"
#define KS_STEP_BEFORE "{{before}}"

/* Who else feels it. What cannot be known offline says so and names the call that would tell. */
struct ks_step_hit {
	const char *text;
	struct ks_wire_call read;    /* operation NULL when there is nothing to read */
};

#define KS_STEP_HITS 8u

struct ks_step {
	const char *action;          /* name of the row that planned it */
	enum ks_step_scope scope;
	const char *target;          /* "key AKIA… of user alice" */
	struct ks_wire_call call;    /* operation NULL for a notice */
	const struct ks_str *notify; /* of a notice: whom */
	size_t notify_count;
	struct ks_step_condition condition;
	struct ks_wire_call inverse; /* operation NULL: there is none, and inverse_note says why */
	struct ks_wire_call inverse_absent;      /* the same where nothing was there before; NULL: as inverse */
	const char *inverse_note;    /* more about taking it back, or NULL */
	struct ks_step_hit hits[KS_STEP_HITS];
	size_t hit_count;
	bool without_approval;       /* the policy says so for this step */
};

const char *ks_step_scope_name(enum ks_step_scope scope);    /* "notice", "key", "principal" … */

/* A call to be put together: the parameters are copied into the arena, their strings are not. */
struct ks_wire_call ks_step_call(struct ks_arena *arena, const struct ks_wire_call *form,
	const struct ks_wire_parameter *parameters, size_t n);

/* "Status of AKIA… is Active", "inline policy x is not there (NoSuchEntity)": when there is something to
 * do. */
const char *ks_step_tell_condition(const struct ks_step_condition *condition, struct ks_arena *arena);

void ks_step_hit(struct ks_step *step, const char *text, const struct ks_wire_call *read);

/* Adds the step in canonical form, each part as its length in decimal, ':' and its bytes: what the
 * digest of a plan is made of. All that would be sent is in it, and nothing that is only told. */
void ks_step_add_canonical(const struct ks_step *step, struct ks_buf *out);

/* The same call for another Region: nothing else differs in what is sent. */
bool ks_step_is_alike(const struct ks_step *a, const struct ks_step *b);

#endif

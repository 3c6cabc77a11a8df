/*
 * Probes: which state an answer of AWS stands for. A step's read call is data, and so is what its answer
 * means: a row here finds one text in it, the same text for the same state whoever wrote it (a policy
 * document is compared without its blanks, a status as IAM spells it). What AWS says is not there is
 * KS_STEP_ABSENT, whatever the error is called.
 */
#ifndef KS_RESPOND_PROBE_H
#define KS_RESPOND_PROBE_H

#include "lib/aws/client.h"
#include "lib/respond/step.h"

struct ks_probe {
	const char *name;            /* "key_status" */
	const char *operation;       /* that it reads the answer of: "ListAccessKeys" */
	/* The state; item as in ks_step_condition. The text lives in arena. Errors: PARSE (the answer does not
	 * say). */
	int (*find)(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
		struct ks_str *out, struct ks_err *err);
};

/* NULL when there is no such row. */
const struct ks_probe *ks_probe_find(struct ks_str name);

/* Asks AWS, all pages of the answer. Errors: as ks_client_call, but NOTFOUND, which is a state; PARSE;
 * UNSUPPORTED (no such probe, or one of another operation). */
int ks_probe_read(struct ks_client *client, const struct ks_step_condition *condition,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err);

/* Whether two states are one: texts as they are, JSON whatever its blanks. */
bool ks_probe_is_same(struct ks_str a, struct ks_str b);

#endif

/*
 * What one incident gets: the policy that is for it, the plan, and its place in the ledger. Nothing is sent
 * here. A plan is ready when some step of it may act at once; the others wait for an approval. What waits is
 * told of, once, and takes the place of what waited for the incident before.
 */
#ifndef KS_ENGINE_ANSWER_H
#define KS_ENGINE_ANSWER_H

#include "lib/respond/ledger.h"
#include "lib/respond/mandate.h"
#include "lib/respond/policyset.h"

/* All borrowed. */
struct ks_answer_request {
	const struct ks_mandate *mandate;
	struct ks_db *db;                                /* open for writing */
	const struct ks_policyset *policies;             /* that passed its check */
	struct ks_str (*rule_name)(void *arg, struct ks_str rule_id);    /* as in facts.h */
	void *arg;
	const char *const *notifiers;                    /* names: each is told of what waits */
	size_t notifier_count;
	int64_t incident;
	int64_t since_ms;            /* when it became so: before the mandate's start, it is left over */
};

enum ks_answer_kind {
	KS_ANSWER_NONE,              /* no policy is for it, or it plans nothing, or it is merged or on hold */
	KS_ANSWER_KNOWN,             /* the same is in the ledger already */
	KS_ANSWER_SHOWN,             /* a dry run: nothing is stored */
	KS_ANSWER_REFUSED,           /* by a guard: only that is written down, and told once a reason */
	KS_ANSWER_STORED,            /* it is in the ledger since now */
};

struct ks_answer {
	enum ks_answer_kind kind;
	const struct ks_policy *policy;          /* NULL: none */
	const char *why;                         /* of NONE, SHOWN, REFUSED, and of what waits; else NULL */
	int64_t plan;                            /* id in the ledger; 0: nothing was stored */
	char digest[KS_HASH_HEX];
	size_t ready, waiting;                   /* its steps that may act at once, and that wait */
	int64_t changed_ms;                      /* of the incident, as it was read */
	struct ks_arena arena;                   /* owns why */
};

/* Errors: the store's, NOTFOUND; an account that cannot be opened (its plan is stored all the same, and who
 * carries it out meets that error). Release out in any case. */
int ks_answer_make(const struct ks_answer_request *request, struct ks_answer *out, struct ks_err *err);
void ks_answer_release(struct ks_answer *answer);

#endif

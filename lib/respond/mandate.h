/*
 * The mandate: in whose name, where and within which limits keysnare may act. It comes from the config and
 * the command line, never from a policy, a plan or a record, and the executor goes by it alone: what a plan
 * that was approved yesterday says of limits is asked again here.
 */
#ifndef KS_RESPOND_MANDATE_H
#define KS_RESPOND_MANDATE_H

#include "lib/aws/pool.h"
#include "lib/respond/guard.h"
#include "lib/store/db.h"

#define KS_MANDATE_SETTLE_MS (INT64_C(8) * 1000)         /* about 4 s were measured; AWS promises nothing */
#define KS_MANDATE_APPROVAL_MS (INT64_C(4) * 3600 * 1000)

/* All borrowed. */
struct ks_mandate {
	const struct ks_ctx *ctx;
	struct ks_settings *settings;            /* of the chain whose keys open the accounts */
	struct ks_pool *pool;                    /* those that stay open; NULL: each plan opens its own */
	const struct ks_account *accounts;       /* outside of these nothing is touched */
	size_t account_count;
	const struct ks_pattern *protect;        /* ARNs and key ids that are never touched */
	const struct ks_str *protect_texts;      /* as they are written */
	size_t protect_count;
	const struct ks_netlist *lists;          /* of addresses: which are our own; NULL: none */
	const char *const *notifiers;            /* names: told of limits and of what was lost; none: "stdout" */
	size_t notifier_count;
	int64_t most_keys;                       /* real keys an hour, whatever the policies say; 0: no limit */
	int64_t settle_ms;                       /* how long IAM may take until a change holds everywhere */
	int64_t approval_ms;                     /* how long an approval is good for */
	const char *pause_path;                  /* while this file is there nothing is sent */
	struct ks_str who;                       /* for the journal; never empty */
	int64_t started_ms;                      /* when this run of the program began */
};

/* A plan that is about to be carried out. All borrowed. */
struct ks_mandate_case {
	const struct ks_facts *facts;
	const struct ks_account_self *self;      /* NULL: AWS was not asked yet */
	int64_t made_ms;                         /* when the plan was made */
	bool is_approved;                        /* by somebody: then it may be older than this run */
	int64_t enough;                          /* the policy's limit of keys; 0: it is not known */
};

/* What the guards need to know before something is sent: reads the pause file, and counts what the store
 * says was acted on within the hour. Texts live in arena. A pause file that cannot be read counts as one
 * that is there. Errors are the store's. */
int ks_mandate_world(const struct ks_mandate *mandate, struct ks_db *db, const struct ks_mandate_case *of,
	struct ks_arena *arena, struct ks_guard_world *out, struct ks_err *err);

#endif

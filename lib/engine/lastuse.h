/*
 * Asks IAM when each live decoy was used last, all the time and never too fast, so that a use that no trail
 * records is noticed (incident/silentuse.h). A thread with a connection of its own to the store: reading is
 * not delayed by it, and a use that became an incident is told by whoever tells of incidents.
 *
 * Each key is asked about once in an interval, sooner or later by a fifth of it, so that they do not come in
 * bursts; never more than so many a second, since everybody in an account shares IAM's rate: a fleet that is
 * too large for the interval is asked about less often. Keys of accounts that cannot be entered wait. Our
 * asking is no use: it is signed with our own keys.
 */
#ifndef KS_ENGINE_LASTUSE_H
#define KS_ENGINE_LASTUSE_H

#include "lib/aws/account.h"
#include "lib/aws/iam.h"
#include "lib/base/ctx.h"
#include "lib/incident/silentuse.h"

#define KS_LASTUSE_INTERVAL_MS (INT64_C(15) * 60 * 1000)
#define KS_LASTUSE_A_SECOND 2

struct ks_lastuse;

/* All borrowed until finish. */
struct ks_lastuse_config {
	const struct ks_ctx *ctx;
	const char *store_path;
	const struct ks_account *accounts;       /* none: the account that the keys of the chain are of */
	size_t account_count;
	struct ks_settings *settings;            /* used by nobody else meanwhile */
	int64_t interval_ms;                     /* 0: KS_LASTUSE_INTERVAL_MS */
	int64_t quiet_ms;                        /* as in ingest.h */
	/* An account cannot be entered, or a key not be asked about: once for each outage. */
	void (*problem)(void *arg, struct ks_str account, const struct ks_err *err);
	/* An incident was opened or changed. */
	void (*changed)(void *arg, const struct ks_silentuse_verdict *verdict);
	/* In place of IAM, for tests; NULL: IAM. */
	int (*ask)(void *arg, const struct ks_silentuse_key *key, struct ks_arena *arena,
		struct ks_iam_last_used *out, struct ks_err *err);
	void *arg;                               /* of the three; the thread calls them */
};

struct ks_lastuse_summary {
	uint64_t asked, failed;                  /* keys */
	uint64_t raised, explained;              /* uses */
};

/* Opens the store. Errors: the store's. */
int ks_lastuse_open(const struct ks_lastuse_config *config, struct ks_lastuse **out, struct ks_err *err);
/* Writes down what was asked and not yet written. NULL is fine. */
void ks_lastuse_close(struct ks_lastuse *lastuse, struct ks_lastuse_summary *out);

/* Does what is due, at most one question, and says how long nothing is. Errors: the store's; a locked one is
 * none. */
int ks_lastuse_step(struct ks_lastuse *lastuse, int64_t *out_wait_ms, struct ks_err *err);

/* The same in a thread, from start to finish; finish closes it. A store that fails ends the thread and is a
 * problem (of no account). Errors: the store's, IO. */
int ks_lastuse_start(const struct ks_lastuse_config *config, struct ks_lastuse **out, struct ks_err *err);
void ks_lastuse_finish(struct ks_lastuse *lastuse, struct ks_lastuse_summary *out);

#endif

/*
 * What keysnare watch --respond adds: the mandate out of the config, the response policies, the responder,
 * and its lines on stderr.
 */
#ifndef KS_CMD_WATCH_RESPOND_H
#define KS_CMD_WATCH_RESPOND_H

#include "cmd/keysnare/command.h"
#include "cmd/keysnare/watch_rules.h"

#include "lib/aws/settings.h"
#include "lib/engine/responder.h"
#include "lib/incident/owncall.h"
#include "lib/intel/netlist.h"
#include "lib/sigma/ruleset.h"

struct ks_watch_respond {
	struct ks_app *app;
	struct ks_watch_rules_set *rules;        /* what the responder goes by at the moment */
	struct ks_settings settings;
	struct ks_owncall *owncall;              /* remembers what is asked with them */
	struct ks_mandate mandate;
	struct ks_pool *pool;                    /* accounts that stay open */
	struct ks_responder *responder;
	struct ks_arena arena;
};

/* Who is told of what waits for an approval. Borrowed. */
struct ks_watch_respond_order {
	const char *const *notifiers;
	size_t notifier_count;
	struct ks_sentry *sentry;                /* hears what cannot be carried out */
};

/* Zeroes it; then release is fine at any time. */
void ks_watch_respond_init(struct ks_watch_respond *respond, struct ks_app *app);
void ks_watch_respond_release(struct ks_watch_respond *respond);

/* Loads what is needed and begins; holds rules. Errors: CONFIG (no config, no accounts); the store's. */
int ks_watch_respond_start(struct ks_watch_respond *respond, struct ks_watch_rules_set *rules,
	const struct ks_watch_respond_order *order, struct ks_err *err);

/* From the next incident on it goes by these. */
void ks_watch_respond_renew(struct ks_watch_respond *respond, struct ks_watch_rules_set *rules);

/* Nothing happens where it was not started. */
void ks_watch_respond_add(struct ks_watch_respond *respond, int64_t incident);

/* Waits until everything was answered (is_draining), and says how many plans there were. */
void ks_watch_respond_finish(struct ks_watch_respond *respond, bool is_draining,
	struct ks_responder_summary *out);

#endif

/*
 * What keysnare watch --respond adds: the mandate out of the config, the response policies, the responder,
 * and its lines on stderr.
 */
#ifndef KS_CMD_WATCH_RESPOND_H
#define KS_CMD_WATCH_RESPOND_H

#include "cmd/keysnare/command.h"

#include "lib/aws/settings.h"
#include "lib/engine/responder.h"
#include "lib/incident/owncall.h"
#include "lib/intel/netlist.h"
#include "lib/sigma/ruleset.h"

struct ks_watch_respond {
	struct ks_app *app;
	const struct ks_ruleset *rules;          /* for the names that policies use; borrowed */
	struct ks_policyset policies;
	struct ks_settings settings;
	struct ks_owncall *owncall;              /* remembers what is asked with them */
	struct ks_mandate mandate;
	struct ks_responder *responder;
	struct ks_arena arena;
};

/* Who is told of what waits for an approval, and which addresses are our own. Borrowed. */
struct ks_watch_respond_order {
	const char *const *notifiers;
	size_t notifier_count;
	const struct ks_netlist *lists;          /* NULL: none */
	struct ks_sentry *sentry;                /* hears what cannot be carried out */
};

/* Zeroes it; then release is fine at any time. */
void ks_watch_respond_init(struct ks_watch_respond *respond, struct ks_app *app,
	const struct ks_ruleset *rules);
void ks_watch_respond_release(struct ks_watch_respond *respond);

/* Loads what is needed and begins. Errors: CONFIG (no config, no accounts, policies with errors, which are
 * printed); the store's. */
int ks_watch_respond_start(struct ks_watch_respond *respond, const struct ks_opt_args *args,
	const struct ks_watch_respond_order *order, struct ks_err *err);

/* Nothing happens where it was not started. */
void ks_watch_respond_add(struct ks_watch_respond *respond, int64_t incident);

/* Waits until everything was answered (is_draining), and says how many plans there were. */
void ks_watch_respond_finish(struct ks_watch_respond *respond, bool is_draining,
	struct ks_responder_summary *out);

#endif

/*
 * What a watch goes by and may change while it runs: rules with their placeholders, address lists, response
 * policies. One loading is one object, which the loop and the responder hold for as long as they use it.
 */
#ifndef KS_CMD_WATCH_RULES_H
#define KS_CMD_WATCH_RULES_H

#include "cmd/keysnare/enrichment.h"

#include "lib/engine/rulebook.h"
#include "lib/sigma/program.h"

#include <stdatomic.h>

struct ks_watch_rules_set {
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_policyset policies;            /* empty where nobody responds */
	struct ks_enrichment enrichment;
	struct ks_rulebook book;
	int64_t loaded_ms;
	atomic_int holders;
};

/* Loads all of it, for one holder; NULL when something is wrong, all of which is on stderr by then (JSON
 * where log lines are), with its file, line and column. */
struct ks_watch_rules_set *ks_watch_rules_load(const struct ks_app *app, const struct ks_opt_args *args);

void ks_watch_rules_hold(struct ks_watch_rules_set *set);
void ks_watch_rules_drop(struct ks_watch_rules_set *set);            /* NULL is fine */

/* Into the metrics. */
void ks_watch_rules_count(const struct ks_app *app, const struct ks_watch_rules_set *set);

/* Says on stderr what came of loading anew; after NULL: what was before stays in force. */
void ks_watch_rules_tell(const struct ks_app *app, const struct ks_watch_rules_set *before,
	const struct ks_watch_rules_set *after);

/* Says what warnings there are about response policies, each at its place. */
void ks_watch_rules_warn(const struct ks_app *app, const struct ks_watch_rules_set *set);

#endif

/*
 * Tries rules on events that people bring along: any JSON object will do, and enriched fields
 * (decoy.name, key.kind, ip.category, actor.first_seen.service …) may stand in it as plain members. What a
 * CloudTrail record does not bring itself is worked out where one record is enough for it: key. (all of
 * it, unless the record has a member "key"), likewise principal. and ip.; never decoy. and actor.
 */
#ifndef KS_ENGINE_TRIAL_H
#define KS_ENGINE_TRIAL_H

#include "lib/engine/chains.h"
#include "lib/engine/enrich.h"
#include "lib/engine/watchlist.h"
#include "lib/sigma/matcher.h"
#include "lib/trail/event.h"

struct ks_trial {
	const struct ks_program *program;
	struct ks_matcher matcher;
	struct ks_watchlist nobody;        /* no decoys: a trial knows only what the event says */
	struct ks_enrich_sources sources;  /* none from the start; the caller may set them */
	unsigned wanted;                   /* fields that the rules read */
	struct ks_chains chains;           /* of the events that were collected */
};

void ks_trial_init(struct ks_trial *trial, const struct ks_program *program);
void ks_trial_release(struct ks_trial *trial);

/* What the rule makes of the event; a struct ks_reason for each of its items is pushed on out_reasons. */
enum ks_verdict ks_trial_run(struct ks_trial *trial, size_t rule, struct ks_event *event,
	struct ks_vec *out_reasons);

/* The filter without which the rule would match the event, which was just run; or NULL. */
const struct ks_rule *ks_trial_held_back_by(struct ks_trial *trial, size_t rule, struct ks_event *event);

/* What a filter itself makes of the event: no holds it back. */
enum ks_verdict ks_trial_run_filter(struct ks_trial *trial, size_t filter, struct ks_event *event,
	struct ks_vec *out_reasons);

/* For correlations: collect takes one event after the other, in any order, and finish evaluates what was
 * collected since the last one. Errors: IO (the temporary file of very many events), LIMIT. */
int ks_trial_collect(struct ks_trial *trial, struct ks_event *event, struct ks_err *err);
int ks_trial_finish(struct ks_trial *trial, const struct ks_chains_sink *sink, struct ks_err *err);

#endif

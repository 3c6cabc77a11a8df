/* One rule, one event, and why; or several events, and the chains of correlations. */
#include "lib/engine/trial.h"

#include "lib/trail/lookup.h"
#include "lib/trail/shapes.h"

#define TEMPORARY_DIR "/tmp"       /* only for more events than anybody tries */

/* What a group came to is told of all. */
static void begin_chains(struct ks_trial *trial)
{
	ks_chains_init(&trial->chains, trial->program, TEMPORARY_DIR);
	trial->chains.is_whole = true;
}

void ks_trial_init(struct ks_trial *trial, const struct ks_program *program)
{
	*trial = (struct ks_trial){ .program = program, .wanted = ks_enrich_wanted(program) };
	ks_matcher_init(&trial->matcher, program);
	ks_watchlist_init(&trial->nobody);
	begin_chains(trial);
}

void ks_trial_release(struct ks_trial *trial)
{
	if (trial == NULL)
		return;
	ks_matcher_release(&trial->matcher);
	ks_watchlist_release(&trial->nobody);
	ks_chains_release(&trial->chains);
}

static bool has_member(const struct ks_event *event, const char *name)
{
	return ks_lookup_member(event->index, event->node, ks_str_of(name)) != KS_INDEX_NONE;
}

/* What an event says of its key, principal and address itself holds. */
static void enrich(const struct ks_trial *trial, struct ks_event *event)
{
	unsigned wanted = trial->wanted & (KS_ENRICH_PRINCIPAL | KS_ENRICH_CATEGORY | KS_ENRICH_PLACE);
	struct ks_enriched enriched;

	if (!has_member(event, "key"))
		ks_enrich_event(event, &trial->nobody, &enriched);
	if (has_member(event, "principal"))
		wanted &= ~(unsigned)KS_ENRICH_PRINCIPAL;
	if (has_member(event, "ip"))
		wanted &= ~(unsigned)(KS_ENRICH_CATEGORY | KS_ENRICH_PLACE);
	ks_enrich_beyond(event, wanted, &trial->sources, NULL);
}

static struct ks_view look(struct ks_trial *trial, struct ks_event *event)
{
	const struct ks_program *program = trial->program;

	event->reads_reserved = true;
	/* Once for an event; other JSON than CloudTrail's is left as it is. */
	if (event->extra.n == 0 && ks_shapes_is_record(event->index, event->node))
		enrich(trial, event);
	return ks_event_view(event, program->paths, program->path_count);
}

enum ks_verdict ks_trial_run(struct ks_trial *trial, size_t rule, struct ks_event *event,
	struct ks_vec *out_reasons)
{
	struct ks_view view = look(trial, event);

	return ks_matcher_explain(&trial->matcher, rule, &view, out_reasons);
}

const struct ks_rule *ks_trial_held_back_by(struct ks_trial *trial, size_t rule, struct ks_event *event)
{
	struct ks_view view = look(trial, event);

	return ks_matcher_held_back_by(&trial->matcher, rule, &view);
}

enum ks_verdict ks_trial_run_filter(struct ks_trial *trial, size_t filter, struct ks_event *event,
	struct ks_vec *out_reasons)
{
	struct ks_view view = look(trial, event);

	return ks_matcher_eval_filter(&trial->matcher, filter, &view, out_reasons);
}

int ks_trial_collect(struct ks_trial *trial, struct ks_event *event, struct ks_err *err)
{
	const struct ks_program *program = trial->program;
	struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
	int rc = 0;

	ks_event_identify(event);
	for (size_t i = 0; rc == 0 && i < program->rule_count; i++) {
		struct ks_finding finding = { .rule = program->rules[i], .event = event, .source = "" };
		struct ks_view view;

		if (finding.rule->uses == NULL || ks_trial_run(trial, i, event, &reasons) != KS_VERDICT_YES)
			continue;
		view = ks_event_view(event, program->paths, program->path_count);
		rc = ks_chains_add(&trial->chains, &(struct ks_chains_hit){ .finding = &finding, .view = &view,
			.pass = 1 }, err);
	}
	ks_vec_release(&reasons);
	return rc;
}

int ks_trial_finish(struct ks_trial *trial, const struct ks_chains_sink *sink, struct ks_err *err)
{
	int rc = ks_chains_finish(&trial->chains, sink, err);

	ks_chains_release(&trial->chains);
	begin_chains(trial);
	return rc;
}

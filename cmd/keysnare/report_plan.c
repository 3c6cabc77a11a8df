/* Steps, guards and gaps as strings. Nothing is escaped here: the page does that. */
#include "cmd/keysnare/report_plan.h"

static struct ks_str rule_name(void *arg, struct ks_str rule_id)
{
	const struct ks_rule *rule = ks_map_find(&((const struct ks_ruleset *)arg)->ids, rule_id);

	return rule != NULL ? rule->name : (struct ks_str){ NULL, 0 };
}

static const char *full_request(struct ks_arena *arena, const struct ks_wire_call *call)
{
	struct ks_wire wire;

	ks_wire_build(call, arena, &wire);
	return ks_arena_printf(arena, "%s %s HTTP/1.1\nHost: %s\n%s%s%s\n" KS_STR_FMT, wire.method, wire.path,
		wire.host, wire.content_type != NULL ? "Content-Type: " : "",
		wire.content_type != NULL ? wire.content_type : "", wire.content_type != NULL ? "\n" : "",
		KS_STR_ARG(wire.body));
}

static const char *short_request(struct ks_arena *arena, const struct ks_wire_call *call)
{
	struct ks_wire wire;

	ks_wire_build(call, arena, &wire);
	return ks_arena_printf(arena, "%s https://%s%s%s" KS_STR_FMT, wire.method, wire.host, wire.path,
		wire.body.n > 0 ? "  " : "", KS_STR_ARG(wire.body));
}

static const char *describe_fate(const struct ks_plan *plan, const struct ks_step *step,
	const char **out_why)
{
	static const char *const words[] = {
		[KS_PLAN_NOTICE] = "people are told",
		[KS_PLAN_SENT] = "would be sent at once",
		[KS_PLAN_WAITS] = "waits for approval",
		[KS_PLAN_SHOWN] = "only shown",
		[KS_PLAN_REFUSED] = "refused",
	};
	return words[ks_plan_judge(plan, step, out_why)];
}

static const char *list_receivers(struct ks_arena *arena, const struct ks_step *step)
{
	const char *text = "";

	for (size_t i = 0; i < step->notify_count; i++)
		text =
			ks_arena_printf(arena, "%s%s" KS_STR_FMT, text, i > 0 ? ", " : "", KS_STR_ARG(step->notify[i]));
	return text;
}

static void tell_hits(struct ks_arena *arena, const struct ks_step *step, struct ks_planview_step *out)
{
	const char **hits = ks_arena_alloc(arena, (step->hit_count + 1) * sizeof(*hits));

	for (size_t i = 0; i < step->hit_count; i++)
		hits[i] = step->hits[i].read.operation == NULL ?
			step->hits[i].text :
			ks_arena_printf(arena, "%s (to be read: %s)", step->hits[i].text,
				short_request(arena, &step->hits[i].read));
	out->hits = hits;
	out->hit_count = step->hit_count;
}

static void tell_calls(struct ks_arena *arena, const struct ks_step *steps, size_t count,
	struct ks_planview_step *out)
{
	const struct ks_action *action = ks_action_find(ks_str_of(steps->action));
	const char *hosts = NULL;

	for (size_t i = 1; i < count; i++) {
		struct ks_wire wire;

		ks_wire_build(&steps[i].call, arena, &wire);
		hosts = ks_arena_printf(arena, "%s%s%s", hosts != NULL ? hosts : "", hosts != NULL ? "\n" : "",
			wire.host);
	}
	out->scope = ks_step_scope_name(steps->scope);
	out->is_wide = steps->scope > KS_STEP_KEY;
	out->reversal = action->is_destructive ? "cannot be undone" :
		action->is_reversible              ? "can be undone" :
											 NULL;
	out->condition = ks_arena_printf(arena, "%s\n%s", ks_step_tell_condition(&steps->condition, arena),
		short_request(arena, &steps->condition.read));
	out->call = full_request(arena, &steps->call);
	out->hosts = hosts;
	out->undo = ks_arena_printf(arena, "%s%s%s",
		steps->inverse.operation != NULL ? short_request(arena, &steps->inverse) : "",
		steps->inverse.operation != NULL && steps->inverse_note != NULL ? "\n" : "",
		steps->inverse_note != NULL ? steps->inverse_note : "");
}

static void tell_steps(struct ks_report_plan *p)
{
	const struct ks_vec *steps = &p->plan.steps;
	struct ks_planview_step *out = ks_arena_alloc(&p->arena, (steps->n + 1) * sizeof(*out));
	size_t count;

	p->view.steps = out;
	for (size_t i = 0; i < steps->n; i += count, out++) {
		const struct ks_step *step = KS_VEC_AT(steps, struct ks_step, i);

		for (count = 1; i + count < steps->n && ks_step_is_alike(step, step + count); count++)
			continue;
		out->number = count == 1 ? ks_arena_printf(&p->arena, "%zu", i + 1) :
								   ks_arena_printf(&p->arena, "%zu-%zu", i + 1, i + count);
		out->action = step->action;
		out->fate = describe_fate(&p->plan, step, &out->why);
		if (step->call.operation == NULL) {
			out->target = list_receivers(&p->arena, step);
		} else {
			out->target = count == 1 ?
				step->target :
				ks_arena_printf(&p->arena, "%s, and the same in %zu more Regions", step->target, count - 1);
			tell_calls(&p->arena, step, count, out);
		}
		tell_hits(&p->arena, step, out);
		p->view.step_count++;
	}
}

static void tell_gaps_and_guards(struct ks_report_plan *p)
{
	struct ks_planview_pair *gaps = ks_arena_alloc(&p->arena, (p->plan.gaps.n + 1) * sizeof(*gaps));
	struct ks_planview_pair *guards = ks_arena_alloc(&p->arena, (p->plan.verdicts.n + 1) * sizeof(*guards));

	for (size_t i = 0; i < p->plan.gaps.n; i++) {
		const struct ks_action_gap *gap = KS_VEC_AT(&p->plan.gaps, struct ks_action_gap, i);

		gaps[i] = (struct ks_planview_pair){ gap->action, gap->text };
	}
	for (size_t i = 0; i < p->plan.verdicts.n; i++) {
		const struct ks_guard_verdict *verdict = KS_VEC_AT(&p->plan.verdicts, struct ks_guard_verdict, i);

		guards[i] = (struct ks_planview_pair){ verdict->guard,
			ks_arena_printf(&p->arena, "%s: %s", ks_guard_outcome_name(verdict->outcome), verdict->why) };
		if (verdict->outcome == KS_GUARD_REFUSE)
			p->view.refused = ks_arena_printf(&p->arena, "A guard refuses this plan (%s): %s",
				verdict->guard, verdict->why);
	}
	p->view.gaps = gaps;
	p->view.gap_count = p->plan.gaps.n;
	p->view.guards = guards;
	p->view.guard_count = p->plan.verdicts.n;
}

static void tell(struct ks_report_plan *p, const char *why)
{
	const struct ks_policy *policy = p->plan.policy;

	p->view.policy = ks_arena_strdup(&p->arena, policy->name);
	p->view.why = why;
	p->view.mode = p->plan.mode == policy->mode ?
		ks_policy_mode_name(policy->mode) :
		ks_arena_printf(&p->arena, "%s, and for now only %s", ks_policy_mode_name(policy->mode),
			ks_policy_mode_name(p->plan.mode));
	p->view.digest = p->plan.digest;
	tell_gaps_and_guards(p);
	tell_steps(p);
	p->has_view = true;
}

void ks_report_plan_make(const struct ks_app *app, struct ks_db *db, int64_t incident,
	const struct ks_policyset *policies, const struct ks_ruleset *rules, struct ks_report_plan *out)
{
	struct ks_facts_request request = { .incident = incident,
		.now_ms = ks_ctx_now(app->ctx),
		.rule_name = rule_name,
		.arg = (void *)(uintptr_t)rules };
	struct ks_vec verdicts = KS_VEC_OF(struct ks_policyset_verdict);
	const struct ks_policy *policy;
	struct ks_err err = { 0 };

	*out = (struct ks_report_plan){ .note = "The response policies have errors: policy check says which." };
	if (policies == NULL)
		return;
	if (ks_facts_load(db, &request, &out->arena, &out->facts, &err) != 0) {
		out->note = ks_arena_printf(&out->arena, "There is no plan: %s.", err.message);
		return;
	}
	policy = ks_policyset_choose(policies, &out->facts, &out->arena, &verdicts);
	if (policy != NULL) {
		const char *why = NULL;

		for (size_t i = 0; i < verdicts.n; i++)
			if (KS_VEC_AT(&verdicts, struct ks_policyset_verdict, i)->policy == policy)
				why = KS_VEC_AT(&verdicts, struct ks_policyset_verdict, i)->why;
		ks_plan_make(policy, &out->facts, NULL, &out->plan);
		out->has_plan = true;
		tell(out, why);
	} else {
		out->note = "No response policy is for this incident: nothing is planned.";
	}
	ks_vec_release(&verdicts);
}

void ks_report_plan_release(struct ks_report_plan *plan)
{
	if (plan->has_plan)
		ks_plan_release(&plan->plan);
	ks_arena_release(&plan->arena);
}

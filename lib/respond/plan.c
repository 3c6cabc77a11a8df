/* Policy and facts to a plan, and the plan to JSON. */
#include "lib/respond/plan.h"

#include "lib/base/time.h"
#include "lib/respond/rail.h"

#include <inttypes.h>

static void add(struct ks_buf *out, struct ks_str s)
{
	ks_buf_addf(out, "%zu:", s.n);
	ks_buf_add(out, s);
}

/* Incident, account, policy and mode are in it beside the steps: an approval is good for nothing else. */
void ks_plan_digest(const struct ks_plan_name *name, const struct ks_vec *steps, char out[KS_HASH_HEX])
{
	unsigned char hash[KS_HASH_SIZE];
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_buf_addf(&text, "keysnare plan 1;%" PRId64 ";", name->incident);
	add(&text, name->account);
	add(&text, name->policy);
	add(&text, ks_str_of(name->mode));
	for (size_t i = 0; i < steps->n; i++)
		ks_step_add_canonical(KS_VEC_AT(steps, struct ks_step, i), &text);
	ks_hash_sha256(ks_buf_str(&text), hash);
	ks_hash_hex(hash, sizeof(hash), out);
	ks_buf_release(&text);
}

/* A session of the thief's may have taken on the very role that we act by. */
static void leave_out_own(const struct ks_guard_world *world, struct ks_plan *plan)
{
	size_t kept = 0;

	if (world == NULL || world->self == NULL)
		return;
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct ks_step step = *KS_VEC_AT(&plan->steps, struct ks_step, i);

		if (!ks_rail_is_own(world->self, plan->facts->subject.account, &step))
			*KS_VEC_AT(&plan->steps, struct ks_step, kept++) = step;
		else
			*(struct ks_action_gap *)ks_vec_push(&plan->gaps) = (struct ks_action_gap){ step.action,
				ks_arena_printf(&plan->arena, "%s: this is keysnare itself, and it would lock itself out. "
					"Do it by hand with other keys", step.target) };
	}
	plan->steps.n = kept;
}

void ks_plan_make(const struct ks_policy *policy, const struct ks_facts *facts,
	const struct ks_guard_world *world, struct ks_plan *out)
{
	*out = (struct ks_plan){ .policy = policy, .facts = facts, .steps = KS_VEC_OF(struct ks_step),
		.gaps = KS_VEC_OF(struct ks_action_gap), .verdicts = KS_VEC_OF(struct ks_guard_verdict) };
	for (size_t i = 0; i < policy->step_count; i++) {
		const struct ks_policy_step *step = &policy->steps[i];
		struct ks_action_plan plan = { step->action, facts, step->values, &out->arena, &out->steps,
			&out->gaps };

		if (policy->mode == KS_POLICY_OBSERVE && step->action->scope != KS_STEP_NOTHING)
			ks_action_fail(&plan, "the policy only observes: it sends notices and plans nothing else");
		else
			step->action->plan(&plan);
	}
	leave_out_own(world, out);
	ks_guard_check(policy, facts, world, &out->arena, &out->verdicts);
	out->mode = ks_guard_limit(policy->mode, &out->verdicts, &out->is_refused);
	ks_plan_digest(&(struct ks_plan_name){ facts->incident, facts->subject.account, policy->name,
		ks_policy_mode_name(policy->mode) }, &out->steps, out->digest);
}

unsigned ks_plan_needs(const struct ks_policy *policy)
{
	unsigned needs = 0;

	for (size_t i = 0; i < policy->step_count && policy->mode != KS_POLICY_OBSERVE; i++)
		needs |= policy->steps[i].action->needs;
	return needs;
}

void ks_plan_release(struct ks_plan *plan)
{
	if (plan == NULL)
		return;
	ks_vec_release(&plan->steps);
	ks_vec_release(&plan->gaps);
	ks_vec_release(&plan->verdicts);
	ks_arena_release(&plan->arena);
}

const char *ks_plan_fate_name(enum ks_plan_fate fate)
{
	static const char *const names[] = { "notice", "sent", "waits", "shown", "refused" };

	return names[fate];
}

static bool is_lost(const struct ks_step *step)
{
	const struct ks_action *action = ks_action_find(ks_str_of(step->action));

	return action != NULL && action->is_destructive;
}

bool ks_plan_is_free(const struct ks_step *step)
{
	return step->without_approval || (step->scope <= KS_STEP_KEY && !is_lost(step));
}

bool ks_plan_is_word(const struct ks_plan *plan)
{
	for (size_t i = 0; i < plan->steps.n; i++)
		if (KS_VEC_AT(&plan->steps, struct ks_step, i)->scope != KS_STEP_NOTHING)
			return false;
	return plan->steps.n > 0;
}

static enum ks_plan_fate judge_notice(const struct ks_plan *plan, const char **out_why)
{
	if (plan->policy->mode == KS_POLICY_DRY_RUN) {
		*out_why = "would notify; the policy is a dry run";
		return KS_PLAN_SHOWN;
	}
	if (ks_plan_is_word(plan)) {
		*out_why = "nothing else is planned: the watch tells of the incident, as of every one";
	} else if (plan->is_refused) {
		*out_why = "a guard refuses the plan: everybody is told of that instead";
	} else if (plan->mode <= KS_POLICY_DRY_RUN) {
		*out_why = "would notify; a guard makes it a dry run";
		return KS_PLAN_SHOWN;
	} else {
		*out_why = "goes out when the plan is carried out";
	}
	return KS_PLAN_NOTICE;
}

enum ks_plan_fate ks_plan_judge(const struct ks_plan *plan, const struct ks_step *step, const char **out_why)
{
	if (step->scope == KS_STEP_NOTHING)
		return judge_notice(plan, out_why);
	if (plan->is_refused) {
		*out_why = "a guard refuses the plan";
		return KS_PLAN_REFUSED;
	}
	if (plan->mode <= KS_POLICY_DRY_RUN) {
		*out_why = plan->policy->mode <= KS_POLICY_DRY_RUN ? "the policy is a dry run" :
			"a guard makes it a dry run";
		return KS_PLAN_SHOWN;
	}
	if (plan->mode == KS_POLICY_APPROVE) {
		*out_why = plan->policy->mode == KS_POLICY_APPROVE ? "the policy asks for approval" :
			"a guard asks for approval";
		return KS_PLAN_WAITS;
	}
	if (!ks_plan_is_free(step)) {
		*out_why = is_lost(step) ? "it cannot be undone, and the policy does not say 'without_approval: "
			"true'" :
			"its scope is wider than the key, and the policy does not say 'without_approval: true'";
		return KS_PLAN_WAITS;
	}
	*out_why = step->scope > KS_STEP_KEY || is_lost(step) ? "the policy enforces, and says "
		"'without_approval: true'" :
		"the policy enforces";
	return KS_PLAN_SENT;
}

/* ---- JSON ---- */

static void add_call(struct ks_json *parent, const char *key, const struct ks_wire_call *call,
	struct ks_arena *arena)
{
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array();
	struct ks_wire wire;

	ks_wire_build(call, arena, &wire);
	ks_json_add_text(json, "service", call->operation->service);
	ks_json_add_text(json, "operation", call->operation->name);
	ks_json_add_text(json, "permission", call->operation->permission);
	for (size_t i = 0; i < call->parameter_count; i++) {
		struct ks_json *parameter = ks_json_new_object();

		ks_json_add_text(parameter, "name", call->parameters[i].name);
		ks_json_add_str(parameter, "value", call->parameters[i].value);
		ks_json_add(list, NULL, parameter);
	}
	ks_json_add(json, "parameters", list);
	ks_json_add_text(json, "method", wire.method);
	ks_json_add_text(json, "host", wire.host);
	ks_json_add_text(json, "path", wire.path);
	ks_json_add_text(json, "content_type", wire.content_type);
	if (wire.content_type != NULL)
		ks_json_add_str(json, "body", wire.body);
	else
		ks_json_add_null(json, "body");
	ks_json_add_text(json, "signing_name", wire.signing_name);
	ks_json_add_text(json, "signing_region", wire.signing_region);
	ks_json_add(parent, key, json);
}

static void add_calls(struct ks_json *json, const struct ks_step *step, struct ks_arena *arena)
{
	struct ks_json *condition = ks_json_new_object();

	add_call(json, "call", &step->call, arena);
	ks_json_add_text(condition, "what", step->condition.what);
	ks_json_add_text(condition, "want", step->condition.want);
	ks_json_add_text(condition, "effect", step->condition.effect);
	add_call(condition, "read", &step->condition.read, arena);
	ks_json_add(json, "precondition", condition);
	if (step->inverse.operation != NULL)
		add_call(json, "inverse", &step->inverse, arena);
	else
		ks_json_add_null(json, "inverse");
	if (step->inverse_absent.operation != NULL)
		add_call(json, "inverse_absent", &step->inverse_absent, arena);
	else
		ks_json_add_null(json, "inverse_absent");
	ks_json_add_text(json, "inverse_note", step->inverse_note);
}

static struct ks_json *step_json(const struct ks_plan *plan, const struct ks_step *step, size_t number,
	struct ks_arena *arena)
{
	struct ks_json *json = ks_json_new_object(), *hits = ks_json_new_array(), *notify = ks_json_new_array();
	const char *why;
	enum ks_plan_fate fate = ks_plan_judge(plan, step, &why);

	ks_json_add_int(json, "number", (int64_t)number);
	ks_json_add_text(json, "action", step->action);
	ks_json_add_text(json, "scope", ks_step_scope_name(step->scope));
	ks_json_add_text(json, "target", step->target);
	ks_json_add_text(json, "fate", ks_plan_fate_name(fate));
	ks_json_add_text(json, "why", why);
	for (size_t i = 0; i < step->hit_count; i++) {
		struct ks_json *hit = ks_json_new_object();

		ks_json_add_text(hit, "text", step->hits[i].text);
		if (step->hits[i].read.operation != NULL)
			add_call(hit, "read", &step->hits[i].read, arena);
		else
			ks_json_add_null(hit, "read");
		ks_json_add(hits, NULL, hit);
	}
	ks_json_add(json, "also_hit", hits);
	for (size_t i = 0; i < step->notify_count; i++)
		ks_json_add_str(notify, NULL, step->notify[i]);
	ks_json_add(json, "notify", notify);
	if (step->call.operation != NULL) {
		add_calls(json, step, arena);
	} else {
		ks_json_add_null(json, "call");
		ks_json_add_null(json, "precondition");
		ks_json_add_null(json, "inverse");
		ks_json_add_null(json, "inverse_absent");
		ks_json_add_text(json, "inverse_note", step->inverse_note);
	}
	return json;
}

static struct ks_json *subject_json(const struct ks_facts *facts)
{
	const struct ks_subject *subject = &facts->subject;
	struct ks_json *json = ks_json_new_object();

	ks_json_add_text(json, "kind", ks_subject_kind_name(subject->kind));
	ks_json_add_text(json, "partition", subject->partition != NULL ? subject->partition->name : NULL);
	ks_json_add_str(json, "account", subject->account);
	ks_json_add_str(json, "name", subject->name);
	ks_json_add_str(json, "arn", subject->arn);
	ks_json_add_str(json, "key_id", subject->key_id);
	ks_json_add_bool(json, "named_by_aws", subject->is_named_by_aws);
	ks_json_add_bool(json, "decoy", facts->is_decoy);
	return json;
}

static struct ks_json *policy_json(const struct ks_plan *plan)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "name", plan->policy->name);
	ks_json_add_text(json, "mode", ks_policy_mode_name(plan->policy->mode));
	ks_json_add_text(json, "file", plan->policy->file);
	ks_json_add_int(json, "line", plan->policy->line);
	return json;
}

/* What AWS was asked for stands in the hits; this is what it did not answer. null: nobody asked. */
static void add_survey(struct ks_json *json, const struct ks_survey *survey)
{
	struct ks_json *notes;

	if (survey == NULL) {
		ks_json_add_null(json, "not_read");
		return;
	}
	notes = ks_json_new_array();
	for (size_t i = 0; i < survey->note_count; i++)
		ks_json_add_str(notes, NULL, ks_str_of(survey->notes[i]));
	ks_json_add(json, "not_read", notes);
}

struct ks_json *ks_plan_to_json(const struct ks_plan *plan)
{
	struct ks_json *json = ks_json_new_object(), *guards = ks_json_new_array(), *steps = ks_json_new_array();
	struct ks_json *gaps = ks_json_new_array();
	struct ks_arena arena = { NULL };

	ks_json_add_int(json, "v", 1);
	ks_json_add_int(json, "incident", plan->facts->incident);
	ks_json_add_str(json, "actor", plan->facts->actor);
	ks_json_add(json, "subject", subject_json(plan->facts));
	ks_json_add(json, "policy", policy_json(plan));
	ks_json_add_text(json, "mode", ks_policy_mode_name(plan->mode));
	ks_json_add_bool(json, "refused", plan->is_refused);
	ks_json_add_text(json, "digest", plan->digest);
	for (size_t i = 0; i < plan->verdicts.n; i++) {
		const struct ks_guard_verdict *verdict = KS_VEC_AT(&plan->verdicts, struct ks_guard_verdict, i);
		struct ks_json *guard = ks_json_new_object();

		ks_json_add_text(guard, "guard", verdict->guard);
		ks_json_add_text(guard, "outcome", ks_guard_outcome_name(verdict->outcome));
		ks_json_add_text(guard, "why", verdict->why);
		ks_json_add(guards, NULL, guard);
	}
	ks_json_add(json, "guards", guards);
	for (size_t i = 0; i < plan->steps.n; i++)
		ks_json_add(steps, NULL, step_json(plan, KS_VEC_AT(&plan->steps, struct ks_step, i), i + 1, &arena));
	ks_json_add(json, "steps", steps);
	for (size_t i = 0; i < plan->gaps.n; i++) {
		const struct ks_action_gap *gap = KS_VEC_AT(&plan->gaps, struct ks_action_gap, i);
		struct ks_json *one = ks_json_new_object();

		ks_json_add_text(one, "action", gap->action);
		ks_json_add_text(one, "why", gap->text);
		ks_json_add(gaps, NULL, one);
	}
	ks_json_add(json, "cannot", gaps);
	add_survey(json, plan->facts->survey);
	ks_json_add_bool(json, "sent", false);
	ks_arena_release(&arena);
	return json;
}

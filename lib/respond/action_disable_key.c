/* disable_key: the access key that was used becomes Inactive. Its user keeps other keys and the console;
 * sessions that were made with it live on. */
#include "lib/respond/action.h"

static const char *const permissions[] = {
	"iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey", NULL,
};

static void tell_hits(struct ks_action_plan *plan, struct ks_step *step)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_wire_parameter key = { "AccessKeyId", subject->key_id, false };
	struct ks_wire_call last_used = ks_action_iam(plan, "GetAccessKeyLastUsed", &key, 1);

	if (plan->facts->is_decoy) {
		ks_step_hit(step, "nobody: the key is a decoy. It goes dark, and the thief's next calls are no "
			"longer evidence: AWS does not record calls with a disabled key", NULL);
		return;
	}
	ks_step_hit(step, "every program that uses this key stops; when and for what it was used last must be "
		"read", &last_used);
	if (subject->sessions > 0)
		ks_step_hit(step, ks_arena_printf(plan->arena, "not its sessions: %zu temporary key%s among the "
			"events, and the credentials stay good until they run out", subject->sessions,
			subject->sessions == 1 ? " is" : "s are"), NULL);
	else
		ks_step_hit(step, "not its sessions: temporary credentials that were made with it stay good until "
			"they run out; none is among the events", NULL);
}

static void plan_key(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_wire_parameter parameters[] = {
		{ "UserName", subject->name, false },
		{ "AccessKeyId", subject->key_id, false },
		{ "Status", KS_STR("Inactive"), false },
	};
	struct ks_step *step;

	if (!ks_action_can_call(plan) || !ks_action_has_user(plan))
		return;
	if (subject->key_id.n == 0) {
		ks_action_fail(plan, "the calls came through temporary credentials, and no record says which access "
			"key of user " KS_STR_FMT " they were made with: read iam:ListAccessKeys, and when each was "
			"used last", KS_STR_ARG(subject->name));
		return;
	}
	step = ks_action_add(plan);
	step->target = ks_arena_printf(plan->arena, "key " KS_STR_FMT " of user " KS_STR_FMT
		", account " KS_STR_FMT,
		KS_STR_ARG(subject->key_id), KS_STR_ARG(subject->name), KS_STR_ARG(subject->account));
	step->call = ks_action_iam(plan, "UpdateAccessKey", parameters, 3);
	parameters[2].value = KS_STR("Active");
	step->inverse = ks_action_iam(plan, "UpdateAccessKey", parameters, 3);
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, "ListAccessKeys", parameters, 1),
		.probe = "key_status",
		.item = subject->key_id,
		.what = ks_arena_printf(plan->arena, "Status of " KS_STR_FMT, KS_STR_ARG(subject->key_id)),
		.want = "Active",
		.effect = "Inactive",
	};
	tell_hits(plan, step);
}

const struct ks_action ks_action_disable_key = {
	.name = "disable_key",
	.summary = "make the access key that was used inactive",
	.scope = KS_STEP_KEY,
	.is_reversible = true,
	.permissions = permissions,
	.plan = plan_key,
};

/* disable_key: the access key that was used becomes Inactive. Its user keeps other keys and the console;
 * sessions that were made with it live on. */
#include "lib/respond/action.h"

#include "lib/respond/hit.h"

static const char *const permissions[] = { "iam:ListAccessKeys", "iam:UpdateAccessKey", NULL };

static void plan_key(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_wire_parameter parameters[] = {
		{ "UserName", subject->name, false },
		{ "AccessKeyId", subject->key_id, false },
		{ "Status", KS_STR("Inactive"), false },
	};
	struct ks_step *step;

	if (!ks_action_can_call(plan) || !ks_action_has_user(plan) || !ks_action_has_key(plan))
		return;
	step = ks_action_add(plan);
	step->target = ks_action_key_target(plan);
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
	ks_hit_add_key(plan, step);
}

const struct ks_action ks_action_disable_key = {
	.name = "disable_key",
	.summary = "make the access key that was used inactive",
	.scope = KS_STEP_KEY,
	.is_reversible = true,
	.permissions = permissions,
	.needs = KS_SURVEY_OWNER,
	.plan = plan_key,
};

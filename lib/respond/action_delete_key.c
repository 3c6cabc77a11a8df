/* delete_key: the access key that was used is gone for good. Disabling it stops it as well and can be taken
 * back; deleting is for a key that is known to be in the wrong hands, and makes room for a new one. */
#include "lib/respond/action.h"

#include "lib/respond/hit.h"

static const struct ks_action_parameter parameters[] = {
	{ "without_approval", KS_ACTION_FLAG, false, "delete without asking, under enforce", NULL, false },
};

static const char *const permissions[] = { "iam:DeleteAccessKey", "iam:ListAccessKeys", NULL };

static void plan_key(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_wire_parameter call[] = {
		{ "UserName", subject->name, false },
		{ "AccessKeyId", subject->key_id, false },
	};
	struct ks_step *step;

	if (!ks_action_can_call(plan) || !ks_action_has_user(plan) || !ks_action_has_key(plan))
		return;
	step = ks_action_add(plan);
	step->target = ks_action_key_target(plan);
	step->call = ks_action_iam(plan, "DeleteAccessKey", call, 2);
	step->inverse_note = "a deleted key does not come back: its id and secret are lost, and programs "
		"that use it need a new key (iam:CreateAccessKey). disable_key stops it just as well and can be "
		"taken back";
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, "ListAccessKeys", call, 1),
		.probe = "key_status",
		.item = subject->key_id,
		.what = ks_arena_printf(plan->arena, "key " KS_STR_FMT, KS_STR_ARG(subject->key_id)),
		.effect = KS_STEP_ABSENT,
	};
	ks_hit_add_key(plan, step);
}

const struct ks_action ks_action_delete_key = {
	.name = "delete_key",
	.summary = "delete the access key that was used, for good",
	.scope = KS_STEP_KEY,
	.is_destructive = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_OWNER,
	.plan = plan_key,
};

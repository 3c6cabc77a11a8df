/* deny_all_policy: AWS's managed policy AWSDenyAll on the user. It does what quarantine_user does; it takes
 * one of the user's places for managed policies instead of room for inline ones, and everybody who looks at
 * the user knows what it is. */
#include "lib/respond/action.h"

#include "lib/respond/hit.h"

static const struct ks_action_parameter parameters[] = {
	{ "without_approval", KS_ACTION_FLAG, false, "act on the whole user without asking, under enforce",
		NULL, false },
};

static const char *const permissions[] = {
	"iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:ListAttachedUserPolicies", NULL,
};

static void plan_user(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_wire_parameter call[] = {
		{ "UserName", subject->name, false },
		{ "PolicyArn", { NULL, 0 }, false },
	};
	struct ks_step *step;

	if (!ks_action_can_call(plan) || !ks_action_has_user(plan))
		return;
	call[1].value = ks_str_of(ks_arena_printf(plan->arena, "arn:%s:iam::aws:policy/AWSDenyAll",
		subject->partition->name));
	step = ks_action_add(plan);
	step->target = ks_action_user_target(plan);
	step->call = ks_action_iam(plan, "AttachUserPolicy", call, 2);
	step->inverse = ks_action_iam(plan, "DetachUserPolicy", call, 2);
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, "ListAttachedUserPolicies", call, 1),
		.probe = "attached_policy",
		.item = call[1].value,
		.what = "managed policy AWSDenyAll on the user",
		.want = KS_STEP_ABSENT,
		.effect = "attached",
	};
	ks_hit_add_user(plan, step);
}

const struct ks_action ks_action_deny_all_policy = {
	.name = "deny_all_policy",
	.summary = "deny the user everything by AWS's managed policy AWSDenyAll, all keys and sessions included",
	.scope = KS_STEP_PRINCIPAL,
	.is_reversible = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_OWNER | KS_SURVEY_KEYS | KS_SURVEY_LOGIN,
	.plan = plan_user,
};

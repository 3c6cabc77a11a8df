/* quarantine_user: an inline policy on the user that denies everything. It holds for all keys, the console
 * and the sessions that GetSessionToken and GetFederationToken made; AWS's own quarantine policies leave
 * nearly all of SES open. Roles that the user has taken on already are beyond it. */
#include "lib/respond/action.h"

#include "lib/respond/hit.h"

#include <inttypes.h>

#define DOCUMENT \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"KeysnareQuarantine\",\"Effect\":\"Deny\"," \
	"\"Action\":\"*\",\"Resource\":\"*\"}]}"

static const struct ks_action_parameter parameters[] = {
	{ "without_approval", KS_ACTION_FLAG, false, "act on the whole user without asking, under enforce",
		NULL, false },
};

static const char *const permissions[] = {
	"iam:DeleteUserPolicy", "iam:GetUserPolicy", "iam:PutUserPolicy", NULL,
};

static void plan_user(struct ks_action_plan *plan)
{
	const struct ks_facts *facts = plan->facts;
	const struct ks_subject *subject = &facts->subject;
	const char *name = ks_arena_printf(plan->arena, "keysnare-quarantine-%" PRId64, facts->incident);
	struct ks_wire_parameter call[] = {
		{ "UserName", subject->name, false },
		{ "PolicyName", ks_str_of(name), false },
		{ "PolicyDocument", KS_STR(DOCUMENT), false },
	};
	struct ks_step *step;

	if (!ks_action_can_call(plan) || !ks_action_has_user(plan))
		return;
	step = ks_action_add(plan);
	step->target = ks_action_user_target(plan);
	step->call = ks_action_iam(plan, "PutUserPolicy", call, 3);
	step->inverse = ks_action_iam(plan, "DeleteUserPolicy", call, 2);
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, "GetUserPolicy", call, 2),
		.probe = "user_policy",
		.what = ks_arena_printf(plan->arena, "inline policy %s", name),
		.want = KS_STEP_ABSENT,
		.effect = DOCUMENT,
	};
	ks_hit_add_user(plan, step);
}

const struct ks_action ks_action_quarantine_user = {
	.name = "quarantine_user",
	.summary = "deny the user everything by an inline policy, all keys and sessions included",
	.scope = KS_STEP_PRINCIPAL,
	.is_reversible = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_OWNER | KS_SURVEY_KEYS | KS_SURVEY_LOGIN,
	.plan = plan_user,
};

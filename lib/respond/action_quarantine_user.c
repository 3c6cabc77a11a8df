/* quarantine_user: an inline policy on the user that denies everything. It holds for all keys, the console
 * and the sessions that GetSessionToken and GetFederationToken made; AWS's own quarantine policies leave
 * nearly all of SES open. Roles that the user has taken on already are beyond it. */
#include "lib/respond/action.h"

#include <inttypes.h>

#define DOCUMENT \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"KeysnareQuarantine\",\"Effect\":\"Deny\"," \
	"\"Action\":\"*\",\"Resource\":\"*\"}]}"

static const struct ks_action_parameter parameters[] = {
	{ "without_approval", KS_ACTION_FLAG, false, "act on the whole user without asking, under enforce",
		NULL },
};

static const char *const permissions[] = {
	"iam:DeleteUserPolicy", "iam:GetAccessKeyLastUsed", "iam:GetUserPolicy", "iam:ListAccessKeys",
	"iam:PutUserPolicy", NULL,
};

static void tell_hits(struct ks_action_plan *plan, struct ks_step *step)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_wire_parameter user = { "UserName", subject->name, false };
	struct ks_wire_call keys = ks_action_iam(plan, "ListAccessKeys", &user, 1);
	struct ks_buf text;

	ks_step_hit(step, "the user's other access key, if there is one, which may be at work somewhere: "
		"whether, and when it was used last (iam:GetAccessKeyLastUsed), must be read", &keys);
	ks_step_hit(step, ks_arena_printf(plan->arena, "the user in the console, and every session of "
		"GetSessionToken and GetFederationToken; %zu temporary key%s among the events", subject->sessions,
		subject->sessions == 1 ? " is" : "s are"), NULL);
	if (subject->role_count > 0) {
		ks_buf_init(&text, 4096);
		ks_buf_adds(&text, "not the roles that its sessions took on, whose credentials live on:");
		for (size_t i = 0; i < subject->role_count; i++)
			ks_buf_addf(&text, "%s " KS_STR_FMT, i > 0 ? "," : "", KS_STR_ARG(subject->roles[i]));
		ks_step_hit(step, ks_arena_strdup(plan->arena, ks_buf_str(&text)), NULL);
		ks_buf_release(&text);
	}
	if (plan->facts->is_decoy)
		ks_step_hit(step, "the decoy's calls are still recorded, all of them denied: the mark of a key that "
			"somebody has found out about", NULL);
}

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
	step->target = ks_arena_printf(plan->arena, "user " KS_STR_FMT ", account " KS_STR_FMT,
		KS_STR_ARG(subject->name),
		KS_STR_ARG(subject->account));
	step->call = ks_action_iam(plan, "PutUserPolicy", call, 3);
	step->inverse = ks_action_iam(plan, "DeleteUserPolicy", call, 2);
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, "GetUserPolicy", call, 2),
		.probe = "user_policy",
		.what = ks_arena_printf(plan->arena, "inline policy %s", name),
		.want = KS_STEP_ABSENT,
		.effect = DOCUMENT,
	};
	tell_hits(plan, step);
}

const struct ks_action ks_action_quarantine_user = {
	.name = "quarantine_user",
	.summary = "deny the user everything by an inline policy, all keys and sessions included",
	.scope = KS_STEP_PRINCIPAL,
	.is_reversible = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.plan = plan_user,
};

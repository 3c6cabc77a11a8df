/* revoke_sessions: temporary credentials that were issued before now are denied everything, by an inline
 * policy on the user and on each role that his sessions took on. Access keys of the user go on working:
 * aws:TokenIssueTime is there for temporary credentials only. The form is that of AWSRevokeOlderSessions,
 * "Revoke IAM role temporary security credentials" in the IAM User Guide. */
#include "lib/respond/action.h"

#include "lib/aws/arn.h"

#include <inttypes.h>

#define DOCUMENT \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"KeysnareRevokeOlderSessions\"," \
	"\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"," \
	"\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\"" KS_STEP_NOW "\"}}}]}"

static const struct ks_action_parameter parameters[] = {
	{ "without_approval", KS_ACTION_FLAG, false, "act on everybody who uses the roles without asking, under "
		"enforce", NULL, false },
};

static const char *const permissions[] = {
	"iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:GetRolePolicy", "iam:GetUserPolicy",
	"iam:PutRolePolicy", "iam:PutUserPolicy", NULL,
};

/* The operations on a user, or the same on a role. */
struct form {
	const char *holder, *put, *get, *del, *probe;
};

static const struct form user_form = { "UserName", "PutUserPolicy", "GetUserPolicy", "DeleteUserPolicy",
	"user_policy" };
static const struct form role_form = { "RoleName", "PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy",
	"role_policy" };

/* One step. A policy that is there already, of an earlier run, is replaced by one with a later time, and
 * comes back when this is undone. */
static struct ks_step *add(struct ks_action_plan *plan, const struct form *form, struct ks_str holder)
{
	const char *name = ks_arena_printf(plan->arena, "keysnare-revoke-%" PRId64, plan->facts->incident);
	struct ks_wire_parameter call[] = {
		{ form->holder, holder, false },
		{ "PolicyName", ks_str_of(name), false },
		{ "PolicyDocument", KS_STR(DOCUMENT), false },
	};
	struct ks_step *step = ks_action_add(plan);

	step->call = ks_action_iam(plan, form->put, call, 3);
	call[2].value = KS_STR(KS_STEP_BEFORE);
	step->inverse = ks_action_iam(plan, form->put, call, 3);
	step->inverse_absent = ks_action_iam(plan, form->del, call, 2);
	step->inverse_note = "sessions that have not run out by then work again";
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, form->get, call, 2),
		.probe = form->probe,
		.what = ks_arena_printf(plan->arena, "inline policy %s", name),
		.effect = DOCUMENT,
	};
	return step;
}

static void plan_user(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_step *step = add(plan, &user_form, subject->name);

	step->scope = KS_STEP_PRINCIPAL;
	step->target = ks_action_user_target(plan);
	ks_step_hit(step, "not the user's access keys: they go on working. disable_key and quarantine_user stop "
		"those", NULL);
	ks_step_hit(step, ks_arena_printf(plan->arena, "every session of the user that began before now, in the "
		"console and by GetSessionToken and GetFederationToken, whoever has it; %zu temporary key%s "
		"among the events. New ones can be made at once", subject->sessions,
		subject->sessions == 1 ? " is" : "s are"), NULL);
}

/* IAM refuses to change roles that belong to others. Path and name tell: AWS keeps both for itself. */
static const char *find_owner(const struct ks_subject_role *role)
{
	struct ks_str type, rest = { NULL, 0 };
	struct ks_arn parts;

	if (ks_arn_parse(role->arn, &parts))
		ks_arn_split(&parts, &type, &rest);
	if (ks_str_has_prefix(rest, KS_STR("aws-service-role/")) ||
		ks_str_has_prefix(role->name, KS_STR("AWSServiceRoleFor")))
		return "it is a service's own role (service-linked), which IAM lets nobody change: act in that "
			"service";
	if (ks_str_has_prefix(rest, KS_STR("aws-reserved/sso.amazonaws.com/")) ||
		ks_str_has_prefix(role->name, KS_STR("AWSReservedSSO_")))
		return "IAM Identity Center made it and lets nobody change it: revoke the session there, and "
			"disable the person or the permission set";
	return NULL;
}

static void plan_role(struct ks_action_plan *plan, const struct ks_subject_role *role)
{
	const struct ks_subject *subject = &plan->facts->subject;
	const char *owner = find_owner(role);
	struct ks_step *step;

	if (owner != NULL) {
		ks_action_fail(plan, "sessions of role " KS_STR_FMT ": %s", KS_STR_ARG(role->name), owner);
		return;
	}
	if (!ks_str_is_equal(role->account, subject->account) || role->partition != subject->partition) {
		ks_action_fail(plan, "sessions of role " KS_STR_FMT ": it belongs to account " KS_STR_FMT
			", and only credentials of that account could revoke them", KS_STR_ARG(role->name),
			KS_STR_ARG(role->account));
		return;
	}
	step = add(plan, &role_form, role->name);
	step->scope = KS_STEP_ROLE;
	step->target = ks_arena_printf(plan->arena, "role " KS_STR_FMT ", account " KS_STR_FMT,
		KS_STR_ARG(role->name), KS_STR_ARG(subject->account));
	ks_step_hit(step, "everybody who uses the role: each session that began before now is refused "
		"everything. Programs that ask for a new one go on; one that keeps its session until it runs "
		"out stands still until then", NULL);
	ks_step_hit(step, "not the thief's way in: whoever may assume the role can do so again at once", NULL);
}

static void plan_sessions(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_subject_role self = { subject->name, subject->arn, subject->account, subject->partition };

	if (!ks_action_can_call(plan))
		return;
	if (subject->kind == KS_SUBJECT_ROLE)
		plan_role(plan, &self);
	else if (subject->kind == KS_SUBJECT_ROOT)
		ks_action_fail(plan, "the caller is root of account " KS_STR_FMT ": IAM policies do not bind "
			"root. Sign in as root and change the password, which ends its sessions at the console; "
			"delete its keys",
			KS_STR_ARG(subject->account));
	else if (ks_action_has_user(plan))
		plan_user(plan);
	for (size_t i = 0; i < subject->role_count; i++)
		plan_role(plan, &subject->roles[i]);
}

const struct ks_action ks_action_revoke_sessions = {
	.name = "revoke_sessions",
	.summary = "deny everything to sessions that began before now, of the user and of roles that he took on",
	.scope = KS_STEP_ROLE,
	.is_reversible = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_OWNER,
	.plan = plan_sessions,
};

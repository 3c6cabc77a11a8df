/* remove_login_profile: the user's password for the console is gone. A thief who holds a key of an
 * administrator gives the user one, and signs in with it when the key is long disabled. */
#include "lib/respond/action.h"

static const struct ks_action_parameter parameters[] = {
	{ "without_approval", KS_ACTION_FLAG, false, "act on the user's password without asking, under enforce",
		NULL, false },
};

static const char *const permissions[] = { "iam:DeleteLoginProfile", "iam:GetLoginProfile", NULL };

static void tell_hits(struct ks_action_plan *plan, struct ks_step *step)
{
	const struct ks_survey *survey = plan->facts->survey;
	enum ks_survey_answer has_login = survey != NULL ? survey->has_login : KS_SURVEY_UNKNOWN;

	if (has_login == KS_SURVEY_NO)
		ks_step_hit(step, "nobody: the user has no password at the moment, and the step will be skipped",
			NULL);
	else
		ks_step_hit(step, has_login == KS_SURVEY_YES ?
			"the person who signs in to the console as this user: there is a password now" :
			"the person who signs in to the console as this user, if anybody does", has_login ==
			KS_SURVEY_YES ? NULL : &step->condition.read);
	ks_step_hit(step, "not who is signed in already: that session lives on until it runs out. "
		"revoke_sessions ends it", NULL);
	ks_step_hit(step, "not the user's access keys", NULL);
}

static void plan_password(struct ks_action_plan *plan)
{
	struct ks_wire_parameter user = { "UserName", plan->facts->subject.name, false };
	struct ks_step *step;

	if (!ks_action_can_call(plan) || !ks_action_has_user(plan))
		return;
	step = ks_action_add(plan);
	step->target = ks_arena_printf(plan->arena, "console password of %s", ks_action_user_target(plan));
	step->call = ks_action_iam(plan, "DeleteLoginProfile", &user, 1);
	step->inverse_note = "the password is lost: nobody can read it beforehand. Whoever needs the "
		"console gets a new one (iam:CreateLoginProfile)";
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, "GetLoginProfile", &user, 1),
		.probe = "login_profile",
		.what = "the user's console password",
		.want = KS_STEP_PRESENT,
		.effect = KS_STEP_ABSENT,
	};
	tell_hits(plan, step);
}

const struct ks_action ks_action_remove_login_profile = {
	.name = "remove_login_profile",
	.summary = "delete the user's password for the console",
	.scope = KS_STEP_PRINCIPAL,
	.is_destructive = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_OWNER | KS_SURVEY_LOGIN,
	.plan = plan_password,
};

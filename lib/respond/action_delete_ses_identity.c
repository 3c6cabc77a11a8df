/* delete_ses_identity: a sender that the incident's actor made is gone. Deleting what was there before him
 * would stop the owner's own mail, so it must be certain that it is new: CreateEmailIdentity fails for one
 * that is there, version 1's calls do not, and of those only a sender that is not verified yet is taken. */
#include "lib/respond/action.h"

#include "lib/respond/sender.h"

static const struct ks_action_parameter parameters[] = {
	{ "without_approval", KS_ACTION_FLAG, false, "act on the account's senders without asking, under "
		"enforce",
		NULL, false },
};

static const char *const permissions[] = { "ses:DeleteEmailIdentity", "ses:GetEmailIdentity", NULL };

static const struct ks_survey_sender *find(const struct ks_survey *survey, const struct ks_sender *sender)
{
	for (size_t i = 0; survey != NULL && i < survey->sender_count; i++)
		if (ks_str_is_equal(survey->senders[i].region, sender->region) &&
			ks_str_is_equal(survey->senders[i].name, sender->name))
			return &survey->senders[i];
	return NULL;
}

/* Why it is left alone; NULL when it may go. */
static const char *judge(const struct ks_sender *sender, const struct ks_survey_sender *now)
{
	if (now != NULL && now->is_there == KS_SURVEY_NO)
		return "it is not there any more";
	if (sender->is_made)
		return NULL;
	if (now == NULL || now->is_verified == KS_SURVEY_UNKNOWN)
		return "this call says yes to a sender that was there before as well, and AWS must be asked whether "
			"mail goes out by it (ses:GetEmailIdentity)";
	if (now->is_verified == KS_SURVEY_YES)
		return "this call says yes to a sender that was there before as well, it is verified, and AWS "
			"does not tell since when: if nobody of yours knows it, delete it by hand "
			"(ses:DeleteEmailIdentity)";
	return NULL;
}

static void add(struct ks_action_plan *plan, const struct ks_sender *sender)
{
	struct ks_wire_parameter identity = { "EmailIdentity", sender->name, false };
	struct ks_step *step = ks_action_add(plan);

	step->target = ks_arena_printf(plan->arena,
		"sender " KS_STR_FMT " in " KS_STR_FMT ", account " KS_STR_FMT,
		KS_STR_ARG(sender->name), KS_STR_ARG(sender->region), KS_STR_ARG(plan->facts->subject.account));
	step->call = ks_action_ses(plan, "sesv2", "DeleteEmailIdentity", sender->region, &identity, 1);
	step->inverse_note = "a deleted sender must be made and verified again, and its DKIM keys and "
		"policies are lost. What AWS said of it before (GetEmailIdentity) is kept with the step";
	step->condition = (struct ks_step_condition){
		.read = ks_action_ses(plan, "sesv2", "GetEmailIdentity", sender->region, &identity, 1),
		.probe = "ses_identity",
		.what = ks_arena_printf(plan->arena, "sender " KS_STR_FMT, KS_STR_ARG(sender->name)),
		.effect = KS_STEP_ABSENT,
	};
	ks_step_hit(step, ks_arena_printf(plan->arena, "whoever sends as " KS_STR_FMT " in this Region. %s",
		KS_STR_ARG(sender->name), sender->is_made ? "The incident's own CreateEmailIdentity made it, which "
		"fails for a sender that is there" : "The incident's own call asked for it, and it is not "
		"verified: no mail can go out by it yet"), NULL);
}

static void plan_senders(struct ks_action_plan *plan)
{
	struct ks_vec senders = KS_VEC_OF(struct ks_sender);
	size_t left;

	if (!ks_action_can_call(plan))
		return;
	left = ks_sender_find(plan->facts, &senders);
	for (size_t i = 0; i < senders.n; i++) {
		const struct ks_sender *sender = KS_VEC_AT(&senders, struct ks_sender, i);
		const char *why = judge(sender, find(plan->facts->survey, sender));

		if (why == NULL)
			add(plan, sender);
		else
			ks_action_fail(plan, KS_STR_FMT " in " KS_STR_FMT " (" KS_STR_FMT "): %s",
				KS_STR_ARG(sender->name), KS_STR_ARG(sender->region), KS_STR_ARG(sender->call), why);
	}
	if (left > 0)
		ks_action_fail(plan, "%zu sender%s that the records name %s left out: more than %u, in "
			"another account, in no Region of SES, or with a name that SES would not take", left,
			left == 1 ? "" : "s", left == 1 ? "is" : "are",
			KS_SENDER_MOST);
	else if (senders.n == 0)
		ks_action_fail(plan, "no record says that the caller made a sender: there is none to delete");
	ks_vec_release(&senders);
}

const struct ks_action ks_action_delete_ses_identity = {
	.name = "delete_ses_identity",
	.summary = "delete senders that the incident's own calls made",
	.scope = KS_STEP_ACCOUNT,
	.is_destructive = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_SENDERS,
	.plan = plan_senders,
};

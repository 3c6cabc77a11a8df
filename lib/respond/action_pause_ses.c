/* pause_ses: no mail leaves the account, a Region at a time, through SES's first API and then, where that
 * did not do it, through its second. What was off before is left alone, now and when it is taken back. */
#include "lib/respond/action.h"

#include "lib/respond/hit.h"

enum { REGIONS, WITHOUT_APPROVAL };

static const struct ks_action_parameter parameters[] = {
	[REGIONS] = { "regions", KS_ACTION_STRINGS, false, "Regions, or all: those of the account's partition; "
		"all when missing", ks_action_check_region, false },
	[WITHOUT_APPROVAL] = { "without_approval", KS_ACTION_FLAG, false, "act on the whole account without "
		"asking, under enforce", NULL, false },
};

static const char *const permissions[] = {
	"ses:GetAccount", "ses:GetAccountSendingEnabled", "ses:PutAccountSendingAttributes",
	"ses:UpdateAccountSendingEnabled", NULL,
};

/* The two APIs. */
struct api {
	const char *service, *get, *set, *parameter, *probe;
	bool is_literal;
	const char *name;
};

static const struct api apis[] = {
	{ "ses", "GetAccountSendingEnabled", "UpdateAccountSendingEnabled", "Enabled", "ses_sending", false,
		"SES API v1" },
	{ "sesv2", "GetAccount", "PutAccountSendingAttributes", "SendingEnabled", "sesv2_sending", true,
		"SES API v2" },
};

static void tell_hits(struct ks_action_plan *plan, struct ks_step *step, struct ks_str region)
{
	ks_step_hit(step, "every sender of the account in this Region, through the API and over SMTP, your own "
		"mail included", NULL);
	ks_hit_add_mail(plan, step, region);
}

static void plan_region(struct ks_action_plan *plan, const struct api *api, struct ks_str region)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_wire_call form = { .partition = subject->partition, .region = region };
	struct ks_wire_parameter flag = { api->parameter, KS_STR("false"), api->is_literal };
	struct ks_step *step = ks_action_add(plan);

	step->target = ks_arena_printf(plan->arena, "sending of account " KS_STR_FMT " in " KS_STR_FMT ", %s",
		KS_STR_ARG(subject->account), KS_STR_ARG(region), api->name);
	form.operation = ks_operation_find(api->service, api->set);
	step->call = ks_step_call(plan->arena, &form, &flag, 1);
	flag.value = KS_STR("true");
	step->inverse = ks_step_call(plan->arena, &form, &flag, 1);
	step->inverse_note = "only where it was on before; what was off stays off";
	form.operation = ks_operation_find(api->service, api->get);
	step->condition = (struct ks_step_condition){
		.read = ks_step_call(plan->arena, &form, NULL, 0),
		.probe = api->probe,
		.what = api->parameter,
		.want = "true",
		.effect = "false",
	};
	tell_hits(plan, step, region);
}

/* A list in the policy may name Regions of other partitions: it is one policy for several accounts. */
static void plan_list(struct ks_action_plan *plan, const struct api *api,
	const struct ks_entry_list *regions)
{
	const struct ks_partition *partition = plan->facts->subject.partition;

	for (size_t i = 0; i < regions->n; i++)
		if (ks_partition_has_ses(partition, regions->p[i]))
			plan_region(plan, api, regions->p[i]);
}

static void plan_pause(struct ks_action_plan *plan)
{
	const struct ks_partition *partition = plan->facts->subject.partition;
	const struct ks_entry_list *regions = &plan->values[REGIONS].strings;
	bool is_all = ks_action_has_region(regions, KS_STR("all"));
	size_t before = plan->steps->n;

	if (!ks_action_can_call(plan))
		return;
	if (partition->ses_regions[0] == NULL && !partition->is_ses_unknown) {
		ks_action_fail(plan, "Amazon SES is not offered in partition %s: there is no sending to pause",
			partition->name);
		return;
	}
	/* All Regions by the first API, then all by the second: each takes one call a second and Region. */
	for (size_t a = 0; a < sizeof(apis) / sizeof(apis[0]); a++) {
		if (!is_all || partition->is_ses_unknown)
			plan_list(plan, &apis[a], regions);
		else
			for (size_t i = 0; partition->ses_regions[i] != NULL; i++)
				plan_region(plan, &apis[a], ks_str_of(partition->ses_regions[i]));
	}
	if (plan->steps->n == before && is_all)
		ks_action_fail(plan, "it is not known in which Regions of partition %s Amazon SES is offered: name "
			"them in 'regions'", partition->name);
	else if (plan->steps->n == before)
		ks_action_fail(plan, "none of the Regions that the policy lists is in partition %s",
			partition->name);
}

const struct ks_action ks_action_pause_ses = {
	.name = "pause_ses",
	.summary = "stop all sending of the account in each Region",
	.scope = KS_STEP_ACCOUNT,
	.is_reversible = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_MAIL,
	.plan = plan_pause,
};

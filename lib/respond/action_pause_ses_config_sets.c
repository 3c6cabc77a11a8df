/* pause_ses_config_sets: no mail leaves by the configuration sets that send now, in each Region. Mail that
 * names none goes on: this is for accounts whose own mail must not stop, and which know their sets. */
#include "lib/respond/action.h"

#include "lib/respond/hit.h"

enum { REGIONS, WITHOUT_APPROVAL };

static const struct ks_action_parameter parameters[] = {
	[REGIONS] = { "regions", KS_ACTION_STRINGS, false, "Regions, or all: those of the account's partition; "
		"all when missing", ks_action_check_region, false },
	[WITHOUT_APPROVAL] = { "without_approval", KS_ACTION_FLAG, false, "act on all sets without asking, "
		"under enforce", NULL, false },
};

static const char *const permissions[] = {
	"ses:GetConfigurationSet", "ses:PutConfigurationSetSendingOptions", NULL,
};

static void add(struct ks_action_plan *plan, const struct ks_survey_region *region, struct ks_str set)
{
	struct ks_wire_parameter call[] = {
		{ "ConfigurationSetName", set, false },
		{ "SendingEnabled", KS_STR("false"), true },
	};
	struct ks_step *step = ks_action_add(plan);

	step->target = ks_arena_printf(plan->arena, "configuration set " KS_STR_FMT " in " KS_STR_FMT
		", account " KS_STR_FMT, KS_STR_ARG(set), KS_STR_ARG(region->name),
		KS_STR_ARG(plan->facts->subject.account));
	step->call = ks_action_ses(plan, "sesv2", "PutConfigurationSetSendingOptions", region->name, call, 2);
	call[1].value = KS_STR("true");
	step->inverse = ks_action_ses(plan, "sesv2", "PutConfigurationSetSendingOptions", region->name, call, 2);
	step->inverse_note = "only where it was on before; what was off stays off";
	step->condition = (struct ks_step_condition){
		.read = ks_action_ses(plan, "sesv2", "GetConfigurationSet", region->name, call, 1),
		.probe = "set_sending",
		.what = ks_arena_printf(plan->arena, "SendingEnabled of " KS_STR_FMT, KS_STR_ARG(set)),
		.want = "true",
		.effect = "false",
	};
	ks_step_hit(step, "every sender who names this configuration set, or whose sender has it by "
		"default, your own "
		"included; not mail without a set", NULL);
	ks_hit_add_mail(plan, step, region->name);
}

static size_t plan_region(struct ks_action_plan *plan, const struct ks_survey_region *region)
{
	if (!region->has_sets)
		ks_action_fail(plan, "the configuration sets in " KS_STR_FMT " could not be read: see the notes "
			"of the survey", KS_STR_ARG(region->name));
	for (size_t i = 0; region->has_sets && i < region->set_count; i++)
		add(plan, region, region->sets[i]);
	return region->set_count;
}

static void plan_sets(struct ks_action_plan *plan)
{
	const struct ks_survey *survey = plan->facts->survey;
	const struct ks_partition *partition = plan->facts->subject.partition;
	const struct ks_entry_list *regions = &plan->values[REGIONS].strings;
	size_t looked = 0, sets = 0;

	if (!ks_action_can_call(plan))
		return;
	if (partition->ses_regions[0] == NULL && !partition->is_ses_unknown) {
		ks_action_fail(plan, "Amazon SES is not offered in partition %s: there is no sending to pause",
			partition->name);
		return;
	}
	if (survey == NULL || (survey->asked & KS_SURVEY_SETS) == 0) {
		ks_action_fail(plan, "which configuration sets there are only AWS knows, and the plan was made "
			"without asking (ses:ListConfigurationSets)");
		return;
	}
	for (size_t i = 0; i < survey->region_count; i++) {
		if (!ks_action_has_region(regions, survey->regions[i].name))
			continue;
		looked++;
		sets += plan_region(plan, &survey->regions[i]);
	}
	if (looked == 0)
		ks_action_fail(plan, "none of the Regions that the policy lists was asked for its configuration "
			"sets");
	else if (sets == 0)
		ks_action_fail(plan, "no configuration set sends in the %zu Region%s that answered: there is "
			"none to pause", looked, looked == 1 ? "" : "s");
}

const struct ks_action ks_action_pause_ses_config_sets = {
	.name = "pause_ses_config_sets",
	.summary = "stop sending by each configuration set that sends now",
	.scope = KS_STEP_ACCOUNT,
	.is_reversible = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_SETS | KS_SURVEY_MAIL,
	.plan = plan_sets,
};

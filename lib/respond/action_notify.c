/* notify: tell people. It touches nothing in AWS and is planned in every mode; stepnotice.h puts it
 * into the outbox when its turn comes. */
#include "lib/respond/action.h"

/* A notifier's name, as the configuration has it. */
static int check_name(struct ks_str value, struct ks_err *err)
{
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' &&
			c != '_')
			return ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "' is no name of a notifier: letters, "
				"digits, - and _", KS_STR_ARG(value));
	}
	return 0;
}

static const struct ks_action_parameter parameters[] = {
	{ "to", KS_ACTION_STRINGS, true, "names of notifiers", check_name, false },
};

static const char *const permissions[] = { NULL };

static void plan_notice(struct ks_action_plan *plan)
{
	struct ks_step *step = ks_action_add(plan);

	step->notify = plan->values[0].strings.p;
	step->notify_count = plan->values[0].strings.n;
	step->target = "people";
	step->inverse_note = "a notice cannot be taken back";
}

const struct ks_action ks_action_notify = {
	.name = "notify",
	.summary = "tell people through the notifiers of these names",
	.scope = KS_STEP_NOTHING,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.plan = plan_notice,
};

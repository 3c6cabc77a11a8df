/* tag_user: a mark on the user for people and for policies that go by tags (aws:PrincipalTag). What the tag
 * said before comes back when it is undone. */
#include "lib/respond/action.h"

#include <inttypes.h>
#include <string.h>

#define KEY_MOST 128
#define VALUE_MOST 256

static int check_text(struct ks_str value, const char *what, size_t most, struct ks_err *err)
{
	static const char other[] = " +-=._:/@";

	if (value.n > most)
		return ks_err_set(err, KS_ERR_PARSE, "the %s of a tag has at most %zu characters", what, most);
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			memchr(other, c, sizeof(other) - 1) == NULL)
			return ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "' is no %s of a tag: letters, digits, "
				"blanks and + - = . _ : / @", KS_STR_ARG(value), what);
	}
	return 0;
}

static int check_key(struct ks_str value, struct ks_err *err)
{
	if (value.n >= 4 && (value.p[0] | 32) == 'a' && (value.p[1] | 32) == 'w' && (value.p[2] | 32) == 's' &&
		value.p[3] == ':')
		return ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "': tags that begin with aws: are AWS's own",
			KS_STR_ARG(value));
	return check_text(value, "key", KEY_MOST, err);
}

static int check_value(struct ks_str value, struct ks_err *err)
{
	if (ks_str_is(value, KS_STEP_ABSENT))
		return ks_err_set(err, KS_ERR_PARSE, "'%s' stands for a tag that is not there: choose another value",
			KS_STEP_ABSENT);
	return check_text(value, "value", VALUE_MOST, err);
}

enum { KEY, VALUE, WITHOUT_APPROVAL };

static const struct ks_action_parameter parameters[] = {
	[KEY] = { "key", KS_ACTION_STRINGS, true, "the tag's key", check_key, true },
	[VALUE] = { "value", KS_ACTION_STRINGS, false, "the tag's value; \"incident 7\" when missing",
		check_value,
		true },
	[WITHOUT_APPROVAL] = { "without_approval", KS_ACTION_FLAG, false, "tag the user without asking, under "
		"enforce", NULL, false },
};

static const char *const permissions[] = { "iam:ListUserTags", "iam:TagUser", "iam:UntagUser", NULL };

static void plan_tag(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_str key = plan->values[KEY].strings.p[0];
	const char *value = plan->values[VALUE].is_given ?
		ks_arena_strdup(plan->arena, plan->values[VALUE].strings.p[0]) :
		ks_arena_printf(plan->arena, "incident %" PRId64, plan->facts->incident);
	struct ks_wire_parameter call[] = {
		{ "UserName", subject->name, false },
		{ "Tags.member.1.Key", key, false },
		{ "Tags.member.1.Value", ks_str_of(value), false },
	};
	struct ks_step *step;

	if (!ks_action_can_call(plan) || !ks_action_has_user(plan))
		return;
	step = ks_action_add(plan);
	step->target = ks_action_user_target(plan);
	step->call = ks_action_iam(plan, "TagUser", call, 3);
	call[2].value = KS_STR(KS_STEP_BEFORE);
	step->inverse = ks_action_iam(plan, "TagUser", call, 3);
	call[1].name = "TagKeys.member.1";
	step->inverse_absent = ks_action_iam(plan, "UntagUser", call, 2);
	step->condition = (struct ks_step_condition){
		.read = ks_action_iam(plan, "ListUserTags", call, 1),
		.probe = "user_tag",
		.item = key,
		.what = ks_arena_printf(plan->arena, "tag " KS_STR_FMT " of the user", KS_STR_ARG(key)),
		.effect = value,
	};
	ks_step_hit(step, "nobody, unless policies go by this tag (aws:PrincipalTag): then they may let the "
		"user do more or less than before", NULL);
	if (plan->facts->is_decoy)
		ks_step_hit(step, "the decoy: a thief who may read the user's tags sees that somebody has found out",
			NULL);
}

const struct ks_action ks_action_tag_user = {
	.name = "tag_user",
	.summary = "set a tag on the user",
	.scope = KS_STEP_PRINCIPAL,
	.is_reversible = true,
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.permissions = permissions,
	.needs = KS_SURVEY_OWNER,
	.plan = plan_tag,
};

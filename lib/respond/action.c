/* Looks actions up, and does what several of them share. */
#include "lib/respond/action.h"

#include "lib/base/opt.h"
#include "lib/decoy/keyid.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct ks_action *const ks_action_rows[] = {
#define KS_ACTION(name) &ks_action_##name,
#include "lib/respond/actions.def"
#undef KS_ACTION
};
const size_t ks_action_count = sizeof(ks_action_rows) / sizeof(ks_action_rows[0]);

const struct ks_action *ks_action_find(struct ks_str name)
{
	for (size_t i = 0; i < ks_action_count; i++)
		if (ks_str_is(name, ks_action_rows[i]->name))
			return ks_action_rows[i];
	return NULL;
}

bool ks_action_needs_leave(const struct ks_action *action)
{
	return action->scope > KS_STEP_KEY || action->is_destructive;
}

struct ks_step *ks_action_add(struct ks_action_plan *plan)
{
	const struct ks_action *action = plan->action;
	struct ks_step *step = ks_vec_push(plan->steps);

	step->action = action->name;
	step->scope = action->scope;
	for (size_t i = 0; i < action->parameter_count; i++)
		if (strcmp(action->parameters[i].name, "without_approval") == 0)
			step->without_approval = plan->values[i].flag;
	return step;
}

void ks_action_fail(struct ks_action_plan *plan, const char *format, ...)
{
	struct ks_action_gap *gap = ks_vec_push(plan->gaps);
	struct ks_buf text;
	va_list args;

	ks_buf_init(&text, 4096);
	va_start(args, format);
	ks_buf_addv(&text, format, args);
	va_end(args);
	*gap = (struct ks_action_gap){ plan->action->name, ks_arena_strdup(plan->arena, ks_buf_str(&text)) };
	ks_buf_release(&text);
}

bool ks_action_can_call(struct ks_action_plan *plan)
{
	const struct ks_facts *facts = plan->facts;
	const struct ks_subject *subject = &facts->subject;

	if (facts->is_offline)
		ks_action_fail(plan, "the decoy is an offline one: AWS does not know its key, so there is nothing "
			"to act on");
	else if (subject->partition == NULL || subject->account.n == 0)
		ks_action_fail(plan, "no record says in which account and partition of AWS to act");
	else if (subject->kind == KS_SUBJECT_OUTSIDE)
		ks_action_fail(plan, "the caller is no user or role of an account, but a service, another account "
			"or an identity provider: act where it gets its rights from");
	else if (subject->foreign.n > 0)
		ks_action_fail(plan, "the caller belongs to account " KS_STR_FMT " and its calls were made in "
			KS_STR_FMT ": only credentials of the former could act on it; in the latter, take its name out "
			"of the policies that let it in", KS_STR_ARG(subject->account), KS_STR_ARG(subject->foreign));
	else
		return true;
	return false;
}

bool ks_action_has_user(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;

	switch (subject->kind) {
	case KS_SUBJECT_USER:
		return true;
	case KS_SUBJECT_ROOT:
		ks_action_fail(plan, "the caller is root of account " KS_STR_FMT ": IAM policies do not bind root, "
			"and nobody else can change its keys. Sign in as root, delete the key and change the password; "
			"in an organization, deny the account by a service control policy, or delete root's credentials "
			"from the management account (sts:AssumeRoot)", KS_STR_ARG(subject->account));
		return false;
	case KS_SUBJECT_ROLE:
		ks_action_fail(plan, "the caller is role " KS_STR_FMT ": temporary credentials cannot be disabled, "
			"and what denies the role hits everybody who uses it. Find out who let the caller have the "
			"role; revoke_sessions ends those that began before now",
			KS_STR_ARG(subject->name));
		return false;
	default:
		break;
	}
	if (subject->key_id.n > 0)
		ks_action_fail(plan, "no record names the user of " KS_STR_FMT " beyond doubt, and IAM wants the "
			"name: iam:GetAccessKeyLastUsed with the key id tells it", KS_STR_ARG(subject->key_id));
	else
		ks_action_fail(plan, "no record names the caller beyond doubt");
	return false;
}

struct ks_wire_call ks_action_iam(struct ks_action_plan *plan, const char *operation,
	const struct ks_wire_parameter *parameters, size_t n)
{
	struct ks_wire_call form = { .operation = ks_operation_find("iam", operation),
		.partition = plan->facts->subject.partition };

	return ks_step_call(plan->arena, &form, parameters, n);
}

/* Why the key id that the incident is about is none of AWS's: such a one never stands in a request. */
static bool has_odd_key(const struct ks_facts *facts, struct ks_err *err)
{
	struct ks_str prefix = KS_STR("key:"), id;
	struct ks_keyid parsed;

	if (!ks_str_has_prefix(facts->actor, prefix))
		return false;
	id = ks_str_sub(facts->actor, prefix.n, facts->actor.n);
	return ks_keyid_parse(id, &parsed, err) != 0;
}

bool ks_action_has_key(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;
	struct ks_err err = { 0 };

	if (subject->key_id.n > 0)
		return true;
	if (has_odd_key(plan->facts, &err)) {
		ks_action_fail(plan, "the access key id in the records is none that AWS gives out: %s. Somebody may "
			"have written these records: compare iam:ListAccessKeys of user " KS_STR_FMT, err.message,
			KS_STR_ARG(subject->name));
		return false;
	}
	ks_action_fail(plan, "the calls came through temporary credentials, and no record says which access "
		"key of user " KS_STR_FMT " they were made with: read iam:ListAccessKeys, and when each was "
		"used last", KS_STR_ARG(subject->name));
	return false;
}

const char *ks_action_user_target(struct ks_action_plan *plan)
{
	const struct ks_subject *subject = &plan->facts->subject;

	return ks_arena_printf(plan->arena, "user " KS_STR_FMT ", account " KS_STR_FMT,
		KS_STR_ARG(subject->name), KS_STR_ARG(subject->account));
}

const char *ks_action_key_target(struct ks_action_plan *plan)
{
	return ks_arena_printf(plan->arena, "key " KS_STR_FMT " of %s",
		KS_STR_ARG(plan->facts->subject.key_id), ks_action_user_target(plan));
}

struct ks_wire_call ks_action_ses(struct ks_action_plan *plan, const char *service, const char *operation,
	struct ks_str region, const struct ks_wire_parameter *parameters, size_t n)
{
	struct ks_wire_call form = { .operation = ks_operation_find(service, operation),
		.partition = plan->facts->subject.partition, .region = region };

	return ks_step_call(plan->arena, &form, parameters, n);
}

int ks_action_check_region(struct ks_str value, struct ks_err *err)
{
	const struct ks_partition *partition = ks_partition_of_region(value);
	const char *const *all = ks_partition_all_ses();
	const char *near = NULL;
	char word[32] = "";
	size_t n = 0;

	if (ks_str_is(value, "all") || (partition != NULL && partition->is_ses_unknown))
		return 0;
	for (; all[n] != NULL; n++)
		if (ks_str_is(value, all[n]))
			return 0;
	if (value.n < sizeof(word)) {
		snprintf(word, sizeof(word), KS_STR_FMT, KS_STR_ARG(value));
		near = ks_opt_nearest(word, all, n);
	}
	return ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "' is no Region in which Amazon SES is "
		"offered%s%s%s",
		KS_STR_ARG(value), near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : ", nor 'all'");
}

bool ks_action_has_region(const struct ks_entry_list *regions, struct ks_str region)
{
	for (size_t i = 0; i < regions->n; i++)
		if (ks_str_is(regions->p[i], "all") || ks_str_is_equal(regions->p[i], region))
			return true;
	return regions->n == 0;
}

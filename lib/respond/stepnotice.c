/* Whom a policy wants told. */
#include "lib/respond/stepnotice.h"

#include "lib/incident/incident.h"

static bool is_known(const char *const *names, size_t count, struct ks_str name)
{
	for (size_t i = 0; i < count; i++)
		if (ks_str_is(name, names[i]))
			return true;
	return false;
}

static const char *list(struct ks_arena *arena, const char *const *names, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = ks_arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", names[i]);
	return text;
}

void ks_stepnotice_resolve(const struct ks_mandate *mandate, const struct ks_step *step,
	struct ks_arena *arena, struct ks_stepnotice *out)
{
	static const char *const usual[] = { "stdout" };
	const char *const *all = mandate->notifier_count > 0 ? mandate->notifiers : usual;
	size_t count = mandate->notifier_count > 0 ? mandate->notifier_count : 1;
	const char **names = ks_arena_alloc(arena, (step->notify_count + 1) * sizeof(*names));

	for (size_t i = 0; i < step->notify_count; i++) {
		if (!is_known(all, count, step->notify[i])) {
			out->names = all;
			out->count = count;
			out->note = ks_str_of(ks_arena_printf(arena, "told: %s, since there is no notifier '" KS_STR_FMT
				"'", list(arena, all, count), KS_STR_ARG(step->notify[i])));
			return;
		}
		names[i] = ks_arena_strdup(arena, step->notify[i]);
	}
	out->names = names;
	out->count = step->notify_count;
	out->note = ks_str_of(ks_arena_printf(arena, "told: %s", list(arena, names, out->count)));
}

int ks_stepnotice_post(struct ks_db *db, const struct ks_stepnotice *notice, const struct ks_planpost *post,
	struct ks_err *err)
{
	struct ks_planpost whole = *post;
	struct ks_arena arena = { NULL };
	struct ks_incident incident = { 0 };
	bool is_found = false;
	int rc = ks_incident_find(db, post->incident, &arena, &incident, &is_found, err);

	whole.level = is_found ? incident.level : KS_LEVEL_HIGH;
	whole.notifiers = notice->names;
	whole.notifier_count = notice->count;
	if (rc == 0)
		rc = ks_planpost_tell(db, &whole, err);
	ks_arena_release(&arena);
	return rc;
}

static void check_step(struct ks_policyset *set, const struct ks_policy *policy,
	const struct ks_policy_step *step, const char *const *names, size_t count)
{
	const struct ks_entry_list *given = &step->values[0].strings;
	struct ks_arena arena = { NULL };

	set->problems.file = policy->file;
	for (size_t i = 0; i < given->n; i++)
		if (!is_known(names, count, given->p[i]))
			ks_problem_warn_at(&set->problems, given->nodes[i]->line, given->nodes[i]->column,
				"there is no notifier '" KS_STR_FMT "': this step tells all that there are (%s)",
				KS_STR_ARG(given->p[i]), list(&arena, names, count));
	set->problems.file = NULL;
	ks_arena_release(&arena);
}

void ks_stepnotice_check(struct ks_policyset *set, const char *const *names, size_t count)
{
	for (size_t i = 0; i < set->policies.n; i++) {
		const struct ks_policy *policy = *KS_VEC_AT(&set->policies, struct ks_policy *, i);

		for (size_t k = 0; k < policy->step_count; k++)
			if (policy->steps[k].action == &ks_action_notify)
				check_step(set, policy, &policy->steps[k], names, count);
	}
}

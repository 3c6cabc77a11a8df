/* One row a rule. */
#include "lib/report/findinggroup.h"

#include "lib/base/time.h"

static int compare(const void *a, const void *b)
{
	const struct ks_findinggroup *x = a, *y = b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	if (x->findings != y->findings)
		return x->findings > y->findings ? -1 : 1;
	return ks_str_compare(x->rule_id, y->rule_id);
}

static struct ks_findinggroup *find(struct ks_vec *groups, const struct ks_stored_finding *finding)
{
	struct ks_findinggroup *group;

	for (size_t i = 0; i < groups->n; i++) {
		group = KS_VEC_AT(groups, struct ks_findinggroup, i);
		if (ks_str_is_equal(group->rule_id, finding->rule_id) &&
			ks_str_is_equal(group->title, finding->rule_title))
			return group;
	}
	group = ks_vec_push(groups);
	*group = (struct ks_findinggroup){ .rule_id = finding->rule_id, .title = finding->rule_title,
		.first_ms = KS_TIME_NONE, .last_ms = KS_TIME_NONE };
	return group;
}

void ks_findinggroup_make(const struct ks_dossier *dossier, struct ks_vec *out)
{
	for (size_t i = 0; i < dossier->findings.n; i++) {
		const struct ks_stored_finding *finding = KS_VEC_AT(&dossier->findings, struct ks_stored_finding, i);
		struct ks_findinggroup *group = find(out, finding);

		group->findings++;
		if (finding->level > group->level)
			group->level = finding->level;
		if (finding->time_ms == KS_TIME_NONE)
			continue;
		if (group->first_ms == KS_TIME_NONE || finding->time_ms < group->first_ms)
			group->first_ms = finding->time_ms;
		if (finding->time_ms > group->last_ms)
			group->last_ms = finding->time_ms;
	}
	ks_vec_sort(out, compare);
}

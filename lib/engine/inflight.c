/* Plans that wait, the one that is due first before the others. */
#include "lib/engine/inflight.h"

#include <sys/resource.h>

#define OTHER_FILES 400u         /* that the rest of the program may want open */

void ks_inflight_init(struct ks_inflight *inflight)
{
	struct rlimit limit;

	*inflight = (struct ks_inflight){ KS_VEC_OF(struct ks_inflight_plan), KS_INFLIGHT_MOST };
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < KS_INFLIGHT_MOST + OTHER_FILES)
		inflight->most = limit.rlim_cur > 2 * OTHER_FILES ? (size_t)limit.rlim_cur - OTHER_FILES :
			(size_t)limit.rlim_cur / 2;
}

void ks_inflight_release(struct ks_inflight *inflight)
{
	for (size_t i = 0; i < inflight->plans.n; i++) {
		struct ks_inflight_plan *plan = KS_VEC_AT(&inflight->plans, struct ks_inflight_plan, i);
		struct ks_executor_summary summary;

		ks_executor_finish(plan->run, &summary);
		ks_executor_release(&summary);
		ks_arena_release(&plan->arena);
	}
	ks_vec_release(&inflight->plans);
}

bool ks_inflight_is_full(const struct ks_inflight *inflight)
{
	return inflight->plans.n >= inflight->most;
}

bool ks_inflight_has(const struct ks_inflight *inflight, int64_t plan)
{
	for (size_t i = 0; i < inflight->plans.n; i++)
		if (KS_VEC_AT(&inflight->plans, struct ks_inflight_plan, i)->plan.id == plan)
			return true;
	return false;
}

void ks_inflight_add(struct ks_inflight *inflight, const struct ks_inflight_plan *plan)
{
	*(struct ks_inflight_plan *)ks_vec_push(&inflight->plans) = *plan;
}

static size_t find_first(const struct ks_inflight *inflight)
{
	const struct ks_inflight_plan *plans = inflight->plans.p;
	size_t first = 0;

	for (size_t i = 1; i < inflight->plans.n; i++)
		if (plans[i].due_ms < plans[first].due_ms)
			first = i;
	return first;
}

int64_t ks_inflight_due(const struct ks_inflight *inflight)
{
	const struct ks_inflight_plan *plans = inflight->plans.p;

	return inflight->plans.n > 0 ? plans[find_first(inflight)].due_ms : INT64_MAX;
}

struct ks_inflight_plan ks_inflight_take(struct ks_inflight *inflight)
{
	struct ks_inflight_plan *plans = inflight->plans.p, first;
	size_t at = find_first(inflight);

	first = plans[at];
	plans[at] = plans[--inflight->plans.n];
	return first;
}

void ks_inflight_stir(struct ks_inflight *inflight, int64_t incident)
{
	struct ks_inflight_plan *plans = inflight->plans.p;

	for (size_t i = 0; i < inflight->plans.n; i++)
		plans[i].has_news |= plans[i].plan.incident == incident;
}

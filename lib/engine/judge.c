/* Rules of a route, evaluated one by one. */
#include "lib/engine/judge.h"

void ks_judge_init(struct ks_judge *judge, const struct ks_wants *wants, bool is_plain)
{
	*judge = (struct ks_judge){ .verdicts = KS_VEC_OF(struct ks_judge_verdict),
		.rest = KS_VEC_OF(uint32_t), .is_plain = is_plain };
	ks_wants_begin(&judge->routes, wants);
	ks_matcher_init(&judge->matcher, wants->program);
	judge->matcher.is_plain = is_plain;
}

void ks_judge_release(struct ks_judge *judge)
{
	ks_wants_end(&judge->routes);
	ks_matcher_release(&judge->matcher);
	ks_vec_release(&judge->verdicts);
	ks_vec_release(&judge->rest);
}

/* False when a limit left something undecided. */
static bool evaluate(struct ks_judge *judge, const uint32_t *rules, size_t n, const struct ks_view *view)
{
	bool is_decided = true;

	ks_vec_clear(&judge->verdicts);
	ks_matcher_begin(&judge->matcher);
	for (size_t i = 0; i < n; i++) {
		enum ks_verdict verdict = ks_matcher_eval(&judge->matcher, rules[i], view);

		*(struct ks_judge_verdict *)ks_vec_push(&judge->verdicts) =
			(struct ks_judge_verdict){ rules[i], verdict };
		is_decided = is_decided && verdict != KS_VERDICT_UNDECIDED;
	}
	return is_decided && !judge->matcher.has_doubt;
}

/* Those that may be met if expressions are: the same ones out of any list that holds all that may be met. */
static void list_rest(struct ks_judge *judge, const uint32_t *rules, size_t n, const struct ks_view *view)
{
	ks_vec_clear(&judge->rest);
	judge->matcher.is_blind = true;
	for (size_t i = 0; i < n; i++)
		if (ks_matcher_eval(&judge->matcher, rules[i], view) != KS_VERDICT_NO)
			*(uint32_t *)ks_vec_push(&judge->rest) = rules[i];
	judge->matcher.is_blind = false;
}

const struct ks_vec *ks_judge_event(struct ks_judge *judge, const struct ks_view *view, unsigned known)
{
	const struct ks_route *route = judge->is_plain ? &judge->routes.all :
		ks_wants_route(&judge->routes, view, known);

	if (!evaluate(judge, route->rules, route->n, view)) {
		list_rest(judge, route->rules, route->n, view);
		evaluate(judge, judge->rest.p, judge->rest.n, view);
	}
	return &judge->verdicts;
}

/* Rules of a route, evaluated one by one. */
#include "lib/engine/judge.h"

void ks_judge_init(struct ks_judge *judge, const struct ks_wants *wants, bool is_plain)
{
	*judge = (struct ks_judge){ .verdicts = KS_VEC_OF(struct ks_judge_verdict), .is_plain = is_plain };
	ks_wants_begin(&judge->routes, wants);
	ks_matcher_init(&judge->matcher, wants->program);
}

void ks_judge_release(struct ks_judge *judge)
{
	ks_wants_end(&judge->routes);
	ks_matcher_release(&judge->matcher);
	ks_vec_release(&judge->verdicts);
}

/* False when a limit left one undecided. */
static bool evaluate(struct ks_judge *judge, const struct ks_route *route, const struct ks_view *view)
{
	bool is_decided = true;

	ks_vec_clear(&judge->verdicts);
	ks_matcher_begin(&judge->matcher);
	for (size_t i = 0; i < route->n; i++) {
		enum ks_verdict verdict = ks_matcher_eval(&judge->matcher, route->rules[i], view);

		*(struct ks_judge_verdict *)ks_vec_push(&judge->verdicts) =
			(struct ks_judge_verdict){ route->rules[i], verdict };
		is_decided = is_decided && verdict != KS_VERDICT_UNDECIDED;
	}
	return is_decided;
}

const struct ks_vec *ks_judge_event(struct ks_judge *judge, const struct ks_view *view, unsigned known)
{
	const struct ks_route *route = judge->is_plain ? &judge->routes.all :
		ks_wants_route(&judge->routes, view, known);

	judge->matcher.is_plain = judge->is_plain;
	if (evaluate(judge, route, view))
		return &judge->verdicts;
	judge->matcher.is_plain = false;
	evaluate(judge, ks_wants_narrowest(&judge->routes, view, known), view);
	return &judge->verdicts;
}

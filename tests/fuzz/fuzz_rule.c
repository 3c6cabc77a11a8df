/* Hostile rules: loaded, compiled, asked for what they need, and run on two small records; correlations
 * resolved, and run on a handful of hits. */
#include "lib/sigma/matcher.h"
#include "lib/sigma/member.h"
#include "lib/sigma/need.h"
#include "lib/sigma/window.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Every field holds the same: some of everything, or nothing. */
static size_t values(void *arg, uint32_t field, const struct ks_value **out)
{
	static const struct ks_value some[] = {
		{ KS_VALUE_STRING, { "GetSendQuota", 12 } },
		{ KS_VALUE_STRING, { "\xff\0x", 3 } },
		{ KS_VALUE_STRING, { "192.0.2.1", 9 } },
		{ KS_VALUE_NUMBER, { "-12.5e3", 7 } },
		{ KS_VALUE_NULL, { "null", 4 } },
		{ KS_VALUE_OBJECT, { "{\"a\":1}", 7 } },
		{ KS_VALUE_STRING, { NULL, 0 } },
	};

	(void)field;
	*out = some;
	return *(const size_t *)arg;
}

static void check_chain(void *arg, const struct ks_window_chain *chain)
{
	const struct ks_correlation *correlation = arg;

	if (chain->hits == 0 || chain->name_count == 0 || chain->anchor_ms > chain->met_ms ||
		chain->met_ms > chain->last_ms || chain->met_ms - chain->anchor_ms > correlation->timespan_ms)
		abort();
}

/* A hit of each rule with each of the values above, over ever longer gaps. */
static void run_correlation(const struct ks_correlation *correlation)
{
	struct ks_window_sink sink = { .closed = check_chain, .arg = (void *)(uintptr_t)correlation };
	size_t counts[] = { 0, 7 };
	struct ks_window window;
	int64_t time_ms = 0;

	ks_window_init(&window, correlation, &sink);
	for (unsigned i = 0; i < 40; i++) {
		size_t part = i % correlation->part_count;
		struct ks_member member;
		struct ks_view view = { values, &counts[i % 2] };
		char name[2] = { (char)('A' + i), '\0' };

		time_ms += i % 8 == 0 ? correlation->timespan_ms : correlation->timespan_ms / (1 + i);
		if (ks_member_read(correlation, part, &view, &member))
			ks_window_add(&window, &(struct ks_window_hit){ .time_ms = time_ms, .identity = ks_str_of(name),
				.value = ks_str_of(member.value), .name = ks_str_of(name), .part = part });
	}
	ks_window_end(&window);
	ks_window_release(&window);
}

static void run(const struct ks_ruleset *ruleset)
{
	static const char *const anchors[] = { "eventName", "eventSource", "decoy." };
	size_t counts[] = { 0, 7 };
	struct ks_program program;
	struct ks_matcher matcher;

	ks_program_build(&program, ruleset);
	ks_matcher_init(&matcher, &program);
	for (size_t i = 0; i < program.rule_count; i++) {
		struct ks_need need;

		ks_need_init(&need);
		ks_need_find(&program, i, anchors, 3, &need);
		for (size_t j = 0; j < 2; j++) {
			struct ks_view view = { values, &counts[j] };
			struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
			enum ks_verdict verdict;

			ks_matcher_begin(&matcher);
			verdict = ks_matcher_eval(&matcher, i, &view);
			if (ks_matcher_explain(&matcher, i, &view, &reasons) != verdict)
				abort();
			/* In an empty record no atom holds. */
			if (j == 0 && verdict != KS_VERDICT_NO && !need.is_every)
				abort();
			ks_vec_release(&reasons);
		}
		ks_need_release(&need);
	}
	ks_matcher_release(&matcher);
	for (size_t i = 0; i < program.correlation_count; i++)
		run_correlation(program.correlations[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ks_ruleset ruleset;

	ks_ruleset_init(&ruleset);
	ks_ruleset_add(&ruleset, "fuzz.yml", (struct ks_str){ (const char *)data, n });
	ks_ruleset_resolve(&ruleset);
	run(&ruleset);
	ks_ruleset_release(&ruleset);
	return 0;
}

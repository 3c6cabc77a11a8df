/* lib/engine/hopper: which hits come out, which stay in, and that they come out whole. */
#include "lib/engine/hopper.h"

#include "lib/sigma/ruleset.h"

#include "tests/unit/fixture.h"

#include <string.h>

#define RULE(name, id) "title: T" name "\nid: " id "1111111-1111-4111-8111-111111111111\nname: " name \
	"\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n---\n"
#define CHAIN(name, id, type, parts, condition) "title: C" name "\nid: " id \
	"2222222-1111-4111-8111-111111111111\nname: " name "\ncorrelation:\n  type: " type "\n  rules: [" parts \
	"]\n  group-by: [k]\n  timespan: 10s\n  condition: {" condition "}\n---\n"

static const char rules[] = RULE("a", "1") RULE("b", "2") RULE("c", "3")
	CHAIN("three", "1", "event_count", "a", "gte: 3")
	CHAIN("more", "2", "event_count", "a", "gt: 2, lt: 9")
	CHAIN("values", "3", "value_count", "a", "gte: 3, field: v")
	CHAIN("both", "4", "temporal", "a, b", "gte: 2")
	CHAIN("one", "5", "event_count", "a", "gte: 1")
	CHAIN("few", "6", "event_count", "a", "lt: 5")
	CHAIN("not", "7", "event_count", "a", "neq: 5")
	CHAIN("sum", "8", "value_sum", "a", "gte: 5, field: v")
	CHAIN("upper", "9", "event_count", "three", "gte: 2")
	CHAIN("exact", "a", "event_count", "c", "eq: 3");

/* Hits as "group, letter of the rule, second": a copy is that text. */
static const struct row {
	const char *name, *correlation, *hits, *want;
} rows[] = {
	{ "too few", "exact", "xc01 xc02 yc03", "" },
	{ "enough", "exact", "xc01 xc05 xc03 yc03", "xc01 xc03 xc05 " },
	{ "at the borders of a window", "exact", "xc01 xc05 xc11", "xc01 xc05 xc11 " },
	{ "not in one window", "exact", "xc01 xc05 xc12", "" },
	{ "what is outside stays in", "exact", "xc01 xc20 xc21 xc22 xc50", "xc20 xc21 xc22 " },
	{ "no hit twice", "exact", "xc01 xc02 xc03 xc04 xc05 xc20 xc21", "xc01 xc02 xc03 xc04 xc05 " },
	{ "more than", "more", "xa01 xa02 ya01 ya02 ya03", "ya01 ya02 ya03 " },
	{ "values: as many hits", "values", "xa01 xa02 ya01 ya02 ya03", "ya01 ya02 ya03 " },
	{ "one rule", "both", "xa01 xa02 xa03", "" },
	{ "both rules", "both", "xa01 xa02 xb12 xa40", "xa02 xb12 " },
	{ "a rule that has left the window", "both", "xa01 xb12 xb13", "" },
};

struct scene {
	struct fixture f;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_hopper hopper;
	struct ks_buf said;
	uint64_t count;
};

static void scene_init(struct scene *s)
{
	*s = (struct scene){ .count = 0 };
	fixture_init(&s->f);
	ks_ruleset_init(&s->ruleset);
	assert_int_equal(ks_ruleset_add(&s->ruleset, "r.yml", ks_str_of(rules)), 0);
	assert_int_equal(ks_ruleset_resolve(&s->ruleset), 0);
	ks_program_build(&s->program, &s->ruleset);
	ks_hopper_init(&s->hopper, &s->program, s->f.dir);
	ks_buf_init(&s->said, 1u << 20);
}

static void scene_release(struct scene *s)
{
	ks_buf_release(&s->said);
	ks_hopper_release(&s->hopper);
	ks_ruleset_release(&s->ruleset);
	fixture_release(&s->f);
}

static const struct ks_correlation *find(const struct scene *s, const char *name)
{
	for (size_t i = 0; i < s->program.correlation_count; i++)
		if (ks_str_is(s->program.correlations[i]->head.name, name))
			return s->program.correlations[i];
	fail_msg("no correlation '%s'", name);
	return NULL;
}

static int take(void *arg, const struct ks_hopper_hit *hit, struct ks_err *err)
{
	struct scene *s = arg;

	(void)err;
	assert_int_equal(hit->group, hit->copy.p[0]);
	assert_int_equal(hit->part, ks_str_is(hit->correlation->head.name, "exact") ? 0 : hit->copy.p[1] - 'a');
	assert_int_equal(hit->time_ms, 1000 * strtol(hit->copy.p + 2, NULL, 10));
	ks_buf_add(&s->said, hit->copy);
	ks_buf_addc(&s->said, ' ');
	return 0;
}

static void add(struct scene *s, const struct ks_correlation *correlation, struct ks_str hit)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_hopper_add(&s->hopper, &(struct ks_hopper_hit){ .correlation = correlation,
		.part = correlation->part_count > 1 ? (size_t)(hit.p[1] - 'a') : 0, .group = (uint64_t)hit.p[0],
		.time_ms = 1000 * strtol(hit.p + 2, NULL, 10), .copy = hit }, &err), 0);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_str rest = ks_str_of(row->hits), hit;
	struct ks_err err = { 0 };
	struct scene s;

	scene_init(&s);
	assert_true(ks_hopper_takes(find(&s, row->correlation)));
	while (ks_str_next(&rest, ' ', &hit))
		add(&s, find(&s, row->correlation), hit);
	assert_int_equal(ks_hopper_sift(&s.hopper, take, &s, &err), 0);
	assert_string_equal(s.said.n > 0 ? s.said.p : "", row->want);
	scene_release(&s);
}

static void test_takes(void **state)
{
	static const char *const refused[] = { "one", "few", "not", "sum", "three", "upper" };
	struct scene s;

	(void)state;
	scene_init(&s);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(ks_hopper_takes(find(&s, refused[i])));
	scene_release(&s);
}

/* A copy of a size and content that follow from its number. */
static struct ks_str copy_of(uint64_t number, struct ks_buf *room)
{
	ks_buf_clear(room);
	ks_buf_addf(room, "%llu", (unsigned long long)number);
	while (room->n < 20 + number % 1000)
		ks_buf_addc(room, (char)('a' + number % 26));
	return ks_buf_str(room);
}

static int take_large(void *arg, const struct ks_hopper_hit *hit, struct ks_err *err)
{
	struct scene *s = arg;
	struct ks_buf room;

	(void)err;
	ks_buf_init(&room, 4096);
	assert_true(ks_str_is_equal(hit->copy, copy_of((uint64_t)hit->time_ms, &room)));
	ks_buf_release(&room);
	s->count++;
	return 0;
}

/* More than fits in memory, and more in a window than is looked at one by one. */
static void test_large(void **state)
{
	struct ks_err err = { 0 };
	struct ks_buf room;
	struct scene s;

	(void)state;
	scene_init(&s);
	ks_buf_init(&room, 4096);
	for (uint64_t i = 0; i < 12000; i++)
		assert_int_equal(ks_hopper_add(&s.hopper, &(struct ks_hopper_hit){ .correlation = find(&s, "both"),
			.group = i % 2, .time_ms = (int64_t)i, .copy = copy_of(i, &room) }, &err), 0);
	assert_int_equal(ks_hopper_sift(&s.hopper, take_large, &s, &err), 0);
	assert_int_equal(s.count, 12000);
	ks_buf_release(&room);
	scene_release(&s);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 2];
	size_t n;

	for (n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, test_row, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_takes);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_large);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

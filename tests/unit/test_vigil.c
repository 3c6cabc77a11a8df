/* lib/engine/vigil: a table of what is seen, look by look, and what is said of it. */
#include "lib/engine/vigil.h"

#include "lib/base/time.h"
#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#define S INT64_C(1000)
#define M (60 * S)
#define H (60 * M)
#define NONE KS_TIME_NONE

/* What is seen at a time after the program began, in its words; what holds ("+") and what does not ("-") by
 * then is "stale" "failing" "queue". */
struct look {
	int64_t at;
	int64_t last, gap;               /* records, by the same clock; NONE: never */
	int64_t failing;                 /* since */
	int64_t behind;
	const char *says;
};

struct row {
	const char *name;
	int64_t stale;
	int64_t first;                   /* record */
	struct look looks[12];
};

static const struct row rows[] = {
	{ "nothing is known of a new source", 0, NONE, { { 10 * H, NONE, 0, NONE, -1, "-failing" } } },
	{ "a source of the config that never had a record", 2 * H, NONE,
		{ { 1 * H, NONE, 0, NONE, -1, "-failing -stale" },
			{ 2 * H, NONE, 0, NONE, -1, "-failing +stale" } } },
	{ "so long as the config says", 2 * H, -9 * H, { { 1 * H, 0, 0, NONE, -1, "-failing -stale" },
		{ 2 * H - 1, 0, 0, NONE, -1, "-failing -stale" }, { 2 * H, 0, 0, NONE, -1, "-failing +stale" },
		{ 3 * H, 3 * H - 1, 0, NONE, -1, "-failing -stale" } } },
	{ "nothing is learned before a day is over", 0, -23 * H,
		{ { 20 * H, 0, 10 * M, NONE, -1, "-failing" } } },
	{ "learned: three times the longest pause", 0, -30 * H,
		{ { 5 * H, 0, 2 * H, NONE, -1, "-failing -stale" },
			{ 6 * H, 0, 2 * H, NONE, -1, "-failing +stale" } } },
	{ "learned: never less than an hour", 0, -30 * H, { { 59 * M, 0, 1 * S, NONE, -1, "-failing -stale" },
		{ 60 * M, 0, 1 * S, NONE, -1, "-failing +stale" } } },
	{ "learned: never more than two days", 0, -300 * H, { { 47 * H, 0, 40 * H, NONE, -1, "-failing -stale" },
		{ 48 * H, 0, 40 * H, NONE, -1, "-failing +stale" } } },
	{ "who was away looks for a while before he says so", 4 * H, -300 * H,
		{ { 1 * M, -90 * H, 0, NONE, -1, "-failing" }, { 59 * M, -90 * H, 0, NONE, -1, "-failing" },
			{ 60 * M, -90 * H, 0, NONE, -1, "-failing +stale" } } },
	{ "one that fails for a moment", 0, NONE, { { 10 * S, NONE, 0, 9 * S, -1, "" },
		{ 20 * S, NONE, 0, NONE, -1, "-failing" } } },
	{ "one that fails for three minutes", 0, NONE, { { 179 * S, NONE, 0, 0, -1, "" },
		{ 180 * S, NONE, 0, 0, -1, "+failing" }, { 300 * S, NONE, 0, 0, -1, "+failing" },
		{ 301 * S, NONE, 0, NONE, -1, "-failing" } } },
	{ "one that fails is not stale as well", 1 * H, -9 * H, { { 2 * H, 0, 0, 1 * S, -1, "+failing" } } },
	{ "a clock that was set back says nothing", 1 * H, 0, { { -2 * H, 0, 0, NONE, -1, "-failing" } } },
	{ "a queue that grows five times", 0, NONE, { { 1 * M, NONE, 0, NONE, 100, "-failing -queue" },
		{ 90 * S, NONE, 0, NONE, 150, "-failing" }, { 2 * M, NONE, 0, NONE, 200, "-failing -queue" },
		{ 3 * M, NONE, 0, NONE, 300, "-failing -queue" }, { 4 * M, NONE, 0, NONE, 400, "-failing -queue" },
		{ 5 * M, NONE, 0, NONE, 500, "-failing -queue" }, { 6 * M, NONE, 0, NONE, 600, "-failing +queue" },
		{ 7 * M, NONE, 0, NONE, 400, "-failing +queue" }, { 8 * M, NONE, 0, NONE, 450, "-failing +queue" },
		{ 9 * M, NONE, 0, NONE, 300, "-failing -queue" } } },
	{ "a queue that goes up and down", 0, NONE, { { 1 * M, NONE, 0, NONE, 1000, "-failing -queue" },
		{ 2 * M, NONE, 0, NONE, 2000, "-failing -queue" }, { 3 * M, NONE, 0, NONE, 3000, "-failing -queue" },
		{ 4 * M, NONE, 0, NONE, 2000, "-failing -queue" }, { 5 * M, NONE, 0, NONE, 3000, "-failing -queue" },
		{ 6 * M, NONE, 0, NONE, 4000, "-failing -queue" },
		{ 7 * M, NONE, 0, NONE, 4000, "-failing -queue" } } },
	{ "a short queue may grow", 0, NONE, { { 1 * M, NONE, 0, NONE, 1, "-failing -queue" },
		{ 2 * M, NONE, 0, NONE, 2, "-failing -queue" }, { 3 * M, NONE, 0, NONE, 3, "-failing -queue" },
		{ 4 * M, NONE, 0, NONE, 4, "-failing -queue" }, { 5 * M, NONE, 0, NONE, 5, "-failing -queue" },
		{ 6 * M, NONE, 0, NONE, 6, "-failing -queue" } } },
};

static int64_t at(int64_t ms)
{
	return ms == NONE ? NONE : FIXTURE_NOW + ms;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_vigil_memory memory = { 0 };

	for (size_t i = 0; i < sizeof(row->looks) / sizeof(row->looks[0]) && row->looks[i].says != NULL; i++) {
		const struct look *look = &row->looks[i];
		struct ks_vec verdicts = KS_VEC_OF(struct ks_vigil_verdict);
		struct ks_arena arena = { NULL };
		const char *says = "";

		ks_vigil_judge(&(struct ks_vigil_feed){ .source = KS_STR("sqs:q"), .first_ms = at(row->first),
			.last_ms = at(look->last), .gap_ms = look->gap, .watched_ms = at(0), .stale_ms = row->stale,
			.health = { .heard_ms = NONE, .newest_ms = NONE, .behind = look->behind,
				.failures = look->failing != NONE, .failing_ms = at(look->failing), .error = "refused" } },
			&memory, at(look->at), &arena, &verdicts);
		for (size_t k = 0; k < verdicts.n; k++) {
			const struct ks_vigil_verdict *v = KS_VEC_AT(&verdicts, struct ks_vigil_verdict, k);

			says = ks_arena_printf(&arena, "%s%s%s%s", says, k > 0 ? " " : "", v->holds ? "+" : "-",
				ks_vigil_row(v->kind)->name);
			assert_int_equal(v->holds, v->why != NULL);
			assert_true(ks_str_is(v->subject, "sqs:q"));
		}
		if (strcmp(says, look->says) != 0)
			fail_msg("look %zu says '%s', not '%s'", i + 1, says, look->says);
		ks_vec_release(&verdicts);
		ks_arena_release(&arena);
	}
}

static void every_kind_has_its_row(void **state)
{
	(void)state;
	for (int i = 0; i < KS_VIGIL_KINDS; i++) {
		const struct ks_vigil_row *row = ks_vigil_row((enum ks_vigil_kind)i);

		assert_non_null(row->name);
		assert_non_null(row->advice);
		assert_true(row->level >= KS_LEVEL_MEDIUM);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(row->name, ks_vigil_row((enum ks_vigil_kind)k)->name);
	}
}

int main(void)
{
	static struct rows tests;

	ROWS_TABLE(&tests, test_row, rows);
	ROWS_TEST(&tests, every_kind_has_its_row);
	return rows_run("vigil", &tests);
}

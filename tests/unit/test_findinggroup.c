/* lib/report/findinggroup: findings by rule. */
#include "lib/report/findinggroup.h"

#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <stdio.h>

#define S(text) { text, sizeof(text) - 1 }
#define NO KS_TIME_NONE

static const struct row {
	const char *name;
	struct ks_stored_finding findings[4];
	const char *want;                /* "title level findings first last", a group each */
} table[] = {
	{ "none", { { .level = KS_LEVEL_NONE } }, "" },
	{ "of one rule", { { .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 5 },
		{ .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_HIGH, .time_ms = 3 },
		{ .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 4 } },
		"A high 3 3 5;" },
	{ "without a time", { { .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = NO },
		{ .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 4 },
		{ .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = NO } },
		"A low 3 4 4;" },
	{ "never a time", { { .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = NO } },
		"A low 1 none none;" },
	{ "the gravest first",
		{ { .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 1 },
		{ .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 1 },
		{ .rule_id = S("b"), .rule_title = S("B"), .level = KS_LEVEL_CRITICAL, .time_ms = 2 } },
		"B critical 1 2 2;A low 2 1 1;" },
	{ "then the one with more",
		{ { .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 1 },
		{ .rule_id = S("b"), .rule_title = S("B"), .level = KS_LEVEL_LOW, .time_ms = 2 },
		{ .rule_id = S("b"), .rule_title = S("B"), .level = KS_LEVEL_LOW, .time_ms = 2 } },
		"B low 2 2 2;A low 1 1 1;" },
	{ "then by id", { { .rule_id = S("b"), .rule_title = S("B"), .level = KS_LEVEL_LOW, .time_ms = 1 },
		{ .rule_id = S("a"), .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 1 } },
		"A low 1 1 1;B low 1 1 1;" },
	{ "rules without an id, by title", { { .rule_title = S("A"), .level = KS_LEVEL_LOW, .time_ms = 1 },
		{ .rule_title = S("B"), .level = KS_LEVEL_HIGH, .time_ms = 1 } }, "B high 1 1 1;A low 1 1 1;" },
};

static const char *time_of(int64_t ms, char *out, size_t n)
{
	snprintf(out, n, ms == NO ? "none" : "%d", (int)ms);
	return out;
}

static void test_make(void **state)
{
	const struct row *row = *state;
	struct ks_dossier dossier = { .findings = KS_VEC_OF(struct ks_stored_finding) };
	struct ks_vec groups = KS_VEC_OF(struct ks_findinggroup);
	struct ks_buf text;

	for (size_t i = 0; i < 4 && row->findings[i].rule_title.n > 0; i++)
		*(struct ks_stored_finding *)ks_vec_push(&dossier.findings) = row->findings[i];
	ks_findinggroup_make(&dossier, &groups);
	ks_buf_init(&text, 4096);
	for (size_t i = 0; i < groups.n; i++) {
		const struct ks_findinggroup *group = KS_VEC_AT(&groups, struct ks_findinggroup, i);
		char first[16], last[16];

		ks_buf_addf(&text, KS_STR_FMT " %s %zu %s %s;", KS_STR_ARG(group->title),
			ks_rule_level_name(group->level), group->findings,
			time_of(group->first_ms, first, sizeof(first)), time_of(group->last_ms, last, sizeof(last)));
	}
	assert_string_equal(ks_buf_str(&text).p, row->want);
	ks_buf_release(&text);
	ks_vec_release(&groups);
	ks_vec_release(&dossier.findings);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_make, table);
	return rows_run("findinggroup", &rows);
}

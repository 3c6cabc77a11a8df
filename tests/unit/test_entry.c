/* lib/respond/entry */
#include "lib/respond/entry.h"

#include "tests/unit/respond.h"

enum reader { TEXT, FLAG, COUNT, DURATION, STRINGS, KEYS };

struct row {
	const char *name;
	enum reader reader;
	const char *yaml;          /* of the value */
	const char *want;          /* what was read; NULL: an error … */
	const char *problem;       /* … that holds this */
};

static const struct row table[] = {
	{ "text", TEXT, "abc", "abc", NULL },
	{ "text: empty", TEXT, "\"\"", NULL, "1:4: error: 'it' must be a string that is not empty" },
	{ "text: a number", TEXT, "12", NULL, "'it' must be a string, not a number" },
	{ "flag", FLAG, "true", "1", NULL },
	{ "flag: a word that YAML versions read differently", FLAG, "yes", NULL, "'it' must be true or false" },
	{ "count: least", COUNT, "1", "1", NULL },
	{ "count: most", COUNT, "9", "9", NULL },
	{ "count: below", COUNT, "0", NULL, "from 1 to 9" },
	{ "count: above", COUNT, "10", NULL, "from 1 to 9" },
	{ "count: a fraction", COUNT, "1.5", NULL, "from 1 to 9" },
	{ "count: a string", COUNT, "\"1\"", NULL, "from 1 to 9" },
	{ "duration: seconds", DURATION, "90s", "90000", NULL },
	{ "duration: a year", DURATION, "366d", "31622400000", NULL },
	{ "duration: over a year", DURATION, "367d", NULL, "with its unit" },
	{ "duration: too large to count", DURATION, "99999999999999999999w", NULL, "with its unit" },
	{ "duration: no unit", DURATION, "60", NULL, "with its unit" },
	{ "duration: nothing", DURATION, "0h", NULL, "with its unit" },
	{ "duration: negative", DURATION, "-1h", NULL, "with its unit" },
	{ "strings: a list", STRINGS, "[a, b]", "a b", NULL },
	{ "strings: one", STRINGS, "a", "a", NULL },
	{ "strings: none", STRINGS, "[]", NULL, "a list that is not empty" },
	{ "strings: a mapping", STRINGS, "{a: b}", NULL, "a list of strings, not a mapping" },
	{ "strings: null", STRINGS, "", NULL, "a list of strings, not null" },
	{ "strings: a number", STRINGS, "[a, 12]", NULL, "1:8: error: 'it' must hold strings: this is a number, "
		"put it in" },
	{ "strings: twice", STRINGS, "[a, b, a]", NULL, "1:11: error: 'a' stands twice in 'it'" },
	{ "keys: known", KEYS, "{one: 1, two: 2}", "keys", NULL },
	{ "keys: unknown", KEYS, "{one: 1, tow: 2}", NULL, "1:13: error: unknown key 'tow' in 'it': did you "
		"mean 'two'?" },
	{ "keys: nothing near", KEYS, "{elephants: 1}", NULL, "unknown key 'elephants' in 'it'\n" },
	{ "keys: no mapping", KEYS, "[one]", NULL, "'it' must be a mapping, not a list" },
};

static bool read_value(const struct row *row, const struct ks_yaml_node *node, struct ks_problems *problems,
	struct ks_arena *arena, struct ks_buf *out)
{
	static const char *const known[] = { "one", "two" };
	struct ks_entry_list list;
	struct ks_str text;
	int64_t number = 0;
	bool flag;

	switch (row->reader) {
	case TEXT:
		return ks_entry_text(node, "'it'", problems, &text) && (ks_buf_add(out, text), true);
	case FLAG:
		return ks_entry_flag(node, "'it'", problems, &flag) && (ks_buf_addf(out, "%d", flag), true);
	case COUNT:
		return ks_entry_count(node, "'it'", 1, 9, problems, &number) &&
			(ks_buf_addf(out, "%lld", (long long)number), true);
	case DURATION:
		return ks_entry_duration(node, "'it'", problems, &number) &&
			(ks_buf_addf(out, "%lld", (long long)number), true);
	case STRINGS:
		if (!ks_entry_strings(node, "'it'", arena, problems, &list))
			return false;
		for (size_t i = 0; i < list.n; i++) {
			ks_buf_addf(out, "%s" KS_STR_FMT, i > 0 ? " " : "", KS_STR_ARG(list.p[i]));
			assert_true(ks_str_is_equal(list.nodes[i]->text, list.p[i]));
		}
		return true;
	default:
		ks_buf_adds(out, "keys");
		return ks_entry_check(node, "'it'", known, 2, problems);
	}
}

static void test_read(void **state)
{
	const struct row *row = *state;
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_arena arena = { NULL };
	struct ks_problems problems;
	struct ks_buf out, text;
	struct ks_err err = { 0 };
	bool is_good;

	ks_problem_init(&problems);
	ks_buf_init(&out, 1u << 16);
	ks_buf_init(&text, 1u << 16);
	ks_buf_addf(&text, "v: %s\n", row->yaml);
	assert_int_equal(ks_yaml_parse(ks_buf_str(&text), &arena, &documents, &err), 0);
	is_good = read_value(row, ks_yaml_find(*KS_VEC_AT(&documents, struct ks_yaml_node *, 0), "v"),
		&problems, &arena,
		&out);
	assert_int_equal(is_good, row->want != NULL);
	assert_int_equal(problems.errors, is_good ? 0 : 1);
	if (is_good) {
		assert_string_equal(out.p, row->want);
	} else {
		ks_buf_clear(&out);
		respond_problems(&problems, &out);
		if (strstr(out.p, row->problem) == NULL)
			fail_msg("'%s' does not hold '%s'", out.p, row->problem);
	}
	ks_buf_release(&text);
	ks_buf_release(&out);
	ks_problem_release(&problems);
	ks_vec_release(&documents);
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_read, table);
	return rows_run("entry", &rows);
}

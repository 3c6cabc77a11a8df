/* lib/sigma/ruleset, and lib/sigma/program on top of it: files, directories, several documents. */
#include "lib/sigma/program.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"
#include "tests/unit/view.h"

#define RULE(title, id, field) \
	"title: " title "\nid: 00000000-0000-4000-8000-00000000000" id "\n" \
	"logsource: {product: aws}\ndetection:\n s: {" field ": x}\n condition: s\n"

struct row {
	const char *name, *text, *want;
	size_t rules;
};

static const struct row rows[] = {
	{ "two documents", RULE("a", "1", "f") "---\n" RULE("b", "2", "g"), "", 2 },
	{ "one of two is wrong", RULE("a", "1", "f") "---\ntitle: b\n---\n" RULE("c", "3", "f"),
		"warning 8:1: the rule has no 'id': findings are told apart by it, so give it a random UUID\n"
		"error 8:1: the rule has no 'logsource'\nerror 8:1: the rule has no 'detection'", 2 },
	{ "duplicate id", RULE("a", "1", "f") "---\n" RULE("b", "1", "f"),
		"error 9:5: duplicate id '00000000-0000-4000-8000-000000000001': test.yml:1 ('a') has it too",
		1 },
	{ "duplicate name", RULE("a", "1", "f") "name: n\n---\n" RULE("b", "2", "f") "name: n\n",
		"error 15:7: duplicate name 'n': test.yml:1 ('a') has it too", 1 },
	{ "empty", "# nothing\n", "warning 0:0: the file holds no rule", 0 },
	{ "a list", "- a\n", "error 1:1: a Sigma rule is a mapping, not a list", 0 },
	{ "not YAML", "a: [\n", "error 2:1: not valid YAML: did not find expected node content "
		"(while parsing a flow node in line 2)", 0 },
	{ "a correlation has an id of its own", RULE("a", "1", "f") "---\ntitle: c\nid: "
		"00000000-0000-4000-8000-000000000001\ncorrelation: {type: event_count, "
		"rules: [00000000-0000-4000-8000-000000000001], timespan: 1h, condition: {gte: 2}}\n",
		"error 9:5: duplicate id '00000000-0000-4000-8000-000000000001': test.yml:1 ('a') has it too", 1 },
	{ "correlation is no mapping", "title: c\nid: 00000000-0000-4000-8000-000000000001\ncorrelation: []\n",
		"error 3:14: 'correlation' must be a mapping", 0 },
	{ "filter of nothing", "title: f\nfilter:\n  rules: [a]\n",
		"error 1:1: the rule has no 'logsource'\nerror 3:3: the detection has no condition", 0 },
	{ "a filter has an id of its own", RULE("a", "1", "f") "---\ntitle: f\nid: "
		"00000000-0000-4000-8000-000000000001\nlogsource: {product: aws}\nfilter: {rules: any, s: {a: x}, "
		"condition: not s}\n",
		"error 9:5: duplicate id '00000000-0000-4000-8000-000000000001': test.yml:1 ('a') has it too", 1 },
	{ "old collection", "action: global\ntitle: x\n",
		"error 1:9: 'action: global' is the old rule collection syntax: write the rules out in full",
		0 },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_ruleset ruleset;
	char got[2048];

	ks_ruleset_init(&ruleset);
	ks_ruleset_add(&ruleset, "test.yml", ks_str_of(row->text));
	view_render_problems(&ruleset, got, sizeof(got));
	assert_string_equal(got, row->want);
	assert_int_equal(ruleset.rules.n, row->rules);
	ks_ruleset_release(&ruleset);
}

static void put(const char *dir, const char *name, const char *text)
{
	struct ks_err err = { 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(ks_file_create(path, ks_str_of(text), 0600, &err), 0);
}

static void test_directory(void **state)
{
	char dir[] = "/tmp/ks-ruleset-XXXXXX", path[512], command[600];
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_err err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	put(dir, "b.yml", RULE("b", "2", "f"));
	put(dir, "a.yaml", RULE("a", "1", "g"));
	put(dir, "notes.txt", "not: [a rule");
	put(dir, "twin.yml", RULE("twin", "2", "f"));
	snprintf(path, sizeof(path), "%s/sub", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put(path, "c.yml", RULE("c", "3", "f"));

	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_load(&ruleset, dir), -1);
	assert_true(ks_ruleset_first_error(&ruleset, &err));
	assert_int_equal(err.code, KS_ERR_EXISTS);
	assert_true(ks_str_has_suffix(ks_str_of(err.file), KS_STR("/twin.yml")));
	assert_non_null(strstr(err.message, "/b.yml:1 ('b') has it too"));
	assert_int_equal(ruleset.files, 4);
	/* What was read is not read again. */
	assert_int_equal(ks_ruleset_load(&ruleset, path), 0);
	assert_int_equal(ruleset.files, 4);

	ks_program_build(&program, &ruleset);
	assert_int_equal(program.rule_count, 3);
	assert_true(ks_str_is(program.rules[0]->title, "a"));
	assert_true(ks_str_is(program.rules[1]->title, "b"));
	assert_true(ks_str_is(program.rules[2]->title, "c"));
	assert_int_equal(program.path_count, 2);
	assert_true(ks_str_is(program.paths[0], "g"));
	assert_int_equal(ks_program_find(&program, KS_STR("c.yml")), 2);
	assert_int_equal(ks_program_find(&program, KS_STR("b")), 1);
	assert_int_equal(ks_program_find(&program, KS_STR("00000000-0000-4000-8000-000000000001")), 0);
	assert_int_equal(ks_program_find(&program, KS_STR("")), -1);
	ks_ruleset_release(&ruleset);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	assert_int_equal(system(command), 0);
}

static void test_nothing_there(void **state)
{
	char dir[] = "/tmp/ks-ruleset-XXXXXX";
	struct ks_ruleset ruleset;
	struct ks_err err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_load(&ruleset, dir), -1);
	assert_int_equal(ks_ruleset_load(&ruleset, "/nonexistent/x.yml"), -1);
	assert_int_equal(ruleset.problems.errors, 2);
	assert_true(ks_ruleset_first_error(&ruleset, &err));
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_string_equal(err.file, dir);
	ks_ruleset_release(&ruleset);
	rmdir(dir);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_directory);
	ROWS_TEST(&all, test_nothing_there);
	return rows_run("ruleset", &all);
}

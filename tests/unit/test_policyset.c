/* lib/respond/policyset */
#include "tests/unit/fixture.h"
#include "tests/unit/respond.h"

#define STEPS "steps: [disable_key]\n"

struct row {
	const char *name, *text;
	const char *problems;
	const char *chosen;      /* for a real key in account 123456789012, rule ses-pionage,
		level high; NULL: none */
};

static const struct row table[] = {
	{ "the more specific one wins, first", "name: narrow\nwhen: {rules: [ses-pionage]}\n" STEPS
		"---\nname: wide\nwhen: {level: high}\n" STEPS, "", "narrow" },
	{ "the more specific one wins, last", "name: wide\nwhen: {level: high}\n" STEPS
		"---\nname: narrow\nwhen: {rules: [ses-pionage]}\n" STEPS, "", "narrow" },
	{ "account before rule", "name: rule\nwhen: {rules: [ses-pionage], level: high}\n" STEPS
		"---\nname: account\nwhen: {accounts: [\"123456789012\"]}\n" STEPS, "", "account" },
	{ "a more specific one that does not match is none", "name: wide\n" STEPS
		"---\nname: narrow\nwhen: {rules: [other]}\n" STEPS, "", "wide" },
	{ "none matches", "name: a\nwhen: {decoy: true}\n" STEPS, "", NULL },
	{ "a tie", "name: a\nwhen: {rules: [x]}\n" STEPS "---\nname: b\nwhen: {rules: [y]}\n" STEPS,
		"5:7: error: 'b' and 'a' (test.yml:1) are equally specific and can meet the same incident: tell "
		"them apart by account, rule, level or decoy\n", NULL },
	{ "a tie of catch-alls", "name: a\n" STEPS "---\nname: b\nwhen: {decoy: either}\n" STEPS,
		"4:7: error: 'b' and 'a' (test.yml:1) are equally specific and can meet the same incident: tell "
		"them apart by account, rule, level or decoy\n", NULL },
	{ "no tie: never the same incident", "name: a\nwhen: {decoy: true}\n" STEPS "---\nname: b\n" STEPS, "",
		"b" },
	{ "one name twice", "name: a\n" STEPS "---\nname: a\nwhen: {level: high}\n" STEPS,
		"4:7: error: duplicate name 'a': test.yml:1 has it too\n", "a" },
	{ "a bad one does not hide the good one", "name: a\nmoed: x\n" STEPS "---\nname: b\n" STEPS,
		"2:1: error: unknown key 'moed' in a response policy: did you mean 'mode'?\n", "b" },
	{ "no YAML", "name: [\n", "2:1: error: not valid YAML: did not find expected node content (while "
		"parsing a flow node in line 2)\n", NULL },
	{ "nothing", "# only a comment\n", "0:0: warning: the file holds no response policy\n", NULL },
};

static void test_choose(void **state)
{
	const struct row *row = *state;
	struct ks_vec verdicts = KS_VEC_OF(struct ks_policyset_verdict);
	struct respond_incident incident = { .n = 1 };
	const struct ks_policy *chosen;
	struct respond_facts facts;
	struct ks_policyset set;
	struct ks_buf problems;

	ks_policyset_init(&set);
	ks_buf_init(&problems, 1u << 16);
	respond_facts_init(&facts, &incident);
	ks_policyset_add(&set, "test.yml", ks_str_of(row->text));
	ks_policyset_check(&set);
	respond_problems(&set.problems, &problems);
	assert_string_equal(ks_buf_str(&problems).p, row->problems);
	chosen = ks_policyset_choose(&set, &facts.facts, &facts.arena, &verdicts);
	assert_int_equal(verdicts.n, set.policies.n);
	if (row->chosen == NULL && set.problems.errors == 0)
		assert_null(chosen);
	else if (row->chosen != NULL)
		assert_true(chosen != NULL && ks_str_is(chosen->name, row->chosen));
	respond_facts_release(&facts);
	ks_buf_release(&problems);
	ks_vec_release(&verdicts);
	ks_policyset_release(&set);
}

static void test_load(void **state)
{
	struct ks_policyset set;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(mkdir(fixture_path(&f, "sub"), 0700), 0);
	fixture_write(fixture_path(&f, "b.yml"), "name: b\n" STEPS, 0600);
	fixture_write(fixture_path(&f, "sub/a.yaml"), "name: a\nwhen: {level: low}\n" STEPS, 0600);
	fixture_write(fixture_path(&f, "notes.txt"), "not: [yaml", 0600);
	ks_policyset_init(&set);
	assert_int_equal(ks_policyset_load(&set, f.dir), 0);
	assert_int_equal(set.policies.n, 2);
	assert_int_equal(set.files, 2);
	/* The same file again, under its own name, is no second policy. */
	assert_int_equal(ks_policyset_load(&set, fixture_path(&f, "b.yml")), 0);
	assert_int_equal(set.policies.n, 2);
	assert_int_equal(ks_policyset_load(&set, fixture_path(&f, "none.yml")), -1);
	assert_int_equal(set.problems.errors, 1);
	assert_int_equal(mkdir(fixture_path(&f, "empty"), 0700), 0);
	assert_int_equal(ks_policyset_load(&set, fixture_path(&f, "empty")), -1);
	ks_policyset_release(&set);
	fixture_release(&f);
}

/* What is shipped loads, has no ties, and says the mode in every file. */
static void test_shipped(void **state)
{
	const char *top = getenv("KEYSNARE_SOURCE");
	struct ks_policyset set;
	struct ks_buf path, problems;

	(void)state;
	ks_buf_init(&path, 4096);
	ks_buf_init(&problems, 1u << 16);
	ks_file_join(&path, top != NULL ? top : ".", "policies/respond");
	ks_policyset_init(&set);
	ks_policyset_load(&set, ks_buf_str(&path).p);
	ks_policyset_check(&set);
	respond_problems(&set.problems, &problems);
	assert_string_equal(ks_buf_str(&problems).p, "");
	assert_int_equal(set.policies.n, 3);
	for (size_t i = 0; i < set.policies.n; i++)
		assert_true((*KS_VEC_AT(&set.policies, struct ks_policy *, i))->has_mode);
	ks_policyset_release(&set);
	ks_buf_release(&problems);
	ks_buf_release(&path);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_choose, table);
	ROWS_TEST(&rows, test_load);
	ROWS_TEST(&rows, test_shipped);
	return rows_run("policyset", &rows);
}

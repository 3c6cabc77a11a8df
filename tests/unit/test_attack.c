/* Names of techniques, and tags that say techniques. */
#include "lib/intel/attack.h"

#include "tests/unit/rows.h"

struct tag_row {
	const char *name, *tag, *want;           /* NULL: it says no technique */
};

static const struct tag_row tags[] = {
	{ "a technique", "attack.t1526", "T1526" },
	{ "a sub-technique", "attack.t1496.004", "T1496.004" },
	{ "in capitals", "ATTACK.T1526", "T1526" },
	{ "a tactic", "attack.discovery", NULL },
	{ "a group", "attack.g0016", NULL },
	{ "too few digits", "attack.t152", NULL },
	{ "too many digits", "attack.t15260", NULL },
	{ "half a sub-technique", "attack.t1496.04", NULL },
	{ "another scheme", "cve.2021.44228", NULL },
	{ "nothing", "", NULL },
	{ "the scheme alone", "attack.", NULL },
};

static void reads_tag(void **state)
{
	const struct tag_row *row = *state;
	char id[16] = "";

	assert_int_equal(ks_attack_parse_tag(ks_str_of(row->tag), id), row->want != NULL);
	assert_string_equal(id, row->want != NULL ? row->want : "");
}

struct bad_row {
	const char *name, *text;
	int line, column;
};

static const struct bad_row bad[] = {
	{ "no id", "# names\nCloud Service Discovery\n", 2, 1 },
	{ "no name", "T1526\n", 1, 6 },
	{ "no blank", "T1496.0045 x\n", 1, 6 },
};

static void says_where(void **state)
{
	const struct bad_row *row = *state;
	struct ks_attack attack;
	struct ks_err err = { 0 };

	ks_attack_init(&attack);
	assert_int_equal(ks_attack_parse(&attack, ks_str_of(row->text), &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	assert_int_equal(err.line, row->line);
	assert_int_equal(err.column, row->column);
	ks_attack_release(&attack);
}

static void knows_shipped_names(void **state)
{
	struct ks_attack attack;
	struct ks_err err = { 0 };

	(void)state;
	ks_attack_init(&attack);
	assert_int_equal(ks_attack_load(&attack, "policies/" KS_ATTACK_FILE, &err), 0);
	assert_string_equal(ks_attack_find(&attack, KS_STR("T1496.004")), "Cloud Service Hijacking");
	assert_null(ks_attack_find(&attack, KS_STR("T9999")));
	ks_attack_release(&attack);
}

int main(void)
{
	static struct rows rows;

	ROWS_TABLE(&rows, reads_tag, tags);
	ROWS_TABLE(&rows, says_where, bad);
	ROWS_TEST(&rows, knows_shipped_names);
	return rows_run("attack", &rows);
}

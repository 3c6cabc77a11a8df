/* Lists from elsewhere: what each line comes to. */
#include "lib/decoy/roster.h"

#include "tests/unit/fixture.h"

#define A "AKIARTX3GSDSSFJ45C3O"        /* of account 111122223333 */
#define B "AKIARTX3GSDSVGGQ4GYK"
#define OLD "AKIAIOSFODNN7EXAMPLE"
#define NOW INT64_C(1763719200123)

/* A list, its rows written "line:key id|name|placement|label|account;", its problems "line:column ". */
static const struct row {
	const char *name, *text, *rows, *problems;
} rows[] = {
	{ "nothing", "", "", "" },
	{ "blanks", " \n\r\n", "", "" },
	{ "JSON", "{\"key_id\":\"" A "\"}", "1:" A "|" A "|unknown||111122223333;", "" },
	{ "BOM, CRLF and empty lines", "\xef\xbb\xbf{\"key_id\":\"" A "\"}\r\n\r\n"
		"{\"key_id\":\"" B "\",\"name\":\"b\"}\r\n",
		"1:" A "|" A "|unknown||111122223333;3:" B "|b|unknown||111122223333;", "" },
	{ "names of members", "{\"AWS_ACCESS_KEY_ID\":\" " A " \",\"Memo\":\"m\",\"path\":\"/p\",\"account id\":"
		"\"111122223333\",\"x\":[1,{\"key_id\":\"y\"}]}", "1:" A "|m|/p|m|111122223333;", "" },
	{ "the first of two", "{\"key_id\":\"" A "\",\"key_id\":\"" B "\"}",
		"1:" A "|" A "|unknown||111122223333;", "" },
	{ "no strings", "{\"key_id\":\"" A "\",\"name\":7,\"label\":null,\"placement\":true}",
		"1:" A "|" A "|unknown||111122223333;", "" },
	{ "bad lines", "{\"key_id\":\"" A "\"\n{}\n{\"key_id\":\"" B "\"}\nx\n[1]\n{} {}\n",
		"3:" B "|" B "|unknown||111122223333;", "1:32 2:1 4:1 5:1 6:3 " },
	{ "wrong account", "{\"key_id\":\"" A "\",\"account\":\"123456789012\"}", "", "1:1 " },
	{ "old-style id", "{\"key_id\":\"" OLD "\"}\n{\"key_id\":\"" OLD "\",\"account\":\"123456789012\"}",
		"1:" OLD "|" OLD "|unknown||;2:" OLD "|" OLD "|unknown||123456789012;", "" },
	{ "wrong region", "{\"key_id\":\"" A "\",\"region\":\"mars\"}", "", "1:1 " },
	{ "other kinds of ids", "{\"key_id\":\"ASIARTX3GSDSSFJ45C3O\"}\n{\"key_id\":\"AIDARTX3GSDSSFJ45C3O\"}\n"
		"{\"key_id\":\"AKIA\"}", "", "1:1 2:1 3:1 " },
	{ "CSV", "key_id,name\n" A ",a\n" B ",b",
		"2:" A "|a|unknown||111122223333;3:" B "|b|unknown||111122223333;", "" },
	{ "columns in any order", "x,Label, Path ,Access Key Id\n1,l,/p," A ",more,and more\n",
		"2:" A "|l|/p|l|111122223333;", "" },
	{ "quotes", "key_id,name,path\r\n\"" A "\",\"a, \"\"b\"\"\nc\",\"\"\r\n" B ", b ,\"/ x \"\r\n",
		"2:" A "|a, \"b\"\nc|unknown||111122223333;4:" B "|b|/ x||111122223333;", "" },
	{ "no header", A "\n" B ",b,/p,l,111122223333,x\n",
		"1:" A "|" A "|unknown||111122223333;2:" B "|b|/p|l|111122223333;", "" },
	{ "short and empty records", "name,key_id\nx\n\n,\n,," B "\nb," B "\n",
		"6:" B "|b|unknown||111122223333;", "2:1 4:1 5:1 " },
	{ "behind a quote", "key_id,name\n\"" A "\"x,a\n" B ",\"b\" \n",
		"3:" B "|b|unknown||111122223333;", "2:1 " },
	{ "an open quote", "key_id,name\n" A ",\"a\n" B ",b\n", "", "2:1 " },
	{ "an open quote at the end", A "\n\"", "1:" A "|" A "|unknown||111122223333;", "2:1 " },
	{ "a quote inside", A ",a\"b\n", "1:" A "|a\"b|unknown||111122223333;", "" },
};

static void reads(void **state)
{
	const struct row *row = *state;
	struct ks_roster roster;
	struct ks_err err = { 0 };
	struct ks_buf got;

	ks_buf_init(&got, 1u << 16);
	ks_buf_adds(&got, "");
	ks_roster_init(&roster);
	assert_int_equal(ks_roster_parse(&roster, ks_str_of(row->text), NOW, &err), 0);
	for (size_t i = 0; i < roster.rows.n; i++) {
		const struct ks_roster_row *one = KS_VEC_AT(&roster.rows, struct ks_roster_row, i);
		const struct ks_decoy *decoy = &one->decoy;

		ks_buf_addf(&got, "%d:" KS_STR_FMT "|" KS_STR_FMT "|" KS_STR_FMT "|" KS_STR_FMT "|" KS_STR_FMT ";",
			one->line, KS_STR_ARG(decoy->key_id), KS_STR_ARG(decoy->name), KS_STR_ARG(decoy->placement),
			KS_STR_ARG(decoy->label), KS_STR_ARG(decoy->account));
		assert_int_equal(decoy->form, KS_PLACEMENT_ELSEWHERE);
		assert_int_equal(decoy->state, KS_DECOY_IMPORTED);
		assert_int_equal(decoy->kind, KS_DECOY_LIVE);
		assert_true(decoy->created_ms == NOW && decoy->changed_ms == NOW);
	}
	assert_string_equal(got.p, row->rows);
	ks_buf_clear(&got);
	ks_buf_adds(&got, "");
	for (size_t i = 0; i < roster.problems.n; i++) {
		const struct ks_err *problem = KS_VEC_AT(&roster.problems, struct ks_err, i);

		ks_buf_addf(&got, "%d:%d ", problem->line, problem->column);
	}
	assert_string_equal(got.p, row->problems);
	ks_roster_release(&roster);
	ks_buf_release(&got);
}

static void takes_over_kind_state_and_time(void **state)
{
	struct ks_roster roster;
	struct ks_err err = { 0 };
	const struct ks_decoy *decoy;

	(void)state;
	ks_roster_init(&roster);
	assert_int_equal(ks_roster_parse(&roster, KS_STR("{\"key_id\":\"" A "\",\"kind\":\"offline\",\"state\":"
		"\"retired\",\"created\":\"2024-05-06T07:08:09Z\",\"mode\":\"0600\",\"secret_access_key\":\"s\"}\n"),
		NOW, &err), 0);
	assert_int_equal(roster.rows.n, 1);
	decoy = &KS_VEC_AT(&roster.rows, struct ks_roster_row, 0)->decoy;
	assert_int_equal(decoy->kind, KS_DECOY_OFFLINE);
	assert_int_equal(decoy->state, KS_DECOY_RETIRED);
	assert_true(decoy->created_ms == INT64_C(1714979289000));
	assert_int_equal(decoy->file_mode, 0);
	assert_true(roster.had_secrets);
	ks_roster_release(&roster);
}

static void refuses_other_texts(void **state)
{
	static const char *const texts[] = {
		"[{\"key_id\":\"" A "\"}]", "name,where\na,b\n", "<html>\n", "nonsense",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ks_roster roster;
		struct ks_err err = { 0 };

		ks_roster_init(&roster);
		assert_int_equal(ks_roster_parse(&roster, ks_str_of(texts[i]), NOW, &err), -1);
		assert_int_equal(err.code, KS_ERR_PARSE);
		assert_int_equal(err.line, 1);
		ks_roster_release(&roster);
	}
}

int main(void)
{
	const struct CMUnitTest others[] = { cmocka_unit_test(takes_over_kind_state_and_time),
		cmocka_unit_test(refuses_other_texts) };
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];
	int failed;

	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, reads, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	failed = _cmocka_run_group_tests("lists", tests, sizeof(rows) / sizeof(rows[0]), NULL, NULL);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}

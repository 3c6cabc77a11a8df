/* lib/sigma/member: groups and values of events, and what they are called. */
#include "lib/sigma/member.h"

#include "lib/codec/hash.h"
#include "lib/sigma/program.h"
#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"
#include "tests/unit/view.h"

#define RULE(letter)                                                    \
	"title: " letter "\nid: 00000000-0000-4000-8000-00000000000" letter \
	"\nlogsource: {product: aws}\ndetection: {s: {f: x}, condition: s}\n---\n"

static void load(struct ks_ruleset *ruleset, const char *type)
{
	struct ks_buf text;

	ks_ruleset_init(ruleset);
	ks_buf_init(&text, 1u << 20);
	ks_buf_addf(&text,
		RULE("a") RULE(
			"b") "title: c\nid: 00000000-0000-4000-8000-00000000000c\ncorrelation:\n"
				 "  type: %s\n  rules: "
		"[00000000-0000-4000-8000-00000000000a, 00000000-0000-4000-8000-00000000000b]\n"
				 "  timespan: 1h\n  group-by: [u, w]\n  condition: {gte: 3, field: v}\n",
		type);
	assert_int_equal(ks_ruleset_add(ruleset, "test.yml", ks_buf_str(&text)), 0);
	assert_int_equal(ks_ruleset_resolve(ruleset), 0);
	ks_buf_release(&text);
}

/* An event with both fields of the group, unless it names them itself. */
static void see(struct view *view, const struct ks_program *program, const char *event)
{
	static char text[256]; /* the view borrows it */

	snprintf(text, sizeof(text), "%s%s%s", event, strstr(event, "u=") == NULL ? " u='k'" : "",
		strstr(event, "w=") == NULL ? " w='-'" : "");
	view_init(view, program, text);
}

/* The first event and the second: whether they are of one group, whether they have one value, and whether
 * the second one counts at all. */
static const struct read_row {
	const char *name, *first, *second;
	bool is_group, is_value, is_counted;
} read_rows[] = {
	{ "the same", "u='k' v='x'", "u='k' v='x'", true, true, true },
	{ "another value", "u='k' v='x'", "u='k' v='y'", true, false, true },
	{ "another group", "u='k' v='x'", "u='l' v='x'", false, true, true },
	{ "in another case", "u='k' v='x'", "u='K' v='X'", true, true, true },
	{ "other letters have their case", "u='\xC3\xA4' v='x'", "u='\xC3\x84' v='x'", false, true, true },
	{ "half a group", "u='k' v='x'", "u='k' w=null v='x'", false, true, false },
	{ "null is no group", "u='k' v='x'", "u=null v='x'", false, true, false },
	{ "empty is not absent", "u='k' v='x'", "u='' v='x'", false, true, true },
	{ "no value", "u='k' v='x'", "u='k'", true, false, false },
	{ "null is no value", "u='k' v='x'", "u='k' v=null", true, false, false },
	{ "an empty value is one", "u='k' v='x'", "u='k' v=''", true, false, true },
	{ "the first of several", "u='k' v='x'", "u='k' u='l' v='x' v='y'", true, true, true },
	{ "a number is its text", "u='1' v=2", "u=1 v='2'", true, true, true },
	{ "parts do not run together", "u='k' w='ab' v='x'", "u='ka' w='b' v='x'", false, true, true },
};

static void test_read(void **state)
{
	const struct read_row *row = *state;
	struct ks_member members[2];
	struct ks_program program;
	struct ks_ruleset ruleset;
	struct view view;

	load(&ruleset, "value_count");
	ks_program_build(&program, &ruleset);
	see(&view, &program, row->first);
	assert_true(ks_member_read(program.correlations[0], 0, &view.view, &members[0]));
	see(&view, &program, row->second);
	assert_int_equal(ks_member_read(program.correlations[0], 1, &view.view, &members[1]), row->is_counted);
	assert_int_equal(strcmp(members[0].group, members[1].group) == 0, row->is_group);
	assert_int_equal(strcmp(members[0].value, members[1].value) == 0, row->is_value);
	ks_ruleset_release(&ruleset);
}

/* What a value is to value_sum and its kind. */
static const struct number_row {
	const char *name, *event, *want; /* NULL: it does not count */
} number_rows[] = {
	{ "a number", "v=12.50", "12.50" },
	{ "a string that is one", "v='1e3'", "1e3" },
	{ "absent", "u='k'", NULL },
	{ "of nobody", "u=null v=1", NULL },
	{ "null", "v=null", NULL },
	{ "a word", "v='much'", NULL },
	{ "a truth", "v=true", NULL },
	{ "empty", "v=''", NULL },
	{ "too large", "v='1e45'", NULL },
	{ "the largest", "v='-9e44'", "-9e44" },
	{ "the first of several", "v=3 v=4", "3" },
};

static void test_number(void **state)
{
	const struct number_row *row = *state;
	struct ks_member member;
	struct ks_program program;
	struct ks_ruleset ruleset;
	struct view view;

	load(&ruleset, "value_sum");
	ks_program_build(&program, &ruleset);
	see(&view, &program, row->event);
	assert_int_equal(ks_member_read(program.correlations[0], 0, &view.view, &member), row->want != NULL);
	if (row->want != NULL)
		assert_string_equal(member.value, row->want);
	ks_ruleset_release(&ruleset);
}

/* Stores hold hashes of groups: those of keys are what they were when letters had case. */
static void test_hash_stays(void **state)
{
	struct ks_program program;
	struct ks_ruleset ruleset;
	struct ks_member member;
	unsigned char digest[KS_HASH_SIZE];
	char want[KS_CORRELATION_HASH];
	struct view view;

	(void)state;
	load(&ruleset, "value_count");
	ks_program_build(&program, &ruleset);
	view_init(&view, &program, "u='AKIAQYLPMN5HHHFPZAM2' w='7' v='x'");
	assert_true(ks_member_read(program.correlations[0], 0, &view.view, &member));
	ks_hash_sha256(KS_STR("20:AKIAQYLPMN5HHHFPZAM21:7"), digest);
	ks_hash_hex(digest, (KS_CORRELATION_HASH - 1) / 2, want);
	assert_string_equal(member.group, want);
	ks_ruleset_release(&ruleset);
}

static void test_label(void **state)
{
	struct ks_program program;
	struct ks_ruleset ruleset;
	struct ks_buf label;
	struct view view;

	(void)state;
	load(&ruleset, "value_count");
	ks_program_build(&program, &ruleset);
	ks_buf_init(&label, 1u << 16);
	view_init(&view, &program, "u='k' v='x'");
	ks_member_label(program.correlations[0], 0, &view.view, &label);
	assert_string_equal(label.p, "u: k, w: none");
	ks_buf_release(&label);
	ks_ruleset_release(&ruleset);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_read, read_rows);
	ROWS_TABLE(&all, test_number, number_rows);
	ROWS_TEST(&all, test_hash_stays);
	ROWS_TEST(&all, test_label);
	return rows_run("member", &all);
}

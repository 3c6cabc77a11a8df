/* lib/respond/match */
#include "tests/unit/respond.h"

#define STEPS "steps: [disable_key]\n"
#define INSIDE "198.51.100.9"
#define UNLESS "when: {unless: {ip.cidr: [\"198.51.100.0/24\"]}}\n"

struct row {
	const char *name, *when;
	struct respond_incident incident;
	bool want;
	const char *why;         /* all of it */
};

static const struct row table[] = {
	{ "nothing asked, a real key", "", { .level = KS_LEVEL_LOW }, true, "no decoy" },
	{ "missing decoy means real keys only", "", { .is_decoy = true }, false,
		"it is for real keys only ('decoy: false', also where it is missing)" },
	{ "decoy: false, a decoy", "when: {decoy: false}\n", { .is_decoy = true }, false,
		"it is for real keys only ('decoy: false', also where it is missing)" },
	{ "decoy: true, a decoy", "when: {decoy: true}\n", { .is_decoy = true }, true, "a decoy" },
	{ "decoy: true, a real key", "when: {decoy: true}\n", { .is_decoy = false }, false,
		"it is for decoys only ('decoy: true')" },
	{ "decoy: either, a decoy", "when: {decoy: either}\n", { .is_decoy = true }, true, "a decoy" },
	{ "decoy: either, a real key", "when: {decoy: either}\n", { .is_decoy = false }, true, "no decoy" },
	{ "level: the same", "when: {level: high}\n", { .level = KS_LEVEL_HIGH }, true, "no decoy, level high" },
	{ "level: above", "when: {level: high}\n", { .level = KS_LEVEL_CRITICAL }, true, "no decoy, level "
		"critical" },
	{ "level: below", "when: {level: high}\n", { .level = KS_LEVEL_MEDIUM }, false,
		"it asks for level high, the incident is medium" },
	{ "rules: by name", "when: {rules: [other, ses-pionage]}\n", { .n = 1 }, true,
		"no decoy, rule ses-pionage" },
	{ "rules: by id", "when: {rules: [0d4a7f0e-0000-4000-8000-000000000001]}\n", { .rule = "" }, true,
		"no decoy, rule 0d4a7f0e-0000-4000-8000-000000000001" },
	{ "rules: none of them", "when: {rules: [other, third]}\n", { .n = 1 }, false,
		"none of its rules was met: other, third" },
	{ "rules: a title is no name", "when: {rules: [SES reconnaissance]}\n", { .n = 1 }, false,
		"none of its rules was met: SES reconnaissance" },
	{ "accounts: the caller's", "when: {accounts: [\"123456789012\"]}\n", { .n = 1 }, true,
		"no decoy, account 123456789012" },
	{ "accounts: another", "when: {accounts: [\"210987654321\"]}\n", { .n = 1 }, false,
		"account 123456789012 is none of its accounts" },
	{ "accounts: nobody knows", "when: {accounts: [\"123456789012\"]}\n", { .events = { { .arn = "",
		.account = "" } } }, false,
		"account (not known) is none of its accounts" },
	{ "unless: covers none", UNLESS, { .events = { { .ip = "203.0.113.7" } } }, true,
		"no decoy, 'unless' covers 0 of 1 events only" },
	{ "unless: covers some", UNLESS, { .events = { { .ip = INSIDE }, { .ip = INSIDE }, { .ip =
		"203.0.113.7" } },
		.n = 3 }, true, "no decoy, 'unless' covers 2 of 3 events only" },
	{ "unless: covers all", UNLESS, { .events = { { .ip = INSIDE }, { .ip = "198.51.100.255" } }, .n = 2 },
		false,
		"'unless' covers all 2 of the incident's events" },
	{ "unless: no address", UNLESS, { .events = { { .ip = INSIDE }, { .ip = "" } }, .n = 2 }, true,
		"no decoy, 'unless' covers 1 of 2 events only" },
	{ "unless: a service's name for an address", UNLESS, { .events = { { .ip = "ses.amazonaws.com" } } },
		true,
		"no decoy, 'unless' covers 0 of 1 events only" },
	{ "unless: two fields, each covers another event",
		"when: {unless: {ip.cidr: [\"198.51.100.0/24\"], region: [us-east-1]}}\n",
		{ .events = { { .ip = INSIDE, .region = "us-east-1" }, { .ip = INSIDE, .region = "eu-west-1" },
			{ .ip = "203.0.113.7", .region = "us-east-1" } }, .n = 3 }, true,
		"no decoy, 'unless' covers 1 of 3 events only" },
	{ "unless: a principal, cased", "when: {unless: {principal.arn: "
		"[\"arn:aws:iam::123456789012:USER/*\"]}}\n",
		{ .n = 1 }, true, "no decoy, 'unless' covers 0 of 1 events only" },
	{ "unless: a principal", "when: {unless: {principal.arn: "
		"[\"arn:aws:iam::123456789012:user/apps/*\"]}}\n",
		{ .n = 1 }, false, "'unless' covers all 1 of the incident's events" },
};

static void test_is(void **state)
{
	const struct row *row = *state;
	struct respond_facts facts;
	const struct ks_policy *policy;
	struct ks_policyset set;
	struct ks_buf text;

	ks_buf_init(&text, 1u << 16);
	ks_buf_addf(&text, "name: a\n%s" STEPS, row->when);
	policy = respond_policy(&set, ks_buf_str(&text).p);
	respond_facts_init(&facts, &row->incident);
	assert_int_equal(ks_match_is(policy, &facts.facts, &text), row->want);
	assert_string_equal(ks_buf_str(&text).p, row->why);
	respond_facts_release(&facts);
	ks_policyset_release(&set);
	ks_buf_release(&text);
}

/* "All of no events" is no excuse. */
static void test_no_events(void **state)
{
	struct respond_incident incident = { .n = 1 };
	struct respond_facts facts;
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\n" UNLESS STEPS);
	struct ks_buf why;

	(void)state;
	ks_buf_init(&why, 4096);
	respond_facts_init(&facts, &incident);
	facts.facts.event_count = 0;
	assert_true(ks_match_is(policy, &facts.facts, &why));
	respond_facts_release(&facts);
	ks_policyset_release(&set);
	ks_buf_release(&why);
}

struct order_row {
	const char *name, *a, *b;
	int want;                /* below 0: a is more specific */
	bool can_meet;
};

#define ACCOUNT "accounts: [\"123456789012\"]"

static const struct order_row orders[] = {
	{ "account before rule and level", ACCOUNT, "rules: [x], level: critical", -1, true },
	{ "rule before level", "level: critical", "rules: [x]", 1, true },
	{ "the higher level", "level: high", "level: low", -1, true },
	{ "a level before none", "", "level: informational", 1, true },
	{ "alike", "rules: [x], level: low", "rules: [y], level: low", 0, true },
	{ "other accounts", ACCOUNT, "accounts: [\"210987654321\"]", 0, false },
	{ "an account in common", ACCOUNT, "accounts: [\"210987654321\", \"123456789012\"]", 0, true },
	{ "decoys and real keys", "decoy: true", "decoy: false", 0, false },
	{ "missing decoy is real keys", "decoy: true", "", 0, false },
	{ "either meets both", "decoy: either", "decoy: true", 0, true },
};

static void test_order(void **state)
{
	const struct order_row *row = *state;
	const struct ks_policy *a, *b;
	struct ks_policyset set[2];
	struct ks_buf text[2];
	int order;

	for (size_t i = 0; i < 2; i++) {
		ks_buf_init(&text[i], 4096);
		ks_buf_addf(&text[i], "name: a\nwhen: {%s}\n" STEPS, i == 0 ? row->a : row->b);
	}
	a = respond_policy(&set[0], text[0].p);
	b = respond_policy(&set[1], text[1].p);
	order = ks_match_compare(a, b);
	assert_true(row->want == 0 ? order == 0 : row->want < 0 ? order < 0 : order > 0);
	order = ks_match_compare(b, a);
	assert_true(row->want == 0 ? order == 0 : row->want < 0 ? order > 0 : order < 0);
	assert_int_equal(ks_match_can_meet(a, b), row->can_meet);
	assert_int_equal(ks_match_can_meet(b, a), row->can_meet);
	for (size_t i = 0; i < 2; i++) {
		ks_policyset_release(&set[i]);
		ks_buf_release(&text[i]);
	}
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_is, table);
	ROWS_TEST(&rows, test_no_events);
	ROWS_TABLE(&rows, test_order, orders);
	return rows_run("match", &rows);
}

/* What a suppression covers, and what it needs to be one. */
#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

#define DAY (INT64_C(24) * 3600 * 1000)

static struct incidents t;

struct covered {
	const char *name;
	const char *field, *value;
	const char *actor, *ip, *agent, *decoy;
	bool is_covered;
};

static const struct covered rows_of_covered[] = {
	{ "an actor as it stands", "actor", "key:AKIA1", "key:AKIA1", NULL, NULL, NULL, true },
	{ "its key alone", "actor", "AKIA1", "key:AKIA1", NULL, NULL, NULL, true },
	{ "its ARN alone", "actor", "arn:aws:iam::1:role/r", "principal:arn:aws:iam::1:role/r", NULL, NULL, NULL,
		true },
	{ "a part of a key", "actor", "AKIA", "key:AKIA1", NULL, NULL, NULL, false },
	{ "an address", "address", "192.0.2.1", "key:AKIA1", "192.0.2.1", NULL, NULL, true },
	{ "a network", "address", "192.0.2.0/24", "key:AKIA1", "192.0.2.77", NULL, NULL, true },
	{ "another network", "address", "192.0.2.0/24", "key:AKIA1", "192.0.3.77", NULL, NULL, false },
	{ "a name for an address", "address", "0.0.0.0/0", "key:AKIA1", "ses.amazonaws.com", NULL, NULL, false },
	{ "a network covers a decoy", "address", "192.0.2.0/24", "key:AKIA1", "192.0.2.1", NULL, "AKIA1", true },
	{ "a rule's id", "rule", "ID-1", "key:AKIA1", NULL, NULL, NULL, true },
	{ "a rule's title", "rule", "the rule", "key:AKIA1", NULL, NULL, NULL, true },
	{ "another rule", "rule", "rule", "key:AKIA1", NULL, NULL, NULL, false },
	{ "a decoy", "decoy", "AKIA1", "key:AKIA1", NULL, NULL, "AKIA1", true },
	{ "no decoy", "decoy", "AKIA1", "key:AKIA1", NULL, NULL, NULL, false },
	{ "a user agent", "user_agent", "aws-cli/2", "key:AKIA1", NULL, "aws-cli/2", NULL, true },
	{ "its beginning", "user_agent", "aws-cli*", "key:AKIA1", NULL, "aws-cli/2", NULL, true },
	{ "its beginning without a star", "user_agent", "aws-cli", "key:AKIA1", NULL, "aws-cli/2", NULL, false },
	{ "a user agent never silences a decoy", "user_agent", "aws-cli/2", "key:AKIA1", NULL, "aws-cli/2",
		"AKIA1", false },
	{ "not by its beginning either", "user_agent", "a*", "key:AKIA1", NULL, "aws-cli/2", "AKIA1", false },
	{ "no user agent", "user_agent", "a*", "key:AKIA1", NULL, NULL, NULL, false },
};

static void covers(void **state)
{
	const struct covered *row = *state;
	struct ks_vec list = KS_VEC_OF(struct ks_suppression);
	struct ks_evidence evidence = { .ip = { row->ip, row->ip != NULL ? strlen(row->ip) : 0 },
		.user_agent = { row->agent, row->agent != NULL ? strlen(row->agent) : 0 },
		.actor = ks_str_of(row->actor),
		.decoy_key = { row->decoy, row->decoy != NULL ? strlen(row->decoy) : 0 } };
	struct ks_suppress_subject subject = { ks_str_of(row->actor), KS_STR("id-1"), KS_STR("The rule"),
		&evidence };

	*(struct ks_suppression *)ks_vec_push(&list) = (struct ks_suppression){ .id = 1,
		.field = ks_str_of(row->field), .value = ks_str_of(row->value), .expires_ms = 100 };
	assert_int_equal(ks_suppress_match(&list, 99, &subject) != NULL, row->is_covered);
	assert_null(ks_suppress_match(&list, 100, &subject));
	ks_vec_release(&list);
}

struct refused {
	const char *name;
	const char *field, *value, *reason, *owner;
	int64_t expires;
	const char *message;
};

static const struct refused rows_of_refused[] = {
	{ "an unknown field", "account", "1", "r", "o", 1,
		"'account' cannot be suppressed by: take actor, address, rule, "
		"decoy or user_agent" },
	{ "no value", "rule", " ", "r", "o", 1, "a suppression needs a value that says what it is about" },
	{ "everything", "user_agent", "*", "r", "o", 1,
		"a suppression needs a value that says what it is about" },
	{ "no reason", "rule", "x", "", "o", 1, "a suppression needs a reason" },
	{ "no owner", "rule", "x", "r", " ", 1, "a suppression needs an owner" },
	{ "all of IPv4", "address", "0.0.0.0/0", "r", "o", 1,
		"'0.0.0.0/0' is wider than /8: it would silence all that comes from all IPv4 addresses, notices of "
		"decoys too; only --force does that" },
	{ "half of IPv4", "address", "128.0.0.0/7", "r", "o", 1,
		"'128.0.0.0/7' is wider than /8: it would silence all that comes from a large part of all IPv4 "
		"addresses, notices of decoys too; only --force does that" },
	{ "much of IPv6", "address", "2001:db8::/31", "r", "o", 1,
		"'2001:db8::/31' is wider than /32: it would silence all that comes from a large part of all IPv6 "
		"addresses, notices of decoys too; only --force does that" },
	{ "more than a year", "rule", "x", "r", "o", 367 * DAY,
		"367 days are more than 366: nobody would be told of rule 'x' all that time, decoys included; only "
		"--force does that" },
	{ "no end", "rule", "x", "r", "o", 0, "a suppression has to end in the future" },
};

static void refuses(void **state)
{
	const struct refused *row = *state;
	struct ks_suppression s = { .field = ks_str_of(row->field), .value = ks_str_of(row->value),
		.reason = ks_str_of(row->reason), .owner = ks_str_of(row->owner), .created_ms = FIXTURE_NOW,
		.expires_ms = FIXTURE_NOW + row->expires };
	struct ks_err err = { 0 };

	incidents_init(&t);
	assert_int_equal(ks_suppress_add(t.db, &s, &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	assert_string_equal(err.message, row->message);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM suppressions"), 0);
	incidents_release(&t);
}

/* A chain of an actor that goes on with another one is news of that one. */
static void covers_no_other_actor(void **state)
{
	struct ks_suppression s = { .field = KS_STR("actor"), .value = KS_STR("AKIA1"),
		.expires_ms = FIXTURE_NOW + 1 };
	struct ks_evidence last = { .actor = KS_STR("key:AKIA1") };
	struct ks_suppress_subject subject = { KS_STR("key:AKIA1"), KS_STR("r"), KS_STR("r"), &last };
	struct ks_vec list = KS_VEC_OF(struct ks_suppression);

	(void)state;
	*(struct ks_suppression *)ks_vec_push(&list) = s;
	assert_non_null(ks_suppress_match(&list, FIXTURE_NOW, &subject));
	last.actor = KS_STR("key:AKIA2");
	assert_null(ks_suppress_match(&list, FIXTURE_NOW, &subject));
	ks_vec_release(&list);
}

/* The edge of what goes without force, and beyond it with force. */
static void takes(void **state)
{
	static const struct {
		const char *field, *value;
		int64_t length_ms;
		bool is_forced;
	} taken[] = {
		{ "address", "10.0.0.0/8", 1, false },
		{ "address", "2001:db8::/32", 1, false },
		{ "rule", "x", 366 * DAY, false },
		{ "address", "0.0.0.0/0", 3650 * DAY, true },
		{ "address", "::/0", 1, true },
	};

	(void)state;
	incidents_init(&t);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct ks_suppression s = { .field = ks_str_of(taken[i].field),
			.value = ks_str_of(taken[i].value),
			.reason = KS_STR("r"),
			.owner = KS_STR("o"),
			.created_ms = FIXTURE_NOW,
			.expires_ms = FIXTURE_NOW + taken[i].length_ms,
			.is_forced = taken[i].is_forced };
		struct ks_err err = { 0 };

		if (ks_suppress_add(t.db, &s, &err) != 0)
			fail_msg("%s", err.message);
	}
	incidents_release(&t);
}

static void ends(void **state)
{
	struct ks_suppression s = { .field = KS_STR("address"),
		.value = KS_STR("192.0.2.0/24"),
		.reason = KS_STR("r"),
		.owner = KS_STR("o"),
		.created_ms = FIXTURE_NOW,
		.expires_ms = FIXTURE_NOW + 10 };
	struct ks_vec list = KS_VEC_OF(struct ks_suppression);
	struct ks_err err = { 0 };

	(void)state;
	incidents_init(&t);
	assert_int_equal(ks_suppress_add(t.db, &s, &err), 0);
	assert_int_equal(s.id, 1);
	assert_int_equal(ks_suppress_add(t.db, &s, &err), 0);
	assert_int_equal(s.id, 2);
	assert_int_equal(ks_suppress_expire(t.db, 1, FIXTURE_NOW + 5, &err), 0);
	assert_int_equal(ks_suppress_expire(t.db, 1, FIXTURE_NOW + 6, &err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	assert_int_equal(ks_suppress_expire(t.db, 9, FIXTURE_NOW, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_int_equal(ks_suppress_list(t.db, FIXTURE_NOW + 7, &t.arena, &list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(KS_VEC_AT(&list, struct ks_suppression, 0)->id, 2);
	assert_int_equal(ks_suppress_list(t.db, KS_TIME_NONE, &t.arena, &list, &err), 0);
	assert_int_equal(list.n, 3);
	ks_vec_release(&list);
	incidents_release(&t);
}

int main(void)
{
	static struct rows rows;

	ROWS_TABLE(&rows, covers, rows_of_covered);
	ROWS_TABLE(&rows, refuses, rows_of_refused);
	ROWS_TEST(&rows, covers_no_other_actor);
	ROWS_TEST(&rows, takes);
	ROWS_TEST(&rows, ends);
	return rows_run("suppress", &rows);
}

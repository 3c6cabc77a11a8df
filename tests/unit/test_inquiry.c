/* lib/report/inquiry: who is meant, and how it adds up. */
#include "lib/report/inquiry.h"

#include "lib/base/arena.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define S(text) { text, sizeof(text) - 1 }
#define ROLE "arn:aws:iam::123456789012:role/team/deploy"
#define SESSION "arn:aws:sts::123456789012:assumed-role/deploy/ci"

static const struct row {
	const char *name;
	enum ks_inquiry_kind kind;
	const char *value;
	struct ks_inquiry_event event;
	bool want;
} table[] = {
	{ "a key", KS_INQUIRY_KEY, "AKIAIOSFODNN7EXAMPLE", { .key_id = S("AKIAIOSFODNN7EXAMPLE") }, true },
	{ "another key", KS_INQUIRY_KEY, "AKIAIOSFODNN7EXAMPLE", { .key_id = S("AKIAIOSFODNN7EXAMPLF") },
		false },
	{ "no key", KS_INQUIRY_KEY, "AKIAIOSFODNN7EXAMPLE", { .ip = S("AKIAIOSFODNN7EXAMPLE") }, false },
	{ "a part of a name", KS_INQUIRY_USER, "bill",
		{ .arn = S("arn:aws:iam::123456789012:user/billing") }, true },
	{ "letters in either case, as IAM compares names", KS_INQUIRY_USER, "Bill",
		{ .arn = S("arn:aws:iam::123456789012:user/bILLing") }, true },
	{ "a session's name", KS_INQUIRY_USER, ":i-0abc", { .unique_id = S("AROAEXAMPLE:i-0abc") }, true },
	{ "a role, by its issuer", KS_INQUIRY_USER, ROLE, { .arn = S(SESSION), .issuer = S(ROLE) }, true },
	{ "a role, where no issuer is named", KS_INQUIRY_USER, ROLE, { .arn = S(SESSION) }, true },
	{ "a role of that name elsewhere", KS_INQUIRY_USER, ROLE, { .arn = S(SESSION),
		.issuer = S("arn:aws:iam::123456789012:role/deploy") }, false },
	{ "an agent is no principal", KS_INQUIRY_USER, "bill", { .agent = S("billing") }, false },
	{ "an address", KS_INQUIRY_IP, "198.51.100.7", { .ip = S("198.51.100.7") }, true },
	{ "its beginning", KS_INQUIRY_IP, "198.51.100.7", { .ip = S("198.51.100.77") }, false },
	{ "a network", KS_INQUIRY_IP, "198.51.100.0/24", { .ip = S("198.51.100.77") }, true },
	{ "IPv6 in another spelling", KS_INQUIRY_IP, "2001:db8::1", { .ip = S("2001:DB8:0:0:0:0:0:1") }, true },
	{ "IPv4 as IPv6 in the record", KS_INQUIRY_IP, "198.51.100.7", { .ip = S("::ffff:198.51.100.7") },
		true },
	{ "IPv4 as IPv6, asked for", KS_INQUIRY_IP, "::FFFF:c633:6407", { .ip = S("198.51.100.7") }, true },
	{ "such a network", KS_INQUIRY_IP, "::ffff:198.51.100.0/120", { .ip = S("198.51.100.7") }, true },
	{ "IPv4 as IPv6, another one", KS_INQUIRY_IP, "198.51.100.7", { .ip = S("::ffff:198.51.100.8") },
		false },
	{ "a service", KS_INQUIRY_IP, "198.51.100.0/24", { .ip = S("ses.amazonaws.com") }, false },
};

/* A record as files have it, and in a string; what is about the subject must always pass. */
static void check_prefilter(const struct ks_inquiry_subject *subject, const struct row *row)
{
	static const char *const forms[] = {
		"{\"accessKeyId\":\"%.*s\",\"arn\":\"%.*s\",\"principalId\":\"%.*s\",\"i\":\"%.*s\","
			"\"sourceIPAddress\": \"%.*s\"}",
		"\"{\\\"accessKeyId\\\":\\\"%.*s\\\",\\\"arn\\\":\\\"%.*s\\\",\\\"principalId\\\":"
			"\\\"%.*s\\\",\\\"i\\\":"
		"\\\"%.*s\\\",\\\"sourceIPAddress\\\":\\\"%.*s\\\"}\"" };
	const struct ks_inquiry_event *e = &row->event;
	char text[1024];

	for (size_t i = 0; i < 2; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), forms[i], KS_STR_ARG(e->key_id), KS_STR_ARG(e->arn),
			KS_STR_ARG(e->unique_id), KS_STR_ARG(e->issuer), KS_STR_ARG(e->ip));
#pragma GCC diagnostic pop
		if (row->want)
			assert_true(ks_inquiry_may_be_about(subject, ks_str_of(text)));
	}
}

static void test_match(void **state)
{
	const struct row *row = *state;
	struct ks_inquiry_subject subject;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };

	assert_int_equal(ks_inquiry_parse(row->kind, ks_str_of(row->value), &arena, &subject, &err), 0);
	assert_int_equal(ks_inquiry_is_about(&subject, &row->event), row->want);
	check_prefilter(&subject, row);
	assert_true(ks_inquiry_may_be_about(&subject, KS_STR("{\"arn\":\"\\u0062ill\"}")));
	assert_false(ks_inquiry_may_be_about(&subject,
		KS_STR("{\"sourceIPAddress\":\"10.0.0.1\",\"arn\":\"x\"}")));
	ks_arena_release(&arena);
}

static const struct wrong { const char *name; enum ks_inquiry_kind kind; const char *value; } wrongs[] = {
	{ "nothing", KS_INQUIRY_USER, "" },
	{ "a name is no key", KS_INQUIRY_KEY, "alice" },
	{ "small letters", KS_INQUIRY_KEY, "akiaiosfodnn7example" },
	{ "no address", KS_INQUIRY_IP, "host.example" },
	{ "bits past the prefix", KS_INQUIRY_IP, "198.51.100.7/24" },
};

static void test_wrong(void **state)
{
	const struct wrong *row = *state;
	struct ks_inquiry_subject subject;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };

	assert_int_equal(ks_inquiry_parse(row->kind, ks_str_of(row->value), &arena, &subject, &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	ks_arena_release(&arena);
}

static uint64_t calls_of(const struct ks_inquiry *inquiry, enum ks_inquiry_table which, size_t *out_n)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);
	uint64_t calls;

	ks_inquiry_rows(inquiry, which, &rows);
	*out_n = rows.n;
	calls = rows.n > 0 ? KS_VEC_AT(&rows, struct ks_inquiry_row, 0)->calls : 0;
	ks_vec_release(&rows);
	return calls;
}

static void test_sums(void **state)
{
	static const struct ks_inquiry_subject subject = { .kind = KS_INQUIRY_KEY,
		.value = S("AKIAIOSFODNN7EXAMPLE") };
	struct ks_inquiry_event event = { .identity = KS_STR("a"), .time_ms = 0, .source = KS_STR("ses"),
		.name = KS_STR("X"), .ip = KS_STR("198.51.100.7"), .agent = KS_STR("curl"), .region = KS_STR("r") };
	struct ks_inquiry *inquiry = ks_inquiry_new(&subject);
	struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);
	char text[32];
	size_t n;

	(void)state;
	assert_true(ks_inquiry_add(inquiry, &event));
	assert_false(ks_inquiry_add(inquiry, &event));
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "id-%u", i);
		event.identity = ks_str_of(text);
		event.time_ms = (int64_t)i * 60000;
		event.error = i % 2 ? KS_STR("AccessDenied") : KS_STR("");
		event.region = i < 2500 ? KS_STR("r") : KS_STR("late");
		assert_true(ks_inquiry_add(inquiry, &event));
	}
	assert_int_equal(ks_inquiry_total(inquiry).calls, 5001);
	assert_int_equal(ks_inquiry_total(inquiry).denied, 2500);
	assert_int_equal(ks_inquiry_total(inquiry).copies, 1);
	assert_int_equal(calls_of(inquiry, KS_INQUIRY_CALLS, &n), 5001);
	assert_int_equal(n, 1);
	ks_inquiry_rows(inquiry, KS_INQUIRY_REGIONS, &rows);
	assert_int_equal(rows.n, 2);
	assert_false(ks_inquiry_is_judged(inquiry));
	ks_inquiry_judge(inquiry, KS_INQUIRY_REGIONS, KS_STR("none"), 5);
	assert_false(ks_inquiry_is_judged(inquiry));
	ks_inquiry_judge(inquiry, KS_INQUIRY_REGIONS, KS_STR("late"), KS_TIME_NONE);
	ks_inquiry_judge(inquiry, KS_INQUIRY_REGIONS, KS_STR("late"), 9);
	ks_inquiry_judge(inquiry, KS_INQUIRY_REGIONS, KS_STR("late"), 7);
	assert_true(ks_inquiry_is_judged(inquiry));
	ks_vec_clear(&rows);
	ks_inquiry_rows(inquiry, KS_INQUIRY_REGIONS, &rows);
	for (size_t i = 0; i < rows.n; i++) {
		const struct ks_inquiry_row *row = KS_VEC_AT(&rows, struct ks_inquiry_row, i);

		assert_int_equal(row->is_judged, ks_str_is(row->value, "late"));
		assert_true(row->new_ms == (row->is_judged ? 7 : KS_TIME_NONE));
	}
	ks_vec_release(&rows);
	/* Somebody else: once by address, and the agent; AWS's own agents say nothing. */
	event = (struct ks_inquiry_event){ .identity = KS_STR("o"), .arn = KS_STR("eve"),
		.ip = KS_STR("198.51.100.7"),
		.agent = KS_STR("curl"), .decoy = KS_STR("AKIADECOY"), .time_ms = 1 };
	ks_inquiry_add_other(inquiry, &event);
	ks_inquiry_add_other(inquiry, &event);
	event = (struct ks_inquiry_event){ .identity = KS_STR("p"), .arn = KS_STR("mia"),
		.ip = KS_STR("10.0.0.1"),
		.agent = KS_STR("ses.amazonaws.com"), .time_ms = 1 };
	ks_inquiry_add_other(inquiry, &event);
	assert_int_equal(calls_of(inquiry, KS_INQUIRY_OTHERS_BY_ADDRESS, &n), 1);
	assert_int_equal(n, 1);
	assert_int_equal(calls_of(inquiry, KS_INQUIRY_OTHERS_BY_AGENT, &n), 1);
	assert_int_equal(n, 1);
	assert_int_equal(calls_of(inquiry, KS_INQUIRY_OTHER_DECOYS, &n), 1);
	ks_inquiry_free(inquiry);
}

/* What comes beyond the bounds is counted, and the memory stays. */
static void test_bounds(void **state)
{
	static const struct ks_inquiry_subject subject = { .kind = KS_INQUIRY_IP };
	struct ks_inquiry *inquiry = ks_inquiry_new(&subject);
	struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);
	static char agent[10240];

	(void)state;
	memset(agent, 'A', sizeof(agent));
	for (unsigned i = 0; i < KS_INQUIRY_VALUES + 7; i++) {
		char text[32];
		struct ks_inquiry_event event = { .agent = { agent, sizeof(agent) }, .time_ms = KS_TIME_NONE };

		snprintf(text, sizeof(text), "%u", i);
		event.arn = ks_str_of(text);
		ks_inquiry_add(inquiry, &event);
	}
	assert_int_equal(ks_inquiry_rows(inquiry, KS_INQUIRY_PRINCIPALS, &rows), 7);
	assert_int_equal(rows.n, KS_INQUIRY_VALUES);
	ks_vec_clear(&rows);
	ks_inquiry_rows(inquiry, KS_INQUIRY_AGENTS, &rows);
	assert_int_equal(rows.n, 1);
	assert_true(KS_VEC_AT(&rows, struct ks_inquiry_row, 0)->value.n < 2000);
	assert_int_equal(ks_inquiry_total(inquiry).untimed, KS_INQUIRY_VALUES + 7);
	ks_vec_release(&rows);
	ks_inquiry_free(inquiry);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_match, table);
	ROWS_TABLE(&rows, test_wrong, wrongs);
	ROWS_TEST(&rows, test_sums);
	ROWS_TEST(&rows, test_bounds);
	return rows_run("inquiry", &rows);
}

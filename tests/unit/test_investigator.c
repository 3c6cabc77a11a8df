/* lib/engine/investigator over files: the same is found whether or not the notes have room for all. */
#include "lib/engine/investigator.h"

#include "lib/base/buf.h"
#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <inttypes.h>

#define KEY "AKIAAAAAAAAAAAAAAAAA"
#define OTHER_KEY "AKIABBBBBBBBBBBBBBBB"
#define SESSION "ASIAAAAAAAAAAAAAAAAA"
#define NEXT_SESSION "ASIACCCCCCCCCCCCCCCC"
#define FILES 6u
#define EVENTS 40u

struct row {
	const char *name;
	enum ks_inquiry_kind kind;
	const char *value;
	uint64_t calls;                  /* that must be found */
	const char *since;
};

static const struct row table[] = {
	{ "a key, its sessions, and theirs", KS_INQUIRY_KEY, KEY, 180, NULL },
	{ "a key without sessions", KS_INQUIRY_KEY, OTHER_KEY, 60, NULL },
	{ "a user", KS_INQUIRY_USER, "user/ann", 60, NULL },
	{ "a role", KS_INQUIRY_USER, "role/ops", 120, NULL },
	{ "an address", KS_INQUIRY_IP, "198.51.100.3", 48, NULL },
	{ "an address, for a time", KS_INQUIRY_IP, "198.51.100.3", 24, "2026-11-04T00:00:00Z" },
	{ "a network", KS_INQUIRY_IP, "198.51.100.0/24", 240, NULL },
	{ "nobody", KS_INQUIRY_IP, "203.0.113.0/24", 0, NULL },
};

#define USER(name, key) "\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::123456789012:user/" name \
	"\",\"accessKeyId\":\"" key "\""
#define OPS(name, key) "\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::123456789012:assumed-role/ops/" \
	name "\",\"accessKeyId\":\"" key "\",\"sessionContext\":{\"sessionIssuer\":{" \
	"\"arn\":\"arn:aws:iam::123456789012:role/ops\"}}"

/* Of four who take turns: a user, another one, a session of the first and one that this one got. */
static void add_event(struct ks_buf *out, unsigned file, unsigned n)
{
	static const char *const who[] = { USER("ann", KEY), USER("bob", OTHER_KEY), OPS("x", SESSION),
		OPS("y", NEXT_SESSION) };
	static const char *const given[] = { SESSION, "", NEXT_SESSION, "" };
	bool is_grant = n == 0 || n == 2;

	ks_buf_addf(out, "%s{\"eventVersion\":\"1.08\",\"userIdentity\":{%s},"
		"\"eventTime\":\"2026-11-%02uT10:15:%02uZ\",\"eventSource\":\"%s.amazonaws.com\","
		"\"eventName\":\"%s\",\"awsRegion\":\"us-east-%u\",\"sourceIPAddress\":\"198.51.100.%u\","
		"\"userAgent\":\"%s%u\",%s\"responseElements\":", n > 0 ? "," : "", who[n % 4], file + 1, n,
		is_grant ? "sts" : n % 3 == 0 ? "ses" : "s3", is_grant ? "AssumeRole" : "List", 1 + n % 2, n % 5,
		n == 7 ? "a\\u0020\\\"" : "agent/", n % 7, n % 6 == 0 ?
		"\"errorCode\":\"AccessDenied\"," : "");
	if (is_grant)
		ks_buf_addf(out, "{\"credentials\":{\"accessKeyId\":\"%s\"}}", given[n % 4]);
	else
		ks_buf_adds(out, "null");
	ks_buf_addf(out, ",\"requestID\":\"r\",\"eventID\":\"e-%u\",\"recipientAccountId\":\"123456789012\"}",
		n + EVENTS * file);
}

static void make_files(struct fixture *f, struct ks_walk *walk)
{
	for (unsigned i = 0; i <= FILES; i++) {
		struct ks_buf text;
		char name[16];

		ks_buf_init(&text, 1u << 20);
		ks_buf_adds(&text, "{\"Records\":[");
		/* The last one is the first once more, and something that is broken. */
		for (unsigned n = 0; n < EVENTS; n++)
			add_event(&text, i % FILES, n);
		ks_buf_adds(&text, i < FILES ? "]}" : ",{\"eventSource\":}]}");
		snprintf(name, sizeof(name), "%u.json", i);
		fixture_write(fixture_path(f, name), text.p, 0600);
		ks_walk_add(walk, fixture_path(f, name), NULL);
		ks_buf_release(&text);
	}
}

static void count_problem(void *arg, const char *path, uint64_t offset, const struct ks_err *err)
{
	(void)path;
	(void)offset;
	(void)err;
	++*(unsigned *)arg;
}

/* Everything that was found, as text. */
static void dump(const struct ks_inquiry *inquiry, struct ks_buf *out)
{
	struct ks_inquiry_total total = ks_inquiry_total(inquiry);

	ks_buf_addf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n",
		total.calls, total.denied, total.copies, total.untimed, total.looked_first_ms, total.looked_last_ms);
	for (int i = 0; i < KS_INQUIRY_TABLES; i++) {
		struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);

		ks_inquiry_rows(inquiry, (enum ks_inquiry_table)i, &rows);
		for (size_t j = 0; j < rows.n; j++) {
			const struct ks_inquiry_row *row = KS_VEC_AT(&rows, struct ks_inquiry_row, j);

			ks_buf_addf(out, "%d " KS_STR_FMT " " KS_STR_FMT " %" PRIu64 " %" PRIu64 " %" PRId64
				" %" PRId64 " %d %" PRId64 "\n", i, KS_STR_ARG(row->value), KS_STR_ARG(row->via), row->calls,
				row->denied, row->first_ms, row->last_ms, row->is_judged, row->new_ms);
		}
		ks_vec_release(&rows);
	}
}

static void ask(const struct fixture *f, const struct ks_walk *walk, const struct row *row, size_t room,
	unsigned jobs, struct ks_buf *out)
{
	unsigned problems = 0;
	struct ks_investigator of = { .ctx = &f->ctx, .since_ms = KS_TIME_NONE, .until_ms = KS_TIME_NONE,
		.jobs = jobs, .room = room, .problem = count_problem, .arg = &problems };
	struct ks_inquiry_subject subject;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };

	if (row->since != NULL)
		assert_true(ks_time_parse(ks_str_of(row->since), &of.since_ms));
	assert_int_equal(ks_inquiry_parse(row->kind, ks_str_of(row->value), &arena, &subject, &err), 0);
	of.inquiry = ks_inquiry_new(&subject);
	of.firsts = ks_firstuse_new(24 * INT64_C(3600000));
	assert_int_equal(ks_investigator_read(&of, walk, &err), 0);
	ks_firstuse_tell(of.firsts, of.since_ms, of.until_ms, of.inquiry);
	dump(of.inquiry, out);
	assert_int_equal(ks_inquiry_total(of.inquiry).calls, row->calls);
	assert_int_equal(problems, 1);
	/* What is broken is no event, but a record to who does not look. */
	assert_in_range(ks_inquiry_total(of.inquiry).looked, (FILES + 1) * EVENTS, (FILES + 1) * EVENTS + 1);
	ks_firstuse_free(of.firsts);
	ks_inquiry_free(of.inquiry);
	ks_arena_release(&arena);
}

static void finds_the_same(void **state)
{
	/* For nothing, for a file or two, for most of them, for all. */
	static const struct { size_t room; unsigned jobs; } ways[] = { { 1, 1 }, { 9000, 1 }, { 18000, 2 },
		{ 0, 1 }, { 0, 3 } };
	const struct row *row = *state;
	struct fixture f;
	struct ks_walk walk;
	struct ks_buf first, other;

	fixture_init(&f);
	ks_walk_init(&walk);
	make_files(&f, &walk);
	ks_buf_init(&first, 1u << 20);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		ks_buf_init(&other, 1u << 20);
		ask(&f, &walk, row, ways[i].room, ways[i].jobs, i == 0 ? &first : &other);
		if (i > 0)
			assert_string_equal(other.p, first.p);
		ks_buf_release(&other);
	}
	ks_buf_release(&first);
	ks_walk_release(&walk);
	fixture_release(&f);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, finds_the_same, table);
	return rows_run("investigator", &all);
}

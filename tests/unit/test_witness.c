/* lib/incident/witness: heads out of notices in every form, and what is said of them. */
#include "lib/incident/witness.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* What a file comes to: "incident:first letter of the head", in order. */
struct row {
	const char *name, *text, *want;
};

static const struct row rows_of_files[] = {
	{ "a body", "{\"v\":1,\"kind\":\"opened\",\"incident\":7,\"journal\":\"" A "\"}", "7:a" },
	{ "bodies, one a line",
		"{\"incident\":7,\"journal\":\"" A "\"}\n{\"incident\":8,\"journal\":\"" B "\"}\n", "7:a 8:b" },
	{ "a body over several lines", "{\n \"incident\": 7,\n \"journal\": \"" A "\"\n}\n", "7:a" },
	{ "what a program put around it", "[{\"got\":{\"incident\":7,\"journal\":\"" A "\"}}]", "7:a" },
	{ "a body in a string", "{\"Message\":\"{\\\"incident\\\":7,\\\"journal\\\":\\\"" A "\\\"}\"}", "7:a" },
	{ "a storm",
		"{\"incident\":null,\"incidents\":[{\"incident\":3,\"journal\":\"" A "\"},{\"incident\":4,"
		"\"journal\":\"" B "\"}],\"journal\":\"\"}",
		"3:a 4:b" },
	{ "text", "incident 7: opened\nJournal: " A "\n", "7:a" },
	{ "a value below its name", "Incident 7\nJournal\n" A "\n", "7:a" },
	{ "a head that nobody calls one", "incident 7\nSHA-256 " A "\n", "" },
	{ "a head with one digit too many", "journal " A "a\n", "" },
	{ "no incident", "journal " A "\n", "0:a" },
	{ "a mail",
		"Subject: x\r\nContent-Type: multipart/alternative\r\n\r\n--b\r\nContent-Type: text/plain\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n"
		"aW5jaWRlbnQgNwpKb3VybmFsOiBhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\r\n"
		"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhCg==\r\n--b--\r\n",
		"7:a" },
	{ "nothing", "", "" },
	{ "JSON with no end", "{\"incident\":7,", "" },
};

static void a_file_is_read(void **state)
{
	const struct row *row = *state;
	struct ks_witness_set set;
	struct ks_err err = { 0 };
	struct fixture f;
	struct ks_buf out;
	size_t n = 0;

	fixture_init(&f);
	ks_buf_init(&out, 1000);
	ks_witness_init(&set);
	assert_int_equal(ks_file_create(fixture_path(&f, "n"), ks_str_of(row->text), 0600, &err), 0);
	assert_int_equal(ks_witness_load(&set, fixture_path(&f, "n"), &n, &err), 0);
	assert_int_equal(n, set.all.n);
	for (size_t i = 0; i < n; i++) {
		const struct ks_witness *witness = KS_VEC_AT(&set.all, struct ks_witness, i);

		ks_buf_addf(&out, "%s%" PRId64 ":%c", i > 0 ? " " : "", witness->incident, witness->hex[0]);
	}
	assert_string_equal(out.n > 0 ? out.p : "", row->want);
	ks_witness_release(&set);
	ks_buf_release(&out);
	fixture_release(&f);
}

static void a_head_is_given(void **state)
{
	struct ks_witness_set set;
	struct ks_err err = { 0 };

	(void)state;
	ks_witness_init(&set);
	assert_int_equal(ks_witness_add(&set, A, &err), 0);
	assert_int_equal(ks_witness_add(&set, A "@3", &err), 0);
	assert_int_equal(KS_VEC_AT(&set.all, struct ks_witness, 1)->number, 3);
	assert_int_equal(ks_witness_add(&set, "abc", &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	assert_int_equal(ks_witness_add(&set, A "@0", &err), -1);
	assert_int_equal(ks_witness_add(&set, A "@x", &err), -1);
	assert_int_equal(set.all.n, 2);
	ks_witness_release(&set);
}

/* Entries 1 (a) and 2 (b) of incident 7 pass; incident 7 alone is looked at. */
struct judged {
	const char *name, *head;
	int64_t incident, number;
	enum ks_witness_verdict want;
};

static const struct judged rows_of_heads[] = {
	{ "it is there", A, 7, 0, KS_WITNESS_HOLDS },
	{ "in some incident", A, 0, 0, KS_WITNESS_HOLDS },
	{ "at its entry", B, 7, 2, KS_WITNESS_HOLDS },
	{ "at another entry", B, 7, 1, KS_WITNESS_MOVED },
	{ "of an incident that nobody asked for", A, 8, 0, KS_WITNESS_ELSEWHERE },
	{ "nowhere", "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", 7, 0,
		KS_WITNESS_ABSENT },
	{ "nowhere, of no incident", "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", 0, 0,
		KS_WITNESS_ABSENT },
};

static void a_head_is_judged(void **state)
{
	const struct judged *row = *state;
	unsigned char a[KS_HASH_SIZE], b[KS_HASH_SIZE];
	struct ks_witness_set set;
	struct ks_err err = { 0 };
	struct ks_witness *witness;

	memset(a, 0xaa, sizeof(a));
	memset(b, 0xbb, sizeof(b));
	ks_witness_init(&set);
	assert_int_equal(ks_witness_add(&set, row->head, &err), 0);
	witness = KS_VEC_AT(&set.all, struct ks_witness, 0);
	witness->incident = row->incident;
	witness->number = row->number;
	ks_witness_pass(&set, 7, 1, a);
	ks_witness_pass(&set, 7, 2, b);
	assert_int_equal(ks_witness_judge(witness, witness->incident == 7), row->want);
	ks_witness_release(&set);
}

static void the_outbox_has_its_own(void **state)
{
	struct ks_witness_set set;
	struct ks_err err = { 0 };
	struct incidents t;

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ 0 });
	incidents_one(&t, &(struct call){ .key = DECOY_B, .hours = 1, .ip = "203.0.113.8" });
	ks_witness_init(&set);
	assert_int_equal(ks_witness_recall(&set, t.db, 0, &err), 0);
	assert_int_equal(set.all.n, 2);
	ks_witness_release(&set);
	ks_witness_init(&set);
	assert_int_equal(ks_witness_recall(&set, t.db, 2, &err), 0);
	assert_int_equal(set.all.n, 1);
	assert_int_equal(KS_VEC_AT(&set.all, struct ks_witness, 0)->incident, 2);
	ks_witness_release(&set);
	incidents_release(&t);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TABLE(&tests, a_file_is_read, rows_of_files);
	ROWS_TEST(&tests, a_head_is_given);
	ROWS_TABLE(&tests, a_head_is_judged, rows_of_heads);
	ROWS_TEST(&tests, the_outbox_has_its_own);
	return rows_run("witness", &tests);
}

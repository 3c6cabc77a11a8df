/* lib/casefile/casefile: names, and what is none. */
#include "lib/casefile/casefile.h"

#include "tests/unit/rows.h"

struct row {
	const char *name;
	int64_t incident; /* -1: it is none of ours */
	enum ks_casefile_kind kind;
};

static const struct row rows_of_names[] = {
	{ "keysnare-case/incident-7/events.jsonl", 7, KS_CASEFILE_EVENTS },
	{ "keysnare-case/incident-9223372036854775807/report.html", INT64_MAX, KS_CASEFILE_REPORT },
	{ "keysnare-case/manifest.json", 0, KS_CASEFILE_MANIFEST },
	{ "keysnare-case/sha256sums.txt", 0, KS_CASEFILE_SUMS },
	{ "keysnare-case/incident-07/events.jsonl", -1, 0 },
	{ "keysnare-case/incident-+7/events.jsonl", -1, 0 },
	{ "keysnare-case/incident-0/events.jsonl", -1, 0 },
	{ "keysnare-case/incident--1/events.jsonl", -1, 0 },
	{ "keysnare-case/incident-7/manifest.json", -1, 0 },
	{ "keysnare-case/incident-7/../manifest.json", -1, 0 },
	{ "keysnare-case/events.jsonl", -1, 0 },
	{ "keysnare-case/incident-7", -1, 0 },
	{ "keysnare-case/", -1, 0 },
	{ "manifest.json", -1, 0 },
	{ "/etc/passwd", -1, 0 },
	{ "", -1, 0 },
};

static void a_name_is_told(void **state)
{
	const struct row *row = *state;
	enum ks_casefile_kind kind = KS_CASEFILE_SUMS;
	char name[KS_CASEFILE_NAME];
	int64_t incident = -1;

	assert_int_equal(ks_casefile_tell(ks_str_of(row->name), &kind, &incident), row->incident >= 0);
	if (row->incident < 0)
		return;
	assert_int_equal(incident, row->incident);
	assert_int_equal(kind, row->kind);
	assert_string_equal(ks_casefile_name(kind, incident, name), row->name + sizeof(KS_CASEFILE_TOP) - 1);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TABLE(&tests, a_name_is_told, rows_of_names);
	return rows_run("casefile", &tests);
}

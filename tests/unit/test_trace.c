/* Finding a planted bait again, and cutting out exactly that. */
#include "lib/decoy/trace.h"

#include "lib/store/schema.h"
#include "tests/unit/fixture.h"

#define KEY_ID "AKIARZPUZDIKBKD5PGZX"
#define BAIT "k=" KEY_ID "\nl=" KEY_ID "\n"
#define CODED "k: QUtJQVJaUFVaRElLQktENVBHWlg=\n"

/* What was written where, what the file is now, what is found, what removing leaves ("-": no file). */
static const struct row {
	const char *name, *written;
	size_t offset;
	enum ks_placement_form form;
	const char *now;
	enum ks_trace_state state;
	const char *after;
} rows[] = {
	{ "own file", BAIT, 0, KS_PLACEMENT_FILE, BAIT, KS_TRACE_UNCHANGED, "-" },
	{ "own file, grown behind", BAIT, 0, KS_PLACEMENT_FILE, BAIT "x\n", KS_TRACE_UNCHANGED, "x\n" },
	{ "own file, grown before", BAIT, 0, KS_PLACEMENT_FILE, "x\n" BAIT, KS_TRACE_MOVED, "x\n" },
	{ "own file, a byte more", BAIT, 0, KS_PLACEMENT_FILE, BAIT "\n", KS_TRACE_UNCHANGED, "\n" },
	{ "own file, replaced", BAIT, 0, KS_PLACEMENT_FILE, "x\n", KS_TRACE_GONE, "x\n" },
	{ "own file, emptied", BAIT, 0, KS_PLACEMENT_FILE, "", KS_TRACE_GONE, "" },
	{ "section", "\n" BAIT, 2, KS_PLACEMENT_SECTION, "a\n\n" BAIT, KS_TRACE_UNCHANGED, "a\n" },
	{ "section in an empty file", BAIT, 0, KS_PLACEMENT_SECTION, BAIT, KS_TRACE_UNCHANGED, "" },
	{ "section, moved", "\n" BAIT, 2, KS_PLACEMENT_SECTION, "z\na\n\n" BAIT "b\n", KS_TRACE_MOVED,
		"z\na\nb\n" },
	{ "section, moved up", "\n" BAIT, 9, KS_PLACEMENT_SECTION, "\n" BAIT "b\n", KS_TRACE_MOVED, "b\n" },
	{ "section, no newline before", "\n\n" BAIT, 1, KS_PLACEMENT_SECTION, "a\n\n" BAIT, KS_TRACE_UNCHANGED,
		"a" },
	{ "the newline that is needed", "\n\n" BAIT, 1, KS_PLACEMENT_SECTION, "a\n\n" BAIT "b",
		KS_TRACE_UNCHANGED, "a\nb" },
	{ "the CRLF that is needed", "\r\n\r\n" BAIT, 1, KS_PLACEMENT_SECTION, "a\r\n\r\n" BAIT "b",
		KS_TRACE_UNCHANGED, "a\r\nb" },
	{ "no newline of ours", BAIT, 1, KS_PLACEMENT_SECTION, "a" BAIT "b", KS_TRACE_UNCHANGED, "ab" },
	{ "changed at its end", BAIT, 0, KS_PLACEMENT_FILE, "k=" KEY_ID "\nl=" KEY_ID " ", KS_TRACE_CHANGED,
		NULL },
	{ "cut off", BAIT, 0, KS_PLACEMENT_FILE, "k=" KEY_ID "\n", KS_TRACE_CHANGED, NULL },
	{ "changed inside", BAIT, 0, KS_PLACEMENT_FILE, "k=" KEY_ID "\nm=" KEY_ID "\n", KS_TRACE_CHANGED, NULL },
	{ "twice", BAIT, 0, KS_PLACEMENT_FILE, BAIT BAIT, KS_TRACE_DOUBLED, NULL },
	{ "twice, apart", BAIT, 0, KS_PLACEMENT_SECTION, BAIT "x\n" BAIT, KS_TRACE_DOUBLED, NULL },
	{ "once, and the id again", BAIT, 0, KS_PLACEMENT_SECTION, "# " KEY_ID "\n" BAIT, KS_TRACE_MOVED,
		"# " KEY_ID "\n" },
	{ "base64", CODED, 0, KS_PLACEMENT_FILE, CODED, KS_TRACE_UNCHANGED, "-" },
	{ "base64, moved", CODED, 0, KS_PLACEMENT_FILE, "# " KEY_ID "\n" CODED, KS_TRACE_MOVED,
		"# " KEY_ID "\n" },
	{ "base64, changed", CODED, 0, KS_PLACEMENT_FILE, "x" "k: QUtJQVJaUFVaRElLQktENVBHWlg=\r\n",
		KS_TRACE_CHANGED, NULL },
	{ "bytes that are no text", BAIT, 0, KS_PLACEMENT_SECTION, "\xff\n" BAIT, KS_TRACE_MOVED, "\xff\n" },
};

static struct fixture fixture;
static struct ks_db *db;

static struct ks_decoy decoy_of(const char *written, size_t offset, enum ks_placement_form form)
{
	struct ks_decoy decoy = { .key_id = KS_STR(KEY_ID), .form = form, .written_offset = (int64_t)offset,
		.written_size = (int64_t)strlen(written) };
	struct ks_err err = { 0 };

	decoy.placement = ks_str_of(fixture_path(&fixture, "place"));
	assert_int_equal(ks_registry_hash(db, ks_str_of(written), decoy.written_hash, &err), 0);
	return decoy;
}

static int setup(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	fixture_init(&fixture);
	return ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err);
}

static int teardown(void **state)
{
	(void)state;
	ks_db_close(db);
	fixture_release(&fixture);
	return 0;
}

static void finds_and_removes(void **state)
{
	const struct row *row = *state;
	struct ks_decoy decoy = decoy_of(row->written, row->offset, row->form);
	struct ks_trace trace = { .has_file = false };
	struct ks_err err = { 0 };
	bool dir_gone = true;

	fixture_write(fixture.path, row->now, 0604);
	assert_int_equal(ks_trace_find(db, &decoy, &trace, &err), 0);
	assert_string_equal(ks_trace_state_name(trace.state), ks_trace_state_name(row->state));
	assert_int_equal(trace.mode, 0604);
	assert_int_equal(ks_trace_remove(&decoy, &trace, &dir_gone, &err), row->after != NULL ? 0 : -1);
	assert_false(dir_gone);
	if (row->after == NULL) {
		assert_int_equal(err.code, KS_ERR_CONFLICT);
		fixture_assert_file(fixture.path, row->now, 0604);
	} else if (strcmp(row->after, "-") == 0) {
		assert_int_equal(access(fixture.path, F_OK), -1);
	} else {
		fixture_assert_file(fixture.path, row->after, 0604);
	}
	ks_trace_release(&trace);
}

static void takes_its_directory_along(void **state)
{
	struct ks_decoy decoy = decoy_of(BAIT, 0, KS_PLACEMENT_FILE);
	char dir[128], path[160];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/.aws", fixture.dir);
	snprintf(path, sizeof(path), "%s/place", dir);
	decoy.made_dir = ks_str_of(dir);
	decoy.placement = ks_str_of(path);
	for (int is_alone = 0; is_alone < 2; is_alone++) {
		struct ks_trace trace = { .has_file = false };
		struct ks_err err = { 0 };
		bool dir_gone = false;

		assert_int_equal(mkdir(dir, 0700), is_alone == 0 ? 0 : -1);
		if (is_alone == 0)
			fixture_write(fixture_path(&fixture, ".aws/config"), "x", 0600);
		else
			assert_int_equal(unlink(fixture_path(&fixture, ".aws/config")), 0);
		fixture_write(path, BAIT, 0600);
		assert_int_equal(ks_trace_find(db, &decoy, &trace, &err), 0);
		assert_true(trace.is_whole);
		assert_int_equal(ks_trace_remove(&decoy, &trace, &dir_gone, &err), 0);
		assert_int_equal(dir_gone, is_alone);
		assert_int_equal(access(path, F_OK), -1);
		assert_int_equal(access(dir, F_OK), is_alone == 0 ? 0 : -1);
		ks_trace_release(&trace);
	}
}

static void notices_changes(void **state)
{
	struct ks_decoy decoy = decoy_of(BAIT, 0, KS_PLACEMENT_FILE);
	struct ks_trace trace = { .has_file = false };
	struct ks_err err = { 0 };
	bool dir_gone;

	(void)state;
	fixture_write(fixture.path, BAIT, 0600);
	assert_int_equal(ks_trace_find(db, &decoy, &trace, &err), 0);
	fixture_write(fixture.path, BAIT "new\n", 0600);
	assert_int_equal(ks_trace_remove(&decoy, &trace, &dir_gone, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	fixture_assert_file(fixture.path, BAIT "new\n", 0600);
	ks_trace_release(&trace);
}

static void knows_what_has_no_file(void **state)
{
	static const enum ks_placement_form forms[] = { KS_PLACEMENT_PRINTED, KS_PLACEMENT_ELSEWHERE };
	struct ks_decoy decoy = decoy_of(BAIT, 0, KS_PLACEMENT_FILE);
	struct ks_trace trace = { .has_file = false };
	struct ks_err err = { 0 };
	bool dir_gone;

	(void)state;
	assert_int_equal(ks_trace_find(db, &decoy, &trace, &err), 0);
	assert_int_equal(trace.state, KS_TRACE_GONE);
	assert_false(trace.has_file);
	assert_int_equal(mkdir(fixture.path, 0700), 0);
	assert_int_equal(ks_trace_find(db, &decoy, &trace, &err), 0);
	assert_int_equal(trace.state, KS_TRACE_GONE);
	assert_true(trace.has_file);
	for (size_t i = 0; i < 2; i++) {
		decoy.form = forms[i];
		assert_int_equal(ks_trace_find(db, &decoy, &trace, &err), 0);
		assert_int_equal(trace.state, KS_TRACE_ELSEWHERE);
		assert_int_equal(ks_trace_remove(&decoy, &trace, &dir_gone, &err), 0);
	}
	ks_trace_release(&trace);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest others[] = { ROW(takes_its_directory_along), ROW(notices_changes),
		ROW(knows_what_has_no_file) };
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];
	int failed;

	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, finds_and_removes, setup, teardown,
			(void *)(uintptr_t)&rows[n] };
	failed = _cmocka_run_group_tests("traces", tests, sizeof(rows) / sizeof(rows[0]), NULL, NULL);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}

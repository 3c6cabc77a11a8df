/* lib/respond/pause */
#include "lib/respond/pause.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <sys/stat.h>

static const char *read_file(const char *path, struct ks_arena *arena)
{
	struct ks_err err = { 0 };
	struct ks_buf text;
	const char *out;

	ks_buf_init(&text, 65536);
	assert_int_equal(ks_file_load(path, &text, &err), 0);
	out = ks_arena_strdup(arena, ks_buf_str(&text));
	ks_buf_release(&text);
	return out;
}

/* Pause and resume, twice each. */
static void test_round(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct fixture f;
	const char *path;
	struct stat st;
	bool is_new = false, was_there = false;

	(void)state;
	fixture_init(&f);
	path = ks_arena_printf(&arena, "%s/a/b/paused", f.dir);
	assert_null(ks_pause_read(path, &arena));
	assert_int_equal(ks_pause_set(path, KS_STR("alice"), KS_STR("release\nday \x1b[31m"), FIXTURE_NOW,
		&is_new,
		&err), 0);
	assert_true(is_new);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_string_equal(ks_pause_read(path, &arena), "by alice since 2025-11-21T10:00:00.123Z: release day  "
		"[31m");
	assert_int_equal(ks_pause_set(path, KS_STR("bob"), KS_STR(""), FIXTURE_NOW, &is_new, &err), 0);
	assert_false(is_new);
	assert_true(strncmp(read_file(path, &arena), "by alice", 8) == 0);
	assert_int_equal(ks_pause_clear(path, &was_there, &err), 0);
	assert_true(was_there);
	assert_int_equal(ks_pause_clear(path, &was_there, &err), 0);
	assert_false(was_there);
	assert_null(ks_pause_read(path, &arena));
	assert_int_equal(ks_pause_set(path, KS_STR("bob"), KS_STR(""), FIXTURE_NOW, &is_new, &err), 0);
	assert_string_equal(ks_pause_read(path, &arena), "by bob since 2025-11-21T10:00:00.123Z: no reason was "
		"given");
	ks_arena_release(&arena);
	fixture_release(&f);
}

enum kind { ABSENT, EMPTY, BLANK, DIRECTORY, DANGLING, LONG, HUGE_FILE, NOT_A_DIRECTORY };

struct row {
	const char *name;
	enum kind kind;
	const char *begins;          /* NULL: not paused */
};

static const struct row table[] = {
	{ "nothing there", ABSENT, NULL },
	{ "below a file", NOT_A_DIRECTORY, NULL },
	{ "made by touch", EMPTY, "by a file that does not say" },
	{ "blanks only", BLANK, "by a file that does not say" },
	{ "a directory", DIRECTORY, "by a file that cannot be read (" },
	{ "a link to nowhere", DANGLING, "by a file that cannot be read (" },
	{ "a long text is cut", LONG, "xxxx" },
	{ "too large to read", HUGE_FILE, "by a file that cannot be read (" },
};

static void make(const struct row *row, const char *path, struct ks_arena *arena)
{
	size_t n = row->kind == LONG ? 5000 : row->kind == HUGE_FILE ? 70000 : row->kind == BLANK ? 1 : 0;
	char *text = ks_arena_alloc(arena, n + 1);
	struct ks_err err = { 0 };

	memset(text, row->kind == BLANK ? '\n' : 'x', n);
	switch (row->kind) {
	case ABSENT:
		break;
	case DIRECTORY:
		assert_int_equal(mkdir(path, 0700), 0);
		break;
	case DANGLING:
		assert_int_equal(symlink("/nonexistent/x", path), 0);
		break;
	default:
		assert_int_equal(ks_file_create(path, (struct ks_str){ text, n }, 0600, &err), 0);
	}
}

static void test_read(void **state)
{
	const struct row *row = *state;
	struct ks_arena arena = { NULL };
	const char *path, *says;
	struct fixture f;

	fixture_init(&f);
	path = ks_arena_printf(&arena, "%s/paused", f.dir);
	make(row, path, &arena);
	if (row->kind == NOT_A_DIRECTORY)
		path = ks_arena_printf(&arena, "%s/below", path);
	says = ks_pause_read(path, &arena);
	if (row->begins == NULL) {
		assert_null(says);
	} else {
		assert_non_null(says);
		assert_memory_equal(says, row->begins, strlen(row->begins));
		assert_true(strlen(says) <= 1000);
	}
	ks_arena_release(&arena);
	fixture_release(&f);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_round);
	ROWS_TABLE(&rows, test_read, table);
	return rows_run("pause", &rows);
}

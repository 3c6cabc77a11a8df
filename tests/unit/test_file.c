/* lib/base/file */
#include "lib/base/file.h"

#include "tests/unit/rows.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every test runs in an empty directory of its own. */
static char scratch[64];

static int enter(void **state)
{
	(void)state;
	strcpy(scratch, "/tmp/keysnare-file-XXXXXX");
	return mkdtemp(scratch) == NULL || chdir(scratch) != 0;
}

static int leave(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	return chdir("/") != 0 || system(command) != 0;
}

static size_t entries(void)
{
	DIR *dir = opendir(".");
	size_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void expect_content(const char *path, const char *want)
{
	struct ks_err err = { 0 };
	struct ks_buf got;

	ks_buf_init(&got, 1u << 20);
	assert_int_equal(ks_file_load(path, &got, &err), 0);
	assert_string_equal(ks_buf_str(&got).p, want);
	ks_buf_release(&got);
}

static void test_create(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	umask(0);
	assert_int_equal(ks_file_create("a", KS_STR("one"), 0640, &err), 0);
	assert_int_equal(mode_of("a"), 0640);
	expect_content("a", "one");
	umask(077);
	assert_int_equal(ks_file_create("b", KS_STR(""), 0644, &err), 0);
	umask(022);
	assert_int_equal(mode_of("b"), 0644);
	expect_content("b", "");
	assert_int_equal(entries(), 2);
}

static void test_create_never_replaces(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_file_create("a", KS_STR("one"), 0600, &err), 0);
	assert_int_equal(ks_file_create("a", KS_STR("two"), 0600, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	expect_content("a", "one");
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(ks_file_create("dangling", KS_STR("two"), 0600, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	assert_false(ks_file_is_there("nowhere"));
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(ks_file_create("dir", KS_STR("two"), 0600, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	assert_int_equal(entries(), 3);
}

static void test_create_fails_cleanly(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_file_create("no/such/dir/a", KS_STR("x"), 0600, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_int_equal(ks_file_create("a", KS_STR("x"), 0600, &err), 0);
	assert_int_equal(ks_file_create("a/b", KS_STR("x"), 0600, &err), -1);
	assert_int_equal(err.code, KS_ERR_IO);
	assert_int_equal(entries(), 1);
}

static void test_replace(void **state)
{
	struct ks_err err = { 0 };
	struct stat before, after;

	(void)state;
	assert_int_equal(ks_file_create("a", KS_STR("one"), 0604, &err), 0);
	assert_int_equal(stat("a", &before), 0);
	if (geteuid() == 0)
		assert_int_equal(chown("a", 12345, 54321), 0);
	assert_int_equal(ks_file_replace("a", KS_STR("two, longer"), &err), 0);
	expect_content("a", "two, longer");
	assert_int_equal(mode_of("a"), 0604);
	assert_int_equal(stat("a", &after), 0);
	/* Another file took its place: who read the old one still has all of it. */
	assert_int_not_equal(before.st_ino, after.st_ino);
	if (geteuid() == 0) {
		assert_int_equal(after.st_uid, 12345);
		assert_int_equal(after.st_gid, 54321);
	}
	assert_int_equal(entries(), 1);
}

static void test_replace_through_links(void **state)
{
	struct ks_err err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(ks_file_create("dir/a", KS_STR("one"), 0600, &err), 0);
	assert_int_equal(symlink("dir/a", "link"), 0);
	assert_int_equal(ks_file_replace("link", KS_STR("two"), &err), 0);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	expect_content("dir/a", "two");
}

static void test_replace_refuses(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_file_replace("a", KS_STR("x"), &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(ks_file_replace("dir", KS_STR("x"), &err), -1);
	assert_int_equal(err.code, KS_ERR_IO);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(ks_file_replace("pipe", KS_STR("x"), &err), -1);
	assert_int_equal(err.code, KS_ERR_IO);
	assert_int_equal(entries(), 2);
}

struct load_row {
	const char *name;
	size_t size, max;
	bool is_ok;
};

static const struct load_row loads[] = {
	{ "load: empty", 0, 10, true },
	{ "load: empty, nothing allowed", 0, 0, true },
	{ "load: one byte, nothing allowed", 1, 0, false },
	{ "load: below the cap", 9, 10, true },
	{ "load: at the cap", 10, 10, true },
	{ "load: past the cap", 11, 10, false },
	{ "load: one read step", 65536, 1u << 20, true },
	{ "load: at the cap on a read step", 65536, 65536, true },
	{ "load: past the cap on a read step", 65537, 65536, false },
	{ "load: many steps", 1000000, 1u << 20, true },
};

static void test_load(void **state)
{
	const struct load_row *row = *state;
	char *bytes = malloc(row->size + 1);
	struct ks_err err = { 0 };
	struct ks_buf got;

	enter(state);
	for (size_t i = 0; i < row->size; i++)
		bytes[i] = (char)(i * 31 % 251);
	assert_int_equal(ks_file_create("a", (struct ks_str){ bytes, row->size }, 0600, &err), 0);
	ks_buf_init(&got, row->max);
	assert_int_equal(ks_file_load("a", &got, &err), row->is_ok ? 0 : -1);
	if (row->is_ok) {
		assert_int_equal(got.n, row->size);
		assert_false(got.is_full);
		assert_memory_equal(ks_buf_str(&got).p, bytes, row->size);
	} else {
		assert_int_equal(err.code, KS_ERR_LIMIT);
	}
	ks_buf_release(&got);
	free(bytes);
	leave(state);
}

static void test_load_fails(void **state)
{
	struct ks_err err = { 0 };
	struct ks_buf got;

	(void)state;
	ks_buf_init(&got, 100);
	assert_int_equal(ks_file_load("gone", &got, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_string_equal(err.message, "cannot open 'gone': No such file or directory");
	assert_int_equal(ks_file_load(".", &got, &err), -1);
	assert_int_equal(err.code, KS_ERR_IO);
	ks_buf_release(&got);
}

static void test_make_dirs(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	umask(0);
	assert_int_equal(ks_file_make_dirs("a/b//c/", 0700, &err), 0);
	assert_int_equal(mode_of("a"), 0700);
	assert_int_equal(mode_of("a/b/c"), 0700);
	assert_int_equal(ks_file_make_dirs("a/b/c", 0755, &err), 0);
	assert_int_equal(mode_of("a/b/c"), 0700);
	assert_int_equal(ks_file_make_dirs("/", 0700, &err), 0);
	assert_int_equal(ks_file_create("file", KS_STR(""), 0600, &err), 0);
	assert_int_equal(ks_file_make_dirs("file", 0700, &err), -1);
	assert_int_equal(ks_file_make_dirs("file/x", 0700, &err), -1);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(ks_file_make_dirs("dangling", 0700, &err), -1);
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(ks_file_make_dirs("link/new", 0700, &err), 0);
	umask(022);
}

static void test_is_there(void **state)
{
	(void)state;
	assert_true(ks_file_is_there("."));
	assert_false(ks_file_is_there("gone"));
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_true(ks_file_is_there("dangling"));
}

static void test_join(void **state)
{
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 100);
	ks_file_join(&out, "a", "b");
	ks_buf_addc(&out, ' ');
	ks_file_join(&out, "a/", "b");
	ks_buf_addc(&out, ' ');
	ks_file_join(&out, "/", "b");
	assert_string_equal(out.p, "a/b a/b /b");
	ks_buf_clear(&out);
	ks_file_join(&out, "", "b");
	assert_string_equal(out.p, "b");
	ks_buf_release(&out);
}

int main(void)
{
	static const struct CMUnitTest in_scratch[] = {
		cmocka_unit_test_setup_teardown(test_create, enter, leave),
		cmocka_unit_test_setup_teardown(test_create_never_replaces, enter, leave),
		cmocka_unit_test_setup_teardown(test_create_fails_cleanly, enter, leave),
		cmocka_unit_test_setup_teardown(test_replace, enter, leave),
		cmocka_unit_test_setup_teardown(test_replace_through_links, enter, leave),
		cmocka_unit_test_setup_teardown(test_replace_refuses, enter, leave),
		cmocka_unit_test_setup_teardown(test_load_fails, enter, leave),
		cmocka_unit_test_setup_teardown(test_make_dirs, enter, leave),
		cmocka_unit_test_setup_teardown(test_is_there, enter, leave),
		cmocka_unit_test_setup_teardown(test_join, enter, leave),
	};
	struct rows rows = { 0 };

	memcpy(rows.tests, in_scratch, sizeof(in_scratch));
	rows.n = sizeof(in_scratch) / sizeof(in_scratch[0]);
	ROWS_TABLE(&rows, test_load, loads);
	return rows_run("file", &rows);
}

/* lib/base/err */
#include "lib/base/err.h"

#include "tests/unit/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct render_row {
	const char *name;    /* what comes out */
	const char *file;
	int line, column;
	const char *message;
};

static const struct render_row renders[] = {
	{ "bad", "", 0, 0, "bad" },
	{ "a.yml: bad", "a.yml", 0, 0, "bad" },
	{ "a.yml:3: bad", "a.yml", 3, 0, "bad" },
	{ "a.yml:3:7: bad", "a.yml", 3, 7, "bad" },
	{ "3:7: bad", "", 3, 7, "bad" },
	{ "a.yml: worse", "a.yml", 0, 7, "worse" },
};

static void test_render(void **state)
{
	const struct render_row *row = *state;
	struct ks_err err = { 0 };
	struct ks_buf out;

	ks_buf_init(&out, 1000);
	assert_int_equal(ks_err_set_at(&err, KS_ERR_PARSE, row->line, row->column, "%s", row->message), -1);
	if (row->file[0] != '\0')
		assert_int_equal(ks_err_set_file(&err, row->file), -1);
	ks_err_render(&err, &out);
	assert_string_equal(out.p, row->name);
	assert_int_equal(err.code, KS_ERR_PARSE);
	ks_buf_release(&out);
}

static void test_set_forgets(void **state)
{
	struct ks_err err = { .line = 3, .http_status = 500, .file = "old", .aws_code = "Old" };

	(void)state;
	assert_int_equal(ks_err_set(&err, KS_ERR_IO, "new %d", 1), -1);
	assert_string_equal(err.message, "new 1");
	assert_int_equal(err.line + err.http_status, 0);
	assert_string_equal(err.file, "");
	assert_string_equal(err.aws_code, "");
}

static void test_errno(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	errno = ENOENT;
	assert_int_equal(ks_err_set_errno(&err, "cannot open '%s'", "x"), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_string_equal(err.message, "cannot open 'x': No such file or directory");
	errno = EACCES;
	ks_err_set_errno(&err, "cannot open '%s'", "x");
	assert_int_equal(err.code, KS_ERR_IO);
}

static void test_wrap(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	ks_err_set_at(&err, KS_ERR_DENIED, 3, 4, "not allowed");
	assert_int_equal(ks_err_wrap(&err, "planting '%s'", "x"), -1);
	assert_string_equal(err.message, "planting 'x': not allowed");
	assert_int_equal(err.code, KS_ERR_DENIED);
	assert_int_equal(err.line, 3);
}

/* The first name is the nearest to the trouble; a long one keeps its end, which tells files apart. */
static void test_file(void **state)
{
	struct ks_err err = { 0 };
	char path[1000];

	(void)state;
	memset(path, 'a', sizeof(path));
	memcpy(path + sizeof(path) - 7, "/b.yml", 7);
	ks_err_set(&err, KS_ERR_PARSE, "bad");
	ks_err_set_file(&err, path);
	assert_int_equal(strlen(err.file), sizeof(err.file) - 1);
	assert_string_equal(err.file + strlen(err.file) - 6, "/b.yml");
	ks_err_set_file(&err, "other");
	assert_string_equal(err.file + strlen(err.file) - 6, "/b.yml");
}

/* Whatever is quoted, the message stays inside its array. */
static void test_long_messages(void **state)
{
	struct ks_err err = { 0 };
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ks_err_set(&err, KS_ERR_PARSE, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	ks_err_wrap(&err, "%s", "reading");
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_memory_equal(err.message, "reading: xxx", 12);
	ks_err_wrap(&err, "%s", text);
	errno = EIO;
	ks_err_set_errno(&err, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_render, renders);
	ROWS_TEST(&rows, test_set_forgets);
	ROWS_TEST(&rows, test_errno);
	ROWS_TEST(&rows, test_wrap);
	ROWS_TEST(&rows, test_file);
	ROWS_TEST(&rows, test_long_messages);
	return rows_run("err", &rows);
}

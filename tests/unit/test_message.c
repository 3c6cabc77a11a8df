/* lib/codec/message */
#include "lib/codec/message.h"

#include "tests/unit/rows.h"

struct row {
	const char *name, *text;
	const char *method, *path, *query; /* method NULL: refused; query NULL: none */
	const char *headers; /* "name=value;" each */
	const char *body;
	int line; /* of the error */
};

static const struct row table[] = {
	{ "least", "GET / HTTP/1.1\n\n", "GET", "/", NULL, "", "", 0 },
	{ "no version, no empty line", "GET /a?", "GET", "/a", "", "", "", 0 },
	{ "CR LF", "POST /a?b=c HTTP/1.1\r\nHost: x\r\nA:\r\n\r\nbody\r\n", "POST", "/a", "b=c", "Host=x;A=;",
		"body\r\n", 0 },
	{ "blanks in the target", "GET /a b?c d HTTP/1.1\nHost:x\n\n", "GET", "/a b", "c d", "Host=x;", "", 0 },
	{ "folded", "GET / HTTP/1.1\nA: one\n  two\n\tthree \n\n", "GET", "/", NULL, "A=one two three;", "", 0 },
	{ "question marks", "GET /a?b?c HTTP/1.1\n\n", "GET", "/a", "b?c", "", "", 0 },
	{ "colons in a value", "GET / HTTP/1.1\nHost: a:1\n\n\n", "GET", "/", NULL, "Host=a:1;", "\n", 0 },
	{ "nothing", "", NULL, NULL, NULL, NULL, NULL, 1 },
	{ "no target", "GET\n\n", NULL, NULL, NULL, NULL, NULL, 1 },
	{ "a URL", "GET http://x/ HTTP/1.1\n\n", NULL, NULL, NULL, NULL, NULL, 1 },
	{ "no header", "GET / HTTP/1.1\nHost: x\nbad\n\n", NULL, NULL, NULL, NULL, NULL, 3 },
	{ "no name", "GET / HTTP/1.1\n: x\n\n", NULL, NULL, NULL, NULL, NULL, 2 },
	{ "folded nothing", "GET / HTTP/1.1\n x\n\n", NULL, NULL, NULL, NULL, NULL, 2 },
};

static void test_parse(void **state)
{
	const struct row *row = *state;
	struct ks_message message;
	struct ks_err err = { 0 };
	struct ks_arena arena;
	struct ks_buf headers;

	ks_arena_init(&arena);
	ks_buf_init(&headers, 4096);
	assert_int_equal(ks_message_parse(ks_str_of(row->text), &arena, &message, &err),
		row->method != NULL ? 0 : -1);
	if (row->method == NULL) {
		assert_int_equal(err.code, KS_ERR_PARSE);
		assert_int_equal(err.line, row->line);
	} else {
		for (size_t i = 0; i < message.headers.n; i++) {
			const struct ks_message_header *header =
				KS_VEC_AT(&message.headers, struct ks_message_header, i);

			ks_buf_addf(&headers, KS_STR_FMT "=" KS_STR_FMT ";", KS_STR_ARG(header->name),
				KS_STR_ARG(header->value));
		}
		assert_true(ks_str_is(message.method, row->method));
		assert_true(ks_str_is(message.path, row->path));
		assert_true(row->query != NULL ? ks_str_is(message.query, row->query) : message.query.p == NULL);
		assert_true(ks_str_is(ks_buf_str(&headers), row->headers));
		assert_true(ks_str_is(message.body, row->body));
	}
	ks_message_release(&message);
	ks_buf_release(&headers);
	ks_arena_release(&arena);
}

static void finds_headers(void **state)
{
	struct ks_message message;
	struct ks_err err = { 0 };
	struct ks_arena arena;

	(void)state;
	ks_arena_init(&arena);
	assert_int_equal(ks_message_parse(KS_STR("GET / HTTP/1.1\nHOST: a\nhost: b\n\n"), &arena, &message,
						 &err),
		0);
	assert_true(ks_str_is(ks_message_find(&message, "Host"), "a"));
	assert_null(ks_message_find(&message, "Other").p);
	ks_message_release(&message);
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_parse, table);
	ROWS_TEST(&rows, finds_headers);
	return rows_run("message", &rows);
}

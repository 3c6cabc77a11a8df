/* How findings are written out: hostile text stays text in every format. */
#include "lib/report/format.h"

#include "tests/unit/engine.h"

static const struct ks_rule rule = { .title = { "Title\x1b[31m", 10 },
	.id = { "id", 2 },
	.level = KS_LEVEL_CRITICAL };

/* Every field that comes from a record, full of what must not reach a terminal. */
#define EVIL "\\u001b]0;x\\u0007\\u202e\\n\\r\\u0000\\u009b<script>"
static const char record[] =
	"{\"eventID\":\"" EVIL "\",\"eventTime\":\"" EVIL "\",\"eventSource\":\"" EVIL "\",\"eventName\":\"" EVIL
	"\",\"awsRegion\":\"" EVIL "\",\"errorCode\":\"" EVIL "\",\"sourceIPAddress\":\"" EVIL
	"\",\"userAgent\":\"" EVIL "\",\"userIdentity\":{\"type\":\"" EVIL "\",\"arn\":\"" EVIL
	"\",\"accountId\":\"" EVIL "\",\"accessKeyId\":\"" EVIL "\"}}";

static void render(const char *name, const char *json, bool has_color, struct ks_buf *out)
{
	const struct ks_formatter *format = ks_format_find(name);
	struct ks_finding finding = { .rule = &rule, .key_kind = "none", .decoy_name = "n\x1b[2J",
		.decoy_placement = "/p\x1b[2J", .source = "s\x1b[2J" };
	struct engine_event e;

	assert_non_null(format);
	engine_event_init(&e, json);
	finding.event = &e.event;
	format->render(&finding, has_color, out);
	if (format->render_event != NULL)
		format->render_event(&finding, has_color, out);
	engine_event_release(&e);
}

static void hostile_text_stays_text(void **state)
{
	static const char *const names[] = { "text", "json", "jsonl", "csv", "ocsf" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ks_buf out;
		size_t lines = 0;

		ks_buf_init(&out, 1u << 20);
		render(names[i], record, false, &out);
		assert_true(out.n > 500);
		for (size_t at = 0; at < out.n; at++) {
			unsigned char c = (unsigned char)out.p[at];

			lines += c == '\n';
			assert_true(c >= 0x20 || c == '\n' || (i == 3 && c == '\r' && at == out.n - 2));
			assert_true(c != 0x7F);
		}
		assert_int_equal(lines, strcmp(names[i], "text") == 0 ? 6 : strcmp(names[i], "json") == 0 ? 0 : 1);
		if (i == 0)
			assert_null(strstr(out.p, "\xE2\x80\xAE"));
		ks_buf_release(&out);
	}
}

static void colors_only_when_asked(void **state)
{
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 1u << 20);
	render("text", "{}", true, &out);
	assert_non_null(strstr(out.p, "\033["));
	ks_buf_clear(&out);
	render("text", "{}", false, &out);
	assert_null(strstr(out.p, "\033["));
	ks_buf_release(&out);
}

static void long_values_are_cut(void **state)
{
	static char json[20000];
	struct ks_buf out;

	(void)state;
	memset(json, 'x', sizeof(json));
	memcpy(json, "{\"userAgent\":\"", 14);
	memcpy(json + sizeof(json) - 3, "\"}", 3);
	ks_buf_init(&out, 1u << 20);
	render("text", json, false, &out);
	assert_true(out.n < 1000);
	ks_buf_clear(&out);
	render("jsonl", json, false, &out);
	assert_true(out.n > 4000 && out.n < 6000);
	ks_buf_clear(&out);
	render("ocsf", json, false, &out);
	/* As evidence, and as an observable. */
	assert_true(out.n > 2 * 4096 && out.n < 2 * 4096 + 3000);
	ks_buf_release(&out);
}

static void unknown_is_null(void **state)
{
	(void)state;
	assert_null(ks_format_find("xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_text_stays_text), cmocka_unit_test(colors_only_when_asked),
		cmocka_unit_test(long_values_are_cut), cmocka_unit_test(unknown_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

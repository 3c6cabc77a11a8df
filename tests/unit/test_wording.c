/* lib/notify/wording and lib/notify/mailtext: notices in words */
#include "lib/notify/mailtext.h"
#include "lib/notify/wording.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

struct clean_row {
	const char *name;
	const char *text;
	size_t most;
	const char *want;
};

static const struct clean_row clean_rows[] = {
	{ "as it is", "key AKIA", 40, "key AKIA" },
	{ "lines become blanks", "a\r\nBcc: b\tc", 40, "a  Bcc: b c" },
	{ "escapes are shown", "\x1b[31m", 40, "\\x1b[31m" },
	{ "marks that turn text around", "a\xE2\x80\xAE" "b", 40, "a\\u{202e}b" },
	{ "no link", "https://evil.example", 40, "https[:]//evil.example" },
	{ "bytes that are no text", "a\xFF" "b", 40, "a\xEF\xBF\xBD" "b" },
	{ "cut", "0123456789", 8, "01234\xE2\x80\xA6" },
	{ "not cut", "0123456789", 10, "0123456789" },
	{ "never half a character", "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", 6, "\xC3\xA4\xE2\x80\xA6" },
	{ "never half an escape", "abc\x1b\x1b", 8, "abc\xE2\x80\xA6" },
	{ "nothing", "", 8, "" },
};

static void test_clean(void **state)
{
	const struct clean_row *row = *state;
	struct ks_arena arena = { NULL };

	assert_string_equal(ks_wording_clean(ks_str_of(row->text), row->most, &arena), row->want);
	ks_arena_release(&arena);
}

struct title_row {
	const char *name;
	const char *kind;
	const char *body;
	const char *title;
	const char *next;            /* NULL: not compared */
	enum ks_wording_turn turn;
};

#define BODY "\"incident\":7,\"level\":\"high\",\"actor\":\"key:AKIA1\""

static const struct title_row title_rows[] = {
	{ "a decoy", "opened",
		"{" BODY ",\"decoy\":{\"key_id\":\"AKIA1\",\"name\":\"web01\",\"placement\":null}}",
		"[HIGH] decoy web01 was used (incident 7)",
		"keysnare incident show 7   then: keysnare respond plan 7",
		KS_WORDING_NEWS },
	{ "a decoy without a name", "opened", "{" BODY ",\"decoy\":{\"key_id\":\"AKIA1\",\"name\":null}}",
		"[HIGH] decoy AKIA1 was used (incident 7)", NULL, KS_WORDING_NEWS },
	{ "a real key", "opened", "{" BODY ",\"decoy\":null,\"rules\":[\"SES looked at\",\"x\"]}",
		"[HIGH] key AKIA1 met rule: SES looked at (incident 7)", NULL, KS_WORDING_NEWS },
	{ "an approval", "approval", "{" BODY ",\"approve_with\":\"keysnare respond approve 7\"}",
		"[HIGH] key AKIA1: a plan waits for your approval (incident 7)",
		"keysnare respond approve 7   (on keysnare's host: it shows the plan and asks)", KS_WORDING_NEWS },
	{ "an exercise", "opened", "{" BODY ",\"decoy\":null,\"exercise\":\"whole\"}",
		"[HIGH] EXERCISE: key AKIA1 was used (incident 7)", NULL, KS_WORDING_NEWS },
	{ "in part an exercise", "opened", "{" BODY ",\"decoy\":null,\"exercise\":\"part\"}",
		"[HIGH] key AKIA1 was used (incident 7)", NULL, KS_WORDING_NEWS },
	{ "an end", "closed", "{" BODY "}", "[HIGH] key AKIA1: closed (incident 7)", NULL, KS_WORDING_OVER },
	{ "an alarm", "alarm", "{\"incident\":null,\"level\":\"medium\",\"alarm\":\"stale\","
		"\"subject\":\"s3://b\",\"do\":\"look\"}",
		"[MEDIUM] keysnare: no news from s3[:]//b", "look", KS_WORDING_NEWS },
	{ "an alarm of a later day", "alarm",
		"{\"level\":\"low\",\"alarm\":\"flood\",\"subject\":\"\",\"do\":null}",
		"[LOW] keysnare: flood", "", KS_WORDING_NEWS },
	{ "recovered", "recovered", "{\"level\":\"medium\",\"alarm\":\"full\",\"subject\":\"\"}",
		"[MEDIUM] keysnare: over: the disk is full", "", KS_WORDING_OVER },
	{ "a heartbeat", "heartbeat", "{\"level\":\"informational\"}", "[INFORMATIONAL] keysnare is running", "",
		KS_WORDING_SIGN },
	{ "a test", "test", "{\"level\":\"informational\",\"notifier\":\"pager\"}",
		"[TEST] test of notifier pager", "", KS_WORDING_NEWS },
	{ "a kind of a later day", "moved", "{" BODY "}", "[HIGH] key AKIA1: moved (incident 7)",
		"keysnare incident show 7", KS_WORDING_NEWS },
	{ "one about nothing", "moved", "{}", "[HIGH] keysnare: moved", "", KS_WORDING_NEWS },
	{ "members of other types", "opened",
		"{\"incident\":\"7\\r\\n\",\"level\":3,\"actor\":[1,{}],\"decoy\":\"x\"}",
		"[HIGH] 1; {} was used (incident 7  )", NULL, KS_WORDING_NEWS },
};

static void test_title(void **state)
{
	const struct title_row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_wording wording;
	struct ks_json *body;
	struct ks_err err = { 0 };

	assert_int_equal(ks_json_parse(ks_str_of(row->body), &body, &err), 0);
	ks_wording_make(body, row->kind, false, &arena, &wording);
	assert_string_equal(wording.title, row->title);
	if (row->next != NULL)
		assert_string_equal(wording.next, row->next);
	assert_int_equal(wording.turn, row->turn);
	ks_wording_make(body, row->kind, true, &arena, &wording);
	assert_non_null(strstr(wording.title, "(repeated)"));
	ks_json_free(body);
	ks_arena_release(&arena);
}

struct address_row {
	const char *name;
	const char *address;
	bool want;
};

static const struct address_row address_rows[] = {
	{ "usual", "keysnare@example.org", true },
	{ "with everything", "o'brien+x_y@sub.example.org", true },
	{ "no domain", "keysnare@", false },
	{ "no name", "@example.org", false },
	{ "no at", "example.org", false },
	{ "two", "a@b.org,c@d.org", false },
	{ "a name in front", "A <a@b.org>", false },
	{ "a line", "a@b.org\r\nBcc: c@d.org", false },
	{ "a second at", "a@b@c.org", false },
	{ "a dash first", "a@-b.org", false },
	{ "letters of elsewhere", "a@\xC3\xA4.org", false },
};

static void test_address(void **state)
{
	const struct address_row *row = *state;

	assert_int_equal(ks_mailtext_is_address(ks_str_of(row->address)), row->want);
}

/* A header line that a subject becomes, all of it. */
struct subject_row {
	const char *name;
	const char *title;
	const char *want;
};

static const struct subject_row subject_rows[] = {
	{ "as it is", "[HIGH] x", "\r\nSubject: [HIGH] x\r\nMessage-ID: " },
	{ "folded", "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789",
		"\r\nSubject: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n "
		"0123456789\r\n" },
	{ "not ASCII", "\xC3\xA4", "\r\nSubject: =?UTF-8?B?w6Q=?=\r\nMessage-ID: " },
	{ "what looks encoded", "=?utf-8?q?x?=", "\r\nSubject: =?UTF-8?B?PT91dGYtOD9xP3g/PQ==?=\r\n" },
};

static void test_subject(void **state)
{
	const struct subject_row *row = *state;
	const char *const to[] = { "a@example.org", "b@example.org" };
	const struct ks_wording wording = { .title = row->title, .text = "", .next = "" };
	const struct ks_notifier_message message = { .wording = &wording, .id = "0123", .thread = "t",
		.created_ms = INT64_C(1763719200000) };
	const struct ks_mailtext mail = { &message, KS_STR("k@example.org"), to, 2 };
	struct ks_buf out;

	ks_buf_init(&out, 65536);
	ks_mailtext_render(&mail, &out);
	assert_non_null(strstr(out.p, row->want));
	assert_non_null(strstr(out.p, "Message-ID: <0123@example.org>\r\n"));
	assert_non_null(strstr(out.p, "\r\nTo: a@example.org,\r\n b@example.org\r\n"));
	assert_memory_equal(out.p, "Date: Fri, 21 Nov 2025 10:00:00 +0000\r\n", 39);
	ks_buf_release(&out);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_clean, clean_rows);
	ROWS_TABLE(&rows, test_title, title_rows);
	ROWS_TABLE(&rows, test_address, address_rows);
	ROWS_TABLE(&rows, test_subject, subject_rows);
	return rows_run("wording", &rows);
}

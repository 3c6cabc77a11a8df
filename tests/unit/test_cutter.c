/* lib/trail/cutter and mend: the same records whatever the layout, the delivery and the damage around
 * them. */
#include "lib/trail/cutter.h"

#include "lib/base/limits.h"

#include "tests/unit/rows.h"
#include "tests/unit/trail.h"

#include <stdio.h>
#include <sys/wait.h>

#define A "{\"eventVersion\":\"1.11\",\"eventName\":\"A\"}"
#define B "{\"eventVersion\":\"1.11\",\"eventName\":\"B\"}"
#define C "{\"eventVersion\":\"1.11\",\"eventName\":\"C\"}"

struct row {
	const char *name, *text;
	const char *want; /* the records and problems, without offsets */
	enum ks_cutter_end end;
};

static const struct row rows[] = {
	{ "one record", A, A "\n", KS_CUTTER_READ },
	{ "blanks around", " \n\t" A "\r\n ", A "\n", KS_CUTTER_READ },
	{ "byte order mark", "\xEF\xBB\xBF" A, A "\n", KS_CUTTER_READ },
	{ "a file", "{\"Records\":[" A "," B "]}", A "\n" B "\n", KS_CUTTER_READ },
	{ "a file with blanks", "{ \"Records\" :\n [ " A " , " B "\n]\t}\n", A "\n" B "\n", KS_CUTTER_READ },
	{ "an empty list", "{\"Records\":[]}", "", KS_CUTTER_READ },
	{ "an empty list with a blank", "{\"Records\":[ ]}", "", KS_CUTTER_READ },
	{ "members before and after", "{\"a\":{\"b\":[{\"c\":1}]},\"Records\":[" A "],\"z\":[{\"y\":2}]}",
		A "\n", KS_CUTTER_READ },
	{ "two lists in one object", "{\"Records\":[" A "],\"Events\":[" B "]}", A "\n" B "\n", KS_CUTTER_READ },
	{ "Events", "{\"NextToken\":\"[{\",\"Events\":[" A "]}", A "\n", KS_CUTTER_READ },
	{ "logEvents", "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[" A "]}", A "\n", KS_CUTTER_READ },
	{ "a list named with escapes", "{\"\\u0052ec\\u006Frds\":[" A "]}", A "\n", KS_CUTTER_READ },
	{ "a list named with escapes only",
		"{\"\\u006C\\u006F\\u0067\\u0045\\u0076\\u0065\\u006E\\u0074\\u0073\":[" A "]}", A "\n",
		KS_CUTTER_READ },
	{ "a list of another name is part of the record", "{\"records\":[" A "]}", "{\"records\":[" A "]}\n",
		KS_CUTTER_READ },
	{ "a name that only ends so", "{\"xRecords\":[" A "]}", "{\"xRecords\":[" A "]}\n", KS_CUTTER_READ },
	{ "a value that is called so", "{\"x\":\"Records\",\"y\":[1]}", "{\"x\":\"Records\",\"y\":[1]}\n",
		KS_CUTTER_READ },
	{ "a list deeper down is no list", "{\"x\":{\"Records\":[" A "]}}", "{\"x\":{\"Records\":[" A "]}}\n",
		KS_CUTTER_READ },
	{ "bare array", "[" A "," B "]", A "\n" B "\n", KS_CUTTER_READ },
	{ "bare array of arrays", "[[" A "],[" B "]]", A "\n" B "\n", KS_CUTTER_READ },
	{ "bare array, other elements", "[1,\"{\",null," A ",true]", A "\n", KS_CUTTER_READ },
	{ "empty array", "[]", "", KS_CUTTER_READ },
	{ "empty", "", "", KS_CUTTER_READ },
	{ "blanks", " \r\n\t ", "", KS_CUTTER_READ },
	{ "lines", A "\n" B "\n" C "\n", A "\n" B "\n" C "\n", KS_CUTTER_READ },
	{ "lines, CRLF", A "\r\n" B "\r\n", A "\n" B "\n", KS_CUTTER_READ },
	{ "lines, the last without its end", A "\n" B, A "\n" B "\n", KS_CUTTER_READ },
	{ "documents on one line", A B " " C, A "\n" B "\n" C "\n", KS_CUTTER_READ },
	{ "record separators", "\x1E" A "\n\x1E" B "\n", A "\n" B "\n", KS_CUTTER_READ },
	{ "commas between", A ",\n" B ",\n", A "\n" B "\n", KS_CUTTER_READ },
	{ "files one after the other", "{\"Records\":[" A "]}{\"Records\":[" B "]}\n[" C "]",
		A "\n" B "\n" C "\n", KS_CUTTER_READ },
	{ "braces in strings", "{\"Records\":[{\"a\":\"}]{[\"},{\"b\":\"\\\"}\"}]}",
		"{\"a\":\"}]{[\"}\n{\"b\":\"\\\"}\"}\n", KS_CUTTER_READ },
	{ "backslashes before quotes", "[{\"a\":\"\\\\\"},{\"a\":\"\\\\\\\"}\"},{\"b\\\\\":1}]",
		"{\"a\":\"\\\\\"}\n{\"a\":\"\\\\\\\"}\"}\n{\"b\\\\\":1}\n", KS_CUTTER_READ },
	{ "an object that opens like a record", "{\"Records\":[{\"a\":" A ",\"z\":[" B "]}," C "]}",
		"{\"a\":" A ",\"z\":[" B "]}\n" C "\n", KS_CUTTER_READ },
	{ "pretty-printed",
		"{\n  \"Records\": [\n    {\n      \"a\": {\n        \"b\": 1\n      }\n    },\n    {}\n  ]\n}\n",
		"{\n      \"a\": {\n        \"b\": 1\n      }\n    }\n{}\n", KS_CUTTER_READ },
	{ "pretty-printed without indent",
		"{\n\"Records\":\n[\n{\n\"a\":\n{\n\"b\":\n[\n{\n}\n]\n}\n},\n{\n\"c\": [\n{},\n{}\n]\n}\n]\n}\n",
		"{\n\"a\":\n{\n\"b\":\n[\n{\n}\n]\n}\n}\n{\n\"c\": [\n{},\n{}\n]\n}\n", KS_CUTTER_READ },
	{ "objects without indent", "{\n\"a\":\n{\n\"b\": 1\n}\n}\n{\n\"c\":\n{\n\"d\": [\n{\n}\n]\n}\n}\n",
		"{\n\"a\":\n{\n\"b\": 1\n}\n}\n{\n\"c\":\n{\n\"d\": [\n{\n}\n]\n}\n}\n", KS_CUTTER_READ },
	{ "text", "hello, world", "", KS_CUTTER_NO_TRAIL },
	{ "a binary",
		"\x7F"
		"ELF\x02\x01\x01{",
		"", KS_CUTTER_NO_TRAIL },
	{ "numbers", "12", "", KS_CUTTER_NO_TRAIL },
	{ "markup", "<a>{}</a>", "", KS_CUTTER_NO_TRAIL },
	{ "a log around records", "12:00 INFO " A "\n12:01 INFO " B "\n", "!" A "!" B, KS_CUTTER_READ },
	{ "garbage before", "x\n" A "\n" B "\n", "!" A B, KS_CUTTER_READ },
	{ "garbage between", A "\nx y z\n" B "\n", A "!" B, KS_CUTTER_READ },
	{ "garbage after", A "\nx", A "!", KS_CUTTER_READ },
	{ "brackets too many", A "]}]}" B, A "!" B, KS_CUTTER_READ },
	{ "a quote between", A "\n\"\n" B "\n", A "!" B, KS_CUTTER_READ },
	{ "cut at the end", A "\n{\"eventVersion\":\"1", A "\n! the text ends in the middle of a record\n",
		KS_CUTTER_READ },
	{ "a list that does not end", "{\"Records\":[" A ",", A "\n! the text ends before its list does\n",
		KS_CUTTER_READ },
	{ "a lost quote", "{\"Records\":[" A ",{\"eventVersion\":\"1.11\",\"x\":\"y,\"z\":\"}{\"}," B "," C "]}",
		A "!!" B C, KS_CUTTER_READ },
	{ "a lost brace", "{\"Records\":[" A ",{\"eventVersion\":\"1.11\",\"x\":{\"y\":1," B "," C "]}",
		A "!" B C "!", KS_CUTTER_READ },
	{ "a quote too many between elements", "[" A "\"," B "," C "]", A "!" B C, KS_CUTTER_READ },
	{ "a record that swallows the next ones", "[{\"eventVersion\":\"1\",\"x\":{," A "," B "}," C "]",
		"!" A B C "!", KS_CUTTER_READ },
	{ "a lost quote, pretty-printed",
		"[\n { \"eventVersion\" : \"1.11, \"x\" : {\"y\" : \"}\" } },\n {\n \"eventVersion\" : 1 }\n]",
		"!!{ \"eventVersion\" : 1 }", KS_CUTTER_READ },
	{ "a lost quote in lines", A "\n{\"x\":\"y,\"z\":1}\n" B "\n" C "\n", A "!" B C, KS_CUTTER_READ },
	{ "the last but one cut off behind a colon", A "\n{\"eventVersion\":\"1\",\"x\":\n" B "\n", A "!" B,
		KS_CUTTER_READ },
	{ "a lost quote in the first line", "{\"x\":\"y}\n" B "\n" C "\n", "!" B C, KS_CUTTER_READ },
};

/* Offsets, "*" and line ends go; with is_short, all that a problem says as well. */
static void strip(const char *said, bool is_short, struct ks_buf *out)
{
	while (*said != '\0') {
		const char *number = said;

		while (*said >= '0' && *said <= '9')
			said++;
		if (said > number && (*said == ' ' || *said == '*'))
			said += *said == '*' ? 2 : 1;
		else
			said = number;
		if (is_short && said[0] == '!' && said[1] == ' ') {
			ks_buf_addc(out, '!');
			said += strcspn(said, "\n") + 1;
			continue;
		}
		while (*said != '\0' && *said != '\n')
			ks_buf_addc(out, *said++);
		if (*said == '\n' && !is_short)
			ks_buf_addc(out, '\n');
		said += *said == '\n';
	}
}

static void assert_row(const struct row *row, const struct trail_cut *cut)
{
	/* A damaged row says in short what is to come: "!" for a problem, then records without line ends. */
	bool is_short = strchr(row->want, '!') != NULL && strstr(row->want, "! ") == NULL;
	struct ks_buf got, want;

	ks_buf_init(&got, 1u << 20);
	ks_buf_init(&want, 1u << 20);
	strip(trail_cut_said(cut), is_short, &got);
	ks_buf_adds(&want, row->want);
	assert_string_equal(got.p != NULL ? got.p : "", want.p != NULL ? want.p : "");
	assert_int_equal(cut->end, row->end);
	ks_buf_release(&got);
	ks_buf_release(&want);
}

static void test_row(void **state)
{
	const struct row *row = *state;

	for (int i = 0; i < 3; i++) {
		struct trail_cut cut;

		trail_cut_init(&cut);
		cut.mask = (enum ks_mask_form)i;
		trail_cut_text(&cut, ks_str_of(row->text));
		assert_row(row, &cut);
		trail_cut_release(&cut);
	}
}

/* A trail of many records, as a list or in lines, with all that makes borders hard. */
static void make_trail(struct ks_buf *out, bool is_list)
{
	ks_buf_adds(out, is_list ? "{\"Records\":[" : "");
	for (unsigned i = 0; i < 4000; i++) {
		ks_buf_addf(out,
			"%s{\"eventVersion\":\"1.11\",\"n\":%u,\"a\":{\"b\":[\"}{\\\"\\\\\",{},[%u]]},"
			"\"k\":\"%s\",\"x\":\"",
			i == 0      ? "" :
				is_list ? "," :
						  "\n",
			i, i, i % 100 == 7 ? TRAIL_KEY : "AKIAQYLPMN5HHHFPZAM3");
		for (unsigned j = i % 97; j > 0; j--)
			ks_buf_adds(out, "\\\\");
		ks_buf_adds(out, "\"}");
	}
	ks_buf_adds(out, is_list ? "]}" : "\n");
}

/* However it is delivered, the same is said. Pieces of 1 to 4096 bytes, members of odd sizes, each
 * form of the masks. */
static void check_deliveries(struct ks_str text, const struct ks_keyset *keys)
{
	static const size_t pieces[] = { 61, 64, 1000, 4096 }, members[] = { 0, 5000, 65536 };
	struct trail_cut want;

	trail_cut_init(&want);
	want.mask = KS_MASK_PORTABLE;
	want.anchors.keys = keys;
	trail_cut_text(&want, text);
	assert_int_equal(want.records, 4000);
	assert_int_equal(want.hits, 40);
	assert_int_equal(want.problems, 0);
	for (size_t i = 0; i < 9; i++) {
		struct trail_pipe pipe = { 0 };
		struct trail_cut got;
		struct ks_buf packed;

		trail_cut_init(&got);
		ks_buf_init(&packed, 1u << 26);
		got.anchors.keys = keys;
		if (i == 0) {
			trail_cut_text(&got, text);
		} else if (i < 5) {
			trail_cut_fd(&got, trail_pipe_open(&pipe, text, pieces[i - 1]));
			pthread_join(pipe.thread, NULL);
		} else if (i == 8) {
			got.mask = KS_MASK_AVX2;
			trail_cut_text(&got, text);
		} else {
			trail_gzip(&packed, text, members[i - 5]);
			trail_cut_text(&got, ks_buf_str(&packed));
		}
		assert_string_equal(trail_cut_said(&got), trail_cut_said(&want));
		trail_cut_release(&got);
		ks_buf_release(&packed);
	}
	trail_cut_release(&want);
}

static void test_deliveries(void **state)
{
	struct ks_keyset keys;
	struct ks_err err;

	(void)state;
	ks_keyset_init(&keys);
	assert_int_equal(ks_keyset_add(&keys, KS_STR(TRAIL_KEY), 0, &err), 0);
	for (int is_list = 0; is_list < 2; is_list++) {
		struct ks_buf text;

		ks_buf_init(&text, 1u << 26);
		make_trail(&text, is_list != 0);
		check_deliveries(ks_buf_str(&text), &keys);
		ks_buf_release(&text);
	}
	ks_keyset_release(&keys);
}

/* A pipe that gives garbage first, and the trail later. */
static void test_late_trail(void **state)
{
	struct trail_pipe pipe;
	struct trail_cut cut;
	struct ks_buf text;

	(void)state;
	trail_cut_init(&cut);
	ks_buf_init(&text, 1u << 16);
	for (int i = 0; i < 100; i++)
		ks_buf_adds(&text, "some words before it begins\n");
	ks_buf_adds(&text, A "\n" B "\n");
	trail_cut_fd(&cut, trail_pipe_open(&pipe, ks_buf_str(&text), 500));
	pthread_join(pipe.thread, NULL);
	assert_int_equal(cut.end, KS_CUTTER_READ);
	assert_int_equal(cut.records, 2);
	assert_int_equal(cut.problems, 1);
	trail_cut_release(&cut);
	ks_buf_release(&text);
}

static void test_nul(void **state)
{
	static const char text[] = A "\n\0\0" B "\n{\"a\":\"\0\"}";
	struct trail_cut cut;

	(void)state;
	trail_cut_init(&cut);
	trail_cut_text(&cut, KS_STR(text));
	assert_int_equal(cut.records, 3);
	assert_int_equal(cut.problems, 1);
	trail_cut_release(&cut);
}

/* Where things stand. */
static void test_offsets(void **state)
{
	struct trail_cut cut;

	(void)state;
	trail_cut_init(&cut);
	trail_cut_text(&cut, KS_STR("{\"Records\":[{},{\"a\":x},{}]}\n} {\"b\":1}"));
	assert_string_equal(trail_cut_said(&cut),
		"12 {}\n15 ! no JSON: not a JSON value\n23 {}\n"
		"28 ! something that is no JSON stands between records\n30 {\"b\":1}\n");
	trail_cut_release(&cut);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_deliveries);
	ROWS_TEST(&all, test_late_trail);
	ROWS_TEST(&all, test_nul);
	ROWS_TEST(&all, test_offsets);
	return rows_run("cutter", &all);
}

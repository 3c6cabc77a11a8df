/* lib/trail/mend through the cutter: damage at every place is told, and what is whole around it is
 * still read. */
#include "lib/trail/mend.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"

#include "tests/unit/rows.h"
#include "tests/unit/trail.h"

#define RECORD(name) \
	"{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\"," \
	"\"arn\":\"arn:aws:iam::111122223333:user/" name \
	"\"},\"requestParameters\":{\"list\":[{\"a\":\"b\\\"}{\"},[],{\"c\":-1.5e3}]," \
	"\"text\":\"\\\\\"},\"z\":null}"

static const char *const records[] = { RECORD("A"), RECORD("B"), RECORD("C"), RECORD("D") };
#define COUNT (sizeof(records) / sizeof(records[0]))

static bool has_record(const struct trail_cut *cut, size_t number)
{
	return ks_str_find(ks_buf_str(&cut->said), ks_str_of(records[number])) >= 0;
}

static void start(struct trail_cut *cut, struct ks_buf *text)
{
	trail_cut_init(cut);
	ks_buf_init(text, 1u << 28);
}

static void finish(struct trail_cut *cut, struct ks_buf *text)
{
	trail_cut_release(cut);
	ks_buf_release(text);
}

struct layout {
	const char *name, *before, *between, *after;
};

static const struct layout layouts[] = {
	{ "a list", "{\"Records\":[", ",", "]}" },
	{ "a list over lines", "{\"Records\": [\n", ",\n", "\n]}\n" },
	{ "a bare array", "[", ",", "]" },
	{ "lines", "", "\n", "\n" },
};

/* All records in this layout, of one of them only the first so many bytes. */
static void lay_out(struct ks_buf *out, const struct layout *layout, size_t number, size_t n)
{
	ks_buf_adds(out, layout->before);
	for (size_t i = 0; i < COUNT; i++) {
		if (i > 0)
			ks_buf_adds(out, layout->between);
		ks_buf_add(out, ks_str_sub(ks_str_of(records[i]), 0, i == number ? n : SIZE_MAX));
	}
	ks_buf_adds(out, layout->after);
}

/* Whether what stands from that record on is the beginning of sound JSON, so that nobody can say that
 * it is cut. */
static bool is_sound_beginning(const struct trail_cut *cut, struct ks_str text, size_t number)
{
	struct ks_index index;
	struct ks_err err;
	bool is_cut;
	int rc;

	if (number > 0)
		text = ks_str_sub(text,
			(size_t)ks_str_find(text, ks_str_of(records[number - 1])) + strlen(records[number - 1]) + 1,
			SIZE_MAX);
	else
		text = ks_str_sub(text, (size_t)ks_str_find(text, KS_STR("[")) + 1, SIZE_MAX);
	ks_index_init(&index);
	rc = ks_index_build(&index, text, &is_cut, &err);
	ks_index_release(&index);
	return rc != 0 && is_cut && cut->problems > 0;
}

/* One record ends too early, at every byte of it; the others are all found. */
static void test_cut_record(void **state)
{
	const struct layout *layout = *state;

	for (size_t number = 0; number < COUNT; number++) {
		for (size_t n = 1; n < strlen(records[number]); n++) {
			struct trail_cut cut;
			struct ks_buf text;

			start(&cut, &text);
			lay_out(&text, layout, number, n);
			trail_cut_text(&cut, ks_buf_str(&text));
			for (size_t i = 0; i < COUNT; i++)
				if (i != number && !has_record(&cut, i) &&
					(i < number || !is_sound_beginning(&cut, ks_buf_str(&text), number)))
					fail_msg("record %zu is lost when %zu is cut at byte %zu: %s\n-> %s", i, number, n,
						text.p, trail_cut_said(&cut));
			assert_true(cut.problems > 0);
			finish(&cut, &text);
		}
	}
}

/* The text ends at every byte: what was whole before is found, and the end is told exactly when
 * something is open. */
static void test_cut_text(void **state)
{
	const struct layout *layout = *state;
	struct ks_buf whole;

	ks_buf_init(&whole, 1u << 20);
	lay_out(&whole, layout, COUNT, 0);
	for (size_t n = 0; n <= whole.n; n++) {
		struct ks_str text = { whole.p, n };
		size_t expected = 0;
		struct trail_cut cut;
		bool is_open;

		for (size_t i = 0; i < COUNT; i++)
			expected += ks_str_find(text, ks_str_of(records[i])) >= 0;
		is_open = layout->before[0] != '\0' ?
			n > 0 && n < whole.n - (layout->after[strlen(layout->after) - 1] == '\n') :
			n > 0 && text.p[n - 1] != '\n' && (n == 0 || n == whole.n || whole.p[n] != '\n');
		trail_cut_init(&cut);
		trail_cut_text(&cut, text);
		if (cut.records != expected || (cut.problems > 0) != is_open)
			fail_msg("%zu records and %zu problems at byte %zu: %s", cut.records, cut.problems, n,
				trail_cut_said(&cut));
		trail_cut_release(&cut);
	}
	ks_buf_release(&whole);
}

/* How many records are lost by a change at that byte, which is not in them. None may be that
 * lies before it, and none without a word. */
static size_t count_lost(const struct trail_cut *cut, const struct layout *layout, size_t at)
{
	size_t from = strlen(layout->before), lost = 0;

	for (size_t i = 0; i < COUNT; i++) {
		size_t end = from + strlen(records[i]);

		if ((at < from || at >= end) && !has_record(cut, i)) {
			if (at >= end || cut->problems == 0)
				fail_msg("record %zu is lost by byte %zu: %s", i, at, trail_cut_said(cut));
			lost++;
		}
		from = end + strlen(layout->between);
	}
	return lost;
}

/* Any byte becomes another one. Never is a record lost without a word; what lies before is always
 * found. */
static void test_changed_byte(void **state)
{
	static const char bytes[] = "\"{}[]\\,:x \n";
	const struct layout *layout = *state;
	struct ks_buf whole;
	size_t lost = 0, from = strlen(layout->before);

	ks_buf_init(&whole, 1u << 20);
	lay_out(&whole, layout, COUNT, 0);
	for (size_t at = from; at < whole.n; at++) {
		for (size_t b = 0; b < sizeof(bytes); b++) {
			char old = whole.p[at];
			struct trail_cut cut;

			trail_cut_init(&cut);
			whole.p[at] = bytes[b];
			trail_cut_text(&cut, ks_buf_str(&whole));
			lost += count_lost(&cut, layout, at);
			if (cut.records < COUNT && cut.problems == 0)
				fail_msg("a record is lost without a word by %02x at byte %zu", bytes[b], at);
			whole.p[at] = old;
			trail_cut_release(&cut);
		}
	}
	print_message("%s: %zu records behind damage lost of %zu changes\n", layout->name, lost,
		(whole.n - from) * sizeof(bytes));
	ks_buf_release(&whole);
}

/* The same with records that are only read when a key stands in them, as a hunt does: the one with the
 * key is found, or something is told. */
static void test_changed_byte_trusting(void **state)
{
	static const char bytes[] = "\"{}[]\\,:x \n";
	const struct layout *layout = *state;
	struct ks_str key = KS_STR(TRAIL_KEY);
	struct ks_keyset keys;
	struct ks_buf whole;
	struct ks_err err;
	size_t from, to;

	ks_keyset_init(&keys);
	assert_int_equal(ks_keyset_add(&keys, key, 0, &err), 0);
	ks_buf_init(&whole, 1u << 20);
	ks_buf_adds(&whole, layout->before);
	for (size_t i = 0; i < 5; i++)
		ks_buf_addf(&whole,
			"%s{\"eventVersion\":\"1.11\",\"a\":{\"accessKeyId\":\"%s\",\"b\":[\"}{\",{}]},\"n\":%zu}",
			i > 0 ? layout->between : "", i == 2 ? TRAIL_KEY : "AKIAQYLPMN5HHHFPZAM3", i);
	from = (size_t)ks_str_find(ks_buf_str(&whole), key);
	to = from + key.n;
	ks_buf_adds(&whole, layout->after);
	for (size_t at = strlen(layout->before); at < whole.n; at++) {
		for (size_t b = 0; b < sizeof(bytes) && (at < from || at >= to); b++) {
			char old = whole.p[at];
			struct trail_cut cut;

			trail_cut_init(&cut);
			cut.is_trusting = true;
			cut.anchors.keys = &keys;
			whole.p[at] = bytes[b];
			trail_cut_text(&cut, ks_buf_str(&whole));
			if (cut.hits == 0 && cut.problems == 0)
				fail_msg("the key is lost without a word by %02x at byte %zu: %s", bytes[b], at,
					trail_cut_said(&cut));
			whole.p[at] = old;
			trail_cut_release(&cut);
		}
	}
	ks_keyset_release(&keys);
	ks_buf_release(&whole);
}

/* A record as long as the cap is read, one that is longer is told and passed over, and the next one is
 * read. */
static void test_cap(void **state)
{
	static const struct {
		size_t n;
		const char *said;
	} sizes[] = { { KS_LIMIT_RECORD - 1, NULL }, { KS_LIMIT_RECORD, NULL },
		{ KS_LIMIT_RECORD + 8192, "! a record is longer than 8388608 bytes\n" } };
	struct ks_str head = KS_STR("{\"a\":\"");

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct trail_cut cut;
		struct ks_buf text;

		start(&cut, &text);
		ks_buf_adds(&text, "{\"Records\":[");
		ks_buf_add(&text, head);
		memset(ks_buf_reserve(&text, sizes[i].n), 'x', sizes[i].n);
		text.n += sizes[i].n - head.n - 2;
		ks_buf_adds(&text, "\"},{\"z\":1}]}");
		trail_cut_text(&cut, ks_buf_str(&text));
		if (sizes[i].said != NULL)
			assert_non_null(strstr(trail_cut_said(&cut), sizes[i].said));
		assert_int_equal(cut.problems, sizes[i].said != NULL);
		assert_int_equal(cut.records, sizes[i].said != NULL ? 1 : 2);
		assert_non_null(strstr(trail_cut_said(&cut), " {\"z\":1}\n"));
		finish(&cut, &text);
	}
}

#define HUGE_MB 200u

/* Writes a record of 200 MB, of braces in a string, and a small one behind it. */
static void *write_huge(void *arg)
{
	static const char head[] = "{\"Records\":[{\"a\":\"", tail[] = "\"},{\"z\":1}]}";
	size_t n = 1u << 20;
	char *piece = ks_mem_resize(NULL, n);
	int fd = *(int *)arg;
	bool goes_on;

	memset(piece, '{', n);
	goes_on = write(fd, head, sizeof(head) - 1) > 0;
	for (size_t i = 0; i < HUGE_MB && goes_on; i++)
		for (size_t at = 0; at < n && goes_on;) {
			ssize_t put = write(fd, piece + at, n - at);

			goes_on = put > 0;
			at += goes_on ? (size_t)put : 0;
		}
	if (goes_on && write(fd, tail, sizeof(tail) - 1) < 0)
		goes_on = false;
	close(fd);
	free(piece);
	return NULL;
}

static void test_huge_record(void **state)
{
	struct trail_cut cut;
	pthread_t thread;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pthread_create(&thread, NULL, write_huge, &fds[1]), 0);
	trail_cut_init(&cut);
	trail_cut_fd(&cut, fds[0]);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(trail_cut_said(&cut),
		"12 ! a record is longer than 8388608 bytes\n209715221 {\"z\":1}\n");
	trail_cut_release(&cut);
}

/* Behind a broken record nothing looks like one for many chunks, then something does, over the border
 * of two. */
static void test_long_search(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 40; shift++) {
		size_t n = 3 * KS_LIMIT_CHUNK - 30 + shift;
		struct trail_cut cut;
		struct ks_buf text;

		start(&cut, &text);
		ks_buf_adds(&text, "{\"Records\":[{\"a\" ");
		memset(ks_buf_reserve(&text, n), 'x', n);
		text.n = n;
		ks_buf_addf(&text, "%s]}", records[0]);
		trail_cut_text(&cut, ks_buf_str(&text));
		assert_true(has_record(&cut, 0));
		assert_true(cut.problems > 0);
		finish(&cut, &text);
	}
}

/* Damage after damage, each of which makes much be read again: given up in the end, said so, and never
 * twice read. */
static void test_hostile_rereads(void **state)
{
	struct trail_cut cut;
	struct ks_buf text;

	(void)state;
	start(&cut, &text);
	ks_buf_adds(&text, "{\"Records\":[");
	for (size_t i = 0; i < 40000; i++) {
		ks_buf_adds(&text, "{\"eventVersion\":{x");
		if (i % 100 == 0)
			for (size_t j = 0; j < 300; j++)
				ks_buf_adds(&text, "[[[[[[[[[[[[[[[[[[");
	}
	trail_cut_text(&cut, ks_buf_str(&text));
	assert_non_null(strstr(trail_cut_said(&cut), "! too much of it is damaged; the rest is not read\n"));
	assert_int_equal(cut.records, 0);
	finish(&cut, &text);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_cut_record, layouts);
	ROWS_TABLE(&all, test_cut_text, layouts);
	ROWS_TABLE(&all, test_changed_byte, layouts);
	ROWS_TABLE(&all, test_changed_byte_trusting, layouts);
	ROWS_TEST(&all, test_cap);
	ROWS_TEST(&all, test_huge_record);
	ROWS_TEST(&all, test_long_search);
	ROWS_TEST(&all, test_hostile_rereads);
	return rows_run("mend", &all);
}

/* lib/trail/lane, against a bucket that is a list of keys */
#include "lib/trail/lane.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/trail/awslogs.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define A "123456789012"
#define BASE "AWSLogs/" A "/CloudTrail/us-east-1/"
#define MINUTE (INT64_C(60) * 1000)
#define HOUR (60 * MINUTE)
#define START INT64_C(1795000000000)
#define MOST 3000u

struct put {
	char key[160];
	int64_t at_ms;           /* when S3 got it */
	unsigned reads;          /* times that it was taken and committed */
};

struct world {
	struct put puts[MOST];
	size_t n;
	struct ks_lane lane;
	int64_t now;
	unsigned pages;          /* asked so far */
	unsigned page;           /* keys in one */
};

static int compare_puts(const void *a, const void *b)
{
	return strcmp(((const struct put *)a)->key, ((const struct put *)b)->key);
}

/* A file that CloudTrail dates so and S3 got then. */
static void put(struct world *w, int64_t dated_ms, int64_t at_ms, const char *suffix)
{
	struct ks_awslogs place = ks_awslogs_read(KS_STR(BASE));
	struct ks_buf key;

	assert_true(w->n < MOST);
	ks_buf_init(&key, 4096);
	if (w->lane.has_layout)
		ks_awslogs_add_edge(&key, &place, dated_ms);
	ks_buf_addf(&key, "_%s.json.gz", suffix);
	snprintf(w->puts[w->n].key, sizeof(w->puts[0].key), "%s", ks_buf_str(&key).p);
	w->puts[w->n++].at_ms = at_ms;
	ks_buf_release(&key);
	qsort(w->puts, w->n, sizeof(w->puts[0]), compare_puts);
}

static struct world *begin(const char *prefix)
{
	struct world *w = ks_mem_alloc(sizeof(*w));

	w->now = START;
	w->page = 1000;
	ks_lane_init(&w->lane, ks_str_of(prefix));
	return w;
}

static void end(struct world *w)
{
	ks_lane_release(&w->lane);
	free(w);
}

/* What is stored, and a lane that has nothing else. */
static void restart(struct world *w)
{
	struct ks_buf text;
	char *prefix = ks_mem_copy(w->lane.prefix, strlen(w->lane.prefix));

	ks_buf_init(&text, 1u << 20);
	ks_lane_render(&w->lane, &text);
	ks_lane_release(&w->lane);
	ks_lane_init(&w->lane, ks_str_of(prefix));
	assert_true(ks_lane_parse(&w->lane, ks_buf_str(&text)));
	ks_buf_release(&text);
	free(prefix);
}

/* One page; what it takes is left waiting. False when it was the last. */
static bool ask_page(struct world *w)
{
	struct ks_arena arena = { NULL };
	struct ks_str after = ks_arena_copy(&arena, ks_lane_after(&w->lane));
	unsigned n = 0;
	bool is_seen, is_last = true;

	w->pages++;
	for (size_t i = 0; i < w->n; i++) {
		struct ks_s3_object object = { .key = ks_str_of(w->puts[i].key), .etag = KS_STR("\"e\""), .size = 10,
			.modified_ms = w->puts[i].at_ms };

		if (w->puts[i].at_ms > w->now || ks_str_compare(object.key, after) <= 0)
			continue;
		if (n++ == w->page) {
			is_last = false;
			break;
		}
		if (ks_lane_is_past(&w->lane, object.key))
			break;
		ks_lane_take(&w->lane, &object, &is_seen);
	}
	ks_lane_page(&w->lane, w->now, is_last);
	ks_arena_release(&arena);
	return !is_last;
}

/* Reads so many of what waits. */
static void read_some(struct world *w, size_t n)
{
	for (struct ks_lane_object *o = w->lane.first; o != NULL && n > 0; o = o->next)
		if (o->state < KS_LANE_READ) {
			o->state = KS_LANE_READ;
			n--;
			for (size_t i = 0; i < w->n; i++)
				w->puts[i].reads += strcmp(w->puts[i].key, o->key) == 0;
		}
}

static void look(struct world *w, enum ks_lane_look which)
{
	bool goes_on = true;

	ks_lane_begin(&w->lane, which, w->now);
	while (goes_on) {
		goes_on = ask_page(w);
		read_some(w, SIZE_MAX);
		ks_lane_settle(&w->lane);
	}
	assert_false(w->lane.is_looking);
}

static void check_reads(const struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->puts[i].reads != 1)
			fail_msg("%s was read %u times", w->puts[i].key, w->puts[i].reads);
}

/* An hour of files each five minutes, looked at each minute, with a restart each time. */
static void near_looks(void **state)
{
	struct world *w = begin(BASE);
	char suffix[20];

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(suffix, sizeof(suffix), "old%04d", i);
		put(w, START - 30 * KS_TIME_DAY + i * HOUR, START - 30 * KS_TIME_DAY + i * HOUR, suffix);
	}
	look(w, KS_LANE_NEAR);
	check_reads(w);
	for (int i = 0; i < 60; i++) {
		w->now = START + i * MINUTE;
		if (i % 5 == 0) {
			snprintf(suffix, sizeof(suffix), "%c%03d", 'z' - i % 26, i);
			put(w, w->now - 30000, w->now - 10000, suffix);
		}
		restart(w);
		w->pages = 0;
		look(w, KS_LANE_NEAR);
		assert_int_equal(w->pages, 1);
	}
	check_reads(w);
	end(w);
}

/* Late by minutes: near. By hours: deep. By days: far, and then all of them. */
static void late_files(void **state)
{
	struct world *w = begin(BASE);

	(void)state;
	put(w, START - 60 * KS_TIME_DAY, START - 60 * KS_TIME_DAY, "first");
	look(w, KS_LANE_NEAR);
	w->now += 2 * HOUR;
	put(w, w->now - 80 * MINUTE, w->now - MINUTE, "minutes");
	look(w, KS_LANE_NEAR);
	look(w, KS_LANE_NEAR);
	check_reads(w);
	put(w, w->now - 10 * HOUR, w->now - MINUTE, "hours");
	w->now += MINUTE;
	look(w, KS_LANE_NEAR);
	restart(w);
	look(w, KS_LANE_DEEP);
	check_reads(w);
	put(w, w->now - 20 * KS_TIME_DAY, w->now, "days");
	w->now += KS_TIME_DAY;
	look(w, KS_LANE_DEEP);
	look(w, KS_LANE_NEAR);
	look(w, KS_LANE_FAR);
	look(w, KS_LANE_FAR);
	look(w, KS_LANE_DEEP);
	look(w, KS_LANE_NEAR);
	for (size_t i = 0; i < w->n; i++)
		assert_int_equal(w->puts[i].reads, strstr(w->puts[i].key, "hours") != NULL ||
			strstr(w->puts[i].key, "minutes") != NULL ? 2 : 1);
	end(w);
}

/* Nobody watched for three days: all of it, once. */
static void pause_of_days(void **state)
{
	struct world *w = begin(BASE);
	char suffix[20];

	(void)state;
	look(w, KS_LANE_NEAR);
	for (int i = 0; i < 800; i++) {
		snprintf(suffix, sizeof(suffix), "p%04d", i);
		put(w, START + i * 5 * MINUTE, START + i * 5 * MINUTE + 30000, suffix);
	}
	w->now = START + 3 * KS_TIME_DAY;
	w->page = 100;
	look(w, KS_LANE_FAR);
	look(w, KS_LANE_DEEP);
	look(w, KS_LANE_NEAR);
	w->now += HOUR;
	look(w, KS_LANE_DEEP);
	look(w, KS_LANE_NEAR);
	for (size_t i = 0; i < w->n; i++)
		assert_int_equal(w->puts[i].reads, w->puts[i].at_ms <= w->now);
	end(w);
}

/* Killed in the middle of the first run, in the middle of a page, with some read out of order. */
static void killed(void **state)
{
	struct world *w = begin(BASE);
	char suffix[20];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(suffix, sizeof(suffix), "k%04d", i);
		put(w, START - KS_TIME_DAY + i * MINUTE, START - KS_TIME_DAY + i * MINUTE, suffix);
	}
	w->page = 200;
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	read_some(w, 50);
	/* The next one cannot be read, and others behind it were. */
	for (struct ks_lane_object *o = w->lane.first; o != NULL; o = o->next)
		if (o->state < KS_LANE_READ) {
			o->state = KS_LANE_TAKEN;
			o = o->next;
			for (unsigned i = 0; i < 30; i++, o = o->next) {
				o->state = KS_LANE_READ;
				w->puts[51 + i].reads++;
			}
			break;
		}
	/* Rendered as if it were committed. */
	restart(w);
	assert_true(w->lane.is_looking);
	look(w, KS_LANE_NEAR);
	check_reads(w);
	end(w);
}

/* After a restart in the middle of a look what was read lately is listed once more, for a look back, and not
 * read again. */
static void killed_lately(void **state)
{
	struct world *w = begin(BASE);
	char suffix[20];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(suffix, sizeof(suffix), "k%04d", i);
		put(w, START - (100 - i) * MINUTE, START - (100 - i) * MINUTE, suffix);
	}
	w->page = 200;
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	read_some(w, 95);
	restart(w);
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	assert_true(ks_str_compare(ks_lane_after(&w->lane), ks_str_of(w->puts[5].key)) > 0);
	assert_true(ks_str_compare(ks_lane_after(&w->lane), ks_str_of(w->puts[15].key)) < 0);
	look(w, KS_LANE_NEAR);
	check_reads(w);
	end(w);
}

/* What comes while the first run goes on, in front of where it is. */
static void behind_its_back(void **state)
{
	struct world *w = begin(BASE);
	char suffix[20];

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(suffix, sizeof(suffix), "b%04d", i);
		put(w, START - 300 * MINUTE + i * MINUTE, START - 300 * MINUTE + i * MINUTE, suffix);
	}
	w->page = 100;
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	ask_page(w);
	w->now += 20 * MINUTE;
	put(w, START - 280 * MINUTE, w->now, "late");
	restart(w);
	w->now += MINUTE;
	look(w, KS_LANE_NEAR);
	w->now += HOUR;
	look(w, KS_LANE_DEEP);
	look(w, KS_LANE_NEAR);
	check_reads(w);
	end(w);
}

/* An object that was written again counts as another one. */
static void written_again(void **state)
{
	struct world *w = begin(BASE);
	struct ks_s3_object object = { .key = KS_STR(BASE "2026/11/18/x"), .etag = KS_STR("\"a\""), .size = 1,
		.modified_ms = START };
	bool is_seen;

	(void)state;
	look(w, KS_LANE_NEAR);
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	assert_non_null(ks_lane_take(&w->lane, &object, &is_seen));
	w->lane.first->state = KS_LANE_READ;
	ks_lane_page(&w->lane, w->now, true);
	ks_lane_settle(&w->lane);
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	assert_null(ks_lane_take(&w->lane, &object, &is_seen));
	assert_true(is_seen);
	object.etag = KS_STR("\"b\"");
	assert_non_null(ks_lane_take(&w->lane, &object, &is_seen));
	assert_false(is_seen);
	end(w);
}

/* One that was gone when it was to be read ends its look, without any commit. */
static void gone(void **state)
{
	struct world *w = begin(BASE);

	(void)state;
	put(w, START - HOUR, START - HOUR, "a");
	put(w, START - HOUR, START - HOUR, "b");
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	read_some(w, 1);
	ks_lane_skip(w->lane.first->next);
	assert_true(w->lane.is_looking);
	assert_int_equal(w->lane.object_count, 2);
	ks_lane_settle(&w->lane);
	assert_false(w->lane.is_looking);
	w->now += MINUTE;
	put(w, START, START, "c");
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	ks_lane_skip(w->lane.first);
	assert_false(w->lane.is_looking);
	assert_null(w->lane.first);
	end(w);
}

static void fail_at(struct ks_lane_object *object, int64_t ms)
{
	if (object->failures++ == 0)
		object->failing_ms = ms;
	object->failed_ms = ms;
	object->state = KS_LANE_TAKEN;
}

static size_t count_apart(const struct ks_lane *lane)
{
	size_t n = 0;

	for (const struct ks_lane_object *o = lane->apart; o != NULL; o = o->next)
		n += !o->is_over;
	return n;
}

/* One that cannot be read stops nothing: the look ends, others come, and neither they nor a restart forget
 * it. */
static void apart(void **state)
{
	struct world *w = begin(BASE);
	struct ks_lane_object *object;

	(void)state;
	put(w, START - HOUR, START - HOUR, "a");
	put(w, START - HOUR, START - HOUR, "b");
	put(w, START - HOUR, START - HOUR, "c");
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	object = w->lane.first->next;
	fail_at(object, START);
	assert_true(ks_lane_set_apart(object));
	assert_true(w->lane.is_urgent && w->lane.is_dirty);
	assert_int_equal(w->lane.object_count, 2);
	read_some(w, 2);
	ks_lane_settle(&w->lane);
	assert_false(w->lane.is_looking);
	assert_false(w->lane.is_urgent);
	for (int i = 0; i < 3; i++) {
		w->now += HOUR;
		put(w, w->now - MINUTE, w->now - MINUTE, "d");
		restart(w);
		assert_int_equal(count_apart(&w->lane), 1);
		look(w, KS_LANE_DEEP);
		look(w, KS_LANE_NEAR);
	}
	object = w->lane.apart;
	assert_string_equal(object->key, w->puts[1].key);
	assert_string_equal(object->etag, "\"e\"");
	assert_true(object->failing_ms == START && object->failed_ms == KS_TIME_NONE);
	assert_int_equal(object->failures, 1);
	assert_int_equal(w->puts[1].reads, 0);
	/* It can be read after all, and is done with the commit. */
	object->state = KS_LANE_READ;
	w->puts[1].reads++;
	restart(w);
	assert_null(w->lane.apart);
	look(w, KS_LANE_DEEP);
	look(w, KS_LANE_NEAR);
	check_reads(w);
	end(w);
}

/* The first and the last of a look, and all of them. */
static void all_apart(void **state)
{
	struct world *w = begin(BASE);
	char suffix[20];

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(suffix, sizeof(suffix), "\n+ %d", i);
		put(w, START - HOUR, START - HOUR, suffix);
	}
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	fail_at(w->lane.last, START);
	assert_true(ks_lane_set_apart(w->lane.last));
	while (w->lane.first != NULL) {
		fail_at(w->lane.first, START);
		assert_true(ks_lane_set_apart(w->lane.first));
	}
	assert_false(w->lane.is_looking);
	assert_int_equal(w->lane.object_count, 0);
	restart(w);
	assert_int_equal(count_apart(&w->lane), 5);
	assert_string_equal(w->lane.apart->key, w->puts[3].key);
	w->now += MINUTE;
	look(w, KS_LANE_NEAR);
	assert_int_equal(w->puts[0].reads, 0);
	while (w->lane.apart != NULL)
		ks_lane_skip(w->lane.apart);
	end(w);
}

/* When there are too many the lane waits while nothing can be read, else the one that fails longest goes. */
static void too_many_apart(void **state)
{
	struct world *w = begin(BASE);
	struct ks_lane_object *object;
	char suffix[20];

	(void)state;
	for (unsigned i = 0; i <= KS_LANE_APART; i++) {
		snprintf(suffix, sizeof(suffix), "f%04u", i);
		put(w, START - HOUR, START - HOUR, suffix);
	}
	ks_lane_begin(&w->lane, KS_LANE_NEAR, w->now);
	ask_page(w);
	w->lane.read_ms = START - 1;
	for (unsigned i = 0; i < KS_LANE_APART; i++) {
		fail_at(w->lane.first, START + i);
		assert_true(ks_lane_set_apart(w->lane.first));
	}
	object = w->lane.first;
	fail_at(object, START + HOUR);
	assert_false(ks_lane_set_apart(object));
	assert_true(w->lane.is_looking && w->lane.first == object);
	w->lane.read_ms = START + HOUR;
	assert_true(ks_lane_set_apart(object));
	assert_int_equal(count_apart(&w->lane), KS_LANE_APART);
	for (object = w->lane.apart; object->next != NULL; object = object->next)
		assert_false(object->is_over);
	assert_true(object->is_over);
	assert_string_equal(object->key, w->puts[0].key);
	end(w);
}

/* Without the layout: what sorts behind is near, all is deep. */
static void plain(void **state)
{
	struct world *w = begin("copies/");

	(void)state;
	assert_false(w->lane.has_layout);
	put(w, 0, START - HOUR, "m");
	look(w, KS_LANE_NEAR);
	w->now += MINUTE;
	put(w, 0, w->now, "z");
	put(w, 0, w->now, "a");
	restart(w);
	look(w, KS_LANE_NEAR);
	for (size_t i = 0; i < w->n; i++)
		assert_int_equal(w->puts[i].reads, w->puts[i].key[1] != 'a');
	w->now += HOUR;
	look(w, KS_LANE_DEEP);
	w->now += HOUR;
	look(w, KS_LANE_DEEP);
	look(w, KS_LANE_NEAR);
	check_reads(w);
	end(w);
}

static const struct bad_row {
	const char *name, *value;
} bad[] = {
	{ "nothing", "" },
	{ "another version", "2 0 0 0 -1 0 0 0\n" },
	{ "too few", "1 0 0 0 -1 0\n" },
	{ "no number", "1 0 x 0 -1 0 0 0\n" },
	{ "no such look", "1 0 0 0 3 0 0 0\n" },
	{ "longer than it is", "1 0 0 0 -1 0 10 0\nabc" },
	{ "longer together", "1 0 0 0 -1 0 2 2\nabc" },
	{ "negative", "1 0 0 0 -1 0 -1 0\nabc" },
};

/* What is kept apart is left out where it makes no sense; the rest holds. */
static const struct bad_row bad_apart[] = {
	{ "too few", "+ 1 1 1 1 3\nabc" },
	{ "no number", "+ 1 x 1 1 3 0\nabc\n" },
	{ "no key", "+ 1 1 1 1 0 3\nabc\n" },
	{ "longer than it is", "+ 1 1 1 1 4 0\nabc" },
	{ "longer together", "+ 1 1 1 1 2 2\nabc" },
	{ "negative", "+ 1 1 1 1 3 -1\nabc" },
	{ "failures", "+ 1 -1 1 1 3 0\nabc\n" },
	{ "too many failures", "+ 1 4294967296 1 1 3 0\nabc\n" },
};

static void test_bad_apart(void **state)
{
	const struct bad_row *row = *state;
	struct ks_lane lane;
	char text[200];

	ks_lane_init(&lane, KS_STR(BASE));
	snprintf(text, sizeof(text), "1 7 8 9 -1 0 0 0\na:b\n+ 5 4 3 2 1 1\nke\n%s", row->value);
	assert_true(ks_lane_parse(&lane, ks_str_of(text)));
	assert_true(lane.listed_ms[KS_LANE_NEAR] == 7);
	assert_int_equal(lane.seen.n, 1);
	assert_int_equal(count_apart(&lane), 1);
	assert_string_equal(lane.apart->key, "k");
	assert_string_equal(lane.apart->etag, "e");
	ks_lane_release(&lane);
}

static void test_bad(void **state)
{
	const struct bad_row *row = *state;
	struct ks_lane lane;

	ks_lane_init(&lane, KS_STR(BASE));
	assert_false(ks_lane_parse(&lane, ks_str_of(row->value)));
	assert_false(lane.is_looking);
	assert_true(lane.listed_ms[KS_LANE_NEAR] == KS_TIME_NONE);
	ks_lane_release(&lane);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, near_looks);
	ROWS_TEST(&rows, late_files);
	ROWS_TEST(&rows, pause_of_days);
	ROWS_TEST(&rows, killed);
	ROWS_TEST(&rows, killed_lately);
	ROWS_TEST(&rows, behind_its_back);
	ROWS_TEST(&rows, written_again);
	ROWS_TEST(&rows, gone);
	ROWS_TEST(&rows, apart);
	ROWS_TEST(&rows, all_apart);
	ROWS_TEST(&rows, too_many_apart);
	ROWS_TEST(&rows, plain);
	ROWS_TABLE(&rows, test_bad, bad);
	ROWS_TABLE(&rows, test_bad_apart, bad_apart);
	return rows_run("lane", &rows);
}

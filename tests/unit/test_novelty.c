/* lib/intel/novelty: what is new, whatever the order of events, and what is kept of it. */
#include "lib/intel/novelty.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>

#define HOUR (INT64_C(3600) * 1000)
#define DAY KS_TIME_DAY
#define START (INT64_C(1767225600000))

static struct ks_novelty_sight at(int64_t ms, const char *actor, const char *service)
{
	return (struct ks_novelty_sight){ .actor = ks_str_of(actor), .time_ms = START + ms,
		.values = { ks_str_of(service), KS_STR("us-east-1"), { NULL, 0 } } };
}

static void see(struct ks_novelty *novelty, int64_t ms, const char *actor, const char *service)
{
	struct ks_novelty_sight sight = at(ms, actor, service);

	ks_novelty_observe(novelty, &sight);
}

static struct ks_novelty_verdict judge(const struct ks_novelty *novelty, int64_t ms, const char *actor,
	const char *service)
{
	struct ks_novelty_sight sight = at(ms, actor, service);
	struct ks_novelty_verdict verdict;

	ks_novelty_judge(novelty, &sight, &verdict);
	return verdict;
}

static struct ks_novelty *usual(void)
{
	struct ks_novelty *novelty = ks_novelty_new(7 * DAY);

	see(novelty, 0, "a", "s3");
	see(novelty, 20 * DAY, "a", "s3");
	see(novelty, 20 * DAY, "a", "ses");
	see(novelty, 20 * DAY + HOUR, "a", "ses");
	see(novelty, 20 * DAY + HOUR + 1, "a", "ses");
	see(novelty, 30 * DAY, "b", "s3");
	see(novelty, 6 * DAY, "c", "ec2");
	see(novelty, 7 * DAY, "d", "ec2");
	return novelty;
}

struct row {
	const char *name;
	int64_t ms;
	const char *actor, *service;
	int first;
	int64_t idle;
};

static const struct row rows[] = {
	{ "seen before", 20 * DAY, "a", "s3", 0, 20 },
	{ "first of a service", 20 * DAY, "a", "ses", 1, 20 },
	{ "an hour behind it is first as well", 20 * DAY + HOUR, "a", "ses", 1, 20 },
	{ "later it is not", 20 * DAY + HOUR + 1, "a", "ses", 0, 0 },
	{ "an actor that was never seen", 30 * DAY, "b", "s3", 1, -1 },
	{ "too little history", 6 * DAY, "c", "ec2", -1, -1 },
	{ "just enough", 7 * DAY, "d", "ec2", 1, -1 },
	{ "no actor", 30 * DAY, "", "s3", -1, -1 },
	{ "no service", 20 * DAY, "a", "", -1, 20 },
	{ "the very first event", 0, "a", "s3", -1, -1 },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_novelty *novelty = usual();
	struct ks_novelty_verdict verdict = judge(novelty, row->ms, row->actor, row->service);

	assert_int_equal(verdict.first_seen[KS_NOVELTY_SERVICE], row->first);
	assert_int_equal(verdict.idle_days, row->idle);
	assert_int_equal(verdict.first_seen[KS_NOVELTY_IP], -1);
	ks_novelty_free(novelty);
}

static void has_no_time(void **state)
{
	struct ks_novelty *novelty = usual();
	struct ks_novelty_sight sight = at(0, "a", "new");
	struct ks_novelty_verdict verdict;
	size_t before = ks_novelty_size(novelty);

	(void)state;
	sight.time_ms = KS_TIME_NONE;
	ks_novelty_observe(novelty, &sight);
	ks_novelty_judge(novelty, &sight, &verdict);
	assert_int_equal(verdict.first_seen[KS_NOVELTY_SERVICE], -1);
	assert_int_equal(verdict.idle_days, -1);
	assert_int_equal(ks_novelty_size(novelty), before);
	ks_novelty_free(novelty);
}

/* Pauses: a day and more between events, filled up from either side. */
static void joins_what_lies_between(void **state)
{
	struct ks_novelty *novelty = ks_novelty_new(0);

	(void)state;
	see(novelty, 0, "a", "s");
	see(novelty, 4 * DAY, "a", "s");
	assert_int_equal(judge(novelty, 4 * DAY, "a", "s").idle_days, 4);
	see(novelty, 2 * DAY, "a", "s");
	assert_int_equal(judge(novelty, 4 * DAY, "a", "s").idle_days, 2);
	see(novelty, DAY + HOUR, "a", "s");
	assert_int_equal(judge(novelty, 2 * DAY, "a", "s").idle_days, 1 - 1);
	see(novelty, 3 * DAY + HOUR, "a", "s");
	see(novelty, 2 * DAY + 2 * HOUR, "a", "s");
	see(novelty, 2 * HOUR, "a", "s");
	assert_int_equal(judge(novelty, 4 * DAY, "a", "s").idle_days, 0);
	see(novelty, -3 * DAY, "a", "s");
	assert_int_equal(judge(novelty, 0, "a", "s").idle_days, 3);
	ks_novelty_free(novelty);
}

struct event {
	int64_t ms;
	char actor[2], service[3];
};

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* Any order, any split, any repetition: the same verdicts, those of a plain search. */
static void is_a_union(void **state)
{
	struct ks_novelty *whole = ks_novelty_new(7 * DAY), *parts[3], *merged = ks_novelty_new(7 * DAY);
	struct event events[400];
	unsigned seed = 3;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		parts[i] = ks_novelty_new(0);
	for (size_t i = 0; i < 400; i++) {
		events[i] = (struct event){ (int64_t)(next(&seed) % 2000) * HOUR,
			{ (char)('a' + next(&seed) % 5) }, { 's', (char)('0' + next(&seed) % 8) } };
		see(whole, events[i].ms, events[i].actor, events[i].service);
	}
	for (size_t i = 0; i < 1200; i++) {
		const struct event *event = &events[i < 400 ? 399 - i : next(&seed) % 400];

		see(parts[next(&seed) % 3], event->ms, event->actor, event->service);
	}
	for (size_t i = 0; i < 3; i++)
		ks_novelty_merge(merged, parts[i]);
	for (size_t i = 0; i < 400; i++) {
		struct ks_novelty_verdict a = judge(whole, events[i].ms, events[i].actor, events[i].service);
		struct ks_novelty_verdict b = judge(merged, events[i].ms, events[i].actor, events[i].service);
		int64_t first = INT64_MAX, start = INT64_MAX;

		for (size_t j = 0; j < 400; j++) {
			if (events[j].ms < start)
				start = events[j].ms;
			if (events[j].actor[0] == events[i].actor[0] && events[j].service[1] == events[i].service[1] &&
				events[j].ms < first)
				first = events[j].ms;
		}
		assert_memory_equal(&a, &b, sizeof(a));
		assert_int_equal(a.first_seen[KS_NOVELTY_SERVICE],
			events[i].ms - start < 7 * DAY ? -1 : events[i].ms - first <= HOUR);
	}
	for (size_t i = 0; i < 3; i++)
		ks_novelty_free(parts[i]);
	ks_novelty_free(whole);
	ks_novelty_free(merged);
}

static int count_row(void *arg, const struct ks_novelty_row *row)
{
	*(size_t *)arg += row->kind < KS_NOVELTY_KINDS ? 1000 : row->kind == KS_NOVELTY_SINCE ? 1000000 :
		row->absorbs ? 10 : 1;
	return 0;
}

static size_t changes(const struct ks_novelty *novelty)
{
	size_t n = 0;

	assert_int_equal(ks_novelty_changes(novelty, count_row, &n), 0);
	return n;
}

/* What was kept is handed over again only when it says something else. */
static void tells_what_changed(void **state)
{
	struct ks_novelty *novelty = ks_novelty_new(0);

	(void)state;
	see(novelty, 0, "a", "s");
	assert_int_equal(changes(novelty), 1002001);
	ks_novelty_settle(novelty);
	assert_int_equal(changes(novelty), 0);
	see(novelty, 0, "a", "s");
	assert_int_equal(changes(novelty), 0);
	see(novelty, HOUR, "a", "s");
	assert_int_equal(changes(novelty), 1);
	ks_novelty_settle(novelty);
	see(novelty, DAY, "a", "s");
	assert_int_equal(changes(novelty), 1002001);
	ks_novelty_settle(novelty);
	see(novelty, 2 * DAY + 2 * HOUR, "a", "s");
	see(novelty, 4 * DAY, "a", "s");
	assert_int_equal(changes(novelty), 1002002);
	ks_novelty_settle(novelty);
	see(novelty, 3 * DAY + HOUR, "a", "s");
	assert_int_equal(changes(novelty), 10);
	ks_novelty_free(novelty);
}

/* An actor with too many values always does something new, also where that was learned elsewhere. */
static void bounds_an_actor(void **state)
{
	struct ks_novelty *novelty = ks_novelty_new(0), *other = ks_novelty_new(0);
	char value[32];

	(void)state;
	for (unsigned i = 0; i <= KS_NOVELTY_VALUES; i++) {
		assert_int_equal(judge(novelty, 9 * DAY, "a", "v0").first_seen[KS_NOVELTY_SERVICE],
			i == 0 ? -1 : 0);
		snprintf(value, sizeof(value), "v%u", i);
		see(novelty, 0, "a", value);
	}
	assert_int_equal(judge(novelty, 9 * DAY, "a", "v0").first_seen[KS_NOVELTY_SERVICE], 1);
	assert_int_equal(ks_novelty_size(novelty), 1 + KS_NOVELTY_VALUES + 1);
	ks_novelty_merge(other, novelty);
	assert_int_equal(judge(other, 9 * DAY, "a", "v0").first_seen[KS_NOVELTY_SERVICE], 1);
	see(other, 0, "b", "v0");
	assert_int_equal(judge(other, 9 * DAY, "b", "v0").first_seen[KS_NOVELTY_SERVICE], 0);
	ks_novelty_free(novelty);
	ks_novelty_free(other);
}

/* A limited one knows only who uses these services, and that since it learns it. */
static void learns_some_services(void **state)
{
	static const struct ks_str services[] = { { "SES", 3 }, { "sns", 3 } };
	struct ks_novelty *novelty = ks_novelty_new(7 * DAY), *whole = usual();
	struct ks_novelty_range range;

	(void)state;
	ks_novelty_limit(novelty, services, 2);
	assert_true(ks_novelty_learns(novelty, KS_STR("ses")));
	assert_false(ks_novelty_learns(novelty, KS_STR("s3")));
	range = ks_novelty_range(novelty);
	assert_true(range.first_ms > range.last_ms);
	see(novelty, HOUR, "a", "s3");
	see(novelty, 20 * DAY + HOUR, "a", "ses");
	range = ks_novelty_range(novelty);
	assert_int_equal(range.first_ms, START + HOUR);
	assert_int_equal(range.last_ms, START + 21 * DAY - 1000);
	assert_int_equal(judge(novelty, 20 * DAY + HOUR, "a", "ses").first_seen[KS_NOVELTY_SERVICE], 1);
	assert_int_equal(judge(novelty, 22 * DAY, "a", "ses").first_seen[KS_NOVELTY_SERVICE], 0);
	assert_int_equal(judge(novelty, 22 * DAY, "a", "ses").first_seen[KS_NOVELTY_REGION], -1);
	assert_int_equal(judge(novelty, 22 * DAY, "a", "ses").idle_days, -1);
	assert_int_equal(judge(novelty, 22 * DAY, "a", "s3").first_seen[KS_NOVELTY_SERVICE], -1);
	/* One that learns all takes over what was learned of some, with its own beginning. */
	ks_novelty_clear(novelty);
	see(novelty, -90 * DAY, "x", "ses");
	ks_novelty_merge(whole, novelty);
	assert_int_equal(judge(whole, 5 * DAY, "x", "ses").first_seen[KS_NOVELTY_SERVICE], 0);
	assert_int_equal(judge(whole, 5 * DAY, "x", "s3").first_seen[KS_NOVELTY_SERVICE], -1);
	ks_novelty_free(novelty);
	ks_novelty_free(whole);
}

int main(void)
{
	struct rows list = { .n = 0 };

	ROWS_TABLE(&list, test_row, rows);
	ROWS_TEST(&list, has_no_time);
	ROWS_TEST(&list, joins_what_lies_between);
	ROWS_TEST(&list, is_a_union);
	ROWS_TEST(&list, tells_what_changed);
	ROWS_TEST(&list, bounds_an_actor);
	ROWS_TEST(&list, learns_some_services);
	return rows_run("novelty", &list);
}

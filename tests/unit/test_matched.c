/* lib/engine/matched: events once, by time, those of findings included. */
#include "lib/engine/matched.h"

#include "lib/base/limits.h"
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

static struct ks_event event_of(int64_t time_ms, const char *id)
{
	struct ks_event event = { .time_ms = time_ms, .event_id = ks_str_of(id) };

	snprintf(event.identity, sizeof(event.identity), "%032d", (int)time_ms);
	return event;
}

static void add_name(struct ks_buf *out, const char *finding, int64_t time_ms, const char *id)
{
	struct ks_event event = event_of(time_ms, id);

	ks_buf_init(out, 1u << 10);
	ks_matched_name(out, ks_str_of(finding), &event);
}

/* The finding "inner" has events of the times 1 and 3; no other is known. */
static void inner(void *arg, struct ks_str finding, struct ks_matched *out)
{
	(*(int *)arg)++;
	for (int time = 1; time <= 3 && ks_str_is(finding, "inner"); time += 2) {
		struct ks_buf name;

		add_name(&name, "", time, time == 1 ? "one" : "three");
		ks_matched_add(out, ks_buf_str(&name));
		ks_buf_release(&name);
	}
}

static void test_inner(void **state)
{
	const struct ks_event met = event_of(4, "four");
	struct ks_window_chain chain = { .hits = 3, .name_count = 3 };
	struct ks_buf names[3];
	struct ks_str texts[3];
	struct ks_matched matched;
	const struct ks_str *ids;
	int asked = 0;
	size_t n;

	(void)state;
	add_name(&names[0], "inner", 0, "");
	add_name(&names[1], "", 3, "three");
	add_name(&names[2], "", -2, "");
	for (size_t i = 0; i < 3; i++)
		texts[i] = ks_buf_str(&names[i]);
	chain.names = texts;
	ks_matched_init(&matched);
	ks_matched_list(&matched, &chain, &met, inner, &asked);
	ids = ks_matched_ids(&matched, &n);
	assert_int_equal(asked, 1);
	assert_int_equal(n, 4);
	assert_int_equal(ks_matched_count(&matched, &chain), 4);
	/* Without an event id it goes by its identity. */
	assert_true(ks_str_is(ids[0], "-0000000000000000000000000000002"));
	assert_true(ks_str_is(ids[1], "one"));
	assert_true(ks_str_is(ids[2], "three"));
	assert_true(ks_str_is(ids[3], "four"));
	ks_matched_release(&matched);
	for (size_t i = 0; i < 3; i++)
		ks_buf_release(&names[i]);
}

static void test_plain(void **state)
{
	const struct ks_event met = event_of(2, "two");
	struct ks_window_chain chain = { .hits = 70000, .name_count = 1 };
	struct ks_matched matched;
	struct ks_buf name;
	struct ks_str text;
	int asked = 0;
	size_t n;

	(void)state;
	add_name(&name, "", 1, "one");
	text = ks_buf_str(&name);
	chain.names = &text;
	ks_matched_init(&matched);
	ks_matched_list(&matched, &chain, &met, inner, &asked);
	ks_matched_ids(&matched, &n);
	assert_int_equal(asked, 0);
	assert_int_equal(n, 1);
	assert_int_equal(ks_matched_count(&matched, &chain), 70000);
	ks_matched_release(&matched);
	ks_buf_release(&name);
}

static void test_many(void **state)
{
	struct ks_matched matched;
	size_t n;

	(void)state;
	ks_matched_init(&matched);
	for (int i = 0; i < 20000; i++) {
		struct ks_buf name;

		add_name(&name, "", i, "id");
		ks_matched_add(&matched, ks_buf_str(&name));
		ks_buf_release(&name);
	}
	assert_true(matched.is_cut);
	ks_matched_ids(&matched, &n);
	assert_int_equal(n, KS_LIMIT_MATCHED);
	ks_matched_release(&matched);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TEST(&all, test_inner);
	ROWS_TEST(&all, test_plain);
	ROWS_TEST(&all, test_many);
	return rows_run("matched", &all);
}

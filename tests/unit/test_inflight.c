/* lib/engine/inflight: whose turn it is, how many fit, whose news it was */
#include "lib/engine/inflight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

static struct ks_inflight inflight;

static int begin(void **state)
{
	(void)state;
	ks_inflight_init(&inflight);
	return 0;
}

static void add(int64_t plan, int64_t incident, int64_t due_ms)
{
	ks_inflight_add(&inflight, &(struct ks_inflight_plan){ .plan = { .id = plan, .incident = incident },
		.due_ms = due_ms });
}

static int64_t take(void)
{
	return ks_inflight_take(&inflight).plan.id;
}

static void is_empty_at_first(void **state)
{
	(void)state;
	assert_int_equal(ks_inflight_due(&inflight), INT64_MAX);
	assert_false(ks_inflight_is_full(&inflight));
	assert_false(ks_inflight_has(&inflight, 0));
	ks_inflight_stir(&inflight, 7);
	ks_inflight_release(&inflight);
}

static void goes_by_what_is_due(void **state)
{
	(void)state;
	add(1, 11, 300);
	add(2, 12, 100);
	add(3, 13, 200);
	assert_true(ks_inflight_has(&inflight, 3) && !ks_inflight_has(&inflight, 13));
	assert_int_equal(ks_inflight_due(&inflight), 100);
	assert_int_equal(take(), 2);
	assert_false(ks_inflight_has(&inflight, 2));
	add(4, 14, 250);
	assert_int_equal(ks_inflight_due(&inflight), 200);
	assert_int_equal(take(), 3);
	assert_int_equal(take(), 4);
	assert_int_equal(take(), 1);
	assert_int_equal(ks_inflight_due(&inflight), INT64_MAX);
	ks_inflight_release(&inflight);
}

static void tells_whose_news(void **state)
{
	struct ks_inflight_plan first, second, third;

	(void)state;
	add(1, 7, 1);
	add(2, 8, 2);
	add(3, 7, 3);
	ks_inflight_stir(&inflight, 7);
	ks_inflight_stir(&inflight, 9);
	first = ks_inflight_take(&inflight);
	second = ks_inflight_take(&inflight);
	third = ks_inflight_take(&inflight);
	assert_true(first.has_news && !second.has_news && third.has_news);
	ks_inflight_release(&inflight);
}

struct room {
	rlim_t files;
	size_t most;
};

/* Some files are left to the rest of the program, however few may be open. */
static void knows_its_room(void **state)
{
	static const struct room rooms[] = { { 100, 50 }, { 256, 128 }, { 1024, 624 },
		{ 4500, KS_INFLIGHT_MOST }, { 4096, 3696 } };
	struct rlimit before, now;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		now = (struct rlimit){ rooms[i].files, before.rlim_max };
		if (rooms[i].files > before.rlim_max)
			continue;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
		ks_inflight_init(&inflight);
		assert_int_equal(inflight.most, rooms[i].most);
		for (size_t n = 0; n < rooms[i].most; n++) {
			assert_false(ks_inflight_is_full(&inflight));
			add((int64_t)n, 1, 1);
		}
		assert_true(ks_inflight_is_full(&inflight));
		take();
		assert_false(ks_inflight_is_full(&inflight));
		ks_vec_clear(&inflight.plans);
		ks_inflight_release(&inflight);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* What never began is let go of without a word to the store. */
static void lets_go_of_all(void **state)
{
	static const struct ks_mandate mandate;
	static const struct ks_executor_request request;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct ks_inflight_plan plan = { .run = ks_executor_start(&mandate, NULL, &request), .due_ms = i };

		plan.digest = ks_arena_printf(&plan.arena, "%d", i);
		ks_inflight_add(&inflight, &plan);
	}
	ks_inflight_release(&inflight);
	assert_int_equal(inflight.plans.n, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_empty_at_first), TEST(goes_by_what_is_due), TEST(tells_whose_news), TEST(knows_its_room),
		TEST(lets_go_of_all),
	};

	return cmocka_run_group_tests_name("inflight", tests, NULL, NULL);
}

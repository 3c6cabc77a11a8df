/* lib/engine/belt */
#include "lib/engine/belt.h"

#include "lib/base/mem.h"
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BIG ((size_t)1 << 20)

struct taken {
	unsigned n;              /* events, in the order of their times */
	bool is_slow;
};

static void take(void *arg, const struct ks_inquiry_event *event, struct ks_str actor)
{
	struct taken *taken = arg;
	char text[32];
	struct ks_str wanted = { text, (size_t)snprintf(text, sizeof(text), "%u", taken->n) };

	assert_int_equal(event->time_ms, taken->n++);
	assert_true(ks_str_is_equal(event->identity, wanted));
	assert_true(ks_str_is_equal(event->decoy, wanted));
	assert_true(ks_str_is_equal(actor, wanted));
	assert_null(event->issuer.p);
	if (event->agent.n > 0) {
		assert_int_equal(event->agent.n, BIG);
		assert_int_equal(event->agent.p[0], 'a');
		assert_int_equal(event->agent.p[BIG - 1], 'z');
	}
	if (taken->is_slow && taken->n % 500 == 0)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void put(struct ks_belt *belt, unsigned i, struct ks_str agent)
{
	char text[32];
	struct ks_str number = { text, (size_t)snprintf(text, sizeof(text), "%u", i) };

	ks_belt_put(belt, &(struct ks_inquiry_event){ .identity = number, .time_ms = i, .agent = agent,
		.decoy = number }, number);
	memset(text, 'x', sizeof(text));
}

/* More than the belt holds, with a taker that lags behind. */
static void test_order(void **state)
{
	struct taken taken = { .is_slow = true };
	struct ks_belt *belt = ks_belt_start(take, &taken);

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		put(belt, i, (struct ks_str){ NULL, 0 });
	ks_belt_end(belt);
	assert_int_equal(taken.n, 20000);
}

static void test_large(void **state)
{
	struct taken taken = { 0 };
	struct ks_belt *belt = ks_belt_start(take, &taken);
	char *big = ks_mem_alloc(BIG);

	(void)state;
	memset(big, 'm', BIG);
	big[0] = 'a';
	big[BIG - 1] = 'z';
	for (unsigned i = 0; i < 30; i++)
		put(belt, i, (struct ks_str){ big, i % 3 == 1 ? BIG : 0 });
	ks_belt_end(belt);
	assert_int_equal(taken.n, 30);
	free(big);
}

static void test_nothing(void **state)
{
	struct taken taken = { 0 };

	(void)state;
	ks_belt_end(ks_belt_start(take, &taken));
	assert_int_equal(taken.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_order), cmocka_unit_test(test_large),
		cmocka_unit_test(test_nothing) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

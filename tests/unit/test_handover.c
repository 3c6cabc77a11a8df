/* lib/engine/handover */
#include "lib/engine/handover.h"

#include "tests/unit/rows.h"

struct set {
	struct ks_policyset policies;
	int taken, retired;
};

static void taken(void *arg)
{
	((struct set *)arg)->taken++;
}

static void retired(void *arg)
{
	((struct set *)arg)->retired++;
}

static struct ks_handover_set row(struct set *set)
{
	return (struct ks_handover_set){ &set->policies, taken, retired, set };
}

/* Each set is retired once, and never before the next one is taken and dropped. */
static void test_order(void **state)
{
	struct set sets[4] = { { .taken = 0 } };
	struct ks_handover_set rows[4];
	const struct ks_policyset *now = NULL;
	struct ks_handover handover;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		rows[i] = row(&sets[i]);
	ks_handover_init(&handover, &rows[0]);
	assert_false(ks_handover_take(&handover, &now));
	ks_handover_give(&handover, &rows[1]);
	assert_true(ks_handover_take(&handover, &now));
	assert_ptr_equal(now, &sets[1].policies);
	assert_int_equal(sets[1].taken, 1);
	/* What is under way still refers to the first. */
	assert_int_equal(sets[0].retired, 0);
	ks_handover_drop(&handover);
	assert_int_equal(sets[0].retired, 1);
	/* One that is overtaken was never used. */
	ks_handover_give(&handover, &rows[2]);
	ks_handover_give(&handover, &rows[3]);
	assert_int_equal(sets[2].retired, 1);
	assert_int_equal(sets[2].taken, 0);
	assert_true(ks_handover_take(&handover, &now));
	assert_ptr_equal(now, &sets[3].policies);
	assert_int_equal(sets[1].retired, 0);
	ks_handover_release(&handover);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(sets[i].retired, 1);
}

/* One that nobody took is retired as well. */
static void test_untaken(void **state)
{
	struct set first = { .taken = 0 }, next = { .taken = 0 };
	struct ks_handover_set rows[2] = { row(&first), row(&next) };
	struct ks_handover handover;

	(void)state;
	ks_handover_init(&handover, &rows[0]);
	ks_handover_give(&handover, &rows[1]);
	ks_handover_release(&handover);
	assert_int_equal(first.retired, 1);
	assert_int_equal(next.retired, 1);
	assert_int_equal(next.taken, 0);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, test_order);
	ROWS_TEST(&rows, test_untaken);
	return rows_run("handover", &rows);
}

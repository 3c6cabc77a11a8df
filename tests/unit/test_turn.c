/* The line: who came first, who is in a hurry, who waits for too long. */
#include "lib/base/turn.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <pthread.h>
#include <time.h>

#define LONG_MS 20000

struct person {
	struct ks_turn *turn;
	char name;
	bool in_hurry;
	int wait_ms;
	char *order;                 /* names, as they came to it */
	enum ks_turn_outcome outcome;
	pthread_t thread;
};

static void *queue_up(void *arg)
{
	struct person *person = arg;

	person->outcome = ks_turn_take(person->turn, person->in_hurry, person->wait_ms);
	if (person->outcome == KS_TURN_TAKEN) {
		person->order[strlen(person->order)] = person->name;
		ks_turn_give(person->turn);
	}
	return NULL;
}

struct line_row {
	const char *name;
	const char *comes, *goes;    /* capital letters are in a hurry */
};

static const struct line_row line_rows[] = {
	{ "nobody", "", "" },
	{ "one", "a", "a" },
	{ "as they came", "abc", "abc" },
	{ "the hurried as they came", "ABC", "ABC" },
	{ "before the others", "abC", "Cab" },
	{ "behind the hurried", "AbC", "ACb" },
	{ "not for ever", "aBCDE", "BCDaE" },
};

static void test_line(void **state)
{
	const struct line_row *row = *state;
	struct ks_turn *turn = ks_turn_new();
	struct person people[8];
	char order[16] = "";
	size_t n = strlen(row->comes);

	assert_int_equal(ks_turn_take(turn, false, LONG_MS), KS_TURN_TAKEN);
	for (size_t i = 0; i < n; i++) {
		people[i] = (struct person){ .turn = turn, .name = row->comes[i], .wait_ms = LONG_MS, .order = order,
			.in_hurry = row->comes[i] < 'a' };
		assert_int_equal(pthread_create(&people[i].thread, NULL, queue_up, &people[i]), 0);
		while (ks_turn_waiting(turn) <= i)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	assert_int_equal(ks_turn_is_wanted(turn), n > 0);
	ks_turn_give(turn);
	for (size_t i = 0; i < n; i++)
		pthread_join(people[i].thread, NULL);
	assert_string_equal(order, row->goes);
	ks_turn_free(turn);
}

static void test_own(void **state)
{
	struct ks_turn *turn = ks_turn_new();

	(void)state;
	assert_int_equal(ks_turn_take(turn, false, 0), KS_TURN_TAKEN);
	assert_int_equal(ks_turn_take(turn, true, 0), KS_TURN_OWN);
	ks_turn_give(turn);
	assert_int_equal(ks_turn_take(turn, false, 0), KS_TURN_TAKEN);
	ks_turn_give(turn);
	ks_turn_free(turn);
	ks_turn_free(NULL);
}

static void test_late(void **state)
{
	struct ks_turn *turn = ks_turn_new();
	char order[16] = "";
	struct person one = { .turn = turn, .name = 'a', .wait_ms = 1, .order = order };

	(void)state;
	assert_int_equal(ks_turn_take(turn, false, 0), KS_TURN_TAKEN);
	assert_int_equal(pthread_create(&one.thread, NULL, queue_up, &one), 0);
	pthread_join(one.thread, NULL);
	assert_int_equal(one.outcome, KS_TURN_LATE);
	assert_false(ks_turn_is_wanted(turn));
	ks_turn_give(turn);
	assert_int_equal(ks_turn_take(turn, false, 0), KS_TURN_TAKEN);
	ks_turn_give(turn);
	ks_turn_free(turn);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_line, line_rows);
	ROWS_TEST(&rows, test_own);
	ROWS_TEST(&rows, test_late);
	return rows_run("turn", &rows);
}

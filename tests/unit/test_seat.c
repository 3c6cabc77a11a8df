/* Seats: one each, and free again when the process is gone. */
#include "lib/store/seat.h"

#include "tests/unit/fixture.h"

#include <signal.h>
#include <sys/wait.h>

static struct ks_seat *take(struct fixture *f)
{
	struct ks_seat *seat = NULL;
	struct ks_err err = { 0 };

	assert_int_equal(ks_seat_open(&f->ctx, fixture_path(f, "store"), &seat, &err), 0);
	return seat;
}

static void is_known_to_others(void **state)
{
	struct ks_seat *one = take(*state), *two = take(*state);
	int64_t number = ks_seat_number(two);

	assert_true(number > 0);
	assert_true(number != ks_seat_number(one));
	assert_true(ks_seat_is_taken(one, ks_seat_number(one)));
	assert_true(ks_seat_is_taken(one, number));
	assert_false(ks_seat_is_taken(one, number + 1));
	ks_seat_close(two);
	assert_false(ks_seat_is_taken(one, number));
	ks_seat_close(one);
	ks_seat_close(NULL);
}

static void is_free_after_a_kill(void **state)
{
	struct fixture *f = *state;
	struct ks_seat *one = take(f);
	int64_t number = 0;
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct ks_seat *seat = NULL;
		struct ks_err err = { 0 };

		if (ks_seat_open(&f->ctx, fixture_path(f, "store"), &seat, &err) == 0)
			number = ks_seat_number(seat);
		if (write(ends[1], &number, sizeof(number)) == sizeof(number))
			pause();
		_exit(1);
	}
	assert_int_equal(read(ends[0], &number, sizeof(number)), sizeof(number));
	assert_true(number > 0 && ks_seat_is_taken(one, number));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_false(ks_seat_is_taken(one, number));
	close(ends[0]);
	close(ends[1]);
	ks_seat_close(one);
}

static void says_where_it_cannot(void **state)
{
	struct fixture *f = *state;
	struct ks_seat *seat = NULL;
	struct ks_err err = { 0 };

	assert_int_equal(ks_seat_open(&f->ctx, "/no/such/store", &seat, &err), -1);
	assert_non_null(strstr(err.message, "/no/such/store-seats"));
	assert_null(seat);
}

static int setup(void **state)
{
	static struct fixture f;

	fixture_init(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_release(*state);
	return 0;
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { ROW(is_known_to_others), ROW(is_free_after_a_kill),
		ROW(says_where_it_cannot) };

	return cmocka_run_group_tests_name("seat", tests, NULL, NULL);
}

/* lib/trail/source_dir, through lib/trail/source */
#include "lib/trail/source.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <poll.h>
#include <time.h>

/* A source on a scratch directory, with checkpoints in a map. Files are read as whole lines. */
struct world {
	struct fixture fixture;
	struct ks_source source;
	struct ks_map stored;        /* part to value, as C strings */
	struct ks_buf said;          /* "name from-to " for each piece, "!name " for each problem */
	char top[128];
	int64_t ahead_ms;            /* of the real clock */
};

static int64_t world_now(void *arg)
{
	struct fixture *f = arg;
	struct world *w = (struct world *)(void *)((char *)f - offsetof(struct world, fixture));
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + w->ahead_ms;
}

static int recall(void *arg, struct ks_str part, struct ks_arena *arena, struct ks_str *out,
	struct ks_err *err)
{
	struct world *w = arg;
	const char *value = ks_map_find(&w->stored, part);

	(void)err;
	*out = value != NULL ? ks_arena_copy(arena, ks_str_of(value)) : (struct ks_str){ NULL, 0 };
	return 0;
}

static int store(void *arg, struct ks_str part, struct ks_str value, struct ks_err *err)
{
	struct world *w = arg;

	(void)err;
	free(ks_map_put(&w->stored, part, ks_mem_copy(value.p, value.n)));
	return 0;
}

static void problem(void *arg, const char *name, const struct ks_err *err)
{
	struct world *w = arg;

	(void)err;
	ks_buf_addf(&w->said, "!%s ", strrchr(name, '/') + 1);
}

static void open_world(struct world *w, bool is_once)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_source_open(&(struct ks_source_config){ .ctx = &w->fixture.ctx,
										.poll_ms = 5000,
										.is_once = is_once,
										.recall = recall,
										.problem = problem,
										.arg = w },
						 w->top, &w->source, &err),
		0);
}

static void begin(struct world *w, bool is_once)
{
	*w = (struct world){ .ahead_ms = 0 };
	fixture_init(&w->fixture);
	w->fixture.ctx.now = world_now;
	ks_map_init(&w->stored);
	ks_buf_init(&w->said, 1u << 16);
	snprintf(w->top, sizeof(w->top), "%s/t", w->fixture.dir);
	assert_int_equal(mkdir(w->top, 0700), 0);
	open_world(w, is_once);
}

static void end(struct world *w)
{
	ks_source_close(&w->source);
	for (size_t i = 0; i < w->stored.entries.n; i++)
		free(KS_VEC_AT(&w->stored.entries, struct ks_map_entry, i)->value);
	ks_map_release(&w->stored);
	ks_buf_release(&w->said);
	fixture_release(&w->fixture);
}

static void run(struct world *w, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd '%s' && { %s; }", w->top, command);
	assert_int_equal(system(line), 0);
}

/* Reads a piece to its last newline. */
static void read_one(struct world *w, const struct ks_source_piece *piece)
{
	static char bytes[1 << 16];
	struct ks_source_reach reach = { .end = KS_SOURCE_READ };
	ssize_t n = pread(piece->fd, bytes, sizeof(bytes), 0), whole;

	assert_true(n >= 0);
	for (whole = n; whole > 0 && bytes[whole - 1] != '\n'; whole--)
		;
	close(piece->fd);
	ks_buf_addf(&w->said, "%s%s %d-%d%s ", piece->is_again ? "again " : "", strrchr(piece->name, '/') + 1,
		(int)piece->from, (int)whole, whole < n && piece->is_settled ? " cut" : "");
	reach.top = reach.done = (uint64_t)whole;
	if (whole < n)
		reach.end = KS_SOURCE_OPEN;
	reach.is_told = whole < n && piece->is_settled;
	ks_source_reached(&w->source, &reach);
}

static void settle(struct world *w, bool is_committed)
{
	struct ks_err err = { 0 };

	if (is_committed)
		assert_int_equal(ks_source_save(&w->source, store, w, &err), 0);
	ks_source_settle(&w->source, is_committed);
}

/* What it hands out until there is nothing more, committed piece by piece. */
static void expect(struct world *w, const char *want)
{
	struct ks_source_piece piece;
	struct ks_err err = { 0 };
	bool has;

	ks_buf_clear(&w->said);
	/* What is asked for by inotify may take the kernel a moment. */
	for (int tries = 0; tries < 100 && (tries == 0 || (w->said.n == 0 && want[0] != '\0')); tries++) {
		if (tries > 0)
			usleep(20000);
		while (ks_source_next(&w->source, &piece, &has, &err) == 0 && has) {
			read_one(w, &piece);
			settle(w, true);
		}
	}
	assert_string_equal(ks_buf_str(&w->said).p != NULL ? ks_buf_str(&w->said).p : "", want);
}

static void reopen(struct world *w, bool is_once)
{
	ks_source_close(&w->source);
	open_world(w, is_once);
}

static void test_once(void **state)
{
	struct world w;

	(void)state;
	begin(&w, true);
	run(&w, "mkdir -p b/c; echo 1 >z; echo 12 >b/a; echo 123 >b/c/x; : >empty; mkfifo pipe");
	expect(&w, "a 0-3 x 0-4 empty 0-0 z 0-2 ");
	expect(&w, "");
	reopen(&w, true);
	expect(&w, "");
	run(&w, "echo 4 >>z; printf half >>b/a; mv b/c/x b/y; echo new >b/c/x");
	reopen(&w, true);
	expect(&w, "a 3-3 cut x 0-4 z 2-4 ");
	/* That it is cut off was told, and what is there of it is not asked for again. */
	reopen(&w, true);
	expect(&w, "");
	run(&w, "echo ' and whole' >>b/a; : >z; cp b/y copy; mv copy b/y");
	reopen(&w, true);
	expect(&w, "a 3-18 y 0-4 z 0-0 ");
	end(&w);
}

static void test_follow(void **state)
{
	struct world w;

	(void)state;
	begin(&w, false);
	expect(&w, "");
	run(&w, "echo 1 >a");
	expect(&w, "a 0-2 ");
	run(&w, "printf 2 >>a");
	expect(&w, "a 2-2 ");
	run(&w, "echo 3 >>a; mv a a.1; echo 4 >a");
	expect(&w, "a 0-2 a.1 2-5 ");
	/* A directory that is made is found by a walk, which inotify asks for. */
	run(&w, "mkdir -p x/y; echo 5 >x/y/z");
	expect(&w, "z 0-2 ");
	run(&w, "echo 6 >>x/y/z");
	expect(&w, "z 2-4 ");
	/* What is open for a minute is told of, once. */
	run(&w, "printf 7 >>a");
	expect(&w, "a 2-2 ");
	w.ahead_ms = 61000;
	expect(&w, "a 2-2 cut ");
	w.ahead_ms = 122000;
	expect(&w, "");
	end(&w);
}

/* The poll finds what inotify does not tell. */
static void test_poll(void **state)
{
	struct pollfd fd;
	struct world w;

	(void)state;
	begin(&w, false);
	expect(&w, "");
	assert_true(ks_source_next_ms(&w.source) > world_now(&w.fixture));
	fd = (struct pollfd){ ks_source_poll_fd(&w.source), POLLIN, 0 };
	assert_int_equal(poll(&fd, 1, 0), 0);
	run(&w, "echo 1 >a");
	assert_int_equal(poll(&fd, 1, 1000), 1);
	expect(&w, "a 0-2 ");
	run(&w, "touch -d 2020-01-01 a");
	expect(&w, "a 2-2 ");
	/* With the clock set back, it does not wait for the old time to come again. */
	w.ahead_ms = -3600000;
	assert_true(ks_source_next_ms(&w.source) > world_now(&w.fixture));
	run(&w, "mkdir late");
	expect(&w, "");
	end(&w);
}

/* Nothing that was not committed counts. */
static void test_rewind(void **state)
{
	struct ks_source_piece piece;
	struct ks_err err = { 0 };
	struct world w;
	bool has;

	(void)state;
	begin(&w, false);
	run(&w, "echo 1 >a; echo 12 >b");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ks_source_next(&w.source, &piece, &has, &err), 0);
		assert_true(has);
		read_one(&w, &piece);
	}
	settle(&w, false);
	expect(&w, "a 0-2 b 0-3 ");
	/* A piece that was read in part goes on where it was committed. */
	run(&w, "echo 345 >>b");
	assert_int_equal(ks_source_next(&w.source, &piece, &has, &err), 0);
	assert_true(has);
	ks_source_reached(&w.source, &(struct ks_source_reach){ .end = KS_SOURCE_PARTLY, .top = 3, .done = 5 });
	settle(&w, true);
	close(piece.fd);
	settle(&w, false);
	assert_int_equal(ks_source_next(&w.source, &piece, &has, &err), 0);
	assert_true(has);
	assert_int_equal(piece.from, 3);
	assert_int_equal(piece.done, 5);
	ks_buf_clear(&w.said);
	read_one(&w, &piece);
	settle(&w, true);
	reopen(&w, false);
	expect(&w, "");
	end(&w);
}

static void test_unreadable(void **state)
{
	struct world w;

	(void)state;
	begin(&w, false);
	if (geteuid() == 0) {
		/* Root reads everything: a link that leads nowhere stays silent, like any file that is gone. */
		run(&w, "ln -s nowhere link; echo 1 >a");
		expect(&w, "a 0-2 ");
	} else {
		run(&w, "echo 1 >a; chmod 0 a; mkdir d; chmod 0 d");
		expect(&w, "!d !a ");
		w.ahead_ms = 10000;
		expect(&w, "");
		run(&w, "chmod 600 a; chmod 700 d");
		w.ahead_ms = 20000;
		expect(&w, "a 0-2 ");
	}
	end(&w);
}

/* What cannot be read now comes again, later each time, without having changed; nothing is
 * remembered of it. */
static void test_later(void **state)
{
	static const int64_t waits[] = { 1000, 2000, 4000 };
	struct ks_source_piece piece;
	struct ks_err err = { 0 };
	struct world w;
	bool has;

	(void)state;
	begin(&w, false);
	run(&w, "echo 1 >a");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(ks_source_next(&w.source, &piece, &has, &err), 0);
		assert_true(has);
		assert_int_equal(piece.is_retry, i > 0);
		close(piece.fd);
		ks_source_reached(&w.source, &(struct ks_source_reach){ .end = KS_SOURCE_LATER });
		settle(&w, true);
		assert_int_equal(w.stored.entries.n, 0);
		expect(&w, "");
		assert_true(ks_source_next_ms(&w.source) <= world_now(&w.fixture) + waits[i]);
		w.ahead_ms += waits[i] - 500;
		expect(&w, "");
		w.ahead_ms += 500;
	}
	expect(&w, "a 0-2 ");
	w.ahead_ms += 1000000;
	expect(&w, "");
	end(&w);
}

static void test_look_back(void **state)
{
	struct world w;

	(void)state;
	begin(&w, false);
	run(&w, "echo 1 >a; sleep 0.02; echo 12 >b; printf 1 >open");
	expect(&w, "a 0-2 b 0-3 open 0-0 ");
	assert_true(ks_source_look_back(&w.source, world_now(&w.fixture) - 60000, 1000));
	run(&w, "echo 2 >>a");
	ks_buf_clear(&w.said);
	expect(&w, "again a 0-4 again b 0-3 again open 0-0 a 2-4 ");
	assert_false(ks_source_look_back(&w.source, world_now(&w.fixture) - 60000, 4));
	end(&w);
}

static void test_look_back_rotated(void **state)
{
	struct world w;

	(void)state;
	begin(&w, false);
	run(&w, "echo 1 >a; echo 12 >b; echo 123 >c");
	expect(&w, "a 0-2 b 0-3 c 0-4 ");
	assert_true(ks_source_look_back(&w.source, world_now(&w.fixture) - 60000, 1000));
	run(&w, "mv a a.1; mv c c.1; echo 1234 >c; rm b");
	ks_buf_clear(&w.said);
	expect(&w, "again a.1 0-2 again c.1 0-4 c 0-5 ");
	end(&w);
}

/* Files that are gone are forgotten, once there are many. */
static void test_many(void **state)
{
	struct ks_source_piece piece;
	struct ks_err err = { 0 };
	struct world w;
	size_t n = 0;
	bool has;

	(void)state;
	begin(&w, true);
	run(&w, "mkdir d; cd d; for i in $(seq 5000); do echo $i >f$i; done");
	while (ks_source_next(&w.source, &piece, &has, &err) == 0 && has) {
		ks_buf_clear(&w.said);
		read_one(&w, &piece);
		n++;
	}
	settle(&w, true);
	assert_int_equal(n, 5000);
	assert_int_equal(w.stored.entries.n, 5000);
	reopen(&w, false);
	expect(&w, "");
	run(&w, "rm -r d; echo 1 >a");
	w.ahead_ms = 600000;
	expect(&w, "a 0-2 ");
	w.ahead_ms = 1200000;
	expect(&w, "");
	w.ahead_ms = 1800000;
	run(&w, "echo 2 >>a");
	expect(&w, "a 2-4 ");
	end(&w);
}

static void test_open(void **state)
{
	const struct ks_source_config config = { .poll_ms = 1000 };
	struct ks_source source = { 0 };
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_source_open(&config, "/no/such/directory", &source, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_int_equal(ks_source_open(&config, "/dev/null", &source, &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	assert_int_equal(ks_source_open(&config, "ftp:x", &source, &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	ks_source_close(&source);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, test_once);
	ROWS_TEST(&rows, test_follow);
	ROWS_TEST(&rows, test_poll);
	ROWS_TEST(&rows, test_rewind);
	ROWS_TEST(&rows, test_unreadable);
	ROWS_TEST(&rows, test_later);
	ROWS_TEST(&rows, test_look_back);
	ROWS_TEST(&rows, test_look_back_rotated);
	ROWS_TEST(&rows, test_many);
	ROWS_TEST(&rows, test_open);
	return rows_run("source_dir", &rows);
}

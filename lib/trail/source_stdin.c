/*
 * Standard input as a source: "-". What comes is kept in an unnamed file and read as it grows, lines as they
 * come and documents once they are whole; what was read for good is given back to the disk. The end of the
 * input is the end of the source. Nothing of it is remembered: what a run had taken and not committed when
 * it was killed is gone, and whoever writes the same again has it read again. Of what was read the last hour
 * is kept in that file for a look back, 64 MiB at most, and not beyond the end of the run.
 */
#include "lib/trail/source.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#define BREATH_MS INT64_C(200)         /* what is open is looked at again when nothing came for so long */
#define PATIENCE_MS INT64_C(10000)     /* or after that, whatever comes */
#define LARGE (UINT64_C(1) << 20)      /* below that it is looked at whenever something came */
#define TAKE_MOST (UINT64_C(4) << 20)  /* taken in before what is there is read */
#define PAGE UINT64_C(4096)
#define KEEP_MS (INT64_C(3600) * 1000) /* what was read is kept for so long … */
#define KEEP_MOST (UINT64_C(64) << 20) /* … but no more than that of it */
#define MARK_MS (INT64_C(60) * 1000)
#define MARK_TEXT (UINT64_C(4) << 20)

/* What was read by then ends here, and what comes behind it begins. */
struct mark {
	int64_t at_ms;
	uint64_t top;
};

struct stdin_source {
	struct ks_source_config config;
	int spool;
	uint64_t size;                     /* of what came */
	uint64_t top, done, read;          /* how far it was read: see ks_cutter_reach; to where it had come */
	uint64_t kept_top, kept_done;      /* and committed */
	uint64_t freed;
	int64_t came_ms, read_ms;
	uint64_t at;                       /* size when the piece at hand was handed out */
	bool is_over, is_told, is_gzip, has_piece, is_broken, is_other;
	struct ks_vec marks;               /* struct mark: where a look back can begin, the oldest first */
	bool looks_back;
	uint64_t again_from;               /* then */
};

static bool is_mine(const char *spec)
{
	return strcmp(spec, "-") == 0;
}

static int open_stdin(const struct ks_source_config *config, const char *spec, void **out,
	struct ks_err *err)
{
	int spool = ks_file_open_temporary("/tmp", err);
	struct stdin_source *in;

	(void)spec;
	if (spool < 0)
		return -1;
	in = ks_mem_alloc(sizeof(*in));
	*in = (struct stdin_source){ .config = *config, .spool = spool, .came_ms = KS_TIME_NONE,
		.read_ms = KS_TIME_NONE, .freed = PAGE, .marks = KS_VEC_OF(struct mark) };
	*(struct mark *)ks_vec_push(&in->marks) = (struct mark){ ks_ctx_now(config->ctx), 0 };
	*out = in;
	return 0;
}

static void close_stdin(void *state)
{
	struct stdin_source *in = state;

	if (in == NULL)
		return;
	close(in->spool);
	ks_vec_release(&in->marks);
	free(in);
}

static bool has_news(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static void end_input(struct stdin_source *in, const struct ks_err *err)
{
	in->is_over = true;
	if (err != NULL)
		in->config.problem(in->config.arg, "standard input", err);
}

/* All that is there, but not more than is read in one go. */
static void take_in(struct stdin_source *in)
{
	struct ks_err err = { 0 };
	uint64_t before = in->size;
	char chunk[1 << 16];

	while (!in->is_over && in->size - before < TAKE_MOST && has_news()) {
		ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		if (n < 0)
			ks_err_set_errno(&err, "cannot read it");
		else if (n > 0 && ks_file_write(in->spool, (struct ks_str){ chunk, (size_t)n }, &err) == 0)
			in->size += (uint64_t)n;
		if (n <= 0 || err.code != KS_ERR_NONE)
			end_input(in, err.code != KS_ERR_NONE ? &err : NULL);
		in->came_ms = ks_ctx_now(in->config.ctx);
	}
}

/* A large document that is not whole would be read from its beginning whenever some more of it came. */
static bool is_worth_reading(const struct stdin_source *in)
{
	int64_t now = ks_ctx_now(in->config.ctx);
	uint64_t open = in->is_gzip ? in->size : in->size - in->top;

	if (in->is_other)
		return false;
	if (in->size == in->read)
		return in->is_over && !in->is_told && in->read > 0;
	if (in->is_over || open < LARGE || in->size >= 2 * in->read)
		return true;
	return now - in->came_ms >= BREATH_MS || now - in->read_ms >= PATIENCE_MS;
}

/* A descriptor with a place of its own. */
static int open_again(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int next(void *state, struct ks_source_piece *out, bool *out_has, struct ks_err *err)
{
	struct stdin_source *in = state;
	bool is_again = in->looks_back;
	int fd;

	*out_has = in->has_piece = in->looks_back = false;
	if (!in->is_over && !is_again)
		take_in(in);
	if (!is_again && !is_worth_reading(in))
		return 0;
	fd = open_again(in->spool);
	if (fd < 0)
		return ks_err_set_errno(err, "cannot read what came on standard input");
	in->at = in->size;
	in->has_piece = !is_again;
	*out_has = true;
	*out = (struct ks_source_piece){ .name = "standard input", .fd = fd,
		.from = is_again ? in->again_from : in->top, .done = is_again ? 0 : in->done,
		.is_settled = in->is_over, .is_again = is_again };
	return 0;
}

static void reached(void *state, const struct ks_source_reach *reach)
{
	struct stdin_source *in = state;

	if (!in->has_piece)
		return;
	in->is_gzip = reach->is_gzip;
	/* What is no trail at all stays that, whatever comes behind it. */
	in->is_other = reach->end == KS_SOURCE_OTHER && in->is_over;
	if (reach->end != KS_SOURCE_OTHER && reach->end != KS_SOURCE_LATER) {
		in->top = reach->top;
		in->done = reach->done;
	}
	if (reach->end == KS_SOURCE_PARTLY)
		return;
	in->read = in->at;
	in->read_ms = ks_ctx_now(in->config.ctx);
	in->is_told = in->is_over;
}

static int save(void *state, ks_source_save_fn *keep, void *arg, struct ks_err *err)
{
	(void)state;
	(void)keep;
	(void)arg;
	(void)err;
	return 0;
}

static struct mark *first_mark(const struct stdin_source *in)
{
	return KS_VEC_AT(&in->marks, struct mark, 0);
}

/* Writes down how far it was read, now and then, and forgets what is too old or too much. */
static void set_mark(struct stdin_source *in)
{
	const struct mark *last = KS_VEC_AT(&in->marks, struct mark, in->marks.n - 1);
	int64_t now = ks_ctx_now(in->config.ctx);
	size_t n = 0;

	if (in->kept_top > last->top && (now - last->at_ms >= MARK_MS || in->kept_top - last->top >= MARK_TEXT))
		*(struct mark *)ks_vec_push(&in->marks) = (struct mark){ now, in->kept_top };
	while (n + 1 < in->marks.n && (now - first_mark(in)[n + 1].at_ms >= KEEP_MS ||
			in->kept_top - first_mark(in)[n].top > KEEP_MOST))
		n++;
	in->marks.n -= n;
	memmove(first_mark(in), first_mark(in) + n, in->marks.n * sizeof(struct mark));
}

/* What will not be read again need not be kept, but for the first bytes: they say what it is. Places in a
 * gzip's text say nothing of the file. */
static void free_read(struct stdin_source *in)
{
	uint64_t end = first_mark(in)->top / PAGE * PAGE;

	if (in->is_gzip || end < in->freed + LARGE)
		return;
	if (fallocate(in->spool, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)in->freed,
			(off_t)(end - in->freed)) == 0)
		in->freed = end;
}

static void settle(void *state, bool is_committed)
{
	struct stdin_source *in = state;

	if (is_committed) {
		in->kept_top = in->top;
		in->kept_done = in->done;
		set_mark(in);
		free_read(in);
		return;
	}
	in->top = in->kept_top;
	in->done = in->kept_done;
	in->read = 0;
	in->is_told = in->has_piece = false;
}

/* From the last mark on that is old enough, or the first that the budget allows. */
static bool look_back(void *state, int64_t since_ms, uint64_t budget)
{
	struct stdin_source *in = state;
	bool is_whole = first_mark(in)->top == 0 || first_mark(in)->at_ms <= since_ms;
	size_t i = 0;

	while (i + 1 < in->marks.n && first_mark(in)[i + 1].at_ms <= since_ms)
		i++;
	for (; i < in->marks.n && in->kept_top - first_mark(in)[i].top > budget; i++)
		is_whole = false;
	in->looks_back = i < in->marks.n && (in->kept_top > first_mark(in)[i].top ||
		in->kept_done > first_mark(in)[i].top);
	if (in->looks_back)
		in->again_from = first_mark(in)[i].top;
	return is_whole;
}

static bool is_gone(const void *state, struct ks_str part)
{
	(void)state;
	(void)part;
	return false;
}

static int poll_fd(const void *state)
{
	return ((const struct stdin_source *)state)->is_over ? -1 : STDIN_FILENO;
}

static int64_t next_ms(const void *state)
{
	const struct stdin_source *in = state;

	return in->size != in->read && in->came_ms != KS_TIME_NONE ? in->came_ms + BREATH_MS : INT64_MAX;
}

static bool is_drained(const void *state)
{
	const struct stdin_source *in = state;

	return in->is_over && !in->looks_back && !is_worth_reading(in);
}

static void health(const void *state, struct ks_source_health *out)
{
	const struct stdin_source *in = state;

	*out = (struct ks_source_health){ .heard_ms = in->came_ms, .newest_ms = in->read_ms,
		.behind = in->size != in->read, .failing_ms = KS_TIME_NONE };
}

const struct ks_source_row ks_source_stdin = {
	.name = "stdin",
	.usage = "-",
	.is_mine = is_mine,
	.open = open_stdin,
	.close = close_stdin,
	.next = next,
	.reached = reached,
	.save = save,
	.settle = settle,
	.look_back = look_back,
	.is_gone = is_gone,
	.poll_fd = poll_fd,
	.next_ms = next_ms,
	.is_drained = is_drained,
	.is_over = is_drained,
	.health = health,
	.is_consumed = true,
};

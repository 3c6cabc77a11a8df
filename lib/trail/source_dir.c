/*
 * A directory as a source, with all below it: new files, files that grow, files that were renamed, truncated
 * or replaced. inotify says at once where to look; a walk now and then finds what it does not see (other
 * machines' writes on a network file system, more directories than may be watched). How a file is recognized
 * is in filemark.c. Reading a piece is the caller's; this only says which, and from where.
 */
#include "lib/trail/source.h"

#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/base/walk.h"
#include "lib/trail/filemark.h"
#include "lib/trail/inotify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTLED_MS INT64_C(60000)      /* a file that was not written for so long is not being written */
#define BREATH_MS INT64_C(1000)        /* between two looks at a large file that is being written */
#define PATIENCE_MS INT64_C(10000)     /* such a file is read after that, whatever its writer does */
#define LARGE (1 << 20)                /* open part of a plain file that is worth waiting for */
#define SCANS_ONCE 8u                  /* walks with is_once, for what arrives meanwhile */
#define SCAN_SHARE 20                  /* a walk takes no more than this fraction of the time */
#define AGAIN_WALKS 10u                /* most in one look back */
#define LATER_MS INT64_C(1000)         /* before what cannot be read is tried again; doubled each time */
#define LATER_MOST_MS INT64_C(300000)
#define STALE_MIN 4096u                /* files that are gone, before they are forgotten */

struct entry {
	char part[KS_FILEMARK_PART];
	char *path;
	struct ks_filemark mark;           /* as far as it was read */
	struct ks_filemark committed;      /* as far as the caller has stored it */
	int64_t size, mtime_ns, change_ms; /* at the last look */
	int64_t read_ms;                   /* when it was read last; 0: not by us */
	uint64_t scan;                     /* the last walk that saw it */
	bool is_queued, is_touched, is_gzip;
	bool is_refused;                   /* it could not be opened, and that was told */
	unsigned failures;                 /* times in a row that it could not be read */
	int64_t later_ms;                  /* not before then, with failures */
};

struct dir {
	struct ks_source_config config;
	char *top;
	struct ks_map entries;             /* part to struct entry */
	struct ks_map told;                /* path that could not be looked into, to an entry of tellings */
	struct ks_vec queue, again;        /* struct entry *: to be read; to be read once more */
	size_t queue_at, again_at;
	unsigned again_walks;              /* for what was not where it was, in this look back */
	struct ks_vec later;               /* struct entry *: those with failures */
	struct ks_vec touched;             /* struct entry *: read further than it was committed */
	struct ks_arena arena;
	struct entry *current;             /* the piece at hand */
	struct stat st;                    /* of it, before it was read */
	int fd;                            /* of it, our own; or -1 */
	bool is_again;                     /* it is a look back */
	uint64_t scans, handed;            /* walks; pieces since the last one */
	uint64_t stale;                    /* files that the last walk did not see */
	bool is_whole;                     /* the last walk could look everywhere, and saw files */
	int64_t scan_ms, scan_at_ms;       /* the last walk, the next one */
	int64_t took_ms;                   /* what a walk takes */
	struct ks_inotify notice;
};

/* A colon is the mark of another kind of source, unless a directory is called so. */
static bool is_mine(const char *spec)
{
	struct stat st;

	return strcmp(spec, "-") != 0 &&
		(strchr(spec, ':') == NULL || (stat(spec, &st) == 0 && S_ISDIR(st.st_mode)));
}

static int64_t now_of(const struct dir *dir)
{
	return ks_ctx_now(dir->config.ctx);
}

static bool is_settled(const struct dir *dir, const struct entry *entry)
{
	return dir->config.is_once || now_of(dir) - entry->mtime_ns / 1000000 >= SETTLED_MS;
}

/* A large file that is not whole and still being written would be read from its beginning at every look. */
static bool is_worth_waiting(struct dir *dir, const struct entry *entry)
{
	int64_t now = now_of(dir);

	if (dir->config.is_once || !entry->mark.is_open || entry->size >= 2 * entry->mark.size ||
		now - entry->mtime_ns / 1000000 >= BREATH_MS || now - entry->read_ms >= PATIENCE_MS)
		return false;
	if (!entry->is_gzip && entry->size - (int64_t)entry->mark.top < LARGE)
		return false;
	if (dir->scan_at_ms > now + BREATH_MS)
		dir->scan_at_ms = now + BREATH_MS;
	return true;
}

static bool wants_reading(struct dir *dir, const struct entry *entry)
{
	const struct ks_filemark *mark = &entry->mark;

	if (entry->is_queued || entry->failures > 0 || (entry->is_refused && dir->config.is_once))
		return false;
	if (mark->size < 0)
		return true;
	if (mark->size == entry->size && mark->mtime_ns == entry->mtime_ns)
		return mark->is_open && !mark->is_told && is_settled(dir, entry);
	return !is_worth_waiting(dir, entry);
}

static void enqueue(struct dir *dir, struct entry *entry)
{
	if (entry->is_queued)
		return;
	entry->is_queued = true;
	*(struct entry **)ks_vec_push(&dir->queue) = entry;
}

static int recall(struct dir *dir, struct entry *entry, struct ks_err *err)
{
	struct ks_str value = { NULL, 0 };

	ks_filemark_init(&entry->mark);
	ks_arena_clear(&dir->arena);
	if (dir->config.recall(dir->config.arg, ks_str_of(entry->part), &dir->arena, &value, err) != 0)
		return -1;
	if (value.p != NULL && !ks_filemark_parse(value, &entry->mark))
		ks_filemark_init(&entry->mark);
	entry->committed = entry->mark;
	return 0;
}

static void free_entry(struct entry *entry)
{
	free(entry->path);
	free(entry);
}

/* Looks at one path, and queues its file when there is something to read in it. */
static int visit(struct dir *dir, const char *path, struct ks_err *err)
{
	char part[KS_FILEMARK_PART];
	struct entry *entry;
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	ks_filemark_part(&st, part);
	entry = ks_map_find(&dir->entries, ks_str_of(part));
	if (entry == NULL) {
		entry = ks_mem_alloc(sizeof(*entry));
		memcpy(entry->part, part, sizeof(part));
		if (recall(dir, entry, err) != 0) {
			free_entry(entry);
			return -1;
		}
		ks_map_put(&dir->entries, ks_str_of(part), entry);
	}
	if (entry->path == NULL || strcmp(entry->path, path) != 0) {
		free(entry->path);
		entry->path = ks_mem_copy(path, strlen(path));
	}
	entry->size = st.st_size;
	entry->mtime_ns = ks_filemark_mtime(&st);
	entry->change_ms = (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
	entry->scan = dir->scans;
	if (wants_reading(dir, entry))
		enqueue(dir, entry);
	return 0;
}

/* Files that are gone, once there are many of them. */
static void forget_stale(struct dir *dir)
{
	struct ks_map kept;

	if (dir->stale < STALE_MIN || dir->stale * 2 < dir->entries.entries.n || dir->queue.n > 0 ||
		dir->touched.n > 0 || dir->again.n > 0 || dir->later.n > 0)
		return;
	ks_map_init(&kept);
	for (size_t i = 0; i < dir->entries.entries.n; i++) {
		struct entry *entry = KS_VEC_AT(&dir->entries.entries, struct ks_map_entry, i)->value;

		if (entry->scan + 1 >= dir->scans)
			ks_map_put(&kept, ks_str_of(entry->part), entry);
		else
			free_entry(entry);
	}
	ks_map_release(&dir->entries);
	dir->entries = kept;
}

/* Tells of what a walk could not look into, unless the walk before it told so. */
static void tell_problems(struct dir *dir, const struct ks_walk *walk)
{
	struct ks_map now;

	ks_map_init(&now);
	for (size_t i = 0; i < walk->problems.n; i++) {
		const struct ks_walk_problem *problem = KS_VEC_AT(&walk->problems, struct ks_walk_problem, i);
		struct ks_str path = ks_str_of(problem->path);

		if (ks_map_find(&dir->told, path) == NULL && problem->err.code != KS_ERR_NOTFOUND)
			dir->config.problem(dir->config.arg, problem->path, &problem->err);
		ks_map_put(&now, path, dir);
	}
	ks_map_release(&dir->told);
	dir->told = now;
}

static int scan(struct dir *dir, struct ks_err *err)
{
	int64_t begin = now_of(dir);
	struct ks_walk walk;
	struct ks_buf path;
	uint64_t seen = 0;
	int rc = 0;

	dir->scans++;
	dir->handed = 0;
	dir->scan_ms = begin;
	dir->scan_at_ms = INT64_MAX;
	ks_buf_init(&path, KS_WALK_PATH);
	ks_walk_init(&walk);
	ks_walk_add(&walk, dir->top, NULL);
	for (size_t i = 0; i < walk.dirs.n; i++)
		ks_inotify_add(&dir->notice, *KS_VEC_AT(&walk.dirs, char *, i));
	for (size_t i = 0; rc == 0 && i < walk.files.n; i++) {
		const struct ks_walk_file *file = KS_VEC_AT(&walk.files, struct ks_walk_file, i);

		ks_walk_path(&walk, i, &path);
		if (file->is_named)
			ks_inotify_add(&dir->notice, path.p);
		rc = visit(dir, path.p, err);
		seen++;
	}
	tell_problems(dir, &walk);
	dir->is_whole = rc == 0 && walk.problems.n == 0 && seen > 0;
	ks_walk_release(&walk);
	ks_buf_release(&path);
	dir->stale = dir->entries.entries.n > seen ? dir->entries.entries.n - seen : 0;
	forget_stale(dir);
	dir->took_ms = now_of(dir) - begin;
	if (dir->took_ms < 0)
		dir->took_ms = 0;
	begin +=
		dir->took_ms * SCAN_SHARE > dir->config.poll_ms ? dir->took_ms * SCAN_SHARE : dir->config.poll_ms;
	if (dir->scan_at_ms > begin)
		dir->scan_at_ms = begin;
	return rc;
}

/* What inotify has to say: paths to look at, or that a walk is needed soon. */
static int take_notices(struct dir *dir, struct ks_err *err)
{
	bool wants_scan = false;
	const char *path;

	while ((path = ks_inotify_next(&dir->notice, &wants_scan)) != NULL)
		if (visit(dir, path, err) != 0)
			return -1;
	if (wants_scan && dir->scan_at_ms > dir->scan_ms + dir->took_ms * SCAN_SHARE)
		dir->scan_at_ms = dir->scan_ms + dir->took_ms * SCAN_SHARE;
	return 0;
}

static bool is_due(const struct entry *entry, int64_t now)
{
	/* The clock may have been set back. */
	return now >= entry->later_ms || now < entry->later_ms - LATER_MOST_MS;
}

/* What could not be read gets another chance, once its time has come. */
static void retry(struct dir *dir)
{
	int64_t now = now_of(dir);
	size_t kept = 0;

	for (size_t i = 0; i < dir->later.n; i++) {
		struct entry *entry = *KS_VEC_AT(&dir->later, struct entry *, i);

		if (entry->failures > 0 && is_due(entry, now))
			enqueue(dir, entry);
		else if (entry->failures > 0)
			*KS_VEC_AT(&dir->later, struct entry *, kept++) = entry;
	}
	dir->later.n = kept;
}

/* Looks for something to read, when it is time to. */
static int refresh(struct dir *dir, struct ks_err *err)
{
	int64_t now = now_of(dir);

	if (dir->queue_at == dir->queue.n) {
		ks_vec_clear(&dir->queue);
		dir->queue_at = 0;
	}
	if (dir->config.is_once)
		return dir->scans == 0 || (dir->handed > 0 && dir->scans < SCANS_ONCE) ? scan(dir, err) : 0;
	if (take_notices(dir, err) != 0)
		return -1;
	retry(dir);
	/* The clock may have been set back. */
	if (dir->scans == 0 || now >= dir->scan_at_ms || now < dir->scan_ms)
		return scan(dir, err);
	return 0;
}

static void end_current(struct dir *dir)
{
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = -1;
	dir->current = NULL;
}

/* Opens a file as the piece at hand. False when it cannot be, or is not what was looked at. */
static bool open_piece(struct dir *dir, struct entry *entry, struct ks_source_piece *out)
{
	char part[KS_FILEMARK_PART];
	struct ks_err err = { 0 };
	int fd;

	dir->handed++;
	dir->fd = open(entry->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (dir->fd < 0 || fstat(dir->fd, &dir->st) != 0) {
		if (errno != ENOENT && !entry->is_refused) {
			ks_err_set_errno(&err, "cannot open it");
			dir->config.problem(dir->config.arg, entry->path, &err);
			entry->is_refused = true;
		}
		/* The walks try to open it again. */
		entry->failures = 0;
		end_current(dir);
		return false;
	}
	entry->is_refused = false;
	ks_filemark_part(&dir->st, part);
	fd = strcmp(part, entry->part) == 0 ? fcntl(dir->fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd < 0) {
		/* Another file has taken its name since: a walk sorts that out. */
		dir->scan_at_ms = dir->scan_ms;
		end_current(dir);
		return false;
	}
	if (!ks_filemark_is_same(&entry->mark, dir->fd, &dir->st))
		ks_filemark_init(&entry->mark);
	dir->current = entry;
	*out = (struct ks_source_piece){ .name = entry->path, .fd = fd, .is_settled = is_settled(dir, entry),
		.is_retry = entry->failures > 0 };
	return true;
}

/* The same for a look back. What is not where it was may have been rotated since: a walk finds its new name,
 * and its being read already must not hide it. */
static int open_again(struct dir *dir, struct entry *entry, struct ks_source_piece *out, bool *out_is_open,
	struct ks_err *err)
{
	*out_is_open = open_piece(dir, entry, out);
	while (!*out_is_open && dir->again_walks < AGAIN_WALKS) {
		dir->again_walks++;
		if (scan(dir, err) != 0)
			return -1;
		if (entry->scan != dir->scans)
			return 0;
		*out_is_open = open_piece(dir, entry, out);
	}
	return 0;
}

static int next(void *state, struct ks_source_piece *out, bool *out_has, struct ks_err *err)
{
	struct dir *dir = state;

	*out_has = false;
	end_current(dir);
	while (!*out_has && dir->again_at < dir->again.n) {
		struct entry *entry = *KS_VEC_AT(&dir->again, struct entry *, dir->again_at++);

		if (open_again(dir, entry, out, out_has, err) != 0)
			return -1;
		dir->is_again = out->is_again = true;
	}
	if (*out_has)
		return 0;
	ks_vec_clear(&dir->again);
	dir->again_at = 0;
	dir->is_again = false;
	if (dir->queue_at == dir->queue.n && refresh(dir, err) != 0)
		return -1;
	while (!*out_has && dir->queue_at < dir->queue.n) {
		struct entry *entry = *KS_VEC_AT(&dir->queue, struct entry *, dir->queue_at++);

		entry->is_queued = false;
		*out_has = open_piece(dir, entry, out);
		if (*out_has) {
			out->from = entry->mark.top;
			out->done = entry->mark.done;
		}
	}
	return 0;
}

/* Puts a file aside that cannot be read. */
static void put_off(struct dir *dir, struct entry *entry)
{
	int64_t wait = LATER_MS;

	for (unsigned i = 0; i < entry->failures && wait < LATER_MOST_MS; i++)
		wait *= 2;
	entry->failures++;
	entry->later_ms = now_of(dir) + (wait < LATER_MOST_MS ? wait : LATER_MOST_MS);
	*(struct entry **)ks_vec_push(&dir->later) = entry;
}

static void reached(void *state, const struct ks_source_reach *reach)
{
	struct dir *dir = state;
	struct entry *entry = dir->current;
	uint64_t edge = reach->top;

	if (entry == NULL || dir->is_again)
		return;
	if (reach->end == KS_SOURCE_LATER) {
		put_off(dir, entry);
		return;
	}
	entry->failures = 0;
	if (reach->end == KS_SOURCE_OTHER)
		ks_filemark_init(&entry->mark);
	else
		entry->mark.top = reach->top;
	entry->mark.done = reach->end == KS_SOURCE_OTHER ? 0 : reach->done;
	entry->mark.is_open = reach->end == KS_SOURCE_OPEN;
	entry->mark.is_other = reach->end == KS_SOURCE_OTHER;
	entry->mark.is_told = reach->is_told;
	entry->mark.size = reach->end == KS_SOURCE_PARTLY ? -1 : dir->st.st_size;
	entry->mark.mtime_ns = ks_filemark_mtime(&dir->st);
	/* The text of a gzip says nothing of places in the file. */
	if (reach->is_gzip)
		edge = reach->end == KS_SOURCE_PARTLY ? 0 : (uint64_t)dir->st.st_size;
	ks_filemark_sample(&entry->mark, dir->fd, &dir->st, reach->end == KS_SOURCE_OTHER ? 0 : edge);
	entry->is_gzip = reach->is_gzip;
	entry->read_ms = now_of(dir);
	if (!entry->is_touched)
		*(struct entry **)ks_vec_push(&dir->touched) = entry;
	entry->is_touched = true;
}

static int save(void *state, ks_source_save_fn *keep, void *arg, struct ks_err *err)
{
	struct dir *dir = state;
	struct ks_buf text;
	int rc = 0;

	ks_buf_init(&text, 1u << 12);
	for (size_t i = 0; rc == 0 && i < dir->touched.n; i++) {
		const struct entry *entry = *KS_VEC_AT(&dir->touched, struct entry *, i);

		ks_buf_clear(&text);
		ks_filemark_render(&entry->mark, &text);
		rc = keep(arg, ks_str_of(entry->part), ks_buf_str(&text), err);
	}
	ks_buf_release(&text);
	return rc;
}

static void settle(void *state, bool is_committed)
{
	struct dir *dir = state;

	for (size_t i = 0; i < dir->touched.n; i++) {
		struct entry *entry = *KS_VEC_AT(&dir->touched, struct entry *, i);

		entry->is_touched = false;
		if (is_committed) {
			entry->committed = entry->mark;
			continue;
		}
		entry->mark = entry->committed;
		enqueue(dir, entry);
	}
	ks_vec_clear(&dir->touched);
	if (is_committed)
		return;
	/* The piece at hand may not have come to its first commit. */
	if (dir->current != NULL && !dir->is_again)
		enqueue(dir, dir->current);
	end_current(dir);
}

static int64_t latest(const struct entry *entry)
{
	int64_t ms = entry->mtime_ns / 1000000;

	if (entry->change_ms > ms)
		ms = entry->change_ms;
	return entry->read_ms > ms ? entry->read_ms : ms;
}

static int compare_latest(const void *a, const void *b)
{
	int64_t x = latest(*(struct entry *const *)a), y = latest(*(struct entry *const *)b);

	return (x < y) - (x > y);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp((*(struct entry *const *)a)->path, (*(struct entry *const *)b)->path);
}

static bool look_back(void *state, int64_t since_ms, uint64_t budget)
{
	struct dir *dir = state;
	struct ks_err err = { 0 };
	size_t kept = 0;
	bool is_all;

	if (dir->scans == 0 && scan(dir, &err) != 0)
		return true;
	ks_vec_clear(&dir->again);
	dir->again_at = 0;
	dir->again_walks = 0;
	for (size_t i = 0; i < dir->entries.entries.n; i++) {
		struct entry *entry = KS_VEC_AT(&dir->entries.entries, struct ks_map_entry, i)->value;

		if (latest(entry) >= since_ms && !entry->mark.is_other &&
			(entry->mark.size > 0 || entry->mark.done > 0))
			*(struct entry **)ks_vec_push(&dir->again) = entry;
	}
	ks_vec_sort(&dir->again, compare_latest);
	for (; kept < dir->again.n; kept++) {
		uint64_t size = (uint64_t)(*KS_VEC_AT(&dir->again, struct entry *, kept))->size;

		if (size > budget)
			break;
		budget -= size;
	}
	is_all = kept == dir->again.n;
	dir->again.n = kept;
	ks_vec_sort(&dir->again, compare_paths);
	return is_all;
}

/* A directory without any file at all may be one that is not mounted. */
static bool is_gone(const void *state, struct ks_str part)
{
	const struct dir *dir = state;
	const struct entry *entry = ks_map_find(&dir->entries, part);

	return dir->is_whole && (entry == NULL || entry->scan < dir->scans);
}

/* By its first bytes; one that is empty, or cannot be read yet, may become one. */
static bool is_likely_trail(const char *path)
{
	unsigned char head[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd >= 0 ? read(fd, head, sizeof(head)) : 0;
	ssize_t i = 0;

	if (fd >= 0)
		close(fd);
	if (n >= 2 && head[0] == 0x1F && head[1] == 0x8B)
		return true;
	if (n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
		i = 3;
	while (i < n && memchr(" \t\r\n", head[i], 4) != NULL)
		i++;
	return i >= n || head[i] == '{' || head[i] == '[';
}

static int open_dir(const struct ks_source_config *config, const char *spec, void **out, struct ks_err *err)
{
	struct stat st;
	struct dir *dir;

	if (stat(spec, &st) != 0)
		return ks_err_set_errno(err, "cannot follow '%s'", spec);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return ks_err_set(err, KS_ERR_USAGE, "cannot follow '%s': it is neither a directory nor a file",
			spec);
	if (S_ISREG(st.st_mode) && !is_likely_trail(spec))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no trail: a file of CloudTrail begins with { or [, as "
			"it is or in gzip; give such a file or a directory of them", spec);
	dir = ks_mem_alloc(sizeof(*dir));
	*dir = (struct dir){ .config = *config,
		.top = ks_mem_copy(spec, strlen(spec)),
		.fd = -1,
		.queue = KS_VEC_OF(struct entry *),
		.again = KS_VEC_OF(struct entry *),
		.later = KS_VEC_OF(struct entry *),
		.touched = KS_VEC_OF(struct entry *) };
	ks_map_init(&dir->entries);
	ks_map_init(&dir->told);
	ks_arena_init(&dir->arena);
	ks_inotify_init(&dir->notice, !config->is_once);
	*out = dir;
	return 0;
}

static void close_dir(void *state)
{
	struct dir *dir = state;

	if (dir == NULL)
		return;
	end_current(dir);
	for (size_t i = 0; i < dir->entries.entries.n; i++)
		free_entry(KS_VEC_AT(&dir->entries.entries, struct ks_map_entry, i)->value);
	ks_map_release(&dir->entries);
	ks_map_release(&dir->told);
	ks_vec_release(&dir->queue);
	ks_vec_release(&dir->again);
	ks_vec_release(&dir->later);
	ks_vec_release(&dir->touched);
	ks_arena_release(&dir->arena);
	ks_inotify_release(&dir->notice);
	free(dir->top);
	free(dir);
}

static int poll_fd(const void *state)
{
	return ((const struct dir *)state)->notice.fd;
}

static int64_t next_ms(const void *state)
{
	const struct dir *dir = state;

	int64_t at = dir->scan_at_ms;

	for (size_t i = 0; i < dir->later.n; i++) {
		int64_t later = (*KS_VEC_AT(&dir->later, struct entry *, i))->later_ms;

		at = later < at ? later : at;
	}
	return dir->queue_at < dir->queue.n || dir->again_at < dir->again.n ? dir->scan_ms : at;
}

/* A walk sees all that there is; what cannot be read is told, and is no reason to wait. */
static bool is_drained(const void *state)
{
	const struct dir *dir = state;

	return dir->scans > 0 && dir->queue_at >= dir->queue.n;
}

static void health(const void *state, struct ks_source_health *out)
{
	const struct dir *dir = state;
	int64_t newest = KS_TIME_NONE;

	for (size_t i = 0; i < dir->entries.entries.n; i++) {
		const struct entry *entry = KS_VEC_AT(&dir->entries.entries, struct ks_map_entry, i)->value;

		if (entry->read_ms != 0 && entry->mtime_ns / 1000000 > newest)
			newest = entry->mtime_ns / 1000000;
	}
	*out = (struct ks_source_health){ .heard_ms = dir->scans > 0 ? dir->scan_ms : KS_TIME_NONE,
		.newest_ms = newest,
		.behind = (int64_t)(dir->queue.n - dir->queue_at + dir->later.n),
		.failing_ms = KS_TIME_NONE };
}

const struct ks_source_row ks_source_dir = {
	.name = "dir",
	.usage = "a directory",
	.is_mine = is_mine,
	.open = open_dir,
	.close = close_dir,
	.next = next,
	.reached = reached,
	.save = save,
	.settle = settle,
	.look_back = look_back,
	.is_gone = is_gone,
	.poll_fd = poll_fd,
	.next_ms = next_ms,
	.is_drained = is_drained,
	.health = health,
};

/*
 * The hunt: passes over the files until no new session of a decoy turns up, then the findings in order.
 * Threads are in hunter.c.
 */
#include "lib/engine/hunt.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/engine/hunter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SMALL (64u * 1024)          /* bytes of a file that is soon read */
#define MOST_ADDRESSES 100000u      /* different ones that are told apart for all leaks together */

/* What the findings add up to, by decoy. */
struct tally {
	struct ks_map events;     /* identities of events that were counted, of this one instant */
	int64_t time_ms;          /* that instant */
	struct ks_map leaks;      /* key id to struct ks_hunt_leak in the arena */
	struct ks_map addresses;  /* key id and address */
	struct ks_arena arena;
};

static const struct ks_walk_file *file_at(const struct ks_hunt_request *request, size_t i)
{
	return KS_VEC_AT(&request->files->files, struct ks_walk_file, i);
}

/* For a message; the path goes with the next one. */
static const char *path_of(const struct ks_hunt_request *request, size_t i, struct ks_buf *path)
{
	ks_walk_path(request->files, i, path);
	return path->p;
}

/* The large ones first; small ones, and those of which it is not known, in the order in which they lie in
 * their directories. */
static uint64_t rank_of(const struct ks_hunt_request *request, size_t i)
{
	uint64_t size = file_at(request, i)->size;

	return size < SMALL ? 0 : size;
}

/* Files first: what lies elsewhere is fetched meanwhile, one depot after the other. */
static int compare_sizes(const void *a, const void *b, void *arg)
{
	size_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct ks_hunt_depot *dx = ks_hunter_depot(arg, x), *dy = ks_hunter_depot(arg, y);
	uint64_t nx = rank_of(arg, x), ny = rank_of(arg, y);

	if (dx != dy)
		return dx == NULL || (dy != NULL && dx < dy) ? -1 : 1;
	if (nx != ny)
		return nx < ny ? 1 : -1;
	return (x > y) - (x < y);
}

static int compare_problems(const void *a, const void *b)
{
	const struct ks_hunter_problem *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Copies all of from to a file without a name. What was read when the user stops is kept. */
static int copy_aside(const struct ks_ctx *ctx, int from, const char *dir, struct ks_err *err)
{
	char buffer[1u << 16];
	int fd = ks_file_open_temporary(dir, err);
	ssize_t got = 1;

	while (fd >= 0 && got != 0 && !ks_ctx_is_stopping(ctx)) {
		got = read(from, buffer, sizeof(buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			ks_err_set_errno(err, "cannot read on");
		if (got < 0 || ks_file_write(fd, (struct ks_str){ buffer, (size_t)got }, err) != 0) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

/* A path that can be read only once; -1 when it can be opened again. */
static int open_once(const char *path)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return dup(0);
	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}

static const char *temporary_dir(const struct ks_ctx *ctx)
{
	const char *dir = ks_ctx_env(ctx, "TMPDIR");

	return dir != NULL ? dir : "/tmp";
}

static void keep_fd(struct ks_hunter *hunter, size_t file, int fd)
{
	size_t count = hunter->request->files->files.n;

	if (hunter->fds == NULL) {
		hunter->fds = ks_mem_alloc(count * sizeof(int));
		for (size_t i = 0; i < count; i++)
			hunter->fds[i] = -1;
	}
	hunter->fds[file] = fd;
}

/* Standard input and pipes cannot be read twice, and a decoy's sessions may need a second look, or actors a
 * first one: copied aside. */
static int spool(const struct ks_ctx *ctx, struct ks_hunter *hunter, struct ks_err *err)
{
	const struct ks_hunt_request *request = hunter->request;
	bool is_read_again = request->watchlist->keys.n > 0 ||
		(request->novelty != NULL && !ks_hunter_learns_on_the_way(hunter));

	struct ks_buf path;
	int rc = 0;

	ks_buf_init(&path, KS_WALK_PATH);
	for (size_t i = 0; is_read_again && rc == 0 && i < request->files->files.n; i++) {
		int from = -1;

		/* Below a directory only regular files were found. */
		if (file_at(request, i)->is_named && ks_hunter_depot(request, i) == NULL)
			from = open_once(path_of(request, i, &path));
		if (from < 0)
			continue;
		keep_fd(hunter, i, copy_aside(ctx, from, temporary_dir(ctx), err));
		close(from);
		if (hunter->fds[i] < 0)
			rc = ks_err_wrap(err, "'%s'", path.p);
	}
	ks_buf_release(&path);
	return rc;
}

/* Adds the sessions that a pass saw being handed out, and anchors for the new ones alone. False when
 * there are none. */
static bool learn(struct ks_hunter *hunter, struct ks_keyset *fresh)
{
	struct ks_err err;
	bool is_new = false;

	ks_keyset_release(fresh);
	for (size_t i = 0; i < hunter->sessions.n; i++) {
		const struct ks_hunter_session *row = KS_VEC_AT(&hunter->sessions, struct ks_hunter_session, i);

		if (ks_watchlist_learn(hunter->request->watchlist, ks_str_of(row->id), ks_str_of(row->parent)))
			is_new |= ks_keyset_add(fresh, ks_str_of(row->id), 0, &err) == 0;
	}
	ks_vec_clear(&hunter->sessions);
	hunter->anchors = (struct ks_anchors){ .keys = fresh };
	return is_new;
}

/* What is new is told by all that there is: every record is looked at before any is judged. */
static void run_first_look(struct ks_hunter *hunter, const struct ks_hunt_sink *sink)
{
	struct ks_anchors anchors = hunter->anchors;

	hunter->anchors = (struct ks_anchors){ .every = true };
	hunter->pass = KS_HUNTER_FIRST_LOOK;
	ks_hunter_run(hunter, sink);
	hunter->anchors = anchors;
}

static void run_passes(struct ks_hunter *hunter, const struct ks_hunt_sink *sink)
{
	struct ks_keyset fresh;
	bool goes_on = true;

	ks_keyset_init(&fresh);
	if (hunter->request->novelty != NULL && !ks_hunter_learns_on_the_way(hunter))
		run_first_look(hunter, sink);
	for (hunter->pass = 1; goes_on && hunter->pass <= KS_HUNTER_PASSES; hunter->pass++) {
		atomic_store(&hunter->next, 0);
		atomic_store(&hunter->done, 0);
		ks_hunter_run(hunter, sink);
		if (hunter->pass == 1)
			ks_hunter_judge_waiting(hunter);
		goes_on = !hunter->has_failed && !ks_ctx_is_stopping(hunter->ctx) && learn(hunter, &fresh);
	}
	hunter->summary->has_unfollowed = goes_on;
	ks_keyset_release(&fresh);
}

static void tell_problems(struct ks_hunter *hunter, const struct ks_hunt_sink *sink)
{
	struct ks_buf path;

	ks_buf_init(&path, KS_WALK_PATH);
	ks_vec_sort(&hunter->problems, compare_problems);
	for (size_t i = 0; i < hunter->problems.n; i++) {
		const struct ks_hunter_problem *problem = KS_VEC_AT(&hunter->problems, struct ks_hunter_problem, i);

		sink->problem(sink->arg, path_of(hunter->request, problem->file, &path), problem->offset,
			&problem->err);
	}
	ks_buf_release(&path);
	hunter->summary->unreadable += hunter->problems.n;
}

static void tell_undecided(const struct ks_hunter *hunter, const struct ks_hunt_sink *sink)
{
	struct ks_buf path;

	ks_buf_init(&path, KS_WALK_PATH);
	for (size_t i = 0; i < hunter->undecided.n; i++) {
		const struct ks_hunter_undecided *row = KS_VEC_AT(&hunter->undecided, struct ks_hunter_undecided, i);

		sink->undecided(sink->arg, row->rule, row->event_id, path_of(hunter->request, row->file, &path),
			row->offset);
	}
	ks_buf_release(&path);
}

static void tally_add(struct tally *tally, const struct ks_watchlist *list,
	const struct ks_hunter_note *note)
{
	struct ks_str key_id = ks_str_of(note->key_id);
	struct ks_hunt_leak *leak = ks_map_find(&tally->leaks, key_id);
	char pair[sizeof(note->key_id) + sizeof(note->address)];

	/* Findings come in order of time, so the findings about one event are of one instant. */
	if (note->time_ms != tally->time_ms)
		ks_map_release(&tally->events);
	tally->time_ms = note->time_ms;
	if (!note->is_use || ks_map_put(&tally->events, ks_str_of(note->event), tally) != NULL)
		return;
	if (leak == NULL) {
		leak = ks_arena_alloc(&tally->arena, sizeof(*leak));
		*leak = (struct ks_hunt_leak){ .first_ms = KS_TIME_NONE, .last_ms = KS_TIME_NONE,
			.address = ks_arena_strdup(&tally->arena, ks_str_of(note->address)) };
		ks_watchlist_find(list, key_id, &tally->arena, &leak->decoy);
		ks_map_put(&tally->leaks, key_id, leak);
	}
	leak->calls++;
	if (note->time_ms != KS_TIME_NONE && leak->first_ms == KS_TIME_NONE)
		leak->first_ms = note->time_ms;
	if (note->time_ms != KS_TIME_NONE)
		leak->last_ms = note->time_ms;
	memcpy(pair, note->key_id, sizeof(note->key_id));
	memcpy(pair + sizeof(note->key_id), note->address, sizeof(note->address));
	if (tally->addresses.entries.n < MOST_ADDRESSES &&
		ks_map_put(&tally->addresses, (struct ks_str){ pair, sizeof(pair) }, leak) == NULL)
		leak->addresses++;
}

/* One finding, unless it was withdrawn. */
static void give_one(struct ks_hunter *hunter, const struct ks_hunt_sink *sink, struct tally *tally,
	const struct ks_hunter_note *note, struct ks_str text)
{
	if (note->is_withdrawn)
		return;
	sink->finding(sink->arg, ks_str_sub(text, 0, note->head_n), ks_str_sub(text, note->head_n, text.n),
		note->event);
	hunter->summary->findings++;
	tally_add(tally, hunter->request->watchlist, note);
}

/* Gives the findings back in order, each once, as the last pass that saw it made it. */
static int give_back(struct ks_hunter *hunter, const struct ks_hunt_sink *sink, struct tally *tally,
	struct ks_err *err)
{
	const size_t same = ks_hunter_same(hunter->request);
	struct ks_hunter_note note = { 0 };
	struct ks_str key, payload;
	struct ks_buf last;
	bool has_one;
	char pass = 0;
	int rc;

	ks_buf_init(&last, KS_LIMIT_LINE);
	while ((rc = ks_sorter_next(hunter->sorter, &key, &payload, &has_one, err)) == 0 && has_one) {
		struct ks_str place = ks_str_sub(key, same + 2, key.n);

		if (last.n > 0 && memcmp(last.p, key.p, same) == 0) {
			/* The same place again, or from an earlier pass, is the same copy again. */
			hunter->summary->duplicates += !note.is_withdrawn && key.p[same] == pass &&
				!ks_str_is_equal(ks_str_sub(ks_buf_str(&last), same + 2, last.n), place);
		} else {
			pass = key.p[same];
			memcpy(&note, payload.p, sizeof(note));
			give_one(hunter, sink, tally, &note, ks_str_sub(payload, sizeof(note), payload.n));
		}
		ks_buf_clear(&last);
		ks_buf_add(&last, key);
	}
	ks_buf_release(&last);
	return rc;
}

/* What a chain needs to become a finding among others. */
struct chain_taker {
	struct ks_hunter *hunter;
	const struct ks_hunt_sink *sink;
	struct ks_buf key, text;
};

static void take_chain(void *arg, const struct ks_finding *finding, const void *about)
{
	struct chain_taker *taker = arg;
	struct ks_hunter_note note;
	struct ks_err err;

	if (finding->rule->is_silent)
		return;
	memcpy(&note, about, sizeof(note));
	ks_hunter_note_event(&note, finding->event);
	if (ks_hunter_hand_in(taker->hunter, finding, note, &taker->key, &taker->text))
		return;
	ks_err_set(&err, KS_ERR_LIMIT, "a finding is longer than %u bytes", KS_LIMIT_LINE);
	taker->sink->problem(taker->sink->arg, finding->source, finding->offset, &err);
	taker->hunter->summary->unreadable++;
}

/* A group that did not fit is named. */
static void take_group(void *arg, const struct ks_chains_group *group)
{
	const struct ks_rule *rule = &group->correlation->head;
	struct chain_taker *taker = arg;
	struct ks_err err;

	if (group->overflow == 0)
		return;
	ks_err_set(&err, KS_ERR_LIMIT,
		"'" KS_STR_FMT "' for " KS_STR_FMT ": more than %u events in one window, %llu were not counted",
		KS_STR_ARG(ks_str_sub(rule->title, 0, 100)), KS_STR_ARG(ks_str_sub(group->label, 0, 200)),
		KS_LIMIT_WINDOW, (unsigned long long)group->overflow);
	taker->sink->problem(taker->sink->arg, rule->file != NULL ? rule->file : "", 0, &err);
}

static int correlate(struct ks_hunter *hunter, const struct ks_hunt_sink *sink, struct ks_err *err)
{
	struct chain_taker taker = { .hunter = hunter, .sink = sink };
	int rc;

	ks_buf_init(&taker.key, KS_LIMIT_LINE);
	ks_buf_init(&taker.text, KS_LIMIT_LINE);
	hunter->pass = 1;
	rc = ks_chains_finish(hunter->chains, &(struct ks_chains_sink){ take_chain, &taker, take_group }, err);
	hunter->summary->untimed = hunter->chains->untimed;
	hunter->summary->overflow = hunter->chains->overflow;
	hunter->summary->shortened = hunter->chains->shortened;
	ks_buf_release(&taker.key);
	ks_buf_release(&taker.text);
	if (rc == 0 && hunter->has_failed) {
		*err = hunter->err;
		rc = -1;
	}
	return rc;
}

static int finish(struct ks_hunter *hunter, const struct ks_hunt_sink *sink, struct ks_err *err)
{
	struct tally tally = { 0 };
	int rc;

	if (hunter->has_failed) {
		*err = hunter->err;
		return -1;
	}
	ks_map_init(&tally.events);
	ks_map_init(&tally.leaks);
	ks_map_init(&tally.addresses);
	tell_problems(hunter, sink);
	tell_undecided(hunter, sink);
	rc = correlate(hunter, sink, err);
	if (rc == 0)
		rc = give_back(hunter, sink, &tally, err);
	for (size_t i = 0; rc == 0 && i < tally.leaks.entries.n; i++)
		sink->leak(sink->arg, KS_VEC_AT(&tally.leaks.entries, struct ks_map_entry, i)->value);
	ks_map_release(&tally.events);
	ks_map_release(&tally.leaks);
	ks_map_release(&tally.addresses);
	ks_arena_release(&tally.arena);
	if (rc == 0 && ks_ctx_is_stopping(hunter->ctx))
		return ks_err_set(err, KS_ERR_STATE, "stopped before everything was read");
	return rc;
}

int ks_hunt_run(const struct ks_ctx *ctx, const struct ks_hunt_request *request,
	const struct ks_hunt_sink *sink, struct ks_hunt_summary *out, struct ks_err *err)
{
	size_t count = request->files->files.n;
	uint32_t *order = ks_mem_alloc((count + 1) * sizeof(*order));
	struct timespec begin, end;
	struct ks_hunt_summary summary = { .skipped = request->files->skipped,
		.unreadable = request->files->problems.n };
	struct ks_sorter sorter, waiting;
	struct ks_chains chains;
	struct ks_wants wants;
	struct ks_hunter hunter = { .ctx = ctx, .request = request, .wants = &wants, .order = order,
		.sorter = &sorter, .chains = &chains,
		.waiting = &waiting, .summary = &summary,
		.lock = PTHREAD_MUTEX_INITIALIZER, .sessions = KS_VEC_OF(struct ks_hunter_session),
		.problems = KS_VEC_OF(struct ks_hunter_problem),
		.undecided = KS_VEC_OF(struct ks_hunter_undecided) };
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	ks_wants_init(&wants, request->program);
	if (request->gather != NULL)
		ks_wants_grants(&wants);
	if (request->novelty != NULL)
		ks_wants_limit(&wants, request->novelty);
	ks_sorter_init(&sorter, KS_LIMIT_SORT, temporary_dir(ctx));
	ks_sorter_init(&waiting, KS_LIMIT_SORT, temporary_dir(ctx));
	ks_chains_init(&chains, request->program, temporary_dir(ctx));
	hunter.anchors = ks_wants_anchors(&wants, &request->watchlist->keys);
	if (request->is_exhaustive)
		hunter.anchors = (struct ks_anchors){ .keys = &request->watchlist->keys, .every = true };
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, count, sizeof(*order), compare_sizes, (void *)(uintptr_t)request);
	for (size_t i = 0; i < request->files->problems.n; i++) {
		const struct ks_walk_problem *problem =
			KS_VEC_AT(&request->files->problems, struct ks_walk_problem, i);

		sink->problem(sink->arg, problem->path, 0, &problem->err);
	}
	rc = spool(ctx, &hunter, err);
	if (rc == 0) {
		run_passes(&hunter, sink);
		rc = finish(&hunter, sink, err);
	}
	for (size_t i = 0; i < count && hunter.fds != NULL; i++)
		if (hunter.fds[i] >= 0)
			close(hunter.fds[i]);
	clock_gettime(CLOCK_MONOTONIC, &end);
	summary.seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	*out = summary;
	free(hunter.fds);
	free(order);
	ks_vec_release(&hunter.sessions);
	ks_vec_release(&hunter.problems);
	ks_vec_release(&hunter.undecided);
	pthread_mutex_destroy(&hunter.lock);
	ks_sorter_release(&sorter);
	ks_sorter_release(&waiting);
	ks_chains_release(&chains);
	ks_wants_release(&wants);
	return rc;
}

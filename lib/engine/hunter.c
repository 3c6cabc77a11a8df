/* The threads of a hunt: each takes the next file, reads it, and hands in what the rules say. */
#include "lib/engine/hunter.h"

#include "lib/base/limits.h"
#include "lib/base/sortkey.h"
#include "lib/engine/enrich.h"
#include "lib/engine/judge.h"
#include "lib/engine/reader.h"
#include "lib/engine/wants_sift.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_NS 200000000L
#define PROBLEMS_A_FILE 1000u          /* kept one by one */

/* One thread's share. */
struct worker {
	struct ks_hunter *hunter;
	struct ks_reader reader;
	struct ks_judge judge;
	struct ks_buf text, key;           /* of the finding at hand */
	struct ks_novelty *novelty;        /* what this thread saw of actors; NULL in passes that only judge */
	struct ks_anchors anchors;
	struct ks_wants_times times;       /* that tell it nothing new */
	struct ks_wants_sift sift;
	unsigned wanted;                   /* enriched fields that rules read */
	struct ks_novelty_sight sight;     /* of the event at hand, once it was asked for */
	bool has_sight;
	size_t file;
	struct ks_buf path;                /* of it */
	int64_t stem;                      /* of the last file that was opened, or -1 */
	int dir;                           /* the directory of several in a row, or -1 */
	uint64_t problems;                 /* of the file at hand */
	uint64_t undecided;
	pthread_t thread;
};

static const struct ks_walk_file *file_of(const struct worker *worker)
{
	return KS_VEC_AT(&worker->hunter->request->files->files, struct ks_walk_file, worker->file);
}

static void turn_to(struct worker *worker, size_t file)
{
	worker->file = file;
	ks_walk_path(worker->hunter->request->files, file, &worker->path);
}

/* A file that is nothing but trouble must not fill the memory: past a number, its problems are counted. */
static void add_problem(struct worker *worker, uint64_t offset, const struct ks_err *err)
{
	struct ks_hunter *hunter = worker->hunter;
	struct ks_hunter_problem *problem;

	pthread_mutex_lock(&hunter->lock);
	if (worker->problems++ < PROBLEMS_A_FILE) {
		problem = ks_vec_push(&hunter->problems);
		*problem = (struct ks_hunter_problem){ worker->file, offset, *err };
	} else {
		hunter->summary->unreadable++;
	}
	pthread_mutex_unlock(&hunter->lock);
}

/* What the reader meets in the first pass it meets in all later ones. */
static void add_reading_problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct worker *worker = arg;

	if (worker->hunter->pass == 1)
		add_problem(worker, offset, err);
}

static void copy_text(char *out, size_t size, struct ks_str s)
{
	/* As a C string has it: up to the first NUL. */
	s = ks_str_sub(s, 0, size - 1);
	s = ks_str_sub(s, 0, s.n > 0 ? strnlen(s.p, s.n) : 0);
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}

static void learn(struct worker *worker, struct ks_str session, struct ks_str parent)
{
	struct ks_hunter_session *row;

	if (session.n != KS_KEYSET_ID || ks_keyset_find(&worker->hunter->request->watchlist->keys, session) >= 0)
		return;
	pthread_mutex_lock(&worker->hunter->lock);
	row = ks_vec_push(&worker->hunter->sessions);
	copy_text(row->id, sizeof(row->id), session);
	copy_text(row->parent, sizeof(row->parent), parent);
	pthread_mutex_unlock(&worker->hunter->lock);
}

size_t ks_hunter_same(const struct ks_hunt_request *request)
{
	size_t n = sizeof(uint64_t) + KS_FINDING_ID - 1;

	return request->format->render_event != NULL ? n + KS_EVENT_ID - 1 + 1 : n;
}

/* The order of output: time and id, which make a finding the same one; then, among its copies, what
 * the last pass made of them, those that know of a decoy first, then the lowest place. For people, what
 * is about one event stays together, the gravest first. */
static void make_key(struct ks_hunter *hunter, const struct ks_finding *finding, struct ks_buf *key)
{
	char id[KS_FINDING_ID];

	ks_finding_identify(finding, id);
	ks_buf_clear(key);
	ks_sortkey_add(key, ks_sortkey_of_time(finding->event->time_ms), 8);
	if (hunter->request->format->render_event != NULL) {
		ks_buf_add(key, (struct ks_str){ finding->event->identity, KS_EVENT_ID - 1 });
		ks_buf_addc(key, (char)(KS_LEVEL_CRITICAL - finding->rule->level));
	}
	ks_buf_add(key, (struct ks_str){ id, KS_FINDING_ID - 1 });
	ks_buf_addc(key, (char)(KS_HUNTER_PASSES - hunter->pass));
	ks_buf_addc(key, finding->decoy_name != NULL ? 0 : 1);
	ks_buf_adds(key, finding->source);
	ks_buf_addc(key, 0);
	ks_sortkey_add(key, finding->offset, 8);
}

static void add_item(struct ks_hunter *hunter, const struct ks_buf *key, const struct ks_buf *text)
{
	pthread_mutex_lock(&hunter->lock);
	if (!hunter->has_failed &&
		ks_sorter_add(hunter->sorter, ks_buf_str(key), ks_buf_str(text), &hunter->err) != 0)
		hunter->has_failed = true;
	pthread_mutex_unlock(&hunter->lock);
}

/* A rule is not met now that a session is known, and may have been before that. */
static void withdraw(struct worker *worker, const struct ks_finding *finding)
{
	struct ks_hunter_note note = { .is_withdrawn = true };

	make_key(worker->hunter, finding, &worker->key);
	ks_buf_clear(&worker->text);
	ks_buf_add(&worker->text, (struct ks_str){ (const char *)&note, sizeof(note) });
	add_item(worker->hunter, &worker->key, &worker->text);
}

bool ks_hunter_hand_in(struct ks_hunter *hunter, const struct ks_finding *finding,
	struct ks_hunter_note note, struct ks_buf *key, struct ks_buf *text)
{
	const struct ks_formatter *format = hunter->request->format;

	make_key(hunter, finding, key);
	ks_buf_clear(text);
	ks_buf_add(text, (struct ks_str){ (const char *)&note, sizeof(note) });
	format->render(finding, hunter->request->has_color, text);
	note.head_n = text->n - sizeof(note);
	memcpy(text->p, &note, sizeof(note));
	if (format->render_event != NULL)
		format->render_event(finding, hunter->request->has_color, text);
	if (text->is_full)
		return false;
	add_item(hunter, key, text);
	return true;
}

void ks_hunter_note_event(struct ks_hunter_note *note, const struct ks_event *event)
{
	note->time_ms = event->time_ms;
	copy_text(note->event, sizeof(note->event), ks_str_of(event->identity));
	copy_text(note->address, sizeof(note->address), event->ip);
}

static bool hand_in_own(struct worker *worker, const struct ks_finding *finding, struct ks_hunter_note note)
{
	ks_hunter_note_event(&note, finding->event);
	return ks_hunter_hand_in(worker->hunter, finding, note, &worker->key, &worker->text);
}

/* A rule is met: a finding, unless it only feeds correlations, and a hit of these. */
static void hand_in(struct worker *worker, const struct ks_finding *finding, struct ks_event *event,
	const struct ks_view *view, const struct ks_enriched *enriched)
{
	struct ks_hunter_note note = { .is_use = ks_enrich_is_use(enriched->match) };
	struct ks_hunter *hunter = worker->hunter;
	struct ks_err err;

	if (enriched->match != KS_MATCH_NONE)
		copy_text(note.key_id, sizeof(note.key_id), ks_str_of(enriched->decoy.key_id));
	if (!finding->rule->is_silent && event->identity[0] == '\0')
		ks_event_identify(event);
	if (!finding->rule->is_silent && !hand_in_own(worker, finding, note)) {
		ks_err_set(&err, KS_ERR_LIMIT, "a finding is longer than %u bytes", KS_LIMIT_LINE);
		add_problem(worker, finding->offset, &err);
	}
	if (finding->rule->uses == NULL)
		return;
	pthread_mutex_lock(&hunter->lock);
	if (!hunter->has_failed && ks_chains_add(hunter->chains, &(struct ks_chains_hit){ .finding = finding,
		.view = view, .event = event, .pass = hunter->pass, .note = &note, .note_n = sizeof(note) },
		&hunter->err) != 0)
		hunter->has_failed = true;
	pthread_mutex_unlock(&hunter->lock);
}

/* In a later pass: what the pass before made of the event no longer counts. */
static void read_again(struct ks_hunter *hunter, struct ks_event *event)
{
	if (hunter->pass == 1)
		return;
	ks_event_identify(event);
	pthread_mutex_lock(&hunter->lock);
	ks_chains_read_again(hunter->chains, event, hunter->pass);
	pthread_mutex_unlock(&hunter->lock);
}

static bool is_in_time(const struct ks_hunt_request *request, const struct ks_event *event)
{
	/* An event whose time cannot be read is never left out for it. */
	if (event->time_ms == KS_TIME_NONE)
		return true;
	return (request->since_ms == KS_TIME_NONE || event->time_ms >= request->since_ms) &&
		(request->until_ms == KS_TIME_NONE || event->time_ms <= request->until_ms);
}

static void fail(struct ks_hunter *hunter, const struct ks_err *err)
{
	pthread_mutex_lock(&hunter->lock);
	if (!hunter->has_failed)
		hunter->err = *err;
	hunter->has_failed = true;
	pthread_mutex_unlock(&hunter->lock);
}

const struct ks_hunt_depot *ks_hunter_depot(const struct ks_hunt_request *request, size_t file)
{
	for (size_t i = 0; i < request->depot_count; i++)
		if (file >= request->depots[i].first &&
			file - request->depots[i].first < ks_depot_count(request->depots[i].depot))
			return &request->depots[i];
	return NULL;
}

static enum ks_evidence_trust trust_of(const struct worker *worker, const struct ks_event *event)
{
	const struct ks_hunt_request *request = worker->hunter->request;
	const struct ks_hunt_depot *in = ks_hunter_depot(request, worker->file);
	struct ks_ingest_origin origin = {
		.trust = request->trusts != NULL ? request->trusts[worker->file] : KS_EVIDENCE_UNTRUSTED };

	if (in != NULL)
		origin.account = ks_depot_account(in->depot, worker->file - in->first);
	return ks_ingest_trust(&origin, event);
}

/* Keeps the record for the caller, when it is wanted. */
static void gather(struct worker *worker, struct ks_event *event, uint64_t offset)
{
	struct ks_hunter *hunter = worker->hunter;
	struct ks_err err;

	if (hunter->request->gather == NULL)
		return;
	ks_event_identify(event);
	if (ks_gather_add(hunter->request->gather, event, &(struct ks_gather_place){
			worker->path.p, offset, trust_of(worker, event) }, &err) != 0)
		fail(hunter, &err);
}

/* Likewise the key that it handed out. */
static void gather_grant(struct worker *worker, const struct ks_event *event)
{
	struct ks_hunter *hunter = worker->hunter;
	struct ks_grant grant;
	struct ks_err err;

	if (hunter->request->gather == NULL || !ks_grant_read(event, &grant))
		return;
	grant.is_trusted = ks_evidence_is_trusted(trust_of(worker, event));
	if (ks_gather_grant(hunter->request->gather, &grant, &err) != 0)
		fail(hunter, &err);
}

static int compare_undecided(const void *a, const void *b)
{
	const struct ks_hunter_undecided *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return ks_str_compare(x->rule->id, y->rule->id);
}

/* Somebody must be able to look it up. The same ones are named whatever the number of threads. */
static void note_undecided(struct worker *worker, const struct ks_finding *finding)
{
	struct ks_vec *list = &worker->hunter->undecided;
	struct ks_hunter_undecided *row;

	worker->undecided++;
	pthread_mutex_lock(&worker->hunter->lock);
	row = ks_vec_push(list);
	*row = (struct ks_hunter_undecided){ .file = worker->file, .offset = finding->offset,
		.rule = finding->rule };
	copy_text(row->event_id, sizeof(row->event_id), finding->event->event_id);
	ks_vec_sort(list, compare_undecided);
	if (list->n > KS_LIMIT_UNDECIDED)
		list->n--;
	pthread_mutex_unlock(&worker->hunter->lock);
}

/* Who did it, worked out once. */
static const struct ks_novelty_sight *sight_of(struct worker *worker, const struct ks_event *event)
{
	if (!worker->has_sight)
		worker->sight = ks_enrich_sight(event);
	worker->has_sight = true;
	return &worker->sight;
}

static struct ks_view view_of(const struct worker *worker, struct ks_event *event)
{
	const struct ks_program *program = worker->hunter->request->program;

	return ks_event_view(event, program->paths, program->path_count);
}

/* The fields that are not told by the decoys. */
static void enrich_beyond(struct worker *worker, struct ks_event *event)
{
	const struct ks_hunt_request *request = worker->hunter->request;
	struct ks_novelty_verdict verdict = { { -1, -1, -1 }, -1 };

	if (request->novelty != NULL)
		ks_novelty_judge(request->novelty, sight_of(worker, event), &verdict);
	ks_enrich_beyond(event, worker->wanted, &request->sources, &verdict);
}

static unsigned known_of(const struct ks_event *event, const struct ks_enriched *enriched)
{
	return (ks_enrich_is_nobodys(enriched) ? (unsigned)KS_WANTS_NOBODYS : 0) |
		(event->has_no_other ? (unsigned)KS_WANTS_NO_OTHER : 0);
}

/* What the rules make of an event. No enriched field was asked of its view yet. */
static void judge(struct worker *worker, struct ks_event *event, const struct ks_view *view,
	const struct ks_enriched *enriched, uint64_t offset)
{
	const struct ks_program *program = worker->hunter->request->program;
	const struct ks_vec *verdicts;
	bool is_met = false;

	enrich_beyond(worker, event);
	verdicts = ks_judge_event(&worker->judge, view, known_of(event, enriched));
	read_again(worker->hunter, event);
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct ks_judge_verdict *said = KS_VEC_AT(verdicts, struct ks_judge_verdict, i);
		enum ks_verdict verdict = said->verdict;
		struct ks_finding finding = { .rule = program->rules[said->rule],
			.event = event,
			.key_kind = enriched->key_kind,
			.source = worker->path.p,
			.offset = offset };

		is_met |= verdict == KS_VERDICT_YES;
		if (enriched->match != KS_MATCH_NONE) {
			finding.decoy_name = enriched->decoy.name;
			finding.decoy_placement = enriched->decoy.placement;
		}
		if (verdict == KS_VERDICT_UNDECIDED)
			note_undecided(worker, &finding);
		if (verdict == KS_VERDICT_YES)
			hand_in(worker, &finding, event, view, enriched);
		else if (verdict == KS_VERDICT_NO && worker->hunter->pass > 1 &&
			ks_str_has_prefix(enriched->decoy_key, KS_STR("ASIA")))
			withdraw(worker, &finding);
	}
	if (is_met || ks_enrich_session(event, enriched).p != NULL)
		gather(worker, event, offset);
}

bool ks_hunter_learns_on_the_way(const struct ks_hunter *hunter)
{
	return hunter->request->novelty != NULL && ks_novelty_is_limited(hunter->request->novelty);
}

/* Whether a rule may ask what is new for the event's actor, while that is not known yet. */
static bool must_wait(struct worker *worker, const struct ks_event *event, const struct ks_view *view)
{
	const struct ks_route *route;

	if (worker->novelty == NULL || !ks_novelty_learns(worker->novelty, event->source))
		return false;
	route = ks_wants_route(&worker->judge.routes, view, 0);
	for (size_t i = 0; i < route->n; i++)
		if (worker->hunter->wants->asks_actor[route->rules[i]])
			return true;
	return false;
}

/* Where an event that waits comes from: its key among the others. */
struct place {
	uint64_t file, offset;
	bool has_no_key;
};

static void wait_for_all(struct worker *worker, const struct ks_event *event, uint64_t offset)
{
	struct ks_hunter *hunter = worker->hunter;
	struct ks_err err = { 0 };
	struct place place;
	int rc;

	memset(&place, 0, sizeof(place));
	place.file = worker->file;
	place.offset = offset;
	place.has_no_key = event->has_no_key;
	pthread_mutex_lock(&hunter->lock);
	rc = ks_sorter_add(hunter->waiting, (struct ks_str){ (const char *)&place, sizeof(place) },
		ks_event_raw(event), &err);
	pthread_mutex_unlock(&hunter->lock);
	if (rc != 0)
		fail(hunter, &err);
}

/* Takes in what the event tells of its actor. True when that is all that it is for. */
static bool observe(struct worker *worker, const struct ks_event *event)
{
	if (worker->novelty == NULL)
		return false;
	ks_novelty_observe(worker->novelty, sight_of(worker, event));
	if (worker->anchors.times != NULL)
		ks_wants_update(worker->novelty, &worker->times);
	return worker->hunter->pass == KS_HUNTER_FIRST_LOOK;
}

static void take_event(void *arg, struct ks_event *event, uint64_t offset)
{
	struct worker *worker = arg;
	struct ks_enriched enriched;
	struct ks_str session;
	struct ks_view view;

	worker->has_sight = false;
	if (observe(worker, event))
		return;
	gather_grant(worker, event);
	/* Nothing else in it that a rule or a decoy has to do with. */
	if (event->is_aside)
		return;
	ks_enrich_event(event, worker->hunter->request->watchlist, &enriched);
	session = ks_enrich_session(event, &enriched);
	if (session.p != NULL)
		learn(worker, session, enriched.decoy_key);
	if (!is_in_time(worker->hunter->request, event))
		return;
	view = view_of(worker, event);
	if (must_wait(worker, event, &view))
		wait_for_all(worker, event, offset);
	else
		judge(worker, event, &view, &enriched, offset);
}

/* An event that has waited, read again from what was kept of it. */
static void judge_kept(struct worker *worker, struct ks_str key, struct ks_str raw)
{
	struct ks_reader *reader = &worker->reader;
	struct ks_enriched enriched;
	struct ks_event event;
	struct place place;
	struct ks_view view;
	struct ks_err err;

	memcpy(&place, key.p, sizeof(place));
	ks_arena_clear(&reader->arena);
	/* It could be indexed when it was kept. */
	if (ks_index_build(&reader->index, raw, NULL, &err) != 0)
		return;
	turn_to(worker, place.file);
	ks_event_init(&event, &reader->index, 0, &reader->arena);
	event.has_no_key = place.has_no_key;
	ks_enrich_event(&event, worker->hunter->request->watchlist, &enriched);
	worker->has_sight = false;
	view = view_of(worker, &event);
	judge(worker, &event, &view, &enriched, place.offset);
	ks_event_release(&event);
}

/* Opens a path. Of several files in a row in one directory, the later ones by their names in it. */
static int open_beside(struct worker *worker, const char *path)
{
	const char *slash = strrchr(path, '/');
	int64_t stem = file_of(worker)->stem;

	if (stem != worker->stem || slash == NULL) {
		if (worker->dir >= 0)
			close(worker->dir);
		worker->dir = -1;
	} else if (worker->dir < 0) {
		worker->path.p[slash - path] = '\0';
		worker->dir = open(slash == path ? "/" : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		worker->path.p[slash - path] = '/';
	}
	worker->stem = stem;
	return worker->dir >= 0 ? openat(worker->dir, slash + 1, O_RDONLY | O_CLOEXEC) :
		open(path, O_RDONLY | O_CLOEXEC);
}

/* Opens a file; what cannot be read twice was copied aside. */
static int open_file(struct worker *worker, struct ks_err *err)
{
	const struct ks_hunter *hunter = worker->hunter;
	const char *path = worker->path.p;
	int kept = hunter->fds != NULL ? hunter->fds[worker->file] : -1, fd;

	if (kept >= 0) {
		fd = dup(kept);
		if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0)
			return ks_err_set_errno(err, "cannot read the copy of '%s' again", path);
		return fd;
	}
	if (strcmp(path, "-") == 0)
		return 0;
	fd = open_beside(worker, path);
	if (fd < 0)
		return ks_err_set_errno(err, "cannot open it");
	return fd;
}

/* The next one of the depot whose turn it is; false when there is nothing to read. */
static bool take_object(struct worker *worker, const struct ks_hunt_depot *from, int *out_fd)
{
	struct ks_depot_piece piece;

	if (ks_depot_take(from->depot, &piece) != 0)
		return false;
	turn_to(worker, from->first + piece.object);
	worker->problems = 0;
	*out_fd = piece.fd;
	if (piece.rc != 0 && !piece.is_told)
		add_problem(worker, 0, &piece.err);
	return piece.fd >= 0;
}

static void read_file(struct worker *worker, size_t place)
{
	const struct ks_hunt_depot *depot = ks_hunter_depot(worker->hunter->request, place);
	struct ks_hunt_summary *summary = worker->hunter->summary;
	const struct ks_walk_file *file;
	struct ks_err err;
	bool is_skipped = false;
	int fd = -1;

	turn_to(worker, place);
	worker->reader.records = 0;
	worker->problems = 0;
	if (depot != NULL && !take_object(worker, depot, &fd))
		return;
	if (depot == NULL)
		fd = open_file(worker, &err);
	if (fd < 0) {
		add_reading_problem(worker, 0, &err);
		return;
	}
	file = file_of(worker);
	worker->reader.stream.size = file->size;
	if (ks_reader_run(&worker->reader, fd, &err) != 0) {
		/* What lies about in a directory of trails and is none is passed over; what was named is not. */
		is_skipped = !file->is_named && (err.code == KS_ERR_PARSE || err.code == KS_ERR_UNSUPPORTED);
		if (!is_skipped || err.code == KS_ERR_UNSUPPORTED)
			add_reading_problem(worker, 0, &err);
	}
	atomic_fetch_add(&worker->hunter->done, worker->reader.stream.bytes_in);
	if (worker->hunter->pass != 1)
		return;
	pthread_mutex_lock(&worker->hunter->lock);
	summary->files += !is_skipped;
	summary->skipped += is_skipped;
	summary->records += worker->reader.records;
	summary->bytes_in += worker->reader.stream.bytes_in;
	summary->bytes += worker->reader.stream.bytes_out;
	pthread_mutex_unlock(&worker->hunter->lock);
}

static void begin_learning(struct worker *worker)
{
	const struct ks_hunter *hunter = worker->hunter;
	bool is_on_the_way = hunter->pass == 1 && ks_hunter_learns_on_the_way(hunter);

	if (hunter->pass != KS_HUNTER_FIRST_LOOK && !is_on_the_way)
		return;
	worker->novelty = ks_novelty_new(0);
	if (!is_on_the_way)
		return;
	ks_wants_limit(hunter->wants, worker->novelty);
	ks_wants_learn(hunter->wants, &worker->anchors, &worker->times);
}

/* With what it needs besides a reader. */
static void begin(struct worker *worker)
{
	ks_judge_init(&worker->judge, worker->hunter->wants, worker->hunter->request->is_exhaustive);
	worker->wanted = ks_enrich_wanted(worker->hunter->request->program);
	ks_buf_init(&worker->path, KS_WALK_PATH);
	worker->stem = worker->dir = -1;
	ks_buf_init(&worker->text, KS_LIMIT_LINE);
	ks_buf_init(&worker->key, KS_LIMIT_LINE);
}

static void end(struct worker *worker)
{
	ks_buf_release(&worker->key);
	ks_buf_release(&worker->text);
	ks_buf_release(&worker->path);
	if (worker->dir >= 0)
		close(worker->dir);
	ks_judge_release(&worker->judge);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct ks_hunter *hunter = worker->hunter;
	const struct ks_hunt_request *request = hunter->request;
	ks_mask_fill_fn *fill = ks_mask_pick(request->mask);
	size_t count = request->files->files.n, i;

	worker->anchors = hunter->anchors;
	if (hunter->pass == 1 && !request->is_exhaustive)
		ks_wants_sift_begin(&worker->sift, hunter->wants, fill, &worker->anchors);
	begin_learning(worker);
	ks_reader_init(&worker->reader, &(struct ks_reader_config){ .inflate = ks_inflate_find(request->inflate),
		.fill = fill, .stop = hunter->ctx->stop, .may_gather = true }, &worker->anchors,
		&(struct ks_reader_sink){ take_event, add_reading_problem, worker });
	worker->reader.stream.idle = &hunter->idle;
	begin(worker);
	while ((i = atomic_fetch_add(&hunter->next, 1)) < count && !ks_ctx_is_stopping(hunter->ctx))
		read_file(worker, hunter->order[i]);
	end(worker);
	ks_wants_sift_end(&worker->sift);
	ks_reader_release(&worker->reader);
	atomic_fetch_add(&hunter->idle, 1);
	pthread_mutex_lock(&hunter->lock);
	hunter->summary->undecided += worker->undecided;
	if (worker->novelty != NULL)
		ks_novelty_merge(request->novelty, worker->novelty);
	pthread_mutex_unlock(&hunter->lock);
	ks_novelty_free(worker->novelty);
	atomic_fetch_sub(&hunter->running, 1);
	return NULL;
}

void ks_hunter_judge_waiting(struct ks_hunter *hunter)
{
	struct worker worker = { .hunter = hunter };
	struct ks_str key, raw;
	struct ks_err err = { 0 };
	bool has_one;
	int rc;

	if (!ks_hunter_learns_on_the_way(hunter) || hunter->has_failed)
		return;
	ks_index_init(&worker.reader.index);
	ks_arena_init(&worker.reader.arena);
	begin(&worker);
	while ((rc = ks_sorter_next(hunter->waiting, &key, &raw, &has_one, &err)) == 0 && has_one)
		judge_kept(&worker, key, raw);
	if (rc != 0)
		fail(hunter, &err);
	end(&worker);
	ks_arena_release(&worker.reader.arena);
	ks_index_release(&worker.reader.index);
	hunter->summary->undecided += worker.undecided;
}

/* Of all files together; 0 where a size was not asked for. */
static uint64_t bytes_of_all(const struct ks_vec *files)
{
	uint64_t all = 0;

	for (size_t i = 0; i < files->n; i++) {
		const struct ks_walk_file *file = KS_VEC_AT(files, struct ks_walk_file, i);

		if (file->is_unsized)
			return 0;
		all += file->size;
	}
	return all;
}

/* Tells how far it is, five times a second, until all threads are done. */
static void watch_progress(struct ks_hunter *hunter, const struct ks_hunt_sink *sink)
{
	const struct timespec pause = { .tv_nsec = PROGRESS_NS };
	const struct ks_vec *files = &hunter->request->files->files;
	struct ks_hunt_progress progress = { .bytes_all = bytes_of_all(files), .files_all = files->n };

	while (atomic_load(&hunter->running) > 0) {
		nanosleep(&pause, NULL);
		progress.bytes = atomic_load(&hunter->done);
		progress.files = atomic_load(&hunter->next);
		if (progress.files > files->n)
			progress.files = files->n;
		sink->progress(sink->arg, &progress);
	}
}

/* What lies elsewhere is fetched from now on, in the order in which it is asked for. */
static void begin_depots(struct ks_hunter *hunter)
{
	size_t count = hunter->request->files->files.n, at = 0;

	while (at < count && ks_hunter_depot(hunter->request, hunter->order[at]) == NULL)
		at++;
	for (size_t i = 0; i < hunter->request->depot_count; i++) {
		const struct ks_hunt_depot *one = &hunter->request->depots[i];

		ks_depot_begin(one->depot, hunter->order + at, one->first);
		at += ks_depot_count(one->depot);
	}
}

void ks_hunter_run(struct ks_hunter *hunter, const struct ks_hunt_sink *sink)
{
	size_t count = hunter->request->jobs < hunter->request->files->files.n ? hunter->request->jobs :
		hunter->request->files->files.n;
	struct ks_vec workers = KS_VEC_OF(struct worker);
	size_t started = 0;

	if (count == 0)
		return;
	begin_depots(hunter);
	/* A later pass judges everything once more. */
	hunter->summary->undecided = 0;
	ks_vec_clear(&hunter->undecided);
	for (size_t i = 0; i < count; i++)
		((struct worker *)ks_vec_push(&workers))->hunter = hunter;
	atomic_store(&hunter->running, (unsigned)count);
	atomic_store(&hunter->idle, (int)(hunter->request->jobs - count));
	/* The vector does not grow any more, so its elements stay where they are. */
	while (started < count && (count > 1 || sink->progress != NULL) &&
		pthread_create(&KS_VEC_AT(&workers, struct worker, started)->thread, NULL, work,
		KS_VEC_AT(&workers, struct worker, started)) == 0)
		started++;
	if (started == 0)
		work(KS_VEC_AT(&workers, struct worker, 0));
	atomic_fetch_sub(&hunter->running, started == 0 ? (unsigned)count - 1 : (unsigned)(count - started));
	if (started > 0 && sink->progress != NULL)
		watch_progress(hunter, sink);
	for (size_t i = 0; i < started; i++)
		pthread_join(KS_VEC_AT(&workers, struct worker, i)->thread, NULL);
	ks_vec_release(&workers);
}

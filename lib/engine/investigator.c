/* One pass over files, more of them over what it had no room for. The store: investigator_store.c. */
#include "lib/engine/investigator.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/engine/bystander.h"
#include "lib/engine/enrich.h"
#include "lib/engine/grant.h"
#include "lib/engine/reader.h"
#include "lib/engine/testimony.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS 4u                      /* sessions of sessions … */
#define ISSUERS_MOST 20u               /* that are looked for in the files of others */
#define TIME_N 20u                     /* "2026-11-21T10:15:00Z" */

enum pass { NOTES, OWN, SESSIONS, OTHERS };

/* What the threads of a pass share. */
struct reading {
	const struct ks_investigator *of;
	const struct ks_walk *files;
	struct ks_vec left;                /* size_t: those of them that were not noted, for the later passes */
	struct ks_notepad *pads;           /* one a job */
	atomic_size_t room;
	enum pass pass;
	atomic_size_t next;
	pthread_mutex_t lock;              /* of the inquiry and what follows */
	struct ks_map sessions;            /* ids of temporary keys of a key, all of them, to their level */
	char levels[LEVELS], *level;       /* of the last ones, which the pass at hand is for */
	struct ks_map fresh;               /* those that were learned in this pass */
	struct ks_vec issuers;             /* struct ks_inquiry_row, for the last pass */
};

#define HELD_MOST 64u

/* What could not be read of a file, until it is known that the file is not read again. */
struct held {
	uint64_t offset;
	struct ks_err err;
};

struct worker {
	struct reading *reading;
	struct ks_notepad *pad;            /* of the first pass */
	struct ks_vec held;                /* struct held: likewise */
	struct ks_reader reader;
	struct ks_bystander bystander;     /* of the last pass */
	struct ks_buf path;                /* of the file at hand */
	char first[TIME_N], last[TIME_N];  /* of the records that it came by; first[0] NUL: none */
	uint64_t records;
	pthread_t thread;
};

/* ---- what to look into --------------------------------------------------------------------------- */

/* What stands behind a field's name, in a record or in a string that holds one. False: there is none (any
 * more). *out_is_whole: no escape is in it. */
static bool next_value(struct ks_str text, const char *field, size_t *at, struct ks_str *out,
	bool *out_is_whole)
{
	struct ks_str name = ks_str_of(field);
	const char *end = text.p + text.n, *p;
	ptrdiff_t found = ks_str_find(ks_str_sub(text, *at, text.n), name);

	if (found < 0)
		return false;
	p = ks_inquiry_value(text.p + *at + found + name.n, end);
	*out = (struct ks_str){ p, 0 };
	while (p < end && *p != '"' && *p != '\\')
		p++;
	out->n = (size_t)(p - out->p);
	*out_is_whole = p < end && *p == '"';
	*at = (size_t)(p - text.p);
	return true;
}

/* *out_at: behind the last place where the field's name stands; 0: nowhere. */
static bool may_share_field(const struct ks_inquiry *inquiry, struct ks_str text, const char *field,
	enum ks_inquiry_table table, size_t *out_at)
{
	struct ks_str value;
	bool is_whole;

	*out_at = 0;
	while (next_value(text, field, out_at, &value, &is_whole))
		if (!is_whole || ks_inquiry_shares(inquiry, table, value))
			return true;
	return false;
}

/* The agent nearly always stands right behind the address: there it is looked for first. */
static bool may_share_agent(const struct ks_inquiry *inquiry, struct ks_str text, size_t from)
{
	static const char field[] = "userAgent";
	size_t ignored;

	return may_share_field(inquiry, ks_str_sub(text, from, text.n), field, KS_INQUIRY_AGENTS, &ignored) ||
		(from > 0 && may_share_field(inquiry, ks_str_sub(text, 0, from), field, KS_INQUIRY_AGENTS,
			&ignored));
}

static bool may_share(const struct reading *reading, struct ks_str text)
{
	const struct ks_inquiry *inquiry = reading->of->inquiry;
	size_t at;

	if (may_share_field(inquiry, text, "sourceIPAddress", KS_INQUIRY_ADDRESSES, &at) ||
		may_share_agent(inquiry, text, at) || ks_inquiry_has_escape(text))
		return true;
	/* What was new for those who came from an address is told by all that they did. */
	if (reading->of->firsts != NULL && ks_inquiry_subject(inquiry)->kind == KS_INQUIRY_IP &&
		may_share_field(inquiry, text, "accessKeyId", KS_INQUIRY_KEYS, &at))
		return true;
	for (size_t i = 0; i < reading->issuers.n; i++) {
		struct ks_str issuer = KS_VEC_AT(&reading->issuers, struct ks_inquiry_row, i)->value;

		if (ks_str_find(text, issuer) >= 0)
			return true;
	}
	return false;
}

static bool may_be_session(const struct reading *reading, struct ks_str text)
{
	struct ks_str value;
	bool is_whole;
	size_t at = 0;

	while (next_value(text, "accessKeyId", &at, &value, &is_whole))
		if (ks_map_find(&reading->sessions, value) == reading->level)
			return true;
	return ks_inquiry_has_escape(text);
}

static void note_time(struct worker *worker, struct ks_str text)
{
	struct ks_str value;
	bool is_whole;
	size_t at = 0;

	worker->records++;
	if (!next_value(text, "eventTime", &at, &value, &is_whole) || value.n != TIME_N)
		return;
	if (worker->first[0] == '\0' || memcmp(value.p, worker->first, TIME_N) < 0)
		memcpy(worker->first, value.p, TIME_N);
	if (worker->last[0] == '\0' || memcmp(value.p, worker->last, TIME_N) > 0)
		memcpy(worker->last, value.p, TIME_N);
}

/* ---- events -------------------------------------------------------------------------------------- */

bool ks_investigator_is_in_time(const struct ks_investigator *of, int64_t time_ms)
{
	return time_ms == KS_TIME_NONE || ((of->since_ms == KS_TIME_NONE || time_ms >= of->since_ms) &&
		(of->until_ms == KS_TIME_NONE || time_ms <= of->until_ms));
}

/* All but its mark. */
static struct ks_inquiry_event seen_event(const struct ks_investigator *of, const struct ks_event *event,
	struct ks_str issuer)
{
	return (struct ks_inquiry_event){ .time_ms = event->time_ms, .source = event->source,
		.name = event->name, .region = event->region, .error = event->error, .key_id = event->key_id,
		.arn = event->actor_arn, .unique_id = event->principal_id, .issuer = issuer, .ip = event->ip,
		.agent = event->user_agent,
		.decoy = of->decoys != NULL && ks_keyset_find(of->decoys, event->key_id) >= 0 ? event->key_id :
			(struct ks_str){ NULL, 0 } };
}

static struct ks_inquiry_event read_event(const struct ks_investigator *of, struct ks_event *event)
{
	struct ks_inquiry_event seen = seen_event(of, event, ks_event_get(event,
		"userIdentity.sessionContext.sessionIssuer.arn"));

	seen.mark = ks_notepad_mark(event);
	return seen;
}

/* The same issuers that may_share looks for. */
static bool shares_any(const struct reading *reading, const struct ks_inquiry_event *event)
{
	const struct ks_inquiry *inquiry = reading->of->inquiry;

	if (ks_inquiry_shares(inquiry, KS_INQUIRY_ADDRESSES, event->ip) ||
		ks_inquiry_shares(inquiry, KS_INQUIRY_AGENTS, event->agent))
		return true;
	for (size_t i = 0; event->issuer.n > 0 && i < reading->issuers.n; i++)
		if (ks_str_is_equal(KS_VEC_AT(&reading->issuers, struct ks_inquiry_row, i)->value, event->issuer))
			return true;
	return false;
}

/* True for a record that is done with: somebody else's, told without reading it exactly. */
static bool pass_by(struct worker *worker, struct ks_str text)
{
	struct reading *reading = worker->reading;
	const struct ks_investigator *of = reading->of;
	struct ks_event event;
	const struct ks_bystander_who *who = ks_bystander_read(&worker->bystander, text, &event);
	struct ks_inquiry_event seen;
	bool is_in;

	if (who == NULL)
		return false;
	is_in = ks_investigator_is_in_time(of, event.time_ms);
	if (who->is_own || (!is_in && who->actor.p == NULL))
		return true;
	seen = seen_event(of, &event, who->issuer);
	if (ks_inquiry_is_about(ks_inquiry_subject(of->inquiry), &seen))
		return true;
	/* Of an actor that was met, other places in the record may matter, too. */
	if (!shares_any(reading, &seen))
		return who->actor.p == NULL;
	seen.mark = ks_notepad_mark(&event);
	pthread_mutex_lock(&reading->lock);
	if (who->actor.p != NULL)
		ks_firstuse_add(of->firsts, &(struct ks_novelty_sight){ .actor = who->actor,
			.time_ms = event.time_ms, .values = { event.source, event.region, event.ip } });
	if (is_in)
		ks_inquiry_add_other(of->inquiry, &seen);
	pthread_mutex_unlock(&reading->lock);
	return true;
}

static bool may_matter(void *arg, struct ks_str text)
{
	struct worker *worker = arg;
	struct reading *reading = worker->reading;

	switch (reading->pass) {
	case NOTES:
		return !ks_notepad_take_text(worker->pad, text);
	case OWN:
		note_time(worker, text);
		return ks_inquiry_may_be_about(ks_inquiry_subject(reading->of->inquiry), text);
	case SESSIONS:
		return may_be_session(reading, text);
	case OTHERS:
		return !pass_by(worker, text) && may_share(reading, text);
	}
	return true;
}

/* With the lock. */
static void learn(struct reading *reading, const struct ks_event *event)
{
	struct ks_grant grant;

	if (ks_inquiry_subject(reading->of->inquiry)->kind != KS_INQUIRY_KEY || !ks_grant_read(event, &grant) ||
		!ks_str_is(event->key_id, grant.asker) ||
		ks_map_find(&reading->sessions, ks_str_of(grant.key_id)) != NULL)
		return;
	ks_map_put(&reading->fresh, ks_str_of(grant.key_id), reading);
}

/* For the next records that begin like this one. Whether it is own is told by that, but for addresses. */
static void remember(struct worker *worker, const struct ks_event *event,
	const struct ks_inquiry_event *seen, bool is_own)
{
	const struct ks_investigator *of = worker->reading->of;

	ks_bystander_learn(&worker->bystander, event, &(struct ks_bystander_who){ .actor_arn = event->actor_arn,
		.principal_id = event->principal_id, .key_id = event->key_id, .issuer = seen->issuer,
		.is_own = is_own && ks_inquiry_subject(of->inquiry)->kind != KS_INQUIRY_IP,
		.actor = of->firsts != NULL && (!is_own || ks_inquiry_subject(of->inquiry)->kind == KS_INQUIRY_IP) ?
			ks_firstuse_knows(of->firsts, event) : (struct ks_str){ NULL, 0 } });
}

static void take_event(void *arg, struct ks_event *event, uint64_t offset)
{
	struct worker *worker = arg;
	struct reading *reading = worker->reading;
	const struct ks_investigator *of = reading->of;
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(of->inquiry);
	struct ks_inquiry_event seen = { .key_id = event->key_id };
	const void *level = ks_map_find(&reading->sessions, event->key_id);
	bool is_own, is_in;

	(void)offset;
	if (reading->pass == NOTES) {
		ks_notepad_take_event(worker->pad, event,
			ks_event_get(event, "userIdentity.sessionContext.sessionIssuer.arn"),
			of->firsts != NULL ? ks_enrich_sight(event).actor : (struct ks_str){ NULL, 0 });
		return;
	}
	is_in = ks_investigator_is_in_time(of, event->time_ms);
	if (!is_in && of->firsts == NULL)
		return;
	seen = read_event(of, event);
	is_own = level != NULL || ks_inquiry_is_about(subject, &seen);
	if (reading->pass == OTHERS)
		remember(worker, event, &seen, is_own);
	if (is_own == (reading->pass == OTHERS) || (reading->pass == SESSIONS && level != reading->level))
		return;
	pthread_mutex_lock(&reading->lock);
	if (of->firsts != NULL)
		ks_firstuse_see(of->firsts, event, is_own);
	if (!is_in) {
		if (is_own)
			learn(reading, event);
	} else if (reading->pass == OTHERS) {
		ks_inquiry_add_other(of->inquiry, &seen);
	} else {
		ks_inquiry_add(of->inquiry, &seen);
		learn(reading, event);
	}
	pthread_mutex_unlock(&reading->lock);
}

static void tell_held(struct worker *worker)
{
	struct reading *reading = worker->reading;

	pthread_mutex_lock(&reading->lock);
	for (size_t i = 0; i < worker->held.n; i++) {
		const struct held *held = KS_VEC_AT(&worker->held, struct held, i);

		reading->of->problem(reading->of->arg, worker->path.p, held->offset, &held->err);
	}
	pthread_mutex_unlock(&reading->lock);
	ks_vec_clear(&worker->held);
}

static void take_problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct worker *worker = arg;
	enum pass pass = worker->reading->pass;

	/* What is met in the first pass over a file is met in all later ones. */
	if ((pass != NOTES && pass != OWN) || worker->reading->of->problem == NULL)
		return;
	*(struct held *)ks_vec_push(&worker->held) = (struct held){ offset, *err };
	if (pass == OWN || worker->held.n >= HELD_MOST)
		tell_held(worker);
}

/* ---- threads ------------------------------------------------------------------------------------- */

static void read_file(struct worker *worker, size_t i)
{
	const struct ks_walk *files = worker->reading->files;
	const struct ks_walk_file *file = KS_VEC_AT(&files->files, struct ks_walk_file, i);
	struct ks_err err = { 0 };
	int fd;

	ks_walk_path(files, i, &worker->path);
	fd = open(worker->path.p, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ks_err_set(&err, KS_ERR_IO, "cannot open it: %s", strerror(errno));
		take_problem(worker, 0, &err);
	} else if (ks_reader_run(&worker->reader, fd, &err) != 0 && (file->is_named ||
		err.code != KS_ERR_PARSE)) {
		take_problem(worker, 0, &err);
	}
}

/* Whether there is room for more. */
static bool note_file(struct worker *worker, size_t i)
{
	struct reading *reading = worker->reading;

	read_file(worker, i);
	if (!worker->pad->is_full) {
		ks_notepad_keep(worker->pad);
		tell_held(worker);
		return true;
	}
	ks_notepad_drop(worker->pad);
	ks_vec_clear(&worker->held);
	pthread_mutex_lock(&reading->lock);
	*(size_t *)ks_vec_push(&reading->left) = i;
	pthread_mutex_unlock(&reading->lock);
	return false;
}

static void read_files(struct worker *worker)
{
	struct reading *reading = worker->reading;
	bool has_room = true;
	size_t i;

	if (reading->pass == NOTES) {
		while (has_room && !ks_ctx_is_stopping(reading->of->ctx) &&
			(i = atomic_fetch_add(&reading->next, 1)) < reading->files->files.n)
			has_room = note_file(worker, i);
		return;
	}
	while (!ks_ctx_is_stopping(reading->of->ctx) &&
		(i = atomic_fetch_add(&reading->next, 1)) < reading->left.n)
		read_file(worker, *KS_VEC_AT(&reading->left, size_t, i));
}

static void *work(void *arg)
{
	static const struct ks_anchors every = { .every = true };
	struct worker *worker = arg;
	struct reading *reading = worker->reading;
	const struct ks_ctx *ctx = reading->of->ctx;
	int64_t first_ms = KS_TIME_NONE, last_ms = KS_TIME_NONE;

	worker->held = KS_VEC_OF(struct held);
	ks_buf_init(&worker->path, KS_WALK_PATH);
	ks_bystander_init(&worker->bystander, ks_mask_pick(KS_MASK_FASTEST));
	ks_reader_init(&worker->reader, &(struct ks_reader_config){ .inflate = ks_inflate_find(NULL),
		.fill = ks_mask_pick(KS_MASK_FASTEST),
		.stop = ctx->stop, .may_matter = may_matter, .arg = worker }, &every,
		&(struct ks_reader_sink){ take_event, take_problem, worker });
	read_files(worker);
	ks_reader_release(&worker->reader);
	ks_buf_release(&worker->path);
	ks_bystander_release(&worker->bystander);
	ks_vec_release(&worker->held);
	ks_time_parse((struct ks_str){ worker->first, worker->first[0] != '\0' ? TIME_N : 0 }, &first_ms);
	ks_time_parse((struct ks_str){ worker->last, worker->last[0] != '\0' ? TIME_N : 0 }, &last_ms);
	pthread_mutex_lock(&reading->lock);
	ks_inquiry_looked(reading->of->inquiry, worker->records, first_ms, last_ms);
	pthread_mutex_unlock(&reading->lock);
	return NULL;
}

static void run_pass(struct reading *reading, enum pass pass)
{
	unsigned count = reading->of->jobs, started = 0;
	struct worker *workers = ks_mem_alloc(count * sizeof(*workers));

	reading->pass = pass;
	atomic_store(&reading->next, 0);
	for (unsigned i = 0; i < count; i++) {
		workers[i].reading = reading;
		workers[i].pad = &reading->pads[i];
	}
	while (count > 1 && started < count &&
		pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
		started++;
	if (started == 0)
		work(&workers[0]);
	for (unsigned i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
}

/* True when there are any. */
static bool take_fresh(struct reading *reading)
{
	bool has_some = reading->fresh.entries.n > 0;

	for (size_t i = 0; i < reading->fresh.entries.n; i++)
		ks_map_put(&reading->sessions, KS_VEC_AT(&reading->fresh.entries, struct ks_map_entry, i)->key,
			reading->level);
	ks_map_release(&reading->fresh);
	ks_map_init(&reading->fresh);
	return has_some;
}

/* All files once; those that there was no room for become the files of later passes. */
static void note_files(struct reading *reading)
{
	const struct ks_investigator *of = reading->of;

	atomic_init(&reading->room, of->room > 0 ? of->room : KS_INVESTIGATOR_ROOM);
	for (unsigned i = 0; i < of->jobs; i++)
		ks_notepad_init(&reading->pads[i], ks_mask_pick(KS_MASK_FASTEST), &reading->room,
			ks_inquiry_subject(of->inquiry)->kind == KS_INQUIRY_KEY);
	run_pass(reading, NOTES);
	for (size_t i = atomic_load(&reading->next); i < reading->files->files.n; i++)
		*(size_t *)ks_vec_push(&reading->left) = i;
}

/* The ids of temporary keys, from notes and from files. */
static void find_sessions(struct reading *reading, const struct ks_testimony *testimony)
{
	bool has_new = true;

	for (unsigned i = 0; i < LEVELS && has_new && !ks_ctx_is_stopping(reading->of->ctx); i++) {
		reading->level = &reading->levels[i];
		has_new = take_fresh(reading);
		has_new |= ks_testimony_learn(testimony, &reading->sessions, reading->level);
		if (has_new && reading->left.n > 0)
			run_pass(reading, SESSIONS);
	}
}

static void find_others(struct reading *reading, struct ks_testimony *testimony)
{
	const struct ks_investigator *of = reading->of;

	ks_inquiry_rows(of->inquiry, KS_INQUIRY_ISSUERS, &reading->issuers);
	if (reading->issuers.n > ISSUERS_MOST)
		reading->issuers.n = ISSUERS_MOST;
	if (ks_inquiry_total(of->inquiry).calls == 0 || ks_ctx_is_stopping(of->ctx))
		return;
	ks_testimony_others(testimony, &reading->issuers);
	if (reading->left.n > 0)
		run_pass(reading, OTHERS);
}

int ks_investigator_read(const struct ks_investigator *of, const struct ks_walk *files, struct ks_err *err)
{
	struct reading reading = { .of = of, .files = files, .left = KS_VEC_OF(size_t),
		.pads = ks_mem_alloc(of->jobs * sizeof(*reading.pads)),
		.issuers = KS_VEC_OF(struct ks_inquiry_row) };
	struct ks_testimony testimony;

	pthread_mutex_init(&reading.lock, NULL);
	ks_map_init(&reading.sessions);
	ks_map_init(&reading.fresh);
	note_files(&reading);
	ks_testimony_init(&testimony, of, reading.pads, of->jobs);
	if (reading.left.n > 0)
		run_pass(&reading, OWN);
	find_sessions(&reading, &testimony);
	ks_testimony_own(&testimony, &reading.sessions);
	if (of->firsts != NULL)
		ks_firstuse_looked(of->firsts, ks_inquiry_total(of->inquiry).looked_first_ms,
			ks_inquiry_total(of->inquiry).looked_last_ms);
	find_others(&reading, &testimony);
	ks_testimony_release(&testimony);
	for (unsigned i = 0; i < of->jobs; i++)
		ks_notepad_release(&reading.pads[i]);
	free(reading.pads);
	ks_vec_release(&reading.issuers);
	ks_vec_release(&reading.left);
	ks_map_release(&reading.sessions);
	ks_map_release(&reading.fresh);
	pthread_mutex_destroy(&reading.lock);
	return ks_ctx_is_stopping(of->ctx) ? ks_err_set(err, KS_ERR_STATE, "stopped before all was read") : 0;
}

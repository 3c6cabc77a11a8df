/* Records of a hunt on their way into the store. */
#include "lib/engine/gather.h"

#include "lib/base/limits.h"
#include "lib/base/sortkey.h"
#include "lib/incident/session.h"

#include <string.h>

#define BATCH 1000u            /* events that one transaction takes */
#define WAITING 1024u          /* grants to askers that nobody knows: the latest are kept for later hunts */

enum item { GRANT = 1, EVENT };

/* What goes on while it is handed over. */
struct saving {
	struct ks_ingest *ingest;
	struct ks_index index;
	struct ks_arena arena;
	struct ks_buf last;            /* key of the item before */
	struct ks_keyset known;        /* sessions of long-term keys */
	struct ks_vec waiting;         /* struct ks_grant: to askers that nobody knows; a ring */
	size_t waited;                 /* that came into it */
};

void ks_gather_init(struct ks_gather *gather, const char *dir)
{
	*gather = (struct ks_gather){ .concerned = KS_VEC_OF(int64_t) };
	pthread_mutex_init(&gather->lock, NULL);
	ks_sorter_init(&gather->sorter, KS_LIMIT_SORT, dir);
}

void ks_gather_release(struct ks_gather *gather)
{
	if (gather == NULL)
		return;
	ks_sorter_release(&gather->sorter);
	ks_vec_release(&gather->concerned);
	pthread_mutex_destroy(&gather->lock);
}

/* In order of time; the same event from the same place is the same item. Behind all that was handed out, so
 * that it is known whose key signed it. */
static void make_key(struct ks_buf *out, const struct ks_event *event, const char *source, uint64_t offset)
{
	ks_buf_addc(out, EVENT);
	ks_sortkey_add(out, ks_sortkey_of_time(event->time_ms), 8);
	ks_buf_adds(out, event->identity);
	ks_buf_adds(out, source);
	ks_buf_addc(out, 0);
	ks_sortkey_add(out, offset, 8);
}

int ks_gather_add(struct ks_gather *gather, const struct ks_event *event,
	const struct ks_gather_place *place, struct ks_err *err)
{
	struct ks_str raw = ks_event_raw(event);
	struct ks_buf key, payload;
	int rc;

	ks_buf_init(&key, KS_LIMIT_LINE);
	ks_buf_init(&payload, KS_LIMIT_RECORD + KS_LIMIT_LINE);
	make_key(&key, event, place->source, place->offset);
	ks_buf_add(&payload, (struct ks_str){ (const char *)&place->offset, sizeof(place->offset) });
	ks_buf_addc(&payload, (char)place->trust);
	ks_buf_adds(&payload, place->source);
	ks_buf_addc(&payload, 0);
	ks_buf_add(&payload, raw);
	if (key.is_full || payload.is_full) {
		rc = ks_err_set(err, KS_ERR_LIMIT, "a record in '%s' is too long to be saved",
			place->source);
	} else {
		pthread_mutex_lock(&gather->lock);
		rc = ks_sorter_add(&gather->sorter, ks_buf_str(&key), ks_buf_str(&payload), err);
		pthread_mutex_unlock(&gather->lock);
	}
	ks_buf_release(&key);
	ks_buf_release(&payload);
	return rc;
}

int ks_gather_grant(struct ks_gather *gather, const struct ks_grant *grant, struct ks_err *err)
{
	struct ks_buf key;
	int rc;

	ks_buf_init(&key, KS_LIMIT_LINE);
	ks_buf_addc(&key, GRANT);
	ks_sortkey_add(&key, ks_sortkey_of_time(grant->time_ms), 8);
	ks_buf_adds(&key, grant->key_id);
	pthread_mutex_lock(&gather->lock);
	rc = ks_sorter_add(&gather->sorter, ks_buf_str(&key),
		(struct ks_str){ (const char *)grant, sizeof(*grant) }, err);
	pthread_mutex_unlock(&gather->lock);
	ks_buf_release(&key);
	return rc;
}

/* Grants come by time, so an asker that has one of its own was known before. Those to others are many, and
 * all but the latest are let go. */
static int give_grant(struct saving *saving, struct ks_str payload, struct ks_err *err)
{
	struct ks_grant grant;
	struct ks_err full;

	memcpy(&grant, payload.p, sizeof(grant));
	if (!ks_grant_is_first(&grant) && ks_keyset_find(&saving->known, ks_str_of(grant.asker)) < 0) {
		if (saving->waiting.n < WAITING)
			ks_vec_push(&saving->waiting);
		*KS_VEC_AT(&saving->waiting, struct ks_grant, saving->waited++ % WAITING) = grant;
		return 0;
	}
	/* Without room for it, those that it hands out wait. */
	ks_keyset_add(&saving->known, ks_str_of(grant.key_id), 0, &full);
	return ks_ingest_grant(saving->ingest, &grant, err);
}

/* Behind the last grant: what is left of those that wait, the oldest first. */
static int give_waiting(struct saving *saving, struct ks_err *err)
{
	size_t n = saving->waiting.n;

	for (size_t i = 0; i < n; i++)
		if (ks_ingest_grant(saving->ingest,
				KS_VEC_AT(&saving->waiting, struct ks_grant, (saving->waited + i) % n), err) != 0)
			return -1;
	ks_vec_clear(&saving->waiting);
	return 0;
}

/* One item, as an event again. */
static int give_event(struct saving *saving, struct ks_str payload, struct ks_err *err)
{
	const char *source = payload.p + sizeof(uint64_t) + 1;
	struct ks_ingest_origin origin = { .trust = (enum ks_evidence_trust)payload.p[sizeof(uint64_t)],
		.is_backlog = true };
	size_t head = sizeof(uint64_t) + 1 + strlen(source) + 1;
	struct ks_event event;
	uint64_t offset;
	int rc;

	memcpy(&offset, payload.p, sizeof(offset));
	ks_arena_clear(&saving->arena);
	if (ks_index_build(&saving->index, ks_str_sub(payload, head, payload.n), NULL, err) != 0)
		return ks_err_wrap(err, "saving a record of '%s'", source);
	ks_event_init(&event, &saving->index, 0, &saving->arena);
	ks_ingest_set_origin(saving->ingest, &origin);
	rc = ks_ingest_event(saving->ingest, &event, source, offset, err);
	ks_event_release(&event);
	return rc;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int commit(struct ks_gather *gather, struct ks_ingest *ingest, struct ks_err *err)
{
	struct ks_vec concerned;
	size_t n = 0;

	if (ks_ingest_commit(ingest, err) != 0)
		return -1;
	concerned = ks_ingest_concerned(ingest);
	for (size_t i = 0; i < concerned.n; i++)
		*(int64_t *)ks_vec_push(&gather->concerned) = *KS_VEC_AT(&concerned, int64_t, i);
	ks_vec_sort(&gather->concerned, compare_ids);
	for (size_t i = 0; i < gather->concerned.n; i++) {
		int64_t id = *KS_VEC_AT(&gather->concerned, int64_t, i);

		if (n == 0 || *KS_VEC_AT(&gather->concerned, int64_t, n - 1) != id)
			*KS_VEC_AT(&gather->concerned, int64_t, n++) = id;
	}
	gather->concerned.n = n;
	return 0;
}

/* The items until there are none, or a batch is full: *out_has says whether there may be more. */
static int save_batch(struct ks_gather *gather, struct saving *saving, bool *out_has, struct ks_err *err)
{
	struct ks_str key, payload;
	size_t n = 0;
	int rc = ks_ingest_begin(saving->ingest, err);

	*out_has = true;
	while (rc == 0 && n < BATCH &&
		(rc = ks_sorter_next(&gather->sorter, &key, &payload, out_has, err)) == 0 && *out_has) {
		if (ks_str_is_equal(key, ks_buf_str(&saving->last)))
			continue;
		ks_buf_clear(&saving->last);
		ks_buf_add(&saving->last, key);
		n++;
		if (key.p[0] == GRANT) {
			rc = give_grant(saving, payload, err);
			continue;
		}
		rc = give_waiting(saving, err);
		if (rc == 0)
			rc = give_event(saving, payload, err);
	}
	if (rc == 0 && !*out_has)
		rc = give_waiting(saving, err);
	if (rc == 0)
		rc = commit(gather, saving->ingest, err);
	else
		ks_ingest_abort(saving->ingest);
	return rc;
}

/* The sessions that earlier runs learned. */
static int recall(struct saving *saving, struct ks_err *err)
{
	struct ks_vec sessions = KS_VEC_OF(struct ks_session);
	struct ks_err full;
	int rc = ks_session_list(ks_ingest_db(saving->ingest), &saving->arena, &sessions, err);

	for (size_t i = 0; rc == 0 && i < sessions.n; i++)
		ks_keyset_add(&saving->known, KS_VEC_AT(&sessions, struct ks_session, i)->key_id, 0, &full);
	ks_vec_release(&sessions);
	return rc;
}

int ks_gather_save(struct ks_gather *gather, struct ks_ingest *ingest, struct ks_err *err)
{
	struct saving saving = { .ingest = ingest, .waiting = KS_VEC_OF(struct ks_grant) };
	bool has_more = true;
	int rc;

	ks_buf_init(&saving.last, KS_LIMIT_LINE);
	ks_index_init(&saving.index);
	ks_arena_init(&saving.arena);
	ks_keyset_init(&saving.known);
	rc = recall(&saving, err);
	while (rc == 0 && has_more)
		rc = save_batch(gather, &saving, &has_more, err);
	ks_keyset_release(&saving.known);
	ks_arena_release(&saving.arena);
	ks_index_release(&saving.index);
	ks_vec_release(&saving.waiting);
	ks_buf_release(&saving.last);
	return rc;
}

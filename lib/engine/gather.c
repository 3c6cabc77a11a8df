/* Records of a hunt on their way into the store. */
#include "lib/engine/gather.h"

#include "lib/base/limits.h"

#include <string.h>

#define BATCH 1000u            /* events that one transaction takes */

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

static void add_big_endian(struct ks_buf *out, uint64_t value)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		ks_buf_addc(out, (char)(unsigned char)(value >> shift));
}

/* In order of time; the same event from the same place is the same item. */
static void make_key(struct ks_buf *out, const struct ks_event *event, const char *source, uint64_t offset)
{
	add_big_endian(out, (uint64_t)event->time_ms ^ UINT64_C(1) << 63);
	ks_buf_adds(out, event->identity);
	ks_buf_adds(out, source);
	ks_buf_addc(out, 0);
	add_big_endian(out, offset);
}

int ks_gather_add(struct ks_gather *gather, const struct ks_event *event, const char *source,
	uint64_t offset, struct ks_err *err)
{
	struct ks_str raw = ks_event_raw(event);
	struct ks_buf key, payload;
	int rc;

	ks_buf_init(&key, KS_LIMIT_LINE);
	ks_buf_init(&payload, KS_LIMIT_RECORD + KS_LIMIT_LINE);
	make_key(&key, event, source, offset);
	ks_buf_add(&payload, (struct ks_str){ (const char *)&offset, sizeof(offset) });
	ks_buf_adds(&payload, source);
	ks_buf_addc(&payload, 0);
	ks_buf_add(&payload, raw);
	if (key.is_full || payload.is_full) {
		rc = ks_err_set(err, KS_ERR_LIMIT, "a record in '%s' is too long to be saved", source);
	} else {
		pthread_mutex_lock(&gather->lock);
		rc = ks_sorter_add(&gather->sorter, ks_buf_str(&key), ks_buf_str(&payload), err);
		pthread_mutex_unlock(&gather->lock);
	}
	ks_buf_release(&key);
	ks_buf_release(&payload);
	return rc;
}

/* One item, as an event again. */
static int give(struct ks_ingest *ingest, struct ks_index *index, struct ks_arena *arena,
	struct ks_str payload, struct ks_err *err)
{
	const char *source = payload.p + sizeof(uint64_t);
	size_t head = sizeof(uint64_t) + strlen(source) + 1;
	struct ks_event event;
	uint64_t offset;
	int rc;

	memcpy(&offset, payload.p, sizeof(offset));
	ks_arena_clear(arena);
	if (ks_index_build(index, ks_str_sub(payload, head, payload.n), NULL, err) != 0)
		return ks_err_wrap(err, "saving a record of '%s'", source);
	ks_event_init(&event, index, 0, arena);
	rc = ks_ingest_event(ingest, &event, source, offset, err);
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
static int save_batch(struct ks_gather *gather, struct ks_ingest *ingest, struct ks_buf *last, bool *out_has,
	struct ks_err *err)
{
	struct ks_str key, payload;
	struct ks_arena arena = { NULL };
	struct ks_index index;
	size_t n = 0;
	int rc;

	ks_index_init(&index);
	rc = ks_ingest_begin(ingest, err);
	*out_has = true;
	while (rc == 0 && n < BATCH &&
		(rc = ks_sorter_next(&gather->sorter, &key, &payload, out_has, err)) == 0 && *out_has) {
		if (ks_str_is_equal(key, ks_buf_str(last)))
			continue;
		ks_buf_clear(last);
		ks_buf_add(last, key);
		rc = give(ingest, &index, &arena, payload, err);
		n++;
	}
	if (rc == 0)
		rc = commit(gather, ingest, err);
	else
		ks_ingest_abort(ingest);
	ks_index_release(&index);
	ks_arena_release(&arena);
	return rc;
}

int ks_gather_save(struct ks_gather *gather, struct ks_ingest *ingest, struct ks_err *err)
{
	struct ks_buf last;
	bool has_more = true;
	int rc = 0;

	ks_buf_init(&last, KS_LIMIT_LINE);
	while (rc == 0 && has_more)
		rc = save_batch(gather, ingest, &last, &has_more, err);
	ks_buf_release(&last);
	return rc;
}

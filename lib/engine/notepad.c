/* Notes of one size, and rows of strings that they point to. */
#include "lib/engine/notepad.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SLICE ((size_t)1 << 20)        /* of the room, taken at a time */
#define SLOTS_FIRST 1024u
#define ROW_COST (sizeof(struct ks_notepad_row) + 4 * sizeof(uint32_t))

enum { WHO_ARN, WHO_UNIQUE_ID, WHO_KEY, WHO_ISSUER, WHO_ACTOR };
enum { CALL_SOURCE, CALL_NAME, CALL_REGION, CALL_ERROR };
enum { ORIGIN_IP, ORIGIN_AGENT };

static void init_rows(struct ks_notepad_rows *rows)
{
	*rows = (struct ks_notepad_rows){ .rows = KS_VEC_OF(struct ks_notepad_row) };
}

static void release_rows(struct ks_notepad_rows *rows)
{
	ks_vec_release(&rows->rows);
	free(rows->slots);
}

void ks_notepad_init(struct ks_notepad *pad, ks_mask_fill_fn *fill, atomic_size_t *room, bool wants_grants)
{
	*pad = (struct ks_notepad){ .notes = KS_VEC_OF(struct ks_notepad_note),
		.grants = KS_VEC_OF(struct ks_notepad_grant), .room = room, .wants_grants = wants_grants };
	ks_bystander_init(&pad->bystander, fill);
	ks_arena_init(&pad->arena);
	init_rows(&pad->whos);
	init_rows(&pad->calls);
	init_rows(&pad->origins);
}

void ks_notepad_release(struct ks_notepad *pad)
{
	if (pad == NULL || pad->room == NULL)
		return;
	ks_bystander_release(&pad->bystander);
	release_rows(&pad->whos);
	release_rows(&pad->calls);
	release_rows(&pad->origins);
	ks_vec_release(&pad->notes);
	ks_vec_release(&pad->grants);
	ks_arena_release(&pad->arena);
}

/* ---- room ---------------------------------------------------------------------------------------- */

/* False, and the notepad is full, when there is no such room. */
static bool spend(struct ks_notepad *pad, size_t bytes)
{
	size_t wanted = bytes > SLICE ? bytes : SLICE, left;

	if (pad->mine < bytes) {
		left = atomic_load(pad->room);
		do {
			if (left < wanted)
				wanted = left;
			if (pad->mine + wanted < bytes) {
				pad->is_full = true;
				return false;
			}
		} while (!atomic_compare_exchange_weak(pad->room, &left, left - wanted));
		pad->mine += wanted;
	}
	pad->mine -= bytes;
	return true;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

static uint64_t joined(uint64_t hash, uint64_t more)
{
	hash = (hash ^ more) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 29);
}

/* Absent differs from empty. */
static uint64_t with(uint64_t hash, struct ks_str s)
{
	return joined(hash, s.p != NULL ? ks_str_hash(s) : 1);
}

static bool is_row(const struct ks_notepad_row *row, uint64_t hash, const struct ks_str *parts, size_t n)
{
	bool is_same = row->hash == hash;

	for (size_t i = 0; is_same && i < n; i++)
		is_same = ks_str_is_equal(row->parts[i], parts[i]);
	return is_same;
}

static void grow(struct ks_notepad_rows *rows)
{
	size_t count = rows->slot_count < SLOTS_FIRST ? SLOTS_FIRST : rows->slot_count * 2;

	free(rows->slots);
	rows->slots = ks_mem_alloc(count * sizeof(rows->slots[0]));
	rows->slot_count = count;
	for (size_t i = 0; i < rows->rows.n; i++) {
		size_t at = KS_VEC_AT(&rows->rows, struct ks_notepad_row, i)->hash & (count - 1);

		while (rows->slots[at] != 0)
			at = (at + 1) & (count - 1);
		rows->slots[at] = (uint32_t)i + 1;
	}
}

/* The row of these strings, a new one where there is none. With a full notepad it means nothing. */
static uint32_t row_of(struct ks_notepad *pad, struct ks_notepad_rows *rows, const struct ks_str *parts,
	size_t n)
{
	struct ks_notepad_row *row;
	uint64_t hash = n;
	size_t at, bytes = ROW_COST;

	for (size_t i = 0; i < n; i++) {
		hash = joined(hash, ks_str_hash(parts[i]));
		bytes += parts[i].n + 1;
	}
	if (2 * rows->rows.n >= rows->slot_count)
		grow(rows);
	for (at = hash & (rows->slot_count - 1); rows->slots[at] != 0; at = (at + 1) & (rows->slot_count - 1))
		if (is_row(KS_VEC_AT(&rows->rows, struct ks_notepad_row, rows->slots[at] - 1), hash, parts, n))
			return rows->slots[at] - 1;
	if (rows->rows.n >= UINT32_MAX - 1 || !spend(pad, bytes)) {
		pad->is_full = true;
		return 0;
	}
	row = ks_vec_push(&rows->rows);
	row->hash = hash;
	for (size_t i = 0; i < n; i++)
		row->parts[i] = ks_arena_copy(&pad->arena, parts[i]);
	rows->slots[at] = (uint32_t)rows->rows.n;
	return (uint32_t)rows->rows.n - 1;
}

/* ---- notes --------------------------------------------------------------------------------------- */

uint64_t ks_notepad_mark(const struct ks_event *event)
{
	uint64_t mark = with(1, event->event_id);

	mark = with(mark, event->source);
	mark = with(mark, event->name);
	mark = with(mark, event->region);
	mark = with(mark, event->recipient);
	mark = with(mark, event->principal_id.p != NULL ? event->principal_id : event->actor_arn);
	mark = with(mark, event->key_id);
	mark = with(mark, event->request_id);
	if (event->time_ms != KS_TIME_NONE)
		mark = joined(mark, (uint64_t)event->time_ms);
	else
		mark = with(mark, event->time_text);
	if (event->event_id.n == 0)
		mark = with(mark, ks_event_raw(event));
	return mark != 0 ? mark : 1;
}

static void note(struct ks_notepad *pad, const struct ks_event *event, uint32_t who)
{
	const struct ks_str call[] = { [CALL_SOURCE] = event->source, [CALL_NAME] = event->name,
		[CALL_REGION] = event->region, [CALL_ERROR] = event->error };
	const struct ks_str origin[] = { [ORIGIN_IP] = event->ip, [ORIGIN_AGENT] = event->user_agent };
	struct ks_notepad_note made = { .mark = ks_notepad_mark(event), .time_ms = event->time_ms, .who = who,
		.call = row_of(pad, &pad->calls, call, sizeof(call) / sizeof(call[0])),
		.origin = row_of(pad, &pad->origins, origin, sizeof(origin) / sizeof(origin[0])) };

	if (!pad->is_full && spend(pad, sizeof(made)))
		*(struct ks_notepad_note *)ks_vec_push(&pad->notes) = made;
}

/* Whether it may be an answer that hands out a temporary key to the holder of another key. There are no
 * escapes in a text that a bystander reads. */
static bool may_grant(const struct ks_notepad *pad, const struct ks_event *event)
{
	const struct ks_str *text = &pad->bystander.text, *beginning = &pad->bystander.beginning;

	return event->key_id.n > 0 && ks_str_is(event->source, "sts.amazonaws.com") &&
		ks_str_find(ks_str_sub(*text, beginning->n, text->n), KS_STR("\"ASIA")) >= 0;
}

bool ks_notepad_take_text(struct ks_notepad *pad, struct ks_str text)
{
	const struct ks_bystander_who *who;
	struct ks_event event;

	if (pad->is_full)
		return true;
	who = ks_bystander_read(&pad->bystander, text, &event);
	if (who == NULL || (pad->wants_grants && may_grant(pad, &event)))
		return false;
	note(pad, &event, who->row);
	return true;
}

static void take_grant(struct ks_notepad *pad, const struct ks_event *event)
{
	struct ks_notepad_grant *kept;
	struct ks_grant grant;

	if (!pad->wants_grants || !ks_grant_read(event, &grant) || !spend(pad, sizeof(*kept)))
		return;
	kept = ks_vec_push(&pad->grants);
	memcpy(kept->asker, grant.asker, sizeof(kept->asker));
	memcpy(kept->key_id, grant.key_id, sizeof(kept->key_id));
}

void ks_notepad_take_event(struct ks_notepad *pad, struct ks_event *event, struct ks_str issuer,
	struct ks_str actor)
{
	const struct ks_str who[] = { [WHO_ARN] = event->actor_arn, [WHO_UNIQUE_ID] = event->principal_id,
		[WHO_KEY] = event->key_id, [WHO_ISSUER] = issuer, [WHO_ACTOR] = actor };
	uint32_t row;

	if (pad->is_full)
		return;
	row = row_of(pad, &pad->whos, who, sizeof(who) / sizeof(who[0]));
	if (pad->is_full)
		return;
	ks_bystander_learn(&pad->bystander, event, &(struct ks_bystander_who){ .actor_arn = event->actor_arn,
		.principal_id = event->principal_id, .key_id = event->key_id, .row = row });
	note(pad, event, row);
	take_grant(pad, event);
}

void ks_notepad_keep(struct ks_notepad *pad)
{
	pad->kept_notes = pad->notes.n;
	pad->kept_grants = pad->grants.n;
}

void ks_notepad_drop(struct ks_notepad *pad)
{
	pad->notes.n = pad->kept_notes;
	pad->grants.n = pad->kept_grants;
}

struct ks_inquiry_event ks_notepad_who(const struct ks_notepad *pad, size_t row)
{
	const struct ks_str *who = KS_VEC_AT(&pad->whos.rows, struct ks_notepad_row, row)->parts;

	return (struct ks_inquiry_event){ .time_ms = KS_TIME_NONE, .arn = who[WHO_ARN],
		.unique_id = who[WHO_UNIQUE_ID], .key_id = who[WHO_KEY], .issuer = who[WHO_ISSUER] };
}

struct ks_inquiry_event ks_notepad_origin(const struct ks_notepad *pad, size_t row)
{
	const struct ks_str *origin = KS_VEC_AT(&pad->origins.rows, struct ks_notepad_row, row)->parts;

	return (struct ks_inquiry_event){ .time_ms = KS_TIME_NONE, .ip = origin[ORIGIN_IP],
		.agent = origin[ORIGIN_AGENT] };
}

struct ks_inquiry_event ks_notepad_event(const struct ks_notepad *pad, const struct ks_notepad_note *note)
{
	const struct ks_str *call = KS_VEC_AT(&pad->calls.rows, struct ks_notepad_row, note->call)->parts;
	const struct ks_str *origin = KS_VEC_AT(&pad->origins.rows, struct ks_notepad_row, note->origin)->parts;
	struct ks_inquiry_event event = ks_notepad_who(pad, note->who);

	event.mark = note->mark;
	event.time_ms = note->time_ms;
	event.source = call[CALL_SOURCE];
	event.name = call[CALL_NAME];
	event.region = call[CALL_REGION];
	event.error = call[CALL_ERROR];
	event.ip = origin[ORIGIN_IP];
	event.agent = origin[ORIGIN_AGENT];
	return event;
}

struct ks_str ks_notepad_actor(const struct ks_notepad *pad, size_t who)
{
	return KS_VEC_AT(&pad->whos.rows, struct ks_notepad_row, who)->parts[WHO_ACTOR];
}

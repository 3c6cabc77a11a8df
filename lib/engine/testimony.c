/* What is known of a row is worked out once; then the notes are gone through. */
#include "lib/engine/testimony.h"

#include "lib/base/mem.h"

#include <stdlib.h>

/* What is known of a row. */
enum { OWN = 1, SHARES = 2, MET = 4 };

#define SLOTS_FIRST 1024u

void ks_testimony_init(struct ks_testimony *testimony, const struct ks_investigator *of,
	const struct ks_notepad *pads, size_t count)
{
	*testimony = (struct ks_testimony){ .of = of, .pads = pads, .count = count,
		.whos = ks_mem_alloc((count + 1) * sizeof(*testimony->whos)),
		.origins = ks_mem_alloc((count + 1) * sizeof(*testimony->origins)) };
	for (size_t i = 0; i < count; i++) {
		testimony->whos[i] = ks_mem_alloc(pads[i].whos.rows.n + 1);
		testimony->origins[i] = ks_mem_alloc(pads[i].origins.rows.n + 1);
	}
}

void ks_testimony_release(struct ks_testimony *testimony)
{
	for (size_t i = 0; i < testimony->count; i++) {
		free(testimony->whos[i]);
		free(testimony->origins[i]);
	}
	free(testimony->whos);
	free(testimony->origins);
}

bool ks_testimony_learn(const struct ks_testimony *testimony, struct ks_map *sessions, void *value)
{
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(testimony->of->inquiry);
	bool has_new = false;

	for (size_t i = 0; i < testimony->count; i++) {
		const struct ks_vec *grants = &testimony->pads[i].grants;

		for (size_t j = 0; j < grants->n; j++) {
			const struct ks_notepad_grant *grant = KS_VEC_AT(grants, struct ks_notepad_grant, j);
			struct ks_str asker = ks_str_of(grant->asker), key_id = ks_str_of(grant->key_id);

			if ((!ks_str_is_equal(asker, subject->value) && ks_map_find(sessions, asker) == NULL) ||
				ks_map_find(sessions, key_id) != NULL)
				continue;
			ks_map_put(sessions, key_id, value);
			has_new = true;
		}
	}
	return has_new;
}

/* ---- own events ---------------------------------------------------------------------------------- */

/* Whether a row of these tells alone that an event is the subject's. */
static void find_own(struct ks_testimony *testimony, size_t i, const struct ks_map *sessions)
{
	const struct ks_notepad *pad = &testimony->pads[i];
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(testimony->of->inquiry);
	bool is_ip = subject->kind == KS_INQUIRY_IP;

	for (size_t j = 0; !is_ip && j < pad->whos.rows.n; j++) {
		struct ks_inquiry_event event = ks_notepad_who(pad, j);

		if (ks_inquiry_is_about(subject, &event) || ks_map_find(sessions, event.key_id) != NULL)
			testimony->whos[i][j] |= OWN;
	}
	for (size_t j = 0; is_ip && j < pad->origins.rows.n; j++) {
		struct ks_inquiry_event event = ks_notepad_origin(pad, j);

		if (ks_inquiry_is_about(subject, &event))
			testimony->origins[i][j] |= OWN;
	}
}

static bool is_own(const struct ks_testimony *testimony, size_t i, const struct ks_notepad_note *note)
{
	return ((testimony->whos[i][note->who] | testimony->origins[i][note->origin]) & OWN) != 0;
}

/* What its actor used, for what is new. */
static void show(const struct ks_investigator *of, const struct ks_inquiry_event *event, struct ks_str actor)
{
	ks_firstuse_add(of->firsts, &(struct ks_novelty_sight){ .actor = actor, .time_ms = event->time_ms,
		.values = { event->source, event->region, event->ip } });
}

static void add_own(const struct ks_investigator *of, const struct ks_notepad *pad,
	const struct ks_notepad_note *note)
{
	struct ks_inquiry_event event = ks_notepad_event(pad, note);
	struct ks_str actor = ks_notepad_actor(pad, note->who);

	if (of->firsts != NULL && actor.n > 0) {
		ks_firstuse_meet(of->firsts, actor);
		show(of, &event, actor);
	}
	if (!ks_investigator_is_in_time(of, event.time_ms))
		return;
	if (of->decoys != NULL && ks_keyset_find(of->decoys, event.key_id) >= 0)
		event.decoy = event.key_id;
	ks_inquiry_add(of->inquiry, &event);
}

void ks_testimony_own(struct ks_testimony *testimony, const struct ks_map *sessions)
{
	for (size_t i = 0; i < testimony->count; i++) {
		const struct ks_vec *notes = &testimony->pads[i].notes;
		int64_t first_ms = KS_TIME_NONE, last_ms = KS_TIME_NONE;

		find_own(testimony, i, sessions);
		for (size_t j = 0; j < notes->n; j++) {
			const struct ks_notepad_note *note = KS_VEC_AT(notes, struct ks_notepad_note, j);

			if (note->time_ms != KS_TIME_NONE) {
				first_ms = first_ms == KS_TIME_NONE || note->time_ms < first_ms ? note->time_ms : first_ms;
				last_ms = last_ms == KS_TIME_NONE || note->time_ms > last_ms ? note->time_ms : last_ms;
			}
			if (is_own(testimony, i, note))
				add_own(testimony->of, &testimony->pads[i], note);
		}
		ks_inquiry_looked(testimony->of->inquiry, notes->n, first_ms, last_ms);
	}
}

/* ---- others -------------------------------------------------------------------------------------- */

static bool is_one_of(const struct ks_vec *issuers, struct ks_str issuer)
{
	for (size_t i = 0; issuer.n > 0 && i < issuers->n; i++)
		if (ks_str_is_equal(KS_VEC_AT(issuers, struct ks_inquiry_row, i)->value, issuer))
			return true;
	return false;
}

static void find_shared(struct ks_testimony *testimony, size_t i, const struct ks_vec *issuers)
{
	const struct ks_notepad *pad = &testimony->pads[i];
	const struct ks_investigator *of = testimony->of;

	for (size_t j = 0; j < pad->whos.rows.n; j++) {
		if (is_one_of(issuers, ks_notepad_who(pad, j).issuer))
			testimony->whos[i][j] |= SHARES;
		if (of->firsts != NULL && ks_firstuse_has_met(of->firsts, ks_notepad_actor(pad, (uint32_t)j)))
			testimony->whos[i][j] |= MET;
	}
	for (size_t j = 0; j < pad->origins.rows.n; j++) {
		struct ks_inquiry_event event = ks_notepad_origin(pad, j);

		if (ks_inquiry_shares(of->inquiry, KS_INQUIRY_ADDRESSES, event.ip) ||
			ks_inquiry_shares(of->inquiry, KS_INQUIRY_AGENTS, event.agent))
			testimony->origins[i][j] |= SHARES;
	}
}

/* Events by the same and from the same place are one sum. */
struct sum {
	uint32_t who, origin;
	struct ks_inquiry_row row;
};

struct sums {
	struct ks_vec sums;                /* struct sum */
	uint32_t *slots;                   /* sum + 1; 0: empty */
	size_t slot_count;
};

static size_t slot_of(const struct sums *sums, uint32_t who, uint32_t origin)
{
	size_t mask = sums->slot_count - 1;
	uint64_t mixed = (who * UINT64_C(0x9e3779b97f4a7c15)) ^ (origin * UINT64_C(0xd6e8feb86659fd93));
	size_t at = (size_t)(mixed >> 20) & mask;

	for (; sums->slots[at] != 0; at = (at + 1) & mask) {
		const struct sum *sum = KS_VEC_AT(&sums->sums, struct sum, sums->slots[at] - 1);

		if (sum->who == who && sum->origin == origin)
			break;
	}
	return at;
}

static void grow(struct sums *sums)
{
	sums->slot_count = sums->slot_count > 0 ? 2 * sums->slot_count : SLOTS_FIRST;
	free(sums->slots);
	sums->slots = ks_mem_alloc(sums->slot_count * sizeof(sums->slots[0]));
	for (size_t i = 0; i < sums->sums.n; i++) {
		const struct sum *sum = KS_VEC_AT(&sums->sums, struct sum, i);

		sums->slots[slot_of(sums, sum->who, sum->origin)] = (uint32_t)i + 1;
	}
}

static struct ks_inquiry_row *sum_of(struct sums *sums, const struct ks_notepad_note *note)
{
	struct sum *sum;
	size_t at;

	if (2 * sums->sums.n >= sums->slot_count)
		grow(sums);
	at = slot_of(sums, note->who, note->origin);
	if (sums->slots[at] != 0)
		return &KS_VEC_AT(&sums->sums, struct sum, sums->slots[at] - 1)->row;
	sum = ks_vec_push(&sums->sums);
	*sum = (struct sum){ note->who, note->origin, { .first_ms = KS_TIME_NONE, .last_ms = KS_TIME_NONE } };
	sums->slots[at] = (uint32_t)sums->sums.n;
	return &sum->row;
}

static void add_to_sum(struct sums *sums, const struct ks_inquiry_event *event,
	const struct ks_notepad_note *note)
{
	struct ks_inquiry_row *row = sum_of(sums, note);

	row->calls++;
	row->denied += event->error.n > 0;
	if (event->time_ms == KS_TIME_NONE)
		return;
	if (row->first_ms == KS_TIME_NONE || event->time_ms < row->first_ms)
		row->first_ms = event->time_ms;
	if (row->last_ms == KS_TIME_NONE || event->time_ms > row->last_ms)
		row->last_ms = event->time_ms;
}

static void add_other(const struct ks_testimony *testimony, size_t i, const struct ks_notepad_note *note,
	struct sums *sums)
{
	const struct ks_investigator *of = testimony->of;
	unsigned known = testimony->whos[i][note->who] | testimony->origins[i][note->origin];
	struct ks_inquiry_event event;

	if ((known & OWN) != 0 || (known & (SHARES | MET)) == 0)
		return;
	event = ks_notepad_event(&testimony->pads[i], note);
	if ((known & MET) != 0)
		show(of, &event, ks_notepad_actor(&testimony->pads[i], note->who));
	if ((known & SHARES) != 0 && ks_investigator_is_in_time(of, event.time_ms) &&
		ks_inquiry_is_new(of->inquiry, note->mark))
		add_to_sum(sums, &event, note);
}

static void tell_sums(const struct ks_testimony *testimony, size_t i, const struct sums *sums)
{
	const struct ks_investigator *of = testimony->of;

	for (size_t j = 0; j < sums->sums.n; j++) {
		const struct sum *sum = KS_VEC_AT(&sums->sums, struct sum, j);
		struct ks_inquiry_event event = ks_notepad_who(&testimony->pads[i], sum->who);
		struct ks_inquiry_event origin = ks_notepad_origin(&testimony->pads[i], sum->origin);

		event.ip = origin.ip;
		event.agent = origin.agent;
		if (of->decoys != NULL && ks_keyset_find(of->decoys, event.key_id) >= 0)
			event.decoy = event.key_id;
		ks_inquiry_add_others(of->inquiry, &event, &sum->row);
	}
}

void ks_testimony_others(struct ks_testimony *testimony, const struct ks_vec *issuers)
{
	for (size_t i = 0; i < testimony->count; i++) {
		const struct ks_vec *notes = &testimony->pads[i].notes;
		struct sums sums = { .sums = KS_VEC_OF(struct sum) };

		find_shared(testimony, i, issuers);
		for (size_t j = 0; j < notes->n; j++)
			add_other(testimony, i, KS_VEC_AT(notes, struct ks_notepad_note, j), &sums);
		tell_sums(testimony, i, &sums);
		ks_vec_release(&sums.sums);
		free(sums.slots);
	}
}

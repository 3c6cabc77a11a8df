/* Hits into the sorter, chains out of it. The windows are lib/sigma/window. */
#include "lib/engine/chains.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/sortkey.h"
#include "lib/engine/hitcopy.h"
#include "lib/engine/hittext.h"
#include "lib/engine/matched.h"
#include "lib/sigma/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where things stand in a sorting key: number of the correlation, group, time, identity, then what tells
 * copies of an event apart. */
#define AT_GROUP 4u
#define AT_TIME (AT_GROUP + KS_CORRELATION_HASH - 1)
#define AT_IDENTITY (AT_TIME + 8u)
#define AT_PART (AT_IDENTITY + KS_EVENT_ID - 1)
#define AT_PASS (AT_PART + 4u)
#define PASSES 255u

/* Any odd number: the same values in another order are another group. */
#define GROUP_STEP UINT64_C(0x9e3779b97f4a7c15)

/* What an event is to a correlation further up, should the ones below hold at it. */
struct up {
	uint32_t number, part;
	bool is_counted;
	struct ks_member member;
	char label[KS_MEMBER_LABEL];
	uint32_t label_n;
};

/* A payload starts with this; value, note, origin, finding, label, ups and texts follow. */
struct head {
	uint64_t offset;
	uint32_t note_n, value_n;
	uint32_t origin_n, finding_n; /* of a correlation that held: its group, and the id of its finding */
	uint32_t label_n;
	uint32_t ups_n; /* bytes of struct up */
	uint32_t texts[KS_HITTEXT_TOLD]; /* length + 1; 0: there is none */
	int read_only;
};

/* A payload taken apart; all borrowed from it. */
struct parts {
	struct head head;
	struct ks_str value, note, origin, finding, label, ups, texts;
};

/* One evaluation. */
struct run {
	struct ks_chains *chains;
	const struct ks_chains_sink *sink;
	struct ks_window_sink window_sink;
	struct ks_window window;
	const struct ks_correlation *correlation; /* of the group at hand; NULL before the first */
	struct ks_buf last; /* key and payload of the hit that was added last */
	struct ks_buf met; /* of the one that opened the chain */
	struct ks_buf label; /* of the group */
	uint64_t *part_hits; /* of the group, by rule */
	uint64_t chain_count; /* of the group */
	struct ks_err *err;
	int rc;
};

void ks_chains_init(struct ks_chains *chains, const struct ks_program *program, const char *dir)
{
	*chains = (struct ks_chains){ .program = program };
	for (size_t i = 0; i <= KS_CORRELATION_DEPTH; i++)
		ks_sorter_init(&chains->sorters[i], KS_LIMIT_HITS, dir);
	ks_map_init(&chains->inner);
	ks_arena_init(&chains->inner_text);
	ks_map_init(&chains->again);
	ks_hopper_init(&chains->hopper, program, dir);
	ks_buf_init(&chains->copy, KS_LIMIT_LINE);
	ks_buf_init(&chains->key, KS_LIMIT_LINE);
	ks_buf_init(&chains->payload, KS_LIMIT_LINE);
}

void ks_chains_release(struct ks_chains *chains)
{
	if (chains == NULL || chains->program == NULL)
		return;
	for (size_t i = 0; i <= KS_CORRELATION_DEPTH; i++)
		ks_sorter_release(&chains->sorters[i]);
	for (size_t i = 0; i < chains->inner.entries.n; i++) {
		struct ks_vec *names = KS_VEC_AT(&chains->inner.entries, struct ks_map_entry, i)->value;

		ks_vec_release(names);
		free(names);
	}
	ks_map_release(&chains->inner);
	ks_arena_release(&chains->inner_text);
	ks_map_release(&chains->again);
	ks_hopper_release(&chains->hopper);
	ks_buf_release(&chains->copy);
	ks_buf_release(&chains->key);
	ks_buf_release(&chains->payload);
}

/* What the event is to everything that is built on a correlation, as far up as it goes. */
static void add_ups(const struct ks_correlation *below, const struct ks_view *view, struct ks_buf *out)
{
	for (const struct ks_rule_use *use = below->head.uses; use != NULL; use = use->next) {
		struct up up = { .number = (uint32_t)use->correlation->number, .part = (uint32_t)use->part };
		struct ks_buf label;

		ks_buf_init(&label, sizeof(up.label));
		up.is_counted = ks_member_read(use->correlation, use->part, view, &up.member);
		ks_member_label(use->correlation, use->part, view, &label);
		up.label_n = (uint32_t)(label.n < sizeof(up.label) ? label.n : sizeof(up.label));
		if (up.label_n > 0)
			memcpy(up.label, label.p, up.label_n);
		ks_buf_release(&label);
		ks_buf_add(out, (struct ks_str){ (const char *)&up, sizeof(up) });
		add_ups(use->correlation, view, out);
	}
}

static void make_payload(struct ks_chains *chains, const struct ks_chains_hit *hit,
	const struct ks_rule_use *use, struct ks_str value)
{
	const struct ks_finding *finding = hit->finding;
	struct head head = { .offset = finding->offset,
		.note_n = (uint32_t)hit->note_n,
		.value_n = (uint32_t)value.n,
		.read_only = finding->event->read_only };
	struct ks_str texts[KS_HITTEXT_ALL];
	struct ks_buf label, ups;

	ks_buf_init(&label, KS_MEMBER_LABEL);
	ks_buf_init(&ups, KS_LIMIT_LINE);
	ks_member_label(use->correlation, use->part, hit->view, &label);
	add_ups(use->correlation, hit->view, &ups);
	head.label_n = (uint32_t)label.n;
	head.ups_n = (uint32_t)ups.n;
	ks_hittext_list(finding, texts);
	for (size_t i = 0; i < KS_HITTEXT_TOLD; i++)
		head.texts[i] = texts[i].p != NULL ? (uint32_t)texts[i].n + 1 : 0;
	ks_buf_clear(&chains->payload);
	ks_buf_add(&chains->payload, (struct ks_str){ (const char *)&head, sizeof(head) });
	ks_buf_add(&chains->payload, value);
	ks_buf_add(&chains->payload, (struct ks_str){ hit->note, hit->note_n });
	ks_buf_add(&chains->payload, ks_buf_str(&label));
	ks_buf_add(&chains->payload, ks_buf_str(&ups));
	for (size_t i = 0; i < KS_HITTEXT_TOLD; i++) {
		ks_buf_add(&chains->payload, texts[i]);
		ks_buf_addc(&chains->payload, '\0');
	}
	ks_buf_release(&label);
	ks_buf_release(&ups);
}

static void take_apart(struct ks_str payload, struct parts *out)
{
	struct ks_str *const places[] = { &out->value, &out->note, &out->origin, &out->finding, &out->label,
		&out->ups };
	size_t at = sizeof(out->head), sizes[sizeof(places) / sizeof(places[0])];

	memcpy(&out->head, payload.p, sizeof(out->head));
	sizes[0] = out->head.value_n;
	sizes[1] = out->head.note_n;
	sizes[2] = out->head.origin_n;
	sizes[3] = out->head.finding_n;
	sizes[4] = out->head.label_n;
	sizes[5] = out->head.ups_n;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		*places[i] = ks_str_sub(payload, at, sizes[i]);
		at += sizes[i];
	}
	out->texts = ks_str_sub(payload, at, payload.n - at);
}

/* Of copies of an event that met the same rule, the one that the last pass saw comes first, then one that
 * knows of a decoy, then the lowest place. */
static void make_key(struct ks_chains *chains, const struct ks_chains_hit *hit, size_t number, size_t part,
	const char *group)
{
	const struct ks_finding *finding = hit->finding;

	ks_buf_clear(&chains->key);
	ks_sortkey_add(&chains->key, number, 4);
	ks_buf_add(&chains->key, (struct ks_str){ group, KS_CORRELATION_HASH - 1 });
	ks_sortkey_add(&chains->key, ks_sortkey_of_time(finding->event->time_ms), 8);
	ks_buf_add(&chains->key, (struct ks_str){ finding->event->identity, KS_EVENT_ID - 1 });
	ks_sortkey_add(&chains->key, part, 4);
	ks_sortkey_add(&chains->key, PASSES - hit->pass, 1);
	ks_sortkey_add(&chains->key, finding->decoy_name == NULL, 1);
	ks_buf_adds(&chains->key, finding->source);
	ks_buf_addc(&chains->key, '\0');
	ks_sortkey_add(&chains->key, finding->offset, 8);
}

/* Takes what the event is to one correlation, for good. */
static int add_now(struct ks_chains *chains, const struct ks_chains_hit *hit, const struct ks_rule_use *use,
	struct ks_err *err)
{
	struct ks_member member;

	if (!ks_member_read(use->correlation, use->part, hit->view, &member))
		return 0;
	make_payload(chains, hit, use, ks_str_of(member.value));
	make_key(chains, hit, use->correlation->number, use->part, member.group);
	if (chains->payload.is_full || chains->key.is_full)
		return ks_err_set(err, KS_ERR_LIMIT, "a finding is longer than %u bytes", KS_LIMIT_LINE);
	return ks_sorter_add(&chains->sorters[use->correlation->depth], ks_buf_str(&chains->key),
		ks_buf_str(&chains->payload), err);
}

/* The first values of some fields. False when there is one without, or with null: the event does not
 * count. */
static bool list_values(const struct ks_view *view, const uint32_t *paths, size_t n,
	struct ks_hitcopy_value *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct ks_value *values;

		if (view->values(view->arg, paths[i], &values) == 0 || values[0].kind == KS_VALUE_NULL)
			return false;
		out[i] = (struct ks_hitcopy_value){ paths[i], values[0] };
	}
	return true;
}

/* Whether the identity is known, or can be worked out without the record. */
static bool has_name(const struct ks_event *event)
{
	return event->identity[0] != '\0' || event->event_id.n > 0;
}

/* Puts the hit aside until it is known whether it can matter; *is_done false: it has to be taken now. */
static int put_aside(struct ks_chains *chains, const struct ks_chains_hit *hit,
	const struct ks_rule_use *use, bool *is_done, struct ks_err *err)
{
	const struct ks_correlation *correlation = use->correlation;
	const struct ks_correlation_part *part = &correlation->parts[use->part];
	struct ks_hitcopy_value values[KS_HITCOPY_VALUES];
	struct ks_hopper_hit short_hit = { .correlation = correlation, .part = use->part,
		.time_ms = hit->finding->event->time_ms };
	size_t n = correlation->group_count, all = n + correlation->field_count;

	*is_done = false;
	if (chains->is_whole || !ks_hopper_takes(correlation) || !has_name(hit->finding->event))
		return 0;
	*is_done = true;
	if (!list_values(hit->view, part->group, n, values) ||
		!list_values(hit->view, part->fields, correlation->field_count, values + n))
		return 0;
	for (size_t i = 0; i < n; i++)
		short_hit.group = short_hit.group * GROUP_STEP ^ ks_str_hash_nocase(values[i].value.text);
	ks_buf_clear(&chains->copy);
	*is_done = ks_hitcopy_pack(hit, values, all, KS_HOPPER_COPY, &chains->copy);
	short_hit.copy = ks_buf_str(&chains->copy);
	return *is_done ? ks_hopper_add(&chains->hopper, &short_hit, err) : 0;
}

int ks_chains_add(struct ks_chains *chains, const struct ks_chains_hit *hit, struct ks_err *err)
{
	assert(hit->pass >= 1 && hit->pass < PASSES && hit->note_n <= KS_CHAINS_NOTE);
	if (hit->finding->event->time_ms == KS_TIME_NONE) {
		chains->untimed += hit->finding->rule->uses != NULL;
		return 0;
	}
	for (const struct ks_rule_use *use = hit->finding->rule->uses; use != NULL; use = use->next) {
		bool is_done;

		if (put_aside(chains, hit, use, &is_done, err) != 0)
			return -1;
		if (is_done)
			continue;
		if (hit->finding->event->identity[0] == '\0')
			ks_event_identify(hit->event);
		if (add_now(chains, hit, use, err) != 0)
			return -1;
	}
	return 0;
}

/* A hit that was put aside and can matter. */
static int take_back(void *arg, const struct ks_hopper_hit *hit, struct ks_err *err)
{
	struct ks_rule_use use = { hit->correlation, hit->part, NULL };
	struct ks_chains *chains = arg;
	struct ks_hitcopy copy;

	ks_hitcopy_unpack(hit->copy, hit->time_ms, &copy);
	if (copy.event.identity[0] == '\0')
		ks_event_identify(&copy.event);
	return add_now(chains, &(struct ks_chains_hit){ .finding = &copy.finding, .view = &copy.view,
		.pass = copy.pass, .note = copy.note.p, .note_n = copy.note.n }, &use, err);
}

void ks_chains_read_again(struct ks_chains *chains, const struct ks_event *event, unsigned pass)
{
	if (chains->program->correlation_count > 0)
		ks_map_put(&chains->again, ks_str_of(event->identity), (void *)(uintptr_t)pass);
}

/* A finding out of a key and a payload; all borrowed from these. */
static void read_finding(struct ks_str key, const struct parts *parts, struct ks_finding *finding,
	struct ks_event *event)
{
	struct ks_str texts[KS_HITTEXT_TOLD];
	const char *p = parts->texts.p;

	for (size_t i = 0; i < KS_HITTEXT_TOLD; i++) {
		size_t n = parts->head.texts[i];

		texts[i] = (struct ks_str){ n > 0 ? p : NULL, n > 0 ? n - 1 : 0 };
		p += texts[i].n + 1;
	}
	ks_hittext_restore(texts, KS_HITTEXT_TOLD, event, finding);
	event->read_only = parts->head.read_only;
	event->time_ms = ks_sortkey_time(ks_sortkey_read(key.p + AT_TIME, 8));
	memcpy(event->identity, key.p + AT_IDENTITY, KS_EVENT_ID - 1);
	finding->offset = parts->head.offset;
}

/* ---- chains ------------------------------------------------------------------------------------ */

static struct ks_str key_of(const struct ks_buf *hit)
{
	return (struct ks_str){ hit->p + 8, (size_t)ks_sortkey_read(hit->p, 8) };
}

static void parts_of(const struct ks_buf *hit, struct parts *out)
{
	size_t at = 8 + key_of(hit).n;

	take_apart(ks_str_sub(ks_buf_str(hit), at, hit->n - at), out);
}

static struct ks_str group_of(struct ks_str key)
{
	return ks_str_sub(key, AT_GROUP, KS_CORRELATION_HASH - 1);
}

static void keep_met(void *arg)
{
	struct run *run = arg;

	ks_buf_clear(&run->met);
	ks_buf_add(&run->met, ks_buf_str(&run->last));
}

static void list_inner(void *arg, struct ks_str finding, struct ks_matched *out)
{
	const struct ks_vec *names = ks_map_find(&((struct run *)arg)->chains->inner, finding);

	out->is_cut |= names == NULL;
	for (size_t i = 0; names != NULL && i < names->n; i++)
		ks_matched_add(out, *KS_VEC_AT(names, struct ks_str, i));
}

/* What others that are built on the chain will list. */
static void keep_inner(struct run *run, const char *id, const struct ks_matched *matched)
{
	struct ks_chains *chains = run->chains;
	struct ks_vec *names;

	if (run->correlation->head.uses == NULL || chains->inner_bytes > KS_LIMIT_INNER)
		return;
	names = ks_mem_alloc(sizeof(*names));
	*names = KS_VEC_OF(struct ks_str);
	for (size_t i = 0; i < matched->names.n; i++) {
		struct ks_str name = *KS_VEC_AT(&matched->names, struct ks_str, i);

		*(struct ks_str *)ks_vec_push(names) = ks_arena_copy(&chains->inner_text, name);
		chains->inner_bytes += name.n;
	}
	ks_map_put(&chains->inner, ks_str_of(id), names);
}

static void give_chain(void *arg, const struct ks_window_chain *chain)
{
	struct run *run = arg;
	struct ks_str key = key_of(&run->met);
	struct ks_correlated correlated = { .group = group_of(key),
		.anchor_ms = chain->anchor_ms,
		.last_ms = chain->last_ms,
		.measure = chain->measure };
	struct ks_matched matched;
	struct ks_finding finding;
	char id[KS_FINDING_ID];
	struct ks_event event;
	struct parts parts;

	parts_of(&run->met, &parts);
	read_finding(key, &parts, &finding, &event);
	finding.rule = &run->correlation->head;
	finding.correlated = &correlated;
	ks_finding_identify(&finding, id);
	ks_matched_init(&matched);
	ks_matched_list(&matched, chain, &event, list_inner, run);
	keep_inner(run, id, &matched);
	correlated.matched = ks_matched_ids(&matched, &correlated.matched_count);
	correlated.events = ks_matched_count(&matched, chain);
	run->chains->shortened += correlated.matched_count < correlated.events || matched.is_cut;
	run->chain_count++;
	run->sink->chain(run->sink->arg, &finding, parts.note.p);
	ks_matched_release(&matched);
}

/* ---- correlations of correlations -------------------------------------------------------------- */

static const struct up *find_up(const struct parts *parts, const struct ks_rule_use *use, struct up *room)
{
	for (size_t at = 0; at < parts->ups.n; at += sizeof(*room)) {
		memcpy(room, parts->ups.p + at, sizeof(*room));
		if (room->number == use->correlation->number && room->part == use->part)
			return room;
	}
	return NULL;
}

/* The hit that the last one is to a correlation that is built on this one. */
static int hand_up(struct run *run, const struct ks_rule_use *use, const struct up *up, const char *id)
{
	struct ks_chains *chains = run->chains;
	struct ks_str key = key_of(&run->last), origin = group_of(key), value;
	struct parts parts;

	parts_of(&run->last, &parts);
	value =
		use->correlation->type == KS_CORRELATION_EVENT_COUNT ? ks_str_of(id) : ks_str_of(up->member.value);
	parts.head.value_n = (uint32_t)value.n;
	parts.head.origin_n = (uint32_t)origin.n;
	parts.head.finding_n = KS_FINDING_ID - 1;
	parts.head.label_n = up->label_n;
	ks_buf_clear(&chains->payload);
	ks_buf_add(&chains->payload, (struct ks_str){ (const char *)&parts.head, sizeof(parts.head) });
	ks_buf_add(&chains->payload, value);
	ks_buf_add(&chains->payload, parts.note);
	ks_buf_add(&chains->payload, origin);
	ks_buf_add(&chains->payload, ks_str_of(id));
	ks_buf_add(&chains->payload, (struct ks_str){ up->label, up->label_n });
	ks_buf_add(&chains->payload, parts.ups);
	ks_buf_add(&chains->payload, parts.texts);
	ks_buf_clear(&chains->key);
	ks_sortkey_add(&chains->key, use->correlation->number, 4);
	ks_buf_add(&chains->key, (struct ks_str){ up->member.group, KS_CORRELATION_HASH - 1 });
	ks_buf_add(&chains->key, ks_str_sub(key, AT_TIME, AT_PART - AT_TIME));
	ks_sortkey_add(&chains->key, use->part, 4);
	ks_buf_add(&chains->key, ks_str_sub(key, AT_PASS, key.n - AT_PASS));
	ks_buf_add(&chains->key, origin);
	return ks_sorter_add(&chains->sorters[use->correlation->depth], ks_buf_str(&chains->key),
		ks_buf_str(&chains->payload), run->err);
}

static void hand_up_all(void *arg)
{
	struct run *run = arg;
	const struct ks_rule_use *use = run->correlation->head.uses;
	char id[KS_FINDING_ID];
	struct parts parts;

	if (use == NULL)
		return;
	parts_of(&run->last, &parts);
	ks_finding_identify_chain(&run->correlation->head, group_of(key_of(&run->last)),
		run->window.chain.anchor_ms, id);
	for (; use != NULL && run->rc == 0; use = use->next) {
		struct up room;
		const struct up *up = find_up(&parts, use, &room);

		if (up != NULL && up->is_counted)
			run->rc = hand_up(run, use, up, id);
	}
}

/* ---- groups ------------------------------------------------------------------------------------ */

/* Whether a key is of the group of the last one. */
static bool is_same_group(const struct run *run, struct ks_str key)
{
	return run->correlation != NULL && memcmp(run->last.p + 8, key.p, AT_TIME) == 0;
}

static void end_group(struct run *run)
{
	if (run->correlation == NULL)
		return;
	ks_window_end(&run->window);
	run->chains->overflow += run->window.overflow;
	if (run->sink->group != NULL)
		run->sink->group(run->sink->arg,
			&(struct ks_chains_group){ run->correlation, ks_buf_str(&run->label), run->window.hits,
				run->part_hits, run->window.measure, run->chain_count, run->window.overflow });
	ks_window_release(&run->window);
	free(run->part_hits);
	run->part_hits = NULL;
	run->correlation = NULL;
}

static void begin_group(struct run *run, struct ks_str key, struct ks_str label)
{
	run->correlation = run->chains->program->correlations[ks_sortkey_read(key.p, AT_GROUP)];
	run->part_hits = ks_mem_alloc(run->correlation->part_count * sizeof(*run->part_hits));
	run->chain_count = 0;
	ks_buf_clear(&run->label);
	ks_buf_add(&run->label, label);
	ks_window_init(&run->window, run->correlation, &run->window_sink);
}

static void take_hit(struct run *run, struct ks_str key, struct ks_str payload)
{
	struct ks_str identity = ks_str_sub(key, AT_IDENTITY, KS_EVENT_ID - 1);
	uintptr_t pass = (uintptr_t)ks_map_find(&run->chains->again, identity);
	struct ks_window_hit hit;
	struct ks_finding finding;
	struct ks_event event;
	struct parts parts;
	struct ks_buf name;

	if (pass > PASSES - (unsigned char)key.p[AT_PASS])
		return;
	take_apart(payload, &parts);
	if (!is_same_group(run, key)) {
		end_group(run);
		begin_group(run, key, parts.label);
	}
	read_finding(key, &parts, &finding, &event);
	ks_buf_init(&name, KS_LIMIT_LINE);
	ks_matched_name(&name, parts.finding, &event);
	hit = (struct ks_window_hit){ .identity = identity,
		.name = ks_buf_str(&name),
		.time_ms = event.time_ms,
		.value = parts.value,
		.part = ks_sortkey_read(key.p + AT_PART, 4),
		.origin = parts.origin };
	if (ks_window_add(&run->window, &hit)) {
		run->part_hits[hit.part]++;
		ks_buf_clear(&run->last);
		ks_sortkey_add(&run->last, key.n, 8);
		ks_buf_add(&run->last, key);
		ks_buf_add(&run->last, payload);
	}
	ks_buf_release(&name);
}

int ks_chains_finish(struct ks_chains *chains, const struct ks_chains_sink *sink, struct ks_err *err)
{
	struct run run = { .chains = chains, .sink = sink, .err = err };
	struct ks_str key, payload;
	bool has_one;

	run.window_sink = (struct ks_window_sink){ .opened = keep_met,
		.closed = give_chain,
		.held = hand_up_all,
		.arg = &run };
	ks_buf_init(&run.last, SIZE_MAX / 2);
	ks_buf_init(&run.met, SIZE_MAX / 2);
	ks_buf_init(&run.label, SIZE_MAX / 2);
	run.rc = ks_hopper_sift(&chains->hopper, take_back, chains, err);
	/* Its room is for the sorters from here on. */
	ks_hopper_release(&chains->hopper);
	for (size_t depth = 0; run.rc == 0 && depth <= KS_CORRELATION_DEPTH; depth++) {
		while (run.rc == 0 &&
			(run.rc = ks_sorter_next(&chains->sorters[depth], &key, &payload, &has_one, err)) == 0 &&
			has_one)
			take_hit(&run, key, payload);
		end_group(&run);
	}
	ks_buf_release(&run.last);
	ks_buf_release(&run.met);
	ks_buf_release(&run.label);
	return run.rc;
}

/* What actors did, in memory: one map of actors, one of the values of all of them. */
#include "lib/intel/novelty.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct span {
	int64_t first_ms, last_ms;
	bool is_changed;
	bool absorbs;                     /* what was a span of its own before */
};

struct actor {
	struct ks_str name;
	uint32_t number;
	uint32_t counts[KS_NOVELTY_KINDS];
	bool is_full[KS_NOVELTY_KINDS];
	bool is_changed;                  /* its spans are */
	struct ks_vec spans;              /* struct span, by time, a day or more between them */
};

struct value {
	const struct actor *actor;        /* SINCE has none */
	struct ks_str text;
	enum ks_novelty_kind kind;
	int64_t first_ms, last_ms;
	int64_t kept_ms;                  /* the last_ms that was handed over */
	bool is_changed;
};

struct ks_novelty {
	int64_t learn_ms;
	struct ks_map actors;             /* name to struct actor */
	struct ks_map values;             /* number of the actor, kind, text, to struct value */
	struct ks_arena arena;
	struct ks_vec changed_actors, changed_values;    /* struct actor *, struct value * */
	struct ks_map scopes;             /* service in lower case, or "" for everything, to struct value */
	struct ks_vec limits;             /* struct limit */
	bool is_limited;
};

/* A service that is learned. */
struct limit {
	char *service;                    /* in lower case */
	struct value *scope;
};

struct ks_novelty *ks_novelty_new(int64_t learn_ms)
{
	struct ks_novelty *novelty = ks_mem_alloc(sizeof(*novelty));

	novelty->learn_ms = learn_ms;
	novelty->limits = KS_VEC_OF(struct limit);
	ks_novelty_clear(novelty);
	return novelty;
}

static void release(struct ks_novelty *novelty)
{
	for (size_t i = 0; i < novelty->actors.entries.n; i++) {
		struct actor *actor = KS_VEC_AT(&novelty->actors.entries, struct ks_map_entry, i)->value;

		ks_vec_release(&actor->spans);
	}
	ks_map_release(&novelty->actors);
	ks_map_release(&novelty->values);
	ks_map_release(&novelty->scopes);
	ks_vec_release(&novelty->changed_actors);
	ks_vec_release(&novelty->changed_values);
	ks_arena_release(&novelty->arena);
}

void ks_novelty_free(struct ks_novelty *novelty)
{
	if (novelty == NULL)
		return;
	release(novelty);
	for (size_t i = 0; i < novelty->limits.n; i++)
		free(KS_VEC_AT(&novelty->limits, struct limit, i)->service);
	ks_vec_release(&novelty->limits);
	free(novelty);
}

/* When learning of a service, or with "" of everything, began. */
static struct value *scope_of(struct ks_novelty *novelty, struct ks_str service)
{
	struct value *scope = ks_map_find(&novelty->scopes, service);

	if (scope != NULL)
		return scope;
	scope = ks_arena_alloc(&novelty->arena, sizeof(*scope));
	*scope = (struct value){ .kind = KS_NOVELTY_SINCE, .first_ms = INT64_MAX, .last_ms = INT64_MIN,
		.kept_ms = INT64_MIN, .text = ks_arena_copy(&novelty->arena, service) };
	ks_map_put(&novelty->scopes, scope->text, scope);
	return scope;
}

void ks_novelty_clear(struct ks_novelty *novelty)
{
	release(novelty);
	ks_map_init(&novelty->actors);
	ks_map_init(&novelty->values);
	ks_map_init(&novelty->scopes);
	ks_arena_init(&novelty->arena);
	novelty->changed_actors = KS_VEC_OF(struct actor *);
	novelty->changed_values = KS_VEC_OF(struct value *);
	for (size_t i = 0; i < novelty->limits.n; i++) {
		struct limit *limit = KS_VEC_AT(&novelty->limits, struct limit, i);

		limit->scope = scope_of(novelty, ks_str_of(limit->service));
	}
}

void ks_novelty_limit(struct ks_novelty *novelty, const struct ks_str *services, size_t n)
{
	novelty->is_limited = true;
	for (size_t i = 0; i < n; i++) {
		struct limit *limit = ks_vec_push(&novelty->limits);

		limit->service = ks_mem_alloc(services[i].n + 1);
		for (size_t j = 0; j < services[i].n; j++)
			limit->service[j] = ks_str_lower(services[i].p[j]);
		limit->scope = scope_of(novelty, ks_str_of(limit->service));
	}
}

bool ks_novelty_is_limited(const struct ks_novelty *novelty)
{
	return novelty->is_limited;
}

/* The limit that a service is in; NULL when it is in none. */
static const struct limit *limit_of(const struct ks_novelty *novelty, struct ks_str service)
{
	for (size_t i = 0; i < novelty->limits.n; i++) {
		const struct limit *limit = KS_VEC_AT(&novelty->limits, struct limit, i);

		if (ks_str_is_equal_nocase(ks_str_of(limit->service), service))
			return limit;
	}
	return NULL;
}

bool ks_novelty_learns(const struct ks_novelty *novelty, struct ks_str service)
{
	return !novelty->is_limited || limit_of(novelty, service) != NULL;
}

struct ks_novelty_range ks_novelty_range(const struct ks_novelty *novelty)
{
	struct ks_novelty_range range = { INT64_MIN, INT64_MAX };

	for (size_t i = 0; i < novelty->limits.n; i++) {
		const struct value *scope = KS_VEC_AT(&novelty->limits, struct limit, i)->scope;

		if (scope->first_ms > scope->last_ms + KS_TIME_DAY)
			return (struct ks_novelty_range){ INT64_MAX, INT64_MIN };
		if (scope->first_ms > range.first_ms)
			range.first_ms = scope->first_ms;
		if (scope->last_ms + KS_TIME_DAY - KS_TIME_SECOND < range.last_ms)
			range.last_ms = scope->last_ms + KS_TIME_DAY - KS_TIME_SECOND;
	}
	return range;
}

size_t ks_novelty_size(const struct ks_novelty *novelty)
{
	return novelty->actors.entries.n + novelty->values.entries.n;
}

/* ---- taking in --------------------------------------------------------------------------------- */

static struct ks_str shortened(struct ks_str s)
{
	return ks_str_sub(s, 0, KS_NOVELTY_TEXT);
}

static struct actor *actor_of(struct ks_novelty *novelty, struct ks_str name)
{
	struct actor *actor = ks_map_find(&novelty->actors, shortened(name));

	if (actor != NULL)
		return actor;
	actor = ks_arena_alloc(&novelty->arena, sizeof(*actor));
	actor->name = ks_arena_copy(&novelty->arena, shortened(name));
	actor->number = (uint32_t)novelty->actors.entries.n;
	actor->spans = KS_VEC_OF(struct span);
	ks_map_put(&novelty->actors, actor->name, actor);
	return actor;
}

bool ks_novelty_meet(struct ks_novelty *novelty, struct ks_str actor)
{
	if (ks_map_find(&novelty->actors, shortened(actor)) != NULL)
		return true;
	actor_of(novelty, actor);
	return false;
}

/* Number of the actor, kind, text. */
struct value_key {
	char bytes[sizeof(uint32_t) + 1 + KS_NOVELTY_TEXT];
};

static struct ks_str key_of(struct value_key *key, const struct actor *actor, enum ks_novelty_kind kind,
	struct ks_str text)
{
	memcpy(key->bytes, &actor->number, sizeof(actor->number));
	key->bytes[sizeof(actor->number)] = (char)kind;
	memcpy(key->bytes + sizeof(actor->number) + 1, text.p, text.n);
	return (struct ks_str){ key->bytes, sizeof(actor->number) + 1 + text.n };
}

static void mark(struct ks_novelty *novelty, struct value *value)
{
	if (!value->is_changed)
		*(struct value **)ks_vec_push(&novelty->changed_values) = value;
	value->is_changed = true;
}

/* The last time is only kept for telling old rows: it need not be written for every event. */
static void widen(struct ks_novelty *novelty, struct value *value, int64_t first_ms, int64_t last_ms)
{
	if (last_ms > value->last_ms)
		value->last_ms = last_ms;
	if (first_ms < value->first_ms || value->last_ms - KS_TIME_DAY >= value->kept_ms)
		mark(novelty, value);
	if (first_ms < value->first_ms)
		value->first_ms = first_ms;
}

static void set_full(struct ks_novelty *novelty, struct actor *actor, enum ks_novelty_kind kind,
	int64_t time_ms)
{
	struct value *value;

	if (actor->is_full[kind])
		return;
	actor->is_full[kind] = true;
	value = ks_arena_alloc(&novelty->arena, sizeof(*value));
	*value = (struct value){ .actor = actor, .kind = kind, .first_ms = time_ms, .last_ms = time_ms };
	mark(novelty, value);
}

/* kept: it comes from where it is kept. */
static void add_value(struct ks_novelty *novelty, struct actor *actor, const struct ks_novelty_row *row,
	bool is_kept)
{
	struct ks_str text = shortened(row->value);
	struct value_key key;
	struct ks_str name = key_of(&key, actor, row->kind, text);
	struct value *value = ks_map_find(&novelty->values, name);

	if (value != NULL) {
		widen(novelty, value, row->first_ms, row->last_ms);
		return;
	}
	if (actor->counts[row->kind] >= KS_NOVELTY_VALUES) {
		set_full(novelty, actor, row->kind, row->last_ms);
		return;
	}
	actor->counts[row->kind]++;
	value = ks_arena_alloc(&novelty->arena, sizeof(*value));
	*value = (struct value){ .actor = actor, .kind = row->kind, .first_ms = row->first_ms,
		.last_ms = row->last_ms, .kept_ms = row->last_ms };
	value->text = ks_arena_copy(&novelty->arena, text);
	ks_map_put(&novelty->values, name, value);
	if (!is_kept)
		mark(novelty, value);
}

/* The first span that ends at or behind a time, or the number of spans. */
static size_t find_span(const struct actor *actor, int64_t time_ms)
{
	size_t low = 0, high = actor->spans.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (KS_VEC_AT(&actor->spans, struct span, middle)->last_ms < time_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Less than a day from the end of a to the beginning of b. Times of records are years 0 to 9999, so that
 * nothing here comes near the ends of the numbers. */
static bool are_joined(const struct span *a, const struct span *b)
{
	return b->first_ms - a->last_ms < KS_TIME_DAY;
}

/* True when the spans have changed. */
static bool add_span(struct actor *actor, struct span fresh)
{
	size_t from = find_span(actor, fresh.first_ms), to;
	struct span *spans = actor->spans.p;

	if (from < actor->spans.n && spans[from].first_ms <= fresh.first_ms &&
		spans[from].last_ms >= fresh.last_ms)
		return false;
	if (from > 0 && are_joined(&spans[from - 1], &fresh))
		from--;
	for (to = from; to < actor->spans.n && are_joined(&fresh, &spans[to]); to++) {
		if (spans[to].first_ms < fresh.first_ms)
			fresh.first_ms = spans[to].first_ms;
		if (spans[to].last_ms > fresh.last_ms)
			fresh.last_ms = spans[to].last_ms;
		fresh.is_changed |= spans[to].is_changed;
		fresh.absorbs |= spans[to].absorbs || spans[to].first_ms != fresh.first_ms;
	}
	/* from up to, not including, to are one now. */
	if (from == to) {
		ks_vec_push(&actor->spans);
		spans = actor->spans.p;
		memmove(&spans[from + 1], &spans[from], (actor->spans.n - 1 - from) * sizeof(*spans));
	} else {
		memmove(&spans[from + 1], &spans[to], (actor->spans.n - to) * sizeof(*spans));
		actor->spans.n -= to - from - 1;
	}
	spans[from] = fresh;
	return true;
}

static void add_active(struct ks_novelty *novelty, struct actor *actor, struct span span, bool is_kept)
{
	span.is_changed = !is_kept;
	span.absorbs = false;
	if (!add_span(actor, span) || is_kept || actor->is_changed)
		return;
	actor->is_changed = true;
	*(struct actor **)ks_vec_push(&novelty->changed_actors) = actor;
}

/* The day is enough for what is only kept for telling old rows. */
static int64_t day_of(int64_t time_ms)
{
	int64_t over = time_ms % KS_TIME_DAY;

	return time_ms - over - (over < 0 ? KS_TIME_DAY : 0);
}

static void observe_limited(struct ks_novelty *novelty, const struct ks_novelty_sight *sight)
{
	int64_t t = sight->time_ms;

	for (size_t i = 0; i < novelty->limits.n; i++)
		widen(novelty, KS_VEC_AT(&novelty->limits, struct limit, i)->scope, t, day_of(t));
	if (sight->actor.n > 0 && limit_of(novelty, sight->values[KS_NOVELTY_SERVICE]) != NULL)
		add_value(novelty, actor_of(novelty, sight->actor), &(struct ks_novelty_row){
			.value = sight->values[KS_NOVELTY_SERVICE], .kind = KS_NOVELTY_SERVICE, .first_ms = t,
			.last_ms = t }, false);
}

void ks_novelty_observe(struct ks_novelty *novelty, const struct ks_novelty_sight *sight)
{
	int64_t t = sight->time_ms;
	struct actor *actor;

	if (t == KS_TIME_NONE)
		return;
	if (novelty->is_limited) {
		observe_limited(novelty, sight);
		return;
	}
	widen(novelty, scope_of(novelty, KS_STR("")), t, t);
	if (sight->actor.n == 0)
		return;
	actor = actor_of(novelty, sight->actor);
	add_active(novelty, actor, (struct span){ .first_ms = t, .last_ms = t }, false);
	for (int kind = 0; kind < KS_NOVELTY_KINDS; kind++) {
		struct ks_novelty_row row = { .value = sight->values[kind], .kind = (enum ks_novelty_kind)kind,
			.first_ms = t, .last_ms = t };

		if (row.value.n > 0)
			add_value(novelty, actor, &row, false);
	}
}

static void add_row(struct ks_novelty *novelty, const struct ks_novelty_row *row, bool is_kept)
{
	struct actor *actor;

	if (row->kind == KS_NOVELTY_SINCE) {
		struct value *scope = scope_of(novelty, shortened(row->value));

		if (is_kept && row->last_ms > scope->kept_ms)
			scope->kept_ms = row->last_ms;
		if (row->first_ms < scope->first_ms && is_kept)
			scope->first_ms = row->first_ms;
		widen(novelty, scope, row->first_ms, row->last_ms);
		return;
	}
	actor = actor_of(novelty, row->actor);
	if (row->kind == KS_NOVELTY_ACTIVE) {
		add_active(novelty, actor, (struct span){ .first_ms = row->first_ms, .last_ms = row->last_ms },
			is_kept);
	} else if (row->value.n > 0) {
		add_value(novelty, actor, row, is_kept);
	} else if (is_kept) {
		actor->is_full[row->kind] = true;
	} else {
		set_full(novelty, actor, row->kind, row->last_ms);
	}
}

void ks_novelty_add(struct ks_novelty *novelty, const struct ks_novelty_row *row)
{
	add_row(novelty, row, true);
}

void ks_novelty_merge(struct ks_novelty *to, const struct ks_novelty *from)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < from->scopes.entries.n; i++) {
		const struct value *scope = KS_VEC_AT(&from->scopes.entries, struct ks_map_entry, i)->value;

		if (scope->first_ms != INT64_MAX)
			widen(to, scope_of(to, scope->text), scope->first_ms, scope->last_ms);
		if (scope->last_ms > newest)
			newest = scope->last_ms;
	}
	for (size_t i = 0; i < from->actors.entries.n; i++) {
		const struct actor *actor = KS_VEC_AT(&from->actors.entries, struct ks_map_entry, i)->value;
		struct actor *own = actor_of(to, actor->name);

		for (size_t j = 0; j < actor->spans.n; j++)
			add_active(to, own, *KS_VEC_AT(&actor->spans, struct span, j), false);
		for (int kind = 0; kind < KS_NOVELTY_KINDS; kind++)
			if (actor->is_full[kind])
				set_full(to, own, (enum ks_novelty_kind)kind, newest);
	}
	for (size_t i = 0; i < from->values.entries.n; i++) {
		const struct value *value = KS_VEC_AT(&from->values.entries, struct ks_map_entry, i)->value;

		add_value(to, actor_of(to, value->actor->name), &(struct ks_novelty_row){ .value = value->text,
			.kind = value->kind, .first_ms = value->first_ms, .last_ms = value->last_ms }, false);
	}
}

/* ---- judging ----------------------------------------------------------------------------------- */

/* Since when what the value tells was learned. */
static int64_t learned_since(const struct ks_novelty *novelty, const struct ks_novelty_sight *sight,
	enum ks_novelty_kind kind)
{
	const struct value *all = ks_map_find(&novelty->scopes, KS_STR("")), *one = NULL;
	int64_t since = all != NULL ? all->first_ms : INT64_MAX;

	if (kind == KS_NOVELTY_SERVICE && novelty->is_limited) {
		const struct limit *limit = limit_of(novelty, sight->values[kind]);

		one = limit != NULL ? limit->scope : NULL;
	} else if (kind == KS_NOVELTY_SERVICE) {
		one = ks_map_find(&novelty->scopes, sight->values[kind]);
	}
	return one != NULL && one->first_ms < since ? one->first_ms : since;
}

static int judge_value(const struct ks_novelty *novelty, const struct actor *actor,
	const struct ks_novelty_sight *sight, enum ks_novelty_kind kind)
{
	int64_t since = learned_since(novelty, sight, kind);
	struct value_key key;
	const struct value *value;

	if (sight->values[kind].n == 0 || since > sight->time_ms || sight->time_ms - since < novelty->learn_ms)
		return -1;
	if (novelty->is_limited &&
		(kind != KS_NOVELTY_SERVICE || limit_of(novelty, sight->values[kind]) == NULL))
		return -1;
	if (actor->is_full[kind])
		return 1;
	value = ks_map_find(&novelty->values, key_of(&key, actor, kind, shortened(sight->values[kind])));
	return value == NULL || sight->time_ms - value->first_ms <= KS_NOVELTY_WINDOW_MS;
}

static int64_t judge_pause(const struct actor *actor, int64_t time_ms)
{
	size_t i = find_span(actor, time_ms);
	const struct span *spans = actor->spans.p;

	if (i == actor->spans.n || spans[i].first_ms > time_ms)
		return -1;
	if (time_ms - spans[i].first_ms > KS_NOVELTY_WINDOW_MS)
		return 0;
	return i > 0 ? (spans[i].first_ms - spans[i - 1].last_ms) / KS_TIME_DAY : -1;
}

void ks_novelty_judge(const struct ks_novelty *novelty, const struct ks_novelty_sight *sight,
	struct ks_novelty_verdict *out)
{
	const struct actor *actor = NULL;

	*out = (struct ks_novelty_verdict){ { -1, -1, -1 }, -1 };
	if (sight->time_ms != KS_TIME_NONE && sight->actor.n > 0)
		actor = ks_map_find(&novelty->actors, shortened(sight->actor));
	if (actor == NULL)
		return;
	for (int kind = 0; kind < KS_NOVELTY_KINDS; kind++)
		out->first_seen[kind] = judge_value(novelty, actor, sight, (enum ks_novelty_kind)kind);
	if (!novelty->is_limited)
		out->idle_days = judge_pause(actor, sight->time_ms);
}

/* ---- keeping ----------------------------------------------------------------------------------- */

static int give_actor(const struct actor *actor,
	int (*give)(void *, const struct ks_novelty_row *), void *arg)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < actor->spans.n; i++) {
		const struct span *span = KS_VEC_AT(&actor->spans, struct span, i);

		if (span->is_changed)
			rc = give(arg, &(struct ks_novelty_row){ .actor = actor->name, .kind = KS_NOVELTY_ACTIVE,
				.first_ms = span->first_ms, .last_ms = span->last_ms, .absorbs = span->absorbs });
	}
	return rc;
}

int ks_novelty_changes(const struct ks_novelty *novelty,
	int (*give)(void *, const struct ks_novelty_row *), void *arg)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < novelty->changed_actors.n; i++)
		rc = give_actor(*KS_VEC_AT(&novelty->changed_actors, struct actor *, i), give, arg);
	for (size_t i = 0; rc == 0 && i < novelty->changed_values.n; i++) {
		const struct value *value = *KS_VEC_AT(&novelty->changed_values, struct value *, i);

		rc = give(arg, &(struct ks_novelty_row){ .value = value->text, .kind = value->kind,
			.actor = value->actor != NULL ? value->actor->name : KS_STR(""), .first_ms = value->first_ms,
			.last_ms = value->last_ms });
	}
	return rc;
}

void ks_novelty_settle(struct ks_novelty *novelty)
{
	for (size_t i = 0; i < novelty->changed_actors.n; i++) {
		struct actor *actor = *KS_VEC_AT(&novelty->changed_actors, struct actor *, i);

		actor->is_changed = false;
		for (size_t j = 0; j < actor->spans.n; j++)
			KS_VEC_AT(&actor->spans, struct span, j)->is_changed =
				KS_VEC_AT(&actor->spans, struct span, j)->absorbs = false;
	}
	for (size_t i = 0; i < novelty->changed_values.n; i++) {
		struct value *value = *KS_VEC_AT(&novelty->changed_values, struct value *, i);

		value->is_changed = false;
		value->kept_ms = value->last_ms;
	}
	ks_vec_clear(&novelty->changed_actors);
	ks_vec_clear(&novelty->changed_values);
}

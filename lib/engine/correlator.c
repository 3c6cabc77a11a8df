/* Hits in the store, and chains out of it. The windows are lib/sigma/window. */
#include "lib/engine/correlator.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/engine/enrich.h"
#include "lib/incident/evidence.h"
#include "lib/sigma/window.h"
#include "lib/store/sql.h"

#include <stdlib.h>
#include <string.h>

#define IDENTITY (KS_EVENT_ID - 1)

/* A group that got hits in this batch. */
struct touched {
	const struct ks_correlation *correlation;
	char group[KS_CORRELATION_HASH];
	int64_t first_ms, last_ms; /* of the new hits */
	struct ks_map fresh; /* their identities */
};

struct ks_correlator {
	const struct ks_program *program;
	const struct ks_watchlist *watchlist;
	struct ks_ingest_correlator row;
	struct ks_map by_group; /* correlation and group to a struct touched, + 1 */
	struct ks_vec touched; /* struct touched */
	uint64_t overflow; /* hits for which a window had no room, since the last look */
};

/* A chain that was worked out; names are identity and event id. */
struct chain {
	struct ks_window_chain window;
	char id[KS_FINDING_ID];
};

/* The evaluation of one group: the chains with and without the new hits, over a stretch of time. */
struct look {
	const struct touched *touched;
	struct ks_arena arena;
	struct ks_vec before, after; /* struct chain */
	struct ks_window windows[2];
	int64_t from_ms, until_ms; /* hits that were read */
	int64_t first_ms, last_ms; /* of the chains that the new hits can have changed */
};

static struct ks_str id_of(const struct ks_rule *rule)
{
	return rule->id.n > 0 ? rule->id : rule->title;
}

/* ---- hits -------------------------------------------------------------------------------------- */

static void touch(struct ks_correlator *correlator, const struct ks_correlation *correlation,
	const char *group, const struct ks_event *event)
{
	char key[sizeof(void *) + KS_CORRELATION_HASH];
	struct touched *touched;
	uintptr_t place;

	memcpy(key, &correlation, sizeof(void *));
	memcpy(key + sizeof(void *), group, KS_CORRELATION_HASH);
	place = (uintptr_t)ks_map_find(&correlator->by_group, (struct ks_str){ key, sizeof(key) });
	if (place == 0) {
		touched = ks_vec_push(&correlator->touched);
		*touched = (struct touched){ .correlation = correlation,
			.first_ms = event->time_ms,
			.last_ms = event->time_ms };
		memcpy(touched->group, group, sizeof(touched->group));
		ks_map_init(&touched->fresh);
		place = correlator->touched.n;
		ks_map_put(&correlator->by_group, (struct ks_str){ key, sizeof(key) }, (void *)place);
	}
	touched = KS_VEC_AT(&correlator->touched, struct touched, place - 1);
	ks_map_put(&touched->fresh, ks_str_of(event->identity), correlator);
	if (event->time_ms < touched->first_ms)
		touched->first_ms = event->time_ms;
	if (event->time_ms > touched->last_ms)
		touched->last_ms = event->time_ms;
}

static int store_hit(struct ks_correlator *correlator, struct ks_db *db, const struct ks_rule_use *use,
	const struct ks_event *event, const struct ks_view *view, struct ks_err *err)
{
	char group[KS_CORRELATION_HASH], value[KS_CORRELATION_HASH];

	/* What has no time cannot be placed in a window. */
	if (event->time_ms == KS_TIME_NONE ||
		!ks_correlation_read(use->correlation, use->part, view, group, value))
		return 0;
	if (ks_sql_run(db,
			"INSERT INTO hits (rule, group_key, event_identity, time_ms, value) "
			"VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
			KS_SQL(KS_SQL_TEXT(id_of(&use->correlation->head)), KS_SQL_TEXT(ks_str_of(group)),
				KS_SQL_TEXT(ks_str_of(event->identity)), KS_SQL_INT(event->time_ms),
				KS_SQL_TEXT(ks_str_of(value))),
			err) != 0)
		return -1;
	if (ks_db_changes(db) > 0)
		touch(correlator, use->correlation, group, event);
	return 0;
}

int ks_correlator_hit(struct ks_correlator *correlator, struct ks_db *db, size_t rule,
	const struct ks_event *event, const struct ks_view *view, struct ks_err *err)
{
	const struct ks_rule_use *use = correlator->program->rules[rule]->uses;

	for (; use != NULL; use = use->next)
		if (store_hit(correlator, db, use, event, view, err) != 0)
			return -1;
	return 0;
}

/* ---- chains ------------------------------------------------------------------------------------ */

static void keep_chain(struct look *look, struct ks_vec *chains, const struct ks_window_chain *from)
{
	struct chain *chain = ks_vec_push(chains);
	struct ks_str *names = ks_arena_alloc(&look->arena, (from->name_count + 1) * sizeof(*names));

	for (size_t i = 0; i < from->name_count; i++)
		names[i] = ks_arena_copy(&look->arena, from->names[i]);
	chain->window = *from;
	chain->window.names = names;
	ks_finding_identify_chain(&look->touched->correlation->head, ks_str_of(look->touched->group),
		from->anchor_ms, chain->id);
}

static void keep_before(void *arg, const struct ks_window_chain *chain)
{
	struct look *look = arg;

	keep_chain(look, &look->before, chain);
}

static void keep_after(void *arg, const struct ks_window_chain *chain)
{
	struct look *look = arg;

	keep_chain(look, &look->after, chain);
}

static int read_hits(struct look *look, struct ks_db *db, struct ks_buf *name, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db,
		"SELECT h.event_identity, h.time_ms, h.value, e.event_id "
		"FROM hits h JOIN events e ON e.identity = h.event_identity "
		"WHERE h.rule = $1 AND h.group_key = $2 AND h.time_ms >= $3 AND h.time_ms <= $4 "
		"ORDER BY h.time_ms, h.event_identity",
		KS_SQL(KS_SQL_TEXT(id_of(&look->touched->correlation->head)),
			KS_SQL_TEXT(ks_str_of(look->touched->group)), KS_SQL_INT(look->from_ms),
			KS_SQL_INT(look->until_ms)),
		&query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_window_hit hit = { .identity = ks_db_column_text(query, 0),
			.time_ms = ks_db_column_int(query, 1),
			.value = ks_db_column_text(query, 2) };

		ks_buf_clear(name);
		ks_buf_add(name, hit.identity);
		ks_buf_add(name, ks_db_column_text(query, 3));
		hit.name = ks_buf_str(name);
		if (ks_map_find(&look->touched->fresh, hit.identity) == NULL)
			ks_window_add(&look->windows[0], &hit);
		ks_window_add(&look->windows[1], &hit);
	}
	ks_db_finish(query);
	return rc;
}

/* The chains among the hits of the stretch. */
static int work_out(struct look *look, struct ks_db *db, struct ks_err *err)
{
	const struct ks_window_sink sinks[2] = { { NULL, keep_before, look }, { NULL, keep_after, look } };
	struct ks_buf name;
	int rc;

	ks_vec_clear(&look->before);
	ks_vec_clear(&look->after);
	ks_arena_clear(&look->arena);
	ks_buf_init(&name, SIZE_MAX / 2);
	for (size_t i = 0; i < 2; i++)
		ks_window_init(&look->windows[i], look->touched->correlation, &sinks[i]);
	rc = read_hits(look, db, &name, err);
	for (size_t i = 0; rc == 0 && i < 2; i++)
		ks_window_end(&look->windows[i]);
	for (size_t i = 0; i < 2; i++)
		ks_window_release(&look->windows[i]);
	ks_buf_release(&name);
	return rc;
}

static bool is_overlapping(const struct chain *chain, int64_t first_ms, int64_t last_ms)
{
	return chain->window.anchor_ms <= last_ms && chain->window.sure_ms >= first_ms;
}

/* Widens the changed stretch to all chains that reach into it, as they are and as they were. */
static void widen(struct look *look)
{
	const struct ks_vec *const sets[2] = { &look->before, &look->after };
	bool is_wider = true;

	while (is_wider) {
		is_wider = false;
		for (size_t i = 0; i < 2; i++)
			for (size_t j = 0; j < sets[i]->n; j++) {
				const struct chain *chain = KS_VEC_AT(sets[i], struct chain, j);

				if (!is_overlapping(chain, look->first_ms, look->last_ms) ||
					(chain->window.anchor_ms >= look->first_ms && chain->window.sure_ms <= look->last_ms))
					continue;
				is_wider = true;
				if (chain->window.anchor_ms < look->first_ms)
					look->first_ms = chain->window.anchor_ms;
				if (chain->window.sure_ms > look->last_ms)
					look->last_ms = chain->window.sure_ms;
			}
	}
}

/* Works out the chains that the new hits can have changed, whole: reads more of the group for as long as one
 * of them may begin before, or go on behind, what was read. */
static int find_chains(struct look *look, struct ks_db *db, struct ks_err *err)
{
	const int64_t span = look->touched->correlation->timespan_ms;
	int64_t margin = 2 * span;

	/* Windows that hold a new hit end up to a timespan behind it, and begin as much before. */
	look->first_ms = look->touched->first_ms - span;
	look->last_ms = look->touched->last_ms + span;
	look->from_ms = look->first_ms - margin;
	look->until_ms = look->last_ms + margin;
	for (;;) {
		if (work_out(look, db, err) != 0)
			return -1;
		widen(look);
		/* A chain is whole when no window of the two timespans around it holds; those must have been
		 * seen with all their hits. */
		if (look->first_ms - 2 * span >= look->from_ms && look->last_ms + span <= look->until_ms)
			return 0;
		margin *= 2;
		look->from_ms = look->first_ms - margin;
		look->until_ms = look->last_ms + margin;
	}
}

static bool is_same(const struct chain *a, const struct chain *b)
{
	if (strcmp(a->id, b->id) != 0 || strcmp(a->window.met, b->window.met) != 0 ||
		a->window.name_count != b->window.name_count)
		return false;
	for (size_t i = 0; i < a->window.name_count; i++)
		if (!ks_str_is_equal(a->window.names[i], b->window.names[i]))
			return false;
	return true;
}

/* ---- findings ---------------------------------------------------------------------------------- */

/* The JSON form, about the event with which the condition first held, out of the evidence. */
static int render(const struct ks_correlator *correlator, struct ks_db *db, struct ks_finding *finding,
	const struct chain *chain, struct ks_arena *arena, struct ks_buf *out, struct ks_err *err)
{
	struct ks_evidence evidence = { .identity = { NULL, 0 } };
	struct ks_enriched enriched;
	struct ks_event event = { .time_ms = 0 };
	struct ks_index index;
	struct ks_json *json;
	bool is_there = false;
	int rc = ks_evidence_find(db, ks_str_of(chain->window.met), arena, &evidence, &is_there, err);

	if (rc == 0 && !is_there)
		return ks_err_set(err, KS_ERR_PARSE, "store '%s' is damaged: an event of a correlation is missing",
			ks_db_path(db));
	ks_index_init(&index);
	if (rc == 0)
		rc = ks_index_build(&index, evidence.raw, NULL, err);
	if (rc == 0) {
		ks_event_init(&event, &index, 0, arena);
		ks_enrich_event(&event, correlator->watchlist, &enriched);
		finding->event = &event;
		finding->key_kind = enriched.key_kind;
		if (enriched.match != KS_MATCH_NONE) {
			finding->decoy_name = enriched.decoy.name;
			finding->decoy_placement = enriched.decoy.placement;
		}
		finding->source = ks_arena_strdup(arena, evidence.where_source);
		finding->offset = (uint64_t)evidence.where_offset;
		json = ks_finding_to_json(finding);
		ks_json_render(json, out);
		ks_json_free(json);
		ks_event_release(&event);
	}
	ks_index_release(&index);
	if (rc == 0 && out->is_full)
		return ks_err_set(err, KS_ERR_LIMIT, "a finding is longer than %u bytes", KS_LIMIT_LINE);
	return rc;
}

static int give(const struct ks_correlator *correlator, struct ks_db *db, struct look *look,
	const struct chain *chain, const struct ks_correlator_sink *sink, struct ks_err *err)
{
	const struct ks_window_chain *window = &chain->window;
	struct ks_arena *arena = &look->arena;
	struct ks_str *ids = ks_arena_alloc(arena, (window->name_count + 1) * sizeof(*ids));
	struct ks_str *names = ks_arena_alloc(arena, (window->name_count + 1) * sizeof(*names));
	const char **replaces = ks_arena_alloc(arena, (look->before.n + 1) * sizeof(*replaces));
	const struct ks_rule *rule = &look->touched->correlation->head;
	struct ks_correlated correlated = { ks_str_of(look->touched->group), window->anchor_ms, window->last_ms,
		names, window->name_count, window->hits };
	struct ks_finding finding = { .rule = rule, .correlated = &correlated };
	struct ks_ingest_correlated found = { .id = chain->id,
		.rule_id = id_of(rule),
		.rule_title = rule->title,
		.level = rule->level,
		.time_ms = window->met_ms,
		.matched = ids,
		.matched_count = window->name_count };
	struct ks_buf text;
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < window->name_count; i++) {
		ids[i] = ks_str_sub(window->names[i], 0, IDENTITY);
		names[i] = window->names[i].n > IDENTITY ?
			ks_str_sub(window->names[i], IDENTITY, window->names[i].n) :
			ids[i];
	}
	/* Chains of before that went into this one under another id. */
	for (size_t i = 0; i < look->before.n; i++) {
		const struct chain *old = KS_VEC_AT(&look->before, struct chain, i);

		if (strcmp(old->id, chain->id) != 0 && is_overlapping(old, window->anchor_ms, window->sure_ms))
			replaces[n++] = old->id;
	}
	ks_buf_init(&text, KS_LIMIT_LINE);
	rc = render(correlator, db, &finding, chain, arena, &text, err);
	found.json = ks_buf_str(&text);
	if (rc == 0)
		rc = sink->found(sink->arg, &found, replaces, n, err);
	ks_buf_release(&text);
	return rc;
}

static int evaluate(struct ks_correlator *correlator, struct ks_db *db, const struct touched *touched,
	const struct ks_correlator_sink *sink, struct ks_err *err)
{
	struct look look = { .touched = touched,
		.before = KS_VEC_OF(struct chain),
		.after = KS_VEC_OF(struct chain) };
	int rc;

	ks_arena_init(&look.arena);
	rc = find_chains(&look, db, err);
	for (size_t i = 0; rc == 0 && i < look.after.n; i++) {
		const struct chain *chain = KS_VEC_AT(&look.after, struct chain, i);
		bool is_old = !is_overlapping(chain, look.first_ms, look.last_ms);

		for (size_t j = 0; j < look.before.n && !is_old; j++)
			is_old = is_same(chain, KS_VEC_AT(&look.before, struct chain, j));
		if (!is_old)
			rc = give(correlator, db, &look, chain, sink, err);
	}
	correlator->overflow += look.windows[1].overflow;
	ks_vec_release(&look.before);
	ks_vec_release(&look.after);
	ks_arena_release(&look.arena);
	return rc;
}

int ks_correlator_eval(struct ks_correlator *correlator, struct ks_db *db,
	const struct ks_correlator_sink *sink, struct ks_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < correlator->touched.n; i++)
		rc = evaluate(correlator, db, KS_VEC_AT(&correlator->touched, struct touched, i), sink, err);
	ks_correlator_forget(correlator);
	return rc;
}

void ks_correlator_forget(struct ks_correlator *correlator)
{
	for (size_t i = 0; i < correlator->touched.n; i++)
		ks_map_release(&KS_VEC_AT(&correlator->touched, struct touched, i)->fresh);
	ks_vec_clear(&correlator->touched);
	ks_map_release(&correlator->by_group);
	ks_map_init(&correlator->by_group);
}

/* ---- as the ingest calls it -------------------------------------------------------------------- */

/* The row's argument is the correlator; what it remembers of a batch changes. */
static struct ks_correlator *own(const void *arg)
{
	return (struct ks_correlator *)(uintptr_t)arg;
}

static bool row_is_reported(const void *arg, size_t rule)
{
	return !own(arg)->program->rules[rule]->is_silent;
}

static int row_hit(const void *arg, struct ks_ingest *ingest, size_t rule, struct ks_event *event,
	const struct ks_view *view, struct ks_err *err)
{
	return ks_correlator_hit(own(arg), ks_ingest_db(ingest), rule, event, view, err);
}

static int row_found(void *arg, const struct ks_ingest_correlated *found, const char *const *replaces,
	size_t replace_count, struct ks_err *err)
{
	struct ks_ingest *ingest = arg;

	if (ks_ingest_add_correlated(ingest, found, err) != 0)
		return -1;
	for (size_t i = 0; i < replace_count; i++)
		if (ks_ingest_replace(ingest, ks_str_of(replaces[i]), ks_str_of(found->id), err) != 0)
			return -1;
	return 0;
}

static int row_flush(const void *arg, struct ks_ingest *ingest, struct ks_err *err)
{
	struct ks_correlator *correlator = own(arg);
	int rc = ks_correlator_eval(correlator, ks_ingest_db(ingest),
		&(struct ks_correlator_sink){ row_found, ingest }, err);

	if (correlator->overflow > 0)
		ks_log_write(&ks_ingest_ctx(ingest)->log, KS_LOG_WARNING,
			"%llu events not counted by a correlation: more than %u in one window",
			(unsigned long long)correlator->overflow, KS_LIMIT_WINDOW);
	correlator->overflow = 0;
	return rc;
}

static void row_forget(const void *arg)
{
	ks_correlator_forget(own(arg));
}

struct ks_correlator *ks_correlator_new(const struct ks_program *program,
	const struct ks_watchlist *watchlist)
{
	struct ks_correlator *correlator = ks_mem_alloc(sizeof(*correlator));

	*correlator = (struct ks_correlator){ .program = program,
		.watchlist = watchlist,
		.touched = KS_VEC_OF(struct touched),
		.row = { row_is_reported, row_hit, row_flush, row_forget, correlator } };
	ks_map_init(&correlator->by_group);
	return correlator;
}

void ks_correlator_free(struct ks_correlator *correlator)
{
	if (correlator == NULL)
		return;
	ks_correlator_forget(correlator);
	ks_vec_release(&correlator->touched);
	ks_map_release(&correlator->by_group);
	free(correlator);
}

const struct ks_ingest_correlator *ks_correlator_row(const struct ks_correlator *correlator)
{
	return &correlator->row;
}

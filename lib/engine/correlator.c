/* Hits into the store, and findings out of it. What the chains of a group are is stretch.c. */
#include "lib/engine/correlator.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/codec/hash.h"
#include "lib/engine/enrich.h"
#include "lib/engine/stretch.h"
#include "lib/incident/evidence.h"
#include "lib/sigma/member.h"
#include "lib/store/sql.h"

#include <stdlib.h>
#include <string.h>

/* A group whose hits changed in this batch. */
struct touched {
	const struct ks_correlation *correlation;
	char group[KS_CORRELATION_HASH];
	int64_t first_ms, last_ms; /* of the hits that came or went */
};

struct ks_correlator {
	const struct ks_program *program;
	const struct ks_watchlist *watchlist;
	struct ks_enrich_sources sources;
	struct ks_noveltystore *novelty;
	unsigned wanted; /* fields of these */
	struct ks_ingest_correlator row;
	struct ks_map by_group; /* correlation and group to a struct touched, + 1 */
	struct ks_vec touched; /* struct touched */
	struct ks_vec cuts; /* struct ks_correlator_cut, since the last look */
	struct ks_arena cut_text;
	uint64_t overflow; /* hits for which a window had no room, ever */
	int64_t now_ms; /* of the batch; 0: not known */
};

/* A stored event, open. */
struct stored {
	struct ks_arena arena;
	struct ks_evidence evidence;
	struct ks_index index;
	struct ks_event event;
	struct ks_enriched enriched;
	struct ks_view view;
	bool is_open;
};

/* One group that is evaluated. */
struct work {
	struct ks_correlator *correlator;
	struct ks_db *db;
	const struct ks_correlator_sink *sink;
	struct ks_stretch stretch;
	struct ks_map changed; /* ids of chains that are new, or list other events */
};

/* ---- hits -------------------------------------------------------------------------------------- */

static void touch(struct ks_correlator *correlator, const struct ks_correlation *correlation,
	const char *group, int64_t time_ms)
{
	char key[sizeof(void *) + KS_CORRELATION_HASH] = { 0 };
	struct touched *touched;
	uintptr_t place;

	memcpy(key, &correlation, sizeof(void *));
	memcpy(key + sizeof(void *), group, strlen(group));
	place = (uintptr_t)ks_map_find(&correlator->by_group, (struct ks_str){ key, sizeof(key) });
	if (place == 0) {
		touched = ks_vec_push(&correlator->touched);
		*touched = (struct touched){ .correlation = correlation, .first_ms = time_ms, .last_ms = time_ms };
		memcpy(touched->group, key + sizeof(void *), sizeof(touched->group));
		place = correlator->touched.n;
		ks_map_put(&correlator->by_group, (struct ks_str){ key, sizeof(key) }, (void *)place);
	}
	touched = KS_VEC_AT(&correlator->touched, struct touched, place - 1);
	if (time_ms < touched->first_ms)
		touched->first_ms = time_ms;
	if (time_ms > touched->last_ms)
		touched->last_ms = time_ms;
}

/* A row of the table "hits". */
struct row {
	const struct ks_rule_use *use;
	struct ks_str identity, origin, finding, value;
	const char *group;
	int64_t time_ms;
};

static struct ks_str part_of(const struct ks_rule_use *use)
{
	return ks_stretch_rule(use->correlation->parts[use->part].rule);
}

static int put_row(struct ks_correlator *correlator, struct ks_db *db, const struct row *row,
	struct ks_err *err)
{
	if (ks_sql_run(db,
			"INSERT INTO hits (rule, part, event_identity, origin, group_key, time_ms, value, finding, "
			"put_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
			KS_SQL(KS_SQL_TEXT(ks_stretch_rule(&row->use->correlation->head)),
				KS_SQL_TEXT(part_of(row->use)), KS_SQL_TEXT(row->identity), KS_SQL_TEXT(row->origin),
				KS_SQL_TEXT(ks_str_of(row->group)), KS_SQL_INT(row->time_ms), KS_SQL_TEXT(row->value),
				KS_SQL_TEXT(row->finding), KS_SQL_INT(correlator->now_ms)),
			err) != 0)
		return -1;
	if (ks_db_changes(db) > 0)
		touch(correlator, row->use->correlation, row->group, row->time_ms);
	return 0;
}

static int drop_row(struct ks_correlator *correlator, struct ks_db *db, const struct row *row,
	struct ks_err *err)
{
	touch(correlator, row->use->correlation, row->group, row->time_ms);
	return ks_sql_run(db,
		"DELETE FROM hits WHERE rule = $1 AND part = $2 AND event_identity = $3 AND origin = $4",
		KS_SQL(KS_SQL_TEXT(ks_stretch_rule(&row->use->correlation->head)), KS_SQL_TEXT(part_of(row->use)),
			KS_SQL_TEXT(row->identity), KS_SQL_TEXT(row->origin)),
		err);
}

/* Whether these are the bytes that are stored: the same event looked at again, not a copy of it, which is
 * no evidence against the first. */
static int is_stored(struct ks_db *db, const struct ks_event *event, bool *out, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_evidence evidence;
	bool is_there = false;
	int rc = ks_evidence_find(db, ks_str_of(event->identity), &arena, &evidence, &is_there, err);

	*out = rc == 0 && is_there && ks_str_is_equal(evidence.raw, ks_event_raw(event));
	ks_arena_release(&arena);
	return rc;
}

/* The event is there. More may be known of it by now, so that it is in another group. */
static int renew_row(struct ks_correlator *correlator, struct ks_db *db, const struct row *row,
	const struct ks_event *event, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct row old = *row;
	char group[KS_CORRELATION_HASH] = "";
	bool has_row = false, is_same = true, is_again = false;
	int rc = ks_sql_open(db,
		"SELECT group_key, value FROM hits WHERE rule = $1 AND part = $2 AND event_identity = $3 "
		"AND origin = ''",
		KS_SQL(KS_SQL_TEXT(ks_stretch_rule(&row->use->correlation->head)), KS_SQL_TEXT(part_of(row->use)),
			KS_SQL_TEXT(row->identity)),
		&query, err);

	if (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_str stored = ks_db_column_text(query, 0);

		is_same = ks_str_is(stored, row->group) && ks_str_is_equal(ks_db_column_text(query, 1), row->value);
		memcpy(group, stored.p, stored.n < sizeof(group) ? stored.n : sizeof(group) - 1);
	}
	ks_db_finish(query);
	if (rc == 0 && !is_same)
		rc = is_stored(db, event, &is_again, err);
	if (rc != 0 || !is_again)
		return rc;
	old.group = group;
	return drop_row(correlator, db, &old, err) != 0 ? -1 : put_row(correlator, db, row, err);
}

static int store_hit(struct ks_correlator *correlator, struct ks_db *db, const struct ks_rule_use *use,
	const struct ks_event *event, const struct ks_view *view, struct ks_err *err)
{
	struct ks_member member;
	struct row row = { .use = use,
		.identity = ks_str_of(event->identity),
		.origin = KS_STR(""),
		.group = member.group,
		.time_ms = event->time_ms };

	/* What has no time cannot be placed in a window. */
	if (event->time_ms == KS_TIME_NONE || !ks_member_read(use->correlation, use->part, view, &member))
		return 0;
	row.value = ks_str_of(member.value);
	if (put_row(correlator, db, &row, err) != 0)
		return -1;
	return ks_db_changes(db) > 0 ? 0 : renew_row(correlator, db, &row, event, err);
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

/* ---- stored events ----------------------------------------------------------------------------- */

static void stored_close(struct stored *stored)
{
	if (stored->is_open)
		ks_event_release(&stored->event);
	ks_index_release(&stored->index);
	ks_arena_release(&stored->arena);
}

/* Closed by the caller, also after an error. */
static int stored_open(const struct ks_correlator *correlator, struct ks_db *db, struct ks_str identity,
	struct stored *out, struct ks_err *err)
{
	bool is_there = false;

	*out = (struct stored){ .is_open = false };
	ks_arena_init(&out->arena);
	ks_index_init(&out->index);
	if (ks_evidence_find(db, identity, &out->arena, &out->evidence, &is_there, err) != 0)
		return -1;
	if (!is_there)
		return ks_err_set(err, KS_ERR_PARSE, "store '%s' is damaged: an event of a correlation is missing",
			ks_db_path(db));
	if (ks_index_build(&out->index, out->evidence.raw, NULL, err) != 0)
		return -1;
	ks_event_init(&out->event, &out->index, 0, &out->arena);
	out->is_open = true;
	ks_event_identify(&out->event);
	ks_enrich_event(&out->event, correlator->watchlist, &out->enriched);
	if (ks_enrich_stored(&out->event, correlator->wanted, &correlator->sources, correlator->novelty, err) !=
		0)
		return -1;
	out->view = ks_event_view(&out->event, correlator->program->paths, correlator->program->path_count);
	return 0;
}

/* ---- findings ---------------------------------------------------------------------------------- */

/* What tells whether a finding says anything new. */
static void digest_of(const struct ks_stretch_chain *chain, const struct ks_matched *matched,
	char out[KS_STRETCH_DIGEST])
{
	unsigned char digest[KS_HASH_SIZE];
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_buf_adds(&text, chain->window.met);
	for (size_t i = 0; i < matched->names.n && i < KS_LIMIT_MATCHED; i++)
		ks_buf_add(&text, ks_matched_identity(*KS_VEC_AT(&matched->names, struct ks_str, i)));
	ks_hash_sha256(ks_buf_str(&text), digest);
	ks_hash_hex(digest, (KS_STRETCH_DIGEST - 1) / 2, out);
	ks_buf_release(&text);
}

/* The JSON form, about the event with which the condition first held, out of the evidence. */
static int render(struct stored *met, struct ks_finding *finding, struct ks_buf *out, struct ks_err *err)
{
	struct ks_json *json;

	finding->event = &met->event;
	finding->key_kind = met->enriched.key_kind;
	if (met->enriched.match != KS_MATCH_NONE) {
		finding->decoy_name = met->enriched.decoy.name;
		finding->decoy_placement = met->enriched.decoy.placement;
	}
	finding->source = ks_arena_strdup(&met->arena, met->evidence.where_source);
	finding->offset = (uint64_t)met->evidence.where_offset;
	json = ks_finding_to_json(finding);
	ks_json_render(json, out);
	ks_json_free(json);
	if (out->is_full)
		return ks_err_set(err, KS_ERR_LIMIT, "a finding is longer than %u bytes", KS_LIMIT_LINE);
	return 0;
}

/* Whether a stored chain is one of those that are there now. */
static bool is_left(const struct work *work, const struct ks_stretch_old *old)
{
	for (size_t i = 0; i < work->stretch.chains.n; i++)
		if (strcmp(KS_VEC_AT(&work->stretch.chains, struct ks_stretch_chain, i)->id, old->id) == 0)
			return true;
	return false;
}

static bool is_overlapping(const struct ks_stretch_chain *chain, const struct ks_stretch_old *old)
{
	return old->anchor_ms <= chain->window.sure_ms && old->last_ms >= chain->window.anchor_ms;
}

/* The first of the chains of now that a stored one, which is none of them, went into; NULL: it is gone. */
static const struct ks_stretch_chain *find_heir(const struct work *work, const struct ks_stretch_old *old)
{
	for (size_t i = 0; i < work->stretch.chains.n; i++) {
		const struct ks_stretch_chain *chain = KS_VEC_AT(&work->stretch.chains, struct ks_stretch_chain, i);

		if (is_overlapping(chain, old))
			return chain;
	}
	return NULL;
}

static int tell(struct work *work, struct stored *met, const struct ks_stretch_chain *chain,
	struct ks_matched *matched, struct ks_err *err)
{
	const struct ks_rule *rule = &work->stretch.correlation->head;
	struct ks_correlated correlated = { .group = ks_str_of(work->stretch.group),
		.anchor_ms = chain->window.anchor_ms,
		.last_ms = chain->window.last_ms,
		.events = ks_matched_count(matched, &chain->window),
		.measure = chain->window.measure };
	struct ks_finding finding = { .rule = rule, .correlated = &correlated };
	struct ks_ingest_correlated found = { .id = chain->id,
		.rule_id = ks_stretch_rule(rule),
		.rule_title = rule->title,
		.level = rule->level,
		.time_ms = chain->window.met_ms,
		.met = ks_str_of(chain->window.met) };
	struct ks_str *identities;
	struct ks_buf text;
	int rc;

	correlated.matched = ks_matched_ids(matched, &correlated.matched_count);
	identities = ks_arena_alloc(&met->arena, (correlated.matched_count + 1) * sizeof(*identities));
	for (size_t i = 0; i < correlated.matched_count; i++)
		identities[i] = ks_matched_identity(*KS_VEC_AT(&matched->names, struct ks_str, i));
	found.matched = identities;
	found.matched_count = correlated.matched_count;
	ks_buf_init(&text, KS_LIMIT_LINE);
	rc = render(met, &finding, &text, err);
	found.json = ks_buf_str(&text);
	if (rc == 0)
		rc = work->sink->found(work->sink->arg, &found, err);
	ks_buf_release(&text);
	return rc;
}

/* A chain that is new, or lists other events than before, makes its finding. */
static int give(struct work *work, const struct ks_stretch_chain *chain, struct ks_err *err)
{
	const struct ks_stretch_old *same = NULL;
	char digest[KS_STRETCH_DIGEST];
	struct ks_matched matched;
	struct stored met;
	int rc;

	ks_matched_init(&matched);
	rc = stored_open(work->correlator, work->db, ks_str_of(chain->window.met), &met, err);
	if (rc == 0)
		rc = ks_stretch_list(&work->stretch, chain, &met.event, &matched, err);
	if (rc == 0)
		digest_of(chain, &matched, digest);
	for (size_t i = 0; i < work->stretch.olds.n; i++) {
		const struct ks_stretch_old *old = KS_VEC_AT(&work->stretch.olds, struct ks_stretch_old, i);

		if (strcmp(old->id, chain->id) == 0)
			same = old;
	}
	if (rc == 0 &&
		(same == NULL || strcmp(same->digest, digest) != 0 || same->last_ms != chain->window.last_ms)) {
		ks_map_put(&work->changed, ks_str_of(chain->id), work);
		rc = ks_sql_run(work->db,
			"INSERT INTO chains (finding, rule, group_key, anchor_ms, last_ms, digest) "
			"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (finding) DO UPDATE SET "
			"last_ms = excluded.last_ms, digest = excluded.digest",
			KS_SQL(KS_SQL_TEXT(ks_str_of(chain->id)),
				KS_SQL_TEXT(ks_stretch_rule(&work->stretch.correlation->head)),
				KS_SQL_TEXT(ks_str_of(work->stretch.group)), KS_SQL_INT(chain->window.anchor_ms),
				KS_SQL_INT(chain->window.last_ms), KS_SQL_TEXT(ks_str_of(digest))),
			err);
		if (rc == 0 && !work->stretch.correlation->head.is_silent)
			rc = tell(work, &met, chain, &matched, err);
	}
	stored_close(&met);
	ks_matched_release(&matched);
	return rc;
}

/* A chain of before that is no more: another one took its place, or its condition no longer holds. */
static int take_back(struct work *work, const struct ks_stretch_old *old, struct ks_err *err)
{
	const struct ks_stretch_chain *heir = find_heir(work, old);

	if (ks_sql_run(work->db, "DELETE FROM chains WHERE finding = $1",
			KS_SQL(KS_SQL_TEXT(ks_str_of(old->id))), err) != 0)
		return -1;
	if (work->stretch.correlation->head.is_silent)
		return 0;
	return work->sink->gone(work->sink->arg, old->id, heir != NULL ? heir->id : NULL, err);
}

/* ---- correlations of correlations -------------------------------------------------------------- */

/* The hits that this group was to a correlation that is built on it: those that still stand are taken from
 * held (time and finding by identity), the others go. */
static int check_rows(struct work *work, const struct ks_rule_use *use, struct ks_map *held,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_vec rows = KS_VEC_OF(struct row);
	struct ks_arena arena = { NULL };
	bool has_row = true;
	int rc = ks_sql_open(work->db,
		"SELECT event_identity, group_key, time_ms, finding FROM hits WHERE part = $1 AND origin = $2 "
		"AND origin <> '' AND time_ms >= $3 AND time_ms <= $4 AND rule = $5",
		KS_SQL(KS_SQL_TEXT(part_of(use)), KS_SQL_TEXT(ks_str_of(work->stretch.group)),
			KS_SQL_INT(work->stretch.first_ms), KS_SQL_INT(work->stretch.last_ms),
			KS_SQL_TEXT(ks_stretch_rule(&use->correlation->head))),
		&query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct row *)ks_vec_push(&rows) = (struct row){ .use = use,
			.identity = ks_sql_text(query, 0, &arena),
			.group = ks_arena_strdup(&arena, ks_db_column_text(query, 1)),
			.time_ms = ks_db_column_int(query, 2),
			.finding = ks_sql_text(query, 3, &arena),
			.origin = ks_str_of(work->stretch.group) };
	ks_db_finish(query);
	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		const struct row *row = KS_VEC_AT(&rows, struct row, i);
		const struct ks_stretch_held *is = ks_map_find(held, row->identity);

		if (is == NULL || !ks_str_is(row->finding, is->id)) {
			rc = drop_row(work->correlator, work->db, row, err);
			continue;
		}
		ks_map_put(held, row->identity, NULL);
		/* What the other one lists changes with what this one lists. */
		if (ks_map_find(&work->changed, row->finding) != NULL)
			touch(work->correlator, use->correlation, row->group, row->time_ms);
	}
	ks_vec_release(&rows);
	ks_arena_release(&arena);
	return rc;
}

static int add_row(struct work *work, const struct ks_rule_use *use, const struct ks_stretch_held *held,
	struct ks_err *err)
{
	struct ks_member member;
	struct stored stored;
	int rc = stored_open(work->correlator, work->db, ks_str_of(held->identity), &stored, err);

	if (rc == 0 && ks_member_read(use->correlation, use->part, &stored.view, &member)) {
		const struct row row = { .use = use,
			.identity = ks_str_of(held->identity),
			.origin = ks_str_of(work->stretch.group),
			.finding = ks_str_of(held->id),
			.value = use->correlation->type == KS_CORRELATION_EVENT_COUNT ? ks_str_of(held->id) :
																			ks_str_of(member.value),
			.group = member.group,
			.time_ms = held->time_ms };

		rc = put_row(work->correlator, work->db, &row, err);
	}
	stored_close(&stored);
	return rc;
}

static int hand_up(struct work *work, const struct ks_rule_use *use, struct ks_err *err)
{
	struct ks_map held;
	int rc;

	ks_map_init(&held);
	for (size_t i = 0; i < work->stretch.held.n; i++) {
		struct ks_stretch_held *at = KS_VEC_AT(&work->stretch.held, struct ks_stretch_held, i);

		if (at->time_ms >= work->stretch.first_ms && at->time_ms <= work->stretch.last_ms)
			ks_map_put(&held, ks_str_of(at->identity), at);
	}
	rc = check_rows(work, use, &held, err);
	for (size_t i = 0; rc == 0 && i < held.entries.n; i++) {
		const struct ks_stretch_held *at = KS_VEC_AT(&held.entries, struct ks_map_entry, i)->value;

		if (at != NULL)
			rc = add_row(work, use, at, err);
	}
	ks_map_release(&held);
	return rc;
}

/* ---- groups ------------------------------------------------------------------------------------ */

/* Names a group in which a window had no room. */
static int note_cut(struct work *work, struct ks_err *err)
{
	struct ks_correlator *correlator = work->correlator;
	const struct ks_correlation *correlation = work->stretch.correlation;
	struct ks_correlator_cut cut = { &correlation->head, NULL, work->stretch.overflow };
	struct stored stored;
	struct ks_buf label;
	int rc;

	correlator->overflow += work->stretch.overflow;
	if (correlator->cuts.n == KS_CORRELATOR_CUTS || work->stretch.chains.n == 0)
		return 0;
	ks_buf_init(&label, KS_MEMBER_LABEL);
	rc = stored_open(correlator, work->db,
		ks_str_of(KS_VEC_AT(&work->stretch.chains, struct ks_stretch_chain, 0)->window.met), &stored, err);
	if (rc == 0)
		ks_member_label(correlation, 0, &stored.view, &label);
	cut.label = ks_arena_strdup(&correlator->cut_text, ks_buf_str(&label));
	*(struct ks_correlator_cut *)ks_vec_push(&correlator->cuts) = cut;
	stored_close(&stored);
	ks_buf_release(&label);
	return rc;
}

static int settle(struct work *work, struct ks_err *err)
{
	struct ks_stretch *stretch = &work->stretch;
	int rc = stretch->overflow > 0 ? note_cut(work, err) : 0;

	for (size_t i = 0; rc == 0 && i < stretch->chains.n; i++) {
		const struct ks_stretch_chain *chain = KS_VEC_AT(&stretch->chains, struct ks_stretch_chain, i);

		if (ks_stretch_has(stretch, chain->window.anchor_ms, chain->window.sure_ms))
			rc = give(work, chain, err);
	}
	for (size_t i = 0; rc == 0 && i < stretch->olds.n; i++) {
		const struct ks_stretch_old *old = KS_VEC_AT(&stretch->olds, struct ks_stretch_old, i);

		if (!is_left(work, old))
			rc = take_back(work, old, err);
	}
	for (const struct ks_rule_use *use = stretch->correlation->head.uses; rc == 0 && use != NULL;
		 use = use->next)
		rc = hand_up(work, use, err);
	return rc;
}

static int evaluate(struct ks_correlator *correlator, struct ks_db *db, const struct touched *touched,
	const struct ks_correlator_sink *sink, struct ks_err *err)
{
	struct work work = { .correlator = correlator,
		.db = db,
		.sink = sink,
		.stretch = { .correlation = touched->correlation, .group = touched->group, .db = db } };
	int rc;

	ks_map_init(&work.changed);
	rc = ks_stretch_open(&work.stretch, touched->first_ms, touched->last_ms, err);
	if (rc == 0)
		rc = settle(&work, err);
	ks_stretch_release(&work.stretch);
	ks_map_release(&work.changed);
	return rc;
}

/* What is built on others comes after them: they may touch it. */
int ks_correlator_eval(struct ks_correlator *correlator, struct ks_db *db,
	const struct ks_correlator_sink *sink, struct ks_err *err)
{
	int rc = 0;

	for (unsigned depth = 0; rc == 0 && depth <= KS_CORRELATION_DEPTH; depth++)
		for (size_t i = 0; rc == 0 && i < correlator->touched.n; i++) {
			struct touched touched = *KS_VEC_AT(&correlator->touched, struct touched, i);

			if (touched.correlation->depth == depth)
				rc = evaluate(correlator, db, &touched, sink, err);
		}
	ks_correlator_forget(correlator);
	return rc;
}

void ks_correlator_forget(struct ks_correlator *correlator)
{
	ks_vec_clear(&correlator->touched);
	ks_map_release(&correlator->by_group);
	ks_map_init(&correlator->by_group);
}

uint64_t ks_correlator_overflow(const struct ks_correlator *correlator)
{
	return correlator->overflow;
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
	own(arg)->now_ms = ks_ctx_now(ks_ingest_ctx(ingest));
	return ks_correlator_hit(own(arg), ks_ingest_db(ingest), rule, event, view, err);
}

static int row_found(void *arg, const struct ks_ingest_correlated *found, struct ks_err *err)
{
	return ks_ingest_add_correlated(arg, found, err);
}

static int row_gone(void *arg, const char *id, const char *heir, struct ks_err *err)
{
	return heir != NULL ? ks_ingest_replace(arg, ks_str_of(id), ks_str_of(heir), err) :
						  ks_ingest_withdraw(arg, ks_str_of(id), err);
}

static void log_cuts(struct ks_correlator *correlator, const struct ks_log *log)
{
	for (size_t i = 0; i < correlator->cuts.n; i++) {
		const struct ks_correlator_cut *cut = KS_VEC_AT(&correlator->cuts, struct ks_correlator_cut, i);

		ks_log_write(log, KS_LOG_WARNING,
			"'" KS_STR_FMT "' for %s: more than %u events in one window, %llu were not counted",
			KS_STR_ARG(ks_str_sub(cut->rule->title, 0, 100)), cut->label, KS_LIMIT_WINDOW,
			(unsigned long long)cut->overflow);
	}
	ks_vec_clear(&correlator->cuts);
	ks_arena_clear(&correlator->cut_text);
}

static int row_flush(const void *arg, struct ks_ingest *ingest, struct ks_err *err)
{
	struct ks_correlator *correlator = own(arg);
	int rc;

	correlator->now_ms = ks_ctx_now(ks_ingest_ctx(ingest));
	rc = ks_correlator_eval(correlator, ks_ingest_db(ingest),
		&(struct ks_correlator_sink){ row_found, row_gone, ingest }, err);
	log_cuts(correlator, &ks_ingest_ctx(ingest)->log);
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
		.cuts = KS_VEC_OF(struct ks_correlator_cut),
		.row = { row_is_reported, row_hit, row_flush, row_forget, correlator } };
	ks_map_init(&correlator->by_group);
	ks_arena_init(&correlator->cut_text);
	return correlator;
}

void ks_correlator_enrich(struct ks_correlator *correlator, const struct ks_enrich_sources *sources,
	struct ks_noveltystore *novelty)
{
	correlator->wanted = ks_enrich_wanted(correlator->program);
	correlator->sources = *sources;
	correlator->novelty = novelty;
}

void ks_correlator_free(struct ks_correlator *correlator)
{
	if (correlator == NULL)
		return;
	ks_correlator_forget(correlator);
	ks_vec_release(&correlator->touched);
	ks_vec_release(&correlator->cuts);
	ks_arena_release(&correlator->cut_text);
	ks_map_release(&correlator->by_group);
	free(correlator);
}

const struct ks_ingest_correlator *ks_correlator_row(const struct ks_correlator *correlator)
{
	return &correlator->row;
}

/* Chains, then hits, then events: each can go only when what refers to it went. */
#include "lib/engine/pruner.h"

#include "lib/base/time.h"
#include "lib/engine/stretch.h"
#include "lib/incident/owncall.h"
#include "lib/store/sql.h"
#include "lib/trail/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCE "prune" /* of the checkpoint */
#define PART "place"
#define ID 64 /* bytes of an id: hex digits and a NUL */

enum phase { CHAINS, HITS, EVENTS, UNTIMED, PHASES };

/* Where the last turn ended. */
struct place {
	int64_t phase, time_ms;
	char id[ID];
};

struct turn {
	struct ks_db *db;
	const struct ks_pruner_request *request;
	struct ks_pruner_result *result;
	int64_t latest_ms; /* event that is stored */
	struct place at;
};

/* Something that was looked at. */
struct row {
	struct ks_str id, rule, part, origin;
	int64_t time_ms;
};

/* ---- what is how old --------------------------------------------------------------------------- */

static int64_t reach_of(const struct ks_correlation *correlation)
{
	int64_t above = 0;

	for (const struct ks_rule_use *use = correlation->head.uses; use != NULL; use = use->next) {
		int64_t reach = reach_of(use->correlation);

		above = reach > above ? reach : above;
	}
	return KS_PRUNER_SPANS * correlation->timespan_ms + above;
}

static const struct ks_correlation *find_correlation(const struct turn *turn, struct ks_str rule)
{
	const struct ks_program *program = turn->request->program;

	for (size_t i = 0; i < program->correlation_count; i++)
		if (ks_str_is_equal(ks_stretch_rule(&program->correlations[i]->head), rule))
			return program->correlations[i];
	return NULL;
}

static bool is_over(const struct turn *turn, const struct row *row)
{
	const struct ks_correlation *correlation = find_correlation(turn, row->rule);

	return row->time_ms < turn->latest_ms - KS_PRUNER_LATE_MS -
			(correlation != NULL ? reach_of(correlation) : KS_PRUNER_UNKNOWN_MS);
}

static int64_t kept_since(const struct turn *turn)
{
	return turn->request->now_ms - KS_PRUNER_KEPT_MS;
}

/* ---- dropping ---------------------------------------------------------------------------------- */

static int drop_chain(struct turn *turn, const struct row *row, struct ks_err *err)
{
	if (!is_over(turn, row))
		return 0;
	return ks_sql_run(turn->db,
		"DELETE FROM chains WHERE finding = $1 AND NOT EXISTS (SELECT 1 FROM hits h WHERE h.finding = $1) "
		"AND NOT EXISTS (SELECT 1 FROM hits h WHERE h.rule = chains.rule AND h.group_key = chains.group_key "
		"AND h.time_ms >= chains.anchor_ms AND h.time_ms <= chains.last_ms AND h.put_ms >= $2)",
		KS_SQL(KS_SQL_TEXT(row->id), KS_SQL_INT(kept_since(turn))), err);
}

/* Chains of a group do not overlap: the first that ends behind the hit is the one that it can be part of, or
 * that windows with it come before. */
static int drop_hit(struct turn *turn, const struct row *row, struct ks_err *err)
{
	const struct ks_correlation *correlation = find_correlation(turn, row->rule);
	int64_t before = correlation != NULL ? KS_PRUNER_SPANS * correlation->timespan_ms : 0;

	if (!is_over(turn, row))
		return 0;
	if (ks_sql_run(turn->db,
			"DELETE FROM hits WHERE rule = $1 AND part = $2 AND event_identity = $3 AND origin = $4 "
			"AND COALESCE(put_ms, 0) < $5 AND COALESCE((SELECT c.anchor_ms FROM chains c WHERE "
			"c.rule = hits.rule AND c.group_key = hits.group_key AND c.last_ms >= hits.time_ms "
			"ORDER BY c.last_ms LIMIT 1) > hits.time_ms + $6, TRUE)",
			KS_SQL(KS_SQL_TEXT(row->rule), KS_SQL_TEXT(row->part), KS_SQL_TEXT(row->id),
				KS_SQL_TEXT(row->origin), KS_SQL_INT(kept_since(turn)), KS_SQL_INT(before)),
			err) != 0)
		return -1;
	turn->result->hits += (uint64_t)ks_db_changes(turn->db);
	return 0;
}

static int drop_event(struct turn *turn, const struct row *row, struct ks_err *err)
{
	if (ks_sql_run(turn->db,
			"DELETE FROM events WHERE identity = $1 AND received_ms < $2 - $3 * own "
			"AND NOT EXISTS (SELECT 1 FROM finding_events fe WHERE fe.event_identity = $1) "
			"AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.event_identity = $1) "
			"AND NOT EXISTS (SELECT 1 FROM hits h WHERE h.event_identity = $1)",
			KS_SQL(KS_SQL_TEXT(row->id), KS_SQL_INT(kept_since(turn)), KS_SQL_INT(KS_OWNCALL_KEPT_MS)),
			err) != 0)
		return -1;
	turn->result->events += (uint64_t)ks_db_changes(turn->db);
	return 0;
}

/* ---- turns ------------------------------------------------------------------------------------- */

/* What a phase looks at: id, time, rule, part, origin, in order. $1 and $2: behind this time and id; $3:
 * before this time; $4: so many. */
static const struct {
	const char *sql;
	int (*drop)(struct turn *turn, const struct row *row, struct ks_err *err);
} phases[PHASES] = {
	[CHAINS] = { "SELECT finding, last_ms, rule, '', '' FROM chains WHERE finding > $2 "
				 "AND COALESCE($1, $3) IS NOT NULL ORDER BY finding LIMIT $4",
		drop_chain },
	[HITS] = { "SELECT event_identity, time_ms, rule, part, origin FROM hits WHERE time_ms >= $1 "
			   "AND (time_ms > $1 OR event_identity > $2) AND time_ms < $3 "
			   "ORDER BY time_ms, event_identity LIMIT $4",
		drop_hit },
	[EVENTS] = { "SELECT identity, time_ms, '', '', '' FROM events WHERE time_ms >= $1 "
				 "AND (time_ms > $1 OR identity > $2) AND time_ms < $3 ORDER BY time_ms, identity LIMIT $4",
		drop_event },
	[UNTIMED] = { "SELECT identity, 0, '', '', '' FROM events WHERE time_ms IS NULL AND identity > $2 "
				  "AND COALESCE($1, $3) IS NOT NULL ORDER BY identity LIMIT $4",
		drop_event },
};

static int read_rows(const struct turn *turn, size_t most, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(turn->db, phases[turn->at.phase].sql,
		KS_SQL(KS_SQL_INT(turn->at.time_ms), KS_SQL_TEXT(ks_str_of(turn->at.id)),
			KS_SQL_INT(turn->latest_ms - KS_PRUNER_LATE_MS), KS_SQL_INT((int64_t)most)),
		&query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct row *)ks_vec_push(out) = (struct row){ .id = ks_sql_text(query, 0, arena),
			.time_ms = ks_db_column_int(query, 1),
			.rule = ks_sql_text(query, 2, arena),
			.part = ks_sql_text(query, 3, arena),
			.origin = ks_sql_text(query, 4, arena) };
	ks_db_finish(query);
	return rc;
}

static void go_to(struct turn *turn, int64_t phase, int64_t time_ms, struct ks_str id)
{
	turn->at.phase = phase;
	turn->at.time_ms = time_ms;
	snprintf(turn->at.id, sizeof(turn->at.id), KS_STR_FMT, KS_STR_ARG(id));
}

/* One phase, until it is over or so many rows were looked at. Events of one time and id are left to the next
 * pass when there are too many. */
static int run_phase(struct turn *turn, size_t *left, struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct row);
	struct ks_arena arena = { NULL };
	int rc = read_rows(turn, *left, &arena, &rows, err);

	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		const struct row *row = KS_VEC_AT(&rows, struct row, i);

		rc = phases[turn->at.phase].drop(turn, row, err);
		go_to(turn, turn->at.phase, row->time_ms, row->id);
	}
	if (rows.n < *left)
		go_to(turn, turn->at.phase + 1, INT64_MIN, KS_STR(""));
	*left -= rows.n;
	ks_vec_release(&rows);
	ks_arena_release(&arena);
	return rc;
}

static int recall(struct turn *turn, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_str stored = { NULL, 0 };
	int rc = turn->request->is_fresh ?
		0 :
		ks_checkpoint_find(turn->db, KS_STR(SOURCE), KS_STR(PART), &arena, &stored, err);

	go_to(turn, CHAINS, INT64_MIN, KS_STR(""));
	if (rc == 0 && stored.p != NULL) {
		char *p = (char *)(uintptr_t)ks_arena_strdup(&arena, stored);
		int64_t phase = strtoll(p, &p, 10), time_ms = strtoll(p, &p, 10);

		if (phase >= 0 && phase < PHASES && *p == ' ')
			go_to(turn, phase, time_ms, ks_str_of(p + 1));
	}
	ks_arena_release(&arena);
	return rc;
}

static int remember(const struct turn *turn, struct ks_err *err)
{
	char text[ID + 64];

	snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 " %s", turn->at.phase, turn->at.time_ms,
		turn->at.id);
	return ks_checkpoint_put(turn->db, KS_STR(SOURCE), KS_STR(PART), ks_str_of(text), err);
}

int ks_pruner_turn(struct ks_db *db, const struct ks_pruner_request *request, struct ks_pruner_result *out,
	struct ks_err *err)
{
	struct turn turn = { .db = db, .request = request, .result = out, .latest_ms = KS_TIME_NONE };
	size_t left = request->most;

	*out = (struct ks_pruner_result){ .is_through = true };
	if (ks_sql_int(db, "SELECT MAX(time_ms) FROM events WHERE time_ms <= $1",
			KS_SQL(KS_SQL_INT(request->now_ms)), &turn.latest_ms, err) != 0)
		return -1;
	/* Nothing tells how late it is. */
	if (turn.latest_ms == KS_TIME_NONE)
		return 0;
	if (recall(&turn, err) != 0)
		return -1;
	while (left > 0 && turn.at.phase < PHASES)
		if (run_phase(&turn, &left, err) != 0)
			return -1;
	out->is_through = turn.at.phase == PHASES;
	if (out->is_through)
		go_to(&turn, CHAINS, INT64_MIN, KS_STR(""));
	return remember(&turn, err);
}

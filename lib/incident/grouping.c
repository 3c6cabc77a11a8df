/* Findings into incidents. What an incident adds up to is tally.c's affair. */
#include "lib/incident/grouping.h"

#include "lib/base/time.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/journal.h"
#include "lib/incident/tally.h"
#include "lib/store/sql.h"

#include <inttypes.h>

static void touch(const struct ks_grouping *g, int64_t id)
{
	*(int64_t *)ks_vec_push(g->touched) = id;
}

static int note(const struct ks_grouping *g, int64_t id, const char *kind, struct ks_json *body,
	struct ks_err *err)
{
	return ks_journal_add_json(g->db, id, g->now_ms, KS_STR(KS_JOURNAL_SELF), kind, body, err);
}

/* A new level waits to be told, when there is somebody to tell. */
static int await(const struct ks_grouping *g, int64_t id, struct ks_err *err)
{
	return ks_sql_run(g->db,
		"UPDATE incidents SET changed_ms = $2, pending = CASE WHEN pending = 0 AND $3 = 1 "
		"AND suppressed_by IS NULL AND (level > notified_level OR notified_ms IS NULL) THEN 1 ELSE "
		"pending END WHERE id = $1",
		KS_SQL(KS_SQL_INT(id), KS_SQL_INT(g->now_ms), KS_SQL_INT(g->is_telling)), err);
}

static bool holds(const struct ks_vec *ids, int64_t id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (*KS_VEC_AT(ids, int64_t, i) == id)
			return true;
	return false;
}

/* What people decided about an incident holds for the one that was opened in its stead. That is still told
 * of, by its own number and actor. A suppression of the other actor is none of this one. */
static int inherit_all(const struct ks_grouping *g, int64_t from, int64_t to, struct ks_err *err)
{
	return ks_sql_run(g->db,
		"UPDATE incidents AS t SET state = f.state, assignee = COALESCE(t.assignee, f.assignee), "
		"snoozed_until_ms = f.snoozed_until_ms, muted = f.muted, suppressed_by = (SELECT s.id FROM "
		"suppressions s WHERE s.id = f.suppressed_by AND s.field <> 'actor') "
		"FROM incidents f WHERE t.id = $1 AND f.id = $2",
		KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from)), err);
}

/* People who were told of the one were told of the other, unless they never heard of that actor. */
static int inherit_told(const struct ks_grouping *g, int64_t from, int64_t to, struct ks_err *err)
{
	return ks_sql_run(g->db,
		"UPDATE incidents AS t SET assignee = COALESCE(t.assignee, f.assignee), notified_level = CASE WHEN "
		"(t.notified_ms IS NULL AND t.actor <> f.actor) OR t.notified_level >= f.notified_level THEN "
		"t.notified_level ELSE f.notified_level END, notified_ms = CASE WHEN t.actor <> f.actor THEN "
		"t.notified_ms ELSE COALESCE(t.notified_ms, f.notified_ms) END "
		"FROM incidents f WHERE t.id = $1 AND f.id = $2",
		KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from)), err);
}

/* The rest of an incident whose findings all went over to another one. */
static int retire(const struct ks_grouping *g, int64_t from, int64_t to, const char *why,
	struct ks_err *err)
{
	struct ks_json *there = ks_json_new_object(), *here = ks_json_new_object();

	ks_json_add_int(there, "into", to);
	ks_json_add_text(there, "why", why);
	ks_json_add_int(here, "from", from);
	ks_json_add_text(here, "why", why);
	touch(g, from);
	if (note(g, from, "merged", there, err) != 0) {
		ks_json_free(here);
		return -1;
	}
	if (note(g, to, "took-over", here, err) != 0)
		return -1;
	if ((holds(g->heirs, to) ? inherit_all : inherit_told)(g, from, to, err) != 0)
		return -1;
	if (ks_sql_run(g->db, "UPDATE incidents SET merged_into = $1 WHERE merged_into = $2",
		KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from)), err) != 0)
		return -1;
	return ks_sql_run(g->db, "UPDATE incidents SET state = 'closed', snoozed_until_ms = NULL, muted = 0, "
		"pending = 0, events = 0, merged_into = $1, changed_ms = $3 WHERE id = $2",
		KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from), KS_SQL_INT(g->now_ms)), err);
}

/* An event stands between two incidents of its actor: they were one all along. */
static int merge(const struct ks_grouping *g, int64_t from, int64_t to, struct ks_err *err)
{
	int64_t left;

	if (ks_sql_run(g->db, "UPDATE findings SET incident_id = $1 WHERE incident_id = $2",
		KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from)), err) != 0)
		return -1;
	/* One that is still open keeps the whole open. */
	if (ks_sql_run(g->db,
			"UPDATE incidents SET state = 'open' WHERE id = $1 AND state = 'closed' AND EXISTS "
			"(SELECT 1 FROM incidents f WHERE f.id = $2 AND f.state <> 'closed')",
			KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from)), err) != 0)
		return -1;
	if (retire(g, from, to, "an event between them made them one", err) != 0 ||
		ks_tally_renew(g->db, from, &left, err) != 0 || ks_tally_renew(g->db, to, &left, err) != 0)
		return -1;
	return await(g, to, err);
}

static int open_one(const struct ks_grouping *g, const struct ks_evidence *e, int64_t *out_id,
	struct ks_err *err)
{
	struct ks_json *body = ks_json_new_object();
	int64_t id = 1;

	ks_json_add_str(body, "actor", e->actor);
	ks_json_add_str(body, "event", e->identity);
	if (ks_sql_int(g->db, "SELECT COALESCE(MAX(id), 0) + 1 FROM incidents", KS_SQL_NONE, &id, err) != 0 ||
		ks_sql_run(g->db, "INSERT INTO incidents (id, actor, state, level, stages, opened_ms, changed_ms, "
			"events, muted, notified_level, pending) VALUES ($1, $2, 'open', 0, 0, $3, $3, 0, 0, 0, 0)",
			KS_SQL(KS_SQL_INT(id), KS_SQL_TEXT(e->actor), KS_SQL_INT(g->now_ms)), err) != 0) {
		ks_json_free(body);
		return -1;
	}
	*out_id = id;
	return note(g, id, "opened", body, err);
}

/* The incidents of an actor that an event of that time can belong to, oldest first. An event without a
 * time goes with the latest. */
static int find_places(const struct ks_grouping *g, const struct ks_evidence *e, struct ks_vec *out,
	struct ks_err *err)
{
	if (e->time_ms == KS_TIME_NONE)
		return ks_sql_ints(g->db,
			"SELECT id FROM incidents WHERE actor = $1 AND merged_into IS NULL ORDER BY "
			"COALESCE(last_ms, 0) DESC, id DESC LIMIT 1",
			KS_SQL(KS_SQL_TEXT(e->actor)), out, err);
	return ks_sql_ints(g->db,
		"SELECT id FROM incidents WHERE actor = $1 AND merged_into IS NULL AND (first_ms "
		"IS NULL OR (first_ms - $3 <= $2 AND last_ms + $3 >= $2)) ORDER BY id",
		KS_SQL(KS_SQL_TEXT(e->actor), KS_SQL_INT(e->time_ms), KS_SQL_INT(g->quiet_ms)), out, err);
}

/* The incident that an event belongs to: found, made one, or new. */
static int place(const struct ks_grouping *g, const struct ks_evidence *e, int64_t *out_id,
	bool *out_is_opened, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int64_t id = 0;
	int rc = find_places(g, e, &ids, err);

	if (rc == 0 && ids.n > 0)
		id = *KS_VEC_AT(&ids, int64_t, 0);
	for (size_t i = 1; rc == 0 && i < ids.n; i++)
		rc = merge(g, *KS_VEC_AT(&ids, int64_t, i), id, err);
	if (rc == 0 && id == 0)
		rc = open_one(g, e, &id, err);
	if (rc == 0) {
		*out_is_opened = ids.n == 0;
		*out_id = id;
		touch(g, id);
	}
	ks_vec_release(&ids);
	return rc;
}

/* What an event that is listed adds to the incident; it may have been stored before its key was known as a
 * decoy. */
static int count_event(const struct ks_grouping *g, int64_t id, const struct ks_grouping_item *item,
	const struct ks_evidence *e, bool *out_is_new, struct ks_err *err)
{
	bool has = false;

	if (ks_tally_has(g->db, id, e->identity, &has, err) != 0)
		return -1;
	*out_is_new = !has;
	if (has)
		return ks_tally_know_decoy(g->db, id, e, err);
	return (ks_str_is_equal(e->actor, item->owner->actor) ? ks_tally_add : ks_tally_add_other)(g->db, id, e,
		err);
}

/* The events that are new to the incident add to it; all are tied to the finding. */
static int add_events(const struct ks_grouping *g, int64_t id, const struct ks_grouping_item *item,
	int64_t *out_new, struct ks_err *err)
{
	*out_new = 0;
	for (size_t i = 0; i < item->event_count; i++) {
		const struct ks_evidence *e = &item->events[i];
		bool is_new;

		if (count_event(g, id, item, e, &is_new, err) != 0)
			return -1;
		*out_new += is_new;
		if (ks_sql_run(g->db, "INSERT INTO finding_events (finding_id, event_identity) VALUES ($1, $2) ON "
			"CONFLICT (finding_id, event_identity) DO NOTHING",
			KS_SQL(KS_SQL_TEXT(item->id), KS_SQL_TEXT(e->identity)), err) != 0)
			return -1;
	}
	return 0;
}

static int put_finding(const struct ks_grouping *g, int64_t id, const struct ks_grouping_item *item,
	struct ks_err *err)
{
	return ks_sql_run(g->db, "INSERT INTO findings (id, incident_id, rule_id, rule_title, level, time_ms, "
		"event_identity, json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET "
		"incident_id = excluded.incident_id, time_ms = excluded.time_ms, event_identity = "
		"excluded.event_identity, json = excluded.json",
		KS_SQL(KS_SQL_TEXT(item->id), KS_SQL_INT(id),
			KS_SQL_TEXT(item->rule_id.p != NULL ? item->rule_id : KS_STR("")),
			KS_SQL_TEXT(item->rule_title.p != NULL ? item->rule_title : KS_STR("")), KS_SQL_INT(item->level),
			KS_SQL_TIME(item->time_ms), KS_SQL_TEXT(item->owner->identity), KS_SQL_BLOB(item->json)), err);
}

static int raise(const struct ks_grouping *g, const struct ks_incident *incident,
	const struct ks_grouping_item *item, bool is_opened, struct ks_err *err)
{
	struct ks_json *body;

	if (item->level <= incident->level)
		return 0;
	if (ks_sql_run(g->db, "UPDATE incidents SET level = $2 WHERE id = $1",
		KS_SQL(KS_SQL_INT(incident->id), KS_SQL_INT(item->level)), err) != 0)
		return -1;
	if (is_opened)
		return 0;
	body = ks_json_new_object();
	ks_json_add_text(body, "from", ks_rule_level_name(incident->level));
	ks_json_add_text(body, "to", ks_rule_level_name(item->level));
	ks_json_add_str(body, "rule", item->rule_title);
	ks_json_add_str(body, "finding", item->id);
	return note(g, incident->id, "escalated", body, err);
}

static void describe(const struct ks_suppression *suppression, struct ks_json *body)
{
	char until[KS_TIME_TEXT];

	ks_json_add_int(body, "suppression", suppression->id);
	ks_json_add_str(body, "reason", suppression->reason);
	ks_json_add_str(body, "owner", suppression->owner);
	ks_json_add_text(body, "until", ks_time_render(suppression->expires_ms, until));
}

/* What a suppression does to an incident: it is covered while all of its findings are. */
static int cover(const struct ks_grouping *g, const struct ks_incident *incident,
	const struct ks_suppression *suppression, bool is_opened, struct ks_err *err)
{
	struct ks_json *body;

	if (suppression != NULL ? !is_opened : incident->suppressed_by == 0)
		return 0;
	if (ks_sql_run(g->db, "UPDATE incidents SET suppressed_by = $2 WHERE id = $1",
		KS_SQL(KS_SQL_INT(incident->id), KS_SQL_REF(suppression != NULL ? suppression->id : 0)), err) != 0)
		return -1;
	body = ks_json_new_object();
	if (suppression == NULL)
		return note(g, incident->id, "unsuppressed", body, err);
	describe(suppression, body);
	return note(g, incident->id, "suppressed", body, err);
}

/* News of an incident that people put aside. */
static int stir(const struct ks_grouping *g, const struct ks_incident *incident,
	const struct ks_grouping_item *item, int64_t new_events, bool *out_is_reopened, struct ks_err *err)
{
	struct ks_json *body;

	if (item->suppression != NULL)
		return 0;
	if (incident->state == KS_INCIDENT_SNOOZED)
		return ks_sql_run(g->db, "UPDATE incidents SET muted = muted + $2 WHERE id = $1",
			KS_SQL(KS_SQL_INT(incident->id), KS_SQL_INT(new_events)), err);
	if (incident->state != KS_INCIDENT_CLOSED)
		return 0;
	*out_is_reopened = true;
	body = ks_json_new_object();
	ks_json_add_str(body, "finding", item->id);
	ks_json_add_str(body, "rule", item->rule_title);
	if (note(g, incident->id, "reopened", body, err) != 0)
		return -1;
	return ks_sql_run(g->db, "UPDATE incidents SET state = 'open', pending = 2 WHERE id = $1",
		KS_SQL(KS_SQL_INT(incident->id)), err);
}

/* The incident that the finding is in by now (0: none), and whether its actor is this one. */
static int find_finding(const struct ks_grouping *g, struct ks_str finding_id, struct ks_str actor,
	int64_t *out_id, bool *out_is_his, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(g->db, "SELECT f.incident_id, i.actor FROM findings f JOIN incidents i ON i.id = "
		"f.incident_id WHERE f.id = $1", KS_SQL(KS_SQL_TEXT(finding_id)), &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0) {
		*out_id = has_row ? ks_db_column_int(query, 0) : 0;
		*out_is_his = has_row && ks_str_is_equal(ks_db_column_text(query, 1), actor);
	}
	ks_db_finish(query);
	return rc;
}

/* Into the incident at id. */
/* People were told of an exercise, and now something comes that no drill made: it is told as if they had
 * heard of nothing. */
static int end_drillcase(const struct ks_grouping *g, const struct ks_incident *incident,
	const struct ks_grouping_item *item, struct ks_err *err)
{
	bool is_exercise = false, has_other = false;

	for (size_t i = 0; i < item->event_count; i++)
		has_other |= item->events[i].trust != KS_EVIDENCE_DRILL;
	if (incident->notified_ms == KS_TIME_NONE || !has_other)
		return 0;
	if (ks_drillcase_is_all_marked(g->db, incident->id, &is_exercise, err) != 0)
		return -1;
	return !is_exercise ? 0 : ks_sql_run(g->db, "UPDATE incidents SET notified_level = 0 WHERE id = $1",
		KS_SQL(KS_SQL_INT(incident->id)), err);
}

static int add_to(const struct ks_grouping *g, int64_t id, const struct ks_grouping_item *item,
	struct ks_grouping_result *out, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_incident incident;
	int64_t new_events = 0;
	bool found = false;
	int rc = ks_incident_find(g->db, id, &arena, &incident, &found, err);

	if (rc == 0 && !found)
		rc = ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " is gone", id);
	if (rc == 0)
		rc = end_drillcase(g, &incident, item, err);
	if (rc == 0)
		rc = put_finding(g, id, item, err);
	if (rc == 0)
		rc = add_events(g, id, item, &new_events, err);
	if (rc == 0)
		rc = raise(g, &incident, item, out->is_opened, err);
	if (rc == 0)
		rc = cover(g, &incident, item->suppression, out->is_opened, err);
	if (rc == 0 && (out->is_new || new_events > 0))
		rc = stir(g, &incident, item, new_events, &out->is_reopened, err);
	/* What is covered wakes nobody, whatever it adds to. */
	if (rc == 0 && item->suppression == NULL)
		rc = await(g, id, err);
	ks_arena_release(&arena);
	return rc;
}

/* A finding went over to another incident: what was told of it with the one is not told again with the
 * other, but an actor of whom nobody heard and who has more to tell is. */
static int inherit_finding(const struct ks_grouping *g, int64_t from, int64_t to, struct ks_err *err)
{
	if (ks_sql_run(g->db,
			"UPDATE incidents AS t SET notified_level = CASE WHEN f.notified_level < t.level THEN "
			"f.notified_level ELSE t.level END, notified_ms = COALESCE(t.notified_ms, f.notified_ms) FROM "
			"incidents f WHERE t.id = $1 AND f.id = $2 AND f.notified_ms IS NOT NULL AND f.notified_level > "
			"t.notified_level AND (t.notified_ms IS NOT NULL OR (SELECT COUNT(*) FROM findings n WHERE "
			"n.incident_id = t.id) = 1)",
			KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from)), err) != 0)
		return -1;
	return ks_sql_run(g->db,
		"UPDATE incidents SET pending = 0 WHERE id IN ($1, $2) AND pending = 1 AND notified_ms IS NOT NULL "
		"AND level <= notified_level",
		KS_SQL(KS_SQL_INT(to), KS_SQL_INT(from)), err);
}

/* Where findings stood before that turned out to be another actor's. */
static int leave(const struct ks_grouping *g, int64_t from, int64_t to, struct ks_err *err)
{
	struct ks_json *body;
	int64_t left = 0;

	if (ks_tally_renew(g->db, from, &left, err) != 0)
		return -1;
	touch(g, from);
	if (left == 0)
		return retire(g, from, to, "its findings turned out to be another actor's", err);
	body = ks_json_new_object();
	ks_json_add_int(body, "to", to);
	return note(g, from, "moved", body, err);
}

/* The finding went from one incident to that of result with all that it listed before. */
static int move(const struct ks_grouping *g, const struct ks_grouping_item *item, int64_t from,
	const struct ks_grouping_result *result, struct ks_err *err)
{
	int64_t to = result->incident_id, findings;

	if (result->is_opened)
		*(int64_t *)ks_vec_push(g->heirs) = to;
	if (ks_tally_renew(g->db, to, &findings, err) != 0 || leave(g, from, to, err) != 0)
		return -1;
	return item->is_correlated ? inherit_finding(g, from, to, err) : 0;
}

int ks_grouping_add(const struct ks_grouping *g, const struct ks_grouping_item *item,
	struct ks_grouping_result *out, struct ks_err *err)
{
	const struct ks_evidence *whose = item->owner;
	struct ks_grouping_result result = { 0 };
	int64_t before = 0;
	bool is_his = false;

	if (find_finding(g, item->id, whose->actor, &before, &is_his, err) != 0)
		return -1;
	result.is_new = before == 0;
	result.incident_id = before;
	/* What is there and where it belongs needs nothing, but the news that its key is a decoy. */
	if (is_his && !item->is_correlated) {
		if (ks_tally_know_decoy(g->db, before, whose, err) != 0)
			return -1;
		*out = result;
		return 0;
	}
	if (!is_his && place(g, whose, &result.incident_id, &result.is_opened, err) != 0)
		return -1;
	if (add_to(g, result.incident_id, item, &result, err) != 0)
		return -1;
	*out = result;
	return before != 0 && !is_his ? move(g, item, before, &result, err) : 0;
}

/* Of stores of before, where nothing says whose a correlation is, any event does. */
#define IS_OWNED "(f.event_identity IS NULL OR f.event_identity = fe.event_identity)"

/* Moves the findings of one event; remembers the incidents that they leave. */
static int move_event(const struct ks_grouping *g, const struct ks_evidence *e, int64_t *out_to,
	struct ks_vec *left, struct ks_err *err)
{
	struct ks_vec from = KS_VEC_OF(int64_t);
	bool is_opened = false;
	int rc = ks_sql_ints(g->db, "SELECT DISTINCT i.id FROM finding_events fe JOIN findings f ON f.id = "
		"fe.finding_id JOIN incidents i ON i.id = f.incident_id WHERE fe.event_identity = $1 AND " IS_OWNED
		" AND i.actor <> $2", KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_TEXT(e->actor)), &from, err);

	*out_to = 0;
	if (rc == 0 && from.n > 0)
		rc = place(g, e, out_to, &is_opened, err);
	if (rc == 0 && is_opened)
		*(int64_t *)ks_vec_push(g->heirs) = *out_to;
	for (size_t i = 0; rc == 0 && i < from.n; i++) {
		int64_t id = *KS_VEC_AT(&from, int64_t, i);

		*(int64_t *)ks_vec_push(left) = id;
		rc = ks_sql_run(g->db,
			"UPDATE findings AS f SET incident_id = $1 WHERE f.incident_id + 0 = $2 AND f.id IN (SELECT "
			"fe.finding_id FROM finding_events fe WHERE fe.event_identity = $3 AND " IS_OWNED ")",
			KS_SQL(KS_SQL_INT(*out_to), KS_SQL_INT(id), KS_SQL_TEXT(e->identity)), err);
	}
	/* The times of what came over decide where the next one goes; the rest is summed up in the end. */
	if (rc == 0 && from.n > 0)
		rc = ks_tally_add(g->db, *out_to, e, err);
	ks_vec_release(&from);
	return rc;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Incidents whose findings list the event, though it does not say whose they are: they may count it now, or
 * do so no longer. */
static int recount(const struct ks_grouping *g, const struct ks_vec *events, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int64_t last = 0, findings;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < events->n; i++)
		rc = ks_sql_ints(g->db,
			"SELECT DISTINCT f.incident_id FROM finding_events fe JOIN findings f ON f.id = fe.finding_id "
			"WHERE fe.event_identity = $1 AND NOT " IS_OWNED,
			KS_SQL(KS_SQL_TEXT(KS_VEC_AT(events, struct ks_evidence, i)->identity)), &ids, err);
	ks_vec_sort(&ids, compare_ids);
	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		int64_t id = *KS_VEC_AT(&ids, int64_t, i);

		if (id == last)
			continue;
		touch(g, id);
		rc = ks_tally_renew(g->db, id, &findings, err);
		last = id;
	}
	ks_vec_release(&ids);
	return rc;
}

/* Sums up the incidents that events came to, and those that they left. */
static int settle(const struct ks_grouping *g, struct ks_vec *came, struct ks_vec *left, struct ks_err *err)
{
	int64_t last = 0, findings;

	ks_vec_sort(came, compare_ids);
	for (size_t i = 0; i < came->n; i++) {
		int64_t id = *KS_VEC_AT(came, int64_t, i);

		if (id != last && (ks_tally_renew(g->db, id, &findings, err) != 0 || await(g, id, err) != 0))
			return -1;
		last = id;
	}
	ks_vec_sort(left, compare_ids);
	for (size_t i = 0; i < left->n; i++) {
		int64_t id = *KS_VEC_AT(left, int64_t, i);

		if ((i == 0 || id != *KS_VEC_AT(left, int64_t, i - 1)) && leave(g, id, last, err) != 0)
			return -1;
	}
	return 0;
}

int ks_grouping_roll_up(const struct ks_grouping *g, struct ks_str key_id, struct ks_err *err)
{
	struct ks_vec events = KS_VEC_OF(struct ks_evidence), came = KS_VEC_OF(int64_t);
	struct ks_vec left = KS_VEC_OF(int64_t);
	struct ks_arena arena = { NULL };
	int rc = ks_evidence_by_key(g->db, key_id, &arena, &events, err);

	for (size_t i = 0; rc == 0 && i < events.n; i++) {
		int64_t to = 0;

		rc = move_event(g, KS_VEC_AT(&events, struct ks_evidence, i), &to, &left, err);
		if (rc == 0 && to != 0)
			*(int64_t *)ks_vec_push(&came) = to;
	}
	if (rc == 0)
		rc = settle(g, &came, &left, err);
	if (rc == 0)
		rc = recount(g, &events, err);
	ks_vec_release(&came);
	ks_vec_release(&left);
	ks_vec_release(&events);
	ks_arena_release(&arena);
	return rc;
}

static int remove_finding(const struct ks_grouping *g, struct ks_str id, struct ks_err *err)
{
	if (ks_sql_run(g->db, "DELETE FROM finding_events WHERE finding_id = $1", KS_SQL(KS_SQL_TEXT(id)),
			err) != 0)
		return -1;
	return ks_sql_run(g->db, "DELETE FROM findings WHERE id = $1", KS_SQL(KS_SQL_TEXT(id)), err);
}

int ks_grouping_withdraw(const struct ks_grouping *g, struct ks_str id, struct ks_err *err)
{
	int64_t incident = 0, left = 0;
	struct ks_json *body;

	if (ks_sql_int(g->db, "SELECT incident_id FROM findings WHERE id = $1", KS_SQL(KS_SQL_TEXT(id)),
			&incident, err) != 0)
		return -1;
	if (incident == 0)
		return 0;
	if (remove_finding(g, id, err) != 0)
		return -1;
	body = ks_json_new_object();
	ks_json_add_str(body, "finding", id);
	ks_json_add_text(body, "why", "late events: its condition does not hold any longer");
	if (note(g, incident, "withdrawn", body, err) != 0)
		return -1;
	touch(g, incident);
	return ks_tally_renew(g->db, incident, &left, err);
}

int ks_grouping_replace(const struct ks_grouping *g, struct ks_str old_id, struct ks_str new_id,
	struct ks_err *err)
{
	const char *incident_of = "SELECT incident_id FROM findings WHERE id = $1";
	int64_t from = 0, to = 0;

	if (ks_sql_int(g->db, incident_of, KS_SQL(KS_SQL_TEXT(old_id)), &from, err) != 0 ||
		ks_sql_int(g->db, incident_of, KS_SQL(KS_SQL_TEXT(new_id)), &to, err) != 0)
		return -1;
	if (from == 0 || to == 0 || ks_str_is_equal(old_id, new_id))
		return 0;
	if (remove_finding(g, old_id, err) != 0)
		return -1;
	if (from != to)
		return leave(g, from, to, err) != 0 ? -1 : inherit_finding(g, from, to, err);
	touch(g, to);
	return ks_tally_renew(g->db, to, &from, err);
}

static int end_snoozes(const struct ks_grouping *g, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int rc = ks_sql_ints(g->db,
		"SELECT id FROM incidents WHERE state = 'snoozed' AND snoozed_until_ms <= $1 "
		"ORDER BY snoozed_until_ms, id",
		KS_SQL(KS_SQL_INT(g->now_ms)), &ids, err);

	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		int64_t id = *KS_VEC_AT(&ids, int64_t, i), muted = 0;
		struct ks_json *body = ks_json_new_object();

		rc = ks_sql_int(g->db, "SELECT muted FROM incidents WHERE id = $1", KS_SQL(KS_SQL_INT(id)), &muted,
			err);
		ks_json_add_int(body, "events", muted);
		if (rc == 0)
			rc = note(g, id, "snooze-ended", body, err);
		else
			ks_json_free(body);
		if (rc == 0)
			rc = ks_sql_run(g->db,
				"UPDATE incidents SET state = 'open', snoozed_until_ms = NULL, muted = 0, "
				"changed_ms = $2, pending = CASE WHEN muted > 0 THEN 3 ELSE pending END "
				"WHERE id = $1",
				KS_SQL(KS_SQL_INT(id), KS_SQL_INT(g->now_ms)), err);
		touch(g, id);
	}
	ks_vec_release(&ids);
	return rc;
}

/* A suppression holds as long as one for the same does: people renew them. There are few of them, and there
 * may be very many incidents. */
#define IS_LIFTED "i.suppressed_by IN (SELECT o.id FROM suppressions o WHERE NOT EXISTS (SELECT 1 FROM " \
	"suppressions s WHERE s.field = o.field AND s.value = o.value AND s.expires_ms > $1))"
/* Nothing was told of it, or it got graver since. Who acknowledged what nobody was told of knows of it. */
#define IS_UNTOLD "i.pending = 0 AND ((i.notified_ms IS NULL AND i.state = 'open') OR (i.notified_ms IS " \
	"NOT NULL AND i.level > i.notified_level AND i.state IN ('open', 'acknowledged'))) AND i.merged_into " \
	"IS NULL AND i.suppressed_by IS NULL"

/* The suppression that covered an incident is over: another one may go on with it. */
static int end_suppression(const struct ks_grouping *g, int64_t id, const struct ks_vec *live,
	struct ks_err *err)
{
	const struct ks_suppression *next = NULL;
	struct ks_json *body;

	if (ks_suppress_cover(g->db, live, g->now_ms, id, &next, err) != 0 ||
		ks_sql_run(g->db, "UPDATE incidents SET suppressed_by = $3, changed_ms = $2 WHERE id = $1",
			KS_SQL(KS_SQL_INT(id), KS_SQL_INT(g->now_ms), KS_SQL_REF(next != NULL ? next->id : 0)),
			err) != 0)
		return -1;
	touch(g, id);
	body = ks_json_new_object();
	if (next == NULL)
		return note(g, id, "unsuppressed", body, err);
	describe(next, body);
	return note(g, id, "suppressed", body, err);
}

static int end_suppressions(const struct ks_grouping *g, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t), live = KS_VEC_OF(struct ks_suppression);
	struct ks_arena arena = { NULL };
	int rc = ks_sql_ints(g->db, "SELECT i.id FROM incidents i WHERE " IS_LIFTED " ORDER BY i.id",
		KS_SQL(KS_SQL_INT(g->now_ms)), &ids, err);

	if (rc == 0 && ids.n > 0)
		rc = ks_suppress_list(g->db, g->now_ms, &arena, &live, err);
	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = end_suppression(g, *KS_VEC_AT(&ids, int64_t, i), &live, err);
	ks_vec_release(&ids);
	ks_vec_release(&live);
	ks_arena_release(&arena);
	return rc;
}

/* What was found while there was nobody to tell. */
static int await_untold(const struct ks_grouping *g, struct ks_err *err)
{
	if (!g->is_telling)
		return 0;
	return ks_sql_run(g->db, "UPDATE incidents AS i SET pending = 1 WHERE " IS_UNTOLD, KS_SQL_NONE, err);
}

int ks_grouping_wake(const struct ks_grouping *g, struct ks_err *err)
{
	if (end_snoozes(g, err) != 0 || end_suppressions(g, err) != 0)
		return -1;
	return await_untold(g, err);
}

int ks_grouping_is_due(const struct ks_grouping *g, bool *out, struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(g->db,
			"SELECT CASE WHEN EXISTS (SELECT 1 FROM incidents i WHERE i.state = 'snoozed' AND "
			"i.snoozed_until_ms <= $1) OR EXISTS (SELECT 1 FROM incidents i WHERE " IS_LIFTED ") OR ($2 = 1 "
			"AND EXISTS (SELECT 1 FROM incidents i WHERE " IS_UNTOLD ")) THEN 1 ELSE 0 END",
			KS_SQL(KS_SQL_INT(g->now_ms), KS_SQL_INT(g->is_telling)), &n, err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

int ks_grouping_is_waiting(const struct ks_grouping *g, bool *out, struct ks_err *err)
{
	int64_t n = 0;

	if (g->is_telling && ks_sql_int(g->db,
			"SELECT 1 FROM incidents WHERE pending <> 0 AND state IN ('open', 'acknowledged') AND "
			"suppressed_by IS NULL AND merged_into IS NULL LIMIT 1",
			KS_SQL_NONE, &n, err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

/* Incidents as people read and change them. */
#include "lib/incident/incident.h"

#include "lib/base/time.h"
#include "lib/incident/closing.h"
#include "lib/incident/journal.h"
#include "lib/incident/link.h"
#include "lib/store/sql.h"

#include <inttypes.h>

#define COLUMNS                                                                                        \
	"i.id, i.actor, i.state, i.level, i.stages, i.decoy_key, i.account, i.first_ms, i.last_ms, "       \
	"i.opened_ms, i.changed_ms, i.events, i.assignee, i.snoozed_until_ms, i.muted, i.notified_level, " \
	"i.notified_ms, i.suppressed_by, i.merged_into"

static const char *const state_names[] = { "open", "acknowledged", "snoozed", "closed" };

#define STATE_COUNT (sizeof(state_names) / sizeof(state_names[0]))

const char *ks_incident_state_name(enum ks_incident_state state)
{
	return state_names[state];
}

bool ks_incident_parse_state(struct ks_str name, enum ks_incident_state *out)
{
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (ks_str_is(name, state_names[i])) {
			*out = (enum ks_incident_state)i;
			return true;
		}
	return false;
}

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	struct ks_incident *out = to;

	*out = (struct ks_incident){
		.id = ks_db_column_int(query, 0),
		.actor = ks_sql_text(query, 1, arena),
		.level = (enum ks_level)ks_db_column_int(query, 3),
		.stages = (unsigned)ks_db_column_int(query, 4),
		.decoy_key = ks_sql_text(query, 5, arena),
		.account = ks_sql_text(query, 6, arena),
		.first_ms = ks_sql_time(query, 7),
		.last_ms = ks_sql_time(query, 8),
		.opened_ms = ks_db_column_int(query, 9),
		.changed_ms = ks_db_column_int(query, 10),
		.events = ks_db_column_int(query, 11),
		.assignee = ks_sql_text(query, 12, arena),
		.snoozed_until_ms = ks_sql_time(query, 13),
		.muted = ks_db_column_int(query, 14),
		.notified_level = (enum ks_level)ks_db_column_int(query, 15),
		.notified_ms = ks_sql_time(query, 16),
		.suppressed_by = ks_db_column_int(query, 17),
		.merged_into = ks_db_column_int(query, 18),
	};
	/* The table's check lets no other word in. */
	(void)ks_incident_parse_state(ks_db_column_text(query, 2), &out->state);
}

int ks_incident_find(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_incident *out,
	bool *out_found, struct ks_err *err)
{
	return ks_sql_row(db, "SELECT " COLUMNS " FROM incidents i WHERE i.id = $1", KS_SQL(KS_SQL_INT(id)),
		&(struct ks_sql_reader){ read_row, arena, out }, out_found, err);
}

static bool is_wanted(const struct ks_incident_filter *filter, const struct ks_incident *incident)
{
	return (filter->states == 0 || (filter->states & 1u << incident->state) != 0) &&
		incident->level >= filter->level && (filter->has_merged || incident->merged_into == 0) &&
		(!filter->only_decoys || incident->decoy_key.p != NULL) &&
		(filter->since_ms == KS_TIME_NONE || incident->last_ms == KS_TIME_NONE ||
			incident->last_ms >= filter->since_ms);
}

int ks_incident_list(struct ks_db *db, const struct ks_incident_filter *filter, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	size_t before = out->n;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT " COLUMNS " FROM incidents i ORDER BY COALESCE(i.last_ms, i.opened_ms) "
		"DESC, i.id DESC", KS_SQL_NONE, &query, err);

	while (rc == 0 && (filter->limit == 0 || out->n - before < filter->limit) &&
		(rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_incident incident;

		read_row(query, arena, &incident);
		if (is_wanted(filter, &incident))
			*(struct ks_incident *)ks_vec_push(out) = incident;
	}
	ks_db_finish(query);
	return rc;
}

#define LISTED "FROM events e WHERE e.identity IN (SELECT " \
	"fe.event_identity FROM findings f JOIN finding_events fe ON fe.finding_id = f.id WHERE " \
	"f.incident_id = $1)"
#define IS_ITS_OWN "(e.actor = (SELECT i.actor FROM incidents i WHERE i.id = $1) OR EXISTS (SELECT 1 FROM " \
	"finding_events o JOIN findings w ON w.id = o.finding_id WHERE o.event_identity = e.identity AND " \
	"w.event_identity = e.identity AND w.incident_id + 0 = $1))"
#define BY_TIME " ORDER BY e.time_ms, e.identity"
#define THOSE_OF_EVENTS LISTED " AND " IS_ITS_OWN
#define THOSE_OF_OTHERS LISTED " AND NOT " IS_ITS_OWN
#define THOSE_OF_OURS "FROM events e WHERE e.own = 1 AND e.decoy_key = (SELECT i.decoy_key FROM " \
	"incidents i WHERE i.id = $1)"

/* By enum ks_incident_part: with the records, without them, and how many. */
#define QUERIES(those) { "SELECT " KS_EVIDENCE_COLUMNS " " those BY_TIME, \
	"SELECT " KS_EVIDENCE_OUTLINE " " those BY_TIME, "SELECT COUNT(*) " those }
static const struct { const char *whole, *outline, *count; } part_queries[] = {
	[KS_INCIDENT_EVENTS] = QUERIES(THOSE_OF_EVENTS),
	[KS_INCIDENT_OTHERS] = QUERIES(THOSE_OF_OTHERS),
	[KS_INCIDENT_OWN] = QUERIES(THOSE_OF_OURS),
};

static int walk(struct ks_db *db, int64_t id, const char *sql,
	int (*look)(void *arg, const struct ks_evidence *evidence, struct ks_err *err), void *arg,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_arena arena = { NULL };
	bool has_row = true;
	int rc = ks_sql_open(db, sql, KS_SQL(KS_SQL_INT(id)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_evidence evidence;

		ks_arena_clear(&arena);
		ks_evidence_read(query, &arena, &evidence);
		rc = look(arg, &evidence, err);
	}
	ks_db_finish(query);
	ks_arena_release(&arena);
	return rc;
}

int ks_incident_walk(struct ks_db *db, int64_t id, enum ks_incident_part part,
	int (*look)(void *arg, const struct ks_evidence *evidence, struct ks_err *err), void *arg,
	struct ks_err *err)
{
	return walk(db, id, part_queries[part].whole, look, arg, err);
}

int ks_incident_skim(struct ks_db *db, int64_t id, enum ks_incident_part part,
	int (*look)(void *arg, const struct ks_evidence *evidence, struct ks_err *err), void *arg,
	struct ks_err *err)
{
	return walk(db, id, part_queries[part].outline, look, arg, err);
}

int ks_incident_count(struct ks_db *db, int64_t id, enum ks_incident_part part, size_t *out,
	struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(db, part_queries[part].count, KS_SQL(KS_SQL_INT(id)), &n, err) != 0)
		return -1;
	*out = (size_t)n;
	return 0;
}

int ks_incident_latest(struct ks_db *db, int64_t id, size_t most, struct ks_arena *arena,
	struct ks_vec *out, struct ks_incident_listed *listed, struct ks_err *err)
{
	struct ks_incident_listed n = { 0 };
	struct ks_db_query *query = NULL;
	size_t first = out->n;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT " KS_EVIDENCE_OUTLINE ", " IS_ITS_OWN " " LISTED
		" ORDER BY e.time_ms DESC, e.identity DESC", KS_SQL(KS_SQL_INT(id)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		bool is_its_own = ks_db_column_int(query, KS_EVIDENCE_COUNT) != 0;

		n.events += is_its_own;
		n.others += !is_its_own;
		if (is_its_own && out->n - first < most)
			ks_evidence_read(query, arena, ks_vec_push(out));
	}
	ks_db_finish(query);
	for (size_t i = first, j = out->n; i + 1 < j; i++, j--) {
		struct ks_evidence *a = KS_VEC_AT(out, struct ks_evidence, i);
		struct ks_evidence *b = KS_VEC_AT(out, struct ks_evidence, j - 1), swapped = *a;

		*a = *b;
		*b = swapped;
	}
	if (rc == 0)
		*listed = n;
	return rc;
}

#define FINDINGS_WITH(json) "SELECT id, incident_id, rule_id, rule_title, level, time_ms, " json \
	" FROM findings WHERE incident_id = $1 ORDER BY time_ms, id"
#define FINDINGS FINDINGS_WITH("json")

static struct ks_stored_finding read_finding(struct ks_db_query *query, struct ks_arena *arena)
{
	return (struct ks_stored_finding){
		.id = ks_sql_text(query, 0, arena),
		.incident_id = ks_db_column_int(query, 1),
		.rule_id = ks_sql_text(query, 2, arena),
		.rule_title = ks_sql_text(query, 3, arena),
		.level = (enum ks_level)ks_db_column_int(query, 4),
		.time_ms = ks_sql_time(query, 5),
		.json = ks_sql_blob(query, 6, arena),
	};
}

static int walk_findings(struct ks_db *db, int64_t id, const char *sql,
	int (*look)(void *arg, const struct ks_stored_finding *finding, struct ks_err *err), void *arg,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_arena arena = { NULL };
	bool has_row = true;
	int rc = ks_sql_open(db, sql, KS_SQL(KS_SQL_INT(id)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_stored_finding finding;

		ks_arena_clear(&arena);
		finding = read_finding(query, &arena);
		rc = look(arg, &finding, err);
	}
	ks_db_finish(query);
	ks_arena_release(&arena);
	return rc;
}

int ks_incident_walk_findings(struct ks_db *db, int64_t id,
	int (*look)(void *arg, const struct ks_stored_finding *finding, struct ks_err *err), void *arg,
	struct ks_err *err)
{
	return walk_findings(db, id, FINDINGS, look, arg, err);
}

int ks_incident_skim_findings(struct ks_db *db, int64_t id,
	int (*look)(void *arg, const struct ks_stored_finding *finding, struct ks_err *err), void *arg,
	struct ks_err *err)
{
	return walk_findings(db, id, FINDINGS_WITH("NULL"), look, arg, err);
}

int ks_incident_skim_listed(struct ks_db *db, int64_t id,
	int (*look)(void *arg, struct ks_str identity, enum ks_level level), void *arg, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT fe.event_identity, f.level FROM findings f JOIN finding_events fe ON "
		"fe.finding_id = f.id WHERE f.incident_id = $1", KS_SQL(KS_SQL_INT(id)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		rc = look(arg, ks_db_column_text(query, 0), (enum ks_level)ks_db_column_int(query, 1));
	ks_db_finish(query);
	return rc;
}

int ks_incident_addresses(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	return ks_sql_texts(db, "SELECT address FROM incident_addresses WHERE incident_id = $1 ORDER BY address",
		KS_SQL(KS_SQL_INT(id)), (struct ks_sql_into){ arena, out }, err);
}

int ks_incident_matched(struct ks_db *db, struct ks_str finding_id, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_texts(db, "SELECT fe.event_identity FROM finding_events fe JOIN events e ON e.identity = "
		"fe.event_identity WHERE fe.finding_id = $1 ORDER BY e.time_ms, e.identity",
		KS_SQL(KS_SQL_TEXT(finding_id)), (struct ks_sql_into){ arena, out }, err);
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int ks_incident_linked(struct ks_db *db, int64_t id, struct ks_vec *out, size_t *out_more,
	struct ks_err *err)
{
	struct ks_vec page = KS_VEC_OF(struct ks_link), ids = KS_VEC_OF(int64_t);
	struct ks_linker *linker = NULL;
	int rc = ks_link_open(db, &linker, err);

	if (rc == 0)
		rc = ks_link_walk(linker, id, 0, &page, err);
	for (size_t i = 1; rc == 0 && i < page.n && ids.n < KS_INCIDENT_LINKS; i++)
		*(int64_t *)ks_vec_push(&ids) = KS_VEC_AT(&page, struct ks_link, i)->id;
	ks_vec_sort(&ids, compare_ids);
	for (size_t i = 0; i < ids.n; i++)
		*(int64_t *)ks_vec_push(out) = *KS_VEC_AT(&ids, int64_t, i);
	if (rc == 0)
		*out_more = page.n > ids.n + 1 ? page.n - ids.n - 1 : 0;
	ks_link_close(linker);
	ks_vec_release(&ids);
	ks_vec_release(&page);
	return rc;
}

/* What a change of state comes to. */
struct move {
	const char *kind;                /* of the journal entry */
	enum ks_incident_state state;
	int64_t until_ms;
	struct ks_str assignee;          /* p NULL: as it was */
	struct ks_json *body;            /* taken over */
	bool is_told;                    /* to whoever was told of the incident */
};

static int apply(struct ks_db *db, const struct ks_incident_change *change, const struct move *move,
	struct ks_err *err)
{
	if (ks_journal_add_json(db, change->id, change->now_ms, change->who, move->kind, move->body, err) != 0)
		return -1;
	return ks_sql_run(db, "UPDATE incidents SET state = $2, snoozed_until_ms = $3, assignee = COALESCE($4, "
		"assignee), changed_ms = $5, muted = CASE WHEN $2 = 'snoozed' THEN muted ELSE 0 END, pending = CASE "
		"WHEN $2 = 'closed' THEN 0 ELSE pending END WHERE id = $1",
		KS_SQL(KS_SQL_INT(change->id), KS_SQL_TEXT(ks_str_of(state_names[move->state])),
			KS_SQL_TIME(move->until_ms), KS_SQL_TEXT(move->assignee), KS_SQL_INT(change->now_ms)), err);
}

/* A change made from what the incident is at that moment; it fails with err, or fills out. */
typedef int (*plan_fn)(const struct ks_incident *incident, const struct ks_incident_change *change,
	struct move *out, struct ks_err *err);

static int find_live(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_incident *out,
	struct ks_err *err)
{
	bool found = false;

	if (ks_incident_find(db, id, arena, out, &found, err) != 0)
		return -1;
	if (!found)
		return ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, id);
	if (out->merged_into != 0)
		return ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " is a part of incident %" PRId64 " now",
			id, out->merged_into);
	return 0;
}

static int change_it(struct ks_db *db, const struct ks_incident_change *change, plan_fn plan,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_incident incident;
	struct move move = { 0 };
	int rc;

	if (ks_str_trim(change->who).n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "a change needs somebody who makes it");
	if (ks_db_begin(db, err) != 0)
		return -1;
	rc = find_live(db, change->id, &arena, &incident, err);
	move.state = incident.state;
	move.until_ms = incident.snoozed_until_ms;
	if (rc == 0)
		rc = plan(&incident, change, &move, err);
	if (rc == 0)
		rc = apply(db, change, &move, err);
	if (rc == 0 && move.is_told)
		rc = ks_closing_tell(db, change, move.kind, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	ks_arena_release(&arena);
	return rc;
}

static struct ks_json *body_of(const char *key, struct ks_str text)
{
	struct ks_json *body = ks_json_new_object();

	if (text.n > 0)
		ks_json_add_str(body, key, text);
	return body;
}

static int plan_ack(const struct ks_incident *incident, const struct ks_incident_change *change,
	struct move *out, struct ks_err *err)
{
	if (incident->state == KS_INCIDENT_CLOSED)
		return ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " is closed", incident->id);
	if (incident->state == KS_INCIDENT_ACKNOWLEDGED)
		return ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " is acknowledged already", incident->id);
	*out = (struct move){ "acknowledged", KS_INCIDENT_ACKNOWLEDGED, KS_TIME_NONE,
		incident->assignee.p == NULL ? change->who : (struct ks_str){ NULL, 0 },
		body_of("text", change->text), true };
	return 0;
}

static int plan_assign(const struct ks_incident *incident, const struct ks_incident_change *change,
	struct move *out, struct ks_err *err)
{
	(void)incident;
	if (ks_str_trim(change->text).n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "say to whom it is assigned");
	out->kind = "assigned";
	out->assignee = change->text;
	out->body = body_of("to", change->text);
	return 0;
}

static int plan_note(const struct ks_incident *incident, const struct ks_incident_change *change,
	struct move *out, struct ks_err *err)
{
	(void)incident;
	if (ks_str_trim(change->text).n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "an empty note says nothing");
	out->kind = "note";
	out->body = body_of("text", change->text);
	return 0;
}

static int plan_snooze(const struct ks_incident *incident, const struct ks_incident_change *change,
	struct move *out, struct ks_err *err)
{
	char until[KS_TIME_TEXT];
	struct ks_json *body;

	if (incident->state == KS_INCIDENT_CLOSED)
		return ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " is closed", incident->id);
	if (change->until_ms <= change->now_ms)
		return ks_err_set(err, KS_ERR_USAGE, "a snooze has to end in the future");
	body = body_of("reason", change->text);
	ks_json_add_text(body, "until", ks_time_render(change->until_ms, until));
	*out = (struct move){ "snoozed", KS_INCIDENT_SNOOZED, change->until_ms, { NULL, 0 }, body, false };
	return 0;
}

static int plan_close(const struct ks_incident *incident, const struct ks_incident_change *change,
	struct move *out, struct ks_err *err)
{
	if (incident->state == KS_INCIDENT_CLOSED)
		return ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " is closed already", incident->id);
	*out = (struct move){ "closed", KS_INCIDENT_CLOSED, KS_TIME_NONE, { NULL, 0 },
		body_of("reason", change->text), true };
	return 0;
}

int ks_incident_ack(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err)
{
	return change_it(db, change, plan_ack, err);
}

int ks_incident_assign(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err)
{
	return change_it(db, change, plan_assign, err);
}

int ks_incident_note(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err)
{
	return change_it(db, change, plan_note, err);
}

int ks_incident_snooze(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err)
{
	return change_it(db, change, plan_snooze, err);
}

int ks_incident_close(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err)
{
	return change_it(db, change, plan_close, err);
}

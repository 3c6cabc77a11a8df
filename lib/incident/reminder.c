/* Tells again what nobody took on. */
#include "lib/incident/reminder.h"

#include "lib/base/time.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/incident/page.h"
#include "lib/store/sql.h"

/* What was told last of the incident itself; reminders count from there. */
#define NEWS "o.incident_id = i.id AND o.kind IN ('opened', 'escalated', 'reopened', 'resumed')"
#define LAST_NEWS "(SELECT MAX(o.id) FROM outbox o WHERE " NEWS ")"

/* $1 now, $2 the wait of critical, $3 of high, $4 how often, $5 the level high, $6 critical, $7 too old. Two
 * notifiers are told in one go, at the same time. */
#define DUE "SELECT i.id FROM incidents i WHERE i.state = 'open' AND i.level >= $5 AND i.pending = 0 AND " \
	"i.merged_into IS NULL AND i.suppressed_by IS NULL AND i.notified_ms > $1 - $7 AND " LAST_NEWS \
	" IS NOT NULL AND (SELECT COUNT(DISTINCT o.created_ms) FROM outbox o WHERE o.incident_id = i.id AND " \
	"o.kind = 'reminder' AND o.id > " LAST_NEWS ") < $4 AND (SELECT MAX(o.created_ms) FROM outbox o WHERE " \
	"o.incident_id = i.id AND o.id >= " LAST_NEWS " AND (o.kind = 'reminder' OR o.id = " LAST_NEWS ")) <= " \
	"$1 - (CASE WHEN i.level >= $6 THEN $2 ELSE $3 END) ORDER BY i.id"

static int find_due(struct ks_db *db, const struct ks_reminder_request *r, struct ks_vec *out,
	struct ks_err *err)
{
	return ks_sql_ints(db, DUE, KS_SQL(KS_SQL_INT(r->now_ms), KS_SQL_INT(r->after_ms),
		KS_SQL_INT(r->after_ms * KS_REMINDER_HIGH), KS_SQL_INT(r->most), KS_SQL_INT(KS_LEVEL_HIGH),
		KS_SQL_INT(KS_LEVEL_CRITICAL), KS_SQL_INT(KS_REMINDER_OLD_MS)), out, err);
}

static int count(struct ks_db *db, int64_t id, int64_t *out_n, int64_t *out_told_ms, struct ks_err *err)
{
	if (ks_sql_int(db, "SELECT COUNT(DISTINCT r.created_ms) FROM outbox r, incidents i WHERE i.id = $1 AND "
		"r.incident_id = i.id AND r.kind = 'reminder' AND r.id > " LAST_NEWS, KS_SQL(KS_SQL_INT(id)), out_n,
		err) != 0)
		return -1;
	return ks_sql_int(db, "SELECT MIN(o.created_ms) FROM outbox o, incidents i WHERE i.id = $1 AND " NEWS,
		KS_SQL(KS_SQL_INT(id)), out_told_ms, err);
}

static int remind(struct ks_db *db, const struct ks_reminder_request *r, int64_t id, struct ks_err *err)
{
	struct ks_outbox_post post = { .incident_id = id, .kind = "reminder", .notifiers = r->notifiers,
		.notifier_count = r->notifier_count, .now_ms = r->now_ms };
	struct ks_json *body, *entry = ks_json_new_object();
	struct ks_incident incident = { 0 };
	struct ks_arena arena = { NULL };
	int64_t n = 0, told_ms = 0;
	char text[KS_TIME_TEXT];
	bool is_found = false;
	int rc = count(db, id, &n, &told_ms, err);

	ks_json_add_int(entry, "reminder", n + 1);
	if (rc == 0)
		rc = ks_journal_add_json(db, id, r->now_ms, KS_STR(KS_JOURNAL_SELF), "reminded", entry, err);
	else
		ks_json_free(entry);
	if (rc == 0)
		rc = ks_incident_find(db, id, &arena, &incident, &is_found, err);
	if (rc != 0 || !is_found)
		goto out;
	post.level = incident.level;
	body = ks_outbox_body(&post);
	ks_json_add_int(body, "reminder", n + 1);
	ks_json_add_int(body, "reminders", r->most);
	ks_json_add_text(body, "told", ks_time_render(told_ms, text));
	rc = ks_page_describe(db, &incident, body, err);
	if (rc == 0)
		rc = ks_outbox_post(db, &post, body, err);
	else
		ks_json_free(body);
out:
	ks_arena_release(&arena);
	return rc;
}

int ks_reminder_run(struct ks_db *db, const struct ks_reminder_request *request, size_t *out_n,
	struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int rc = 0;

	*out_n = 0;
	if (request->most > 0)
		rc = find_due(db, request, &ids, err);
	if (rc != 0 || ids.n == 0)
		goto out;
	rc = ks_db_begin(db, err);
	if (rc != 0)
		goto out;
	/* Read again under the lock: somebody else may watch as well. */
	ks_vec_clear(&ids);
	rc = find_due(db, request, &ids, err);
	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = remind(db, request, *KS_VEC_AT(&ids, int64_t, i), err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	if (rc == 0)
		*out_n = ids.n;
out:
	ks_vec_release(&ids);
	return rc;
}

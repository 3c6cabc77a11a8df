/* How things are, as a notice. */
#include "lib/engine/heartbeat.h"

#include "lib/base/time.h"
#include "lib/engine/outage.h"
#include "lib/incident/outbox.h"
#include "lib/store/sql.h"

int ks_heartbeat_is_due(struct ks_db *db, const struct ks_heartbeat *beat, bool *out, struct ks_err *err)
{
	int64_t last = KS_TIME_NONE;

	if (ks_sql_int(db, "SELECT MAX(created_ms) FROM outbox WHERE kind = 'heartbeat'", KS_SQL_NONE, &last,
		err) != 0)
		return -1;
	/* Somebody else's may be a moment ahead; a clock that was set back for long must not silence it. */
	*out = last == KS_TIME_NONE || beat->now_ms - last >= beat->every_ms ||
		last - beat->now_ms >= beat->every_ms;
	return 0;
}

static bool is_open(const struct ks_vec *outages, const char *name, struct ks_str subject)
{
	for (size_t i = 0; i < outages->n; i++) {
		const struct ks_outage *outage = KS_VEC_AT(outages, struct ks_outage, i);

		if (ks_str_is(outage->name, name) && ks_str_is_equal(outage->subject, subject))
			return true;
	}
	return false;
}

static int add_sources(struct ks_db *db, const struct ks_heartbeat *beat, const struct ks_vec *outages,
	struct ks_json *json, struct ks_err *err)
{
	struct ks_json *list = ks_json_new_array();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < beat->feed_count; i++) {
		struct ks_vigil_feed feed = beat->feeds[i];
		struct ks_json *part = ks_json_new_object();

		rc = ks_outage_feed_find(db, &feed, err);
		ks_json_add_str(part, "source", feed.source);
		ks_json_add_text(part, "state", feed.health.failing_ms != KS_TIME_NONE ? "failing" :
			is_open(outages, "stale", feed.source) ? "stale" : "working");
		ks_json_add_time(part, "heard", feed.health.heard_ms);
		ks_json_add_time(part, "last_record", rc == 0 ? feed.last_ms : KS_TIME_NONE);
		if (feed.health.behind >= 0)
			ks_json_add_int(part, "behind", feed.health.behind);
		else
			ks_json_add_null(part, "behind");
		ks_json_add(list, NULL, part);
	}
	ks_json_add(json, "sources", list);
	return rc;
}

static int add_counts(struct ks_db *db, struct ks_json *json, struct ks_err *err)
{
	static const struct {
		const char *name, *sql;
	} counts[] = {
		{ "incidents_open", "SELECT COUNT(*) FROM incidents WHERE state = 'open' AND merged_into IS NULL" },
		{ "plans_waiting", "SELECT COUNT(*) FROM plans WHERE state = 'waiting'" },
		{ "notices_waiting", "SELECT COUNT(*) FROM outbox WHERE state IN ('waiting', 'sending')" },
	};
	int64_t n, incident;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		n = 0;
		if (ks_sql_int(db, counts[i].sql, KS_SQL_NONE, &n, err) != 0)
			return -1;
		ks_json_add_int(json, counts[i].name, n);
	}
	if (ks_outbox_dead(db, KS_STR(""), &n, &incident, err) != 0)
		return -1;
	ks_json_add_int(json, "notices_dead", n);
	return 0;
}

static void add_alarms(const struct ks_vec *outages, struct ks_json *json)
{
	struct ks_json *list = ks_json_new_array();

	for (size_t i = 0; i < outages->n; i++) {
		const struct ks_outage *outage = KS_VEC_AT(outages, struct ks_outage, i);
		struct ks_json *part = ks_json_new_object();

		ks_json_add_str(part, "alarm", outage->name);
		ks_json_add_str(part, "subject", outage->subject);
		ks_json_add_time(part, "since", outage->since_ms);
		ks_json_add(list, NULL, part);
	}
	ks_json_add(json, "alarms", list);
}

static int post(struct ks_db *db, const struct ks_heartbeat *beat, struct ks_err *err)
{
	const struct ks_outbox_post post = { .topic = KS_STR("heartbeat"), .kind = "heartbeat",
		.level = KS_LEVEL_INFORMATIONAL, .notifiers = beat->notifiers,
		.notifier_count = beat->notifier_count, .now_ms = beat->now_ms };
	struct ks_vec outages = KS_VEC_OF(struct ks_outage);
	struct ks_json *body = ks_outbox_body(&post);
	struct ks_arena arena = { NULL };
	int rc = ks_outage_list(db, &arena, &outages, err);

	ks_json_add_text(body, "version", beat->version);
	ks_json_add_time(body, "time", beat->now_ms);
	ks_json_add_time(body, "next", beat->now_ms + beat->every_ms);
	if (rc == 0)
		rc = add_sources(db, beat, &outages, body, err);
	if (rc == 0)
		rc = add_counts(db, body, err);
	add_alarms(&outages, body);
	if (rc == 0)
		rc = ks_outbox_post(db, &post, body, err);
	else
		ks_json_free(body);
	ks_vec_release(&outages);
	ks_arena_release(&arena);
	return rc;
}

int ks_heartbeat_tell(struct ks_db *db, const struct ks_heartbeat *beat, struct ks_err *err)
{
	bool is_due = false;
	int rc;

	if (ks_db_begin(db, err) != 0)
		return -1;
	/* Read again under the lock: somebody else may watch as well. */
	rc = ks_heartbeat_is_due(db, beat, &is_due, err);
	if (rc == 0 && is_due)
		rc = post(db, beat, err);
	if (rc == 0)
		return ks_db_commit(db, err);
	ks_db_rollback(db);
	return -1;
}

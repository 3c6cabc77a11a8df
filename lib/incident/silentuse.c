/* The tables silent_keys (what IAM said of each decoy) and silent_uses (what was raised). */
#include "lib/incident/silentuse.h"

#include "lib/base/time.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/incident/opening.h"
#include "lib/store/sql.h"

#include <inttypes.h>

#define MOST_DESCRIBED 20
#define MERGES_MOST 64
#define LOOKED_FOR_MS (INT64_C(90) * KS_TIME_DAY)     /* later no event comes any more */

/* Only of these IAM knows anything. */
#define IS_ASKED "d.kind = 'live' AND d.state <> 'retired' AND d.account <> ''"

/* ---- whom to ask --------------------------------------------------------------------------------- */

static void read_key(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct ks_silentuse_key *)out = (struct ks_silentuse_key){ ks_sql_text(query, 0, arena),
		ks_sql_text(query, 1, arena) };
}

int ks_silentuse_due(struct ks_db *db, int64_t now_ms, int64_t far_ms, size_t limit, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT d.key_id, d.account FROM decoys d LEFT JOIN silent_keys s ON s.key_id = "
		"d.key_id WHERE " IS_ASKED " AND (s.ask_ms IS NULL OR s.ask_ms <= $1 OR s.ask_ms > $2) ORDER BY "
		"COALESCE(s.ask_ms, 0), d.id LIMIT $3",
		KS_SQL(KS_SQL_INT(now_ms), KS_SQL_INT(now_ms + far_ms), KS_SQL_INT((int64_t)limit)),
		&(struct ks_sql_reader){ read_key, arena, out }, err);
}

int ks_silentuse_next(struct ks_db *db, int64_t *out_ms, struct ks_err *err)
{
	int64_t ask = INT64_MAX, judge = INT64_MAX;

	if (ks_sql_int(db, "SELECT MIN(COALESCE(s.ask_ms, 0)) FROM decoys d LEFT JOIN silent_keys s ON "
			"s.key_id = d.key_id WHERE " IS_ASKED, KS_SQL_NONE, &ask, err) != 0 ||
		ks_sql_int(db, "SELECT MIN(wait_until_ms) FROM silent_keys", KS_SQL_NONE, &judge, err) != 0)
		return -1;
	*out_ms = ask < judge ? ask : judge;
	if (*out_ms == INT64_MAX)
		*out_ms = KS_TIME_NONE;
	return 0;
}

/* ---- what IAM said ------------------------------------------------------------------------------- */

/* A use waits until both the sampling and the trail had their time, and what was late to be read as well. */
static int64_t until(int64_t used_ms, int64_t seen_ms)
{
	int64_t by_use = used_ms + KS_SILENTUSE_SAMPLING_MS + KS_SILENTUSE_LATENCY_MS;
	int64_t by_look = seen_ms + KS_SILENTUSE_LATENCY_MS;

	return by_use > by_look ? by_use : by_look;
}

struct before {
	bool is_known;
	int64_t used_ms;
	int64_t wait_used_ms;
	int64_t made_ms;             /* the decoy was */
};

static void read_before(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	(void)arena;
	*(struct before *)out = (struct before){ .is_known = ks_db_column_int(query, 0) != 0,
		.used_ms = ks_sql_time(query, 1),
		.wait_used_ms = ks_sql_time(query, 2),
		.made_ms = ks_db_column_int(query, 3) };
}

static int note_use(struct ks_db *db, const struct ks_silentuse_answer *a, const struct before *before,
	struct ks_err *err)
{
	/* What was before the decoy was ours is not for us to explain. */
	int64_t known = before->used_ms != KS_TIME_NONE ? before->used_ms : before->made_ms;
	bool has_moved = a->used_ms > known;

	if (ks_sql_run(db, "UPDATE silent_keys SET asked_ms = $2, error = NULL, used_ms = CASE WHEN $3 IS NULL "
		"OR used_ms >= $3 THEN used_ms ELSE $3 END, service = CASE WHEN $3 IS NULL OR used_ms > $3 THEN "
		"service ELSE $4 END, region = CASE WHEN $3 IS NULL OR used_ms > $3 THEN region ELSE $5 END WHERE "
		"key_id = $1",
		KS_SQL(KS_SQL_TEXT(a->key_id), KS_SQL_INT(a->asked_ms), KS_SQL_TIME(a->used_ms),
			KS_SQL_TEXT(a->service), KS_SQL_TEXT(a->region)), err) != 0)
		return -1;
	/* One is waited for at a time: what came after it has its turn when it is judged. */
	if (!has_moved || before->wait_used_ms != KS_TIME_NONE)
		return 0;
	return ks_sql_run(db, "UPDATE silent_keys SET wait_used_ms = $2, wait_service = $3, wait_region = $4, "
		"wait_until_ms = $5 WHERE key_id = $1",
		KS_SQL(KS_SQL_TEXT(a->key_id), KS_SQL_INT(a->used_ms), KS_SQL_TEXT(a->service),
			KS_SQL_TEXT(a->region), KS_SQL_INT(until(a->used_ms, a->asked_ms))), err);
}

static int take(struct ks_db *db, const struct ks_silentuse_answer *a, struct ks_err *err)
{
	const struct ks_str error = { a->has_failed ? a->error.p : NULL, a->has_failed ? a->error.n : 0 };
	struct before before = { .is_known = false };
	bool found = false;

	if (ks_sql_row(db, "SELECT s.key_id IS NOT NULL, s.used_ms, s.wait_used_ms, d.created_ms FROM decoys d "
		"LEFT JOIN silent_keys s ON s.key_id = d.key_id WHERE d.key_id = $1", KS_SQL(KS_SQL_TEXT(a->key_id)),
		&(struct ks_sql_reader){ read_before, NULL, &before }, &found, err) != 0)
		return -1;
	if (!found)
		return 0;
	if (!before.is_known && ks_sql_run(db, "INSERT INTO silent_keys (key_id, ask_ms) VALUES ($1, $2)",
		KS_SQL(KS_SQL_TEXT(a->key_id), KS_SQL_INT(a->again_ms)), err) != 0)
		return -1;
	if (ks_sql_run(db, "UPDATE silent_keys SET ask_ms = $2, error = $3 WHERE key_id = $1",
		KS_SQL(KS_SQL_TEXT(a->key_id), KS_SQL_INT(a->again_ms), KS_SQL_TEXT(error)), err) != 0)
		return -1;
	return a->has_failed ? 0 : note_use(db, a, &before, err);
}

int ks_silentuse_take(struct ks_db *db, const struct ks_silentuse_answer *answers, size_t n,
	struct ks_err *err)
{
	int rc = ks_db_begin(db, err);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = take(db, &answers[i], err);
	if (rc == 0)
		return ks_db_commit(db, err);
	ks_db_rollback(db);
	return -1;
}

/* ---- judging ------------------------------------------------------------------------------------- */

/* A use on trial. */
struct use {
	struct ks_str key_id, account;
	int64_t used_ms;
	struct ks_str service, region;
	int64_t last_ms;             /* what IAM said last */
	struct ks_str last_service, last_region;
	int64_t id, incident;        /* of one that was raised */
};

static void read_waiting(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct use *)out = (struct use){ .key_id = ks_sql_text(query, 0, arena),
		.account = ks_sql_text(query, 1, arena),
		.used_ms = ks_db_column_int(query, 2),
		.service = ks_sql_text(query, 3, arena),
		.region = ks_sql_text(query, 4, arena),
		.last_ms = ks_db_column_int(query, 5),
		.last_service = ks_sql_text(query, 6, arena),
		.last_region = ks_sql_text(query, 7, arena) };
}

static void read_raised(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct use *)out = (struct use){ .key_id = ks_sql_text(query, 0, arena),
		.used_ms = ks_db_column_int(query, 1),
		.id = ks_db_column_int(query, 2),
		.incident = ks_db_column_int(query, 3) };
}

/* Whether an event of the key at that time or later is stored, or we used it ourselves. */
static int is_explained(struct ks_db *db, const struct use *use, int64_t *out_newest_ms, bool *out,
	struct ks_err *err)
{
	int64_t newest = KS_TIME_NONE, trips = 0;

	if (ks_sql_int(db, "SELECT MAX(time_ms) FROM events WHERE key_id = $1", KS_SQL(KS_SQL_TEXT(use->key_id)),
			&newest, err) != 0 ||
		ks_sql_int(db, "SELECT COUNT(*) FROM trips WHERE key_id = $1 AND sent_ms BETWEEN $2 AND $3",
			KS_SQL(KS_SQL_TEXT(use->key_id), KS_SQL_INT(use->used_ms - KS_SILENTUSE_SLACK_MS),
				KS_SQL_INT(use->used_ms + KS_SILENTUSE_SLACK_MS)), &trips, err) != 0)
		return -1;
	*out_newest_ms = newest;
	*out = trips > 0 || (newest != KS_TIME_NONE && newest >= use->used_ms - KS_SILENTUSE_SLACK_MS);
	return 0;
}

/* SES is what thieves of mail are after; the rest is as grave as any use of a decoy. */
static enum ks_level level_of(const struct use *use)
{
	return ks_str_is(use->service, "ses") || ks_str_is(use->service, "email") ? KS_LEVEL_CRITICAL :
		KS_LEVEL_HIGH;
}

static int journal(struct ks_db *db, int64_t incident, const struct use *use, int64_t newest_ms,
	int64_t now_ms, struct ks_err *err)
{
	struct ks_json *body = ks_json_new_object();

	ks_json_add_time(body, "used", use->used_ms);
	ks_json_add_str(body, "service", use->service);
	ks_json_add_str(body, "region", use->region);
	ks_json_add_time(body, "newest_event", newest_ms);
	ks_json_add_text(body, "why", "IAM says that the key was used then, and no event explains it: mail by "
		"SMTP is in no trail");
	return ks_journal_add_json(db, incident, now_ms, KS_STR(KS_JOURNAL_SELF), "silent-use", body, err);
}

/* One that is there gets the news: it is open again, or hears of it when its snooze ends. */
static int stir(struct ks_db *db, const struct ks_incident *incident, enum ks_level level, int64_t now_ms,
	struct ks_err *err)
{
	struct ks_json *body;

	if (ks_sql_run(db, "UPDATE incidents SET changed_ms = $2, level = CASE WHEN level < $3 THEN $3 ELSE "
		"level END, muted = muted + CASE WHEN state = 'snoozed' THEN 1 ELSE 0 END WHERE id = $1",
		KS_SQL(KS_SQL_INT(incident->id), KS_SQL_INT(now_ms), KS_SQL_INT(level)), err) != 0)
		return -1;
	if (incident->state != KS_INCIDENT_CLOSED)
		return 0;
	body = ks_json_new_object();
	ks_json_add_text(body, "why", "the key was used, and no event explains it");
	if (ks_journal_add_json(db, incident->id, now_ms, KS_STR(KS_JOURNAL_SELF), "reopened", body, err) != 0)
		return -1;
	return ks_sql_run(db, "UPDATE incidents SET state = 'open', pending = 2 WHERE id = $1",
		KS_SQL(KS_SQL_INT(incident->id)), err);
}

/* The incident that the use belongs to, opened where there is none. */
static int find_incident(struct ks_db *db, const struct use *use, int64_t now_ms, int64_t quiet_ms,
	int64_t *out_id, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_str actor = ks_str_of(ks_arena_printf(&arena, "key:" KS_STR_FMT, KS_STR_ARG(use->key_id)));
	struct ks_opening opening = { .actor = actor, .account = use->account, .decoy_key = use->key_id,
		.level = level_of(use), .who = KS_STR(KS_JOURNAL_SELF), .is_by_program = true,
		.reason = KS_STR("the key was used, and no event explains it"), .now_ms = now_ms };
	struct ks_incident incident;
	int64_t id = 0, next, heard;
	bool found = false;
	int rc = ks_opening_find(db, actor, &id, &next, err);

	if (rc == 0 && id != 0)
		rc = ks_incident_find(db, id, &arena, &incident, &found, err);
	if (rc == 0 && found) {
		heard = incident.last_ms != KS_TIME_NONE ? incident.last_ms : incident.opened_ms;
		found = heard >= use->used_ms - quiet_ms;
	}
	if (rc == 0)
		rc = found ? stir(db, &incident, opening.level, now_ms, err) :
			ks_opening_add(db, &opening, &id, err);
	if (rc == 0)
		*out_id = id;
	ks_arena_release(&arena);
	return rc;
}

static int raise(struct ks_db *db, const struct use *use, int64_t newest_ms, int64_t now_ms,
	int64_t quiet_ms,
	int64_t *out_incident, struct ks_err *err)
{
	int64_t incident = 0;

	if (find_incident(db, use, now_ms, quiet_ms, &incident, err) != 0 ||
		ks_sql_run(db, "INSERT INTO silent_uses (id, key_id, used_ms, service, region, raised_ms, incident) "
			"SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6 FROM silent_uses",
			KS_SQL(KS_SQL_TEXT(use->key_id), KS_SQL_INT(use->used_ms), KS_SQL_TEXT(use->service),
				KS_SQL_TEXT(use->region), KS_SQL_INT(now_ms), KS_SQL_INT(incident)), err) != 0 ||
		journal(db, incident, use, newest_ms, now_ms, err) != 0)
		return -1;
	*out_incident = incident;
	return 0;
}

/* The use is judged; one that came after it is next. */
static int go_on(struct ks_db *db, const struct use *use, int64_t now_ms, struct ks_err *err)
{
	bool has_next = use->last_ms > use->used_ms;

	if (!has_next)
		return ks_sql_run(db, "UPDATE silent_keys SET wait_used_ms = NULL, wait_service = NULL, wait_region "
			"= NULL, wait_until_ms = NULL WHERE key_id = $1", KS_SQL(KS_SQL_TEXT(use->key_id)), err);
	return ks_sql_run(db, "UPDATE silent_keys SET wait_used_ms = $2, wait_service = $3, wait_region = $4, "
		"wait_until_ms = $5 WHERE key_id = $1",
		KS_SQL(KS_SQL_TEXT(use->key_id), KS_SQL_INT(use->last_ms), KS_SQL_TEXT(use->last_service),
			KS_SQL_TEXT(use->last_region),
			KS_SQL_INT(until(use->last_ms, now_ms - KS_SILENTUSE_LATENCY_MS))), err);
}

static int judge_waiting(struct ks_db *db, int64_t now_ms, int64_t quiet_ms,
	struct ks_silentuse_verdict *out,
	struct ks_err *err)
{
	struct ks_vec uses = KS_VEC_OF(struct use);
	struct ks_arena arena = { NULL };
	int rc = ks_sql_rows(db, "SELECT s.key_id, d.account, s.wait_used_ms, s.wait_service, s.wait_region, "
		"s.used_ms, s.service, s.region FROM silent_keys s JOIN decoys d ON d.key_id = s.key_id WHERE "
		"s.wait_until_ms <= $1 ORDER BY s.wait_used_ms, s.key_id", KS_SQL(KS_SQL_INT(now_ms)),
		&(struct ks_sql_reader){ read_waiting, &arena, &uses }, err);

	for (size_t i = 0; rc == 0 && i < uses.n; i++) {
		const struct use *use = KS_VEC_AT(&uses, struct use, i);
		int64_t newest_ms = KS_TIME_NONE;
		bool explained = false;

		rc = is_explained(db, use, &newest_ms, &explained, err);
		if (rc == 0 && !explained) {
			rc = raise(db, use, newest_ms, now_ms, quiet_ms, &out->incident, err);
			out->raised++;
		}
		if (rc == 0)
			rc = go_on(db, use, now_ms, err);
	}
	ks_vec_release(&uses);
	ks_arena_release(&arena);
	return rc;
}

/* Where an incident is by now that another one may have taken over. */
static int follow(struct ks_db *db, int64_t *inout_id, struct ks_err *err)
{
	for (int i = 0; i < MERGES_MOST; i++) {
		int64_t next = 0;

		if (ks_sql_int(db, "SELECT merged_into FROM incidents WHERE id = $1", KS_SQL(KS_SQL_INT(*inout_id)),
			&next, err) != 0)
			return -1;
		if (next == 0)
			return 0;
		*inout_id = next;
	}
	return 0;
}

/* The event that tells of the use after all: of that time, and not of a later one. */
static int explain(struct ks_db *db, const struct use *use, int64_t now_ms, struct ks_silentuse_verdict *out,
	struct ks_err *err)
{
	struct ks_vec found = KS_VEC_OF(struct ks_str);
	struct ks_arena arena = { NULL };
	int64_t incident = use->incident;
	struct ks_json *body;
	int rc = ks_sql_texts(db, "SELECT identity FROM events WHERE key_id = $1 AND time_ms BETWEEN $2 AND $3 "
		"ORDER BY time_ms, identity LIMIT 1",
		KS_SQL(KS_SQL_TEXT(use->key_id), KS_SQL_INT(use->used_ms - KS_SILENTUSE_SLACK_MS),
			KS_SQL_INT(use->used_ms + KS_SILENTUSE_SAMPLING_MS + KS_SILENTUSE_SLACK_MS)),
		(struct ks_sql_into){ &arena, &found }, err);

	if (rc == 0 && found.n > 0) {
		const struct ks_str identity = *KS_VEC_AT(&found, struct ks_str, 0);

		body = ks_json_new_object();
		ks_json_add_time(body, "used", use->used_ms);
		ks_json_add_str(body, "event", identity);
		rc = follow(db, &incident, err);
		if (rc != 0)
			ks_json_free(body);
		else
			rc = ks_journal_add_json(db, incident, now_ms, KS_STR(KS_JOURNAL_SELF), "silent-use-explained",
				body, err);
		if (rc == 0)
			rc = ks_sql_run(db, "UPDATE silent_uses SET explained_by = $2 WHERE id = $1",
				KS_SQL(KS_SQL_INT(use->id), KS_SQL_TEXT(identity)), err);
		out->explained++;
		out->incident = incident;
	}
	ks_vec_release(&found);
	ks_arena_release(&arena);
	return rc;
}

static int look_for_events(struct ks_db *db, int64_t now_ms, struct ks_silentuse_verdict *out,
	struct ks_err *err)
{
	struct ks_vec uses = KS_VEC_OF(struct use);
	struct ks_arena arena = { NULL };
	int rc = ks_sql_rows(db, "SELECT key_id, used_ms, id, incident FROM silent_uses WHERE explained_by IS "
		"NULL AND used_ms > $1 ORDER BY id", KS_SQL(KS_SQL_INT(now_ms - LOOKED_FOR_MS)),
		&(struct ks_sql_reader){ read_raised, &arena, &uses }, err);

	for (size_t i = 0; rc == 0 && i < uses.n; i++)
		rc = explain(db, KS_VEC_AT(&uses, struct use, i), now_ms, out, err);
	ks_vec_release(&uses);
	ks_arena_release(&arena);
	return rc;
}

int ks_silentuse_judge(struct ks_db *db, int64_t now_ms, int64_t quiet_ms, struct ks_silentuse_verdict *out,
	struct ks_err *err)
{
	struct ks_silentuse_verdict verdict = { .raised = 0 };
	int64_t waiting = 0;
	int rc;

	*out = verdict;
	/* The store is everybody's: nothing is locked where there is nothing to judge. */
	if (ks_sql_int(db, "SELECT (SELECT COUNT(*) FROM silent_keys WHERE wait_until_ms <= $1) + (SELECT "
		"COUNT(*) FROM silent_uses WHERE explained_by IS NULL AND used_ms > $2)",
		KS_SQL(KS_SQL_INT(now_ms), KS_SQL_INT(now_ms - LOOKED_FOR_MS)), &waiting, err) != 0)
		return -1;
	if (waiting == 0)
		return 0;
	rc = ks_db_begin(db, err);
	if (rc == 0)
		rc = judge_waiting(db, now_ms, quiet_ms, &verdict, err);
	if (rc == 0)
		rc = look_for_events(db, now_ms, &verdict, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	if (rc == 0)
		*out = verdict;
	return rc;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct ks_silentuse *)out = (struct ks_silentuse){ .asked_ms = ks_sql_time(query, 0),
		.used_ms = ks_sql_time(query, 1),
		.service = ks_sql_text(query, 2, arena),
		.region = ks_sql_text(query, 3, arena),
		.error = ks_sql_text(query, 4, arena),
		.wait_until_ms = ks_sql_time(query, 5),
		.raised_ms = ks_sql_time(query, 6),
		.incident = ks_db_column_int(query, 7) };
}

int ks_silentuse_find(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena,
	struct ks_silentuse *out, bool *out_found, struct ks_err *err)
{
	return ks_sql_row(db, "SELECT s.asked_ms, s.used_ms, s.service, s.region, s.error, s.wait_until_ms, "
		"u.used_ms, u.incident FROM silent_keys s LEFT JOIN silent_uses u ON u.id = (SELECT MAX(id) FROM "
		"silent_uses WHERE key_id = s.key_id AND explained_by IS NULL) WHERE s.key_id = $1",
		KS_SQL(KS_SQL_TEXT(key_id)), &(struct ks_sql_reader){ read_row, arena, out }, out_found, err);
}

int ks_silentuse_describe(struct ks_db *db, struct ks_json *notice, int64_t incident, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_json *list = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT used_ms, service, region, explained_by FROM silent_uses WHERE incident "
		"= $1 ORDER BY used_ms DESC, id DESC LIMIT $2",
		KS_SQL(KS_SQL_INT(incident), KS_SQL_INT(MOST_DESCRIBED)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_json *one = ks_json_new_object();

		ks_json_add_time(one, "used", ks_db_column_int(query, 0));
		ks_json_add_str(one, "service", ks_db_column_text(query, 1));
		ks_json_add_str(one, "region", ks_db_column_text(query, 2));
		ks_json_add_str(one, "explained_by", ks_db_column_text(query, 3));
		if (list == NULL)
			list = ks_json_new_array();
		ks_json_add(list, NULL, one);
	}
	if (list != NULL)
		ks_json_add(notice, "silent_uses", list);
	ks_db_finish(query);
	return rc;
}

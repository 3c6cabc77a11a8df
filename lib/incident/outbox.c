/* The outbox table. */
#include "lib/incident/outbox.h"

#include "lib/base/time.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/journal.h"
#include "lib/store/sql.h"

#define LONGEST_WAIT_MS (INT64_C(300) * 1000)

#define TEXT_OF(number) TEXT_OF_VALUE(number)
#define TEXT_OF_VALUE(number) #number

/* That nothing older of its incident and notifier is to go first. The attempt at hand is counted. */
#define IS_FIRST "NOT EXISTS (SELECT 1 FROM outbox b WHERE COALESCE(b.incident_id, 0) = " \
	"COALESCE(o.incident_id, 0) AND b.topic = o.topic AND b.notifier = o.notifier AND b.id < o.id AND " \
	"((b.state = 'waiting' AND b.attempts < " \
	TEXT_OF(KS_OUTBOX_IN_ORDER) ") OR (b.state = 'sending' AND b.attempts <= " \
	TEXT_OF(KS_OUTBOX_IN_ORDER) ")))"

#define COLUMNS "o.id, o.incident_id, o.notifier, o.kind, o.body, o.created_ms, o.state, o.attempts, " \
	"o.next_ms, o.error, o.tried_ms, o.maybe_sent"
#define LONGEST_BODY (256u * 1024)
#define LONGEST_MEMBER (4u * 1024)         /* of a notice that is too long: what is longer goes */
#define CUT_TEXT 256u

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	struct ks_notice *out = to;

	*out = (struct ks_notice){
		.id = ks_db_column_int(query, 0),
		.incident_id = ks_db_column_int(query, 1),
		.notifier = ks_sql_text(query, 2, arena),
		.kind = ks_sql_text(query, 3, arena),
		.body = ks_sql_blob(query, 4, arena),
		.created_ms = ks_db_column_int(query, 5),
		.state = ks_sql_text(query, 6, arena),
		.attempts = ks_db_column_int(query, 7),
		.next_ms = ks_db_column_int(query, 8),
		.error = ks_sql_text(query, 9, arena),
		.tried_ms = ks_sql_time(query, 10),
	};
	/* Also when that was another one, which this one stands for. */
	out->is_repeated = ks_db_column_int(query, 11) > 0;
}

static int add(struct ks_db *db, const struct ks_outbox_post *post, struct ks_str notifier,
	struct ks_str body, struct ks_err *err)
{
	struct ks_str topic = post->topic.p != NULL ? post->topic : KS_STR("");

	return ks_sql_run(db, "INSERT INTO outbox (id, incident_id, topic, notifier, kind, body, created_ms, "
		"state, attempts, next_ms) SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, 'waiting', 0, "
		"$6 FROM outbox", KS_SQL(KS_SQL_REF(post->incident_id), KS_SQL_TEXT(topic), KS_SQL_TEXT(notifier),
		KS_SQL_TEXT(ks_str_of(post->kind)), KS_SQL_BLOB(body), KS_SQL_INT(post->now_ms)), err);
}

int ks_outbox_add(struct ks_db *db, int64_t incident_id, struct ks_str notifier, const char *kind,
	struct ks_str body, int64_t now_ms, struct ks_err *err)
{
	return add(db, &(struct ks_outbox_post){ .incident_id = incident_id, .kind = kind, .now_ms = now_ms },
		notifier, body, err);
}

struct ks_json *ks_outbox_body(const struct ks_outbox_post *post)
{
	struct ks_json *body = ks_json_new_object();

	ks_json_add_int(body, "v", 1);
	ks_json_add_text(body, "kind", post->kind);
	if (post->incident_id != 0)
		ks_json_add_int(body, "incident", post->incident_id);
	else
		ks_json_add_null(body, "incident");
	ks_json_add_text(body, "level", ks_rule_level_name(post->level));
	return body;
}

/* What fits of one member; *out_cut: not all of it. The cursor stands on it. */
static void shorten_member(const struct ks_json *from, struct ks_str name, struct ks_str value,
	struct ks_json *to, bool *out_cut)
{
	struct ks_json *copy = NULL;
	struct ks_err ignored = { 0 };
	struct ks_arena arena = { NULL };
	const char *key = ks_arena_strdup(&arena, name);
	struct ks_buf text;

	ks_buf_init(&text, LONGEST_MEMBER);
	ks_json_render(from, &text);
	*out_cut = text.is_full;
	if (value.p != NULL)
		ks_json_add_str(to, key, text.is_full ? ks_str_sub(value, 0, CUT_TEXT) : value);
	else if (!text.is_full && ks_json_parse(ks_buf_str(&text), &copy, &ignored) == 0)
		ks_json_add(to, key, copy);
	ks_buf_release(&text);
	ks_arena_release(&arena);
}

/* People are told whatever a thief puts into names: with less of them, if need be. */
static struct ks_json *shorten(const struct ks_outbox_post *post, const struct ks_json *body)
{
	struct ks_json *shorter, *whole = NULL, *left = ks_json_new_array();
	const struct ks_json *cursor = NULL;
	struct ks_err ignored = { 0 };
	struct ks_str name, value;
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_json_render(body, &text);
	/* What cannot be read again says at least what it is about. */
	shorter = ks_json_parse(ks_buf_str(&text), &whole, &ignored) == 0 ? ks_json_new_object() :
		ks_outbox_body(post);
	while (whole != NULL && ks_json_next(whole, &cursor, &name, &value)) {
		bool is_cut = false;

		shorten_member(cursor, name, value, shorter, &is_cut);
		if (is_cut)
			ks_json_add_str(left, NULL, name);
	}
	ks_json_add(shorter, "shortened", left);
	ks_json_free(whole);
	ks_buf_release(&text);
	return shorter;
}

/* What proves the notice, and whether it is about an exercise. */
static int add_proof(struct ks_db *db, const struct ks_outbox_post *post, struct ks_json *body,
	struct ks_err *err)
{
	struct ks_drillcase drillcase = { .kind = KS_DRILLCASE_NONE };
	char head[KS_HASH_HEX] = "";
	int rc = 0;

	if (post->incident_id != 0 && (ks_drillcase_read(db, post->incident_id, &drillcase, err) != 0 ||
		ks_journal_head(db, post->incident_id, head, err) != 0))
		rc = -1;
	if (drillcase.kind != KS_DRILLCASE_NONE)
		ks_json_add_text(body, "exercise", ks_drillcase_name(&drillcase));
	ks_json_add_text(body, "journal", post->incident_id != 0 ? head : NULL);
	return rc;
}

int ks_outbox_post(struct ks_db *db, const struct ks_outbox_post *post, struct ks_json *body,
	struct ks_err *err)
{
	static const char *const usual[] = { "stdout" };
	const char *const *names = post->notifier_count > 0 ? post->notifiers : usual;
	size_t n = post->notifier_count > 0 ? post->notifier_count : 1;
	int rc = add_proof(db, post, body, err);
	struct ks_buf text;

	ks_buf_init(&text, LONGEST_BODY);
	ks_json_render(body, &text);
	if (text.is_full) {
		struct ks_json *shorter = shorten(post, body);

		ks_buf_clear(&text);
		ks_json_render(shorter, &text);
		ks_json_free(shorter);
	}
	ks_json_free(body);
	if (rc == 0 && text.is_full)
		rc = ks_err_set(err, KS_ERR_LIMIT, "a notice of kind '%s' is longer than %u bytes", post->kind,
			LONGEST_BODY);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add(db, post, ks_str_of(names[i]), ks_buf_str(&text), err);
	ks_buf_release(&text);
	return rc;
}

int ks_outbox_due(struct ks_db *db, struct ks_str notifier, int64_t now_ms, size_t limit,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT " COLUMNS " FROM outbox o WHERE o.state = 'waiting' AND o.next_ms <= "
		"$1 AND o.notifier = $2 AND " IS_FIRST " ORDER BY o.id LIMIT $3",
		KS_SQL(KS_SQL_INT(now_ms), KS_SQL_TEXT(notifier), KS_SQL_INT((int64_t)limit)),
		&(struct ks_sql_reader){ read_row, arena, out }, err);
}

int ks_outbox_next(struct ks_db *db, struct ks_str notifier, int64_t *out_ms, struct ks_err *err)
{
	int64_t next = KS_TIME_NONE;

	if (ks_sql_int(db, "SELECT MIN(o.next_ms) FROM outbox o WHERE o.state = 'waiting' AND o.notifier = $1 "
		"AND " IS_FIRST, KS_SQL(KS_SQL_TEXT(notifier)), &next, err) != 0)
		return -1;
	*out_ms = next;
	return 0;
}

int ks_outbox_hurry(struct ks_db *db, struct ks_str notifier, int64_t since_ms, int64_t now_ms,
	struct ks_err *err)
{
	/* A lease begins with its attempt. */
	return ks_sql_run(db, "UPDATE outbox SET next_ms = $2 WHERE state = 'waiting' AND notifier = $1 AND "
		"next_ms > $2 AND COALESCE(lease_ms, 0) < $3", KS_SQL(KS_SQL_TEXT(notifier), KS_SQL_INT(now_ms),
			KS_SQL_INT(since_ms + KS_OUTBOX_LEASE_MS)), err);
}

int ks_outbox_waiting(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT notifier, COUNT(DISTINCT COALESCE(incident_id, 0)) FROM outbox WHERE "
		"state = 'waiting' GROUP BY notifier ORDER BY notifier", KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_outbox_waiting *)ks_vec_push(out) = (struct ks_outbox_waiting){
			.notifier = ks_sql_text(query, 0, arena),
			.incidents = ks_db_column_int(query, 1),
		};
	ks_db_finish(query);
	return rc;
}

/* Nobody needs to be told any more of an incident that is closed. */
#define IS_MOURNED "o.state = 'dead' AND (o.incident_id IS NULL OR EXISTS (SELECT 1 FROM incidents i " \
	"WHERE i.id = o.incident_id AND i.state <> 'closed'))"

int ks_outbox_dead(struct ks_db *db, struct ks_str notifier, int64_t *out_notices, int64_t *out_incident,
	struct ks_err *err)
{
	int64_t n = 0, first = 0;

	if (ks_sql_int(db, "SELECT COUNT(*) FROM outbox o WHERE " IS_MOURNED " AND ($1 = '' OR o.notifier = $1)",
		KS_SQL(KS_SQL_TEXT(notifier)), &n, err) != 0 ||
		ks_sql_int(db, "SELECT MIN(o.incident_id) FROM outbox o WHERE " IS_MOURNED " AND ($1 = '' OR "
			"o.notifier = $1)", KS_SQL(KS_SQL_TEXT(notifier)), &first, err) != 0)
		return -1;
	*out_notices = n;
	*out_incident = first;
	return 0;
}

int ks_outbox_mourned(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_texts(db, "SELECT DISTINCT o.notifier FROM outbox o WHERE " IS_MOURNED " ORDER BY "
		"o.notifier", KS_SQL_NONE, (struct ks_sql_into){ arena, out }, err);
}

int ks_outbox_revive(struct ks_db *db, int64_t id, int64_t now_ms, int64_t *out_n, struct ks_err *err)
{
	if (ks_sql_run(db, "UPDATE outbox SET state = 'waiting', attempts = 0, next_ms = $2, tried_ms = $2, "
		"owner = NULL WHERE "
		"state = 'dead' AND (id = $1 OR $1 = 0)", KS_SQL(KS_SQL_INT(id), KS_SQL_INT(now_ms)), err) != 0)
		return -1;
	*out_n = ks_db_changes(db);
	return 0;
}

int ks_outbox_sending(struct ks_db *db, int64_t id, int64_t owner, int64_t now_ms, bool *out_taken,
	struct ks_err *err)
{
	if (ks_sql_run(db, "UPDATE outbox SET state = 'sending', attempts = attempts + 1, "
		"maybe_sent = maybe_sent + 1, owner = $3, lease_ms = $4, tried_ms = COALESCE(tried_ms, $2) "
		"WHERE id = $1 AND state = 'waiting' AND next_ms <= $2",
		KS_SQL(KS_SQL_INT(id), KS_SQL_INT(now_ms), KS_SQL_INT(owner),
			KS_SQL_INT(now_ms + KS_OUTBOX_LEASE_MS)), err) != 0)
		return -1;
	*out_taken = ks_db_changes(db) == 1;
	return 0;
}

int ks_outbox_sent(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE outbox SET state = 'sent', next_ms = $2, error = NULL WHERE id = $1 AND "
		"state <> 'dead'", KS_SQL(KS_SQL_INT(id), KS_SQL_INT(now_ms)), err);
}

int ks_outbox_pass(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE outbox SET state = 'sent', next_ms = $2, error = 'not for this notifier' "
		"WHERE id = $1 AND state = 'waiting'", KS_SQL(KS_SQL_INT(id), KS_SQL_INT(now_ms)), err);
}

/* 1 s, 2 s, 4 s … from the first failure on. */
static int64_t wait_after(int64_t attempts, int64_t at_least)
{
	int64_t wait = KS_TIME_SECOND;

	for (int64_t i = 1; i < attempts && wait < LONGEST_WAIT_MS; i++)
		wait *= 2;
	if (wait > LONGEST_WAIT_MS)
		wait = LONGEST_WAIT_MS;
	return wait < at_least ? at_least : wait;
}

/* A notice that nobody got is part of the incident's story. */
static int bury(struct ks_db *db, const struct ks_notice *notice, const struct ks_outbox_failure *failure,
	struct ks_err *err)
{
	struct ks_json *body;

	if (notice->incident_id == 0)
		return 0;
	body = ks_json_new_object();
	ks_json_add_int(body, "notice", notice->id);
	ks_json_add_str(body, "notifier", notice->notifier);
	ks_json_add_str(body, "kind", notice->kind);
	ks_json_add_int(body, "attempts", notice->attempts);
	ks_json_add_text(body, "error", failure->error);
	return ks_journal_add_json(db, notice->incident_id, failure->now_ms, KS_STR(KS_JOURNAL_SELF),
		"notice-dead", body, err);
}

static int fail(struct ks_db *db, const struct ks_outbox_failure *failure, const struct ks_notice *notice,
	bool *out_is_dead, struct ks_err *err)
{
	bool is_dead = failure->is_final || (notice->tried_ms != KS_TIME_NONE &&
		failure->now_ms - notice->tried_ms >= KS_OUTBOX_LIFE_MS);
	int64_t next = failure->now_ms + wait_after(notice->attempts, failure->retry_after_ms);

	if (ks_sql_run(db, "UPDATE outbox SET state = $2, next_ms = $3, error = $4, owner = NULL, "
		"maybe_sent = maybe_sent - $5 WHERE id = $1",
		KS_SQL(KS_SQL_INT(failure->id), KS_SQL_TEXT(ks_str_of(is_dead ? "dead" : "waiting")),
			KS_SQL_INT(next), KS_SQL_TEXT(ks_str_of(failure->error)),
			KS_SQL_INT(failure->is_unsent)), err) != 0)
		return -1;
	*out_is_dead = is_dead;
	return is_dead ? bury(db, notice, failure, err) : 0;
}

static int find(struct ks_db *db, const struct ks_outbox_failure *failure, struct ks_arena *arena,
	struct ks_notice *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT " COLUMNS " FROM outbox o WHERE o.id = $1 AND o.state IN ('waiting', "
		"'sending') AND COALESCE(o.owner, $2) = $2",
		KS_SQL(KS_SQL_INT(failure->id), KS_SQL_INT(failure->owner)), &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0 && has_row)
		read_row(query, arena, out);
	else if (rc == 0)
		rc = ks_err_set(err, KS_ERR_STATE, "notice %lld is not being sent", (long long)failure->id);
	ks_db_finish(query);
	return rc;
}

int ks_outbox_failed(struct ks_db *db, const struct ks_outbox_failure *failure, bool *out_is_dead,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_notice notice;
	int rc = ks_db_begin(db, err);

	if (rc == 0)
		rc = find(db, failure, &arena, &notice, err);
	if (rc == 0)
		rc = fail(db, failure, &notice, out_is_dead, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	ks_arena_release(&arena);
	return rc;
}

int ks_outbox_recover(struct ks_db *db, const struct ks_outbox_owner *owner, int64_t now_ms, int64_t *out_n,
	struct ks_err *err)
{
	struct ks_vec lost = KS_VEC_OF(int64_t);
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int64_t n = 0;
	int rc = ks_sql_open(db, "SELECT id, COALESCE(owner, 0), COALESCE(lease_ms, 0) FROM outbox WHERE state "
		"= 'sending' AND COALESCE(owner, 0) <> $1 ORDER BY id",
		KS_SQL(KS_SQL_INT(owner->number)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		int64_t number = ks_db_column_int(query, 1);

		if (number == 0 || ks_db_column_int(query, 2) <= now_ms || !owner->is_alive(owner->arg, number))
			*(int64_t *)ks_vec_push(&lost) = ks_db_column_int(query, 0);
	}
	ks_db_finish(query);
	for (size_t i = 0; rc == 0 && i < lost.n; i++) {
		rc = ks_sql_run(db, "UPDATE outbox SET state = 'waiting', owner = NULL, next_ms = $2 WHERE id = "
			"$1 AND state = 'sending' AND COALESCE(owner, 0) <> $3",
			KS_SQL(KS_SQL_INT(*KS_VEC_AT(&lost, int64_t, i)), KS_SQL_INT(now_ms), KS_SQL_INT(owner->number)),
			err);
		n += rc == 0 && ks_db_changes(db) == 1;
	}
	if (rc == 0)
		*out_n = n;
	ks_vec_release(&lost);
	return rc;
}

int ks_outbox_list(struct ks_db *db, int64_t incident_id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT " COLUMNS " FROM outbox o WHERE $1 = 0 OR o.incident_id = $1 ORDER BY "
		"o.id", KS_SQL(KS_SQL_INT(incident_id)), &(struct ks_sql_reader){ read_row, arena, out }, err);
}

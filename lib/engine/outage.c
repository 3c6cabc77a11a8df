/* The tables of outages and of feeds. */
#include "lib/engine/outage.h"

#include "lib/base/time.h"
#include "lib/incident/outbox.h"
#include "lib/store/sql.h"

#include <string.h>

struct row {
	int64_t since_ms, raised_ms, ended_ms, owner;
	struct ks_str why;
};

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	*(struct row *)to = (struct row){ ks_db_column_int(query, 0), ks_db_column_int(query, 1),
		ks_sql_time(query, 2), ks_db_column_int(query, 3), ks_sql_text(query, 4, arena) };
}

static int find(struct ks_db *db, const struct ks_vigil_verdict *v, struct ks_arena *arena, struct row *out,
	bool *out_found, struct ks_err *err)
{
	return ks_sql_row(db, "SELECT since_ms, raised_ms, ended_ms, owner, why FROM outages WHERE name = $1 "
		"AND subject = $2", KS_SQL(KS_SQL_TEXT(ks_str_of(ks_vigil_row(v->kind)->name)),
			KS_SQL_TEXT(v->subject)),
		&(struct ks_sql_reader){ read_row, arena, out }, out_found, err);
}

/* Whether the verdict is news. */
static bool is_news(const struct ks_outage_desk *desk, const struct ks_vigil_verdict *v,
	const struct row *row, bool is_found)
{
	bool is_open = is_found && row->ended_ms == KS_TIME_NONE;

	if (ks_vigil_row(v->kind)->has_happened)
		return v->holds && (!is_found || desk->now_ms - row->raised_ms >= KS_VIGIL_AGAIN_MS ||
			row->raised_ms - desk->now_ms >= KS_VIGIL_AGAIN_MS);
	if (v->holds)
		return !is_open;
	return is_open && (row->owner == ks_seat_number(desk->seat) ||
		!ks_seat_is_taken(desk->seat, row->owner));
}

/* All but the one that it is about, which would not hear it. */
static size_t choose(const struct ks_outage_desk *desk, const struct ks_vigil_verdict *v, const char **out)
{
	size_t n = 0;

	for (size_t i = 0; i < desk->notifier_count; i++)
		if (v->kind != KS_VIGIL_DEAD || !ks_str_is(v->subject, desk->notifiers[i]))
			out[n++] = desk->notifiers[i];
	return n;
}

/* Where nobody else is to be told, the log and every run say it. */
static int tell(struct ks_db *db, const struct ks_outage_desk *desk, const struct ks_vigil_verdict *v,
	const struct row *row, struct ks_arena *arena, struct ks_err *err)
{
	const struct ks_vigil_row *kind = ks_vigil_row(v->kind);
	const char **names = ks_arena_alloc(arena, (desk->notifier_count + 1) * sizeof(*names));
	struct ks_outbox_post post = { .kind = v->holds ? "alarm" : "recovered",
		.level = v->holds ? kind->level : KS_LEVEL_INFORMATIONAL,
		.topic = ks_str_of(ks_arena_printf(arena, "%s " KS_STR_FMT, kind->name, KS_STR_ARG(v->subject))),
		.now_ms = desk->now_ms };
	struct ks_json *body;

	post.notifiers = names;
	post.notifier_count = choose(desk, v, names);
	if (post.notifier_count == 0)
		return 0;
	body = ks_outbox_body(&post);
	ks_json_add_text(body, "alarm", kind->name);
	ks_json_add_str(body, "subject", v->subject);
	ks_json_add_time(body, "since", v->holds ? v->since_ms : row->since_ms);
	ks_json_add_time(body, "ended", v->holds ? KS_TIME_NONE : desk->now_ms);
	if (v->holds)
		ks_json_add_text(body, "why", v->why);
	else
		ks_json_add_str(body, "why", row->why);
	ks_json_add_text(body, "do", v->holds ? kind->advice : NULL);
	return ks_outbox_post(db, &post, body, err);
}

static int write_down(struct ks_db *db, const struct ks_outage_desk *desk, const struct ks_vigil_verdict *v,
	struct ks_err *err)
{
	struct ks_str name = ks_str_of(ks_vigil_row(v->kind)->name);

	if (!v->holds)
		return ks_sql_run(db, "UPDATE outages SET ended_ms = $3 WHERE name = $1 AND subject = $2",
			KS_SQL(KS_SQL_TEXT(name), KS_SQL_TEXT(v->subject), KS_SQL_INT(desk->now_ms)), err);
	if (ks_sql_run(db, "DELETE FROM outages WHERE name = $1 AND subject = $2",
		KS_SQL(KS_SQL_TEXT(name), KS_SQL_TEXT(v->subject)), err) != 0)
		return -1;
	return ks_sql_run(db, "INSERT INTO outages (name, subject, since_ms, raised_ms, ended_ms, owner, why) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7)",
		KS_SQL(KS_SQL_TEXT(name), KS_SQL_TEXT(v->subject), KS_SQL_INT(v->since_ms),
			KS_SQL_INT(desk->now_ms),
			KS_SQL_TIME(ks_vigil_row(v->kind)->has_happened ? desk->now_ms : KS_TIME_NONE),
			KS_SQL_INT(ks_seat_number(desk->seat)), KS_SQL_TEXT(ks_str_of(v->why))), err);
}

int ks_outage_put(struct ks_db *db, const struct ks_outage_desk *desk,
	const struct ks_vigil_verdict *verdict, bool *out_told, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct row row = { .owner = 0 };
	bool is_found = false;
	int rc;

	*out_told = false;
	rc = find(db, verdict, &arena, &row, &is_found, err);
	if (rc != 0 || !is_news(desk, verdict, &row, is_found))
		goto out;
	rc = ks_db_begin(db, err);
	if (rc != 0)
		goto out;
	/* Read again under the lock: somebody else may watch as well. */
	is_found = false;
	rc = find(db, verdict, &arena, &row, &is_found, err);
	if (rc == 0 && is_news(desk, verdict, &row, is_found)) {
		rc = write_down(db, desk, verdict, err);
		if (rc == 0)
			rc = tell(db, desk, verdict, &row, &arena, err);
		*out_told = rc == 0;
	}
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	*out_told = *out_told && rc == 0;
out:
	ks_arena_release(&arena);
	return rc;
}

static void read_outage(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	*(struct ks_outage *)to = (struct ks_outage){ .name = ks_sql_text(query, 0, arena),
		.subject = ks_sql_text(query, 1, arena), .why = ks_sql_text(query, 2, arena),
		.since_ms = ks_db_column_int(query, 3), .raised_ms = ks_db_column_int(query, 4) };
}

int ks_outage_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT name, subject, why, since_ms, raised_ms FROM outages WHERE ended_ms IS "
		"NULL ORDER BY raised_ms, name, subject", KS_SQL_NONE,
		&(struct ks_sql_reader){ read_outage, arena, out }, err);
}

/* ---- feeds --------------------------------------------------------------------------------------- */

struct times {
	int64_t first_ms, last_ms, gap_ms;
};

static void read_times(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	(void)arena;
	*(struct times *)to = (struct times){ ks_db_column_int(query, 0), ks_db_column_int(query, 1),
		ks_db_column_int(query, 2) };
}

int ks_outage_feed_find(struct ks_db *db, struct ks_vigil_feed *feed, struct ks_err *err)
{
	struct times times = { KS_TIME_NONE, KS_TIME_NONE, 0 };
	struct ks_arena arena = { NULL };
	bool is_found = false;

	if (ks_sql_row(db, "SELECT first_ms, last_ms, gap_ms FROM feeds WHERE source = $1",
		KS_SQL(KS_SQL_TEXT(feed->source)), &(struct ks_sql_reader){ read_times, &arena, &times }, &is_found,
		err) != 0)
		return -1;
	feed->first_ms = times.first_ms;
	feed->last_ms = times.last_ms;
	feed->gap_ms = times.gap_ms;
	return 0;
}

int ks_outage_feed_put(struct ks_db *db, struct ks_str source, int64_t now_ms, struct ks_err *err)
{
	/* While it counts as stale, the pause is one that must not be usual from here on. */
	if (ks_sql_run(db, "UPDATE feeds SET gap_ms = CASE WHEN $2 - last_ms > gap_ms AND NOT EXISTS (SELECT 1 "
		"FROM outages o WHERE o.name = 'stale' AND o.subject = $1 AND o.ended_ms IS NULL) THEN $2 - last_ms "
		"ELSE gap_ms END, last_ms = $2 WHERE source = $1 AND last_ms < $2",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_INT(now_ms)), err) != 0)
		return -1;
	if (ks_db_changes(db) > 0)
		return 0;
	return ks_sql_run(db, "INSERT INTO feeds (source, first_ms, last_ms, gap_ms) SELECT $1, $2, $2, 0 WHERE "
		"NOT EXISTS (SELECT 1 FROM feeds WHERE source = $1)", KS_SQL(KS_SQL_TEXT(source),
		KS_SQL_INT(now_ms)), err);
}

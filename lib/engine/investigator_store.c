/* Some queries of the store, its rows added up by another thread. */
#include "lib/engine/investigator.h"

#include "lib/engine/belt.h"
#include "lib/store/sql.h"

#include <stdio.h>
#include <string.h>

#define SHARED_MOST 20u                /* values that the store is asked about */
#define OTHERS_MOST 1000u              /* rows that are read of others, of one value */
#define OTHERS_ALL 8000u               /* likewise, of all values of a kind, as long as each has 100 */
#define OTHERS_LEAST 100u

#define REST "e.time_ms, e.source, e.name, e.region, e.error, e.key_id, e.actor_arn, e.ip, " \
	"e.user_agent, e.decoy_key, e.actor FROM events e "
#define COLUMNS "SELECT e.identity, " REST
/* Of rows that no two questions give. The index events_arn has all of it. */
#define DISTINCT_COLUMNS "SELECT '', " REST

/* Who was met in the row before: he often is in the next one as well. */
struct met {
	char text[256];
	size_t n;
};

/* The subject's own rows go over a belt; what takes them there alone sees the inquiry until it ends. */
struct asking {
	const struct ks_investigator *of;
	struct ks_db *db;
	struct ks_belt *belt;
	struct met met[3];
};

static void meet(const struct ks_investigator *of, struct met *last, struct ks_str who)
{
	if (who.n == 0 || ks_str_is_equal((struct ks_str){ last->text, last->n }, who))
		return;
	ks_firstuse_meet(of->firsts, who);
	last->n = who.n <= sizeof(last->text) ? who.n : 0;
	memcpy(last->text, who.p, last->n);
}

static void take_own(void *arg, const struct ks_inquiry_event *event, struct ks_str actor)
{
	struct asking *asking = arg;

	if (asking->of->firsts != NULL) {
		meet(asking->of, &asking->met[0], event->key_id);
		meet(asking->of, &asking->met[1], event->arn);
		meet(asking->of, &asking->met[2], actor);
	}
	ks_inquiry_add(asking->of->inquiry, event);
}

static void take_other(struct asking *asking, const struct ks_inquiry_event *event, struct ks_str actor)
{
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(asking->of->inquiry);

	if (!ks_inquiry_is_about(subject, event) && !(subject->kind == KS_INQUIRY_KEY &&
		ks_str_has_suffix(actor, subject->value)))
		ks_inquiry_add_other(asking->of->inquiry, event);
}

/* Rows of COLUMNS; of others unless there is a belt. */
static int take_rows(struct asking *asking, const char *sql, struct ks_str value, struct ks_err *err)
{
	struct ks_str subject = ks_inquiry_subject(asking->of->inquiry)->value;
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = asking->belt == NULL ?
		ks_sql_open(asking->db, sql, KS_SQL(KS_SQL_TEXT(value), KS_SQL_TEXT(subject)), &query, err) :
		ks_sql_open(asking->db, sql, KS_SQL(KS_SQL_TEXT(value)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_inquiry_event event = { .identity = ks_db_column_text(query, 0),
			.time_ms = ks_sql_time(query, 1), .source = ks_db_column_text(query, 2),
			.name = ks_db_column_text(query, 3), .region = ks_db_column_text(query, 4),
			.error = ks_db_column_text(query, 5), .key_id = ks_db_column_text(query, 6),
			.arn = ks_db_column_text(query, 7), .ip = ks_db_column_text(query, 8),
			.agent = ks_db_column_text(query, 9), .decoy = ks_db_column_text(query, 10) };
		struct ks_str actor = ks_db_column_text(query, 11);

		if (!ks_investigator_is_in_time(asking->of, event.time_ms))
			continue;
		if (asking->belt != NULL)
			ks_belt_put(asking->belt, &event, actor);
		else
			take_other(asking, &event, actor);
	}
	ks_db_finish(query);
	return rc;
}

/* The different values of a column with an index, one seek each. */
static int list_values(struct ks_db *db, const char *sql, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_str at = KS_STR("");
	bool has_more = true;
	int rc = 0;

	while (rc == 0 && has_more) {
		struct ks_vec next = KS_VEC_OF(struct ks_str);

		rc = ks_sql_texts(db, sql, KS_SQL(KS_SQL_TEXT(at)), (struct ks_sql_into){ arena, &next }, err);
		has_more = rc == 0 && next.n > 0;
		if (has_more)
			at = *(struct ks_str *)ks_vec_push(out) = *KS_VEC_AT(&next, struct ks_str, 0);
		ks_vec_release(&next);
	}
	return rc;
}

static int ask_matching(struct asking *asking, const char *list_sql, const char *sql, struct ks_err *err)
{
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(asking->of->inquiry);
	struct ks_vec values = KS_VEC_OF(struct ks_str);
	struct ks_arena arena = { NULL };
	int rc = list_values(asking->db, list_sql, &arena, &values, err);

	for (size_t i = 0; rc == 0 && i < values.n; i++) {
		struct ks_str value = *KS_VEC_AT(&values, struct ks_str, i);

		if (ks_inquiry_is_about(subject, &(struct ks_inquiry_event){ .arn = value, .ip = value }))
			rc = take_rows(asking, sql, value, err);
	}
	ks_vec_release(&values);
	ks_arena_release(&arena);
	return rc;
}

/* Sessions roll up to their key. */
static int ask_key(struct asking *asking, struct ks_str key, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_str actor = ks_str_of(ks_arena_printf(&arena, "key:" KS_STR_FMT, KS_STR_ARG(key)));
	int rc = take_rows(asking, COLUMNS "WHERE e.key_id = $1", key, err) != 0 ? -1 :
		take_rows(asking, COLUMNS "WHERE e.actor = $1", actor, err);

	ks_arena_release(&arena);
	return rc;
}

static int ask_subject(struct asking *asking, struct ks_err *err)
{
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(asking->of->inquiry);

	switch (subject->kind) {
	case KS_INQUIRY_KEY:
		return ask_key(asking, subject->value, err);
	case KS_INQUIRY_USER:
		return ask_matching(asking, "SELECT actor_arn FROM events WHERE actor_arn > $1 "
			"ORDER BY actor_arn LIMIT 1", DISTINCT_COLUMNS "WHERE e.actor_arn = $1", err);
	case KS_INQUIRY_IP:
		if (subject->net.base.bits != 32 || subject->net.prefix != 32)
			return ask_matching(asking, "SELECT ip FROM events WHERE ip > $1 ORDER BY ip LIMIT 1",
				DISTINCT_COLUMNS "WHERE e.ip = $1", err);
		return take_rows(asking, COLUMNS "WHERE e.ip = $1", subject->value, err) != 0 ? -1 :
			take_rows(asking, COLUMNS "WHERE e.ip = '::ffff:' || $1", subject->value, err);
	}
	return 0;
}

static int ask_own(const struct ks_investigator *of, struct ks_db *db, struct ks_err *err)
{
	struct asking asking = { .of = of, .db = db };
	int rc;

	asking.belt = ks_belt_start(take_own, &asking);
	rc = ask_subject(&asking, err);
	ks_belt_end(asking.belt);
	return rc;
}

/* Of a busy value some rows tell enough, and each lies somewhere else in the file. */
static unsigned most_of_each(size_t values)
{
	size_t most = values > 0 ? OTHERS_ALL / values : OTHERS_MOST;

	return most > OTHERS_MOST ? OTHERS_MOST : most < OTHERS_LEAST ? OTHERS_LEAST : (unsigned)most;
}

/* Drops the values that are not shared, and what is beyond SHARED_MOST. */
static void keep_shared(const struct ks_inquiry *inquiry, enum ks_inquiry_table table, struct ks_vec *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n && n < SHARED_MOST; i++) {
		struct ks_inquiry_row row = *KS_VEC_AT(rows, struct ks_inquiry_row, i);

		if (ks_inquiry_shares(inquiry, table, row.value))
			*KS_VEC_AT(rows, struct ks_inquiry_row, n++) = row;
	}
	rows->n = n;
}

static int ask_others(const struct ks_investigator *of, struct ks_db *db, enum ks_inquiry_table table,
	const char *column, struct ks_err *err)
{
	/* The subject's own events are left out before the limit; what slips through is told by is_about. */
	static const char *const own[] = { [KS_INQUIRY_KEY] = "e.actor", [KS_INQUIRY_USER] = "e.actor_arn",
		[KS_INQUIRY_IP] = "e.ip" };
	const char *mine = own[ks_inquiry_subject(of->inquiry)->kind];
	struct asking asking = { .of = of, .db = db };
	struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);
	char sql[512];
	int rc = 0;

	ks_inquiry_rows(of->inquiry, table, &rows);
	keep_shared(of->inquiry, table, &rows);
	snprintf(sql, sizeof(sql), COLUMNS "WHERE %s = $1 AND (%s IS NULL OR INSTR(%s, $2) = 0) LIMIT %u",
		column, mine, mine, most_of_each(rows.n));
	for (size_t i = 0; rc == 0 && i < rows.n; i++)
		rc = take_rows(&asking, sql, KS_VEC_AT(&rows, struct ks_inquiry_row, i)->value, err);
	ks_vec_release(&rows);
	return rc;
}

static int ask_all(const struct ks_investigator *of, struct ks_db *db, struct ks_err *err)
{
	int64_t count = 0, first_ms = KS_TIME_NONE, last_ms = KS_TIME_NONE;

	if (ask_own(of, db, err) != 0)
		return -1;
	if (ks_inquiry_total(of->inquiry).calls == 0) {
		if (ks_sql_int(db, "SELECT COUNT(*) FROM events", KS_SQL_NONE, &count, err) != 0 ||
			ks_sql_int(db, "SELECT MIN(time_ms) FROM events", KS_SQL_NONE, &first_ms, err) != 0 ||
			ks_sql_int(db, "SELECT MAX(time_ms) FROM events", KS_SQL_NONE, &last_ms, err) != 0)
			return -1;
		ks_inquiry_looked(of->inquiry, (uint64_t)count, first_ms, last_ms);
		return 0;
	}
	if (of->firsts != NULL && ks_firstuse_read(of->firsts, db, err) != 0)
		return -1;
	return ask_others(of, db, KS_INQUIRY_ADDRESSES, "e.ip", err) != 0 ||
		ask_others(of, db, KS_INQUIRY_AGENTS, "e.user_agent", err) != 0 ? -1 : 0;
}

int ks_investigator_store_ask(const struct ks_investigator *of, struct ks_db *db, struct ks_err *err)
{
	int rc;

	if (ks_db_begin_reading(db, err) != 0)
		return -1;
	rc = ask_all(of, db, err);
	ks_db_rollback(db);
	return rc;
}

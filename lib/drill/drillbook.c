/* The tables of a drill. */
#include "lib/drill/drillbook.h"

#include "lib/base/file.h"
#include "lib/base/time.h"
#include "lib/drill/timekeeper.h"
#include "lib/store/schema.h"
#include "lib/store/seat.h"
#include "lib/store/sql.h"

static int insert(struct ks_db *db, const struct ks_drillbook *book, struct ks_err *err)
{
	return ks_sql_run(db, "INSERT INTO drills (id, number, scenario, seed, noise, key_id, pace, start_ms, "
		"real_ms) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)", KS_SQL(KS_SQL_INT(book->number),
			KS_SQL_TEXT(book->scenario), KS_SQL_INT((int64_t)book->seed), KS_SQL_INT(book->noise),
			KS_SQL_TEXT(book->key), KS_SQL_TEXT(book->pace), KS_SQL_INT(book->start_ms),
			KS_SQL_INT(book->real_ms)), err);
}

int ks_drillbook_create(const struct ks_ctx *ctx, const char *path, const struct ks_drillbook *book,
	struct ks_db **out, struct ks_err *err)
{
	struct ks_db *db = NULL;

	if (ks_file_is_there(path))
		return ks_err_set(err, KS_ERR_EXISTS, "'%s' is there: a drill has a store of its own, give another "
			"directory or --store", path);
	if (ks_schema_open(ctx, path, KS_DB_CREATE, &db, err) != 0)
		return -1;
	if (insert(db, book, err) != 0) {
		ks_db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

int ks_drillbook_read(struct ks_db *db, struct ks_arena *arena, struct ks_drillbook *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT number, scenario, seed, noise, key_id, pace, start_ms, real_ms, "
		"ended_ms FROM drills WHERE id = 1", KS_SQL_NONE, &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0 && !has_row)
		rc = ks_err_set(err, KS_ERR_STATE, "store '%s' is of no drill: name the directory of one",
			ks_db_path(db));
	if (rc == 0)
		*out = (struct ks_drillbook){ .number = (uint32_t)ks_db_column_int(query, 0),
			.scenario = ks_arena_copy(arena, ks_db_column_text(query, 1)),
			.seed = (uint64_t)ks_db_column_int(query, 2), .noise = ks_db_column_int(query, 3),
			.key = ks_db_column_text(query, 4), .pace = ks_arena_copy(arena, ks_db_column_text(query, 5)),
			.start_ms = ks_db_column_int(query, 6), .real_ms = ks_db_column_int(query, 7),
			.ended_ms = ks_db_column_text(query, 8).p == NULL ? KS_TIME_NONE : ks_db_column_int(query, 8) };
	if (rc == 0 && out->key.p != NULL)
		out->key = ks_arena_copy(arena, out->key);
	ks_db_finish(query);
	return rc;
}

int ks_drillbook_end(struct ks_db *db, int64_t real_ms, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE drills SET ended_ms = $1 WHERE id = 1", KS_SQL(KS_SQL_INT(real_ms)), err);
}

int ks_drillbook_add(struct ks_db *db, const struct ks_drillbook_moment *moment, struct ks_err *err)
{
	return ks_sql_run(db, "INSERT INTO drill_moments (id, at_ms, real_ms, kind, incident, level, subject, "
		"body) VALUES ((SELECT coalesce(max(id), 0) + 1 FROM drill_moments), $1, $2, $3, $4, $5, $6, $7)",
		KS_SQL(KS_SQL_INT(moment->at_ms), KS_SQL_INT(moment->real_ms), KS_SQL_TEXT(moment->kind),
			KS_SQL_REF(moment->incident), KS_SQL_INT((int64_t)moment->level),
			KS_SQL_TEXT(moment->subject.p != NULL ? moment->subject : KS_STR("")),
			KS_SQL_TEXT(moment->body.p != NULL ? moment->body : KS_STR(""))), err);
}

int ks_drillbook_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT at_ms, real_ms, kind, incident, level, subject, body FROM "
		"drill_moments "
		"ORDER BY id", KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_drillbook_moment *)ks_vec_push(out) = (struct ks_drillbook_moment){
			ks_db_column_int(query, 0), ks_db_column_int(query, 1),
			ks_arena_copy(arena, ks_db_column_text(query, 2)), ks_db_column_int(query, 3),
			(enum ks_level)ks_db_column_int(query, 4), ks_arena_copy(arena, ks_db_column_text(query, 5)),
			ks_arena_copy(arena, ks_db_column_text(query, 6)) };
	ks_db_finish(query);
	return rc;
}

static const struct ks_drillbook_moment *find_moment(const struct ks_vec *moments, const char *kind)
{
	for (size_t i = moments->n; i-- > 0;) {
		const struct ks_drillbook_moment *moment = KS_VEC_AT(moments, struct ks_drillbook_moment, i);

		if (ks_str_is(moment->kind, kind))
			return moment;
	}
	return NULL;
}

bool ks_drillbook_is_running(const struct ks_ctx *ctx, struct ks_db *db, const struct ks_vec *moments)
{
	const struct ks_drillbook_moment *begin = find_moment(moments, "begin");
	struct ks_err ignored = { 0 };
	struct ks_seat *seat = NULL;
	int64_t number = 0;
	bool is_taken = true;

	if (begin == NULL || !ks_str_parse_int(begin->body, &number) || find_moment(moments, "end") != NULL ||
		find_moment(moments, "stop") != NULL)
		return false;
	/* A seat that we got ourselves was free. */
	if (ks_seat_open(ctx, ks_db_path(db), &seat, &ignored) == 0)
		is_taken = ks_seat_number(seat) != number && ks_seat_is_taken(seat, number);
	ks_seat_close(seat);
	return is_taken;
}

/* How far the drill's clock goes in so many milliseconds of ours behind a moment. */
static int64_t go_on(const struct ks_drillbook *book, int64_t ms)
{
	struct ks_err ignored = { 0 };
	int64_t pace = KS_TIMEKEEPER_UNIT;

	if (ks_timekeeper_parse(book->pace, &pace, &ignored) != 0 || pace == KS_TIMEKEEPER_INSTANT)
		pace = KS_TIMEKEEPER_UNIT;
	return (int64_t)((double)ms * (double)pace / KS_TIMEKEEPER_UNIT);
}

int64_t ks_drillbook_time(const struct ks_drillbook *book, const struct ks_vec *moments, int64_t real_ms)
{
	const struct ks_drillbook_moment *before = NULL;
	bool is_paused = false;

	/* Between two moments the drill's clock went evenly. */
	for (size_t i = 0; i < moments->n; i++) {
		const struct ks_drillbook_moment *moment = KS_VEC_AT(moments, struct ks_drillbook_moment, i);

		if (moment->real_ms > real_ms) {
			if (before == NULL || moment->real_ms == before->real_ms)
				return moment->at_ms;
			return before->at_ms + (int64_t)((double)(moment->at_ms - before->at_ms) *
				(double)(real_ms - before->real_ms) / (double)(moment->real_ms - before->real_ms));
		}
		before = moment;
		is_paused = ks_str_is(moment->kind, "pause") || (is_paused && !ks_str_is(moment->kind, "resume"));
	}
	if (before == NULL)
		return real_ms;
	return before->at_ms + (is_paused ? 0 : go_on(book, real_ms - before->real_ms));
}

int ks_drillbook_order(struct ks_db *db, const struct ks_drillbook_order *order, struct ks_err *err)
{
	return ks_sql_run(db, "INSERT INTO drill_orders (id, what, body) VALUES ((SELECT coalesce(max(id), "
		"0) + 1 "
		"FROM drill_orders), $1, $2)", KS_SQL(KS_SQL_TEXT(order->what),
			KS_SQL_TEXT(order->body.p != NULL ? order->body : KS_STR(""))), err);
}

int ks_drillbook_take(struct ks_db *db, int64_t real_ms, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	size_t before = out->n;
	int64_t last = 0;
	int rc = ks_sql_open(db, "SELECT what, body, id FROM drill_orders WHERE done_ms IS NULL ORDER BY id",
		KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		*(struct ks_drillbook_order *)ks_vec_push(out) = (struct ks_drillbook_order){
			ks_arena_copy(arena, ks_db_column_text(query, 0)),
			ks_arena_copy(arena, ks_db_column_text(query, 1)) };
		last = ks_db_column_int(query, 2);
	}
	ks_db_finish(query);
	if (rc == 0 && out->n > before)
		rc = ks_sql_run(db, "UPDATE drill_orders SET done_ms = $1 WHERE done_ms IS NULL AND id <= $2",
			KS_SQL(KS_SQL_INT(real_ms), KS_SQL_INT(last)), err);
	return rc;
}

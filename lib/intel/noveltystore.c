/* The novelty table. */
#include "lib/intel/noveltystore.h"

#include "lib/base/mem.h"
#include "lib/store/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_HELD 1000000u      /* values and actors in memory; past it they are read anew */
#define PRUNE_MS KS_TIME_DAY    /* between looks for old rows */

struct ks_noveltystore {
	struct ks_db *db;
	struct ks_novelty *novelty;
	bool is_whole;
	bool has_since;             /* the row without an actor was read */
	int64_t pruned_ms;          /* 0: not yet */
};

static const char *const kinds[KS_NOVELTY_ROW_KINDS] = { "service", "region", "ip", "active", "since" };

struct ks_noveltystore *ks_noveltystore_new(struct ks_db *db, struct ks_novelty *novelty, bool is_whole)
{
	struct ks_noveltystore *store = ks_mem_alloc(sizeof(*store));

	*store = (struct ks_noveltystore){ .db = db, .novelty = novelty, .is_whole = is_whole };
	return store;
}

void ks_noveltystore_free(struct ks_noveltystore *store)
{
	free(store);
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* A kind that is not known is a newer program's, and passed over. */
static void add_row(struct ks_novelty *novelty, struct ks_db_query *query)
{
	struct ks_novelty_row row = { .actor = ks_db_column_text(query, 0),
		.value = ks_db_column_text(query, 2), .first_ms = ks_db_column_int(query, 3),
		.last_ms = ks_db_column_int(query, 4) };
	struct ks_str kind = ks_db_column_text(query, 1);

	for (int i = 0; i < KS_NOVELTY_ROW_KINDS; i++) {
		if (!ks_str_is(kind, kinds[i]))
			continue;
		row.kind = (enum ks_novelty_kind)i;
		ks_novelty_add(novelty, &row);
	}
}

static int read_rows(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_novelty *novelty, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, sql, values, n, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		add_row(novelty, query);
	ks_db_finish(query);
	return rc;
}

#define COLUMNS "SELECT actor, kind, value, first_ms, last_ms FROM novelty"

int ks_noveltystore_load(struct ks_db *db, struct ks_novelty *novelty, struct ks_err *err)
{
	return read_rows(db, COLUMNS, KS_SQL_NONE, novelty, err);
}

static struct ks_str stored_name(struct ks_str actor)
{
	return ks_str_sub(actor, 0, KS_NOVELTY_TEXT);
}

int ks_noveltystore_read(struct ks_db *db, struct ks_str actor, struct ks_novelty *novelty,
	struct ks_err *err)
{
	return read_rows(db, COLUMNS " WHERE actor = $1", KS_SQL(KS_SQL_TEXT(stored_name(actor))), novelty, err);
}

int ks_noveltystore_take(struct ks_noveltystore *store, const struct ks_novelty_sight *sight,
	struct ks_novelty_verdict *out, struct ks_err *err)
{
	if (!store->is_whole && !store->has_since &&
		ks_noveltystore_read(store->db, KS_STR(""), store->novelty, err) != 0)
		return -1;
	store->has_since = true;
	if (sight->actor.n > 0 && sight->time_ms != KS_TIME_NONE &&
		ks_novelty_learns(store->novelty, sight->values[KS_NOVELTY_SERVICE]) &&
		!ks_novelty_meet(store->novelty, sight->actor) && !store->is_whole &&
		ks_noveltystore_read(store->db, sight->actor, store->novelty, err) != 0)
		return -1;
	ks_novelty_observe(store->novelty, sight);
	ks_novelty_judge(store->novelty, sight, out);
	return 0;
}

/* ---- writing ----------------------------------------------------------------------------------- */

struct writing {
	struct ks_db *db;
	struct ks_err *err;
};

/* Rows of an actor's times may overlap, since others write as well: together they say what holds. Those
 * within another one say nothing any more. */
static int drop_absorbed(const struct writing *w, const struct ks_novelty_row *row)
{
	return ks_sql_run(w->db, "DELETE FROM novelty WHERE actor = $1 AND kind = 'active' AND "
		"first_ms > $2 AND last_ms <= $3",
		KS_SQL(KS_SQL_TEXT(row->actor), KS_SQL_INT(row->first_ms), KS_SQL_INT(row->last_ms)), w->err);
}

/* ACTIVE rows have their first time as their value, which tells them apart. */
static int put_row(void *arg, const struct ks_novelty_row *row)
{
	const struct writing *w = arg;
	char first[32];
	struct ks_str value = row->value.n > 0 ? row->value : KS_STR("");

	snprintf(first, sizeof(first), "%lld", (long long)row->first_ms);
	if (row->kind == KS_NOVELTY_ACTIVE)
		value = ks_str_of(first);
	if (row->absorbs && drop_absorbed(w, row) != 0)
		return -1;
	return ks_sql_run(w->db,
		"INSERT INTO novelty (actor, kind, value, first_ms, last_ms) VALUES ($1, $2, $3, $4, $5) "
		"ON CONFLICT (actor, kind, value) DO UPDATE SET "
		"first_ms = CASE WHEN excluded.first_ms < novelty.first_ms THEN excluded.first_ms "
		"ELSE novelty.first_ms END, "
		"last_ms = CASE WHEN excluded.last_ms > novelty.last_ms THEN excluded.last_ms "
		"ELSE novelty.last_ms END",
		KS_SQL(KS_SQL_TEXT(row->actor), KS_SQL_TEXT(ks_str_of(kinds[row->kind])), KS_SQL_TEXT(value),
			KS_SQL_INT(row->first_ms), KS_SQL_INT(row->last_ms)), w->err);
}

/* A record from the future must not make everything old. */
static int prune(struct ks_noveltystore *store, int64_t now_ms, struct ks_err *err)
{
	int64_t newest = INT64_MIN;

	if (store->pruned_ms != 0 && now_ms - store->pruned_ms < PRUNE_MS)
		return 0;
	store->pruned_ms = now_ms;
	if (ks_sql_int(store->db, "SELECT last_ms FROM novelty WHERE actor = '' AND kind = 'since' "
		"ORDER BY last_ms DESC LIMIT 1", KS_SQL_NONE, &newest, err) != 0)
		return -1;
	if (newest == INT64_MIN)
		return 0;
	newest = newest < now_ms ? newest : now_ms;
	return ks_sql_run(store->db, "DELETE FROM novelty WHERE actor <> '' AND last_ms < $1",
		KS_SQL(KS_SQL_INT(newest - KS_NOVELTYSTORE_KEEP_MS)), err);
}

int ks_noveltystore_save(struct ks_noveltystore *store, int64_t now_ms, struct ks_err *err)
{
	struct writing writing = { store->db, err };

	if (ks_novelty_changes(store->novelty, put_row, &writing) != 0)
		return -1;
	return prune(store, now_ms, err);
}

void ks_noveltystore_committed(struct ks_noveltystore *store)
{
	ks_novelty_settle(store->novelty);
	if (store->is_whole || ks_novelty_size(store->novelty) < MOST_HELD)
		return;
	ks_novelty_clear(store->novelty);
	store->has_since = false;
}

void ks_noveltystore_aborted(struct ks_noveltystore *store)
{
	if (store->is_whole)
		return;
	ks_novelty_clear(store->novelty);
	store->has_since = false;
}

/* What we asked of AWS ourselves. */
#include "lib/incident/owncall.h"

#include "lib/base/mem.h"
#include "lib/store/schema.h"
#include "lib/store/sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MOST 10000u /* calls that could not be written */
#define PRUNE_MS (INT64_C(24) * 3600 * 1000)
#define BULK_MOST 10u /* written at once in a second, of many */

struct waiting {
	struct ks_settings_call call;    /* request_id empty: whose key it is */
	struct ks_str arn, unique_id;
};

struct ks_owncall {
	const struct ks_ctx *ctx;
	struct ks_settings_witness witness;
	pthread_mutex_t lock;            /* of what follows */
	struct ks_db *db;                /* NULL: not open yet */
	struct ks_arena arena;           /* of those that wait */
	struct ks_vec waiting;           /* struct waiting */
	char *path;
	bool is_bulk;
	int64_t pruned_ms;               /* 0: never */
	int64_t second;                  /* is_bulk: the one that flushes are counted in */
	unsigned flushes;
};

/* ---- writing ---- */

static int put_call(struct ks_db *db, const struct ks_settings_call *call, struct ks_err *err)
{
	return ks_sql_run(db, "INSERT INTO own_calls (id, request_id, key_id, service, operation, made_ms) "
		"SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM own_calls WHERE 1 = 1 "
		"ON CONFLICT (request_id) DO NOTHING",
		KS_SQL(KS_SQL_TEXT(call->request_id), KS_SQL_TEXT(call->key_id),
			KS_SQL_TEXT(ks_str_of(call->service)), KS_SQL_TEXT(ks_str_of(call->operation)),
			KS_SQL_INT(call->time_ms)), err);
}

static int put_identity(struct ks_db *db, const struct waiting *w, struct ks_err *err)
{
	if (ks_sql_run(db, "INSERT INTO own_identities (id, arn, unique_id, first_ms) "
		"SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3 FROM own_identities WHERE 1 = 1 "
		"ON CONFLICT (arn, unique_id) DO NOTHING",
		KS_SQL(KS_SQL_TEXT(w->arn), KS_SQL_TEXT(w->unique_id), KS_SQL_INT(w->call.time_ms)), err) != 0)
		return -1;
	return ks_sql_run(db, "INSERT INTO own_keys (key_id, number, identity, seen_ms) SELECT $1, "
		"(SELECT COALESCE(MAX(number), 0) + 1 FROM own_keys), id, $2 FROM own_identities "
		"WHERE arn = $3 AND unique_id = $4 ON CONFLICT (key_id) DO UPDATE SET number = excluded.number, "
		"identity = excluded.identity, seen_ms = excluded.seen_ms",
		KS_SQL(KS_SQL_TEXT(w->call.key_id), KS_SQL_INT(w->call.time_ms), KS_SQL_TEXT(w->arn),
			KS_SQL_TEXT(w->unique_id)), err);
}

/* Once a day: what can matter no more. */
static int prune(struct ks_owncall *owncall, struct ks_err *err)
{
	int64_t now = ks_ctx_now(owncall->ctx), before = now - KS_OWNCALL_KEPT_MS;

	if (owncall->pruned_ms != 0 && now >= owncall->pruned_ms && now - owncall->pruned_ms < PRUNE_MS)
		return 0;
	if (ks_sql_run(owncall->db, "DELETE FROM own_calls WHERE made_ms < $1", KS_SQL(KS_SQL_INT(before)),
			err) != 0 ||
		ks_sql_run(owncall->db, "DELETE FROM own_keys WHERE seen_ms < $1 AND NOT EXISTS (SELECT 1 FROM "
			"own_calls c WHERE c.key_id = own_keys.key_id)", KS_SQL(KS_SQL_INT(before)), err) != 0 ||
		ks_sql_run(owncall->db, "DELETE FROM own_identities WHERE NOT EXISTS (SELECT 1 FROM own_keys k "
			"WHERE k.identity = own_identities.id)", KS_SQL_NONE, err) != 0)
		return -1;
	owncall->pruned_ms = now;
	return 0;
}

/* The store that the command works with, as it is: making one, or bringing one up to date, is for others. */
static int open_store(struct ks_owncall *owncall, struct ks_err *err)
{
	int version = 0;

	if (owncall->db != NULL)
		return 0;
	if (ks_db_open(owncall->path, KS_DB_WRITE, KS_SCHEMA_APPLICATION, &owncall->db, err) != 0)
		return -1;
	ks_db_set_turn(owncall->db, owncall->ctx->turn);
	ks_db_hurry(owncall->db);
	ks_db_keep_log(owncall->db);
	if (ks_db_version(owncall->db, &version, err) == 0 && version == ks_schema_version())
		return ks_db_relax(owncall->db, err);
	ks_db_close(owncall->db);
	owncall->db = NULL;
	return ks_err_set(err, KS_ERR_STATE, "the store '%s' is of another version", owncall->path);
}

static int write_all(struct ks_owncall *owncall, struct ks_err *err)
{
	int rc = 0;

	if (open_store(owncall, err) != 0 || ks_db_begin(owncall->db, err) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < owncall->waiting.n; i++) {
		const struct waiting *w = KS_VEC_AT(&owncall->waiting, struct waiting, i);

		rc = w->call.request_id.n > 0 ? put_call(owncall->db, &w->call, err) :
			put_identity(owncall->db, w, err);
	}
	if (rc == 0)
		rc = prune(owncall, err);
	if (rc != 0) {
		ks_db_rollback(owncall->db);
		return -1;
	}
	rc = ks_db_commit(owncall->db, err);
	ks_db_tidy(owncall->db, true);
	return rc;
}

/* Under the lock. What fails now is tried again with the next. */
static void flush(struct ks_owncall *owncall, bool is_last)
{
	struct ks_err err = { 0 };

	if (owncall->waiting.n == 0)
		return;
	if (write_all(owncall, &err) == 0) {
		ks_vec_clear(&owncall->waiting);
		ks_arena_clear(&owncall->arena);
	} else if (is_last && err.code != KS_ERR_NOTFOUND) {
		ks_log_write(&owncall->ctx->log, KS_LOG_WARNING, "what was asked of AWS could not be written down, "
			"and its records in the trail will be taken for somebody else's: %s", err.message);
	}
}

/* ---- the witness ---- */

static bool may_wait(struct ks_owncall *owncall)
{
	int64_t second = ks_ctx_now(owncall->ctx) / 1000;

	if (second != owncall->second)
		owncall->flushes = 0;
	owncall->second = second;
	return owncall->is_bulk && owncall->waiting.n < WAITING_MOST && owncall->flushes++ >= BULK_MOST;
}

static void add(struct ks_owncall *owncall, const struct waiting *given)
{
	struct waiting w = *given;

	pthread_mutex_lock(&owncall->lock);
	if (owncall->waiting.n < WAITING_MOST) {
		w.call.request_id = ks_arena_copy(&owncall->arena, w.call.request_id);
		w.call.key_id = ks_arena_copy(&owncall->arena, w.call.key_id);
		w.arn = ks_arena_copy(&owncall->arena, w.arn);
		w.unique_id = ks_arena_copy(&owncall->arena, w.unique_id);
		*(struct waiting *)ks_vec_push(&owncall->waiting) = w;
	}
	if (!may_wait(owncall))
		flush(owncall, false);
	pthread_mutex_unlock(&owncall->lock);
}

static void called(void *arg, const struct ks_settings_call *call)
{
	if (call->key_id.n > 0)
		add(arg, &(struct waiting){ .call = *call, .arn = KS_STR(""), .unique_id = KS_STR("") });
}

static void acted(void *arg, struct ks_str key_id, struct ks_str arn, struct ks_str unique_id)
{
	struct ks_owncall *owncall = arg;

	if (key_id.n > 0 && arn.n > 0)
		add(owncall, &(struct waiting){ .call = { .request_id = KS_STR(""), .key_id = key_id,
			.time_ms = ks_ctx_now(owncall->ctx) }, .arn = arn,
			.unique_id = unique_id.p != NULL ? unique_id : KS_STR("") });
}

void ks_owncall_open(const struct ks_ctx *ctx, const char *store_path, struct ks_settings *settings,
	struct ks_owncall **out)
{
	struct ks_owncall *owncall = ks_mem_alloc(sizeof(*owncall));

	owncall->ctx = ctx;
	owncall->witness = (struct ks_settings_witness){ called, acted, owncall };
	owncall->waiting = KS_VEC_OF(struct waiting);
	owncall->path = ks_mem_copy(store_path, strlen(store_path));
	ks_arena_init(&owncall->arena);
	pthread_mutex_init(&owncall->lock, NULL);
	settings->witness = &owncall->witness;
	*out = owncall;
}

void ks_owncall_set_bulk(struct ks_owncall *owncall)
{
	owncall->is_bulk = true;
}

void ks_owncall_settle(struct ks_owncall *owncall)
{
	if (owncall == NULL)
		return;
	pthread_mutex_lock(&owncall->lock);
	flush(owncall, false);
	pthread_mutex_unlock(&owncall->lock);
}

void ks_owncall_close(struct ks_owncall *owncall)
{
	if (owncall == NULL)
		return;
	flush(owncall, true);
	ks_db_close(owncall->db);
	pthread_mutex_destroy(&owncall->lock);
	ks_vec_release(&owncall->waiting);
	ks_arena_release(&owncall->arena);
	free(owncall->path);
	free(owncall);
}

/* ---- reading ---- */

int ks_owncall_identities(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT id, arn, unique_id, first_ms FROM own_identities ORDER BY id",
		KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_owncall_identity *)ks_vec_push(out) = (struct ks_owncall_identity){
			ks_db_column_int(query, 0), ks_sql_text(query, 1, arena), ks_sql_text(query, 2, arena),
			ks_db_column_int(query, 3) };
	ks_db_finish(query);
	return rc;
}

int ks_owncall_keys(struct ks_db *db, int64_t behind, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT number, key_id, identity FROM own_keys WHERE number > $1 "
		"ORDER BY number", KS_SQL(KS_SQL_INT(behind)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_owncall_key *)ks_vec_push(out) = (struct ks_owncall_key){ ks_db_column_int(query, 0),
			ks_sql_text(query, 1, arena), ks_db_column_int(query, 2) };
	ks_db_finish(query);
	return rc;
}

int ks_owncall_list(struct ks_db *db, int64_t behind, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT id, request_id, key_id, made_ms FROM own_calls WHERE id > $1 "
		"ORDER BY id",
		KS_SQL(KS_SQL_INT(behind)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_owncall_row *)ks_vec_push(out) = (struct ks_owncall_row){ ks_db_column_int(query, 0),
			ks_sql_text(query, 1, arena), ks_sql_text(query, 2, arena),
			ks_db_column_int(query, 3) };
	ks_db_finish(query);
	return rc;
}

/* lib/intel/noveltystore: what is kept over batches, restarts and aborts, by one writer and by two. */
#include "lib/intel/noveltystore.h"

#include "lib/store/schema.h"
#include "lib/store/sql.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#define START (INT64_C(1767225600000))
#define DAY KS_TIME_DAY
#define HOUR (DAY / 24)

/* One program that keeps novelty. */
struct writer {
	struct ks_db *db;
	struct ks_novelty *novelty;
	struct ks_noveltystore *store;
};

static void writer_open(struct writer *w, struct fixture *f)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_schema_open(&f->ctx, fixture_path(f, "s.db"), KS_DB_CREATE, &w->db, &err), 0);
	w->novelty = ks_novelty_new(0);
	w->store = ks_noveltystore_new(w->db, w->novelty, false);
}

static void writer_close(struct writer *w)
{
	ks_noveltystore_free(w->store);
	ks_novelty_free(w->novelty);
	ks_db_close(w->db);
}

static struct ks_novelty_verdict take(struct writer *w, int64_t ms, const char *actor, const char *service)
{
	struct ks_novelty_sight sight = { ks_str_of(actor), START + ms, { ks_str_of(service), { NULL, 0 },
		{ NULL, 0 } } };
	struct ks_novelty_verdict verdict;
	struct ks_err err = { 0 };

	assert_int_equal(ks_noveltystore_take(w->store, &sight, &verdict, &err), 0);
	return verdict;
}

static void begin(struct writer *w)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_db_begin(w->db, &err), 0);
}

static void commit(struct writer *w, int64_t now_ms)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_noveltystore_save(w->store, START + now_ms, &err), 0);
	assert_int_equal(ks_db_commit(w->db, &err), 0);
	ks_noveltystore_committed(w->store);
}

static int64_t count(struct writer *w, const char *sql)
{
	struct ks_err err = { 0 };
	int64_t n = -1;

	assert_int_equal(ks_sql_int(w->db, sql, KS_SQL_NONE, &n, &err), 0);
	return n;
}

static void survives_a_restart(void **state)
{
	struct fixture f;
	struct writer w;

	(void)state;
	fixture_init(&f);
	writer_open(&w, &f);
	begin(&w);
	assert_int_equal(take(&w, 0, "a", "s3").first_seen[KS_NOVELTY_SERVICE], 1);
	commit(&w, 0);
	writer_close(&w);
	writer_open(&w, &f);
	begin(&w);
	assert_int_equal(take(&w, 40 * DAY, "a", "s3").first_seen[KS_NOVELTY_SERVICE], 0);
	assert_int_equal(take(&w, 40 * DAY, "a", "ses").first_seen[KS_NOVELTY_SERVICE], 1);
	assert_int_equal(take(&w, 40 * DAY, "a", "ses").idle_days, 40);
	commit(&w, 40 * DAY);
	assert_int_equal(count(&w, "SELECT COUNT(*) FROM novelty WHERE kind = 'active'"), 2);
	begin(&w);
	take(&w, 20 * DAY, "a", "ses");
	take(&w, 20 * DAY - HOUR, "a", "ses");
	commit(&w, 40 * DAY);
	begin(&w);
	take(&w, 20 * DAY - 2 * HOUR, "a", "ses");
	commit(&w, 40 * DAY);
	assert_int_equal(count(&w, "SELECT COUNT(*) FROM novelty WHERE kind = 'active'"), 3);
	writer_close(&w);
	writer_open(&w, &f);
	assert_int_equal(take(&w, 40 * DAY, "a", "s3").idle_days, 20);
	assert_int_equal(take(&w, 20 * DAY - 2 * HOUR, "a", "s3").idle_days, 19);
	writer_close(&w);
	fixture_release(&f);
}

/* A batch that was given up leaves nothing behind: read again, it is what it was. */
static void forgets_what_was_aborted(void **state)
{
	struct fixture f;
	struct writer w;

	(void)state;
	fixture_init(&f);
	writer_open(&w, &f);
	begin(&w);
	take(&w, 0, "a", "s3");
	commit(&w, 0);
	for (int i = 0; i < 2; i++) {
		begin(&w);
		take(&w, 9 * DAY, "a", "ses");
		take(&w, 10 * DAY, "a", "ses");
		ks_db_rollback(w.db);
		ks_noveltystore_aborted(w.store);
	}
	begin(&w);
	assert_int_equal(take(&w, 10 * DAY, "a", "ses").first_seen[KS_NOVELTY_SERVICE], 1);
	assert_int_equal(take(&w, 10 * DAY, "a", "s3").first_seen[KS_NOVELTY_SERVICE], 0);
	assert_int_equal(take(&w, 10 * DAY, "a", "ses").idle_days, 10);
	commit(&w, 10 * DAY);
	writer_close(&w);
	fixture_release(&f);
}

/* Each read before the other wrote: nothing of either is lost. */
static void two_write(void **state)
{
	struct writer a, b;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	writer_open(&a, &f);
	writer_open(&b, &f);
	begin(&a);
	take(&a, 0, "x", "s3");
	commit(&a, 0);
	take(&b, DAY * 9, "x", "ses");
	begin(&a);
	take(&a, DAY * 5, "x", "ses");
	commit(&a, DAY * 9);
	begin(&b);
	commit(&b, DAY * 9);
	assert_int_equal(count(&a, "SELECT COUNT(*) FROM novelty WHERE kind = 'active'"), 3);
	assert_int_equal(count(&a, "SELECT first_ms FROM novelty WHERE value = 'ses'"), START + DAY * 5);
	assert_int_equal(count(&a, "SELECT last_ms FROM novelty WHERE value = 'ses'"), START + DAY * 9);
	assert_int_equal(count(&a, "SELECT last_ms FROM novelty WHERE kind = 'since'"), START + DAY * 9);
	writer_close(&a);
	writer_close(&b);
	fixture_release(&f);
}

static void drops_what_is_old(void **state)
{
	struct fixture f;
	struct writer w;

	(void)state;
	fixture_init(&f);
	writer_open(&w, &f);
	begin(&w);
	take(&w, 0, "old", "s3");
	take(&w, 300 * DAY, "new", "s3");
	/* A record from the future ages nothing. */
	take(&w, 3000 * DAY, "future", "s3");
	commit(&w, 300 * DAY);
	assert_int_equal(count(&w, "SELECT COUNT(*) FROM novelty WHERE actor = 'old'"), 2);
	begin(&w);
	take(&w, 401 * DAY, "new", "s3");
	commit(&w, 401 * DAY);
	assert_int_equal(count(&w, "SELECT COUNT(*) FROM novelty WHERE actor = 'old'"), 0);
	assert_int_equal(count(&w, "SELECT COUNT(*) FROM novelty WHERE actor = 'new' AND kind = 'active'"), 2);
	assert_int_equal(count(&w, "SELECT first_ms FROM novelty WHERE kind = 'since'"), START);
	writer_close(&w);
	fixture_release(&f);
}

static void loads_all(void **state)
{
	struct ks_novelty *novelty = ks_novelty_new(0);
	struct ks_err err = { 0 };
	struct fixture f;
	struct writer w;

	(void)state;
	fixture_init(&f);
	writer_open(&w, &f);
	begin(&w);
	take(&w, 0, "a", "s3");
	take(&w, 0, "b", "s3");
	commit(&w, 0);
	assert_int_equal(ks_noveltystore_load(w.db, novelty, &err), 0);
	assert_int_equal(ks_novelty_size(novelty), 4);
	ks_novelty_free(novelty);
	writer_close(&w);
	fixture_release(&f);
}

int main(void)
{
	struct rows list = { .n = 0 };

	ROWS_TEST(&list, survives_a_restart);
	ROWS_TEST(&list, forgets_what_was_aborted);
	ROWS_TEST(&list, two_write);
	ROWS_TEST(&list, drops_what_is_old);
	ROWS_TEST(&list, loads_all);
	return rows_run("noveltystore", &list);
}

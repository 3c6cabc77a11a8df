/* lib/trail/keepsake: what is kept, and what is known to be gone; with a commit or not at all. */
#include "lib/trail/keepsake.h"

#include "lib/base/ctx.h"
#include "lib/base/mem.h"
#include "lib/store/schema.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOURCE KS_STR("sqs:q")
#define LARGE ((size_t)KS_KEEPSAKE_LARGEST)

struct fixture {
	char dir[64], path[80];
	struct ks_ctx ctx;
	struct ks_db *db;
	struct ks_arena arena;
};

static void begin(struct fixture *f)
{
	struct ks_err err = { 0 };

	*f = (struct fixture){ 0 };
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_keepsake.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/store", f->dir);
	ks_ctx_init(&f->ctx);
	assert_int_equal(ks_schema_open(&f->ctx, f->path, KS_DB_CREATE, &f->db, &err), 0);
}

static void end(struct fixture *f)
{
	ks_db_close(f->db);
	ks_arena_release(&f->arena);
	unlink(f->path);
	rmdir(f->dir);
}

static void put(struct fixture *f, struct ks_str source, const char *name, struct ks_str bytes, int64_t now)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_keepsake_put(f->db, source,
		&(struct ks_source_keepsake){ .name = name, .account = KS_STR("123456789012"), .bytes = bytes }, now,
		&err), 0);
}

/* The names of what was kept since then, the latest first. */
static const char *names(struct fixture *f, int64_t since)
{
	struct ks_source_keepsake kept = { 0 };
	struct ks_err err = { 0 };
	bool has_any = true;
	char *out = ks_arena_printf(&f->arena, "%s", "");

	while (has_any) {
		assert_int_equal(ks_keepsake_find(f->db, SOURCE, since, &f->arena, &kept, &has_any, &err), 0);
		if (has_any)
			out = ks_arena_printf(&f->arena, "%s%s ", out, kept.name);
	}
	return out;
}

static bool is_whole(struct fixture *f, int64_t since)
{
	struct ks_err err = { 0 };
	bool out = false;

	assert_int_equal(ks_keepsake_is_whole(f->db, SOURCE, since, &out, &err), 0);
	return out;
}

static void prune(struct fixture *f, int64_t before)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_keepsake_prune(f->db, SOURCE, before, &err), 0);
}

static void keeps_the_latest_first(void **state)
{
	struct ks_source_keepsake kept = { 0 };
	struct ks_err err = { 0 };
	struct fixture f;
	bool has_any = false;

	(void)state;
	begin(&f);
	assert_string_equal(names(&f, 0), "");
	put(&f, SOURCE, "a", KS_STR("1"), 10);
	put(&f, KS_STR("sqs:other"), "b", KS_STR("2"), 20);
	put(&f, SOURCE, "c", KS_STR("3\0" "4"), 30);
	assert_string_equal(names(&f, 0), "c a ");
	assert_string_equal(names(&f, 30), "c ");
	assert_string_equal(names(&f, 31), "");
	assert_int_equal(ks_keepsake_find(f.db, SOURCE, 0, &f.arena, &kept, &has_any, &err), 0);
	assert_true(ks_str_is(kept.account, "123456789012"));
	assert_true(kept.bytes.n == 3 && memcmp(kept.bytes.p, "3\0" "4", 3) == 0);
	assert_true(is_whole(&f, 0));
	end(&f);
}

static void goes_with_its_transaction(void **state)
{
	struct ks_err err = { 0 };
	struct fixture f;

	(void)state;
	begin(&f);
	assert_int_equal(ks_db_begin(f.db, &err), 0);
	put(&f, SOURCE, "a", KS_STR("1"), 10);
	ks_db_rollback(f.db);
	assert_string_equal(names(&f, 0), "");
	assert_int_equal(ks_db_begin(f.db, &err), 0);
	put(&f, SOURCE, "b", KS_STR("1"), 10);
	assert_int_equal(ks_db_commit(f.db, &err), 0);
	ks_db_close(f.db);
	assert_int_equal(ks_schema_open(&f.ctx, f.path, KS_DB_WRITE, &f.db, &err), 0);
	assert_string_equal(names(&f, 0), "b ");
	end(&f);
}

static void drops_what_is_old(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	put(&f, SOURCE, "a", KS_STR("1"), 10);
	put(&f, SOURCE, "b", KS_STR("1"), 20);
	prune(&f, 20);
	assert_string_equal(names(&f, 0), "b ");
	assert_true(is_whole(&f, 20));
	prune(&f, 21);
	put(&f, SOURCE, "c", KS_STR("1"), 30);
	assert_string_equal(names(&f, 0), "c ");
	end(&f);
}

static void says_what_was_too_much(void **state)
{
	char *bytes = ks_mem_alloc(LARGE + 1);
	struct fixture f;

	(void)state;
	begin(&f);
	put(&f, SOURCE, "too-large", (struct ks_str){ bytes, LARGE + 1 }, 5);
	put(&f, SOURCE, "gone", (struct ks_str){ NULL, 0 }, 4);
	assert_string_equal(names(&f, 0), "");
	assert_false(is_whole(&f, 5));
	assert_true(is_whole(&f, 6));
	for (int i = 0; i < 9; i++)
		put(&f, SOURCE, (const char[]){ (char)('a' + i), '\0' }, (struct ks_str){ bytes, LARGE }, 10 + i);
	prune(&f, 0);
	assert_string_equal(names(&f, 0), "i h g f e d c b ");
	assert_false(is_whole(&f, 10));
	assert_true(is_whole(&f, 11));
	prune(&f, 0);
	assert_string_equal(names(&f, 0), "i h g f e d c b ");
	/* What it lost is forgotten in time as well. */
	prune(&f, 15);
	assert_string_equal(names(&f, 0), "i h g f ");
	assert_true(is_whole(&f, 0));
	end(&f);
	free(bytes);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, keeps_the_latest_first);
	ROWS_TEST(&rows, goes_with_its_transaction);
	ROWS_TEST(&rows, drops_what_is_old);
	ROWS_TEST(&rows, says_what_was_too_much);
	return rows_run("keepsake", &rows);
}

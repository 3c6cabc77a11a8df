/* lib/trail/aside: what is kept, how much of it, and that it goes with its transaction. */
#include "lib/trail/aside.h"

#include "lib/base/ctx.h"
#include "lib/base/mem.h"
#include "lib/store/schema.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	char dir[64], path[80];
	struct ks_ctx ctx;
	struct ks_db *db;
	struct ks_arena arena;
	struct ks_vec list;
};

static void begin(struct fixture *f)
{
	struct ks_err err = { 0 };

	*f = (struct fixture){ .list = KS_VEC_OF(struct ks_aside) };
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_aside.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/store", f->dir);
	ks_ctx_init(&f->ctx);
	assert_int_equal(ks_schema_open(&f->ctx, f->path, KS_DB_CREATE, &f->db, &err), 0);
}

static void end(struct fixture *f)
{
	ks_db_close(f->db);
	ks_vec_release(&f->list);
	ks_arena_release(&f->arena);
	unlink(f->path);
	rmdir(f->dir);
}

static void put(struct fixture *f, const char *name, struct ks_str body, int64_t now)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_aside_put(f->db, KS_STR("sqs:q"), &(struct ks_source_aside){ name, body, "why" },
		now,
		&err), 0);
}

static const struct ks_aside *list(struct fixture *f, size_t n)
{
	struct ks_err err = { 0 };

	ks_vec_clear(&f->list);
	assert_int_equal(ks_aside_list(f->db, 5000, &f->arena, &f->list, &err), 0);
	assert_int_equal(f->list.n, n);
	return f->list.p;
}

static void keeps_the_latest_first(void **state)
{
	struct ks_err err = { 0 };
	struct fixture f;
	int64_t n = -1;

	(void)state;
	begin(&f);
	put(&f, "a", KS_STR("x\0y"), 10);
	put(&f, "b", KS_STR(""), 20);
	put(&f, "c", (struct ks_str){ NULL, 0 }, 30);
	assert_string_equal(list(&f, 3)[0].name.p, "c");
	assert_string_equal(list(&f, 3)[2].why.p, "why");
	assert_int_equal(list(&f, 3)[2].body.n, 3);
	assert_memory_equal(list(&f, 3)[2].body.p, "x\0y", 3);
	assert_int_equal(ks_aside_count(f.db, 20, &n, &err), 0);
	assert_int_equal(n, 2);
	/* It came again. */
	put(&f, "a", KS_STR("z"), 40);
	assert_string_equal(list(&f, 3)[0].body.p, "z");
	end(&f);
}

static void has_bounds(void **state)
{
	char *body = ks_mem_alloc(KS_ASIDE_BODY + 10), name[16];
	struct ks_err err = { 0 };
	struct fixture f;

	(void)state;
	begin(&f);
	put(&f, "large", (struct ks_str){ body, KS_ASIDE_BODY + 10 }, 1);
	assert_int_equal(list(&f, 1)[0].body.n, KS_ASIDE_BODY);
	assert_int_equal(list(&f, 1)[0].size, KS_ASIDE_BODY + 10);
	assert_int_equal(ks_db_begin(f.db, &err), 0);
	for (unsigned i = 0; i < KS_ASIDE_MOST + 5; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		put(&f, name, KS_STR("x"), i);
	}
	assert_string_equal(list(&f, KS_ASIDE_MOST)[KS_ASIDE_MOST - 1].name.p, "n5");
	ks_db_rollback(f.db);
	assert_string_equal(list(&f, 1)[0].name.p, "large");
	free(body);
	end(&f);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, keeps_the_latest_first);
	ROWS_TEST(&rows, has_bounds);
	return rows_run("aside", &rows);
}

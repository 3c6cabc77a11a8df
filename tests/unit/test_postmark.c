/* lib/trail/postmark: ids come back out of the checkpoints, and their number is bounded. */
#include "lib/trail/postmark.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

/* Checkpoints in memory. */
struct store {
	struct ks_map values;            /* part to struct ks_str */
	struct ks_arena arena;
};

static int keep(void *arg, struct ks_str part, struct ks_str value, struct ks_err *err)
{
	struct store *store = arg;
	struct ks_str *copy = ks_arena_alloc(&store->arena, sizeof(*copy));

	(void)err;
	*copy = ks_arena_copy(&store->arena, value);
	ks_map_put(&store->values, part, copy);
	return 0;
}

static int recall(void *arg, struct ks_str part, struct ks_arena *arena, struct ks_str *out,
	struct ks_err *err)
{
	const struct store *store = arg;
	const struct ks_str *found = ks_map_find(&store->values, part);

	(void)err;
	*out = found != NULL ? ks_arena_copy(arena, *found) : (struct ks_str){ NULL, 0 };
	return 0;
}

static void commit(struct ks_postmarks *marks, struct store *store, struct ks_str id)
{
	struct ks_vec ids = KS_VEC_OF(struct ks_str);
	struct ks_err err = { 0 };

	if (id.n > 0)
		*(struct ks_str *)ks_vec_push(&ids) = id;
	assert_int_equal(ks_postmark_save(marks, &ids, keep, store, &err), 0);
	assert_false(id.n > 0 && ks_postmark_has(marks, id));
	ks_postmark_take(marks, &ids);
	ks_vec_release(&ids);
}

static struct ks_str id_of(unsigned i, char out[16])
{
	snprintf(out, 16, "id-%u", i);
	return ks_str_of(out);
}

static void comes_back(void **state)
{
	struct store store = { .arena = { NULL } };
	struct ks_source_config config = { .recall = recall, .arg = &store };
	struct ks_postmarks marks;
	struct ks_err err = { 0 };
	unsigned known = 0;
	char text[16];

	(void)state;
	ks_map_init(&store.values);
	ks_postmark_init(&marks);
	for (unsigned i = 0; i < KS_POSTMARK_SLOTS + 10; i++) {
		commit(&marks, &store, id_of(i, text));
		/* A commit without messages takes no place. */
		commit(&marks, &store, KS_STR(""));
	}
	assert_true(ks_postmark_has(&marks, id_of(0, text)));
	ks_postmark_release(&marks);

	ks_postmark_init(&marks);
	assert_int_equal(ks_postmark_recall(&marks, &config, &err), 0);
	for (unsigned i = 0; i < KS_POSTMARK_SLOTS + 10; i++)
		known += ks_postmark_has(&marks, id_of(i, text));
	assert_int_equal(known, KS_POSTMARK_SLOTS);
	assert_true(ks_postmark_has(&marks, id_of(KS_POSTMARK_SLOTS + 9, text)));
	assert_false(ks_postmark_has(&marks, id_of(9, text)));
	/* The ring goes on where it was. */
	commit(&marks, &store, KS_STR("new"));
	ks_postmark_release(&marks);
	ks_postmark_init(&marks);
	assert_int_equal(ks_postmark_recall(&marks, &config, &err), 0);
	assert_false(ks_postmark_has(&marks, id_of(10, text)));
	assert_true(ks_postmark_has(&marks, id_of(11, text)));
	assert_true(ks_postmark_has(&marks, KS_STR("new")));
	ks_postmark_release(&marks);
	ks_map_release(&store.values);
	ks_arena_release(&store.arena);
}

static void has_bounds(void **state)
{
	struct store store = { .arena = { NULL } };
	struct ks_postmarks marks;
	char text[16];

	(void)state;
	ks_map_init(&store.values);
	ks_postmark_init(&marks);
	for (unsigned i = 0; i < 3 * KS_POSTMARK_MOST; i++)
		commit(&marks, &store, id_of(i, text));
	assert_true(marks.fresh.entries.n + marks.old.entries.n <= 2 * (size_t)KS_POSTMARK_MOST);
	assert_true(ks_postmark_has(&marks, id_of(2 * KS_POSTMARK_MOST + 1, text)));
	assert_false(ks_postmark_has(&marks, id_of(0, text)));
	ks_postmark_release(&marks);
	ks_map_release(&store.values);
	ks_arena_release(&store.arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, comes_back);
	ROWS_TEST(&rows, has_bounds);
	return rows_run("postmark", &rows);
}

/* The decoys table: what goes in comes out, names, states. */
#include "lib/decoy/registry.h"

#include "lib/store/schema.h"
#include "tests/unit/fixture.h"

static struct fixture fixture;
static struct ks_arena arena;

static struct ks_db *store(void)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db,
		&err), 0);
	return db;
}

static struct ks_decoy sample(const char *name, const char *key_id)
{
	struct ks_decoy decoy = {
		.name = ks_str_of(name), .key_id = ks_str_of(key_id), .kind = KS_DECOY_OFFLINE,
			.state = KS_DECOY_PLANNED,
		.account = KS_STR("123456789012"), .user_name = KS_STR("svc"), .region = KS_STR("us-east-1"),
		.label = KS_STR("a 'label'"), .bait = KS_STR("dotenv"), .placement = KS_STR("/srv/\xff/.env"),
		.form = KS_PLACEMENT_FILE, .file_mode = 0640, .written_offset = 7, .written_size = 99,
		.created_ms = FIXTURE_NOW, .changed_ms = FIXTURE_NOW,
	};

	memset(decoy.secret_hash, 1, sizeof(decoy.secret_hash));
	memset(decoy.smtp_hash, 2, sizeof(decoy.smtp_hash));
	memset(decoy.written_hash, 3, sizeof(decoy.written_hash));
	return decoy;
}

static void keeps_decoys(void **state)
{
	struct ks_decoy in = sample("Web 01", "AKIAA"), out;
	struct ks_db *db = store();
	struct ks_err err = { 0 };
	bool found = false;

	(void)state;
	assert_int_equal(ks_registry_add(db, &arena, &in, &err), 0);
	assert_int_equal(in.id, 1);
	assert_int_equal(ks_registry_find(db, KS_STR("AKIAA"), &arena, &out, &found, &err), 0);
	assert_true(found);
	assert_true(ks_str_is(out.name, "web-01"));
	assert_true(ks_str_is(out.label, "a 'label'"));
	assert_true(ks_str_is(out.placement, "/srv/\xff/.env"));
	assert_int_equal(out.state, KS_DECOY_PLANNED);
	assert_int_equal(out.form, KS_PLACEMENT_FILE);
	assert_int_equal(out.file_mode, 0640);
	assert_int_equal(out.written_offset, 7);
	assert_int_equal(out.written_size, 99);
	assert_true(out.created_ms == FIXTURE_NOW);
	assert_null(out.made_dir.p);
	assert_memory_equal(out.secret_hash, in.secret_hash, KS_HASH_SIZE);
	assert_memory_equal(out.smtp_hash, in.smtp_hash, KS_HASH_SIZE);
	assert_memory_equal(out.written_hash, in.written_hash, KS_HASH_SIZE);
	assert_int_equal(ks_registry_find(db, KS_STR("web-01"), &arena, &out, &found, &err), 0);
	assert_true(found);
	assert_int_equal(ks_registry_find(db, KS_STR("AKIAB"), &arena, &out, &found, &err), 0);
	assert_false(found);
	ks_db_close(db);
}

static void names_are_readable_and_unique(void **state)
{
	static const struct {
		const char *wanted, *got;
	} rows[] = {
		{ "web", "web" }, { "WEB", "web-2" }, { "  web!", "web-3" }, { "app/.env", "app-env" },
			{ "\xc3\xa9\xc3\xa9", "decoy" },
		{ "", "decoy-2" }, { "a -- b", "a-b" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	};
	struct ks_db *db = store();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char id[24];
		struct ks_decoy decoy;
		struct ks_err err = { 0 };

		snprintf(id, sizeof(id), "AKIA%zu", i);
		decoy = sample(rows[i].wanted, id);
		assert_int_equal(ks_registry_add(db, &arena, &decoy, &err), 0);
		assert_true(ks_str_is(decoy.name, rows[i].got));
	}
	ks_db_close(db);
}

static void refuses_a_known_key(void **state)
{
	struct ks_decoy one = sample("a", "AKIAA"), two = sample("b", "AKIAA");
	struct ks_vec all = KS_VEC_OF(struct ks_decoy);
	struct ks_db *db = store();
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_registry_add(db, &arena, &one, &err), 0);
	assert_int_equal(ks_registry_add(db, &arena, &two, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	assert_int_equal(ks_registry_list(db, &arena, &all, &err), 0);
	assert_int_equal(all.n, 1);
	ks_vec_release(&all);
	ks_db_close(db);
}

static void moves_on(void **state)
{
	struct ks_decoy decoy = sample("a", "AKIAA"), out;
	struct ks_db *db = store();
	struct ks_err err = { 0 };
	bool found;

	(void)state;
	assert_int_equal(ks_registry_add(db, &arena, &decoy, &err), 0);
	assert_int_equal(ks_registry_move(db, decoy.id, KS_DECOY_PLANNED, KS_DECOY_PLANTED, FIXTURE_NOW + 5,
		&err), 0);
	assert_int_equal(ks_registry_find(db, decoy.key_id, &arena, &out, &found, &err), 0);
	assert_int_equal(out.state, KS_DECOY_PLANTED);
	assert_true(out.changed_ms == FIXTURE_NOW + 5);
	assert_int_equal(ks_registry_move(db, decoy.id, KS_DECOY_PLANNED, KS_DECOY_PLANTED, 0, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	assert_int_equal(ks_registry_forget(db, decoy.id, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	decoy = sample("b", "AKIAB");
	assert_int_equal(ks_registry_add(db, &arena, &decoy, &err), 0);
	assert_int_equal(ks_registry_forget(db, decoy.id, &err), 0);
	assert_int_equal(ks_registry_find(db, decoy.key_id, &arena, &out, &found, &err), 0);
	assert_false(found);
	ks_db_close(db);
}

static void keeps_imported_ones(void **state)
{
	struct ks_decoy decoy = sample("a", "AKIAA"), again = sample("a", "AKIAA"), out;
	struct ks_db *db = store();
	struct ks_err err = { 0 };
	bool found;

	(void)state;
	decoy.state = KS_DECOY_IMPORTED;
	decoy.form = KS_PLACEMENT_ELSEWHERE;
	decoy.user_name = decoy.region = decoy.bait = KS_STR("");
	assert_int_equal(ks_db_begin(db, &err), 0);
	assert_int_equal(ks_registry_insert(db, &arena, &decoy, &err), 0);
	assert_int_equal(ks_registry_insert(db, &arena, &again, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	assert_int_equal(ks_db_commit(db, &err), 0);
	assert_int_equal(ks_registry_find(db, decoy.key_id, &arena, &out, &found, &err), 0);
	assert_true(found);
	assert_int_equal(out.state, KS_DECOY_IMPORTED);
	assert_int_equal(out.form, KS_PLACEMENT_ELSEWHERE);
	assert_int_equal(out.bait.n, 0);
	ks_db_close(db);
}

static void lists_in_order(void **state)
{
	struct ks_vec all = KS_VEC_OF(struct ks_decoy);
	struct ks_decoy late = sample("late", "AKIAL"), early = sample("early", "AKIAE"),
		same = sample("same", "AKIAS");
	struct ks_db *db = store();
	struct ks_err err = { 0 };

	(void)state;
	late.created_ms++;
	assert_int_equal(ks_registry_add(db, &arena, &late, &err), 0);
	assert_int_equal(ks_registry_add(db, &arena, &early, &err), 0);
	assert_int_equal(ks_registry_add(db, &arena, &same, &err), 0);
	assert_int_equal(ks_registry_list(db, &arena, &all, &err), 0);
	assert_int_equal(all.n, 3);
	assert_true(ks_str_is(KS_VEC_AT(&all, struct ks_decoy, 0)->name, "early"));
	assert_true(ks_str_is(KS_VEC_AT(&all, struct ks_decoy, 1)->name, "same"));
	assert_true(ks_str_is(KS_VEC_AT(&all, struct ks_decoy, 2)->name, "late"));
	ks_vec_release(&all);
	ks_db_close(db);
}

static void hashes_with_the_stores_key(void **state)
{
	unsigned char one[KS_HASH_SIZE], two[KS_HASH_SIZE], plain[KS_HASH_SIZE];
	struct ks_db *db = store();
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_registry_hash(db, KS_STR("secret"), one, &err), 0);
	assert_int_equal(ks_registry_hash(db, KS_STR("secret"), two, &err), 0);
	ks_hash_sha256(KS_STR("secret"), plain);
	assert_memory_equal(one, two, sizeof(one));
	assert_memory_not_equal(one, plain, sizeof(one));
	ks_db_close(db);
}

static int setup(void **state)
{
	(void)state;
	fixture_init(&fixture);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ks_arena_release(&arena);
	fixture_release(&fixture);
	return 0;
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { ROW(keeps_decoys), ROW(names_are_readable_and_unique),
		ROW(refuses_a_known_key), ROW(moves_on), ROW(keeps_imported_ones), ROW(lists_in_order),
		ROW(hashes_with_the_stores_key) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

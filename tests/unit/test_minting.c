/* The mintings table: what goes in comes out, names, and who is at work on one. */
#include "lib/decoy/minting.h"

#include "lib/decoy/registry.h"
#include "lib/store/schema.h"
#include "tests/unit/fixture.h"

static struct fixture fixture;
static struct ks_arena arena;
static struct ks_seat *mine, *other;

static struct ks_db *store(void)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	return db;
}

static struct ks_minting sample(void)
{
	return (struct ks_minting){ .name = KS_STR("Web 01"), .goal = KS_MINTING_PLANT,
		.account = KS_STR("123456789012"),
		.region = KS_STR("eu-west-1"), .user_name = KS_STR("svc-mail"), .is_user_made = true,
		.mark = KS_STR("CHG0000001"), .rights = KS_STR("ses-read"), .policy = KS_STR("ses-read"),
		.keys_before = KS_STR("AKIA1 AKIA2"), .label = KS_STR("Web 01"), .bait = KS_STR("dotenv"),
		.path = KS_STR("/srv/\xff/.env"), .created_ms = 5, .changed_ms = 6 };
}

static struct ks_decoy decoy_of(const char *key_id, int64_t minting)
{
	return (struct ks_decoy){ .name = KS_STR("web 01"), .key_id = ks_str_of(key_id), .account = KS_STR(""),
		.user_name = KS_STR(""), .region = KS_STR(""), .bait = KS_STR(""), .placement = KS_STR(""),
		.minting = minting };
}

static void keeps_mintings(void **state)
{
	struct ks_minting in = sample(), out;
	struct ks_db *db = store();
	struct ks_err err = { 0 };
	struct ks_decoy decoy = decoy_of("AKIA9", 0);
	bool found;

	(void)state;
	assert_int_equal(ks_minting_add(db, mine, &arena, &in, &err), 0);
	assert_true(ks_str_is(in.name, "web-01"));
	in.user_id = KS_STR("AIDA1");
	in.user_arn = KS_STR("arn");
	in.stage = KS_MINTING_KEY;
	in.trouble = KS_STR("AWS said no");
	in.keeps_old = true;
	assert_int_equal(ks_minting_save(db, &in, 77, &err), 0);
	assert_int_equal(ks_minting_find(db, in.id, &arena, &out, &found, &err), 0);
	assert_true(found);
	assert_int_equal(out.goal, KS_MINTING_PLANT);
	assert_int_equal(out.stage, KS_MINTING_KEY);
	assert_true(out.is_user_made && out.keeps_old);
	assert_true(ks_str_is(out.user_id, "AIDA1") && ks_str_is(out.user_arn, "arn") &&
		ks_str_is(out.user_name, "svc-mail"));
	assert_true(ks_str_is(out.mark, "CHG0000001") && ks_str_is(out.rights, "ses-read") &&
		ks_str_is(out.policy, "ses-read"));
	assert_true(ks_str_is(out.keys_before, "AKIA1 AKIA2") && ks_str_is(out.label, "Web 01") &&
		ks_str_is(out.bait, "dotenv"));
	assert_true(ks_str_is(out.path, "/srv/\xff/.env") && out.template_path.n == 0 && ks_str_is(out.trouble,
		"AWS said no"));
	assert_true(ks_str_is(out.account, "123456789012") && ks_str_is(out.region, "eu-west-1"));
	assert_true(out.created_ms == 5 && out.changed_ms == 77);
	/* Its name is taken for others, and not for its own decoy. */
	assert_int_equal(ks_registry_add(db, &arena, &decoy, &err), 0);
	assert_true(ks_str_is(decoy.name, "web-01-2"));
	decoy = decoy_of("AKIA8", in.id);
	assert_int_equal(ks_registry_add(db, &arena, &decoy, &err), 0);
	assert_true(ks_str_is(decoy.name, "web-01"));
	ks_db_close(db);
}

/* One process at a time; of one that ended, anybody takes over. */
static void has_one_owner(void **state)
{
	struct ks_minting in = sample(), theirs;
	struct ks_db *db = store();
	struct ks_err err = { 0 };
	bool found;

	(void)state;
	assert_int_equal(ks_minting_add(db, mine, &arena, &in, &err), 0);
	assert_int_equal(ks_minting_find(db, in.id, &arena, &theirs, &found, &err), 0);
	assert_int_equal(ks_minting_claim(db, other, &theirs, &err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	assert_int_equal(ks_minting_let_go(db, &in, &err), 0);
	theirs.owner = 0;
	assert_int_equal(ks_minting_claim(db, other, &theirs, &err), 0);
	assert_int_equal(ks_minting_save(db, &in, 1, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	ks_seat_close(other);
	other = NULL;
	in.owner = theirs.owner;
	assert_int_equal(ks_minting_claim(db, mine, &in, &err), 0);
	assert_int_equal(ks_minting_forget(db, in.id, &err), 0);
	assert_int_equal(ks_minting_find(db, in.id, &arena, &theirs, &found, &err), 0);
	assert_false(found);
	ks_db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(keeps_mintings), cmocka_unit_test(has_one_owner) };
	struct ks_err err = { 0 };
	int failed;

	fixture_init(&fixture);
	if (ks_seat_open(&fixture.ctx, fixture_path(&fixture, "s.db"), &mine, &err) != 0 ||
		ks_seat_open(&fixture.ctx, fixture_path(&fixture, "s.db"), &other, &err) != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ks_seat_close(mine);
	ks_seat_close(other);
	fixture_release(&fixture);
	ks_arena_release(&arena);
	return failed;
}

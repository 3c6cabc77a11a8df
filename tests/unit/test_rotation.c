/* A new key for an offline decoy: what stands in the place, what in the store, and what a crash leaves. */
#include "lib/decoy/rotation.h"

#include "lib/decoy/minter.h"
#include "lib/decoy/smtp.h"
#include "lib/decoy/spots.h"
#include "lib/decoy/trace.h"
#include "lib/store/schema.h"
#include "tests/unit/fixture.h"

#define BEFORE "# ours\n"
#define BEHIND "# below\n"

static struct fixture fixture;
static struct ks_arena arena;
static struct ks_db *db;
static struct ks_workbench bench;
static struct ks_decoy old;
static char place[512];

static struct ks_str load(struct ks_buf *out)
{
	struct ks_err err = { 0 };

	ks_buf_init(out, 1u << 20);
	assert_int_equal(ks_file_load(place, out, &err), 0);
	return ks_buf_str(out);
}

static void store(struct ks_str text)
{
	struct ks_err err = { 0 };

	unlink(place);
	assert_int_equal(ks_file_create(place, text, 0640, &err), 0);
}

/* A decoy whose bait has the key plainly and in base64, between lines of others. */
static int plant(void **state)
{
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_bait bait = { .mode = 0 };
	struct ks_planter_request request = { .bait = &bait, .account = KS_STR("123456789012"),
		.region = KS_STR("eu-west-1"), .label = KS_STR("web") };
	struct ks_err err = { 0 };
	struct ks_buf text;

	(void)state;
	snprintf(place, sizeof(place), "%s", fixture_path(&fixture, "bait"));
	unlink(place);
	unlink(fixture_path(&fixture, "s.db"));
	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	bench = (struct ks_workbench){ .ctx = &fixture.ctx, .db = db, .arena = &arena };
	assert_int_equal(ks_bait_parse(KS_STR("mixed"), KS_STR("about: x\npath: x\nmode: 0640\n---\n"
		"id={{access_key_id}}\nsecret={{secret_access_key}}\nsmtp={{smtp_password}}\n"
		"coded={{base64:access_key_id}} {{base64:secret_access_key}} {{base64:smtp_password}}\n"), &bait,
		&err), 0);
	request.path = place;
	assert_int_equal(ks_planter_plan(&fixture.ctx, &request, &plan, &err), 0);
	assert_int_equal(ks_planter_apply(&fixture.ctx, db, &plan, &err), 0);
	old = plan.decoy;
	old.name = ks_arena_copy(&arena, old.name);
	old.key_id = ks_arena_copy(&arena, old.key_id);
	old.user_name = ks_arena_copy(&arena, old.user_name);
	old.bait = KS_STR("mixed");
	old.placement = ks_arena_copy(&arena, old.placement);
	load(&text);
	store(ks_str_of(ks_arena_printf(&arena, BEFORE KS_STR_FMT BEHIND, KS_STR_ARG(ks_buf_str(&text)))));
	ks_buf_release(&text);
	ks_planter_release(&plan);
	ks_bait_release(&bait);
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	ks_db_close(db);
	return 0;
}

static struct ks_str secret_of(const struct ks_decoy *decoy, struct ks_str text)
{
	struct ks_secret secret = { NULL, 0 };
	struct ks_err err = { 0 };
	struct ks_str kept;

	assert_int_equal(ks_spots_secret(db, decoy, text, &secret, &err), 0);
	kept = ks_arena_copy(&arena, ks_secret_reveal(&secret));
	ks_secret_release(&secret);
	return kept;
}

static enum ks_trace_state state_of(const struct ks_decoy *decoy)
{
	struct ks_trace trace = { .has_file = false };
	struct ks_err err = { 0 };
	enum ks_trace_state state;

	assert_int_equal(ks_trace_find(db, decoy, &trace, &err), 0);
	state = trace.state;
	ks_trace_release(&trace);
	return state;
}

/* Six spots change, each to what it was of the other key, and nothing else. */
static void swaps_exactly(void **state)
{
	struct ks_rotation rotation = { .old = &old };
	struct ks_vec spots = KS_VEC_OF(struct ks_spot);
	struct ks_str before, after;
	struct ks_buf was, is;
	struct ks_decoy new;
	struct ks_err err = { 0 };
	struct stat st;

	(void)state;
	before = load(&was);
	assert_int_equal(ks_rotation_recover(&bench, &rotation, &new, &err), 0);
	assert_int_equal(new.id, 0);
	assert_int_equal(ks_rotation_apply(&bench, &rotation, &new, &err), 0);
	after = load(&is);
	assert_int_equal(after.n, before.n);
	assert_true(ks_str_has_prefix(after, KS_STR(BEFORE "id=AKIA")));
	assert_true(ks_str_has_suffix(after, KS_STR("\n" BEHIND)));
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_true(ks_str_find(after, old.key_id) < 0 && ks_str_find(after, new.key_id) > 0);
	assert_int_equal(ks_spots_find(db, &old, after, &spots, &err), 0);
	assert_int_equal(spots.n, 0);
	assert_int_equal(ks_spots_find(db, &new, after, &spots, &err), 0);
	assert_int_equal(spots.n, 6);
	assert_false(ks_str_is_equal(secret_of(&old, before), secret_of(&new, after)));
	assert_true(ks_str_is(new.name, "web-2"));
	assert_true(ks_str_is_equal(new.replaces, old.key_id));
	assert_int_equal(state_of(&new), KS_TRACE_UNCHANGED);
	ks_vec_release(&spots);
	ks_buf_release(&was);
	ks_buf_release(&is);
}

static void refuses_what_was_edited(void **state)
{
	struct ks_rotation rotation = { .old = &old };
	struct ks_str text, after;
	struct ks_buf was, is;
	struct ks_decoy new;
	struct ks_err err = { 0 };

	(void)state;
	text = load(&was);
	store(ks_str_of(ks_arena_printf(&arena, KS_STR_FMT "coded=" KS_STR_FMT, (int)ks_str_find(text,
		KS_STR("coded=")),
		text.p, KS_STR_ARG(ks_str_sub(text, (size_t)ks_str_find(text, KS_STR("coded=")) + 7, text.n)))));
	ks_buf_release(&was);
	text = load(&was);
	assert_int_equal(ks_rotation_apply(&bench, &rotation, &new, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	after = load(&is);
	assert_true(ks_str_is_equal(text, after));
	ks_buf_release(&was);
	ks_buf_release(&is);
}

/* Killed before the swap, the new row goes; killed behind it, the old one is retired. */
static void recovers(void **state)
{
	struct ks_rotation rotation = { .old = &old };
	struct ks_decoy new, found;
	struct ks_err err = { 0 };
	struct ks_buf was;
	bool is_found;

	(void)state;
	load(&was);
	assert_int_equal(ks_rotation_apply(&bench, &rotation, &new, &err), 0);
	assert_int_equal(ks_db_exec(db, "UPDATE decoys SET state = 'planned' WHERE replaces <> '';"
		"UPDATE decoys SET state = 'planted' WHERE replaces = ''", &err), 0);
	assert_int_equal(ks_rotation_recover(&bench, &rotation, &found, &err), 0);
	assert_int_equal(found.id, new.id);
	assert_int_equal(ks_registry_find(db, old.key_id, &arena, &found, &is_found, &err), 0);
	assert_int_equal(found.state, KS_DECOY_RETIRED);
	assert_int_equal(ks_db_exec(db, "UPDATE decoys SET state = 'planned' WHERE replaces <> '';"
		"UPDATE decoys SET state = 'planted' WHERE replaces = ''", &err), 0);
	store(ks_buf_str(&was));
	assert_int_equal(ks_rotation_recover(&bench, &rotation, &found, &err), 0);
	assert_int_equal(found.id, 0);
	assert_int_equal(ks_registry_find(db, new.key_id, &arena, &found, &is_found, &err), 0);
	assert_false(is_found);
	store(KS_STR("somebody else's\n"));
	assert_int_equal(ks_rotation_recover(&bench, &rotation, &found, &err), 0);
	ks_buf_release(&was);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(swaps_exactly, plant, take_down),
		cmocka_unit_test_setup_teardown(refuses_what_was_edited, plant, take_down),
		cmocka_unit_test_setup_teardown(recovers, plant, take_down),
	};
	int failed;

	fixture_init(&fixture);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fixture_release(&fixture);
	ks_arena_release(&arena);
	return failed;
}

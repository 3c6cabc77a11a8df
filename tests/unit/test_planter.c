/* Planting as a whole: what is stored, what is not, and what is left when the placing fails. */
#include "lib/decoy/planter.h"

#include "lib/store/schema.h"
#include "tests/unit/fixture.h"

static struct fixture fixture;
static struct ks_arena arena;
static struct ks_bait bait;

static struct ks_db *store(void)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db,
		&err), 0);
	return db;
}

static struct ks_planter_request request_for(const char *name, const char *path)
{
	struct ks_err err = { 0 };

	ks_bait_release(&bait);
	assert_int_equal(ks_bait_get(&fixture.ctx, name, &bait, &err), 0);
	return (struct ks_planter_request){ .bait = &bait, .account = KS_STR("123456789012"),
		.region = KS_STR("eu-west-1"),
		.path = path };
}

static size_t stored(struct ks_db *db, struct ks_decoy *out_last)
{
	struct ks_vec all = KS_VEC_OF(struct ks_decoy);
	struct ks_err err = { 0 };
	size_t n;

	assert_int_equal(ks_registry_list(db, &arena, &all, &err), 0);
	n = all.n;
	if (n > 0)
		*out_last = *KS_VEC_AT(&all, struct ks_decoy, n - 1);
	ks_vec_release(&all);
	return n;
}

static bool file_holds(const char *path, struct ks_str what)
{
	struct ks_err err = { 0 };
	struct ks_buf text;
	bool holds;

	ks_buf_init(&text, 1u << 22);
	if (ks_file_load(path, &text, &err) != 0)
		return false;
	holds = ks_str_find(ks_buf_str(&text), what) >= 0;
	ks_buf_release(&text);
	return holds;
}

static void plants_and_registers(void **state)
{
	struct ks_planter_request request = request_for("aws-credentials", "~/.aws/credentials");
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	unsigned char hash[KS_HASH_SIZE];
	struct ks_db *db = store();
	struct ks_decoy decoy;
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_planter_plan(&fixture.ctx, &request, &plan, &err), 0);
	assert_int_equal(stored(db, &decoy), 0);
	assert_int_equal(access(fixture_path(&fixture, ".aws"), F_OK), -1);
	assert_int_equal(ks_planter_apply(&fixture.ctx, db, &plan, &err), 0);
	assert_int_equal(stored(db, &decoy), 1);
	assert_int_equal(decoy.state, KS_DECOY_PLANTED);
	assert_true(ks_str_is(decoy.name, "aws-credentials"));
	assert_true(ks_str_is(decoy.placement, fixture_path(&fixture, ".aws/credentials")));
	assert_true(ks_str_is(decoy.made_dir, fixture_path(&fixture, ".aws")));
	assert_true(file_holds(fixture_path(&fixture, ".aws/credentials"), decoy.key_id));
	assert_true(file_holds(fixture.path, ks_secret_reveal(&plan.secret)));
	assert_int_equal(ks_registry_hash(db, ks_secret_reveal(&plan.secret), hash, &err), 0);
	assert_memory_equal(hash, decoy.secret_hash, sizeof(hash));
	assert_int_equal(ks_registry_hash(db, ks_buf_str(&plan.placement.content), hash, &err), 0);
	assert_memory_equal(hash, decoy.written_hash, sizeof(hash));

	/* Neither secret is anywhere in the store, in its log either. */
	assert_false(file_holds(fixture_path(&fixture, "s.db"), ks_secret_reveal(&plan.secret)));
	assert_false(file_holds(fixture_path(&fixture, "s.db-wal"), ks_secret_reveal(&plan.secret)));
	assert_true(file_holds(fixture.path, decoy.key_id));
	assert_false(file_holds(fixture.path, ks_secret_reveal(&plan.smtp_password)));
	ks_planter_release(&plan);
	ks_db_close(db);
}

/* Every name of the bait is a section already: numbered ones come next, and none is ever doubled. */
static void chooses_free_profiles(void **state)
{
	struct ks_planter_request request = request_for("aws-credentials", "~/credentials");
	struct ks_db *db = store();
	struct ks_decoy decoy;

	(void)state;
	for (size_t i = 0; i < 2 * bait.users.n + 1; i++) {
		struct ks_planter_plan plan = { .placement = { .path = NULL } };
		struct ks_err err = { 0 };

		assert_int_equal(ks_planter_plan(&fixture.ctx, &request, &plan, &err), 0);
		assert_int_equal(ks_planter_apply(&fixture.ctx, db, &plan, &err), 0);
		ks_planter_release(&plan);
		assert_int_equal(stored(db, &decoy), i + 1);
	}
	assert_true(ks_str_has_suffix(decoy.user_name, KS_STR("-3")));
	ks_db_close(db);
}

static void prints(void **state)
{
	struct ks_planter_request request = request_for("laravel-ses-env", NULL);
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_db *db = store();
	struct ks_decoy decoy;
	struct ks_err err = { 0 };

	(void)state;
	request.label = KS_STR("Wiki page");
	assert_int_equal(ks_planter_plan(&fixture.ctx, &request, &plan, &err), 0);
	assert_int_equal(ks_planter_apply(&fixture.ctx, db, &plan, &err), 0);
	assert_int_equal(stored(db, &decoy), 1);
	assert_int_equal(decoy.state, KS_DECOY_PRINTED);
	assert_true(ks_str_is(decoy.name, "wiki-page"));
	assert_true(ks_str_is(decoy.placement, "Wiki page"));
	assert_true(ks_str_find(ks_buf_str(&plan.text),
		KS_STR("MAIL_HOST=email-smtp.eu-west-1.amazonaws.com\n")) > 0);
	assert_true(ks_str_find(ks_buf_str(&plan.text), ks_secret_reveal(&plan.smtp_password)) > 0);
	assert_true(ks_str_find(ks_buf_str(&plan.text), ks_secret_reveal(&plan.secret)) > 0);
	ks_planter_release(&plan);
	ks_db_close(db);
}

static void takes_the_row_back(void **state)
{
	struct ks_planter_request request = request_for("dotenv", "~/.env");
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_db *db = store();
	struct ks_decoy decoy;
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_planter_plan(&fixture.ctx, &request, &plan, &err), 0);
	fixture_write(fixture_path(&fixture, ".env"), "mine\n", 0600);
	assert_int_equal(ks_planter_apply(&fixture.ctx, db, &plan, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	assert_int_equal(stored(db, &decoy), 0);
	fixture_assert_file(fixture.path, "mine\n", 0600);
	ks_planter_release(&plan);
	ks_db_close(db);
}

static void hides_in_a_dry_run(void **state)
{
	struct ks_planter_request request = request_for("aws-credentials", "~/.aws/credentials");
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_err err = { 0 };

	(void)state;
	request.is_dry_run = true;
	request.user_name = KS_STR("svc");
	assert_int_equal(ks_planter_plan(&fixture.ctx, &request, &plan, &err), 0);
	assert_true(ks_str_is(ks_buf_str(&plan.placement.content),
		"[svc]\naws_access_key_id = AKIARZPUZDIK********\n"
		"aws_secret_access_key = ********\nregion = eu-west-1\n"));
	ks_planter_release(&plan);
}

static void refuses_bad_requests(void **state)
{
	static const struct {
		const char *account, *region, *user;
	} rows[] = {
		{ "12345", "us-east-1", "" }, { "123456789012", "mars", "" }, { "123456789012", "us-east-1",
			"a]b" },
		{ "123456789012", "us-east-1", "a\nb" }, { "123456789012", "us-east-1", "default" },
		{ "123456789012", "us-east-1",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_planter_request request = request_for("aws-credentials", "~/credentials");
		struct ks_planter_plan plan = { .placement = { .path = NULL } };
		struct ks_err err = { 0 };

		request.account = ks_str_of(rows[i].account);
		request.region = ks_str_of(rows[i].region);
		request.user_name = ks_str_of(rows[i].user);
		assert_int_equal(ks_planter_plan(&fixture.ctx, &request, &plan, &err), -1);
		assert_int_equal(err.code, KS_ERR_USAGE);
	}
}

static int setup(void **state)
{
	(void)state;
	fixture_init(&fixture);
	fixture.ctx.templates_dir = "lib/decoy/templates";
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ks_bait_release(&bait);
	ks_arena_release(&arena);
	fixture_release(&fixture);
	return 0;
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { ROW(plants_and_registers), ROW(chooses_free_profiles), ROW(prints),
		ROW(takes_the_row_back), ROW(hides_in_a_dry_run), ROW(refuses_bad_requests) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

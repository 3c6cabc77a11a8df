/* Placing: what was there stays as it was, to the byte. */
#include "lib/decoy/placement.h"

#include "tests/unit/fixture.h"

#define SECTION "[svc]\nkey = AKIA\n"

/* A bait for the plan to look at; its body comes rendered. */
static const struct ks_bait own = { .mode = 0640, .merge = KS_BAIT_OWN };
static const struct ks_bait ini = { .mode = 0600, .merge = KS_BAIT_INI_SECTION };

static int place(struct fixture *f, const struct ks_bait *bait, const char *text, const char *path,
	struct ks_err *err)
{
	struct ks_placement plan = { .path = NULL };
	int rc = ks_placement_plan(&f->ctx, bait, ks_str_of(text), path, &plan, err);

	if (rc == 0)
		rc = ks_placement_apply(&plan, err);
	if (rc == 0)
		assert_true(ks_placement_is_applied(&plan));
	ks_placement_release(&plan);
	return rc;
}

static void assert_fails(struct fixture *f, const struct ks_bait *bait, const char *text, const char *path,
	enum ks_err_code code, const char *says)
{
	struct ks_err err = { 0 };

	assert_int_equal(place(f, bait, text, path, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.message, says) == NULL)
		fail_msg("'%s' lacks '%s'", err.message, says);
}

static void makes_files(void **state)
{
	struct fixture *f = *state;
	struct ks_err err = { 0 };
	mode_t mask = umask(0077);

	assert_int_equal(place(f, &own, "A=1\n", fixture_path(f, ".env"), &err), 0);
	umask(mask);
	fixture_assert_file(f->path, "A=1\n", 0640);
	assert_fails(f, &own, "A=2\n", f->path, KS_ERR_EXISTS, "there already");
	fixture_assert_file(f->path, "A=1\n", 0640);
}

static void makes_dot_directories_only(void **state)
{
	struct fixture *f = *state;
	struct ks_err err = { 0 };
	struct stat st;

	assert_int_equal(place(f, &ini, SECTION, "~/.aws/credentials", &err), 0);
	fixture_assert_file(fixture_path(f, ".aws/credentials"), SECTION, 0600);
	assert_int_equal(stat(fixture_path(f, ".aws"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_fails(f, &own, "x", fixture_path(f, "typo/.env"), KS_ERR_NOTFOUND, "does not exist");
	assert_fails(f, &own, "x", fixture_path(f, "typo/.aws/x"), KS_ERR_NOTFOUND, "does not exist");
	assert_int_equal(access(fixture_path(f, "typo"), F_OK), -1);
	assert_fails(f, &own, "x", fixture_path(f, ""), KS_ERR_USAGE, "name the file");
	assert_fails(f, &own, "x", fixture_path(f, ".aws/credentials/x"), KS_ERR_IO, "");
	fixture_write(fixture_path(f, "plain"), "x", 0600);
	assert_fails(f, &own, "x", fixture_path(f, "plain/.env"), KS_ERR_IO, "");
}

static void joins_files(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "", SECTION },
		{ "[a]\nx=1\n", "[a]\nx=1\n\n" SECTION },
		{ "[a]\nx=1", "[a]\nx=1\n\n" SECTION },
		{ "[a]\nx=1\n\n", "[a]\nx=1\n\n" SECTION },
		{ "[a]\r\nx=1\r\n", "[a]\r\nx=1\r\n\r\n[svc]\r\nkey = AKIA\r\n" },
		{ "[a]\r\nx=1", "[a]\r\nx=1\r\n\r\n[svc]\r\nkey = AKIA\r\n" },
		{ "[a]\r\nx=1\r\n\r\n", "[a]\r\nx=1\r\n\r\n[svc]\r\nkey = AKIA\r\n" },
		{ "[default]\nx=\xff\xfe \t \n; [svc]\n", "[default]\nx=\xff\xfe \t \n; [svc]\n\n" SECTION },
		{ "\n", "\n\n" SECTION },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_err err = { 0 };

		fixture_write(fixture_path(f, "credentials"), rows[i].before, 0604);
		assert_int_equal(place(f, &ini, SECTION, f->path, &err), 0);
		fixture_assert_file(f->path, rows[i].after, 0604);
		assert_memory_equal(rows[i].before, rows[i].after, strlen(rows[i].before));
	}
}

static void joins_histories(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "", "cd\nls -l\n" },
		{ "a\n", "a\ncd\nls -l\n" },
		{ "a", "a\ncd\nls -l\n" },
		{ "a\n\n", "a\n\ncd\nls -l\n" },
		{ "# comment\n#\n#12x\n", "# comment\n#\n#12x\ncd\nls -l\n" },
		{ "#1700000000\na\n", "#1700000000\na\n#1700000004\ncd\n#1700000009\nls -l\n" },
		{ "a\n#1700000000\na\n#1763719195\nb",
			"a\n#1700000000\na\n#1763719195\nb\n#1763719199\ncd\n#1763719200\nls -l\n" },
		{ "#9999999999\na\n", "#9999999999\na\n#9999999999\ncd\n#9999999999\nls -l\n" },
	};
	static const struct ks_bait history = { .mode = 0600, .merge = KS_BAIT_HISTORY };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_err err = { 0 };

		fixture_write(fixture_path(f, "history"), rows[i].before, 0600);
		assert_int_equal(place(f, &history, "cd\nls -l\n", f->path, &err), 0);
		fixture_assert_file(f->path, rows[i].after, 0600);
	}
}

static void refuses_to_join(void **state)
{
	struct fixture *f = *state;
	const char *path;

	fixture_write(fixture_path(f, "credentials"), "[svc]\nx=1\n", 0600);
	path = f->path;
	assert_fails(f, &ini, SECTION, path, KS_ERR_EXISTS, "[svc] already");
	fixture_write(path, "[profile svc]\nx=1\n", 0600);
	assert_fails(f, &ini, SECTION, path, KS_ERR_EXISTS, "[svc] already");
	fixture_write(path, "[a]\n", 0600);
	assert_fails(f, &ini, "[default]\nx=1\n", path, KS_ERR_USAGE, "default");
	assert_fails(f, &ini, "[ Default ]\nx=1\n", path, KS_ERR_USAGE, "default");
	assert_fails(f, &ini, "x=1\n", path, KS_ERR_PARSE, "no section");
	assert_fails(f, &ini, "[b]\n[c]\n", path, KS_ERR_PARSE, "more than one");
	fixture_assert_file(path, "[a]\n", 0600);
	assert_fails(f, &ini, SECTION, f->dir, KS_ERR_IO, "not a regular file");
	assert_int_equal(truncate(path, 20), 0);
	assert_fails(f, &ini, SECTION, path, KS_ERR_PARSE, "not a text file");
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	assert_fails(f, &ini, SECTION, path, KS_ERR_LIMIT, "larger");
}

static void follows_links_to_files(void **state)
{
	struct fixture *f = *state;
	char target[512], here[512];
	struct ks_err err = { 0 };
	struct stat st;

	snprintf(target, sizeof(target), "%s", fixture_path(f, "real"));
	snprintf(here, sizeof(here), "%s", fixture_path(f, "link"));
	assert_int_equal(symlink("real", here), 0);
	assert_fails(f, &ini, SECTION, here, KS_ERR_EXISTS, "link to nothing");
	assert_fails(f, &own, "x", here, KS_ERR_EXISTS, "link to nothing");
	assert_int_equal(access(target, F_OK), -1);
	fixture_write(target, "[a]\n", 0600);
	assert_int_equal(place(f, &ini, SECTION, here, &err), 0);
	fixture_assert_file(target, "[a]\n\n" SECTION, 0600);
	assert_int_equal(lstat(here, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void notices_changes(void **state)
{
	struct fixture *f = *state;
	struct ks_placement plan = { .path = NULL };
	struct ks_err err = { 0 };

	fixture_write(fixture_path(f, "credentials"), "[a]\n", 0644);
	assert_int_equal(ks_placement_plan(&f->ctx, &ini, KS_STR(SECTION), f->path, &plan, &err), 0);
	assert_true(plan.is_too_open);
	assert_int_equal(plan.form, KS_PLACEMENT_SECTION);
	assert_int_equal(plan.offset, 4);
	assert_true(ks_str_is(plan.section, "svc"));
	fixture_write(f->path, "[b]\n", 0644);
	assert_int_equal(ks_placement_apply(&plan, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	assert_false(ks_placement_is_applied(&plan));
	fixture_assert_file(f->path, "[b]\n", 0644);
	ks_placement_release(&plan);

	assert_int_equal(ks_placement_plan(&f->ctx, &own, KS_STR("x"), fixture_path(f, "new"), &plan, &err),
		0);
	fixture_write(f->path, "mine", 0644);
	assert_int_equal(ks_placement_apply(&plan, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	fixture_assert_file(f->path, "mine", 0644);
	ks_placement_release(&plan);
}

static void finds_applications(void **state)
{
	struct fixture *f = *state;
	struct ks_arena arena = { NULL };
	char path[600];

	assert_int_equal(mkdir(fixture_path(f, "repo"), 0755), 0);
	assert_int_equal(mkdir(fixture_path(f, "repo/deep"), 0755), 0);
	snprintf(path, sizeof(path), "%s/repo/deep/.env", f->dir);
	assert_null(ks_placement_find_app(&arena, path));
	fixture_write(fixture_path(f, "repo/artisan"), "", 0644);
	assert_null(ks_placement_find_app(&arena, path));
	assert_int_equal(mkdir(fixture_path(f, "repo/.git"), 0755), 0);
	assert_string_equal(ks_placement_find_app(&arena, path), fixture_path(f, "repo/artisan"));
	assert_non_null(ks_placement_find_app(&arena, fixture_path(f, "repo/.env")));
	assert_non_null(ks_placement_find_app(&arena, fixture_path(f, "repo/.env.production")));
	assert_null(ks_placement_find_app(&arena, fixture_path(f, "repo/.env.bak")));
	assert_null(ks_placement_find_app(&arena, fixture_path(f, "repo/.env.production.old")));
	assert_null(ks_placement_find_app(&arena, fixture_path(f, "repo/credentials")));
	assert_non_null(ks_placement_find_app(&arena, fixture_path(f, "repo/wp-config.php")));
	assert_null(ks_placement_find_app(&arena, fixture_path(f, "repo/wp-config.php.bak")));
	assert_non_null(ks_placement_find_app(&arena, fixture_path(f, "repo/x.auto.tfvars")));
	assert_null(ks_placement_find_app(&arena, fixture_path(f, "repo/prod.tfvars")));
	assert_non_null(ks_placement_find_app(&arena, fixture_path(f, "repo/deep/application-prod.properties")));
	assert_non_null(ks_placement_find_app(&arena, fixture_path(f, "repo/compose.yaml")));
	/* Above the repository is another world. */
	fixture_write(fixture_path(f, "package.json"), "", 0644);
	assert_int_equal(unlink(fixture_path(f, "repo/artisan")), 0);
	assert_null(ks_placement_find_app(&arena, path));
	ks_arena_release(&arena);
}

static void finds_sections(void **state)
{
	struct fixture *f = *state;

	assert_false(ks_placement_has_section(&f->ctx, fixture_path(f, "none"), KS_STR("a")));
	fixture_write(fixture_path(f, "credentials"), "[a]\n", 0600);
	assert_true(ks_placement_has_section(&f->ctx, "~/credentials", KS_STR("a")));
	assert_false(ks_placement_has_section(&f->ctx, "~/credentials", KS_STR("b")));
}

static int setup(void **state)
{
	static struct fixture f;

	fixture_init(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_release(*state);
	return 0;
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { ROW(makes_files), ROW(makes_dot_directories_only),
		ROW(joins_files), ROW(joins_histories),
		ROW(refuses_to_join), ROW(follows_links_to_files), ROW(notices_changes), ROW(finds_applications),
		ROW(finds_sections) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

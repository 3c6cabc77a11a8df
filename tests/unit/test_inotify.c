/* lib/trail/inotify */
#include "lib/trail/inotify.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

static void run(const char *dir, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd '%s' && { %s; }", dir, command);
	assert_int_equal(system(line), 0);
}

/* All paths that it names, each once, in their order; "+" when a walk is wanted. */
static void expect(struct ks_inotify *notify, const char *dir, const char *want)
{
	char last[512] = "";
	bool wants_walk = false;
	struct ks_buf said;
	const char *path;

	ks_buf_init(&said, 4096);
	while ((path = ks_inotify_next(notify, &wants_walk)) != NULL) {
		assert_memory_equal(path, dir, strlen(dir));
		if (strcmp(path, last) != 0)
			ks_buf_addf(&said, "%s ", path + strlen(dir));
		snprintf(last, sizeof(last), "%s", path);
	}
	ks_buf_adds(&said, wants_walk ? "+" : "");
	assert_string_equal(said.p != NULL ? said.p : "", want);
	ks_buf_release(&said);
}

static void test_events(void **state)
{
	struct ks_inotify notify;
	struct fixture f;
	char sub[128];

	(void)state;
	fixture_init(&f);
	ks_inotify_init(&notify, true);
	ks_inotify_add(&notify, f.dir);
	ks_inotify_add(&notify, f.dir);
	ks_inotify_add(&notify, "/no/such/directory");
	expect(&notify, f.dir, "");
	run(f.dir, "echo 1 >a; echo 2 >>a; echo 3 >b");
	expect(&notify, f.dir, "/a /b ");
	run(f.dir, "mv a c");
	expect(&notify, f.dir, "/c ");
	run(f.dir, "rm b c");
	expect(&notify, f.dir, "");
	run(f.dir, "mkdir d");
	expect(&notify, f.dir, "+");
	snprintf(sub, sizeof(sub), "%s/d", f.dir);
	ks_inotify_add(&notify, sub);
	run(f.dir, "echo 1 >d/a; echo 1 >e");
	expect(&notify, f.dir, "/d/a /e ");
	run(f.dir, "rm -r d");
	expect(&notify, f.dir, "+");
	ks_inotify_release(&notify);
	fixture_release(&f);
}

static void test_one_file(void **state)
{
	struct ks_inotify notify;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	run(f.dir, ": >a");
	ks_inotify_init(&notify, true);
	ks_inotify_add(&notify, fixture_path(&f, "a"));
	run(f.dir, "echo 1 >>a");
	expect(&notify, f.dir, "/a ");
	ks_inotify_release(&notify);
	fixture_release(&f);
}

static void test_none(void **state)
{
	struct ks_inotify notify, zeroed = { .fd = -1 };
	bool wants_walk = false;

	(void)state;
	ks_inotify_init(&notify, false);
	ks_inotify_add(&notify, "/");
	assert_null(ks_inotify_next(&notify, &wants_walk));
	assert_false(wants_walk);
	ks_inotify_release(&notify);
	ks_inotify_release(&zeroed);
	ks_inotify_release(NULL);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, test_events);
	ROWS_TEST(&rows, test_one_file);
	ROWS_TEST(&rows, test_none);
	return rows_run("inotify", &rows);
}

/* lib/base/walk */
#include "lib/base/walk.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[64];

/* A small tree in an empty directory: "make" takes shell words, since a test of walks is mostly about its
 * tree. */
static int enter(void **state)
{
	(void)state;
	strcpy(scratch, "/tmp/keysnare-walk-XXXXXX");
	return mkdtemp(scratch) == NULL || chdir(scratch) != 0;
}

static int leave(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+rwx '%s'; rm -rf '%s'", scratch, scratch);
	return chdir("/") != 0 || system(command) != 0;
}

static void make(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* The files, each followed by a blank, then "!" and the problems. */
static void expect(const struct ks_walk *walk, const char *want)
{
	struct ks_buf got, path;

	ks_buf_init(&got, 1u << 16);
	ks_buf_init(&path, KS_WALK_PATH);
	for (size_t i = 0; i < walk->files.n; i++) {
		ks_walk_path(walk, i, &path);
		ks_buf_addf(&got, "%s ", path.p);
	}
	ks_buf_release(&path);
	for (size_t i = 0; i < walk->problems.n; i++)
		ks_buf_addf(&got, "!%s ", KS_VEC_AT(&walk->problems, struct ks_walk_problem, i)->path);
	assert_string_equal(ks_buf_str(&got).p, want);
	ks_buf_release(&got);
}

static void test_order(void **state)
{
	struct ks_walk walk;

	(void)state;
	make("mkdir -p t/b/d t/a t/empty u; touch t/c t/b/d/2 t/b/d/10 t/b/1 t/a/z t/Z t/b.x t/.hidden u/x");
	ks_walk_init(&walk);
	ks_walk_add(&walk, "u", NULL);
	ks_walk_add(&walk, "t/", NULL);
	ks_walk_add(&walk, "t/c", NULL);
	expect(&walk, "u/x t/.hidden t/Z t/a/z t/b.x t/b/1 t/b/d/10 t/b/d/2 t/c t/c ");
	assert_false(KS_VEC_AT(&walk.files, struct ks_walk_file, 0)->is_named);
	assert_true(KS_VEC_AT(&walk.files, struct ks_walk_file, 9)->is_named);
	ks_walk_release(&walk);
	ks_walk_release(NULL);
}

/* What all names of a directory begin with is kept once: names that are no more than that, and others. */
static void test_stems(void **state)
{
	struct ks_walk walk;

	(void)state;
	make("mkdir -p t/ab/ab.d t/abc; touch t/ab/ab t/ab/abc t/ab/ab.d/ab-1 t/ab/ab.d/ab-2 t/abc/one t/ab-");
	ks_walk_init(&walk);
	ks_walk_add(&walk, "t", NULL);
	ks_walk_add_found(&walk, "s3://bucket/a/b", 1, false);
	ks_walk_add_found(&walk, "s3://bucket/a/c", 2, false);
	ks_walk_add_found(&walk, "d", 3, true);
	expect(&walk, "t/ab- t/ab/ab t/ab/ab.d/ab-1 t/ab/ab.d/ab-2 t/ab/abc t/abc/one "
		"s3://bucket/a/b s3://bucket/a/c d ");
	assert_int_equal(KS_VEC_AT(&walk.files, struct ks_walk_file, 6)->stem,
		KS_VEC_AT(&walk.files, struct ks_walk_file, 7)->stem);
	ks_walk_release(&walk);
}

static void test_suffixes(void **state)
{
	static const char *const suffixes[] = { ".json", ".json.gz", NULL };
	struct ks_walk walk;

	(void)state;
	make("mkdir -p t/d.json; touch t/a.json t/b.json.gz t/c.txt t/json t/d.json/e t/d.json/f.json; "
		"ln -s no t/l.txt");
	ks_walk_init(&walk);
	ks_walk_add(&walk, "t", suffixes);
	ks_walk_add(&walk, "t/c.txt", suffixes);
	expect(&walk, "t/a.json t/b.json.gz t/d.json/f.json t/c.txt ");
	ks_walk_release(&walk);
}

static void test_links(void **state)
{
	struct ks_walk walk;

	(void)state;
	make("mkdir -p t/d; touch t/d/f; ln -s d/f t/file; ln -s d t/dir; ln -s .. t/d/up; "
		"ln -s nowhere t/dangling; ln -s t top");
	ks_walk_init(&walk);
	ks_walk_add(&walk, "t", NULL);
	expect(&walk, "t/d/f t/file !t/dangling ");
	assert_int_equal(KS_VEC_AT(&walk.problems, struct ks_walk_problem, 0)->err.code, KS_ERR_NOTFOUND);
	assert_int_equal(walk.skipped, 2);
	ks_walk_release(&walk);

	/* A link that is named is followed. */
	ks_walk_init(&walk);
	ks_walk_add(&walk, "top", NULL);
	expect(&walk, "top/d/f top/file !top/dangling ");
	ks_walk_release(&walk);
}

static void test_special_files(void **state)
{
	struct ks_walk walk;

	(void)state;
	make("mkdir t; mkfifo t/pipe; printf 12345 > t/file");
	ks_walk_init(&walk);
	ks_walk_add(&walk, "t", NULL);
	expect(&walk, "t/file ");
	assert_int_equal(walk.skipped, 1);
	assert_int_equal(KS_VEC_AT(&walk.files, struct ks_walk_file, 0)->size, 5);
	ks_walk_add(&walk, "t/pipe", NULL);
	expect(&walk, "t/file t/pipe ");
	assert_int_equal(KS_VEC_AT(&walk.files, struct ks_walk_file, 1)->size, 0);
	ks_walk_release(&walk);
}

static void test_missing(void **state)
{
	struct ks_walk walk;

	(void)state;
	make("touch file");
	ks_walk_init(&walk);
	ks_walk_add(&walk, "gone", NULL);
	ks_walk_add(&walk, "file/below", NULL);
	ks_walk_add(&walk, "", NULL);
	ks_walk_add(&walk, "file", NULL);
	expect(&walk, "file !gone !file/below ! ");
	assert_int_equal(KS_VEC_AT(&walk.problems, struct ks_walk_problem, 0)->err.code, KS_ERR_NOTFOUND);
	ks_walk_release(&walk);
}

/* Nobody reads all of it and the walk goes on. Root reads everything, so it gives that up first, in a
 * child. */
static void test_unreadable(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
	make("mkdir -p t/closed t/open; touch t/closed/a t/open/b; chmod 755 . t; chmod 0 t/closed");
	child = fork();
	if (child == 0) {
		struct ks_walk walk;
		bool is_right;

		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(2);
		ks_walk_init(&walk);
		ks_walk_add(&walk, "t", NULL);
		is_right = walk.files.n == 1 && walk.problems.n == 1 &&
			strcmp(KS_VEC_AT(&walk.problems, struct ks_walk_problem, 0)->path, "t/closed") == 0;
		ks_walk_release(&walk);
		_exit(is_right ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_deep(void **state)
{
	struct ks_walk walk;

	(void)state;
	make("d=t; for i in $(seq 300); do d=$d/d; done; mkdir -p $d; touch $d/f");
	ks_walk_init(&walk);
	ks_walk_add(&walk, "t", NULL);
	assert_int_equal(walk.files.n, 1);
	assert_int_equal(walk.problems.n, 0);
	ks_walk_release(&walk);
}

/* What was added, as expect has it, and the directories. */
static void describe(struct ks_walk *walk, struct ks_buf *out)
{
	struct ks_buf path;

	ks_buf_init(&path, KS_WALK_PATH);
	for (size_t i = 0; i < walk->files.n; i++) {
		ks_walk_path(walk, i, &path);
		ks_buf_addf(out, "%s %llu ", path.p,
			(unsigned long long)KS_VEC_AT(&walk->files, struct ks_walk_file, i)->size);
	}
	for (size_t i = 0; i < walk->problems.n; i++)
		ks_buf_addf(out, "!%s ", KS_VEC_AT(&walk->problems, struct ks_walk_problem, i)->path);
	for (size_t i = 0; i < walk->dirs.n; i++)
		ks_buf_addf(out, "/%s ", *KS_VEC_AT(&walk->dirs, char *, i));
	ks_buf_addf(out, "%llu", (unsigned long long)walk->skipped);
	ks_buf_release(&path);
}

/* However many look, and whoever comes first, it is the same. */
static void test_jobs(void **state)
{
	struct ks_buf alone, together;
	struct ks_walk walk;

	(void)state;
	make("for d in 1 2 3 4 5 6 7 8 9; do mkdir -p t/$d/a/b t/$d/c; for f in 1 2 3; do "
		"echo $f > t/$d/a/b/f$f; echo $d > t/$d/c/$f; "
		"mkfifo t/$d/c/p$f; ln -s nowhere t/$d/l$f; done; done; touch t/x t/5-");
	ks_buf_init(&alone, 1u << 16);
	ks_buf_init(&together, 1u << 16);
	ks_walk_init(&walk);
	ks_walk_add(&walk, "t", NULL);
	assert_int_equal(walk.files.n, 56);
	assert_int_equal(walk.problems.n, 27);
	assert_int_equal(walk.dirs.n, 37);
	assert_int_equal(walk.skipped, 27);
	describe(&walk, &alone);
	ks_walk_release(&walk);
	for (unsigned jobs = 0; jobs < 60; jobs++) {
		ks_buf_clear(&together);
		ks_walk_init(&walk);
		walk.jobs = jobs % 12;
		ks_walk_add(&walk, "t", NULL);
		describe(&walk, &together);
		assert_string_equal(ks_buf_str(&together).p, ks_buf_str(&alone).p);
		ks_walk_release(&walk);
	}
	ks_buf_release(&together);
	ks_buf_release(&alone);
}

/* In a large directory files are not asked for their sizes, where that was said; what else is in it is found
 * all the same. */
static void test_large(void **state)
{
	static const char *const suffixes[] = { ".a", NULL };
	const struct ks_walk_file *first, *last;
	struct ks_walk walk;

	(void)state;
	make("mkdir -p t/d/x.a; cd t/d; for i in $(seq 300); do echo $i > f$i; done; echo 1 > x.a/f; "
		"ln -s f1 l.a; mkfifo p.a; touch s.a");
	for (int skips = 0; skips < 2; skips++) {
		ks_walk_init(&walk);
		walk.skips_sizes = skips;
		ks_walk_add(&walk, "t", NULL);
		assert_int_equal(walk.files.n, 303);
		assert_int_equal(walk.skipped, 1);
		assert_int_equal(walk.dirs.n, 3);
		first = KS_VEC_AT(&walk.files, struct ks_walk_file, 0);
		last = KS_VEC_AT(&walk.files, struct ks_walk_file, 302);
		assert_int_equal(first->size, skips ? 0 : 2);
		assert_int_equal(first->is_unsized, skips);
		assert_int_equal(last->size, 2);
		assert_false(last->is_unsized);
		ks_walk_release(&walk);
	}
	ks_walk_init(&walk);
	walk.skips_sizes = true;
	ks_walk_add(&walk, "t", suffixes);
	expect(&walk, "t/d/l.a t/d/s.a ");
	ks_walk_release(&walk);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, enter, leave),
		cmocka_unit_test_setup_teardown(test_stems, enter, leave),
		cmocka_unit_test_setup_teardown(test_suffixes, enter, leave),
		cmocka_unit_test_setup_teardown(test_links, enter, leave),
		cmocka_unit_test_setup_teardown(test_special_files, enter, leave),
		cmocka_unit_test_setup_teardown(test_missing, enter, leave),
		cmocka_unit_test_setup_teardown(test_unreadable, enter, leave),
		cmocka_unit_test_setup_teardown(test_deep, enter, leave),
		cmocka_unit_test_setup_teardown(test_jobs, enter, leave),
		cmocka_unit_test_setup_teardown(test_large, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

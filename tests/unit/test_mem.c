/* lib/base/mem */
#include "lib/base/mem.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_alloc(void **state)
{
	char *p = ks_mem_alloc(100);

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	p = ks_mem_resize(p, 200);
	p[199] = 'x';
	free(p);
	p = ks_mem_alloc(0);
	assert_non_null(p);
	free(p);
	p = ks_mem_resize(NULL, 0);
	assert_non_null(p);
	free(p);
}

static void test_copy(void **state)
{
	char *p = ks_mem_copy("a\0b", 3);

	(void)state;
	assert_memory_equal(p, "a\0b", 4);
	free(p);
	p = ks_mem_copy(NULL, 0);
	assert_string_equal(p, "");
	free(p);
}

/* Where there is no memory the process ends by abort, with one line. */
static void test_out_of_memory(void **state)
{
	char line[200] = "";
	int pipes[2], status = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		dup2(pipes[1], STDERR_FILENO);
		ks_mem_alloc(SIZE_MAX / 4);
		_exit(0);
	}
	close(pipes[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(read(pipes[0], line, sizeof(line) - 1) > 0);
	close(pipes[0]);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_alloc);
	ROWS_TEST(&rows, test_copy);
	ROWS_TEST(&rows, test_out_of_memory);
	return rows_run("mem", &rows);
}

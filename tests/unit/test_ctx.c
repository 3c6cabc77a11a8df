/* lib/base/ctx */
#include "lib/base/ctx.h"

#include "tests/unit/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void test_real_world(void **state)
{
	unsigned char a[600] = { 0 }, b[600] = { 0 };
	struct ks_err err = { 0 };
	struct ks_ctx ctx;
	int64_t now;

	(void)state;
	ks_ctx_init(&ctx);
	now = (int64_t)time(NULL) * 1000;
	assert_in_range(ks_ctx_now(&ctx), now - 5000, now + 5000);
	assert_int_equal(ks_ctx_random(&ctx, a, sizeof(a), &err), 0);
	assert_int_equal(ks_ctx_random(&ctx, b, sizeof(b), &err), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a + 300, b + 300, 300);
	setenv("KEYSNARE_TEST", "x", 1);
	assert_string_equal(ks_ctx_env(&ctx, "KEYSNARE_TEST"), "x");
	setenv("KEYSNARE_TEST", "", 1);
	assert_null(ks_ctx_env(&ctx, "KEYSNARE_TEST"));
	unsetenv("KEYSNARE_TEST");
	assert_null(ks_ctx_env(&ctx, "KEYSNARE_TEST"));
	assert_non_null(ctx.policies_dir);
	assert_non_null(ctx.templates_dir);
	assert_false(ks_ctx_is_stopping(&ctx));
}

static int64_t clock_of_arg(void *arg)
{
	return *(int64_t *)arg;
}

static int no_random(void *arg, void *out, size_t n)
{
	(void)arg;
	(void)out;
	(void)n;
	errno = ENOSYS;
	return -1;
}

static void test_injected(void **state)
{
	static volatile sig_atomic_t stop;
	int64_t now = 42;
	struct ks_err err = { 0 };
	struct ks_ctx ctx;
	char byte;

	(void)state;
	ks_ctx_init(&ctx);
	ctx.now = clock_of_arg;
	ctx.random = no_random;
	ctx.arg = &now;
	ctx.stop = &stop;
	assert_int_equal(ks_ctx_now(&ctx), 42);
	assert_int_equal(ks_ctx_random(&ctx, &byte, 1, &err), -1);
	assert_int_equal(err.code, KS_ERR_IO);
	assert_false(ks_ctx_is_stopping(&ctx));
	stop = 1;
	assert_true(ks_ctx_is_stopping(&ctx));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_real_world);
	ROWS_TEST(&rows, test_injected);
	return rows_run("ctx", &rows);
}

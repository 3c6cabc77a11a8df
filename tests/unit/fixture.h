/*
 * What tests of the store and of decoys share: a context with a counting "random" source and a fixed
 * clock, and a scratch directory.
 */
#ifndef KS_TEST_FIXTURE_H
#define KS_TEST_FIXTURE_H

#include "lib/base/ctx.h"
#include "lib/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE_NOW INT64_C(1763719200123)       /* 2025-11-21T10:00:00.123Z */

struct fixture {
	struct ks_ctx ctx;
	uint64_t seed;           /* of the random source; the same seed gives the same bytes */
	char dir[64];            /* "" until fixture_dir */
	char path[512];          /* what fixture_path made last */
};

static inline int64_t fixture_now(void *arg)
{
	(void)arg;
	return FIXTURE_NOW;
}

static inline int fixture_random(void *arg, void *out, size_t n)
{
	struct fixture *f = arg;
	unsigned char *p = out;

	for (size_t i = 0; i < n; i++) {
		f->seed = f->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		p[i] = (unsigned char)(f->seed >> 56);
	}
	return 0;
}

static inline const char *fixture_env(void *arg, const char *name)
{
	struct fixture *f = arg;

	return strcmp(name, "HOME") == 0 ? f->dir : NULL;
}

static inline void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .seed = 1 };
	ks_ctx_init(&f->ctx);
	f->ctx.now = fixture_now;
	f->ctx.random = fixture_random;
	f->ctx.env = fixture_env;
	f->ctx.arg = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/unit.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
}

static inline void fixture_release(struct fixture *f)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	assert_int_equal(system(command), 0);
}

static inline const char *fixture_path(struct fixture *f, const char *name)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);
	return f->path;
}

static inline void fixture_write(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fwrite(text, 1, strlen(text), file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static inline void fixture_assert_file(const char *path, const char *text, mode_t mode)
{
	struct ks_err err = { 0 };
	struct ks_buf got;
	struct stat st;

	ks_buf_init(&got, 1u << 20);
	assert_int_equal(ks_file_load(path, &got, &err), 0);
	assert_string_equal(got.p != NULL ? got.p : "", text);
	ks_buf_release(&got);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

#endif

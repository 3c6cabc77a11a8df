/* The real world behind struct ks_ctx. */
#include "lib/base/ctx.h"
#include "lib/base/flag.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t real_now(void *arg)
{
	struct timespec t;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int real_random(void *arg, void *out, size_t n)
{
	char *p = out;

	(void)arg;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

static const char *real_env(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

void ks_ctx_init(struct ks_ctx *ctx)
{
	*ctx = (struct ks_ctx){ .now = real_now, .random = real_random, .env = real_env, .policies_dir = ".",
		.templates_dir = ".", .drills_dir = "." };
}

int64_t ks_ctx_now(const struct ks_ctx *ctx)
{
	return ctx->now(ctx->arg);
}

int ks_ctx_random(const struct ks_ctx *ctx, void *out, size_t n, struct ks_err *err)
{
	if (ctx->random(ctx->arg, out, n) != 0)
		return ks_err_set_errno(err, "cannot get %zu random bytes", n);
	return 0;
}

const char *ks_ctx_env(const struct ks_ctx *ctx, const char *name)
{
	const char *value = ctx->env(ctx->arg, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

bool ks_ctx_is_stopping(const struct ks_ctx *ctx)
{
	return ks_flag_is_raised(ctx->stop);
}

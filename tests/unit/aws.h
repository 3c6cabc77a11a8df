/*
 * What tests of lib/aws share: a context whose environment is a list, and files in a scratch directory.
 */
#ifndef KS_TEST_AWS_H
#define KS_TEST_AWS_H

#include "tests/unit/fixture.h"

#define AWS_MOST 16

struct aws {
	struct fixture f;
	const char *env[AWS_MOST][2]; /* up to a NULL name */
	int64_t now;
};

static inline const char *aws_env(void *arg, const char *name)
{
	struct aws *aws = arg;

	for (size_t i = 0; i < AWS_MOST && aws->env[i][0] != NULL; i++)
		if (strcmp(aws->env[i][0], name) == 0)
			return aws->env[i][1];
	return strcmp(name, "HOME") == 0 ? aws->f.dir : NULL;
}

static inline int64_t aws_now(void *arg)
{
	return ((struct aws *)arg)->now;
}

static inline int aws_random(void *arg, void *out, size_t n)
{
	return fixture_random(&((struct aws *)arg)->f, out, n);
}

static inline void aws_init(struct aws *aws, const char *config, const char *credentials)
{
	memset(aws, 0, sizeof(*aws));
	fixture_init(&aws->f);
	aws->now = FIXTURE_NOW;
	aws->f.ctx.env = aws_env;
	aws->f.ctx.now = aws_now;
	aws->f.ctx.random = aws_random;
	aws->f.ctx.arg = aws;
	assert_int_equal(mkdir(fixture_path(&aws->f, ".aws"), 0700), 0);
	if (config != NULL)
		fixture_write(fixture_path(&aws->f, ".aws/config"), config, 0600);
	if (credentials != NULL)
		fixture_write(fixture_path(&aws->f, ".aws/credentials"), credentials, 0600);
}

static inline void aws_set(struct aws *aws, const char *name, const char *value)
{
	size_t i = 0;

	while (aws->env[i][0] != NULL && strcmp(aws->env[i][0], name) != 0)
		i++;
	assert_true(i < AWS_MOST - 1);
	aws->env[i][0] = name;
	aws->env[i][1] = value;
}

static inline void aws_release(struct aws *aws)
{
	fixture_release(&aws->f);
}

#endif

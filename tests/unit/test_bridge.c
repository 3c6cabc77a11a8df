/* Which addresses are of this machine: what a drill may talk to. The messages: tests/aws/drills. */
#include "lib/drill/bridge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
	const char *url;
	bool is_near;
};

static const struct row rows[] = {
	{ "http://127.0.0.1:4566/000000000000/trail", true },
	{ "http://127.0.0.1/q", true },
	{ "https://localhost:4566/000000000000/trail", true },
	{ "http://[::1]:4566", false },
	{ "http://localhost", true },
	{ "http://127.0.0.2:4566/q", false },
	{ "http://127.0.0.1.example.org/q", false },
	{ "http://127.0.0.10/q", false },
	{ "http://127.0.0.1@example.org/q", false },
	{ "http://127.0.0.1:80@example.org/q", false },
	{ "http://127.0.0.1:80.example.org/q", false },
	{ "http://user@127.0.0.1/q", false },
	{ "http://localhost.localstack.cloud:4566/q", false },
	{ "http://localhosts/q", false },
	{ "http://[::1].example.org/q", false },
	{ "http://[::2]/q", false },
	{ "http://example.org/?://127.0.0.1/q", false },
	{ "https://sqs.us-east-1.amazonaws.com/123456789012/q", false },
	{ "127.0.0.1:4566/q", false },
	{ "", false },
};

static void test_near(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ks_bridge_is_near(rows[i].url) != rows[i].is_near)
			fail_msg("'%s'", rows[i].url);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_near) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

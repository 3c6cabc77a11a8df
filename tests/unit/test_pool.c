/* lib/aws/pool: when an account stays open and when it is opened anew, by what STS was asked */
#include "lib/aws/pool.h"

#include "tests/unit/aws.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define ACCOUNT "123456789012"
#define YES "<GetCallerIdentityResponse><GetCallerIdentityResult>" \
	"<Arn>arn:aws:iam::" ACCOUNT ":user/ops</Arn><UserId>AIDAEXAMPLE</UserId>" \
	"<Account>" ACCOUNT "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
#define NO "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>" \
	"<Message>no</Message></Error></ErrorResponse>"

/* STS, and who asks it. */
struct pool {
	struct aws aws;
	struct ks_settings settings;
	struct ks_account account;
	struct ks_pool *pool;
	struct ks_err err;
	char url[64];
	int listener;
	pthread_t thread;
	atomic_int asked;
	atomic_bool refuses;
};

static bool is_whole(const char *request, size_t n)
{
	const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");

	return end != NULL && (length == NULL || n - (size_t)(end + 4 - request) >= (size_t)atoi(length + 16));
}

static void *serve(void *arg)
{
	struct pool *p = arg;
	int fd;

	while ((fd = accept(p->listener, NULL, NULL)) >= 0) {
		const char *body = p->refuses ? NO : YES;
		char request[16384] = "", answer[1024];
		size_t n = 0;
		ssize_t got;

		while (!is_whole(request, n) && n < sizeof(request) - 1 &&
			(got = read(fd, request + n, sizeof(request) - 1 - n)) > 0)
			n += (size_t)got;
		p->asked++;
		snprintf(answer, sizeof(answer), "HTTP/1.1 %s\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n"
			"Connection: close\r\n\r\n%s", p->refuses ? "403 Forbidden" : "200 OK", strlen(body), body);
		got = send(fd, answer, strlen(answer), MSG_NOSIGNAL);
		(void)got;
		close(fd);
	}
	return NULL;
}

static int begin(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct pool *p = calloc(1, sizeof(*p));
	socklen_t n = sizeof(address);

	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(p->listener, 4), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&address, &n), 0);
	snprintf(p->url, sizeof(p->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
	aws_init(&p->aws, NULL, NULL);
	aws_set(&p->aws, "AWS_ENDPOINT_URL", p->url);
	aws_set(&p->aws, "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE00000");
	aws_set(&p->aws, "AWS_SECRET_ACCESS_KEY", "s");
	assert_int_equal(ks_settings_load(&p->aws.f.ctx, NULL, "us-east-1", &p->settings, &p->err), 0);
	p->account = (struct ks_account){ .id = KS_STR(ACCOUNT) };
	p->pool = ks_pool_new(&p->settings);
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct pool *p = *state;

	ks_pool_free(p->pool);
	shutdown(p->listener, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->listener);
	ks_settings_release(&p->settings);
	aws_release(&p->aws);
	free(p);
	return 0;
}

static void take(struct pool *p, struct ks_pool_lease *out)
{
	if (ks_pool_take(p->pool, &p->settings, &p->account, out, &p->err) != 0)
		fail_msg("%s", p->err.message);
}

static void stays_open(void **state)
{
	struct pool *p = *state;
	struct ks_pool_lease one, two;

	take(p, &one);
	take(p, &two);
	assert_ptr_equal(one.client, two.client);
	assert_true(ks_str_is(one.self->acting.account, ACCOUNT));
	ks_pool_give(p->pool, &one);
	assert_null(one.client);
	ks_pool_give(p->pool, &one);
	ks_pool_give(p->pool, &two);
	p->aws.now += KS_POOL_KEPT_MS - 1;
	take(p, &one);
	ks_pool_give(p->pool, &one);
	assert_int_equal(p->asked, 1);
}

/* Who works with the earlier one keeps it. */
static void grows_old(void **state)
{
	static const int64_t jumps[] = { KS_POOL_KEPT_MS, -1, 3 * KS_POOL_KEPT_MS };
	struct pool *p = *state;
	struct ks_pool_lease one, two;

	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		take(p, &one);
		p->aws.now += jumps[i];
		take(p, &two);
		assert_ptr_not_equal(one.client, two.client);
		assert_true(ks_str_is(one.self->acting_key, ks_client_key_id(one.client)));
		ks_pool_give(p->pool, &one);
		ks_pool_give(p->pool, &two);
		assert_int_equal(p->asked, (int)i + 2);
	}
}

static void is_opened_anew_when_refused(void **state)
{
	struct pool *p = *state;
	struct ks_sts_identity identity;
	struct ks_pool_lease one, two;
	struct ks_arena arena = { NULL };

	take(p, &one);
	p->refuses = true;
	assert_int_equal(ks_sts_get_caller_identity_in(one.client, NULL, &arena, &identity, &p->err), -1);
	assert_true(ks_client_is_refused(one.client));
	p->refuses = false;
	take(p, &two);
	assert_ptr_not_equal(one.client, two.client);
	ks_pool_give(p->pool, &one);
	ks_pool_give(p->pool, &two);
	ks_arena_release(&arena);
}

static void keeps_nothing_that_failed(void **state)
{
	struct pool *p = *state;
	struct ks_pool_lease lease = { .client = NULL };

	p->refuses = true;
	assert_int_equal(ks_pool_take(p->pool, &p->settings, &p->account, &lease, &p->err), -1);
	assert_null(lease.client);
	p->refuses = false;
	p->account.id = KS_STR("210987654321");
	assert_int_equal(ks_pool_take(p->pool, &p->settings, &p->account, &lease, &p->err), -1);
	assert_int_equal(p->err.code, KS_ERR_GUARD);
	p->account.id = KS_STR(ACCOUNT);
	take(p, &lease);
	ks_pool_give(p->pool, &lease);
}

static void says_once_that_one_does_not_open(void **state)
{
	struct pool *p = *state;
	struct ks_pool_lease lease = { .client = NULL };

	assert_true(ks_pool_is_news(p->pool, p->account.id));
	assert_false(ks_pool_is_news(p->pool, p->account.id));
	assert_true(ks_pool_is_news(p->pool, KS_STR("210987654321")));
	take(p, &lease);
	assert_true(ks_pool_is_news(p->pool, p->account.id));
	assert_false(ks_pool_is_news(p->pool, KS_STR("210987654321")));
	ks_pool_give(p->pool, &lease);
	assert_true(ks_pool_is_news(NULL, p->account.id));
	assert_true(ks_pool_is_news(NULL, p->account.id));
}

static void does_without(void **state)
{
	struct pool *p = *state;
	struct ks_pool_lease one, two;

	ks_pool_free(p->pool);
	p->pool = NULL;
	take(p, &one);
	take(p, &two);
	assert_ptr_not_equal(one.client, two.client);
	ks_pool_give(p->pool, &one);
	ks_pool_give(p->pool, &two);
	assert_int_equal(p->asked, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stays_open), TEST(grows_old), TEST(is_opened_anew_when_refused),
		TEST(keeps_nothing_that_failed), TEST(says_once_that_one_does_not_open),
		TEST(does_without),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}

/* lib/net/http, against a server that says exactly what a row has it say */
#include "lib/net/http.h"

#include "tests/unit/rows.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Takes one connection, reads a request to its end, writes the answer and closes. */
struct server {
	const char *answer;          /* NULL: none, until the client gives up */
	int listener, port;
	char request[65536];
	pthread_t thread;
};

static bool is_whole(const char *request, size_t n)
{
	const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");

	return end != NULL && (length == NULL || n - (size_t)(end + 4 - request) >= (size_t)atoi(length + 16));
}

static void *serve(void *arg)
{
	struct server *server = arg;
	int fd = accept(server->listener, NULL, NULL);
	size_t n = 0;
	ssize_t got;

	while (!is_whole(server->request, n) && n < sizeof(server->request) - 1 &&
		(got = read(fd, server->request + n, sizeof(server->request) - 1 - n)) > 0)
		n += (size_t)got;
	if (server->answer != NULL)
		got = send(fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
	else
		got = read(fd, &n, sizeof(n));
	(void)got;
	close(fd);
	return NULL;
}

static void start(struct server *server, const char *answer, char *url, size_t url_n)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(address);

	*server =
		(struct server){ .answer = answer, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 4), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &n), 0);
	server->port = ntohs(address.sin_port);
	snprintf(url, url_n, "http://127.0.0.1:%d/a/b?c=d", server->port);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
	pthread_join(server->thread, NULL);
	close(server->listener);
}

struct answer_row {
	const char *name;
	const char *answer;
	size_t reply_max;
	int want_status;             /* 0: an error */
	enum ks_err_code want_code;
	const char *want_body;
};

static const struct answer_row answer_rows[] = {
	{ "fine", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 0, 200, KS_ERR_NONE, "hi" },
	{ "no content", "HTTP/1.1 204 No Content\r\n\r\n", 0, 204, KS_ERR_NONE, "" },
	{ "until it closes", "HTTP/1.0 200 OK\r\n\r\nto the end", 0, 200, KS_ERR_NONE, "to the end" },
	{ "an error is an answer", "HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx", 0, 503, KS_ERR_NONE, "x" },
	{ "a redirect is not followed", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 0,
		302, KS_ERR_NONE, "" },
	{ "as long as it may be", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", 4, 200, KS_ERR_NONE,
		"abcd" },
	{ "too long", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", 4, 0, KS_ERR_LIMIT, NULL },
	{ "too long without saying so", "HTTP/1.0 200 OK\r\n\r\nabcde", 4, 0, KS_ERR_LIMIT, NULL },
	{ "cut off", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc", 0, 0, KS_ERR_NET, NULL },
	{ "nothing", "", 0, 0, KS_ERR_NET, NULL },
	{ "no HTTP", "220 mail.example.org ESMTP\r\n", 0, 0, KS_ERR_NET, NULL },
	{ "no answer in time", NULL, 0, 0, KS_ERR_NET, NULL },
};

static void test_answer(void **state)
{
	const struct answer_row *row = *state;
	struct ks_http_request request = { .total_ms = row->answer != NULL ? 5000 : 200,
		.reply_max = row->reply_max };
	struct ks_http_reply reply = { 0 };
	struct ks_err err = { 0 };
	struct server server;
	bool is_unsent = false;
	char url[64];
	int rc;

	start(&server, row->answer, url, sizeof(url));
	request.url = url;
	request.is_unsent = &is_unsent;
	rc = ks_http_send(&request, &reply, &err);
	stop(&server);
	assert_int_equal(rc, row->want_status != 0 ? 0 : -1);
	assert_int_equal(err.code, row->want_code);
	assert_false(is_unsent);
	if (rc == 0) {
		assert_int_equal(reply.status, row->want_status);
		assert_string_equal(reply.body.p != NULL ? reply.body.p : "", row->want_body);
	}
	ks_http_release(&reply);
	ks_http_release(&reply);
}

static void test_request(void **state)
{
	static const struct ks_http_header headers[] = { { "X-One", "1" },
		{ "Content-Type", "application/json" }, { "X-Empty", "" } };
	struct ks_http_request request = { .method = "POST",
		.headers = headers,
		.header_count = 3,
		.body = KS_STR("{\"a\":\"\0\"}") };
	struct ks_http_reply reply = { 0 };
	struct ks_err err = { 0 };
	struct server server;
	char url[64];

	(void)state;
	start(&server,
		"HTTP/1.1 100 Continue\r\nX-Not: this\r\n\r\nHTTP/1.1 200 OK\r\nRetry-After:  7 \r\nx-b:\r\n"
		"Content-Length: 0\r\n\r\n",
		url, sizeof(url));
	request.url = url;
	assert_int_equal(ks_http_send(&request, &reply, &err), 0);
	stop(&server);
	assert_memory_equal(server.request, "POST /a/b?c=d HTTP/1.1\r\n", 24);
	assert_non_null(strstr(server.request, "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(server.request, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(server.request, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(server.request, "\r\nContent-Length: 9\r\n"));
	assert_null(strstr(server.request, "Expect"));
	assert_memory_equal(strstr(server.request, "\r\n\r\n") + 4, "{\"a\":\"\0\"}", 9);
	assert_true(ks_str_is(ks_http_header(&reply, "retry-after"), "7"));
	assert_true(ks_str_is(ks_http_header(&reply, "X-B"), ""));
	assert_null(ks_http_header(&reply, "X-Not").p);
	assert_null(ks_http_header(&reply, "Retry").p);
	ks_http_release(&reply);
}

struct refused_row {
	const char *name;
	const char *url, *header, *value;
	enum ks_err_code want;
};

static const struct refused_row refused_rows[] = {
	{ "no URL", "", "A", "b", KS_ERR_USAGE },
	{ "another scheme", "file:///etc/passwd", "A", "b", KS_ERR_USAGE },
	{ "mail", "smtp://127.0.0.1/", "A", "b", KS_ERR_USAGE },
	{ "a header in a value", "http://127.0.0.1:1/", "A", "b\r\nC: d", KS_ERR_USAGE },
	{ "a header in a name", "http://127.0.0.1:1/", "A: b\r\nC", "d", KS_ERR_USAGE },
	{ "nobody there", "http://127.0.0.1:1/", "A", "b", KS_ERR_NET },
	{ "no such host", "http://host.invalid/", "A", "b", KS_ERR_NET },
};

static void test_refused(void **state)
{
	const struct refused_row *row = *state;
	const struct ks_http_header header = { row->header, row->value };
	struct ks_http_reply reply = { .status = 7 };
	struct ks_err err = { 0 };
	bool is_unsent = false;

	assert_int_equal(ks_http_send(&(struct ks_http_request){ .url = row->url,
									  .headers = &header,
									  .header_count = 1,
									  .total_ms = 3000,
									  .is_unsent = &is_unsent },
						 &reply, &err),
		-1);
	assert_int_equal(is_unsent, row->want == KS_ERR_NET);
	assert_int_equal(err.code, row->want);
	assert_int_equal(reply.status, 7);
}

/* Who is asked to stop does not wait for the deadline. */
static void test_stop(void **state)
{
	static const volatile sig_atomic_t is_set = 1;
	struct ks_http_reply reply = { 0 };
	struct ks_err err = { 0 };
	struct server server;
	char url[64];

	(void)state;
	start(&server, NULL, url, sizeof(url));
	assert_int_equal(ks_http_send(&(struct ks_http_request){ .url = url, .stop = &is_set }, &reply, &err),
		-1);
	assert_int_equal(err.code, KS_ERR_STATE);
	/* It may not even have connected. */
	shutdown(server.listener, SHUT_RDWR);
	stop(&server);
}

/* ---- connections that stay open ---- */

struct keeper {
	int listener, port;
	int answers;                 /* on the first connection; the next request gets none. 0: all get one */
	int connections, requests;
	pthread_t thread;
};

/* Whether it is this connection's turn, and not that of one which waits to be accepted. */
static bool is_next(const struct keeper *keeper, int fd)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = keeper->listener, .events = POLLIN } };

	return poll(fds, 2, -1) > 0 && fds[0].revents != 0;
}

/* One connection, until the other side has enough of it. */
static void keep(struct keeper *keeper, int fd)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
	char request[4096] = "";
	size_t n = 0;
	ssize_t got;
	int left = keeper->answers;

	while (is_next(keeper, fd) && (got = read(fd, request + n, sizeof(request) - 1 - n)) > 0) {
		n += (size_t)got;
		request[n] = '\0';
		if (!is_whole(request, n))
			continue;
		keeper->requests++;
		if (left > 0 && --left == 0) {
			got = send(fd, answer, strlen(answer), MSG_NOSIGNAL);
			/* The next one is read, and the connection closed. */
			got = read(fd, request, sizeof(request) - 1);
			keeper->requests += got > 0;
			keeper->answers = 0;
			break;
		}
		got = send(fd, answer, strlen(answer), MSG_NOSIGNAL);
		memset(request, 0, sizeof(request));
		n = 0;
	}
	close(fd);
}

static void *keep_all(void *arg)
{
	struct keeper *keeper = arg;
	int fd;

	while ((fd = accept(keeper->listener, NULL, NULL)) >= 0) {
		keeper->connections++;
		keep(keeper, fd);
	}
	return NULL;
}

static void keeper_start(struct keeper *keeper, int answers, char *url, size_t url_n)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(address);

	*keeper = (struct keeper){ .answers = answers,
		.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	assert_int_equal(bind(keeper->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(keeper->listener, 4), 0);
	assert_int_equal(getsockname(keeper->listener, (struct sockaddr *)&address, &n), 0);
	snprintf(url, url_n, "http://127.0.0.1:%d/", ntohs(address.sin_port));
	assert_int_equal(pthread_create(&keeper->thread, NULL, keep_all, keeper), 0);
}

static void keeper_stop(struct keeper *keeper)
{
	shutdown(keeper->listener, SHUT_RDWR);
	pthread_join(keeper->thread, NULL);
	close(keeper->listener);
}

struct line_row {
	const char *name;
	int answers;                 /* as of keeper */
	bool has_line, is_once, has_body;
	int want_connections;        /* 0: as many as it likes */
	int want_requests;           /* whole ones */
	enum ks_err_code want_second;
};

/* Two exchanges. A write whose connection breaks is never sent a second time; a read may be. */
static const struct line_row line_rows[] = {
	{ "without a line", 0, false, false, true, 2, 2, KS_ERR_NONE },
	{ "reads share a connection", 0, true, false, true, 1, 2, KS_ERR_NONE },
	{ "writes share a connection", 0, true, true, true, 1, 2, KS_ERR_NONE },
	{ "a write without a body takes a new one", 0, true, true, false, 2, 2, KS_ERR_NONE },
	{ "a read is repeated on a new one", 1, true, false, true, 2, 3, KS_ERR_NONE },
	{ "a write is not", 1, true, true, true, 0, 2, KS_ERR_NET },
};

static void test_line(void **state)
{
	const struct line_row *row = *state;
	struct ks_http_line *line = row->has_line ? ks_http_line_new() : NULL;
	struct ks_http_request request = { .method = "POST", .total_ms = 5000, .line = line,
		.is_once = row->is_once, .body = row->has_body ? KS_STR("a=b&c=d") : (struct ks_str){ NULL, 0 } };
	struct ks_http_reply reply = { 0 };
	struct ks_err err = { 0 };
	struct keeper keeper;
	char url[64];

	keeper_start(&keeper, row->answers, url, sizeof(url));
	request.url = url;
	assert_int_equal(ks_http_send(&request, &reply, &err), 0);
	assert_string_equal(reply.body.p, "hi");
	ks_http_release(&reply);
	assert_int_equal(ks_http_send(&request, &reply, &err), row->want_second == KS_ERR_NONE ? 0 : -1);
	assert_int_equal(err.code, row->want_second);
	ks_http_release(&reply);
	ks_http_line_free(line);
	keeper_stop(&keeper);
	if (row->want_connections > 0)
		assert_int_equal(keeper.connections, row->want_connections);
	assert_int_equal(keeper.requests, row->want_requests);
}

int main(void)
{
	struct rows rows = { .n = 0 };
	struct ks_err err;

	if (ks_http_start(&err) != 0)
		return 1;
	ROWS_TABLE(&rows, test_answer, answer_rows);
	ROWS_TEST(&rows, test_request);
	ROWS_TABLE(&rows, test_refused, refused_rows);
	ROWS_TEST(&rows, test_stop);
	ROWS_TABLE(&rows, test_line, line_rows);
	return rows_run("http", &rows);
}

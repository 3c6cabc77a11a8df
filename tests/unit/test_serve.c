/* lib/net/serve */
#include "lib/net/serve.h"

#include "tests/unit/rows.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BIG 40000u

static bool page(void *arg, const char *path, struct ks_serve_answer *answer)
{
	(*(int *)arg)++;
	if (strcmp(path, "/ill") == 0) {
		answer->status = 503;
		answer->type = "application/json";
		ks_buf_adds(&answer->body, "{}");
		return true;
	}
	if (strcmp(path, "/empty") == 0)
		return true;
	if (strcmp(path, "/metrics") != 0)
		return false;
	ks_buf_adds(&answer->body, "fine\n");
	return true;
}

struct address_row {
	const char *name, *text;
	bool is_good;
};

static const struct address_row address_rows[] = {
	{ "IPv4", "127.0.0.1:9464", true },
	{ "any port", "127.0.0.1:0", true },
	{ "IPv6", "[::1]:9464", true },
	{ "a socket", "unix:/run/keysnare/http.sock", true },
	{ "all addresses", "0.0.0.0:9464", false },
	{ "all of IPv6", "[::]:9464", false },
	{ "another machine", "10.0.0.1:9464", false },
	{ "the loopback's net", "127.0.0.2:9464", false },
	{ "a name", "localhost:9464", false },
	{ "no address", ":9464", false },
	{ "a port alone", "9464", false },
	{ "no port", "127.0.0.1", false },
	{ "an empty port", "127.0.0.1:", false },
	{ "a port too many", "127.0.0.1:65536", false },
	{ "less than a port", "127.0.0.1:-1", false },
	{ "no number", "127.0.0.1:http", false },
	{ "something behind it", "127.0.0.1:80/", false },
	{ "a relative socket", "unix:http.sock", false },
	{ "nothing", "", false },
	{ "a path too long",
		"unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
};

static void test_address(void **state)
{
	const struct address_row *row = *state;
	struct ks_err err = { 0 };

	assert_int_equal(ks_serve_check(row->text, &err), row->is_good ? 0 : -1);
	if (!row->is_good)
		assert_int_equal(err.code, KS_ERR_USAGE);
}

static int reach(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static unsigned port_of(const struct ks_serve *serve)
{
	unsigned port = 0;

	assert_int_equal(sscanf(ks_serve_address(serve), "http://127.0.0.1:%u", &port), 1);
	return port;
}

/* Sends all of it, and reads until the server closes or out is full. */
static void exchange(int fd, const char *request, size_t n, char *out, size_t size)
{
	size_t got = 0;
	ssize_t part;

	for (size_t done = 0; done < n; done += (size_t)part) {
		part = send(fd, request + done, n - done, MSG_NOSIGNAL);
		if (part <= 0)
			break;
	}
	while (got < size - 1 && (part = recv(fd, out + got, size - 1 - got, 0)) > 0)
		got += (size_t)part;
	out[got] = '\0';
	close(fd);
}

struct request_row {
	const char *name, *request;
	const char *want;                /* the answer begins so */
	const char *has;                 /* and holds this; NULL */
	int pages;                       /* that were asked for */
};

#define HOST "Host: 127.0.0.1:9464\r\n"
#define CLOSE "Connection: close\r\n\r\n"

static const struct request_row request_rows[] = {
	{ "a page", "GET /metrics HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 200", "\r\n\r\nfine\n", 1 },
	{ "with a query", "GET /metrics?x=1 HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 200", "fine\n", 1 },
	{ "its type", "GET /metrics HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 200",
		"Content-Type: text/plain; charset=utf-8",
		1 },
	{ "another type", "GET /ill HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 503",
		"Content-Type: application/json", 1 },
	{ "nothing in it", "GET /empty HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 200", "Content-Length: 0", 1 },
	{ "the head alone", "HEAD /metrics HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 200", "Content-Length: 5", 1 },
	{ "no such page", "GET /etc/passwd HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 404", NULL, 1 },
	{ "a way up", "GET /metrics/../../etc/passwd HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 404", NULL, 1 },
	{ "localhost", "GET /metrics HTTP/1.1\r\nHost: LocalHost\r\n" CLOSE, "HTTP/1.1 200", NULL, 1 },
	{ "IPv6", "GET /metrics HTTP/1.1\r\nHost: [::1]:1\r\n" CLOSE, "HTTP/1.1 200", NULL, 1 },
	{ "somebody's name", "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n" CLOSE, "HTTP/1.1 403", NULL, 0 },
	{ "a name that begins alike", "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n" CLOSE,
		"HTTP/1.1 403",
		NULL, 0 },
	{ "a name in the port", "GET /metrics HTTP/1.1\r\nHost: localhost:80.evil.example\r\n" CLOSE,
		"HTTP/1.1 403",
		NULL, 0 },
	{ "no host", "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.", "403", 0 },
	{ "POST", "POST /metrics HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" CLOSE "abc", "HTTP/1.1 405",
		"Allow: GET, HEAD", 0 },
	{ "DELETE", "DELETE /metrics HTTP/1.1\r\n" HOST CLOSE, "HTTP/1.1 405", NULL, 0 },
	{ "GET with a body", "GET /metrics HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" CLOSE "abc",
		"HTTP/1.1 200", NULL,
		1 },
	{ "another protocol", "SSH-2.0-x\r\n\r\n", "", NULL, 0 },
	{ "no length that is one", "GET /metrics HTTP/1.1\r\n" HOST "Content-Length: -5\r\n" CLOSE,
		"HTTP/1.1 400", NULL,
		0 },
};

static void test_request(void **state)
{
	const struct request_row *row = *state;
	char answer[4096];
	struct ks_err err = { 0 };
	struct ks_serve *serve;
	int pages = 0;

	assert_int_equal(ks_serve_start(&(struct ks_serve_config){ "127.0.0.1:0", page, &pages }, &serve,
		&err), 0);
	exchange(reach(port_of(serve)), row->request, strlen(row->request), answer, sizeof(answer));
	ks_serve_stop(serve);
	if (strncmp(answer, row->want, strlen(row->want)) != 0 ||
		(row->has != NULL && strstr(answer, row->has) == NULL))
		fail_msg("the answer is:\n%s", answer);
	assert_int_equal(pages, row->pages);
}

/* Whatever was sent, the next one is answered. */
static void test_hostile(void **state)
{
	static const char good[] = "GET /metrics HTTP/1.1\r\n" HOST CLOSE;
	char *big = malloc(BIG), answer[4096];
	struct ks_err err = { 0 };
	struct ks_serve *serve;
	int pages = 0, idle[KS_SERVE_CONNECTIONS / 2];
	unsigned seed = 7;

	(void)state;
	assert_int_equal(ks_serve_start(&(struct ks_serve_config){ "127.0.0.1:0", page, &pages }, &serve,
		&err), 0);
	memset(big, 'a', BIG);
	memcpy(big, "GET /", 5);
	exchange(reach(port_of(serve)), big, BIG, answer, sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 4"));
	for (int i = 0; i < 200; i++) {
		for (size_t k = 0; k < 300; k++)
			big[k] = (char)(rand_r(&seed) >> 7);
		memcpy(big + 290, "\r\n\r\n\r\n\r\n\r\n", 10);
		if (i % 2 == 0)
			memcpy(big, "GET / HTTP/1.1\r\n", 16);
		exchange(reach(port_of(serve)), big, 300, answer, i % 3 == 0 ? 2 : sizeof(answer));
	}
	/* Connections that send nothing leave room for others. */
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		idle[i] = reach(port_of(serve));
	pages = 0;
	exchange(reach(port_of(serve)), good, strlen(good), answer, sizeof(answer));
	assert_non_null(strstr(answer, "\r\n\r\nfine\n"));
	assert_int_equal(pages, 1);
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		close(idle[i]);
	ks_serve_stop(serve);
	free(big);
}

static void test_taken(void **state)
{
	struct ks_err err = { 0 };
	struct ks_serve *serve, *other;
	char address[64];
	int pages = 0;

	(void)state;
	assert_int_equal(ks_serve_start(&(struct ks_serve_config){ "127.0.0.1:0", page, &pages }, &serve,
		&err), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%u", port_of(serve));
	assert_int_equal(ks_serve_start(&(struct ks_serve_config){ address, page, &pages }, &other, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	ks_serve_stop(serve);
}

static void test_socket(void **state)
{
	char dir[] = "/tmp/keysnare-serve-XXXXXX", listen_on[128], answer[2000];
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct ks_err err = { 0 };
	struct ks_serve *serve, *other;
	struct stat st;
	FILE *file;
	int pages = 0, fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/s", dir);
	snprintf(listen_on, sizeof(listen_on), "unix:%s", to.sun_path);
	/* A file that is no socket is left alone; a dead socket is replaced, a live one is not. */
	file = fopen(to.sun_path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(ks_serve_start(&(struct ks_serve_config){ listen_on, page, &pages }, &serve, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	unlink(to.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	close(fd);
	err = (struct ks_err){ 0 };
	assert_int_equal(ks_serve_start(&(struct ks_serve_config){ listen_on, page, &pages }, &serve, &err), 0);
	assert_string_equal(ks_serve_address(serve), listen_on);
	assert_int_equal(stat(to.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ks_serve_start(&(struct ks_serve_config){ listen_on, page, &pages }, &other, &err), -1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	exchange(fd, "GET /metrics HTTP/1.1\r\nHost: whatever\r\n" CLOSE,
		strlen("GET /metrics HTTP/1.1\r\nHost: "
		"whatever\r\n" CLOSE), answer, sizeof(answer));
	assert_non_null(strstr(answer, "fine\n"));
	ks_serve_stop(serve);
	assert_int_not_equal(stat(to.sun_path, &st), 0);
	rmdir(dir);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_address, address_rows);
	ROWS_TABLE(&rows, test_request, request_rows);
	ROWS_TEST(&rows, test_hostile);
	ROWS_TEST(&rows, test_taken);
	ROWS_TEST(&rows, test_socket);
	return rows_run("serve", &rows);
}

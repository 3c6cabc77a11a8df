/*
 * A stub of AWS for the watch's bench: HTTP/1.1 with connections kept alive, one thread, no think time. It
 * writes trail records by a schedule, to a file or into a queue of its own, and notes when each was there to
 * be read and when the first containment call about its key arrived.
 *
 *   stub --uses N --noise N --per-second N [--trail FILE]     says its port on stdout, and serves until stdin ends
 *   GET /stub/start, /stub/state, /stub/uses                  begin to feed; how far it is; a line a use
 */
#include "tests/bench/stub/stub.h"

#include "lib/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 64
#define LONGEST (4u << 20)
#define WAIT_MOST_US INT64_C(20000000)     /* a long poll ends without a message after that */

struct connection {
	int fd;
	struct ks_buf in;
	int64_t polls_since_us;      /* a ReceiveMessage waits; 0: none does */
	struct connection *next;
};

struct server {
	struct stub stub;
	int listener, epoll;
	struct connection *connections;
};

int64_t stub_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- one request --------------------------------------------------------------------------------- */

static struct ks_str header(struct ks_str head, const char *name)
{
	struct ks_str line, wanted = ks_str_of(name);

	while (ks_str_next(&head, '\n', &line))
		if (line.n > wanted.n && line.p[wanted.n] == ':' &&
			ks_str_is_equal_nocase(ks_str_sub(line, 0, wanted.n), wanted))
			return ks_str_trim(ks_str_sub(line, wanted.n + 1, line.n));
	return (struct ks_str){ NULL, 0 };
}

/* The next whole request of what has come; *out_n is its length, head and body. */
static bool cut(const struct connection *c, struct stub_request *out, size_t *out_n)
{
	struct ks_str all = ks_buf_str(&c->in), head, line;
	ptrdiff_t end = ks_str_find(all, KS_STR("\r\n\r\n"));
	int64_t length = 0;

	if (end < 0)
		return false;
	head = ks_str_sub(all, 0, (size_t)end);
	ks_str_parse_int(header(head, "Content-Length"), &length);
	*out_n = (size_t)end + 4 + (size_t)length;
	if (all.n < *out_n)
		return false;
	out->target = header(head, "X-Amz-Target");
	out->body = ks_str_sub(all, (size_t)end + 4, *out_n);
	ks_str_next(&head, '\n', &line);
	ks_str_next(&line, ' ', &out->method);
	ks_str_next(&line, ' ', &out->path);
	return true;
}

static void say(struct connection *c, int status, const struct ks_buf *body)
{
	struct ks_buf out;
	struct ks_str text;
	char when[64];
	time_t now = time(NULL);
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(when, sizeof(when), "%a, %d %b %Y %H:%M:%S GMT", &parts);
	ks_buf_init(&out, LONGEST);
	ks_buf_addf(&out, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Length: %zu\r\n\r\n", status,
		status == 200 ? "OK" : "Bad Request", when, ks_buf_str(body).n);
	ks_buf_add(&out, ks_buf_str(body));
	text = ks_buf_str(&out);
	while (text.n > 0) {
		ssize_t n = send(c->fd, text.p, text.n, MSG_NOSIGNAL);

		if (n < 0)
			break;
		text = ks_str_sub(text, (size_t)n, text.n);
	}
	ks_buf_release(&out);
}

static void cut_off(struct ks_buf *buf, size_t n)
{
	struct ks_buf rest;

	ks_buf_init(&rest, LONGEST);
	ks_buf_add(&rest, ks_str_sub(ks_buf_str(buf), n, ks_buf_str(buf).n));
	ks_buf_release(buf);
	*buf = rest;
}

/* Answers what is whole; a long poll stays where it is until there is something to say. */
static void serve(struct server *server, struct connection *c)
{
	struct stub_request request;
	struct ks_buf body;
	size_t n;

	while (cut(c, &request, &n)) {
		int64_t now_us = stub_now_us();
		int status;

		ks_buf_init(&body, LONGEST);
		status = stub_answer(&server->stub, &request, &body);
		if (status == 0 && c->polls_since_us == 0)
			c->polls_since_us = now_us;
		if (status == 0 && now_us - c->polls_since_us < WAIT_MOST_US) {
			ks_buf_release(&body);
			return;
		}
		if (status == 0)
			ks_buf_adds(&body, "{}");
		c->polls_since_us = 0;
		say(c, status == 0 ? 200 : status, &body);
		ks_buf_release(&body);
		cut_off(&c->in, n);
	}
}

/* ---- connections --------------------------------------------------------------------------------- */

static void take(struct server *server)
{
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC), one = 1;
	struct connection *c;
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c = ks_mem_alloc(sizeof(*c));
	*c = (struct connection){ .fd = fd, .next = server->connections };
	ks_buf_init(&c->in, LONGEST);
	server->connections = c;
	event.data.ptr = c;
	epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void drop(struct server *server, struct connection *gone)
{
	struct connection **at = &server->connections;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	close(gone->fd);
	ks_buf_release(&gone->in);
	free(gone);
}

static void hear(struct server *server, struct connection *c)
{
	char bytes[65536];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n <= 0) {
		drop(server, c);
		return;
	}
	ks_buf_add(&c->in, (struct ks_str){ bytes, (size_t)n });
	if (c->polls_since_us == 0)
		serve(server, c);
}

/* Those that wait for a message, once there is one, or for long enough. */
static void serve_polls(struct server *server)
{
	int64_t now_us = stub_now_us();

	for (struct connection *c = server->connections, *next; c != NULL; c = next) {
		next = c->next;
		if (c->polls_since_us != 0 && (stub_has_message(&server->stub, now_us) ||
			now_us - c->polls_since_us >= WAIT_MOST_US))
			serve(server, c);
	}
}

static void loop(struct server *server)
{
	struct epoll_event events[EVENTS], end = { .events = EPOLLIN, .data.fd = -1 };
	struct epoll_event listens = { .events = EPOLLIN };
	static int stdin_mark, listener_mark;

	end.data.ptr = &stdin_mark;
	listens.data.ptr = &listener_mark;
	epoll_ctl(server->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &end);
	epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &listens);
	for (;;) {
		int64_t wait_us = stub_feed(&server->stub, stub_now_us());
		struct timespec wait = { 0, 50000000 };
		int n;

		serve_polls(server);
		if (wait_us >= 0 && wait_us < wait.tv_nsec / 1000)
			wait.tv_nsec = wait_us * 1000;
		n = epoll_pwait2(server->epoll, events, EVENTS, &wait, NULL);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &stdin_mark)
				return;
			if (events[i].data.ptr == &listener_mark)
				take(server);
			else
				hear(server, events[i].data.ptr);
		}
	}
}

static int listen_anywhere(struct server *server)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->epoll < 0 || server->listener < 0 || bind(server->listener, (struct sockaddr *)&at, n) != 0 ||
		listen(server->listener, 64) != 0 || getsockname(server->listener, (struct sockaddr *)&at, &n) != 0) {
		perror("stub: cannot listen");
		return -1;
	}
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	return 0;
}

static int read_options(struct stub *stub, int argc, char **argv)
{
	static const struct option options[] = { { "uses", 1, NULL, 'u' }, { "noise", 1, NULL, 'n' },
		{ "per-second", 1, NULL, 'r' }, { "trail", 1, NULL, 't' }, { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'u')
			stub->uses = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'n')
			stub->noise = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'r')
			stub->per_second = strtod(optarg, NULL);
		else if (option == 't')
			stub->trail = optarg;
		else
			return -1;
	}
	stub->states = ks_mem_alloc((stub->uses + 1) * sizeof(*stub->states));
	for (unsigned i = 0; i < stub->uses; i++)
		stub_key_id(i, stub->states[i].id);
	if (stub->trail != NULL && (stub->trail_fd = open(stub->trail, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		0600)) < 0) {
		perror(stub->trail);
		return -1;
	}
	return stub->uses > 0 && stub->per_second > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct server server = { .stub = { .uses = 1000, .noise = 10, .per_second = 20, .trail_fd = -1 } };

	if (read_options(&server.stub, argc, argv) != 0) {
		fprintf(stderr, "stub: --uses N --noise N --per-second N [--trail FILE]\n");
		return 2;
	}
	if (listen_anywhere(&server) != 0)
		return 1;
	loop(&server);
	for (size_t i = 0; i < server.stub.message_count; i++)
		ks_buf_release(&server.stub.messages[i].body);
	while (server.connections != NULL)
		drop(&server, server.connections);
	free(server.stub.messages);
	free(server.stub.states);
	return 0;
}

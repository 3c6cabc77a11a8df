/* A server for the same machine. */
#include "lib/net/serve.h"

#include "lib/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define BACKLOG 32

struct ks_serve {
	struct ks_serve_config config;
	struct MHD_Daemon *daemon;
	char *socket_path;               /* of a UNIX socket; NULL */
	char *address;
};

/* An address as the system wants it. */
struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	} name;
	socklen_t size;
};

/* ---- addresses ----------------------------------------------------------------------------------- */

static int refuse(const char *text, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_USAGE,
		"'%s' is no address to listen on: it is 127.0.0.1:PORT, [::1]:PORT or "
		"unix:/PATH, since there are no passwords; for other machines put a proxy in front", text);
}

static bool parse_port(const char *text, in_port_t *out)
{
	int64_t port;

	if (!ks_str_parse_int(ks_str_of(text), &port) || port < 0 || port > 65535)
		return false;
	*out = htons((uint16_t)port);
	return true;
}

static int parse_unix(const char *text, struct place *out, struct ks_err *err)
{
	const char *path = text + strlen(UNIX_PREFIX);
	struct sockaddr_un *local = &out->name.local;

	if (path[0] != '/')
		return refuse(text, err);
	if (strlen(path) >= sizeof(local->sun_path))
		return ks_err_set(err, KS_ERR_USAGE, "'%s': the path of a socket has at most %zu bytes", path,
			sizeof(local->sun_path) - 1);
	*local = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(local->sun_path, path, strlen(path) + 1);
	out->size = sizeof(*local);
	return 0;
}

static int parse(const char *text, struct place *out, struct ks_err *err)
{
	static const char v4[] = "127.0.0.1:", v6[] = "[::1]:";

	memset(out, 0, sizeof(*out));
	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		return parse_unix(text, out, err);
	if (strncmp(text, v4, strlen(v4)) == 0) {
		out->name.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
		out->size = sizeof(out->name.v4);
		return parse_port(text + strlen(v4), &out->name.v4.sin_port) ? 0 : refuse(text, err);
	}
	if (strncmp(text, v6, strlen(v6)) == 0) {
		out->name.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
		out->size = sizeof(out->name.v6);
		return parse_port(text + strlen(v6), &out->name.v6.sin6_port) ? 0 : refuse(text, err);
	}
	return refuse(text, err);
}

int ks_serve_check(const char *text, struct ks_err *err)
{
	struct place ignored;

	return parse(text, &ignored, err);
}

/* Whether somebody answers on a socket file. */
static bool is_in_use(const struct place *place)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answers = fd >= 0 && connect(fd, &place->name.any, place->size) == 0;

	if (fd >= 0)
		close(fd);
	return answers;
}

/* What a crash left is a socket that nobody answers on; any other file is somebody's. */
static int clear_path(const struct place *place, struct ks_err *err)
{
	const char *path = place->name.local.sun_path;
	struct stat st;

	if (lstat(path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return ks_err_set(err, KS_ERR_EXISTS,
			"cannot listen on '%s': there is a file that is no socket", path);
	if (is_in_use(place))
		return ks_err_set(err, KS_ERR_EXISTS, "cannot listen on '%s': another program does", path);
	if (unlink(path) != 0)
		return ks_err_set_errno(err, "cannot replace the socket '%s'", path);
	return 0;
}

static int open_socket(const char *text, const struct place *place, struct ks_err *err)
{
	int family = place->name.any.sa_family, on = 1, fd;
	mode_t before = 0;
	int rc;

	if (family == AF_UNIX && clear_path(place, err) != 0)
		return -1;
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ks_err_set_errno(err, "cannot make a socket for '%s'", text);
	if (family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_UNIX)
		before = umask(0177);
	rc = bind(fd, &place->name.any, place->size);
	if (family == AF_UNIX)
		umask(before);
	if (rc == 0)
		rc = listen(fd, BACKLOG);
	if (rc == 0)
		return fd;
	if (errno == EADDRINUSE)
		ks_err_set(err, KS_ERR_EXISTS, "cannot listen on '%s': another program does", text);
	else
		ks_err_set_errno(err, "cannot listen on '%s'", text);
	close(fd);
	return -1;
}

static char *name_address(const char *text, int fd)
{
	struct place place = { .size = sizeof(place.name) };
	char out[64];

	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0 ||
		getsockname(fd, &place.name.any, &place.size) != 0)
		return ks_mem_copy(text, strlen(text));
	if (place.name.any.sa_family == AF_INET6)
		snprintf(out, sizeof(out), "http://[::1]:%u", ntohs(place.name.v6.sin6_port));
	else
		snprintf(out, sizeof(out), "http://127.0.0.1:%u", ntohs(place.name.v4.sin_port));
	return ks_mem_copy(out, strlen(out));
}

/* ---- requests ------------------------------------------------------------------------------------ */

/* Names of the loopback, with or without a port. Over a UNIX socket no browser comes. */
static bool is_host_ours(const struct ks_serve *serve, const char *host)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };

	if (serve->socket_path != NULL)
		return true;
	for (size_t i = 0; host != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (strncasecmp(host, names[i], n) == 0 &&
			(host[n] == '\0' || (host[n] == ':' && host[n + 1 + strspn(host + n + 1,
				"0123456789")] == '\0')))
			return true;
	}
	return false;
}

static enum MHD_Result reply(struct MHD_Connection *connection, const struct ks_serve_answer *answer)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(answer->body.n,
		answer->body.n > 0 ? answer->body.p : (char *)(uintptr_t)"", MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type",
		answer->type != NULL ? answer->type : "text/plain; charset=utf-8");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (answer->status >= 400 && answer->status < 500)
		MHD_add_response_header(response, "Connection", "close");
	rc = MHD_queue_response(connection, (unsigned)(answer->status != 0 ? answer->status : MHD_HTTP_OK),
		response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result refuse_request(struct MHD_Connection *connection, int status, const char *why)
{
	struct ks_serve_answer answer = { .status = status };
	enum MHD_Result rc;

	ks_buf_init(&answer.body, 1024);
	ks_buf_addf(&answer.body, "%s\n", why);
	rc = reply(connection, &answer);
	ks_buf_release(&answer.body);
	return rc;
}

/* Called once with the head, and again for every part of a body and at its end: all is decided at the head,
 * since no body is wanted. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *body, size_t *body_size, void **state)
{
	struct ks_serve *serve = arg;
	struct ks_serve_answer answer = { .status = 0 };
	enum MHD_Result rc;

	(void)version;
	(void)body;
	if (*body_size > 0) {
		*body_size = 0;
		return MHD_YES;
	}
	if (!is_host_ours(serve, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host")))
		return refuse_request(connection, MHD_HTTP_FORBIDDEN, "ask for 127.0.0.1, [::1] or localhost");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse_request(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only");
	/* The first call may not answer a request yet that is fine. */
	if (*state == NULL) {
		*state = serve;
		return MHD_YES;
	}
	ks_buf_init(&answer.body, KS_SERVE_BODY);
	if (!serve->config.page(serve->config.arg, url, &answer))
		rc = refuse_request(connection, MHD_HTTP_NOT_FOUND, "there is no such page");
	else
		rc = reply(connection, &answer);
	ks_buf_release(&answer.body);
	return rc;
}

/* Broken requests are their senders' affair. */
static void be_quiet(void *arg, const char *format, va_list args)
{
	(void)arg;
	(void)format;
	(void)args;
}

/* ---- the server ---------------------------------------------------------------------------------- */

static int start_daemon(struct ks_serve *serve, int fd, struct ks_err *err)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;
	sigset_t all, before;

	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	serve->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, serve,
		MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, KS_SERVE_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)KS_SERVE_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, KS_SERVE_IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return serve->daemon != NULL ? 0 :
		ks_err_set(err, KS_ERR_IO, "cannot start the server for '%s'", serve->config.listen);
}

int ks_serve_start(const struct ks_serve_config *config, struct ks_serve **out, struct ks_err *err)
{
	struct ks_serve *serve;
	struct place place;
	int fd;

	if (parse(config->listen, &place, err) != 0)
		return -1;
	fd = open_socket(config->listen, &place, err);
	if (fd < 0)
		return -1;
	serve = ks_mem_alloc(sizeof(*serve));
	serve->config = *config;
	serve->address = name_address(config->listen, fd);
	if (place.name.any.sa_family == AF_UNIX)
		serve->socket_path = ks_mem_copy(place.name.local.sun_path, strlen(place.name.local.sun_path));
	if (start_daemon(serve, fd, err) != 0) {
		close(fd);
		ks_serve_stop(serve);
		return -1;
	}
	*out = serve;
	return 0;
}

const char *ks_serve_address(const struct ks_serve *serve)
{
	return serve->address;
}

void ks_serve_stop(struct ks_serve *serve)
{
	if (serve == NULL)
		return;
	/* It closes the socket, too. */
	if (serve->daemon != NULL)
		MHD_stop_daemon(serve->daemon);
	if (serve->socket_path != NULL)
		unlink(serve->socket_path);
	free(serve->socket_path);
	free(serve->address);
	free(serve);
}

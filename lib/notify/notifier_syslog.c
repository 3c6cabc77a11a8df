/*
 * Notices as messages of syslog (RFC 5424): to the local socket, by UDP (RFC 5426), or by TCP with each
 * message's length in front of it (RFC 6587, octet counting). Facts stand in structured data, title and text
 * in the message.
 *
 * Syslog knows no answers. By TCP a notice counts as arrived once the receiver has taken all of it and
 * closed its side after ours; by UDP and the local socket once it was handed over. TLS is a local daemon's
 * to add.
 */
#include "lib/notify/notifier.h"

#include "lib/base/text.h"
#include "lib/base/time.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LOCAL "/dev/log"
#define TOTAL_MS 10000
#define STEP_MS 100
#define DATAGRAM_MOST 2048u            /* what every receiver should take */
#define MESSAGE_MOST 8192u
#define ENTERPRISE "32473"             /* RFC 5612: for those who have no number of their own */

static const struct ks_notifier_option options[] = {
	{ "facility", "user, daemon, auth, authpriv or local0 to local7", false, false, false },
	{ "host", "what this machine is called, instead of its own name", false, false, false },
};

static const struct { const char *name; int number; } facilities[] = { { "authpriv", 10 }, { "auth", 4 },
	{ "user", 1 }, { "daemon", 3 }, { "local0", 16 }, { "local1", 17 }, { "local2", 18 }, { "local3", 19 },
	{ "local4", 20 }, { "local5", 21 }, { "local6", 22 }, { "local7", 23 } };

/* Where a target leads. */
struct place {
	enum { PLACE_LOCAL, PLACE_UDP, PLACE_TCP } kind;
	char path[108];                    /* of a socket */
	char host[256], port[8];
};

/* ---- targets ------------------------------------------------------------------------------------- */

static int facility_of(const char *name)
{
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (name == NULL || strcmp(facilities[i].name, name) == 0)
			return facilities[i].number;
	return -1;
}

/* "host:port", "[::1]:514", "host". */
static bool parse_host(const char *text, struct place *out)
{
	const char *colon = strrchr(text, ':'), *end = text + strlen(text);
	struct ks_str host, port = KS_STR("514");
	int64_t number;

	if (colon != NULL && (text[0] != '[' || colon[-1] == ']')) {
		port = ks_str_of(colon + 1);
		end = colon;
	}
	host = (struct ks_str){ text, (size_t)(end - text) };
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = ks_str_sub(host, 1, host.n - 2);
	if (host.n == 0 || host.n >= sizeof(out->host) || !ks_str_parse_int(port, &number) || number < 1 ||
		number > 65535)
		return false;
	snprintf(out->host, sizeof(out->host), KS_STR_FMT, KS_STR_ARG(host));
	snprintf(out->port, sizeof(out->port), "%d", (int)number);
	return true;
}

static bool parse_place(const char *target, struct place *out)
{
	const char *path = target[0] == '\0' ? LOCAL : target;

	*out = (struct place){ .kind = PLACE_LOCAL };
	if (path[0] == '/')
		return (size_t)snprintf(out->path, sizeof(out->path), "%s", path) < sizeof(out->path);
	if (strncmp(path, "udp://", 6) != 0 && strncmp(path, "tcp://", 6) != 0)
		return false;
	out->kind = path[0] == 'u' ? PLACE_UDP : PLACE_TCP;
	return parse_host(path + 6, out);
}

static bool is_printable(const char *text, size_t most)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7F)
			return false;
	return n > 0 && n <= most;
}

static int check_syslog(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	const char *host = ks_notifier_setting(notifier, "host");
	struct place place;

	*out_key = "target";
	if (!parse_place(notifier->target, &place))
		return ks_err_set(err, KS_ERR_USAGE, "a syslog is the path of its socket, udp://HOST[:PORT] or "
			"tcp://HOST[:PORT], not '%s'", notifier->target);
	*out_key = "facility";
	if (facility_of(ks_notifier_setting(notifier, "facility")) < 0)
		return ks_err_set(err, KS_ERR_USAGE, "there is no facility '%s': there are authpriv (the usual), "
			"auth, user, daemon, local0 to local7", ks_notifier_setting(notifier, "facility"));
	*out_key = "host";
	if (host != NULL && !is_printable(host, 255))
		return ks_err_set(err, KS_ERR_USAGE, "'host' is a name of printable characters, without blanks");
	return 0;
}

/* ---- the message --------------------------------------------------------------------------------- */

static int severity(const struct ks_wording *wording)
{
	if (wording->is_test || wording->turn == KS_WORDING_SIGN)
		return 6;
	if (wording->turn == KS_WORDING_OVER)
		return 5;
	return wording->level == KS_LEVEL_CRITICAL ? 2 : wording->level == KS_LEVEL_HIGH ? 3 :
		wording->level == KS_LEVEL_MEDIUM ? 4 : 5;
}

/* RFC 5424, 6.3.3: ", \ and ] are escaped. */
static void add_parameter(struct ks_buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	ks_buf_addf(out, " %s=\"", name);
	for (const char *p = value; *p != '\0'; p++)
		ks_buf_addf(out, "%s%c", strchr("\"\\]", *p) != NULL ? "\\" : "", *p);
	ks_buf_addc(out, '"');
}

/* A label as a name: letters, digits and "_", at most 32. */
static void add_field(struct ks_buf *out, const struct ks_wording_field *field)
{
	char name[33];
	size_t n = 0;

	for (const char *p = field->label; *p != '\0' && n < sizeof(name) - 1; p++) {
		char c = ks_str_lower(*p);

		name[n++] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
	}
	name[n] = '\0';
	add_parameter(out, name, field->value);
}

static void add_head(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_arena *arena, struct ks_buf *out)
{
	const char *host = ks_notifier_setting(notifier, "host"), *kind;
	char name[256] = "", time[KS_TIME_TEXT];

	if (host == NULL && gethostname(name, sizeof(name) - 1) == 0 && is_printable(name, 255))
		host = name;
	kind = ks_wording_clean(ks_str_of(message->kind), 32, arena);
	ks_buf_addf(out, "<%d>1 %s %s keysnare %ld %s ",
		8 * facility_of(ks_notifier_setting(notifier, "facility")) + severity(message->wording),
		ks_time_render(message->created_ms, time), host != NULL ? host : "-", (long)getpid(),
		is_printable(kind, 32) ? kind : "-");
}

static void add_data(const struct ks_notifier_message *message, struct ks_arena *arena, struct ks_buf *out)
{
	const struct ks_wording *wording = message->wording;
	size_t before;

	ks_buf_adds(out, "[keysnare@" ENTERPRISE);
	add_parameter(out, "level", ks_rule_level_name(wording->level));
	add_parameter(out, "notice", message->id);
	add_parameter(out, "thread", message->thread);
	add_parameter(out, "repeated", message->is_repeated ? "true" : "false");
	if (message->incident_id > 0)
		add_parameter(out, "incident", ks_arena_printf(arena, "%lld", (long long)message->incident_id));
	/* Whole facts, as many as there is room for beside the text. */
	for (size_t i = 0; i < wording->field_count; i++) {
		before = out->n;
		add_field(out, &wording->fields[i]);
		if (out->n > out->max - KS_WORDING_TITLE - 600) {
			out->n = before;
			out->p[before] = '\0';
		}
	}
	ks_buf_adds(out, "]");
}

static void render(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_buf *out)
{
	const struct ks_wording *wording = message->wording;
	struct ks_arena arena;
	struct ks_buf text;

	ks_arena_init(&arena);
	add_head(notifier, message, &arena, out);
	add_data(message, &arena, out);
	ks_buf_init(&text, 16u * 1024);
	ks_buf_addf(&text, " \xEF\xBB\xBF%s%s%s%s%s", wording->title, wording->text[0] != '\0' ? " | " : "",
		wording->text, wording->next[0] != '\0' ? " | Next: " : "", wording->next);
	ks_buf_add(out, ks_wording_cut(ks_buf_str(&text).p, out->max - out->n - 8));
	ks_buf_release(&text);
	ks_arena_release(&arena);
}

/* ---- sockets ------------------------------------------------------------------------------------- */

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the socket is ready: 0; -1 with errno when time is up or we are to stop. */
static int await(const struct ks_ctx *ctx, int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (monotonic_ms() < until && !ks_ctx_is_stopping(ctx)) {
		int n = poll(&p, 1, STEP_MS);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -1;
	}
	errno = ETIMEDOUT;
	return -1;
}

static int connect_to(const struct ks_ctx *ctx, const struct sockaddr *address, socklen_t size, int type,
	int64_t until)
{
	int fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
	socklen_t length = sizeof(error);

	if (fd < 0)
		return -1;
	if (connect(fd, address, size) == 0)
		return fd;
	if (errno == EINPROGRESS && await(ctx, fd, POLLOUT, until) == 0 &&
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0)
		return fd;
	if (error != 0)
		errno = error;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Also one that only takes streams. */
static int open_local(const struct ks_ctx *ctx, const struct place *place, int64_t until,
	bool *out_is_stream)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", place->path);
	*out_is_stream = false;
	fd = connect_to(ctx, (const struct sockaddr *)&address, sizeof(address), SOCK_DGRAM, until);
	if (fd < 0 && errno == EPROTOTYPE) {
		*out_is_stream = true;
		fd = connect_to(ctx, (const struct sockaddr *)&address, sizeof(address), SOCK_STREAM, until);
	}
	return fd;
}

static int open_remote(const struct ks_ctx *ctx, const struct place *place, int64_t until,
	const char **out_why)
{
	struct addrinfo hints = { .ai_socktype = place->kind == PLACE_UDP ? SOCK_DGRAM : SOCK_STREAM };
	struct addrinfo *list = NULL;
	int fd = -1, rc = getaddrinfo(place->host, place->port, &hints, &list);

	if (rc != 0) {
		*out_why = gai_strerror(rc);
		return -1;
	}
	for (const struct addrinfo *one = list; fd < 0 && one != NULL; one = one->ai_next)
		fd = connect_to(ctx, one->ai_addr, one->ai_addrlen, one->ai_socktype, until);
	rc = errno;
	freeaddrinfo(list);
	errno = rc;
	return fd;
}

static int put(const struct ks_ctx *ctx, int fd, struct ks_str bytes, int64_t until)
{
	while (bytes.n > 0) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n >= 0)
			bytes = ks_str_sub(bytes, (size_t)n, bytes.n);
		else if (errno == EAGAIN && await(ctx, fd, POLLOUT, until) == 0)
			continue;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

/* Our side is closed, and theirs follows: whoever sees that has read all that stood before. */
static int take_leave(const struct ks_ctx *ctx, int fd, int64_t until)
{
	char ignored[256];
	ssize_t n = -1;

	if (shutdown(fd, SHUT_WR) != 0)
		return -1;
	while (await(ctx, fd, POLLIN, until) == 0) {
		n = recv(fd, ignored, sizeof(ignored), 0);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
	}
	return -1;
}

static int deliver(const struct ks_notifier *notifier, const struct place *place, struct ks_str text,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	int64_t until = monotonic_ms() + TOTAL_MS;
	const struct ks_ctx *ctx = notifier->ctx;
	bool is_stream = place->kind == PLACE_TCP;
	const char *why = NULL;
	char length[32];
	int fd, rc = 0;

	fd = place->kind == PLACE_LOCAL ? open_local(ctx, place, until, &is_stream) :
		open_remote(ctx, place, until, &why);
	out->is_unsent = fd < 0;
	if (fd < 0)
		return ks_err_set(err, KS_ERR_NET, "syslog at '%s' cannot be reached: %s",
			notifier->target[0] != '\0' ? notifier->target : LOCAL, why != NULL ? why : strerror(errno));
	snprintf(length, sizeof(length), "%zu ", text.n);
	if (place->kind == PLACE_TCP)
		rc = put(ctx, fd, ks_str_of(length), until);
	if (rc == 0)
		rc = put(ctx, fd, text, until);
	/* A local stream ends each message by a line's end. */
	if (rc == 0 && is_stream && place->kind == PLACE_LOCAL)
		rc = put(ctx, fd, KS_STR("\n"), until);
	if (rc == 0 && is_stream)
		rc = take_leave(ctx, fd, until);
	if (rc != 0)
		ks_err_set(err, KS_ERR_NET, "syslog at '%s' did not take it: %s",
			notifier->target[0] != '\0' ? notifier->target : LOCAL, strerror(errno));
	close(fd);
	return rc;
}

static int send_syslog(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct place place;
	struct ks_buf text;
	int rc;

	parse_place(notifier->target, &place);
	ks_buf_init(&text, place.kind == PLACE_UDP ? DATAGRAM_MOST : MESSAGE_MOST);
	render(notifier, message, &text);
	rc = deliver(notifier, &place, ks_buf_str(&text), out, err);
	ks_buf_release(&text);
	return rc;
}

const struct ks_notifier_row ks_notifier_syslog = {
	.name = "syslog",
	.target = "udp://HOST:PORT",
	.is_target_optional = true,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check_syslog,
	.send = send_syslog,
};

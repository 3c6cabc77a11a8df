/* One datagram. */
#include "lib/net/systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int ks_systemd_notify(const struct ks_ctx *ctx, const char *state, struct ks_err *err)
{
	const char *path = ks_ctx_env(ctx, "NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	ssize_t sent;
	int fd;

	if (path == NULL)
		return 0;
	if ((path[0] != '/' && path[0] != '@') || n < 2 || n >= sizeof(to.sun_path))
		return ks_err_set(err, KS_ERR_IO, "NOTIFY_SOCKET '%s' is the name of no socket", path);
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ks_err_set_errno(err, "cannot make a socket for the service manager");
	/* A name in the abstract namespace has no NUL at its end: the length says where it ends. */
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	if (sent < 0)
		ks_err_set_errno(err, "cannot tell the service manager at '%s'", path);
	close(fd);
	return sent < 0 ? -1 : 0;
}

int ks_systemd_reloading(const struct ks_ctx *ctx, struct ks_err *err)
{
	struct timespec now;
	char state[80];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		(int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	return ks_systemd_notify(ctx, state, err);
}

int64_t ks_systemd_watchdog(const struct ks_ctx *ctx)
{
	const char *usec = ks_ctx_env(ctx, "WATCHDOG_USEC"), *pid = ks_ctx_env(ctx, "WATCHDOG_PID");
	int64_t number;

	if (pid != NULL && (!ks_str_parse_int(ks_str_of(pid), &number) || number != getpid()))
		return 0;
	if (usec == NULL || !ks_str_parse_int(ks_str_of(usec), &number) || number < 1000)
		return 0;
	return number / 1000;
}

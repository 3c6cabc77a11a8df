/* lib/net/systemd */
#include "lib/net/systemd.h"

#include "tests/unit/rows.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct world {
	const char *socket, *usec, *pid;
};

static const char *env(void *arg, const char *name)
{
	const struct world *world = arg;

	return strcmp(name, "NOTIFY_SOCKET") == 0 ? world->socket :
		strcmp(name, "WATCHDOG_USEC") == 0 ? world->usec :
		strcmp(name, "WATCHDOG_PID") == 0 ? world->pid : NULL;
}

static struct ks_ctx make_ctx(struct world *world)
{
	struct ks_ctx ctx;

	ks_ctx_init(&ctx);
	ctx.env = env;
	ctx.arg = world;
	return ctx;
}

/* A manager's socket; name "" makes one in the abstract namespace. Gives what NOTIFY_SOCKET is then. */
static int make_manager(char out_name[100], bool is_abstract)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), n;

	n = snprintf(at.sun_path, sizeof(at.sun_path), is_abstract ? "@keysnare-test-%d" :
		"/tmp/keysnare-notify-%d",
		(int)getpid());
	memcpy(out_name, at.sun_path, (size_t)n + 1);
	if (is_abstract)
		at.sun_path[0] = '\0';
	else
		unlink(at.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)), 0);
	return fd;
}

static void test_notify(void **state)
{
	(void)state;
	for (int is_abstract = 0; is_abstract < 2; is_abstract++) {
		char name[100], got[200] = "";
		int fd = make_manager(name, is_abstract);
		struct world world = { .socket = name };
		struct ks_ctx ctx = make_ctx(&world);
		struct ks_err err = { 0 };
		long long usec = 0;

		assert_int_equal(ks_systemd_notify(&ctx, "READY=1\nSTATUS=well", &err), 0);
		assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), 19);
		assert_string_equal(got, "READY=1\nSTATUS=well");
		memset(got, 0, sizeof(got));
		assert_int_equal(ks_systemd_reloading(&ctx, &err), 0);
		assert_true(recv(fd, got, sizeof(got) - 1, 0) > 0);
		assert_int_equal(sscanf(got, "RELOADING=1\nMONOTONIC_USEC=%lld", &usec), 1);
		assert_true(usec > 0);
		close(fd);
		unlink(name);
	}
}

struct bad_row {
	const char *name, *socket;
	int rc;
};

static const struct bad_row bad_rows[] = {
	{ "no manager", NULL, 0 },
	{ "an empty name", "", 0 },
	{ "no path", "notify", -1 },
	{ "one byte", "/", -1 },
	{ "nobody there", "/nonexistent/notify", -1 },
	{ "nobody there, abstract", "@keysnare-nobody", -1 },
	{ "vsock, which is not spoken", "vsock:2:1234", -1 },
};

static void test_bad(void **state)
{
	const struct bad_row *row = *state;
	struct world world = { .socket = row->socket };
	struct ks_ctx ctx = make_ctx(&world);
	struct ks_err err = { 0 };

	assert_int_equal(ks_systemd_notify(&ctx, "READY=1", &err), row->rc);
}

struct watchdog_row {
	const char *name, *usec, *pid;
	int64_t want;
};

static const struct watchdog_row watchdog_rows[] = {
	{ "none", NULL, NULL, 0 },
	{ "ours by default", "30000000", NULL, 30000 },
	{ "ours", "30000000", "own", 30000 },
	{ "another process's", "30000000", "1", 0 },
	{ "no process", "30000000", "x", 0 },
	{ "no time", "soon", "own", 0 },
	{ "less than can be kept", "10", "own", 0 },
};

static void test_watchdog(void **state)
{
	const struct watchdog_row *row = *state;
	char pid[24];
	struct world world = { .usec = row->usec, .pid = row->pid };
	struct ks_ctx ctx = make_ctx(&world);

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (row->pid != NULL && strcmp(row->pid, "own") == 0)
		world.pid = pid;
	assert_int_equal(ks_systemd_watchdog(&ctx), row->want);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, test_notify);
	ROWS_TABLE(&rows, test_bad, bad_rows);
	ROWS_TABLE(&rows, test_watchdog, watchdog_rows);
	return rows_run("systemd", &rows);
}

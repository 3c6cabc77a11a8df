/*
 * Notices to a program of the user's: no shell, no arguments, the JSON object on its standard input (whole
 * before it starts, so that it never sees a part of one, even if keysnare dies), and a
 * small environment (PATH, HOME, LANG, TZ, TMPDIR as they are, and KEYSNARE_KIND, KEYSNARE_INCIDENT,
 * KEYSNARE_NOTICE, KEYSNARE_REPEATED). Status 0 means that it arrived. What it prints on stderr becomes the
 * error's text; it is stopped, with all that it started, when it takes too long.
 */
#include "lib/notify/notifier.h"

#include "lib/base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 30000
#define STOP_MS 2000               /* once keysnare is to stop */
#define STEP_MS 20
#define SAID_MAX 400u              /* of its stderr */

/* A running program. */
struct child {
	pid_t pid;
	int said;                      /* its stderr; -1 once closed */
	struct ks_buf text;
	int status;
};

static int check_exec(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	*out_key = "target";
	if (notifier->target[0] != '/')
		return ks_err_set(err, KS_ERR_USAGE,
			"a program is given by its whole path, as in exec:/usr/local/bin/page, "
			"not '%s'",
			notifier->target);
	return 0;
}

static int open_exec(struct ks_notifier *notifier, struct ks_err *err)
{
	if (access(notifier->target, X_OK) != 0)
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no program that can be run: %s", notifier->target,
			strerror(errno));
	return 0;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static char **environment(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_arena *arena)
{
	static const char *const kept[] = { "PATH", "HOME", "LANG", "TZ", "TMPDIR" };
	char **env = ks_arena_alloc(arena, 16 * sizeof(*env));
	size_t n = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = ks_ctx_env(notifier->ctx, kept[i]);

		if (value != NULL)
			env[n++] = ks_arena_printf(arena, "%s=%s", kept[i], value);
	}
	env[n++] = ks_arena_printf(arena, "KEYSNARE_KIND=%s", message->kind);
	env[n++] = ks_arena_printf(arena, "KEYSNARE_INCIDENT=%" PRId64, message->incident_id);
	env[n++] = ks_arena_printf(arena, "KEYSNARE_NOTICE=%s", message->id);
	env[n++] = ks_arena_printf(arena, "KEYSNARE_REPEATED=%s", message->is_repeated ? "true" : "false");
	env[n] = NULL;
	return env;
}

/* In a group of its own, with its signals as a program expects them, and nothing of ours open in it. */
static int spawn(struct child *child, const char *path, char **env, int in, int said)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int rc;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGTERM);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, said, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	rc = posix_spawn(&child->pid, path, &files, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* The bytes as a file without a name, at its beginning; -1 when there is no room. */
static int as_file(struct ks_str bytes)
{
	int fd = memfd_create("notice", MFD_CLOEXEC);

	while (fd >= 0 && bytes.n > 0) {
		ssize_t put = write(fd, bytes.p, bytes.n);

		if (put > 0) {
			bytes = ks_str_sub(bytes, (size_t)put, bytes.n);
		} else if (errno != EINTR) {
			close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static int start(struct child *child, const char *path, char **env, struct ks_str body, struct ks_err *err)
{
	int said[2] = { -1, -1 }, in = as_file(body), rc = -1;

	if (in >= 0 && pipe2(said, O_CLOEXEC) == 0) {
		errno = spawn(child, path, env, in, said[1]);
		rc = errno == 0 ? 0 : -1;
	}
	if (rc != 0)
		ks_err_set_errno(err, "cannot start '%s'", path);
	else
		fcntl(said[0], F_SETFL, O_NONBLOCK);
	close_end(&in);
	close_end(&said[1]);
	if (rc != 0)
		close_end(&said[0]);
	child->said = said[0];
	return rc;
}

/* Takes what it has said so far. */
static void listen_to(struct child *child)
{
	char bytes[1024];
	ssize_t n;

	while (child->said >= 0 && (n = read(child->said, bytes, sizeof(bytes))) >= 0) {
		if (n == 0)
			close_end(&child->said);
		else if (child->text.n < SAID_MAX)
			ks_buf_add(&child->text,
				ks_str_sub((struct ks_str){ bytes, (size_t)n }, 0, SAID_MAX - child->text.n));
	}
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until it has ended. False when it had to be stopped. */
static bool attend(struct child *child, const struct ks_ctx *ctx)
{
	int64_t deadline = monotonic_ms() + TIMEOUT_MS;

	for (;;) {
		struct pollfd fd;

		listen_to(child);
		if (waitpid(child->pid, &child->status, WNOHANG) == child->pid) {
			listen_to(child);
			return true;
		}
		if (ks_ctx_is_stopping(ctx) && deadline > monotonic_ms() + STOP_MS)
			deadline = monotonic_ms() + STOP_MS;
		if (monotonic_ms() >= deadline)
			break;
		fd = (struct pollfd){ child->said, POLLIN, 0 };
		poll(&fd, 1, STEP_MS);
	}
	kill(-child->pid, SIGKILL);
	kill(child->pid, SIGKILL);
	waitpid(child->pid, &child->status, 0);
	return false;
}

static int send_exec(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct child child = { .said = -1 };
	struct ks_arena arena;
	struct ks_str said;
	int rc;

	ks_arena_init(&arena);
	ks_buf_init(&child.text, SAID_MAX + 1);
	rc = start(&child, notifier->target, environment(notifier, message, &arena), message->body, err);
	out->is_unsent = rc != 0;
	if (rc == 0) {
		bool has_ended = attend(&child, notifier->ctx);

		said = ks_str_trim(ks_buf_str(&child.text));
		if (!has_ended)
			rc = ks_err_set(err, KS_ERR_REMOTE, "'%s' took too long and was stopped", notifier->target);
		else if (WIFSIGNALED(child.status))
			rc = ks_err_set(err, KS_ERR_REMOTE, "'%s' was ended by signal %d", notifier->target,
				WTERMSIG(child.status));
		else if (WEXITSTATUS(child.status) != 0)
			rc = ks_err_set(err, KS_ERR_REMOTE, "'%s' ended with status %d%s" KS_STR_FMT, notifier->target,
				WEXITSTATUS(child.status), said.n > 0 ? ": " : "", KS_STR_ARG(said));
	}
	close_end(&child.said);
	ks_buf_release(&child.text);
	ks_arena_release(&arena);
	return rc;
}

const struct ks_notifier_row ks_notifier_exec = {
	.name = "exec",
	.target = "/PATH",
	.check = check_exec,
	.open = open_exec,
	.send = send_exec,
};

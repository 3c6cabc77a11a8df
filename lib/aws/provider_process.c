/* Keys that a program of the user's prints: credential_process. It is run without a shell. */
#include "lib/aws/provider.h"

#include "lib/base/limits.h"
#include "lib/base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 60000
#define LOOK_MS 100 /* between looks at the stop flag */

extern char **environ;

/* Words as a shell would cut them, without any of its expansions: quotes and backslashes. */
static int cut_words(const char *line, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	const char *p = line;

	for (;;) {
		char *word, quote = '\0';
		size_t n = 0;

		while (*p == ' ' || *p == '\t')
			p++;
		if (*p == '\0')
			break;
		word = ks_arena_alloc(arena, strlen(p) + 1);
		for (; *p != '\0' && (quote != '\0' || (*p != ' ' && *p != '\t')); p++) {
			if (quote == '\0' && (*p == '"' || *p == '\''))
				quote = *p;
			else if (quote != '\0' && *p == quote)
				quote = '\0';
			else if (*p == '\\' && quote != '\'' && p[1] != '\0')
				word[n++] = *++p;
			else
				word[n++] = *p;
		}
		if (quote != '\0')
			return ks_err_set(err, KS_ERR_CONFIG, "credential_process has a quote that does not end");
		*(char **)ks_vec_push(out) = word;
	}
	if (out->n == 0)
		return ks_err_set(err, KS_ERR_CONFIG, "credential_process is empty");
	*(char **)ks_vec_push(out) = NULL;
	return 0;
}

static int start(char **words, pid_t *out_pid, int *out_fd, struct ks_err *err)
{
	posix_spawn_file_actions_t actions;
	int ends[2], code;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return ks_err_set_errno(err, "cannot make a pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	code = posix_spawnp(out_pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (code != 0) {
		close(ends[0]);
		errno = code;
		return ks_err_set_errno(err, "cannot run '%s'", words[0]);
	}
	*out_fd = ends[0];
	return 0;
}

/* All that it prints, until it closes its output. */
static int read_output(const struct ks_ctx *ctx, int fd, struct ks_buf *out, struct ks_err *err)
{
	for (int waited = 0; waited < WAIT_MS && !ks_ctx_is_stopping(ctx);) {
		struct pollfd look = { .fd = fd, .events = POLLIN };
		char part[4096];
		ssize_t got;

		if (poll(&look, 1, LOOK_MS) == 0) {
			waited += LOOK_MS;
			continue;
		}
		got = read(fd, part, sizeof(part));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ks_err_set_errno(err, "cannot read what credential_process prints");
		if (got == 0)
			return 0;
		ks_buf_add(out, (struct ks_str){ part, (size_t)got });
		explicit_bzero(part, sizeof(part));
		if (out->is_full)
			return ks_err_set(err, KS_ERR_LIMIT, "credential_process prints too much");
	}
	return ks_err_set(err, KS_ERR_AUTH, "credential_process does not end");
}

static int run(const struct ks_ctx *ctx, char **words, struct ks_buf *out, struct ks_err *err)
{
	int fd = -1, status = 0, rc;
	pid_t pid;

	if (start(words, &pid, &fd, err) != 0)
		return -1;
	rc = read_output(ctx, fd, out, err);
	close(fd);
	if (rc != 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		rc = ks_err_set(err, KS_ERR_AUTH, "credential_process '%s' failed with status %d", words[0],
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return rc;
}

static int read_keys(struct ks_str text, struct ks_credentials *out, struct ks_err *err)
{
	static const struct ks_provider_names names = { "AccessKeyId", "SecretAccessKey", "SessionToken",
		"Expiration" };
	struct ks_json *json = NULL;
	int64_t version = 0;
	int rc;

	if (ks_json_parse(text, &json, err) != 0) {
		err->code = KS_ERR_AUTH;
		return ks_err_wrap(err, "credential_process");
	}
	if (!ks_json_find_int(json, "Version", &version) || version != 1)
		rc = ks_err_set(err, KS_ERR_AUTH, "credential_process does not print keys of version 1");
	else
		rc = ks_provider_read_json(json, &names, false, "credential_process", out, err);
	ks_json_free(json);
	return rc;
}

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	const char *line = ks_settings_profile_value(settings, "credential_process");
	struct ks_vec words = KS_VEC_OF(char *);
	struct ks_buf text;
	int rc;

	if (line == NULL)
		return KS_PROVIDER_NONE;
	ks_buf_init(&text, KS_LIMIT_AWS_FILE);
	rc = cut_words(line, &settings->arena, &words, err);
	if (rc == 0)
		rc = run(settings->ctx, words.p, &text, err);
	if (rc == 0)
		rc = read_keys(ks_buf_str(&text), out, err);
	ks_buf_wipe(&text);
	ks_vec_release(&words);
	return rc == 0 ? KS_PROVIDER_FOUND : KS_PROVIDER_FAILED;
}

const struct ks_provider ks_provider_process = { .name = "credential process", .load = load };

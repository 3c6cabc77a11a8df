/* The program: builds the context, reads the command line, runs the command, and sees to it that output
 * arrived. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/help.h"
#include "cmd/keysnare/logsink.h"
#include "cmd/keysnare/paths.h"

#include "lib/base/flag.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#else
#include <sys/resource.h>
#endif
#include <unistd.h>

static volatile sig_atomic_t stop_flag;

static void on_stop(int number)
{
	(void)number;
	ks_flag_raise(&stop_flag);
}

/* The first SIGINT or SIGTERM asks to stop, the second one kills. A reader that went away is an error of
 * the next write, not a death in the middle of a step. */
static void set_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop, .sa_flags = SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* Keys are in memory while a call is signed and a bait is made: no core file is to hold them, and no other
 * program of this user is to read them there. */
static void keep_memory_private(void)
{
#ifdef __linux__
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#else
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#endif
}

static bool wants_color(const struct ks_ctx *ctx)
{
	const char *term = ks_ctx_env(ctx, "TERM");

	return isatty(STDOUT_FILENO) && ks_ctx_env(ctx, "NO_COLOR") == NULL && term != NULL &&
		strcmp(term, "dumb") != 0;
}

/* What the command line asks for: a row (NULL when it names none) and what was given to it. */
struct request {
	const struct ks_command *command;
	struct ks_opt_args args;
};

static int unknown_command(const struct ks_command *parent, const struct ks_command *const *rows,
	size_t count, const char *word)
{
	struct ks_vec names = KS_VEC_OF(const char *);
	const char *near;
	int status;

	for (size_t i = 0; i < count; i++)
		*(const char **)ks_vec_push(&names) = rows[i]->name;
	near = ks_opt_nearest(word, names.p, names.n);
	if (near != NULL)
		status = ks_command_usage(parent, "unknown command '%s', did you mean '%s'?", word, near);
	else
		status = ks_command_usage(parent, "unknown command '%s'", word);
	ks_vec_release(&names);
	return status;
}

/* Reads global options and words until a command without subcommands is found, then all the rest against
 * that command's own table too. */
static int parse(int argc, char **argv, struct request *request)
{
	const struct ks_command *const *rows = ks_command_rows;
	struct ks_opt_table tables[2] = { ks_command_globals };
	size_t count = ks_command_count;
	struct ks_err err = { 0 };
	int at = 0, used = 0;

	while (count > 0) {
		const struct ks_command *found;

		if (ks_opt_parse(tables, 1, argc - at, argv + at, &request->args, &used, &err) != 0)
			return ks_command_usage(request->command, "%s", err.message);
		at += used;
		if (at == argc)
			return KS_EXIT_DONE;
		found = ks_command_find(rows, count, argv[at]);
		if (found == NULL && (request->command == NULL || request->command->run == NULL))
			return unknown_command(request->command, rows, count, argv[at]);
		if (found == NULL)
			break;
		request->command = found;
		rows = found->subs;
		count = found->sub_count;
		at++;
	}
	tables[1] = (struct ks_opt_table){ request->command->options, request->command->option_count };
	if (ks_opt_parse(tables, 2, argc - at, argv + at, &request->args, NULL, &err) != 0)
		return ks_command_usage(request->command, "%s", err.message);
	return KS_EXIT_DONE;
}

/* Answers what needs no command to run: help, version, a command line that stops short. */
static bool is_answered(const struct request *request, const struct ks_app *app, int *out_status)
{
	bool wants_help = ks_opt_has(&request->args, "help");
	struct ks_buf text;

	if (!wants_help && ks_opt_has(&request->args, "version")) {
		printf("keysnare %s\n", KS_VERSION);
		*out_status = KS_EXIT_DONE;
		return true;
	}
	if (!wants_help && request->command != NULL && request->command->run != NULL)
		return false;
	ks_buf_init(&text, KS_HELP_MAX);
	ks_help_render(request->command, wants_help && app->has_color, &text);
	fwrite(text.p, 1, text.n, wants_help ? stdout : stderr);
	ks_buf_release(&text);
	*out_status = wants_help ? KS_EXIT_DONE : KS_EXIT_USAGE;
	return true;
}

static enum ks_format format_of(const char *name)
{
	static const char *const names[] = { [KS_FORMAT_TEXT] = "text", [KS_FORMAT_JSON] = "json",
		[KS_FORMAT_JSONL] = "jsonl", [KS_FORMAT_CSV] = "csv", [KS_FORMAT_OCSF] = "ocsf" };
	enum ks_format format = KS_FORMAT_TEXT;

	while (format < KS_FORMAT_OCSF && strcmp(names[format], name) != 0)
		format++;
	return format;
}

static int run(struct ks_ctx *ctx, struct ks_app *app, const struct request *request)
{
	const char *format = ks_opt_value(&request->args, "format", "text");
	struct ks_paths_found paths;
	struct ks_err err = { 0 };
	size_t given = 0;
	int status;

	for (size_t i = 0; i < request->args.given.n; i++)
		given += strcmp(KS_VEC_AT(&request->args.given, struct ks_opt_given, i)->opt->name, "verbose") == 0;
	ctx->log.level = given >= 2 ? KS_LOG_DEBUG : given == 1 ? KS_LOG_INFO : KS_LOG_WARNING;
	app->verbosity = (int)given;
	app->format = format_of(format);
	if (app->format > KS_FORMAT_JSONL && !request->command->has_findings)
		return ks_command_usage(request->command, "only findings are printed as '%s', by 'hunt': here it "
			"is text, json or jsonl; 'incident report' has --csv and --ocsf", format);
	ks_paths_init(&paths);
	if (ks_paths_find(&paths, ctx, &request->args, request->command->config, &err) != 0) {
		status = ks_command_fail(&err);
	} else {
		ctx->policies_dir = paths.policies.p;
		ctx->templates_dir = paths.templates.p;
		ctx->drills_dir = paths.drills.p;
		app->store_path = paths.store.p;
		app->config_path = paths.config_path.p;
		app->config = &paths.config;
		app->started_ms = ks_ctx_now(ctx);
		ks_logsink_choose(ctx, app, &request->args, request->command == &ks_cmd_watch);
		status = request->command->run(app, &request->args);
	}
	ks_paths_release(&paths);
	return status;
}

/* Whether standard output is a pipe that nobody reads any more. */
static bool is_reader_gone(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLERR) != 0;
}

/* Output that did not arrive is a failure: a full disk must not look like "nothing found". A reader that
 * went away (as head does) knows it, so that case makes no noise. */
static int finish_output(int status)
{
	bool had_error = ferror(stdout) != 0, is_gone = is_reader_gone();

	errno = 0;
	if (fclose(stdout) == 0 && !had_error)
		return status;
	if (errno != EPIPE && !is_gone)
		fprintf(stderr, "keysnare: cannot write the output: %s\n", strerror(errno != 0 ? errno : EIO));
	return status == KS_EXIT_DONE || status == KS_EXIT_FINDINGS ? KS_EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
	struct ks_ctx ctx;
	struct ks_app app = { .ctx = &ctx };
	struct request request = { 0 };
	int status;

	keep_memory_private();
	set_signals();
	ks_ctx_init(&ctx);
	ctx.stop = &stop_flag;
	ctx.turn = ks_turn_new();
	ks_logsink_init(&ctx);
	app.has_color = wants_color(&ctx);
	app.has_progress = isatty(STDERR_FILENO);

	ks_opt_args_init(&request.args);
	status = parse(argc > 0 ? argc - 1 : 0, argv + 1, &request);
	if (status == KS_EXIT_DONE && !is_answered(&request, &app, &status))
		status = run(&ctx, &app, &request);
	ks_opt_args_release(&request.args);
	ks_turn_free(ctx.turn);
	return finish_output(status);
}

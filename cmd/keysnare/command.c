/* The table of commands, the options that all of them take, and how a command says that it failed. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/logsink.h"

#include "lib/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 4096u

const struct ks_command *const ks_command_rows[] = {
#define KS_COMMAND(name) &ks_cmd_##name,
#include "cmd/keysnare/commands.def"
#undef KS_COMMAND
};
const size_t ks_command_count = sizeof(ks_command_rows) / sizeof(ks_command_rows[0]);

static const struct ks_opt globals[] = {
	{ .kind = KS_OPT_VALUE, .name = "config", .metavar = "FILE",
		.help = "accounts, sources and limits; 'keysnare init' writes one",
		.fallback = "$KEYSNARE_CONFIG, else keysnare.yml beside the store, where it is there" },
	{ .kind = KS_OPT_VALUE, .name = "store", .metavar = "FILE",
		.help = "where decoys and incidents are kept",
		.fallback = "$KEYSNARE_STORE, else the config's, else ~/.local/share/keysnare/keysnare.db" },
	{ .kind = KS_OPT_VALUE, .name = "policies", .metavar = "DIR",
		.help = "rules and response policies to use",
		.fallback = "$KEYSNARE_POLICIES, else the config's, else the shipped ones" },
	{ .kind = KS_OPT_VALUE, .name = "format", .metavar = "FORMAT",
		.help = "how results are printed; csv and ocsf are of hunt's findings", .fallback = "text",
		.choices = "text|json|jsonl|csv|ocsf" },
	{ .kind = KS_OPT_VALUE, .name = "log-format", .metavar = "FORMAT",
		.help = "how log lines are written; json has one for each request to AWS",
		.fallback = "$KEYSNARE_LOG_FORMAT, else for watch the config's, else text", .choices = "text|json" },
	{ .kind = KS_OPT_FLAG, .name = "verbose", .short_name = 'v',
		.help = "say more on stderr; twice for debugging" },
	{ .kind = KS_OPT_FLAG, .name = "help", .short_name = 'h', .help = "show help for the command and exit" },
	{ .kind = KS_OPT_FLAG, .name = "version", .help = "show the version and exit" },
};
const struct ks_opt_table ks_command_globals = { globals, sizeof(globals) / sizeof(globals[0]) };

const struct ks_command *ks_command_find(const struct ks_command *const *rows, size_t count,
	const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

/* Adds " name" for each step from one of rows down to command; false when it is not below them. */
static bool add_path(const struct ks_command *const *rows, size_t count, const struct ks_command *command,
	struct ks_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		size_t before = out->n;

		ks_buf_addf(out, " %s", rows[i]->name);
		if (rows[i] == command || add_path(rows[i]->subs, rows[i]->sub_count, command, out))
			return true;
		out->n = before;
		out->p[before] = '\0';
	}
	return false;
}

void ks_command_path(const struct ks_command *command, struct ks_buf *out)
{
	ks_buf_adds(out, "keysnare");
	if (command != NULL)
		add_path(ks_command_rows, ks_command_count, command, out);
}

/* One line on stderr. Messages quote what came from outside, so control characters are made visible
 * first. */
static void print_message(struct ks_str message)
{
	struct ks_buf line;

	ks_buf_init(&line, 4 * MESSAGE_MAX);
	ks_buf_adds(&line, "keysnare: ");
	ks_text_add_terminal(&line, message);
	fprintf(stderr, "%s" KS_STR_FMT "\n", ks_logsink_prefix(KS_LOG_ERROR), KS_STR_ARG(ks_buf_str(&line)));
	ks_buf_release(&line);
}

int ks_command_status(const struct ks_err *err)
{
	switch (err->code) {
	case KS_ERR_USAGE:
	case KS_ERR_CONFIG:
	case KS_ERR_PARSE:
	case KS_ERR_LIMIT:
		return KS_EXIT_USAGE;
	case KS_ERR_GUARD:
		return KS_EXIT_GUARD;
	default:
		return KS_EXIT_FAILED;
	}
}

int ks_command_fail(const struct ks_err *err)
{
	struct ks_buf message;

	ks_buf_init(&message, MESSAGE_MAX);
	ks_err_render(err, &message);
	print_message(ks_buf_str(&message));
	ks_buf_release(&message);
	return ks_command_status(err);
}

int ks_command_usage(const struct ks_command *command, const char *format, ...)
{
	struct ks_buf text;
	va_list args;

	ks_buf_init(&text, MESSAGE_MAX);
	va_start(args, format);
	ks_buf_addv(&text, format, args);
	va_end(args);
	print_message(ks_buf_str(&text));
	ks_buf_clear(&text);
	ks_command_path(command, &text);
	fprintf(stderr, "Try '%s -h'.\n", text.p);
	ks_buf_release(&text);
	return KS_EXIT_USAGE;
}

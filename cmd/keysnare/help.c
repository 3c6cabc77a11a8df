/* -h on every level, and the help command. */
#include "cmd/keysnare/help.h"

#include "lib/base/text.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 100u
#define INDENT 2u
#define HELP_COLUMN 28u      /* where the explanations of options and commands begin */

static size_t width(struct ks_str s)
{
	size_t n, columns = 0;
	uint32_t c;

	for (; (n = ks_text_next(s, &c)) > 0; s = ks_str_sub(s, n, s.n))
		columns++;
	return columns;
}

static void add_blanks(struct ks_buf *out, size_t n)
{
	while (n-- > 0)
		ks_buf_addc(out, ' ');
}

static void add_heading(struct ks_buf *out, const char *text, bool has_color)
{
	ks_buf_addf(out, has_color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* Words of text, broken before COLUMNS; the cursor stands in column already, later lines begin in column
 * indent. */
static void add_wrapped(struct ks_buf *out, struct ks_str text, size_t indent, size_t column)
{
	struct ks_str word;
	bool is_first = true;

	while (ks_str_next(&text, ' ', &word)) {
		size_t n = width(word);

		if (n == 0)
			continue;
		if (!is_first && column + 1 + n > COLUMNS) {
			ks_buf_addc(out, '\n');
			add_blanks(out, indent);
			column = indent;
		} else if (!is_first) {
			ks_buf_addc(out, ' ');
			column++;
		}
		ks_buf_add(out, word);
		column += n;
		is_first = false;
	}
	ks_buf_addc(out, '\n');
}

/* Paragraphs are parted by an empty line; a line that begins with a blank stands as it is. */
static void add_about(struct ks_buf *out, const char *about)
{
	struct ks_str rest = ks_str_of(about), line;
	struct ks_buf paragraph;

	ks_buf_init(&paragraph, KS_HELP_MAX);
	for (bool more = true; more;) {
		more = ks_str_next(&rest, '\n', &line);
		if (more && line.n > 0 && line.p[0] != ' ' && line.p[0] != '\t') {
			ks_buf_addf(&paragraph, KS_STR_FMT " ", KS_STR_ARG(line));
			continue;
		}
		if (paragraph.n > 0)
			add_wrapped(out, ks_buf_str(&paragraph), 0, 0);
		ks_buf_clear(&paragraph);
		if (more)
			ks_buf_addf(out, KS_STR_FMT "\n", KS_STR_ARG(line));
	}
	ks_buf_release(&paragraph);
}

/* "  left      right", the right side wrapped in its own column. */
static void add_pair(struct ks_buf *out, struct ks_str left, struct ks_str right)
{
	size_t column = INDENT + width(left);

	add_blanks(out, INDENT);
	ks_buf_add(out, left);
	if (column + 2 > HELP_COLUMN && right.n > 0) {
		ks_buf_addc(out, '\n');
		column = 0;
	}
	if (right.n > 0)
		add_blanks(out, HELP_COLUMN - column);
	add_wrapped(out, right, HELP_COLUMN, HELP_COLUMN);
}

static void add_option(struct ks_buf *out, const struct ks_opt *opt)
{
	struct ks_buf left, right;
	struct ks_str choices = ks_str_of(opt->choices), choice;

	ks_buf_init(&left, KS_HELP_MAX);
	ks_buf_init(&right, KS_HELP_MAX);
	if (opt->short_name != 0)
		ks_buf_addf(&left, "-%c, --%s", opt->short_name, opt->name);
	else
		ks_buf_addf(&left, "    --%s", opt->name);
	if (opt->metavar != NULL)
		ks_buf_addf(&left, " %s", opt->metavar);
	ks_buf_adds(&right, opt->help);
	if (opt->choices != NULL) {
		ks_buf_adds(&right, ":");
		for (bool is_first = true; ks_str_next(&choices, '|', &choice); is_first = false)
			ks_buf_addf(&right, "%s" KS_STR_FMT, is_first ? " " : ", ", KS_STR_ARG(choice));
	}
	if (opt->kind == KS_OPT_LIST)
		ks_buf_adds(&right, "; may be repeated");
	if (opt->fallback != NULL)
		ks_buf_addf(&right, " (default: %s)", opt->fallback);
	add_pair(out, ks_buf_str(&left), ks_buf_str(&right));
	ks_buf_release(&left);
	ks_buf_release(&right);
}

static void add_options(struct ks_buf *out, const char *title, const struct ks_opt *rows, size_t n,
	bool has_color)
{
	if (n == 0)
		return;
	add_heading(out, title, has_color);
	for (size_t i = 0; i < n; i++)
		add_option(out, &rows[i]);
}

static void add_commands(struct ks_buf *out, const struct ks_command *const *rows, size_t n, bool has_color)
{
	if (n == 0)
		return;
	add_heading(out, "Commands", has_color);
	for (size_t i = 0; i < n; i++) {
		struct ks_buf left;

		ks_buf_init(&left, KS_HELP_MAX);
		ks_buf_addf(&left, rows[i]->arguments[0] != '\0' ? "%s %s" : "%s", rows[i]->name,
			rows[i]->arguments);
		add_pair(out, ks_buf_str(&left), ks_str_of(rows[i]->summary));
		ks_buf_release(&left);
	}
}

/* Each example on a line of its own, what it does beside it or, where it is long, below it. */
static void add_examples(struct ks_buf *out, const char *examples, bool has_color)
{
	struct ks_str rest = ks_str_of(examples), line, command, text;

	if (rest.n == 0)
		return;
	add_heading(out, "Examples", has_color);
	while (ks_str_next(&rest, '\n', &line)) {
		if (line.n == 0 || !ks_str_next(&line, '\t', &command))
			continue;
		text = line.p != NULL ? line : KS_STR("");
		add_blanks(out, INDENT);
		ks_buf_add(out, command);
		ks_buf_addc(out, '\n');
		if (text.n > 0) {
			add_blanks(out, 3 * INDENT);
			add_wrapped(out, text, 3 * INDENT, 3 * INDENT);
		}
	}
}

static void render_program(bool has_color, struct ks_buf *out)
{
	ks_buf_adds(out, "Usage: keysnare [OPTION…] COMMAND [ARGUMENT…]\n\n"
		"Plants decoy AWS keys, finds out when anyone uses them, and contains.\n");
	add_commands(out, ks_command_rows, ks_command_count, has_color);
	add_options(out, "Options for every command, before or after it", ks_command_globals.rows,
		ks_command_globals.n, has_color);
	ks_buf_adds(out, "\n'keysnare COMMAND -h' says more about a command.\n");
}

void ks_help_render(const struct ks_command *command, bool has_color, struct ks_buf *out)
{
	if (command == NULL) {
		render_program(has_color, out);
		return;
	}
	ks_buf_adds(out, "Usage: ");
	ks_command_path(command, out);
	ks_buf_adds(out, " [OPTION…]");
	if (command->sub_count > 0 && command->arguments[0] == '\0')
		ks_buf_adds(out, " COMMAND");
	if (command->arguments[0] != '\0')
		ks_buf_addf(out, " %s", command->arguments);
	ks_buf_addf(out, "\n\n%s\n", command->summary);
	if (command->about != NULL && command->about[0] != '\0') {
		ks_buf_addc(out, '\n');
		add_about(out, command->about);
	}
	for (size_t i = 0; command->more != NULL && command->more[i] != NULL; i++) {
		ks_buf_addc(out, '\n');
		add_about(out, command->more[i]);
	}
	add_commands(out, command->subs, command->sub_count, has_color);
	add_options(out, "Options", command->options, command->option_count, has_color);
	add_options(out, "Options for every command, before or after it", ks_command_globals.rows,
		ks_command_globals.n, has_color);
	add_examples(out, command->examples, has_color);
}

/* ---- the help command ---- */

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "man", .help = "print the man page instead, as roff" },
	{ .kind = KS_OPT_VALUE, .name = "completion", .metavar = "SHELL", .help = "print a completion script",
		.choices = "bash|zsh|fish" },
};

/* Follows the words of the arguments down the tree; NULL stands for the program. */
static int find_command(const struct ks_opt_args *args, const struct ks_command **out)
{
	const struct ks_command *const *rows = ks_command_rows;
	const struct ks_command *found = NULL;
	size_t count = ks_command_count;

	for (size_t i = 0; i < args->arguments.n; i++) {
		const char *name = *KS_VEC_AT(&args->arguments, const char *, i);

		found = ks_command_find(rows, count, name);
		if (found == NULL)
			return ks_command_usage(&ks_cmd_help, "there is no command '%s'", name);
		rows = found->subs;
		count = found->sub_count;
	}
	*out = found;
	return KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	const char *shell = ks_opt_value(args, "completion", NULL);
	const struct ks_command *command = NULL;
	struct ks_buf text;
	struct ks_err err = { 0 };
	int status = find_command(args, &command);

	if (status != KS_EXIT_DONE)
		return status;
	if (shell != NULL && (command != NULL || ks_opt_has(args, "man")))
		return ks_command_usage(&ks_cmd_help, "--completion stands alone: one script covers all commands");
	ks_buf_init(&text, KS_HELP_MAX);
	if (shell != NULL) {
		if (ks_completion_render(shell, &text, &err) != 0)
			status = ks_command_fail(&err);
	} else if (ks_opt_has(args, "man")) {
		ks_manpage_render(command, &text);
	} else {
		ks_help_render(command, app->has_color, &text);
	}
	fwrite(ks_buf_str(&text).p, 1, text.n, stdout);
	ks_buf_release(&text);
	return status;
}

const struct ks_command ks_cmd_help = {
	.config = KS_CONFIG_IS_UNREAD,
	.name = "help",
	.arguments = "[COMMAND…]",
	.summary = "show help, the man pages, or completion scripts",
	.about =
		"Without an option it prints what -h prints. The man pages and the completion scripts are made from "
		"the same tables, so all of them always agree with the program.",
	.examples =
		"keysnare help hunt\tthe help of one command\n"
		"keysnare help --man hunt | man -l -\tits man page, without installing anything\n"
		"source <(keysnare help --completion bash)\tcompletion for this shell",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

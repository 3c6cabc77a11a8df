/* Man pages from the rows, as roff with the man macros. */
#include "cmd/keysnare/help.h"

#include <ctype.h>
#include <stdio.h>

/* Text as it stands: hyphens are real ones, backslashes literal, and no line can pass for a request. */
static void add_text(struct ks_buf *out, struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool is_start = out->n == 0 || out->p[out->n - 1] == '\n';

		if (s.p[i] == '\\')
			ks_buf_adds(out, "\\e");
		else if (s.p[i] == '-')
			ks_buf_adds(out, "\\-");
		else if (is_start && (s.p[i] == '.' || s.p[i] == '\''))
			ks_buf_addf(out, "\\&%c", s.p[i]);
		else
			ks_buf_addc(out, s.p[i]);
	}
}

static void add_words(struct ks_buf *out, const char *c)
{
	add_text(out, ks_str_of(c));
}

static void add_heading(struct ks_buf *out, const char *macro, const char *title)
{
	ks_buf_addf(out, "%s ", macro);
	for (; *title != '\0'; title++)
		ks_buf_addc(out, (char)(macro[2] == 'H' ? toupper((unsigned char)*title) : *title));
	ks_buf_addc(out, '\n');
}

static void add_about(struct ks_buf *out, const char *about)
{
	struct ks_str rest = ks_str_of(about), line;
	bool is_literal = false;

	while (ks_str_next(&rest, '\n', &line)) {
		bool has_blank = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');

		if (has_blank != is_literal)
			ks_buf_adds(out, has_blank ? ".nf\n" : ".fi\n");
		is_literal = has_blank;
		if (line.n == 0)
			ks_buf_adds(out, ".PP");
		else
			add_text(out, line);
		ks_buf_addc(out, '\n');
	}
	if (is_literal)
		ks_buf_adds(out, ".fi\n");
}

static void add_option(struct ks_buf *out, const struct ks_opt *opt)
{
	struct ks_str choices = ks_str_of(opt->choices), choice;

	ks_buf_adds(out, ".TP\n");
	if (opt->short_name != 0)
		ks_buf_addf(out, "\\fB\\-%c\\fR, ", opt->short_name);
	ks_buf_adds(out, "\\fB\\-\\-");
	add_words(out, opt->name);
	ks_buf_adds(out, "\\fR");
	if (opt->metavar != NULL) {
		ks_buf_adds(out, " \\fI");
		add_words(out, opt->metavar);
		ks_buf_adds(out, "\\fR");
	}
	ks_buf_addc(out, '\n');
	add_words(out, opt->help);
	if (opt->choices != NULL)
		for (bool is_first = true; ks_str_next(&choices, '|', &choice); is_first = false)
			ks_buf_addf(out, "%s\\fB" KS_STR_FMT "\\fR", is_first ? ": " : ", ", KS_STR_ARG(choice));
	if (opt->kind == KS_OPT_LIST)
		ks_buf_adds(out, "; may be repeated");
	if (opt->fallback != NULL) {
		ks_buf_adds(out, " (default: ");
		add_words(out, opt->fallback);
		ks_buf_addc(out, ')');
	}
	ks_buf_addc(out, '\n');
}

static void add_options(struct ks_buf *out, const struct ks_opt *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_option(out, &rows[i]);
}

static void add_examples(struct ks_buf *out, const char *examples)
{
	struct ks_str rest = ks_str_of(examples), line, command;

	while (ks_str_next(&rest, '\n', &line)) {
		if (line.n == 0 || !ks_str_next(&line, '\t', &command))
			continue;
		ks_buf_adds(out, ".TP\n.B ");
		add_text(out, command);
		ks_buf_addc(out, '\n');
		add_text(out, line);
		ks_buf_addc(out, '\n');
	}
}

static void add_synopsis(struct ks_buf *out, const struct ks_command *command)
{
	ks_buf_adds(out, "\\fB");
	ks_command_path(command, out);
	ks_buf_adds(out, "\\fR [\\fIoption\\fR\\&...]");
	if (command->arguments[0] != '\0') {
		ks_buf_adds(out, " \\fI");
		add_words(out, command->arguments);
		ks_buf_adds(out, "\\fR");
	}
	ks_buf_addc(out, '\n');
}

/* A subcommand is a section of its parent's page. */
static void add_sub(struct ks_buf *out, const struct ks_command *sub)
{
	ks_buf_adds(out, ".SS ");
	ks_command_path(sub, out);
	ks_buf_addc(out, '\n');
	add_synopsis(out, sub);
	ks_buf_adds(out, ".PP\n");
	add_about(out, sub->about != NULL ? sub->about : sub->summary);
	add_options(out, sub->options, sub->option_count);
	add_examples(out, sub->examples);
}

static void add_title(struct ks_buf *out, const char *name)
{
	ks_buf_adds(out, ".TH KEYSNARE");
	if (name != NULL)
		ks_buf_addc(out, '-');
	for (; name != NULL && *name != '\0'; name++)
		ks_buf_addc(out, (char)toupper((unsigned char)*name));
	ks_buf_addf(out, " 1 \"\" \"keysnare %s\" \"User Commands\"\n", KS_VERSION);
}

static void render_command(const struct ks_command *command, struct ks_buf *out)
{
	add_title(out, command->name);
	add_heading(out, ".SH", "name");
	ks_buf_addf(out, "keysnare\\-%s \\- ", command->name);
	add_words(out, command->summary);
	ks_buf_addc(out, '\n');
	add_heading(out, ".SH", "synopsis");
	if (command->run != NULL)
		add_synopsis(out, command);
	for (size_t i = 0; i < command->sub_count; i++) {
		if (i > 0 || command->run != NULL)
			ks_buf_adds(out, ".br\n");
		add_synopsis(out, command->subs[i]);
	}
	add_heading(out, ".SH", "description");
	add_about(out, command->about != NULL ? command->about : command->summary);
	for (size_t i = 0; command->more != NULL && command->more[i] != NULL; i++) {
		ks_buf_adds(out, ".PP\n");
		add_about(out, command->more[i]);
	}
	if (command->sub_count > 0)
		add_heading(out, ".SH", "commands");
	for (size_t i = 0; i < command->sub_count; i++)
		add_sub(out, command->subs[i]);
	add_heading(out, ".SH", "options");
	add_options(out, command->options, command->option_count);
	ks_buf_adds(out, ".SS Options for every command\n");
	add_options(out, ks_command_globals.rows, ks_command_globals.n);
	if (command->examples != NULL && command->examples[0] != '\0') {
		add_heading(out, ".SH", "examples");
		add_examples(out, command->examples);
	}
	ks_buf_adds(out, ".SH SEE ALSO\n.BR keysnare (1)\n");
}

static void add_environment(struct ks_buf *out)
{
	static const char *const rows[][2] = {
		{ "KEYSNARE_STORE", "the store, where --store is not given" },
		{ "KEYSNARE_POLICIES", "the policies directory, where --policies is not given" },
		{ "KEYSNARE_DATADIR", "holds policies/ and templates/, in place of the installed ones" },
		{ "NO_COLOR", "when it is not empty, output is never colored" },
	};

	add_heading(out, ".SH", "environment");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ks_buf_addf(out, ".TP\n.B %s\n", rows[i][0]);
		add_words(out, rows[i][1]);
		ks_buf_addc(out, '\n');
	}
}

static void add_exit_status(struct ks_buf *out)
{
	static const char *const rows[] = {
		[KS_EXIT_DONE] = "done",
		[KS_EXIT_FAILED] = "failed",
		[KS_EXIT_USAGE] = "usage, configuration or policy is wrong, or some input could not be read",
		[KS_EXIT_FINDINGS] = "findings were made (only with --exit-code)",
		[KS_EXIT_GUARD] = "refused by a guard",
	};

	add_heading(out, ".SH", "exit status");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ks_buf_addf(out, ".TP\n.B %zu\n", i);
		add_words(out, rows[i]);
		ks_buf_addc(out, '\n');
	}
}

static void render_program(struct ks_buf *out)
{
	add_title(out, NULL);
	ks_buf_adds(out, ".SH NAME\nkeysnare \\- honeytokens and containment for AWS keys\n"
		".SH SYNOPSIS\n\\fBkeysnare\\fR [\\fIoption\\fR\\&...] \\fIcommand\\fR [\\fIargument\\fR\\&...]\n"
		".SH DESCRIPTION\nkeysnare plants decoy AWS access keys, reads CloudTrail trails for anyone who "
		"uses them, and turns what it sees into findings.\n");
	add_heading(out, ".SH", "commands");
	for (size_t i = 0; i < ks_command_count; i++) {
		ks_buf_addf(out, ".TP\n.BR keysnare\\-%s (1)\n", ks_command_rows[i]->name);
		add_words(out, ks_command_rows[i]->summary);
		ks_buf_addc(out, '\n');
	}
	add_heading(out, ".SH", "options");
	add_options(out, ks_command_globals.rows, ks_command_globals.n);
	add_environment(out);
	add_exit_status(out);
}

void ks_manpage_render(const struct ks_command *command, struct ks_buf *out)
{
	if (command == NULL)
		render_program(out);
	else
		render_command(command, out);
}

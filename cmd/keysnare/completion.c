/* Completion scripts for bash, zsh and fish from the rows. Where nothing of ours fits, the shell completes
 * paths. */
#include "cmd/keysnare/help.h"

#include <stdio.h>
#include <string.h>

typedef void add_command_fn(struct ks_buf *out, const char *words, const struct ks_command *command);

/* Calls add for every command with the words that lead to it ("decoy", "decoy list"), parents first. */
static void each_command(const struct ks_command *const *rows, size_t count, const char *parent,
	struct ks_buf *out, add_command_fn *add)
{
	for (size_t i = 0; i < count; i++) {
		struct ks_buf words;

		ks_buf_init(&words, KS_HELP_MAX);
		ks_buf_addf(&words, "%s%s%s", parent, parent[0] != '\0' ? " " : "", rows[i]->name);
		add(out, words.p, rows[i]);
		each_command(rows[i]->subs, rows[i]->sub_count, words.p, out, add);
		ks_buf_release(&words);
	}
}

static void add_choices(struct ks_buf *out, const char *choices)
{
	for (; choices != NULL && *choices != '\0'; choices++)
		ks_buf_addc(out, *choices == '|' ? ' ' : *choices);
}

/* ---- bash and zsh: two functions with tables that both shells read alike ---- */

static void add_names(struct ks_buf *out, const struct ks_command *const *rows, size_t count)
{
	ks_buf_adds(out, "subs='");
	for (size_t i = 0; i < count; i++)
		ks_buf_addf(out, "%s%s", i > 0 ? " " : "", rows[i]->name);
	ks_buf_adds(out, "'");
}

static void add_options(struct ks_buf *out, const struct ks_opt *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ks_buf_addf(out, "%s--%s", i > 0 ? " " : "", rows[i].name);
		if (rows[i].short_name != 0)
			ks_buf_addf(out, " -%c", rows[i].short_name);
	}
}

static void add_command_row(struct ks_buf *out, const char *words, const struct ks_command *command)
{
	ks_buf_addf(out, "\t'%s') ", words);
	add_names(out, command->subs, command->sub_count);
	ks_buf_adds(out, "; options='");
	add_options(out, command->options, command->option_count);
	ks_buf_adds(out, "' ;;\n");
}

static void add_value_row(struct ks_buf *out, const char *words, const struct ks_opt *opt)
{
	if (opt->kind == KS_OPT_FLAG)
		return;
	ks_buf_addf(out, "\t%s' --%s'", words, opt->name);
	if (opt->short_name != 0)
		ks_buf_addf(out, "|%s' -%c'", words, opt->short_name);
	ks_buf_adds(out, ") values='");
	add_choices(out, opt->choices);
	ks_buf_adds(out, "' ;;\n");
}

static void add_value_rows(struct ks_buf *out, const char *words, const struct ks_command *command)
{
	struct ks_buf quoted;

	ks_buf_init(&quoted, KS_HELP_MAX);
	ks_buf_addf(&quoted, "'%s'", words);
	for (size_t i = 0; i < command->option_count; i++)
		add_value_row(out, quoted.p, &command->options[i]);
	ks_buf_release(&quoted);
}

static void add_tables(struct ks_buf *out)
{
	ks_buf_adds(out, "# Subcommands and options of the command that $1 names.\n"
		"_keysnare_command() {\n\tcase \"$1\" in\n\t'') ");
	add_names(out, ks_command_rows, ks_command_count);
	ks_buf_adds(out, "; options='' ;;\n");
	each_command(ks_command_rows, ks_command_count, "", out, add_command_row);
	ks_buf_adds(out,
		"\tesac\n}\n\n# What the option that $1 names can be set to; fails when it takes no value.\n"
		"_keysnare_values() {\n\tcase \"$1\" in\n");
	each_command(ks_command_rows, ks_command_count, "", out, add_value_rows);
	for (size_t i = 0; i < ks_command_globals.n; i++)
		add_value_row(out, "*", &ks_command_globals.rows[i]);
	ks_buf_adds(out, "\t*) return 1 ;;\n\tesac\n}\n\n");
}

static void render_bash(struct ks_buf *out)
{
	ks_buf_adds(out, "# bash completion for keysnare\n\n");
	add_tables(out);
	ks_buf_adds(out, "_keysnare() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal path='' subs options values i\n"
		"\tCOMPREPLY=()\n"
		"\t_keysnare_command ''\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tcase \" $subs \" in\n"
		"\t\t*\" ${COMP_WORDS[i]} \"*)\n"
		"\t\t\tpath=${path:+$path }${COMP_WORDS[i]}\n"
		"\t\t\t_keysnare_command \"$path\" ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tif _keysnare_values \"$path $prev\"; then\n"
		"\t\t[ -z \"$values\" ] || COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n"
		"\telif [[ $cur == -* ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$options ");
	add_options(out, ks_command_globals.rows, ks_command_globals.n);
	ks_buf_adds(out, "\" -- \"$cur\"))\n"
		"\telif [ -n \"$subs\" ]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$subs\" -- \"$cur\"))\n"
		"\tfi\n}\ncomplete -o bashdefault -o default -F _keysnare keysnare\n");
}

static void render_zsh(struct ks_buf *out)
{
	ks_buf_adds(out, "#compdef keysnare\n\n");
	add_tables(out);
	ks_buf_adds(out, "_keysnare() {\n"
		"\tlocal cur=$words[CURRENT] prev=$words[CURRENT-1]\n"
		"\tlocal path_words='' subs options values word\n"
		"\t_keysnare_command ''\n"
		"\tfor word in ${words[2,CURRENT-1]}; do\n"
		"\t\tcase \" $subs \" in\n"
		"\t\t*\" $word \"*)\n"
		"\t\t\tpath_words=${path_words:+$path_words }$word\n"
		"\t\t\t_keysnare_command \"$path_words\" ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tif _keysnare_values \"$path_words $prev\"; then\n"
		"\t\tif [[ -n $values ]]; then compadd -- ${=values}; else _files; fi\n"
		"\telif [[ $cur == -* ]]; then\n"
		"\t\tcompadd -- ${=options} ");
	add_options(out, ks_command_globals.rows, ks_command_globals.n);
	ks_buf_adds(out,
		"\n\telif [[ -n $subs ]]; then\n\t\tcompadd -- ${=subs}\n\telse\n\t\t_files\n\tfi\n}\n\n"
		"if [ \"$funcstack[1]\" = _keysnare ]; then _keysnare \"$@\"\n"
		"else compdef _keysnare keysnare; fi\n");
}

/* ---- fish: a line an option ---- */

/* The inside of a fish string in single quotes. */
static void add_fish_text(struct ks_buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			ks_buf_addc(out, '\\');
		ks_buf_addc(out, *text);
	}
}

static void add_fish_option(struct ks_buf *out, const char *words, const struct ks_opt *opt)
{
	ks_buf_adds(out, "complete -c keysnare");
	if (words != NULL)
		ks_buf_addf(out, " -n 'test \"$(__keysnare_path)\" = \"%s\"'", words);
	ks_buf_addf(out, " -l %s", opt->name);
	if (opt->short_name != 0)
		ks_buf_addf(out, " -s %c", opt->short_name);
	if (opt->choices != NULL) {
		ks_buf_adds(out, " -x -a '");
		add_choices(out, opt->choices);
		ks_buf_adds(out, "'");
	} else if (opt->kind != KS_OPT_FLAG) {
		ks_buf_adds(out, " -r");
	}
	ks_buf_adds(out, " -d '");
	add_fish_text(out, opt->help);
	ks_buf_adds(out, "'\n");
}

static void add_fish_command(struct ks_buf *out, const char *words, const struct ks_command *command)
{
	const char *blank = strrchr(words, ' ');
	int parent = blank != NULL ? (int)(blank - words) : 0;

	ks_buf_addf(out, "complete -c keysnare -f -n 'test \"$(__keysnare_path)\" = \"%.*s\"' -a %s -d '",
		parent, words, command->name);
	add_fish_text(out, command->summary);
	ks_buf_adds(out, "'\n");
	for (size_t i = 0; i < command->option_count; i++)
		add_fish_option(out, words, &command->options[i]);
}

static void add_fish_path(struct ks_buf *out, const char *words, const struct ks_command *command)
{
	(void)command;
	ks_buf_addf(out, " '%s'", words);
}

static void render_fish(struct ks_buf *out)
{
	ks_buf_adds(out, "# fish completion for keysnare\n\n"
		"# The words of the command line that lead to a command.\n"
		"function __keysnare_path\n\tset -l found\n\tset -l known");
	each_command(ks_command_rows, ks_command_count, "", out, add_fish_path);
	ks_buf_adds(out, "\n\tfor word in (commandline -opc)[2..]\n"
		"\t\tcontains -- (string join ' ' $found $word) $known; and set -a found $word\n"
		"\tend\n\tstring join ' ' $found\nend\n\n");
	each_command(ks_command_rows, ks_command_count, "", out, add_fish_command);
	for (size_t i = 0; i < ks_command_globals.n; i++)
		add_fish_option(out, NULL, &ks_command_globals.rows[i]);
}

int ks_completion_render(const char *shell, struct ks_buf *out, struct ks_err *err)
{
	if (strcmp(shell, "bash") == 0)
		render_bash(out);
	else if (strcmp(shell, "zsh") == 0)
		render_zsh(out);
	else if (strcmp(shell, "fish") == 0)
		render_fish(out);
	else
		return ks_err_set(err, KS_ERR_USAGE, "no completion for '%s': bash, zsh or fish", shell);
	return 0;
}

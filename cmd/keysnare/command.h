/*
 * What a subcommand is: one row in its own file, one line in commands.def. Help, man page and completion
 * are made from the rows, so that they cannot drift.
 */
#ifndef KS_CMD_COMMAND_H
#define KS_CMD_COMMAND_H

#include "lib/base/ctx.h"
#include "lib/base/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_config;

enum ks_exit {
	KS_EXIT_DONE = 0,
	KS_EXIT_FAILED = 1,
	KS_EXIT_USAGE = 2,       /* usage, configuration, policy, or some input could not be read */
	KS_EXIT_FINDINGS = 3,    /* only with --exit-code */
	KS_EXIT_GUARD = 4,       /* refused by a guard */
};

/* The last two are only of commands that print findings (has_findings). */
enum ks_format { KS_FORMAT_TEXT, KS_FORMAT_JSON, KS_FORMAT_JSONL, KS_FORMAT_CSV, KS_FORMAT_OCSF };

/* What a command does with the config. */
enum ks_config_need {
	KS_CONFIG_IS_READ,       /* one that was named must be there, and there must be no error in it */
	KS_CONFIG_MAY_LACK,      /* the same, but it may not be there yet */
	KS_CONFIG_IS_UNREAD,     /* nothing: works also when it is broken */
};

/* What main.c found out for every command. */
struct ks_app {
	struct ks_ctx *ctx;
	const char *store_path;      /* where the store is, or would be made */
	const char *config_path;     /* likewise the config */
	const struct ks_config *config;   /* never NULL; its path is NULL when there is none */
	int64_t started_ms;          /* when the program began */
	enum ks_format format;       /* --format */
	int verbosity;               /* number of -v */
	bool has_color;              /* stdout is a terminal that wants colors */
	bool has_progress;           /* stderr is a terminal */
};

struct ks_command {
	const char *name;                    /* "hunt" */
	const char *arguments;               /* "PATH…", or "" */
	const char *summary;                 /* one line, lower case, no full stop */
	const char *about;                   /* a paragraph or two for -h and the man page; plain text */
	/* further ones, to a NULL: a literal has at most 4095 bytes; or NULL */
	const char *const *more;
	const char *examples;                /* one a line: "keysnare hunt logs/\twhat it does" */
	const struct ks_opt *options;
	size_t option_count;
	const struct ks_command *const *subs;  /* "decoy list" …; NULL when there are none */
	size_t sub_count;
	enum ks_config_need config;
	bool has_findings;                   /* it prints findings, in every format that these have */
	/* Runs it; returns an enum ks_exit. args holds global and own options. */
	int (*run)(struct ks_app *app, const struct ks_opt_args *args);
};

/* Every row of commands.def as a prototype: ks_cmd_<name>. */
#define KS_COMMAND(name) extern const struct ks_command ks_cmd_##name;
#include "cmd/keysnare/commands.def"
#undef KS_COMMAND

/* All of them in the order of commands.def, and the options that every command takes. */
extern const struct ks_command *const ks_command_rows[];
extern const size_t ks_command_count;
extern const struct ks_opt_table ks_command_globals;

/* The row of that name among rows, or NULL. */
const struct ks_command *ks_command_find(const struct ks_command *const *rows, size_t count,
	const char *name);

/* The words that lead to a command, from the program's name on: "keysnare decoy list". NULL is the
 * program. */
void ks_command_path(const struct ks_command *command, struct ks_buf *out);

/* Prints "keysnare: message" on stderr, made safe for a terminal, and returns the exit status that fits the
 * code. */
int ks_command_fail(const struct ks_err *err);

/* The same without a word. */
int ks_command_status(const struct ks_err *err);

/* Prints a usage error with the hint to -h; returns KS_EXIT_USAGE. */
int ks_command_usage(const struct ks_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

/*
 * Command-line options as rows. Parsing, -h, man page and completion all come from the same table. Long
 * options are never abbreviated; "--name value" and "--name=value" are the same; "--" ends the options;
 * options and arguments mix.
 */
#ifndef KS_BASE_OPT_H
#define KS_BASE_OPT_H

#include "lib/base/err.h"
#include "lib/base/vec.h"

#include <stdbool.h>

enum ks_opt_kind {
	KS_OPT_FLAG,      /* no value */
	KS_OPT_VALUE,     /* one value; given twice is an error */
	KS_OPT_LIST,      /* may be given several times */
};

struct ks_opt {
	enum ks_opt_kind kind;
	const char *name;        /* long name without dashes */
	char short_name;         /* or 0 */
	const char *metavar;     /* NULL for flags */
	const char *help;        /* one sentence, lower case, no full stop */
	const char *fallback;    /* what holds when it is not given, as shown in the help; or NULL */
	const char *choices;     /* "text|json|jsonl": anything else is refused; or NULL */
};

struct ks_opt_table {
	const struct ks_opt *rows;
	size_t n;
};

/* What a command line said. */
struct ks_opt_args {
	struct ks_vec given;       /* struct ks_opt_given */
	struct ks_vec arguments;   /* const char *: what is not an option, in order */
};

struct ks_opt_given {
	const struct ks_opt *opt;
	const char *value;         /* borrowed from argv; NULL for flags */
};

void ks_opt_args_init(struct ks_opt_args *args);
void ks_opt_args_release(struct ks_opt_args *args);

/* Reads argv (without the program name) against the tables and adds to args. With out_used it stops at the
 * first argument that is not an option and says how many words it read; with NULL it reads them all.
 * Errors: USAGE, with a suggestion for a near miss. */
int ks_opt_parse(const struct ks_opt_table *tables, size_t table_count, int argc, char **argv,
	struct ks_opt_args *args, int *out_used, struct ks_err *err);

/* A name that is in none of the tables that were parsed is simply never given. */
bool ks_opt_has(const struct ks_opt_args *args, const char *name);
const char *ks_opt_value(const struct ks_opt_args *args, const char *name, const char *fallback);
/* NULL at the end */
const char *ks_opt_list_next(const struct ks_opt_args *args, const char *name, size_t *cursor);

/* The one of names that is closest to word, or NULL when none is near: for "did you mean". */
const char *ks_opt_nearest(const char *word, const char *const *names, size_t n);

#endif

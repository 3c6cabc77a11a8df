/* Option tables: parsing and look-ups. */
#include "lib/base/opt.h"

#include <stdio.h>
#include <string.h>

#define MAX_WORD 32

void ks_opt_args_init(struct ks_opt_args *args)
{
	*args = (struct ks_opt_args){ .given = KS_VEC_OF(struct ks_opt_given),
		.arguments = KS_VEC_OF(const char *) };
}

void ks_opt_args_release(struct ks_opt_args *args)
{
	if (args == NULL)
		return;
	ks_vec_release(&args->given);
	ks_vec_release(&args->arguments);
}

/* Edits (Levenshtein) between two short words. */
static size_t distance(const char *a, const char *b)
{
	size_t row[MAX_WORD + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > MAX_WORD || m > MAX_WORD)
		return MAX_WORD;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[m];
}

const char *ks_opt_nearest(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t of = strlen(word), best_distance = of / 3 + 1;

	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(names[i]), more = length > of ? length - of : of - length, d;

		/* Each letter that one has more is an edit. */
		if (more > best_distance)
			continue;
		d = distance(word, names[i]);

		if (d <= best_distance && (best == NULL || d < best_distance)) {
			best = names[i];
			best_distance = d;
		}
	}
	return best;
}

static const struct ks_opt *find_long(const struct ks_opt_table *tables, size_t count, struct ks_str name)
{
	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < tables[t].n; i++)
			if (ks_str_is(name, tables[t].rows[i].name))
				return &tables[t].rows[i];
	return NULL;
}

static const struct ks_opt *find_short(const struct ks_opt_table *tables, size_t count, char name)
{
	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < tables[t].n; i++)
			if (tables[t].rows[i].short_name == name)
				return &tables[t].rows[i];
	return NULL;
}

static int unknown(const struct ks_opt_table *tables, size_t count, struct ks_str name, struct ks_err *err)
{
	struct ks_vec names = KS_VEC_OF(const char *);
	char word[MAX_WORD + 1];
	const char *near;

	snprintf(word, sizeof(word), KS_STR_FMT, KS_STR_ARG(name));
	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < tables[t].n; i++)
			*(const char **)ks_vec_push(&names) = tables[t].rows[i].name;
	near = ks_opt_nearest(word, names.p, names.n);
	if (near != NULL)
		ks_err_set(err, KS_ERR_USAGE, "unknown option '--" KS_STR_FMT "', did you mean '--%s'?",
			KS_STR_ARG(name), near);
	else
		ks_err_set(err, KS_ERR_USAGE, "unknown option '--" KS_STR_FMT "'", KS_STR_ARG(name));
	ks_vec_release(&names);
	return -1;
}

static bool is_choice(const char *choices, const char *value)
{
	struct ks_str rest = ks_str_of(choices), choice;

	while (ks_str_next(&rest, '|', &choice))
		if (ks_str_is(choice, value))
			return true;
	return false;
}

static int record(struct ks_opt_args *args, const struct ks_opt *opt, const char *value, struct ks_err *err)
{
	struct ks_opt_given *given;

	if (opt->kind == KS_OPT_VALUE && ks_opt_has(args, opt->name))
		return ks_err_set(err, KS_ERR_USAGE, "option '--%s' is given twice", opt->name);
	if (opt->choices != NULL && value != NULL && !is_choice(opt->choices, value))
		return ks_err_set(err, KS_ERR_USAGE, "option '--%s' takes %s, not '%s'", opt->name, opt->choices,
			value);
	given = ks_vec_push(&args->given);
	*given = (struct ks_opt_given){ opt, value };
	return 0;
}

/* "--name", "--name=value" or "--name value"; *i moves over a value of its own. */
static int parse_long(const struct ks_opt_table *tables, size_t count, int argc, char **argv, int *i,
	struct ks_opt_args *args, struct ks_err *err)
{
	const char *word = argv[*i] + 2;
	const char *equals = strchr(word, '=');
	struct ks_str name = { word, equals != NULL ? (size_t)(equals - word) : strlen(word) };
	const struct ks_opt *opt = find_long(tables, count, name);

	if (opt == NULL)
		return unknown(tables, count, name, err);
	if (opt->kind == KS_OPT_FLAG && equals != NULL)
		return ks_err_set(err, KS_ERR_USAGE, "option '--%s' takes no value", opt->name);
	if (opt->kind == KS_OPT_FLAG)
		return record(args, opt, NULL, err);
	if (equals != NULL)
		return record(args, opt, equals + 1, err);
	if (*i + 1 >= argc)
		return ks_err_set(err, KS_ERR_USAGE, "option '--%s' needs a value: %s", opt->name, opt->metavar);
	return record(args, opt, argv[++*i], err);
}

/* "-v", "-vv" for flags, "-j 2" or "-j2" for values. */
static int parse_short(const struct ks_opt_table *tables, size_t count, int argc, char **argv, int *i,
	struct ks_opt_args *args, struct ks_err *err)
{
	for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
		const struct ks_opt *opt = find_short(tables, count, *p);

		if (opt == NULL)
			return ks_err_set(err, KS_ERR_USAGE, "unknown option '-%c'", *p);
		if (opt->kind == KS_OPT_FLAG) {
			if (record(args, opt, NULL, err) != 0)
				return -1;
			continue;
		}
		if (p[1] != '\0')
			return record(args, opt, p + 1, err);
		if (*i + 1 >= argc)
			return ks_err_set(err, KS_ERR_USAGE, "option '-%c' needs a value: %s", *p, opt->metavar);
		return record(args, opt, argv[++*i], err);
	}
	return 0;
}

int ks_opt_parse(const struct ks_opt_table *tables, size_t table_count, int argc, char **argv,
	struct ks_opt_args *args, int *out_used, struct ks_err *err)
{
	bool is_over = false;
	int i;

	for (i = 0; i < argc; i++) {
		const char *word = argv[i];
		int rc = 0;

		if (is_over || word[0] != '-' || word[1] == '\0') {
			if (out_used != NULL)
				break;
			*(const char **)ks_vec_push(&args->arguments) = word;
		} else if (strcmp(word, "--") == 0) {
			is_over = true;
		} else if (word[1] == '-') {
			rc = parse_long(tables, table_count, argc, argv, &i, args, err);
		} else {
			rc = parse_short(tables, table_count, argc, argv, &i, args, err);
		}
		if (rc != 0)
			return -1;
	}
	if (out_used != NULL)
		*out_used = i;
	return 0;
}

bool ks_opt_has(const struct ks_opt_args *args, const char *name)
{
	size_t cursor = 0;

	for (; cursor < args->given.n; cursor++)
		if (strcmp(KS_VEC_AT(&args->given, struct ks_opt_given, cursor)->opt->name, name) == 0)
			return true;
	return false;
}

const char *ks_opt_value(const struct ks_opt_args *args, const char *name, const char *fallback)
{
	size_t cursor = 0;
	const char *value = ks_opt_list_next(args, name, &cursor);

	return value != NULL ? value : fallback;
}

const char *ks_opt_list_next(const struct ks_opt_args *args, const char *name, size_t *cursor)
{
	while (*cursor < args->given.n) {
		const struct ks_opt_given *given = KS_VEC_AT(&args->given, struct ks_opt_given, (*cursor)++);

		if (strcmp(given->opt->name, name) == 0 && given->value != NULL)
			return given->value;
	}
	return NULL;
}

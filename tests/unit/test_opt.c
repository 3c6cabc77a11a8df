/* lib/base/opt */
#include "lib/base/opt.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

static const struct ks_opt globals[] = {
	{ .kind = KS_OPT_FLAG, .name = "verbose", .short_name = 'v', .help = "more" },
	{ .kind = KS_OPT_VALUE, .name = "format", .metavar = "F", .help = "how", .choices = "text|json|jsonl" },
};
static const struct ks_opt own[] = {
	{ .kind = KS_OPT_VALUE, .name = "jobs", .short_name = 'j', .metavar = "N", .help = "threads" },
	{ .kind = KS_OPT_LIST, .name = "decoy", .metavar = "ID", .help = "ids" },
	{ .kind = KS_OPT_FLAG, .name = "exit-code", .help = "tell" },
};
static const struct ks_opt_table tables[] = { { globals, 2 }, { own, 3 } };

struct parse_row {
	const char *name;
	const char *words;     /* the command line, one blank between words, "''" for an empty one */
	const char *want;      /* options as name=value;, then arguments as [argument]; or the error */
	bool is_error;
	int used;              /* when not 0: stop at the first argument, and this many words were read */
};

static const struct parse_row parses[] = {
	{ .name = "nothing", .words = "", .want = "" },
	{ .name = "value behind", .words = "--jobs 2", .want = "jobs=2;" },
	{ .name = "value with equals", .words = "--jobs=2", .want = "jobs=2;" },
	{ .name = "value with two equals", .words = "--jobs=a=b", .want = "jobs=a=b;" },
	{ .name = "empty value", .words = "--jobs=", .want = "jobs=;" },
	{ .name = "value that looks like an option", .words = "--jobs --decoy", .want = "jobs=--decoy;" },
	{ .name = "short value behind", .words = "-j 2", .want = "jobs=2;" },
	{ .name = "short value attached", .words = "-j2", .want = "jobs=2;" },
	{ .name = "short flags together", .words = "-vv", .want = "verbose;verbose;" },
	{ .name = "short flag and value", .words = "-vj2", .want = "verbose;jobs=2;" },
	{ .name = "list several times", .words = "--decoy a --decoy=b", .want = "decoy=a;decoy=b;" },
	{ .name = "mixed with arguments",
		.words = "x --exit-code y -v z",
		.want = "exit-code;verbose;[x][y][z]" },
	{ .name = "end of options", .words = "-v -- --jobs -x --", .want = "verbose;[--jobs][-x][--]" },
	{ .name = "dash is an argument", .words = "-", .want = "[-]" },
	{ .name = "empty word is an argument", .words = "''", .want = "[]" },
	{ .name = "choice", .words = "--format jsonl", .want = "format=jsonl;" },
	{ .name = "stops at an argument",
		.words = "-v --format json hunt -x",
		.want = "verbose;format=json;",
		.used = 3 },
	{ .name = "stops behind the end of options", .words = "-v -- hunt", .want = "verbose;", .used = 2 },
	{ .name = "stops at the end", .words = "-v", .want = "verbose;", .used = 1 },
	{ .name = "unknown long", .words = "--zebra", .want = "unknown option '--zebra'", .is_error = true },
	{ .name = "near miss",
		.words = "--fromat x",
		.want = "unknown option '--fromat', did you mean '--format'?",
		.is_error = true },
	{ .name = "near miss with a value",
		.words = "--job=2",
		.want = "unknown option '--job', did you mean '--jobs'?",
		.is_error = true },
	{ .name = "no abbreviations", .words = "--exit", .want = "unknown option '--exit'", .is_error = true },
	{ .name = "case matters", .words = "--JOBS", .want = "unknown option '--JOBS'", .is_error = true },
	{ .name = "unknown short", .words = "-x", .want = "unknown option '-x'", .is_error = true },
	{ .name = "unknown short behind a known one",
		.words = "-vx",
		.want = "unknown option '-x'",
		.is_error = true },
	{ .name = "negative number", .words = "-5", .want = "unknown option '-5'", .is_error = true },
	{ .name = "twice",
		.words = "--jobs 1 -j 2",
		.want = "option '--jobs' is given twice",
		.is_error = true },
	{ .name = "value missing",
		.words = "--jobs",
		.want = "option '--jobs' needs a value: N",
		.is_error = true },
	{ .name = "short value missing",
		.words = "-j",
		.want = "option '-j' needs a value: N",
		.is_error = true },
	{ .name = "flag with a value",
		.words = "--exit-code=1",
		.want = "option '--exit-code' takes no value",
		.is_error = true },
	{ .name = "not a choice",
		.words = "--format xml",
		.want = "option '--format' takes text|json|jsonl, not 'xml'",
		.is_error = true },
	{ .name = "part of a choice",
		.words = "--format js",
		.want = "option '--format' takes text|json|jsonl, not 'js'",
		.is_error = true },
	{ .name = "empty choice",
		.words = "--format=",
		.want = "option '--format' takes text|json|jsonl, not ''",
		.is_error = true },
	{ .name = "three dashes",
		.words = "---jobs",
		.want = "unknown option '---jobs', did you mean '--jobs'?",
		.is_error = true },
};

static int split(char *line, char **argv)
{
	int argc = 0;

	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
		static char empty[] = "";

		argv[argc++] = strcmp(word, "''") == 0 ? empty : word;
	}
	return argc;
}

static void test_parse(void **state)
{
	const struct parse_row *row = *state;
	char *line = strdup(row->words), *argv[16];
	int argc = split(line, argv), used = -1;
	struct ks_opt_args args;
	struct ks_err err = { 0 };
	struct ks_buf got;

	ks_opt_args_init(&args);
	ks_buf_init(&got, 4096);
	assert_int_equal(ks_opt_parse(tables, 2, argc, argv, &args, row->used != 0 ? &used : NULL, &err),
		row->is_error ? -1 : 0);
	assert_int_equal(err.code, row->is_error ? KS_ERR_USAGE : KS_ERR_NONE);
	for (size_t i = 0; i < args.given.n && !row->is_error; i++) {
		const struct ks_opt_given *given = KS_VEC_AT(&args.given, struct ks_opt_given, i);

		ks_buf_addf(&got, given->value != NULL ? "%s=%s;" : "%s;", given->opt->name, given->value);
	}
	for (size_t i = 0; i < args.arguments.n && !row->is_error; i++)
		ks_buf_addf(&got, "[%s]", *KS_VEC_AT(&args.arguments, const char *, i));
	assert_string_equal(row->is_error ? err.message : ks_buf_str(&got).p, row->want);
	if (row->used != 0)
		assert_int_equal(used, row->used);
	ks_buf_release(&got);
	ks_opt_args_release(&args);
	free(line);
}

static void test_look_up(void **state)
{
	char a[] = "--decoy=a", b[] = "--decoy=b", v[] = "-v", *argv[] = { a, v, b };
	struct ks_opt_args args;
	struct ks_err err = { 0 };
	size_t cursor = 0;

	(void)state;
	ks_opt_args_init(&args);
	assert_int_equal(ks_opt_parse(tables, 2, 3, argv, &args, NULL, &err), 0);
	assert_true(ks_opt_has(&args, "verbose"));
	assert_false(ks_opt_has(&args, "jobs"));
	assert_false(ks_opt_has(&args, "no-such-option"));
	assert_string_equal(ks_opt_value(&args, "jobs", "4"), "4");
	assert_string_equal(ks_opt_value(&args, "decoy", NULL), "a");
	assert_string_equal(ks_opt_list_next(&args, "decoy", &cursor), "a");
	assert_string_equal(ks_opt_list_next(&args, "decoy", &cursor), "b");
	assert_null(ks_opt_list_next(&args, "decoy", &cursor));
	assert_null(ks_opt_list_next(&args, "decoy", &cursor));
	ks_opt_args_release(&args);
	ks_opt_args_release(&args);
	ks_opt_args_release(NULL);
}

/* What stands before a command and behind it adds up, and a repetition is still seen. */
static void test_two_passes(void **state)
{
	char first[] = "--format=json", second[] = "--format=text", *argv[] = { first, second };
	struct ks_opt_args args;
	struct ks_err err = { 0 };

	(void)state;
	ks_opt_args_init(&args);
	assert_int_equal(ks_opt_parse(tables, 1, 1, argv, &args, NULL, &err), 0);
	assert_int_equal(ks_opt_parse(tables, 2, 1, argv + 1, &args, NULL, &err), -1);
	assert_string_equal(err.message, "option '--format' is given twice");
	ks_opt_args_release(&args);
}

struct near_row {
	const char *name, *word, *want;
};

static const struct near_row nears[] = {
	{ "near: swapped letters", "hnut", "hunt" },
	{ "near: one missing", "polcy", "policy" },
	{ "near: exact", "plant", "plant" },
	{ "near: too far", "elephant", NULL },
	{ "near: nothing like it", "xyz", NULL },
	{ "near: very long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
};

static void test_near(void **state)
{
	static const char *const names[] = { "plant", "decoy", "hunt", "policy" };
	const struct near_row *row = *state;
	const char *got = ks_opt_nearest(row->word, names, 4);

	if (row->want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, row->want);
	assert_null(ks_opt_nearest(row->word, NULL, 0));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_parse, parses);
	ROWS_TABLE(&rows, test_near, nears);
	ROWS_TEST(&rows, test_look_up);
	ROWS_TEST(&rows, test_two_passes);
	return rows_run("opt", &rows);
}

/* keysnare drill score: how a drill went. */
#include "cmd/keysnare/drill_job.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/drill/review.h"

#include <stdio.h>
#include <unistd.h>


extern const struct ks_command ks_cmd_drill_score;

/* One report, in place of what is there under that name. */
static int write_report(const struct ks_review *review, const char *path,
	void (*add)(const struct ks_review *, struct ks_buf *), struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, SIZE_MAX / 2);
	add(review, &text);
	if (ks_file_is_there(path))
		rc = ks_file_replace(path, ks_buf_str(&text), err);
	else
		rc = ks_file_create(path, ks_buf_str(&text), 0600, err);
	ks_buf_release(&text);
	return rc;
}

static int show(const struct ks_app *app, const struct ks_opt_args *args, const struct ks_review *review,
	struct ks_err *err)
{
	const char *html = ks_opt_value(args, "html", NULL), *markdown = ks_opt_value(args, "markdown", NULL);
	struct ks_buf out;

	if ((html != NULL && write_report(review, html, ks_review_html_add, err) != 0) ||
		(markdown != NULL && write_report(review, markdown, ks_review_markdown_add, err) != 0))
		return -1;
	ks_buf_init(&out, SIZE_MAX / 2);
	if (app->format == KS_FORMAT_TEXT)
		ks_review_add_text(review, &out);
	else
		ks_review_add_json(review, &out);
	fwrite(ks_buf_str(&out).p, 1, out.n, stdout);
	ks_buf_release(&out);
	return 0;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_score score = { 0 };
	struct ks_drillbook book;
	struct ks_arena arena = { 0 };
	struct ks_err err = { 0 };
	struct ks_ruleset rules;
	struct ks_db *db = NULL;
	int rc;

	if (args->arguments.n != 1)
		return ks_command_usage(&ks_cmd_drill_score, "give the directory of one drill");
	ks_ruleset_init(&rules);
	ks_drill_job_rules(app, args, &rules);
	rc = ks_drill_job_open(app, args, KS_DB_READ, &arena, &book, &db, &err);
	if (rc == 0)
		rc = ks_score_make(db, &rules, &score, &err);
	if (rc == 0)
		rc = show(app, args, &(struct ks_review){ &score, ks_ctx_now(app->ctx), KS_VERSION }, &err);
	ks_score_release(&score);
	ks_db_close(db);
	ks_ruleset_release(&rules);
	ks_arena_release(&arena);
	return rc == 0 ? KS_EXIT_DONE : ks_command_fail(&err);
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "html", .metavar = "FILE", .help = "the report for the review, as "
		"one page" },
	{ .kind = KS_OPT_VALUE, .name = "markdown", .metavar = "FILE", .help = "the same for a ticket or a "
		"wiki" },
	{ .kind = KS_OPT_LIST, .name = "rules", .short_name = 'r', .metavar = "PATH",
		.fallback = "the shipped rules", .help = "the rules that the drill was run with" },
	KS_RULES_PLACEHOLDERS,
};

const struct ks_command ks_cmd_drill_score = {
	.name = "score",
	.arguments = "DIR",
	.summary = "how a drill went, and the report for the review",
	.about =
		"For each thing that the scenario expects: met, late or missed, and how long it took since "
		"the first "
		"step; 'not played' is what had not to be there yet when the drill was broken off. Then "
		"findings of level high or above that nobody expected. The times to detect and to tell "
		"people are the engine's; contained is what people do: who approves a plan of the drill "
		"('keysnare --store DIR/drill.db respond approve N': nothing is sent), closes an incident "
		"('incident close N …'), or writes a note that begins "
		"with \"contained\", has contained it at that time.\n"
		"\n"
		"--html and --markdown write the report for the review: what was played, what was expected, "
			"gaps, who "
		"knew what when, with what people did in the drill's store, hashes of the evidence, and blanks for "
		"decisions and owners.",
	.examples =
		"keysnare drill score tonight\ta table\n"
		"keysnare drill score tonight --format json\tfor a program\n"
		"keysnare drill score tonight --html review.html\tto go through with everybody",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

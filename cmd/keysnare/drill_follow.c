/* keysnare drill follow: all that happens in a drill, for the facilitator. */
#include "cmd/keysnare/drill_job.h"
#include "cmd/keysnare/drill_print.h"
#include "cmd/keysnare/rules.h"

#include <poll.h>
#include <stdio.h>

#define SLICE_MS 200

extern const struct ks_command ks_cmd_drill_follow;

/* Those moments that were not shown yet. */
static int show(struct ks_app *app, const struct ks_drill_print *print, struct ks_db *db,
	size_t *inout_shown, bool *out_runs, struct ks_err *err)
{
	struct ks_vec moments = KS_VEC_OF(struct ks_drillbook_moment);
	struct ks_arena arena = { 0 };
	int rc = ks_drillbook_list(db, &arena, &moments, err);

	for (; rc == 0 && *inout_shown < moments.n; ++*inout_shown)
		ks_drill_print_moment(print, KS_VEC_AT(&moments, struct ks_drillbook_moment, *inout_shown));
	*out_runs = rc == 0 && ks_drillbook_is_running(app->ctx, db, &moments);
	ks_vec_release(&moments);
	ks_arena_release(&arena);
	return rc;
}

static int follow(struct ks_app *app, const struct ks_drill_print *print, struct ks_db *db,
	struct ks_err *err)
{
	bool runs = true;
	size_t shown = 0;

	while (show(app, print, db, &shown, &runs, err) == 0) {
		if (!runs || ks_ctx_is_stopping(app->ctx))
			return 0;
		poll(NULL, 0, SLICE_MS);
	}
	return -1;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_drill_print print = { .app = app };
	struct ks_drillbook book;
	struct ks_arena arena = { 0 };
	struct ks_err err = { 0 };
	struct ks_ruleset rules;
	struct ks_db *db = NULL;
	int rc;

	if (args->arguments.n != 1)
		return ks_command_usage(&ks_cmd_drill_follow, "give the directory of one drill");
	ks_ruleset_init(&rules);
	ks_drill_job_rules(app, args, &rules);
	rc = ks_drill_job_open(app, args, KS_DB_READ, &arena, &book, &db, &err);
	if (rc == 0) {
		print.rules = &rules;
		print.directory = *KS_VEC_AT(&args->arguments, const char *, 0);
		print.start_ms = book.start_ms;
		rc = follow(app, &print, db, &err);
	}
	ks_db_close(db);
	ks_ruleset_release(&rules);
	ks_arena_release(&arena);
	return rc == 0 ? KS_EXIT_DONE : ks_command_fail(&err);
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_LIST, .name = "rules", .short_name = 'r', .metavar = "PATH",
		.fallback = "the shipped rules", .help = "the rules that the drill runs with" },
	KS_RULES_PLACEHOLDERS,
};

const struct ks_command ks_cmd_drill_follow = {
	.name = "follow",
	.arguments = "DIR",
	.summary = "all that happens in a drill, for the facilitator",
	.about =
		"For the facilitator, in another terminal: shows what has happened in the drill and goes "
		"on until it "
		"ends, with its times since the first step. Of a drill that runs with --blind it shows what the "
		"players do not see: when it began, and the injects that are for the facilitator.",
	.examples =
		"keysnare drill follow tonight\twhile 'keysnare drill run … --out tonight --blind' runs\n"
		"keysnare drill follow tonight --format jsonl\tfor a program",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

/* keysnare drill tell: the facilitator's word to a drill that runs. */
#include "cmd/keysnare/drill_job.h"

#include "lib/base/time.h"

#include <stdio.h>
#include <string.h>

extern const struct ks_command ks_cmd_drill_tell;

static bool read_order(const struct ks_opt_args *args, struct ks_drillbook_order *out)
{
	static const char *const words[] = { "pause", "resume", "skip", "stop", "inject" };
	const char *word = args->arguments.n > 1 ? *KS_VEC_AT(&args->arguments, const char *, 1) : "";
	bool is_inject = strcmp(word, "inject") == 0;

	if (args->arguments.n != (is_inject ? 3 : 2))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			out->what = ks_str_of(word);
			out->body = is_inject ? ks_str_of(*KS_VEC_AT(&args->arguments, const char *, 2)) : KS_STR("");
			return true;
		}
	return false;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_drillbook_order order;
	struct ks_vec moments = KS_VEC_OF(struct ks_drillbook_moment);
	struct ks_drillbook book;
	struct ks_arena arena = { 0 };
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int rc;

	if (!read_order(args, &order))
		return ks_command_usage(&ks_cmd_drill_tell, "give the drill's directory and one of pause, "
			"resume, skip, "
			"stop, inject TEXT");
	rc = ks_drill_job_open(app, args, KS_DB_WRITE, &arena, &book, &db, &err);
	if (rc == 0)
		rc = ks_drillbook_list(db, &arena, &moments, &err);
	if (rc == 0 && !ks_drillbook_is_running(app->ctx, db, &moments))
		rc = ks_err_set(&err, KS_ERR_STATE, "the drill does not run any more%s: nothing was told; 'keysnare "
			"drill score' says how it went, and 'keysnare drill run' with another --out plays it again",
			book.ended_ms != KS_TIME_NONE ? "" : ", it was broken off");
	if (rc == 0)
		rc = ks_drillbook_order(db, &order, &err);
	ks_vec_release(&moments);
	ks_db_close(db);
	ks_arena_release(&arena);
	return rc == 0 ? KS_EXIT_DONE : ks_command_fail(&err);
}

const struct ks_command ks_cmd_drill_tell = {
	.name = "tell",
	.arguments = "DIR pause|resume|skip|stop|inject TEXT",
	.summary = "pause, resume, skip, stop, or tell the players something",
	.about =
		"For the facilitator, from another terminal or a script; a drill that runs in a terminal takes the "
		"keys p (pause and resume), s (skip), q (stop) and i (inject) as well. It is done within a "
		"fifth of a "
		"second. pause stops the drill's clock; skip goes to the next step of the scenario as the "
		"trail shows "
		"it, the next inject or answer of IAM's, or the end, and what is only noise on the way there is "
		"played at once; stop breaks the drill off, and what was not played counts neither as met nor as "
		"missed; inject shows the text to all, and the report of the drill has it. A drill that "
		"does not run "
		"is told nothing: that is an error.",
	.examples =
		"keysnare drill tell tonight pause\tthe drill's clock stands still\n"
		"keysnare drill tell tonight inject \"The mail team asks who sends all this\"\tto all",
	.run = run,
};

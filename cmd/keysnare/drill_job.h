/*
 * What the commands of "drill" share: finding a scenario, saying what is wrong with one, and opening the
 * store of a drill.
 */
#ifndef KS_CMD_DRILL_JOB_H
#define KS_CMD_DRILL_JOB_H

#include "cmd/keysnare/command.h"

#include "lib/drill/drillbook.h"
#include "lib/drill/scenario.h"
#include "lib/sigma/ruleset.h"

/* The path of a scenario: what is named, or the shipped one of that name. In the arena. */
const char *ks_drill_job_path(const struct ks_app *app, const char *name, struct ks_arena *arena);

/* Loads it and prints every problem on stderr. False when there are errors. */
bool ks_drill_job_load(const struct ks_app *app, const char *name, struct ks_scenario *out);

/* Each on a line of stderr. */
void ks_drill_job_print_problems(const struct ks_problems *problems);

/* Where the store of the drill in a directory is. In the arena. */
const char *ks_drill_job_store(const struct ks_opt_args *args, const char *directory,
	struct ks_arena *arena);

/* The rules that --rules names, or the shipped ones. */
void ks_drill_job_rules(struct ks_app *app, const struct ks_opt_args *args, struct ks_ruleset *rules);

/* Opens the store of the drill in a directory, and reads what it is; texts in the arena. Errors: STATE: no
 * drill ran there, and what to do; the store's. */
int ks_drill_job_open(const struct ks_app *app, const struct ks_opt_args *args, enum ks_db_mode mode,
	struct ks_arena *arena, struct ks_drillbook *out_book, struct ks_db **out, struct ks_err *err);

/* A time since the beginning of the steps: "+1:02:03", "-0:10:00". */
void ks_drill_job_add_offset(int64_t ms, struct ks_buf *out);

#define KS_DRILL_JOB_STORE_NAME "drill.db"

#endif

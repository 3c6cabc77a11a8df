/*
 * What a drill says while it runs, on standard output: a line a moment, or JSON lines. A blind drill tells
 * players no more than a watch would: no title, nothing that is for the facilitator, who reads along with
 * "drill follow".
 */
#ifndef KS_CMD_DRILL_PRINT_H
#define KS_CMD_DRILL_PRINT_H

#include "cmd/keysnare/command.h"

#include "lib/drill/bridge.h"
#include "lib/drill/exercise.h"

struct ks_drill_print {
	const struct ks_app *app;
	const struct ks_ruleset *rules;
	const char *directory;
	int64_t start_ms;            /* of the steps, by the drill's clock */
	const struct ks_bridge *bridge;      /* NULL: into no queue */
	bool is_blind;
};

/* What is about to be played. */
void ks_drill_print_begin(const struct ks_drill_print *print, const struct ks_script *script);
void ks_drill_print_moment(const struct ks_drill_print *print, const struct ks_drillbook_moment *moment);
void ks_drill_print_problem(const struct ks_drill_print *print, const char *name, const struct ks_err *err);
void ks_drill_print_end(const struct ks_drill_print *print, const struct ks_exercise_summary *summary);

#endif

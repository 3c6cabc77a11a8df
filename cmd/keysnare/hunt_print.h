/*
 * What a hunt prints: findings on stdout as they come, the leaks behind them, trouble and the summary on
 * stderr.
 */
#ifndef KS_CMD_HUNT_PRINT_H
#define KS_CMD_HUNT_PRINT_H

#include "cmd/keysnare/command.h"

#include "lib/engine/hunt.h"

struct ks_hunt_print {
	const struct ks_app *app;
	const struct ks_formatter *format;
	size_t decoys, rules;              /* in force, for the summary */
	struct ks_hunt_sink sink;          /* hand this to ks_hunt_run */
	uint64_t findings;
	struct ks_buf about;               /* what is to be said of the event at hand, behind its findings */
	char event[KS_EVENT_ID];           /* its identity */
	uint64_t leaks;
	uint64_t problems;                 /* of the file named last */
	struct ks_buf problem_path;
	uint64_t undecided;                /* named */
	bool has_progress_line;
};

void ks_hunt_print_begin(struct ks_hunt_print *print, const struct ks_app *app,
	const struct ks_formatter *format);
void ks_hunt_print_end(struct ks_hunt_print *print, const struct ks_hunt_summary *summary);

#endif

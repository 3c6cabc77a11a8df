/*
 * Runs a drill: plays the script's files into a directory at their time, runs the engine on them in the
 * drill's own store after each, shows injects, and follows the facilitator. Rules and policies are those
 * that are used in earnest; the records are marked as a drill's, so that no plan can be carried out, and
 * nothing is asked of AWS: what IAM would say of a key is in the scenario.
 *
 * At pace "instant" the drill's clock jumps from one thing to the next; quiet times cost nothing. At any
 * other it goes on by itself, and what the facilitator wants is looked for several times a second.
 */
#ifndef KS_DRILL_EXERCISE_H
#define KS_DRILL_EXERCISE_H

#include "lib/drill/drillbook.h"
#include "lib/drill/script.h"
#include "lib/engine/watch.h"
#include "lib/respond/policyset.h"
#include "lib/sigma/ruleset.h"

#define KS_EXERCISE_NOTIFIER "drill"         /* that notices of a drill are for */

/* All borrowed. */
struct ks_exercise_config {
	const struct ks_ctx *ctx;
	const struct ks_script *script;
	const char *directory;       /* the files go below it, "AWSLogs/…" */
	const char *store_path;
	struct ks_db *db;            /* the same, open */
	int64_t pace;
	const struct ks_program *program;
	const struct ks_ruleset *rules;
	const struct ks_policyset *policies;
	struct ks_enrich_sources sources;
	/* Each moment, when it comes. */
	void (*tell)(void *arg, const struct ks_drillbook_moment *moment);
	/* What the engine could not read or judge. */
	void (*problem)(void *arg, const char *name, const struct ks_err *err);
	/* What the facilitator typed; false: nothing. NULL: nobody types. */
	bool (*typed)(void *arg, struct ks_drillbook_order *out);
	/* Each file that was written goes to somebody else, too: its records. NULL: to nobody. */
	int (*post)(void *arg, const struct ks_script_delivery *delivery, struct ks_err *err);
	void *arg;
};

struct ks_exercise_summary {
	uint64_t files, records, looks;
	bool is_broken_off;
};

/* Errors: IO, EXISTS (a file is there), the store's. A stop is none. */
int ks_exercise_run(const struct ks_exercise_config *config, struct ks_exercise_summary *out,
	struct ks_err *err);

#endif

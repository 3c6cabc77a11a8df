/*
 * What is new in a drill's store since it was looked at last: findings, incidents, notices, and the plan
 * that the response policies have for an incident. Each becomes a moment of the drill, and is told.
 */
#ifndef KS_DRILL_LOOKOUT_H
#define KS_DRILL_LOOKOUT_H

#include "lib/base/map.h"
#include "lib/drill/drillbook.h"
#include "lib/respond/policyset.h"
#include "lib/sigma/ruleset.h"

struct ks_lookout_config {
	struct ks_db *db;
	const struct ks_ctx *clock, *world;      /* the drill's time, and ours */
	const struct ks_ruleset *rules;          /* for the names that policies use */
	const struct ks_policyset *policies;     /* that passed its check */
	void (*tell)(void *arg, const struct ks_drillbook_moment *moment);
	void *arg;
};

struct ks_lookout {
	struct ks_lookout_config config;
	struct ks_map known;         /* of what was told: findings, incidents with their level, notices, plans */
	struct ks_arena arena;
};

void ks_lookout_init(struct ks_lookout *lookout, const struct ks_lookout_config *config);
void ks_lookout_release(struct ks_lookout *lookout);

/* Writes a moment down, with the times of both clocks, and tells it. Errors: the store's. */
int ks_lookout_note(struct ks_lookout *lookout, struct ks_drillbook_moment moment, struct ks_err *err);

/* Looks. Errors: the store's. */
int ks_lookout_look(struct ks_lookout *lookout, struct ks_err *err);

#endif

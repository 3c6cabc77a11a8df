/*
 * The plan of an incident in the words of a report: between lib/respond, which makes plans, and lib/report,
 * which shows them.
 */
#ifndef KS_CMD_REPORT_PLAN_H
#define KS_CMD_REPORT_PLAN_H

#include "cmd/keysnare/command.h"

#include "lib/report/planview.h"
#include "lib/respond/plan.h"
#include "lib/respond/policyset.h"
#include "lib/sigma/ruleset.h"

/* Release it also when nothing came of it. */
struct ks_report_plan {
	struct ks_planview view; /* when has_view */
	bool has_view;
	const char *note; /* why there is no view */
	struct ks_facts facts;
	struct ks_plan plan;
	bool has_plan;
	struct ks_arena arena; /* owns all that the view and the note point to */
};

/* Picks the policy and makes the plan. That there is none is no error: the note says why. policies NULL:
 * they have errors. */
void ks_report_plan_make(const struct ks_app *app, struct ks_db *db, int64_t incident,
	const struct ks_policyset *policies, const struct ks_ruleset *rules, struct ks_report_plan *out);
void ks_report_plan_release(struct ks_report_plan *plan);

#endif

/*
 * Asking AWS for what a plan should know, for the commands that make one: in the account of the incident's
 * subject, if it is in the config. Not to be able to ask is no failure: then the plan is made without.
 */
#ifndef KS_CMD_RESPOND_SURVEY_H
#define KS_CMD_RESPOND_SURVEY_H

#include "cmd/keysnare/command.h"
#include "lib/respond/facts.h"
#include "lib/respond/survey.h"

struct ks_respond_survey {
	struct ks_survey survey;     /* facts point to it: it must stay where it is */
	const char *why_not;         /* AWS was not asked, and why; NULL: it was, or there was nothing to ask */
	struct ks_arena arena;       /* owns the texts */
};

/* needs: KS_SURVEY_…, as ks_plan_needs says; 0 asks nothing. Applies what was read to facts. out is to be
 * released, once facts are not used any more. */
void ks_respond_survey_read(const struct ks_app *app, unsigned needs, struct ks_facts *facts,
	struct ks_respond_survey *out);
void ks_respond_survey_release(struct ks_respond_survey *survey);

#endif

/*
 * What the commands of "respond" work with: the store, the policies, the mandate out of the config; and how
 * plans, and what became of their steps, are shown.
 */
#ifndef KS_CMD_RESPOND_JOB_H
#define KS_CMD_RESPOND_JOB_H

#include "cmd/keysnare/command.h"
#include "cmd/keysnare/enrichment.h"

#include "lib/codec/json.h"
#include "lib/incident/owncall.h"
#include "lib/respond/executor.h"
#include "lib/respond/policyset.h"
#include "lib/sigma/ruleset.h"

struct ks_respond_job {
	struct ks_app *app;
	const struct ks_opt_args *args;
	struct ks_ruleset rules;                 /* for the names that policies use */
	struct ks_policyset policies;
	struct ks_enrichment enrichment;
	struct ks_settings settings;
	struct ks_owncall *owncall;              /* remembers what is asked with them */
	struct ks_mandate mandate;
	bool has_mandate;
	struct ks_buf who;
	struct ks_db *db;
	struct ks_arena arena;
};

/* What a command needs. */
#define KS_RESPOND_JOB_POLICIES 1u
#define KS_RESPOND_JOB_MANDATE 2u

/* Opens the store and what else is needed. Release it in any case. Errors: CONFIG (policies with errors, no
 * config, no accounts); the store's. */
int ks_respond_job_open(struct ks_respond_job *job, struct ks_app *app, const struct ks_opt_args *args,
	unsigned needs, struct ks_err *err);
void ks_respond_job_release(struct ks_respond_job *job);

/* For facts and the executor; arg is the job. */
struct ks_str ks_respond_job_rule_name(void *arg, struct ks_str rule_id);

/* The policy of a plan as it is now; NULL: it is gone. */
const struct ks_policy *ks_respond_job_policy(struct ks_respond_job *job, struct ks_str name);

/* Prints a step's news on stderr, for a terminal; arg is the job. */
void ks_respond_job_tell(void *arg, const struct ks_executor_news *news);

/* A plan and its steps; those that differ in nothing but the Region share a line. standings (struct
 * ks_executor_standing): what AWS says now; NULL: nobody asked. */
void ks_respond_job_add_plan(const struct ks_ledger_plan *plan, const struct ks_vec *steps,
	const struct ks_vec *standings, struct ks_buf *out);
struct ks_json *ks_respond_job_plan_json(const struct ks_ledger_plan *plan, const struct ks_vec *steps,
	const struct ks_vec *standings);

/* The incident or, with --plan, the plan that the command line names; the other is 0. Errors: USAGE. */
int ks_respond_job_read_target(const struct ks_opt_args *args, int64_t *out_incident, int64_t *out_plan,
	struct ks_err *err);

/* A line typed at the terminal, without its end; false when there is no terminal or nothing was typed. */
bool ks_respond_job_ask(const char *question, struct ks_arena *arena, struct ks_str *out);

#define KS_RESPOND_JOB_PLAN                                                                     \
	{ .kind = KS_OPT_VALUE, .name = "plan", .metavar = "N", .help = "that plan, by its number" }
#define KS_RESPOND_JOB_POLICY_OPTIONS                                                            \
	{ .kind = KS_OPT_LIST, .name = "response", .metavar = "PATH",                                \
		.help = "response policies of your own, a file or a directory",                          \
		.fallback = "respond/ of the policies" },                                                \
	{ .kind = KS_OPT_LIST, .name = "rules", .metavar = "PATH",                                   \
		.help = "rules of your own beside the shipped ones, for the names that policies use" }

#endif

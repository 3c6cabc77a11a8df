/*
 * What the loaded rules look at, for people and programs: by ATT&CK technique and by stage of a theft.
 */
#ifndef KS_CMD_COVERAGE_VIEW_H
#define KS_CMD_COVERAGE_VIEW_H

#include "cmd/keysnare/command.h"

#include "lib/codec/json.h"
#include "lib/engine/coverage.h"

/* A rule or correlation with what it looks at. */
struct ks_coverage_view_row {
	const struct ks_rule *rule;
	struct ks_coverage coverage;
};

/* The name by which people call a rule: its name, else its id, else its title. */
struct ks_str ks_coverage_view_name(const struct ks_rule *rule);

/* The techniques among the tags of a rule, "attack.t1526" as "T1526", are pushed to out (struct ks_str of
 * arena). */
void ks_coverage_view_techniques(const struct ks_rule *rule, struct ks_arena *arena, struct ks_vec *out);

/* rows: struct ks_coverage_view_row. Techniques are called as intel/attack.txt of the policies directory
 * says; without that file they are ids only. Errors: PARSE in that file. */
int ks_coverage_view_print(const struct ks_app *app, const struct ks_vec *rows, struct ks_err *err);

/* The same as {"techniques":[{"id","name","rules":[…]}],"any_call":[…],"stages":[{"stage","rules":[…],
 * "calls":[{"source","name","rules":[…]}]}]}. Free it. */
int ks_coverage_view_json(const struct ks_app *app, const struct ks_vec *rows, struct ks_json **out,
	struct ks_err *err);

#endif

/*
 * Rules as the commands load them.
 */
#ifndef KS_CMD_RULES_H
#define KS_CMD_RULES_H

#include "cmd/keysnare/command.h"

#include "lib/respond/policyset.h"
#include "lib/sigma/program.h"

/* The option that commands with rules have. */
#define KS_RULES_PLACEHOLDERS \
	{ .kind = KS_OPT_LIST, .name = "placeholders", .metavar = "FILE", .help = "YAML with what %name% " \
		"stands for in rules with the modifier expand: a mapping of names to values" }

/* Loads the shipped placeholders.yml, where there is one, and the files of the option. Belongs before the
 * rules. */
void ks_rules_add_placeholders(const struct ks_app *app, struct ks_ruleset *ruleset,
	const struct ks_opt_args *args);

/* Loads path, or the rules that are used when nothing else is said with NULL. Response policies that lie
 * among the rules below a directory are passed over. A placeholders.yml there goes before the rules. */
void ks_rules_add(const struct ks_app *app, struct ks_ruleset *ruleset, const char *path);

/* The same for both: rules go to the one set, response policies to the other. */
void ks_rules_add_both(const struct ks_app *app, struct ks_ruleset *ruleset, struct ks_policyset *policies,
	const char *path);

/* The response policies of --response, else the shipped ones, checked against each other; errors are printed
 * on stderr. False when there were any. */
bool ks_rules_load_response(const struct ks_app *app, struct ks_policyset *policies,
	const struct ks_opt_args *args);

/* The same without a word: the errors are among the problems of the set. */
void ks_rules_load_policies(const struct ks_app *app, struct ks_policyset *policies,
	const struct ks_opt_args *args);

#define KS_RULES_RESPONSE \
	{ .kind = KS_OPT_LIST, .name = "response", .metavar = "PATH", .fallback = "respond/ of the policies", \
		.help = "response policies of your own, a file or a directory" }

/* Prints every error of a set on stderr. */
void ks_rules_print_errors(const struct ks_problems *problems);

/* Everything is loaded: looks up what correlations refer to, prints every error of the set on stderr, and
 * builds the program. False when there were errors. */
bool ks_rules_are_good(struct ks_ruleset *ruleset, struct ks_program *out);

#endif

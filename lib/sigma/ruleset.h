/*
 * A set of Sigma rules out of files and directories. Loading never stops at the first mistake: all
 * errors and warnings are collected, with file, line and column. The set owns everything that its rules
 * point to.
 */
#ifndef KS_SIGMA_RULESET_H
#define KS_SIGMA_RULESET_H

#include "lib/base/map.h"
#include "lib/sigma/correlation.h"
#include "lib/sigma/filter.h"
#include "lib/sigma/rule.h"

struct ks_ruleset {
	struct ks_vec rules;             /* struct ks_rule *: those without errors, in the order of loading */
	struct ks_vec correlations;      /* struct ks_correlation *: likewise */
	size_t resolved;                 /* how many of these have found their rules */
	struct ks_vec filters;           /* struct ks_filter *: likewise, in force once resolved */
	struct ks_placeholders placeholders;
	struct ks_problems problems;
	size_t files;                    /* read */
	/* what is left of KS_LIMIT_RULE_BYTES for the file that is being read */
	size_t bytes;
	struct ks_paths paths;           /* every field that the rules name */
	struct ks_arena arena;
	struct ks_vec regexes;           /* struct ks_regex * */
	struct ks_map ids;               /* a rule's or correlation's id to struct ks_rule */
	struct ks_map names;             /* likewise its name */
	struct ks_map filter_ids;        /* a filter's id to its struct ks_rule */
	struct ks_map filter_names;      /* likewise its name */
	struct ks_map titles; /* likewise its title, when it has no id: findings are told apart by it */
	struct ks_map loaded;            /* files that were read, by device and number */
};

void ks_ruleset_init(struct ks_ruleset *ruleset);
void ks_ruleset_release(struct ks_ruleset *ruleset);

/* Adds the rules of a file, or of every *.yml and *.yaml below a directory, in a fixed order. A file
 * that is met twice counts once. An id or name that two rules (or correlations, or filters) have is an
 * error at the second that names the first. 0 when no error was added, else -1. */
int ks_ruleset_load(struct ks_ruleset *ruleset, const char *path);

/* The same for text at hand; file is what problems call it. */
int ks_ruleset_add(struct ks_ruleset *ruleset, const char *file, struct ks_str text);

/* Adds values for placeholders, which |expand asks for: belongs before the rules. Errors are among the
 * problems. 0 when no error was added, else -1. */
int ks_ruleset_load_placeholders(struct ks_ruleset *ruleset, const char *path);

/* Everything is loaded: filters narrow their rules, and correlations find the rules that they name, in
 * whatever file these are. A rule that is not there is an error at its name, and the correlation is left
 * out. Belongs before a program is built; again after more was loaded. 0 when no error was added,
	else -1. */
int ks_ruleset_resolve(struct ks_ruleset *ruleset);

/* The first error of the set, for callers that want only one. False when there is none. */
bool ks_ruleset_first_error(const struct ks_ruleset *ruleset, struct ks_err *out);

#endif

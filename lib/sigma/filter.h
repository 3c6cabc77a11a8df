/*
 * A Sigma filter (Sigma 2.1, "Sigma Filters Specification"): one condition that narrows rules from outside,
 * without a change to them. It is joined to each rule by "and", as pySigma does: "not selection" leaves out
 * what the selection matches. It works on the rules that it names by id or name, or on all with "any", where
 * its logsource is the rule's or a wider one.
 *
 * It holds back only what it is sure of: where a limit leaves it undecided, the rule's own verdict counts.
 *
 * It never silently does nothing: what it names and is not loaded, or has another logsource, is a warning;
 * what it names and is a correlation is an error. And it never silences a decoy by what the caller
 * has in hand
 * (caller.h): for a rule that looks at decoy.*, a filter that could hold back an event because of
 * its userAgent,
 * parameters or a keyword alone, whatever else is in the event, is an error and is not applied;
 * any other is a
 * warning.
 */
#ifndef KS_SIGMA_FILTER_H
#define KS_SIGMA_FILTER_H

#include "lib/sigma/rule.h"

/* A rule that the filter names. */
struct ks_filter_ref {
	const struct ks_yaml_node *node;
	bool is_met;                     /* it is loaded, and was told of */
};

struct ks_filter {
	struct ks_rule head;             /* its detection is the filter's condition */
	bool is_any;                     /* all rules of its logsource */
	struct ks_filter_ref *refs;
	size_t ref_count;
	size_t seen;                     /* rules of the set that were looked at */
	size_t applied;                  /* rules that it narrows */
	bool was_warned;                 /* that it narrows a rule about decoys */
};

/* Reads the document of a filter. False when there were errors; they, and warnings, are in env->problems. */
bool ks_filter_parse(const struct ks_yaml_node *document, struct ks_item_env *env, struct ks_filter *out);

/* Narrows those of the set's rules (struct ks_rule *) that were not looked at before. Belongs after
 * everything is loaded. False when there were errors. */
bool ks_filter_apply(struct ks_filter *filter, const struct ks_vec *rules, const struct ks_map *ids,
	const struct ks_map *names, struct ks_item_env *env);

#endif

/*
 * What a record must have for a rule to matter. Whenever the verdict of the rule is yes or undecided,
 * at least one of the atoms holds; so a record in which none holds can be passed over unread. Only
 * fields that the caller can look at cheaply ("anchored") come up in atoms. It errs on one side: "every
 * record" is always right.
 */
#ifndef KS_SIGMA_NEED_H
#define KS_SIGMA_NEED_H

#include "lib/sigma/program.h"

/* Some value of the field matches the pattern, or with pattern NULL: the field is there. A value is any
 * but null, also a number or a boolean by its text and an object or array by its compact JSON. */
struct ks_need_atom {
	uint32_t field;                      /* among the program's paths */
	const struct ks_pattern *pattern;    /* borrowed from the program */
};

struct ks_need {
	bool is_every;                       /* nothing can be said: every record must be read */
	const struct ks_item *open;          /* with is_every: an item that narrows nothing down; may be NULL */
	/* struct ks_need_atom; any one of them; without atoms nothing ever matches */
	struct ks_vec atoms;
};

void ks_need_init(struct ks_need *need);
void ks_need_release(struct ks_need *need);

/* Works out what a rule needs. anchors (n of them) are paths of fields, and prefixes of paths that end
 * in a dot; what is below such a prefix is thought to be rarer than any text, and is asked for first. Of the
 * others, those that come first are thought to tell records apart best. */
void ks_need_find(const struct ks_program *program, size_t rule, const char *const *anchors, size_t n,
	struct ks_need *out);

/* Whether the rule, or a filter of it, reads a field whose path begins with prefix. */
bool ks_need_reads(const struct ks_program *program, size_t rule, struct ks_str prefix);

#endif

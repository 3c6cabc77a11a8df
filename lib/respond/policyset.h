/*
 * All response policies in use, and which of them an incident gets. As with rules, loading never stops at
 * the first mistake: every problem is kept with file, line and column. A set with errors must not be
 * used.
 */
#ifndef KS_RESPOND_POLICYSET_H
#define KS_RESPOND_POLICYSET_H

#include "lib/base/map.h"
#include "lib/respond/policy.h"

struct ks_policyset {
	struct ks_vec policies;          /* struct ks_policy *: those without errors, in the order of loading */
	struct ks_problems problems;
	size_t files;
	struct ks_arena arena;           /* owns all that the policies point to */
	struct ks_map names;             /* a policy's name to the policy */
	struct ks_map loaded;            /* real paths of files that were read */
};

void ks_policyset_init(struct ks_policyset *set);
void ks_policyset_release(struct ks_policyset *set);

/* Adds the policies of a file, or of every *.yml and *.yaml below a directory, in a fixed order. A file
 * that is met twice counts once; a name that two policies have is an error. 0 when no error was added,
 * else -1. */
int ks_policyset_load(struct ks_policyset *set, const char *path);

/* The same for text at hand; file is what problems call it. */
int ks_policyset_add(struct ks_policyset *set, const char *file, struct ks_str text);

/* After the last load: equally specific policies that one incident could meet are errors, each of which
 * names both. 0 when there is none. */
int ks_policyset_check(struct ks_policyset *set);

/* What became of one policy when an incident was looked at. */
struct ks_policyset_verdict {
	const struct ks_policy *policy;
	bool is_match;
	const char *why;                 /* why it matched, or why not */
};

/* The most specific policy that matches, or NULL. With out_verdicts, every policy's verdict is pushed on
 * it (struct ks_policyset_verdict; the strings live in arena). The set must have passed its check. */
const struct ks_policy *ks_policyset_choose(const struct ks_policyset *set, const struct ks_facts *facts,
	struct ks_arena *arena, struct ks_vec *out_verdicts);

#endif

/*
 * Public lists of accounts whose keys are known to be canaries: anyone who decodes a key id can look
 * there, so a decoy in such an account gives itself away. The lists are data: lines "<12 digits> <list
 * name>", '#' comments.
 */
#ifndef KS_DECOY_CANARY_H
#define KS_DECOY_CANARY_H

#include "lib/base/err.h"
#include "lib/base/map.h"

/* Where the lists are below the policies directory. */
#define KS_CANARY_FILE "intel/canary-accounts.txt"

struct ks_canary {
	struct ks_arena arena;
	struct ks_map accounts;      /* account to list name (const char *) */
};

void ks_canary_init(struct ks_canary *canary);
void ks_canary_release(struct ks_canary *canary);

/* Adds the lists of a file. Errors: NOTFOUND, IO, LIMIT, PARSE with file, line and column. */
int ks_canary_load(struct ks_canary *canary, const char *path, struct ks_err *err);
int ks_canary_parse(struct ks_canary *canary, struct ks_str text, struct ks_err *err);

/* The list that an account is on, or NULL. */
const char *ks_canary_find(const struct ks_canary *canary, const char *account);

#endif

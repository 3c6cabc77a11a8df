/*
 * What %name% stands for in values with the modifier expand: a YAML mapping of names to a value or a list of
 * values, as in
 *
 *     Administrators: [root, 'adm_*']
 *     Office: 192.0.2.7
 *
 * Values are Sigma strings, so wildcards and escapes work in them.
 */
#ifndef KS_SIGMA_PLACEHOLDER_H
#define KS_SIGMA_PLACEHOLDER_H

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/sigma/problem.h"

struct ks_placeholder {
	struct ks_str name;
	const struct ks_str *values;
	size_t n;
};

struct ks_placeholders {
	struct ks_map names;             /* to struct ks_placeholder */
	struct ks_arena arena;
};

void ks_placeholder_init(struct ks_placeholders *placeholders);
void ks_placeholder_release(struct ks_placeholders *placeholders);

/* Adds what a file's text says; file is what problems call it. A name that was there gets the new values.
 * 0 when no error was added, else -1. */
int ks_placeholder_add(struct ks_placeholders *placeholders, const char *file, struct ks_str text,
	struct ks_problems *problems);

/* NULL when there is none of this name. */
const struct ks_placeholder *ks_placeholder_find(const struct ks_placeholders *placeholders,
	struct ks_str name);

#endif

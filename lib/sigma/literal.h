/*
 * Text that must stand in whatever a regular expression matches: cheaper to look for than the match itself.
 */
#ifndef KS_SIGMA_LITERAL_H
#define KS_SIGMA_LITERAL_H

#include "lib/base/buf.h"

#include <stdbool.h>

#define KS_LITERAL_LEAST 3u /* bytes of a text that is worth looking for */

/* The longest such text of a pattern that PCRE2 has compiled, with a set of enum ks_regex_flag, into
 * out. False when nothing can be said for sure: then the pattern has alternatives, groups, letters in
 * either case, or what this does not read. */
bool ks_literal_find(struct ks_str pattern, unsigned flags, struct ks_buf *out);

#endif

/*
 * JSON escapes (RFC 8259, section 7) taken out of strings. Invalid escapes stand for themselves; a pair
 * of surrogates is one character, half a pair is U+FFFD.
 */
#ifndef KS_TRAIL_UNESCAPE_H
#define KS_TRAIL_UNESCAPE_H

#include "lib/base/arena.h"
#include "lib/base/str.h"

/* The inside of a JSON string without its escapes, in the arena. */
struct ks_str ks_unescape_string(struct ks_str raw, struct ks_arena *arena);

/* The escape at the front of *rest (which begins with a backslash): what it stands for is put at to, at
 * most 4 bytes, and *rest moves on. Returns where the next byte would go. */
char *ks_unescape_next(struct ks_str *rest, char *to);

#endif

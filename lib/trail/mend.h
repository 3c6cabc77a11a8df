/*
 * What the cutter does with damage: says what and where, and finds the place to go on. Not for anyone else.
 */
#ifndef KS_TRAIL_MEND_H
#define KS_TRAIL_MEND_H

#include "lib/trail/cutter.h"

/* Between top-level values stands something that is neither blank nor a value, at p. Moves behind it. */
void ks_mend_garbage(struct ks_cutter *cutter, size_t p);

/* A line begins with a brace behind the newline at p while a value is open. True when that means that
 * the value was cut off there: it is reported, and the walk starts anew at the line. */
bool ks_mend_line(struct ks_cutter *cutter, size_t p, bool is_in_string);

/* The record that was text is no JSON from its byte bad on: hands over what it has swallowed whole.
 * True when something began in it that ends behind it: then its borders were wrong, and the walk
 * starts anew there. */
bool ks_mend_swallowed(struct ks_cutter *cutter, struct ks_str text, size_t bad, bool is_hit);

/* Up to p, no element has begun in a list since gap. True when one should have: a quote too many has
 * turned strings inside out. It is reported, and the walk starts anew there. */
bool ks_mend_list(struct ks_cutter *cutter, size_t p);

/* The open record has grown past the cap: broken, or really that long. */
void ks_mend_oversize(struct ks_cutter *cutter);

/* While lost: goes on at the next thing before limit that begins like a record. False when there is
 * none. */
bool ks_mend_search(struct ks_cutter *cutter, size_t limit);

/* The text is over. True when what was left open is broken rather than cut off, and the walk goes on
 * behind that. */
bool ks_mend_end(struct ks_cutter *cutter);

#endif

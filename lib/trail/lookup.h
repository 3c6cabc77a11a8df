/*
 * Look-ups in an index: members by name, values by path.
 */
#ifndef KS_TRAIL_LOOKUP_H
#define KS_TRAIL_LOOKUP_H

#include "lib/base/arena.h"
#include "lib/trail/index.h"

/* The first member of that name in an object (or KS_INDEX_NONE), and the next one after a member. */
uint32_t ks_lookup_member(const struct ks_index *index, uint32_t object, struct ks_str name);

/* Whether a node's member name, unescaped, is this. */
bool ks_lookup_is_named(const struct ks_index *index, const struct ks_index_node *node, struct ks_str name);

/* The node as a value: strings unescaped, objects and arrays as compact JSON in source order with
 * escapes in one normal form. Borrowed from the text where possible, else in the arena. */
struct ks_value ks_lookup_value(const struct ks_index *index, uint32_t node, struct ks_arena *arena);

/* All values at a dotted path below node, in source order, appended to out (struct ks_value). Arrays are
 * looked through: their elements (of arrays in them, too), and then, where one ends the path, that outermost
 * array itself. A name that holds dots is met by the same dots of the path. */
void ks_lookup_collect(const struct ks_index *index, uint32_t node, struct ks_str path,
	struct ks_arena *arena, struct ks_vec *out);

/* The same where at most one member leads on at each name of the path, and none holds an array: *out_n is 0
 * or 1, for that value. False where ks_lookup_collect has to do it. */
bool ks_lookup_single(const struct ks_index *index, uint32_t object, struct ks_str path,
	struct ks_arena *arena, struct ks_value *out, size_t *out_n);

/* Every string, number and boolean at or below node, in source order, appended to out (struct ks_value). */
void ks_lookup_scalars(const struct ks_index *index, uint32_t node, struct ks_arena *arena,
	struct ks_vec *out);

#endif

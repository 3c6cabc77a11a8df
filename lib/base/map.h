/*
 * struct ks_map: byte strings to pointers. The map copies its keys; the values are the caller's. Iteration
 * goes in order of insertion, so output made from a map is the same at every run.
 */
#ifndef KS_BASE_MAP_H
#define KS_BASE_MAP_H

#include "lib/base/arena.h"
#include "lib/base/str.h"
#include "lib/base/vec.h"

#include <stdint.h>

struct ks_map_entry {
	struct ks_str key;
	void *value;
	uint64_t hash;
};

struct ks_map {
	struct ks_arena keys;
	struct ks_vec entries;    /* struct ks_map_entry, in order of insertion */
	uint32_t *slots;          /* entry index + 1, 0 when empty */
	size_t slot_count;        /* a power of two */
};

void ks_map_init(struct ks_map *map);
void ks_map_release(struct ks_map *map);
void *ks_map_find(const struct ks_map *map, struct ks_str key);              /* NULL when absent */
void *ks_map_put(struct ks_map *map, struct ks_str key, void *value); /* the value it replaced, or NULL */

#endif

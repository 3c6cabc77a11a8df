/* Open addressing over an array of entries. */
#include "lib/base/map.h"

#include "lib/base/mem.h"

#include <stdlib.h>

void ks_map_init(struct ks_map *map)
{
	*map = (struct ks_map){ .entries = KS_VEC_OF(struct ks_map_entry) };
}

void ks_map_release(struct ks_map *map)
{
	if (map == NULL)
		return;
	ks_arena_release(&map->keys);
	ks_vec_release(&map->entries);
	free(map->slots);
	ks_map_init(map);
}

/* The slot that holds the key, or the empty one where it belongs. */
static size_t slot_of(const struct ks_map *map, struct ks_str key, uint64_t hash)
{
	size_t mask = map->slot_count - 1;
	size_t i = (size_t)hash & mask;

	for (; map->slots[i] != 0; i = (i + 1) & mask) {
		const struct ks_map_entry *entry = KS_VEC_AT(&map->entries, struct ks_map_entry, map->slots[i] - 1);

		if (entry->hash == hash && ks_str_is_equal(entry->key, key))
			break;
	}
	return i;
}

static void grow(struct ks_map *map)
{
	size_t count = map->slot_count < 16 ? 16 : map->slot_count * 2;

	free(map->slots);
	map->slots = ks_mem_alloc(count * sizeof(map->slots[0]));
	map->slot_count = count;
	for (size_t i = 0; i < map->entries.n; i++) {
		const struct ks_map_entry *entry = KS_VEC_AT(&map->entries, struct ks_map_entry, i);

		map->slots[slot_of(map, entry->key, entry->hash)] = (uint32_t)i + 1;
	}
}

void *ks_map_find(const struct ks_map *map, struct ks_str key)
{
	size_t i;

	if (map->slot_count == 0)
		return NULL;
	i = slot_of(map, key, ks_str_hash(key));
	return map->slots[i] != 0 ? KS_VEC_AT(&map->entries, struct ks_map_entry, map->slots[i] - 1)->value :
								NULL;
}

void *ks_map_put(struct ks_map *map, struct ks_str key, void *value)
{
	uint64_t hash = ks_str_hash(key);
	struct ks_map_entry *entry;
	size_t i;

	if ((map->entries.n + 1) * 4 > map->slot_count * 3)
		grow(map);
	i = slot_of(map, key, hash);
	if (map->slots[i] != 0) {
		void *old;

		entry = KS_VEC_AT(&map->entries, struct ks_map_entry, map->slots[i] - 1);
		old = entry->value;
		entry->value = value;
		return old;
	}
	entry = ks_vec_push(&map->entries);
	*entry = (struct ks_map_entry){ .key = ks_arena_copy(&map->keys, key), .value = value, .hash = hash };
	map->slots[i] = (uint32_t)map->entries.n;
	return NULL;
}

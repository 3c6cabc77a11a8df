/* Groups of decoys by what they share. */
#include "lib/decoy/neighbors.h"

/* AKIA and the account are 12 to 13 of an id's 20 characters; chance alone makes a pair in a million that
 * agrees in 16 */
#define SIBLING_PREFIX 16

/* Decoys that share something: one more than is named is kept, as the one that asks is passed over. */
struct group {
	const struct ks_decoy *first[KS_NEIGHBORS_NAMED + 1];
	size_t count;
};

static bool is_in_file(const struct ks_decoy *decoy)
{
	return decoy->state != KS_DECOY_RETIRED &&
		(decoy->form == KS_PLACEMENT_FILE || decoy->form == KS_PLACEMENT_SECTION);
}

static struct ks_str dir_of(struct ks_str path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	return path;
}

static struct ks_str start_of(const struct ks_decoy *decoy)
{
	return ks_str_sub(decoy->key_id, 0, SIBLING_PREFIX);
}

static struct ks_str join(struct ks_arena *arena, struct ks_str account, struct ks_str path)
{
	return ks_str_of(ks_arena_printf(arena, KS_STR_FMT ":" KS_STR_FMT, KS_STR_ARG(account),
		KS_STR_ARG(path)));
}

static void add(struct ks_neighbors *neighbors, struct ks_map *map, struct ks_str key,
	const struct ks_decoy *decoy)
{
	struct group *group = ks_map_find(map, key);

	if (group == NULL) {
		group = ks_arena_alloc(&neighbors->arena, sizeof(*group));
		ks_map_put(map, key, group);
	}
	if (group->count <= KS_NEIGHBORS_NAMED)
		group->first[group->count] = decoy;
	group->count++;
}

void ks_neighbors_init(struct ks_neighbors *neighbors, const struct ks_vec *fleet)
{
	struct ks_arena room = { NULL };

	ks_arena_init(&neighbors->arena);
	ks_map_init(&neighbors->keys);
	ks_map_init(&neighbors->places);
	ks_map_init(&neighbors->homes);
	ks_map_init(&neighbors->sharers);
	ks_map_init(&neighbors->siblings);
	for (size_t i = 0; i < fleet->n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(fleet, struct ks_decoy, i);

		add(neighbors, &neighbors->keys, decoy->key_id, decoy);
		add(neighbors, &neighbors->siblings, start_of(decoy), decoy);
		if (!is_in_file(decoy))
			continue;
		add(neighbors, &neighbors->places, decoy->placement, decoy);
		add(neighbors, &neighbors->homes, join(&room, decoy->account, dir_of(decoy->placement)), decoy);
		add(neighbors, &neighbors->sharers, join(&room, decoy->account, decoy->placement), decoy);
		ks_arena_clear(&room);
	}
	ks_arena_release(&room);
}

void ks_neighbors_release(struct ks_neighbors *neighbors)
{
	ks_map_release(&neighbors->keys);
	ks_map_release(&neighbors->places);
	ks_map_release(&neighbors->homes);
	ks_map_release(&neighbors->sharers);
	ks_map_release(&neighbors->siblings);
	ks_arena_release(&neighbors->arena);
}

static const struct group *find(const struct ks_map *map, struct ks_str key)
{
	static const struct group empty;
	const struct group *group = ks_map_find(map, key);

	return group != NULL ? group : &empty;
}

/* The fleet's decoy of a key id, or NULL. */
static const struct ks_decoy *find_key(const struct ks_neighbors *neighbors, struct ks_str key_id)
{
	return find(&neighbors->keys, key_id)->first[0];
}

bool ks_neighbors_have_key(const struct ks_neighbors *neighbors, struct ks_str key_id)
{
	return find_key(neighbors, key_id) != NULL;
}

/* A group without the decoy that asks. is_member: the group has it, though maybe not among the first. */
static struct ks_neighbors_list others(const struct group *group, const struct ks_decoy *decoy,
	bool is_member)
{
	struct ks_neighbors_list list = { .count = group->count - is_member };

	for (size_t i = 0; i < group->count && i <= KS_NEIGHBORS_NAMED; i++)
		if (list.named_count < KS_NEIGHBORS_NAMED &&
			!ks_str_is_equal(group->first[i]->key_id, decoy->key_id))
			list.named[list.named_count++] = group->first[i];
	return list;
}

struct ks_neighbors_list ks_neighbors_in_file(const struct ks_neighbors *neighbors,
	const struct ks_decoy *decoy)
{
	const struct ks_decoy *own = find_key(neighbors, decoy->key_id);

	if (!is_in_file(decoy))
		return (struct ks_neighbors_list){ .count = 0 };
	return others(find(&neighbors->places, decoy->placement), decoy,
		own != NULL && is_in_file(own) && ks_str_is_equal(own->placement, decoy->placement));
}

size_t ks_neighbors_in_directory(const struct ks_neighbors *neighbors, const struct ks_decoy *decoy)
{
	struct ks_arena room = { NULL };
	size_t n;

	if (!is_in_file(decoy) || decoy->account.n == 0)
		return 0;
	/* The decoy itself, as the fleet has it, is in both or in none. */
	n = find(&neighbors->homes, join(&room, decoy->account, dir_of(decoy->placement)))->count -
		find(&neighbors->sharers, join(&room, decoy->account, decoy->placement))->count;
	ks_arena_release(&room);
	return n;
}

struct ks_neighbors_list ks_neighbors_siblings(const struct ks_neighbors *neighbors,
	const struct ks_decoy *decoy)
{
	return others(find(&neighbors->siblings, start_of(decoy)), decoy,
		ks_neighbors_have_key(neighbors, decoy->key_id));
}

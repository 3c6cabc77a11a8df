/*
 * Which decoys of a fleet lie or look alike: looked up, however many there are. It knows the same of a decoy
 * that is not in the fleet yet as of one that is.
 */
#ifndef KS_DECOY_NEIGHBORS_H
#define KS_DECOY_NEIGHBORS_H

#include "lib/base/map.h"
#include "lib/decoy/registry.h"

#define KS_NEIGHBORS_NAMED 3u /* most that are named; all are counted */

struct ks_neighbors {
	struct ks_arena arena;
	struct ks_map keys;      /* by key id */
	struct ks_map places;    /* those in files: by path */
	struct ks_map homes;     /* likewise: by account and directory */
	struct ks_map sharers;   /* likewise: by account and path */
	struct ks_map siblings;  /* by the start of the key id */
};

/* Some others; the names are borrowed from the fleet, in its order. */
struct ks_neighbors_list {
	const struct ks_decoy *named[KS_NEIGHBORS_NAMED];
	size_t named_count;
	size_t count;            /* the named ones included */
};

/* fleet (struct ks_decoy, each with a key id of its own) is borrowed. */
void ks_neighbors_init(struct ks_neighbors *neighbors, const struct ks_vec *fleet);
void ks_neighbors_release(struct ks_neighbors *neighbors);

bool ks_neighbors_have_key(const struct ks_neighbors *neighbors, struct ks_str key_id);

/* Others in the same file; none for a decoy that is in no file. */
struct ks_neighbors_list ks_neighbors_in_file(const struct ks_neighbors *neighbors,
	const struct ks_decoy *decoy);
/* How many of the same account are in other files of its directory. */
size_t ks_neighbors_in_directory(const struct ks_neighbors *neighbors, const struct ks_decoy *decoy);
/* Others whose key ids begin alike, for longer than account and chance explain. */
struct ks_neighbors_list ks_neighbors_siblings(const struct ks_neighbors *neighbors,
	const struct ks_decoy *decoy);

#endif

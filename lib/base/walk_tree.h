/*
 * Everything below a directory. Several threads look into directories side by side, since most of the time
 * goes by asking the system; what they find is put together as if one had gone through all in the order of
 * names.
 */
#ifndef KS_BASE_WALK_TREE_H
#define KS_BASE_WALK_TREE_H

#include "lib/base/walk.h"

/* Adds all that ks_walk_add says of a directory, in any order of files, by walk->jobs threads at most. */
void ks_walk_tree_add(struct ks_walk *walk, const char *top, const char *const *suffixes);

#endif

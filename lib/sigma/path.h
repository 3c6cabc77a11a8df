/*
 * Field paths of a set of rules, each with a number of its own: 0, 1, 2 … in the order in which the
 * rules name them.
 */
#ifndef KS_SIGMA_PATH_H
#define KS_SIGMA_PATH_H

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"

#include <stdint.h>

struct ks_paths {
	struct ks_map numbers;       /* path to its number + 1 */
	struct ks_arena text;
	struct ks_vec list;          /* struct ks_str */
};

void ks_path_init(struct ks_paths *paths);
void ks_path_release(struct ks_paths *paths);
uint32_t ks_path_put(struct ks_paths *paths, struct ks_str path);      /* its number, new or old; copied */

#endif

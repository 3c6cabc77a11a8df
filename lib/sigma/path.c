/* Interned field paths. */
#include "lib/sigma/path.h"

void ks_path_init(struct ks_paths *paths)
{
	ks_map_init(&paths->numbers);
	ks_arena_init(&paths->text);
	paths->list = KS_VEC_OF(struct ks_str);
}

void ks_path_release(struct ks_paths *paths)
{
	if (paths == NULL)
		return;
	ks_map_release(&paths->numbers);
	ks_arena_release(&paths->text);
	ks_vec_release(&paths->list);
}

uint32_t ks_path_put(struct ks_paths *paths, struct ks_str path)
{
	uintptr_t number = (uintptr_t)ks_map_find(&paths->numbers, path);

	if (number == 0) {
		*(struct ks_str *)ks_vec_push(&paths->list) = ks_arena_copy(&paths->text, path);
		number = paths->list.n;
		ks_map_put(&paths->numbers, path, (void *)number);
	}
	return (uint32_t)(number - 1);
}

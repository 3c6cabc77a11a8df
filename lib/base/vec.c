/* Arrays that double. */
#include "lib/base/vec.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

void ks_vec_init(struct ks_vec *vec, size_t size)
{
	*vec = (struct ks_vec){ .size = size };
}

void ks_vec_release(struct ks_vec *vec)
{
	if (vec == NULL)
		return;
	free(vec->p);
	*vec = (struct ks_vec){ .size = vec->size };
}

void ks_vec_clear(struct ks_vec *vec)
{
	vec->n = 0;
}

void *ks_vec_push(struct ks_vec *vec)
{
	if (vec->n == vec->cap) {
		vec->cap = vec->cap < 8 ? 8 : vec->cap * 2;
		vec->p = ks_mem_resize(vec->p, vec->cap * vec->size);
	}
	return memset((char *)vec->p + vec->n++ * vec->size, 0, vec->size);
}

void ks_vec_sort(struct ks_vec *vec, int (*compare)(const void *, const void *))
{
	if (vec->n > 1)
		qsort(vec->p, vec->n, vec->size, compare);
}

void ks_vec_sort_unique(struct ks_vec *vec, int (*compare)(const void *, const void *))
{
	char *p = vec->p;
	size_t n = 0;

	ks_vec_sort(vec, compare);
	for (size_t i = 0; i < vec->n; i++)
		if (n == 0 || compare(p + (n - 1) * vec->size, p + i * vec->size) != 0)
			memmove(p + n++ * vec->size, p + i * vec->size, vec->size);
	vec->n = n;
}

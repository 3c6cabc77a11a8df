/* Allocation that aborts with one line when the system has no memory left. */
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define HEAPS 2
#define LARGE_BLOCK (128 << 10)

static void *checked(void *p, size_t n)
{
	if (p == NULL && n > 0) {
		fprintf(stderr, "keysnare: out of memory (%zu bytes)\n", n);
		abort();
	}
	return p;
}

void *ks_mem_alloc(size_t n)
{
	return checked(calloc(1, n > 0 ? n : 1), n);
}

void *ks_mem_resize(void *p, size_t n)
{
	return checked(realloc(p, n > 0 ? n : 1), n);
}

char *ks_mem_copy(const char *p, size_t n)
{
	char *copy = ks_mem_alloc(n + 1);

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

void ks_mem_stay_flat(void)
{
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, HEAPS);
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
#endif
}

void ks_mem_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

/*
 * struct ks_vec: a growing array of plain values of one size. Elements move when it grows: keep indexes, not
 * pointers, across a push.
 */
#ifndef KS_BASE_VEC_H
#define KS_BASE_VEC_H

#include <stddef.h>

struct ks_vec {
	void *p;
	size_t n;      /* elements held */
	size_t cap;
	size_t size;   /* of one element */
};

#define KS_VEC_OF(type) ((struct ks_vec){ .size = sizeof(type) })
#define KS_VEC_AT(vec, type, i) (&((type *)(vec)->p)[i])

void ks_vec_init(struct ks_vec *vec, size_t size);
void ks_vec_release(struct ks_vec *vec);       /* the elements' own memory is the caller's affair */
void ks_vec_clear(struct ks_vec *vec);
void *ks_vec_push(struct ks_vec *vec);         /* a new zeroed last element */
void ks_vec_sort(struct ks_vec *vec, int (*compare)(const void *, const void *));
/* The same, and of those that compare equal one stays. */
void ks_vec_sort_unique(struct ks_vec *vec, int (*compare)(const void *, const void *));

#endif

/*
 * struct ks_arena: memory that dies together. It owns everything that it gave out; clear ends all those
 * lives at once and keeps the largest block for the next batch. Zeroed memory, aligned for any type.
 */
#ifndef KS_BASE_ARENA_H
#define KS_BASE_ARENA_H

#include "lib/base/str.h"

#include <stddef.h>

struct ks_arena_block;

struct ks_arena {
	struct ks_arena_block *head;   /* the block in use; older ones hang behind it */
};

void ks_arena_init(struct ks_arena *arena);
void ks_arena_release(struct ks_arena *arena);
void ks_arena_clear(struct ks_arena *arena);

void *ks_arena_alloc(struct ks_arena *arena, size_t n);
struct ks_str ks_arena_copy(struct ks_arena *arena, struct ks_str s);      /* a NUL follows, not counted */
char *ks_arena_strdup(struct ks_arena *arena, struct ks_str s);
char *ks_arena_pack(struct ks_arena *arena, struct ks_str s);              /* as strdup, without gaps */
char *ks_arena_printf(struct ks_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes everything that from gave out the arena's own; from is as new. */
void ks_arena_join(struct ks_arena *arena, struct ks_arena *from);

#endif

/* Blocks that double in size, handed out front to back. */
#include "lib/base/arena.h"

#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 4096u
#define LARGEST_BLOCK (1024u * 1024)
#define ALIGNMENT (_Alignof(max_align_t))

struct ks_arena_block {
	struct ks_arena_block *next;
	size_t used;
	size_t cap;
	max_align_t data[];
};

void ks_arena_init(struct ks_arena *arena)
{
	arena->head = NULL;
}

static void free_chain(struct ks_arena_block *block)
{
	while (block != NULL) {
		struct ks_arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void ks_arena_release(struct ks_arena *arena)
{
	if (arena == NULL)
		return;
	free_chain(arena->head);
	arena->head = NULL;
}

void ks_arena_clear(struct ks_arena *arena)
{
	if (arena->head == NULL)
		return;
	/* The head is the newest block and so the largest, but for blocks that were another arena's; a giant
	 * made for one request is not worth keeping. */
	free_chain(arena->head->next);
	arena->head->next = NULL;
	arena->head->used = 0;
	if (arena->head->cap > LARGEST_BLOCK)
		ks_arena_release(arena);
}

/* Room for n bytes that begins at a multiple of alignment. */
static char *find_room(struct ks_arena *arena, size_t n, size_t alignment)
{
	struct ks_arena_block *block = arena->head;
	size_t from = block == NULL ? 0 : (block->used + alignment - 1) / alignment * alignment;

	if (block == NULL || from > block->cap || n > block->cap - from) {
		size_t cap = block == NULL ? FIRST_BLOCK : block->cap * 2;

		if (cap > LARGEST_BLOCK)
			cap = LARGEST_BLOCK;
		if (cap < n)
			cap = n;
		block = ks_mem_resize(NULL, sizeof(*block) + cap);
		*block = (struct ks_arena_block){ .next = arena->head, .cap = cap };
		arena->head = block;
		from = 0;
	}
	block->used = from + n;
	return (char *)block->data + from;
}

void *ks_arena_alloc(struct ks_arena *arena, size_t n)
{
	n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return memset(find_room(arena, n, ALIGNMENT), 0, n);
}

char *ks_arena_pack(struct ks_arena *arena, struct ks_str s)
{
	char *p = find_room(arena, s.n + 1, 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

void ks_arena_join(struct ks_arena *arena, struct ks_arena *from)
{
	struct ks_arena_block **end = &from->head;

	while (*end != NULL)
		end = &(*end)->next;
	/* What is in use stays in use. */
	if (arena->head != NULL) {
		*end = arena->head->next;
		arena->head->next = from->head;
	} else {
		arena->head = from->head;
	}
	from->head = NULL;
}

struct ks_str ks_arena_copy(struct ks_arena *arena, struct ks_str s)
{
	return (struct ks_str){ ks_arena_strdup(arena, s), s.n };
}

char *ks_arena_strdup(struct ks_arena *arena, struct ks_str s)
{
	char *p = ks_arena_alloc(arena, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

char *ks_arena_printf(struct ks_arena *arena, const char *format, ...)
{
	va_list args, again;
	char *p;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	p = ks_arena_alloc(arena, n > 0 ? (size_t)n + 1 : 1);
	if (n > 0)
		vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return p;
}

/* A queue of copies. */
#include "lib/trail/keepsake.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <stdlib.h>
#include <string.h>

void ks_keepsake_init(struct ks_keepsakes *keepsakes)
{
	*keepsakes = (struct ks_keepsakes){ .items = KS_VEC_OF(struct ks_keepsake), .lost_ms = KS_TIME_NONE };
}

static struct ks_keepsake *item(const struct ks_keepsakes *keepsakes, size_t i)
{
	return KS_VEC_AT(&keepsakes->items, struct ks_keepsake, i);
}

static void free_first(struct ks_keepsakes *keepsakes)
{
	struct ks_keepsake *first = item(keepsakes, keepsakes->from++);

	keepsakes->bytes -= first->bytes.n;
	free(first->name);
	free((void *)(uintptr_t)first->bytes.p);
}

void ks_keepsake_release(struct ks_keepsakes *keepsakes)
{
	while (keepsakes->from < keepsakes->items.n)
		free_first(keepsakes);
	ks_vec_release(&keepsakes->items);
}

void ks_keepsake_lose(struct ks_keepsakes *keepsakes, int64_t now_ms)
{
	keepsakes->lost_ms = keepsakes->lost_ms > now_ms ? keepsakes->lost_ms : now_ms;
}

void ks_keepsake_add(struct ks_keepsakes *keepsakes, const char *name, struct ks_str bytes, int64_t now_ms)
{
	if (bytes.n > KS_KEEPSAKE_BYTES / 4) {
		ks_keepsake_lose(keepsakes, now_ms);
		return;
	}
	while (keepsakes->from < keepsakes->items.n && (keepsakes->bytes + bytes.n > KS_KEEPSAKE_BYTES ||
		keepsakes->items.n - keepsakes->from >= KS_KEEPSAKE_ITEMS)) {
		ks_keepsake_lose(keepsakes, item(keepsakes, keepsakes->from)->read_ms);
		free_first(keepsakes);
	}
	/* Half of it is gone: the rest moves to the front. */
	if (keepsakes->from > 1024 && keepsakes->from * 2 > keepsakes->items.n) {
		keepsakes->items.n -= keepsakes->from;
		memmove(keepsakes->items.p, item(keepsakes, keepsakes->from),
			keepsakes->items.n * sizeof(struct ks_keepsake));
		keepsakes->from = 0;
	}
	*(struct ks_keepsake *)ks_vec_push(&keepsakes->items) = (struct ks_keepsake){ now_ms,
		ks_mem_copy(name, strlen(name)), { ks_mem_copy(bytes.p, bytes.n), bytes.n } };
	keepsakes->bytes += bytes.n;
}

size_t ks_keepsake_since(const struct ks_keepsakes *keepsakes, int64_t since_ms)
{
	size_t i = keepsakes->items.n;

	while (i > keepsakes->from && item(keepsakes, i - 1)->read_ms >= since_ms)
		i--;
	return i;
}

bool ks_keepsake_is_whole(const struct ks_keepsakes *keepsakes, int64_t since_ms)
{
	return keepsakes->lost_ms == KS_TIME_NONE || keepsakes->lost_ms < since_ms;
}

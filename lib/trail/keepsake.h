/*
 * What was read lately and cannot be had again, kept in memory for a look back: names and bytes, bounded,
 * the oldest first to go.
 */
#ifndef KS_TRAIL_KEEPSAKE_H
#define KS_TRAIL_KEEPSAKE_H

#include "lib/base/str.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_KEEPSAKE_BYTES (UINT64_C(16) << 20)
#define KS_KEEPSAKE_ITEMS 50000u

struct ks_keepsake {
	int64_t read_ms;
	char *name;
	struct ks_str bytes;
};

struct ks_keepsakes {
	struct ks_vec items;         /* struct ks_keepsake, the oldest at from */
	size_t from;
	uint64_t bytes;
	int64_t lost_ms;             /* when the youngest was read that is kept no more; KS_TIME_NONE */
};

void ks_keepsake_init(struct ks_keepsakes *keepsakes);
void ks_keepsake_release(struct ks_keepsakes *keepsakes);

/* Copies both. What is too large is lost at once. */
void ks_keepsake_add(struct ks_keepsakes *keepsakes, const char *name, struct ks_str bytes, int64_t now_ms);

/* Something was read that is not kept. */
void ks_keepsake_lose(struct ks_keepsakes *keepsakes, int64_t now_ms);

/* The first that was read since then, as an index to count on from up to items.n. */
size_t ks_keepsake_since(const struct ks_keepsakes *keepsakes, int64_t since_ms);

/* Whether all that was read since then is there. */
bool ks_keepsake_is_whole(const struct ks_keepsakes *keepsakes, int64_t since_ms);

#endif

/*
 * What a source read lately, so that it can read it once more, and what of that is wanted again: the latest
 * first. There is a bound to both; of what was read the oldest is forgotten.
 */
#ifndef KS_TRAIL_BACKLIST_H
#define KS_TRAIL_BACKLIST_H

#include "lib/base/str.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_BACKLIST_MOST 20000u      /* at least so many are known; never twice as many */
#define KS_BACKLIST_TRIES 5u

struct ks_backlist_item {
	char *key;
	int64_t size, at_ms;             /* read, or put, then */
	unsigned failures;
};

struct ks_backlist {
	struct ks_vec recent, again;     /* struct ks_backlist_item */
	size_t at, out;                  /* of again: handed out; of these not answered yet */
};

void ks_backlist_init(struct ks_backlist *list);
void ks_backlist_release(struct ks_backlist *list);

/* It was read. */
void ks_backlist_add(struct ks_backlist *list, const char *key, int64_t size, int64_t at_ms);
/* It is wanted once more; false when too much is. */
bool ks_backlist_want(struct ks_backlist *list, const char *key, int64_t size, int64_t at_ms);
/* All that was read since then is, up to a budget of bytes; false when there was more. */
bool ks_backlist_look(struct ks_backlist *list, int64_t since_ms, uint64_t budget);

/* The next to read once more, borrowed until something is asked of the list; NULL: none. */
const struct ks_backlist_item *ks_backlist_next(struct ks_backlist *list);
/* One of them was answered; fail: it is wanted again, unless that failed too often. Returns how often it
 * had failed before. */
void ks_backlist_answer(struct ks_backlist *list);
unsigned ks_backlist_fail(struct ks_backlist *list, struct ks_str key);

bool ks_backlist_has_next(const struct ks_backlist *list);
/* Or some are not answered yet. */
bool ks_backlist_is_busy(const struct ks_backlist *list);

#endif

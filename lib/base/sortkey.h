/*
 * Parts of sorting keys: numbers and times as bytes whose order is theirs, the highest byte first.
 */
#ifndef KS_BASE_SORTKEY_H
#define KS_BASE_SORTKEY_H

#include "lib/base/buf.h"

#include <stdint.h>

/* The lowest so many bytes of value, at most eight. */
void ks_sortkey_put(char *to, uint64_t value, unsigned bytes);
void ks_sortkey_add(struct ks_buf *out, uint64_t value, unsigned bytes);
uint64_t ks_sortkey_read(const char *p, unsigned bytes);

/* A time, in milliseconds, as a number in the same order, and back: earlier than 1970 comes first. */
uint64_t ks_sortkey_of_time(int64_t ms);
int64_t ks_sortkey_time(uint64_t value);

#endif

/*
 * The mark of records that an exercise made: their event ids, which look like any other (UUIDs of version
 * 4), carry the number of the drill and prove that they were made by one. So nothing has to be said where
 * such records are read, and every reader that others wrote takes them for what they look like. AWS's own
 * ids come to look so by chance once in 2^48.
 *
 *   rrrrrrrr-dddd-4ddd-wrrr-cccccccccccc    r: any digits; d, and the low bits of w: the number; c: the
 *                                           first 48 bits of SHA-256 of "keysnare drill " and all before c
 */
#ifndef KS_INCIDENT_DRILLMARK_H
#define KS_INCIDENT_DRILLMARK_H

#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_DRILLMARK_SIZE 36u        /* an event id, without a NUL */
#define KS_DRILLMARK_MOST UINT32_C(0x3fffffff)       /* the largest number of a drill */

/* An event id for a record of a drill; chance: what tells it from the others. */
void ks_drillmark_make(uint32_t drill, uint64_t chance, char out[KS_DRILLMARK_SIZE + 1]);

/* Whether an event id is one, and of which drill. */
bool ks_drillmark_read(struct ks_str event_id, uint32_t *out_drill);

#endif

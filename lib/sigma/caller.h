/*
 * What whoever makes a call has in hand: whether a condition can be made to fail by what the
 * caller writes or
 * picks, whatever else is in the record. A filter that can be failed so must not silence a decoy.
 *
 * No second factor beside what the caller writes (userAgent, the host header, parameters, keywords) is
 *   - a field that says nothing of who calls: eventVersion, eventType, eventTime and the like
 *   - an item that asks for no value: exists, null
 *   - an item that any of the field's values meets: '*', '.amazonaws.com' behind any eventSource,
 *     a network wider than /8
 */
#ifndef KS_SIGMA_CALLER_H
#define KS_SIGMA_CALLER_H

#include "lib/sigma/detection.h"

/* Whether the caller can make the verdict no. */
bool ks_caller_can_fail(const struct ks_detection *detection, const struct ks_paths *paths);

#endif

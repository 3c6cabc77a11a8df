/*
 * An entry of an incident's journal in words, for the report of a drill: what people did, without JSON.
 */
#ifndef KS_DRILL_MINUTE_H
#define KS_DRILL_MINUTE_H

#include "lib/base/arena.h"
#include "lib/base/str.h"

/* "plan approved: plan 1, digest 50c449d5b3b2…"; of a note only what it says. Text of others in it is as it
 * was. Owned by the arena. */
struct ks_str ks_minute_render(struct ks_str kind, struct ks_str body, struct ks_arena *arena);

/* Whether it ends a matter: a plan was approved, an incident closed, or a note begins with "contained".
 * "contained? not yet" is none. */
bool ks_minute_is_containment(struct ks_str kind, struct ks_str body);

#endif

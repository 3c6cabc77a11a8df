/*
 * Steps as text, for the store: written down as they were planned, and read back as the same steps. An
 * operation, a partition or a probe is looked up in its table when a step is read: what the tables do not
 * have, what is missing and what is too much is an error (PARSE), never another call.
 */
#ifndef KS_RESPOND_PACKED_H
#define KS_RESPOND_PACKED_H

#include "lib/codec/json.h"
#include "lib/respond/step.h"

/* A JSON object without the step's hits; free it. */
struct ks_json *ks_packed_step(const struct ks_step *step);

/* All that the step points to lives in the arena. */
int ks_packed_parse(struct ks_str text, struct ks_arena *arena, struct ks_step *out, struct ks_err *err);

#endif

/*
 * A hit of a correlation in short: what a finding says of its event, what its identity is made of, and the
 * values that the correlation reads. Out of it the hit can be made again when the record is long gone.
 */
#ifndef KS_ENGINE_HITCOPY_H
#define KS_ENGINE_HITCOPY_H

#include "lib/base/buf.h"
#include "lib/engine/chains.h"

#define KS_HITCOPY_VALUES (2 * KS_CORRELATION_FIELDS)

/* The first value of a field. */
struct ks_hitcopy_value {
	uint32_t path;
	struct ks_value value;
};

/* A hit out of a copy; all borrowed from the copy and from this. */
struct ks_hitcopy {
	struct ks_event event; /* without a record: its identity is known, or its event id */
	struct ks_finding finding; /* without a rule */
	struct ks_view view;
	struct ks_hitcopy_value values[KS_HITCOPY_VALUES];
	size_t value_count;
	struct ks_str note;
	unsigned pass;
};

/* Appends the copy. False, and nothing is appended, when it is longer than most or there is no room. */
bool ks_hitcopy_pack(const struct ks_chains_hit *hit, const struct ks_hitcopy_value *values,
	size_t value_count, size_t most, struct ks_buf *out);

/* Takes apart what pack has made; out stays where it is for as long as it is used. time_ms: of the event. */
void ks_hitcopy_unpack(struct ks_str copy, int64_t time_ms, struct ks_hitcopy *out);

#endif

/*
 * What an event is to a correlation, of which it met a rule: the group that it is in and what it brings to
 * the measure (correlation.h says how fields count). Works on the view, so it is asked while the record is
 * at hand.
 */
#ifndef KS_SIGMA_MEMBER_H
#define KS_SIGMA_MEMBER_H

#include "lib/sigma/correlation.h"
#include "lib/sigma/value.h"

#define KS_MEMBER_VALUE (KS_DECIMAL_TEXT + 1)
#define KS_MEMBER_LABEL 256u /* most bytes of a label */

struct ks_member {
	char group[KS_CORRELATION_HASH]; /* hash of the group's values */
	/* Hash of the field's values; the number, where it is one; "" without field. */
	char value[KS_MEMBER_VALUE];
};

/* False when the event does not count: it is in no group, or has no value, or none that is a number. */
bool ks_member_read(const struct ks_correlation *correlation, size_t part, const struct ks_view *view,
	struct ks_member *out);

/* The group for people: "userIdentity.accessKeyId: AKIA…, awsRegion: none", at most KS_MEMBER_LABEL bytes;
 * "all events" without group-by. Bytes of records: they must be escaped for where they are shown. */
void ks_member_label(const struct ks_correlation *correlation, size_t part, const struct ks_view *view,
	struct ks_buf *out);

#endif

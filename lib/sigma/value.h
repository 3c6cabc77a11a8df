/*
 * What a rule sees of a record: values of fields, asked for by path. The matcher knows nothing of JSON
 * or CloudTrail; whoever has records (trail/event, a test) answers through struct ks_view.
 */
#ifndef KS_SIGMA_VALUE_H
#define KS_SIGMA_VALUE_H

#include "lib/base/str.h"

#include <stddef.h>
#include <stdint.h>

enum ks_value_kind {
	KS_VALUE_NULL,
	KS_VALUE_BOOL,       /* text is "true" or "false" */
	KS_VALUE_NUMBER,     /* text as in the source: no digit is lost */
	KS_VALUE_STRING,     /* text unescaped; may hold NUL and bytes that are not UTF-8 */
	KS_VALUE_OBJECT,     /* text is compact JSON in source order */
	KS_VALUE_ARRAY,      /* likewise; only for a path that ends at the array itself */
};

struct ks_value {
	enum ks_value_kind kind;
	struct ks_str text;          /* borrowed for as long as the record is at hand */
};

/* One record, through the eyes of a compiled set of rules. */
struct ks_view {
	/* The values at a field: field is an index into the paths that the program asked for. Several
	 * values come where an array or a repeated key lies on the way (elements of an array that ends the
	 * path are given one by one, then the array as a whole). Returns how many; *out is borrowed for as
	 * long as the record is at hand. Zero means that the field is not there; a JSON null is one value
	 * of kind NULL. The empty path is the whole record: every string, number and boolean in it. */
	size_t (*values)(void *arg, uint32_t field, const struct ks_value **out);
	void *arg;
};

#endif

/*
 * A few members of a record without reading all of it: those of the record itself, and those of objects in
 * it. For rules that nothing in the text narrows down, so that most records need no index. It is made for
 * records as CloudTrail writes them; where one is written otherwise, or a value is more than a plain text,
 * it says that it cannot tell, and the record is read exactly.
 */
#ifndef KS_TRAIL_SIEVE_H
#define KS_TRAIL_SIEVE_H

#include "lib/base/str.h"
#include "lib/sigma/value.h"
#include "lib/trail/mask.h"

#include <stdbool.h>

#define KS_SIEVE_FIELDS 16u
#define KS_SIEVE_VALUES 4u             /* of one field: members may be repeated */
#define KS_SIEVE_BLOCKS KS_MASK_BLOCKS /* of KS_MASK_BLOCK bytes: longer records are not looked at */
#define KS_SIEVE_SLACK (KS_MASK_BLOCK + 1u)

struct ks_sieve_field {
	struct ks_str path;                /* "sourceIPAddress", "userIdentity.type" */
	struct ks_str parent, name;        /* "", "sourceIPAddress"; "userIdentity", "type" */
	struct ks_value values[KS_SIEVE_VALUES];
	size_t n;                          /* values found in the last record */
};

struct ks_sieve {
	ks_mask_fill_fn *fill;
	struct ks_mask_pairs pairs;        /* none that matter */
	struct ks_sieve_field fields[KS_SIEVE_FIELDS];
	uint64_t lengths;                  /* of the names that matter, by bits; 63: that and longer */
	size_t n;
};

void ks_sieve_init(struct ks_sieve *sieve, ks_mask_fill_fn *fill);

/* Whether a path is one that can be asked for: a name, or two with a dot between. */
bool ks_sieve_can(struct ks_str path);

/* Adds a field, unless it is there. Its number; -1 when there are too many, or it cannot be asked for. */
int ks_sieve_add(struct ks_sieve *sieve, struct ks_str path);

/* Finds the values of all fields in a record, all that it has, as an exact reading would. False when it must
 * be read exactly to know them. KS_SIEVE_SLACK bytes behind text are readable. */
bool ks_sieve_read(struct ks_sieve *sieve, struct ks_str text);

#endif

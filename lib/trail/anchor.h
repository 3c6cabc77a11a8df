/*
 * Which records are worth a closer look. An anchor is a place in the text where something that matters
 * may stand: a key id of the set, an eventName or eventSource that a rule asks for, an escape that may
 * spell one of these. The test is a superset of what the exact evaluation finds: odd shapes cost time,
 * never a finding.
 */
#ifndef KS_TRAIL_ANCHOR_H
#define KS_TRAIL_ANCHOR_H

#include "lib/base/str.h"
#include "lib/trail/keyset.h"

#include <stdbool.h>

#define KS_ANCHOR_LOOKAHEAD 256u /* bytes behind an anchor that the test may read */
#define KS_ANCHOR_LOOKBEHIND 8u /* and before it */

/* Times that tell nothing new, both ends among them, as eventTime has them: "2026-11-21T10:15:00Z". */
struct ks_anchor_times {
	char first[20], last[20];
};

/* Whether some rule may care for a record with this eventName (eventSource). Must not
 * depend on anything
 * but value. */
struct ks_anchor_field {
	bool (*is_wanted)(const void *arg, struct ks_str value); /* NULL: no rule asks for the field */
	const void *arg;
};

struct ks_anchors {
	const struct ks_keyset *keys; /* may be NULL or empty */
	struct ks_anchor_field name; /* of the values of eventName */
	/* Likewise, for rules that ask for a long-term key besides: such a record is worth a look only when it
	 * names one (ks_anchor_has_long_term). */
	struct ks_anchor_field keyed_name, keyed_source;
	/* Of the same, where name does not want it: calls that hand out temporary keys. Such a record is worth a
	 * look only when it names a key that asked and another one that was given (ks_anchor_hands_out). */
	struct ks_anchor_field handing;
	struct ks_anchor_field source; /* of the values of eventSource */
	/* Likewise, of records that no rule has to do with, for what they tell of others. */
	struct ks_anchor_field learned;
	const struct ks_anchor_times *times; /* so are those of other times; NULL: not asked */
	bool every; /* every record is worth it */
	bool tells_keys; /* with every: still look for key ids, to tell where there can be none */
};

/* The anchors of a record add up. */
enum ks_anchor_worth {
	KS_ANCHOR_NOTHING = 0,
	KS_ANCHOR_HANDING = 1, /* if it hands something out */
	KS_ANCHOR_KEYED = 2, /* if it names a long-term key */
	KS_ANCHOR_HIT = 4,
	KS_ANCHOR_ASIDE = 8, /* for its time, or for what its actor does, and for no rule */
};

/* The answers for values seen before; one for each thread, zeroed at the start. */
struct ks_anchor_cache {
	struct ks_anchor_entry {
		char text[62];
		uint8_t n;
		uint8_t answer; /* 0 unknown, else 1 + the worth */
	} entries[2][512];
};

/* Sets the times, in milliseconds; last is a second's first. With first behind last, every time is news. */
void ks_anchor_set_times(struct ks_anchor_times *times, int64_t first_ms, int64_t last_ms);

/* The pairs of mask.h that must be looked for. */
unsigned ks_anchor_pairs(const struct ks_anchors *anchors);

/* What the record around p is worth a look for, where p is at the first letter of a pair. from is the
 * start of the readable text; KS_ANCHOR_LOOKAHEAD bytes after p are readable. */
unsigned ks_anchor_test(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, const char *from,
	const char *p);

/* Whether a record may hand out a temporary key to the holder of another one: two different ids stand in it,
 * one of them temporary. True for what has escapes that may spell one. */
bool ks_anchor_hands_out(struct ks_str text);

/* Whether the id of a long-term key may stand in a record: AKIA in any case, as rules compare. True for what
 * has escapes that may spell it. */
bool ks_anchor_has_long_term(struct ks_str text);

#endif

/*
 * Which records are worth a closer look. An anchor is a place in the text where something that matters
 * may stand: a key id of the set, an eventName or eventSource that a rule asks for, an escape that may
 * spell one of these. The test is a superset of what the exact evaluation finds: odd shapes cost time,
 * never a finding.
 */
#ifndef KS_TRAIL_ANCHOR_H
#define KS_TRAIL_ANCHOR_H

#include "lib/base/str.h"
#include "lib/base/vec.h"
#include "lib/trail/keyset.h"
#include "lib/trail/mask.h"
#include "lib/trail/phrase.h"

#include <stdbool.h>

#define KS_ANCHOR_LOOKAHEAD 512u /* bytes behind an anchor that the test may read */
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

/* A member that can be looked for besides, wherever it stands: the end of its name counts. */
struct ks_anchor_other {
	const char *name;
	unsigned pair; /* of mask.h */
	unsigned at; /* where in the name its letters are */
};

#define KS_ANCHOR_OTHERS 5u
extern const struct ks_anchor_other ks_anchor_others[KS_ANCHOR_OTHERS];

struct ks_anchors {
	const struct ks_keyset *keys; /* may be NULL or empty */
	struct ks_anchor_field name; /* of the values of eventName */
	/* Likewise, for rules that ask for a long-term key besides: such a record is worth a look only when it
	 * names one: AKIA in any case, as rules compare. */
	struct ks_anchor_field keyed_name, keyed_source;
	/* Likewise, for rules that ask for an error; and for both. */
	struct ks_anchor_field failed_name, failed_source, keyed_failed_name, keyed_failed_source;
	/* Of the same, where name does not want it: calls that hand out temporary keys. Such a record is worth a
	 * look only when it names a key that asked and another one that was given (ks_anchor_hands_out). */
	struct ks_anchor_field handing;
	struct ks_anchor_field source; /* of the values of eventSource */
	/* Of the values of members that rules ask for which say nothing of these two; in the order of
	 * ks_anchor_others. */
	struct ks_anchor_field others[KS_ANCHOR_OTHERS];
	/* Likewise, of records that no rule has to do with, for what they tell of others. */
	struct ks_anchor_field learned;
	const struct ks_phrase *phrases; /* a record with one of these is a hit */
	size_t phrase_count;
	bool has_slash; /* in one of these: then "\\/" is a hit as well */
	const struct ks_anchor_times *times; /* so are those of other times; NULL: not asked */
	bool every; /* every record is worth it */
	/* Asked last, of records that nothing else makes worth a look: whether some rule may care for it. text
	 * is as the cutter has it, with KS_ANCHOR_LOOKAHEAD bytes behind it. NULL: none does. */
	bool (*may_matter)(void *arg, struct ks_str text);
	void *may_matter_arg;
	bool tells_keys; /* keys are all that anybody asks for: where none of them stands can be told */
};

/* The anchors of a record add up. */
enum ks_anchor_worth {
	KS_ANCHOR_NOTHING = 0,
	KS_ANCHOR_HANDING = 1, /* if it hands something out */
	KS_ANCHOR_KEYED = 2, /* if it names a long-term key : LONG_TERM as well */
	KS_ANCHOR_HIT = 4,
	KS_ANCHOR_ASIDE = 8, /* for its time, or for what its actor does, and for no rule */
	KS_ANCHOR_KEY = 16, /* an id of the set stands in it, or an escape that may spell one */
	KS_ANCHOR_LONG_TERM = 32, /* likewise the first letters of any long-term key */
	KS_ANCHOR_FAILED = 64, /* if it names an error */
	KS_ANCHOR_KEYED_FAILED = 128, /* if it names an error and a long-term key */
	KS_ANCHOR_OTHER = 256, /* what is asked of ks_anchor_others stands in it, or an escape */
};

/* The answers for values seen before; one for each thread, zeroed at the start. */
struct ks_anchor_cache {
	/* For a service, what stands between, and the name of a call: nearly all trails write them one behind
	 * the other. What is asked of it is in one line of the processor's cache, if it is short. */
	struct ks_anchor_call {
		uint8_t n;
		uint8_t answer; /* 0 unknown, else 1 + the worth */
		char text[126];
	} calls[1024];
	char time[20]; /* the last one that was written plainly */
	struct ks_anchor_entry {
		char text[62];
		uint8_t n;
		uint8_t answer; /* as above */
	} entries[2 + KS_ANCHOR_OTHERS][512];
	/* The text of the last call: all that stands in it was looked at. NULL before other text. */
	const char *done;
	/* What may begin with a letter: phrases, and whether anything else does that has to be looked at. */
	struct ks_anchor_letter {
		uint32_t phrases;
		bool has_more;
	} letters[128];
};

/* Sets the times, in milliseconds; last is a second's first. With first behind last, every time is news. */
void ks_anchor_set_times(struct ks_anchor_times *times, int64_t first_ms, int64_t last_ms);

/* The pairs of mask.h that must be looked for, but for phrases. */
unsigned ks_anchor_pairs(const struct ks_anchors *anchors);

/* All pairs that must be looked for. Makes the cache ready for a scan. */
void ks_anchor_ask(const struct ks_anchors *anchors, struct ks_anchor_cache *cache,
	struct ks_mask_pairs *out);

/* What passed the test in a text. */
struct ks_anchor_hit {
	uint64_t offset;
	unsigned worth; /* enum ks_anchor_worth */
};

/* Text that masks were filled from. */
struct ks_anchor_strip {
	const char *from; /* the start of the readable text */
	const char *text; /* what the masks are of */
	const char *end; /* anchors from here on are none; KS_ANCHOR_LOOKAHEAD bytes behind it are readable */
	uint64_t offset; /* of text */
	uint64_t *anchors; /* for each block, as in struct ks_mask */
	uint64_t anchored; /* which blocks have some */
};

/* Tests all anchors of a strip, and appends those that pass to hits (struct ks_anchor_hit, ascending). What
 * is left in the masks are newlines before a brace; returns which blocks have some. */
uint64_t ks_anchor_scan(const struct ks_anchors *anchors, struct ks_anchor_cache *cache,
	const struct ks_anchor_strip *strip, struct ks_vec *hits);

/* Whether what the anchors of a record are worth makes it a hit, together with what else stands in it. */
bool ks_anchor_is_met(unsigned worth, struct ks_str text);

/* Whether a record may hand out a temporary key to the holder of another one: two different ids stand in it,
 * one of them temporary. True for what has escapes that may spell one. */
bool ks_anchor_hands_out(struct ks_str text);

#endif

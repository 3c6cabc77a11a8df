/*
 * Cuts the text of a trail into records without reading them. It finds borders by structure alone
 * (strings, braces, depth), so nothing that stands inside a record can move its border, and hands every
 * record over together with whether it is worth a look (anchor.h).
 *
 * A record stands as an element of a top-level array, of a list named Records, Events or logEvents in a
 * top-level object, of a list in one of these, or as a top-level object of its own, one after the other
 * in any layout. Memory is bounded by the largest record (KS_LIMIT_RECORD), whatever the size of the text.
 *
 * What is damaged is reported with its offset, and reading goes on: behind a record that is no JSON, at
 * the next line or list element that begins like a record; behind other text, at the next brace.
 */
#ifndef KS_TRAIL_CUTTER_H
#define KS_TRAIL_CUTTER_H

#include "lib/base/err.h"
#include "lib/base/vec.h"
#include "lib/trail/anchor.h"
#include "lib/trail/index.h"
#include "lib/trail/mask.h"
#include "lib/trail/stream.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Who is told. Offsets are into the text, after inflating. */
struct ks_cutter_sink {
	/* text lives for the call only. Returns 0, or the 1-based byte of text at which it is no JSON:
	 * behind that, records are looked for that a broken one has swallowed. */
	size_t (*record)(void *arg, struct ks_str text, uint64_t offset, bool is_hit);
	void (*problem)(void *arg, uint64_t offset, const struct ks_err *err); /* something could not be read */
	void *arg;
};

enum ks_cutter_end {
	KS_CUTTER_READ, /* to the end; problems were told on the way */
	KS_CUTTER_NO_TRAIL, /* the text does not begin like JSON and holds nothing that looks like a record */
	KS_CUTTER_STOPPED, /* by the stop flag */
};

struct ks_cutter {
	const struct ks_anchors *anchors;
	const struct ks_cutter_sink *sink;
	struct ks_mask_pairs pairs; /* of the anchors */
	unsigned kinds; /* of keys that these are for; UINT_MAX: not set */
	ks_mask_fill_fn *fill;
	const volatile sig_atomic_t *stop; /* may be NULL */
	struct ks_stream *stream;
	struct ks_anchor_cache *cache;
	struct ks_index index; /* to tell broken from long */

	char *buf; /* the window on the text */
	size_t n; /* bytes of text in it */
	size_t pos; /* up to where it is cut */
	uint64_t base; /* offset of buf[0] in the text */
	bool has_ended; /* the stream has nothing more */
	bool has_failed; /* the stream ended with an error */
	bool is_no_trail;
	bool is_unsure; /* no JSON so far, and nothing that looks like a record */

	struct ks_mask_state state;
	int64_t depth; /* open brackets at pos */
	int64_t list_depth; /* depth inside the list whose elements are records; 0: top-level objects are */
	int64_t outer_depth; /* the same of the outermost list, where there are lists in lists */
	bool is_lost; /* looking for the next thing that begins like a record */
	bool is_skipping; /* inside a record that is past the cap */
	size_t record; /* where the open record begins in buf, or SIZE_MAX */
	size_t suspect; /* line break in it at which it may have been cut off, or SIZE_MAX */
	size_t gap; /* end of the last top-level value or list element in buf */
	uint64_t top; /* the same in the text */
	bool is_live; /* what is open at the end is no damage */
	uint64_t documents; /* top-level values so far */
	uint64_t reread; /* bytes that were gone over again after damage */
	bool has_key; /* the record at hand may hold a key id of the set */
	bool has_other; /* likewise, what is asked of ks_anchor_others */
	bool is_aside; /* it is a hit only for what it tells of others: no rule has to do with it */
	struct ks_vec hits; /* struct ks_anchor_hit: anchors that passed the test, ascending */
};

/* pick: from ks_mask_pick. stop may be NULL. Everything is borrowed. */
void ks_cutter_init(struct ks_cutter *cutter, const struct ks_anchors *anchors, ks_mask_fill_fn *fill,
	const struct ks_cutter_sink *sink, const volatile sig_atomic_t *stop);
void ks_cutter_release(struct ks_cutter *cutter);

/* Cuts all text of an open stream. Damage goes to the sink, so this does not fail. */
enum ks_cutter_end ks_cutter_run(struct ks_cutter *cutter, struct ks_stream *stream);

/* How a text is read that may still be written. */
struct ks_cutter_live {
	uint64_t from; /* where the stream stands in the text: 0, or a top of an earlier run */
	void (*pulse)(void *arg); /* called between chunks of text; may be NULL */
	void *arg;
};

/* How far a run has come; may be asked from its callbacks. */
struct ks_cutter_reach {
	uint64_t top; /* behind the last whole top-level value: a later run may begin here */
	uint64_t done; /* records that begin before this were handed over */
	bool is_open; /* behind top stands something that is not whole */
};

/* As run, but what is left open at the end is no damage: it may be whole the next time. */
enum ks_cutter_end ks_cutter_follow(struct ks_cutter *cutter, struct ks_stream *stream,
	const struct ks_cutter_live *live);
struct ks_cutter_reach ks_cutter_reach(const struct ks_cutter *cutter);

#endif

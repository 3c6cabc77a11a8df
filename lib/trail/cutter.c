/* Record borders by structure: the window on the text, and the walk over its brackets. Recovery is in
 * mend.c. */
#include "lib/trail/cutter.h"

#include "lib/base/flag.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/trail/mend.h"
#include "lib/trail/unescape.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX
#define STRIP KS_MASK_BLOCKS
#define SLACK (KS_ANCHOR_LOOKAHEAD + 2 * KS_MASK_BLOCK) /* readable behind what is cut */
#define KEEP 128u /* kept before it: a list's name is looked up there */
#define USUAL_GAP 16u /* no more than this stands between the elements of a list */
#define WINDOW ((size_t)KS_LIMIT_RECORD + KS_LIMIT_CHUNK + SLACK + 2 * STRIP * KS_MASK_BLOCK)

void ks_cutter_init(struct ks_cutter *cutter, const struct ks_anchors *anchors, ks_mask_fill_fn *fill,
	const struct ks_cutter_sink *sink, const volatile sig_atomic_t *stop)
{
	*cutter = (struct ks_cutter){ .anchors = anchors,
		.sink = sink,
		.fill = fill,
		.stop = stop,
		.cache = ks_mem_alloc(sizeof(struct ks_anchor_cache)),
		.buf = ks_mem_resize(NULL, WINDOW + SLACK),
		.hits = KS_VEC_OF(struct ks_anchor_hit) };
	ks_index_init(&cutter->index);
}

void ks_cutter_release(struct ks_cutter *cutter)
{
	if (cutter == NULL)
		return;
	free(cutter->cache);
	free(cutter->buf);
	ks_index_release(&cutter->index);
	ks_vec_release(&cutter->hits);
	*cutter = (struct ks_cutter){ 0 };
}

/* Moves what is still needed to the front and reads another chunk behind it. */
static void refill(struct ks_cutter *c)
{
	size_t keep = c->record != NONE ? c->record : c->pos > KEEP ? c->pos - KEEP : 0;
	struct ks_err err;
	size_t got;

	if (keep > c->pos)
		keep = c->pos;
	memmove(c->buf, c->buf + keep, c->n - keep);
	c->n -= keep;
	c->pos -= keep;
	c->base += keep;
	c->gap = c->gap > keep ? c->gap - keep : 0;
	if (c->record != NONE)
		c->record -= keep;
	if (c->record != NONE && c->suspect != NONE)
		c->suspect -= keep;
	if (ks_stream_read(c->stream, c->buf + c->n, KS_LIMIT_CHUNK, &got, &err) != 0) {
		if (!c->is_live || !c->stream->is_truncated)
			c->sink->problem(c->sink->arg, c->base + c->n + got, &err);
		c->has_failed = true;
	}
	c->n += got;
	c->has_ended = got == 0 || c->has_failed;
	if (c->has_ended)
		memset(c->buf + c->n, ' ', SLACK);
}

/* What the anchors in the record that ends before end make it worth; forgets all anchors
 * up to there. */
static unsigned take_hits(struct ks_cutter *c, uint64_t from, uint64_t end)
{
	const struct ks_anchor_hit *hits = c->hits.p;
	unsigned worth = KS_ANCHOR_NOTHING;
	size_t used = 0;

	for (; used < c->hits.n && hits[used].offset < end; used++)
		if (hits[used].offset >= from)
			worth |= hits[used].worth;
	if (used < c->hits.n)
		memmove(c->hits.p, hits + used, (c->hits.n - used) * sizeof(hits[0]));
	c->hits.n -= used;
	return worth;
}

/* Hands a record over; false when the walk must start anew at c->pos. */
static bool give(struct ks_cutter *c, struct ks_str text, uint64_t offset, bool is_hit)
{
	size_t bad = c->sink->record(c->sink->arg, text, offset, is_hit);

	return bad == 0 || !ks_mend_swallowed(c, text, bad - 1, is_hit);
}

/* Likewise, once it is known what it is worth. */
static bool emit(struct ks_cutter *c, size_t end)
{
	uint64_t offset = c->base + c->record;
	struct ks_str text = { c->buf + c->record, end - c->record };
	unsigned worth;
	bool is_hit;

	c->record = NONE;
	c->has_key = c->has_other = !c->anchors->tells_keys;
	c->is_aside = false;
	/* As most are. */
	if (c->hits.n == 0 && !c->anchors->every && c->anchors->may_matter == NULL)
		return give(c, text, offset, false);
	worth = take_hits(c, offset, c->base + end);
	is_hit = c->anchors->every || (worth != KS_ANCHOR_NOTHING && ks_anchor_is_met(worth, text));
	c->has_key |= (worth & KS_ANCHOR_KEY) != 0;
	c->has_other |= (worth & KS_ANCHOR_OTHER) != 0 || c->anchors->every;
	if (!is_hit && c->anchors->may_matter != NULL)
		is_hit = c->anchors->may_matter(c->anchors->may_matter_arg, text);
	c->is_aside = !is_hit && ((worth & KS_ANCHOR_ASIDE) != 0 ||
		((worth & KS_ANCHOR_HANDING) != 0 && ks_anchor_hands_out(text)));
	is_hit |= c->is_aside;
	return give(c, text, offset, is_hit);
}

/* Whether the '[' at p is the value of a member that holds a list of records. */
static bool is_list_at(const struct ks_cutter *c, size_t p)
{
	static const char *const names[] = { "Records", "Events", "logEvents" };
	char unescaped[64], *to = unescaped;
	const char *from = c->buf, *q = c->buf + p;
	struct ks_str raw;

	while (q > from && (q[-1] == ' ' || q[-1] == '\t' || q[-1] == '\n' || q[-1] == '\r' || q[-1] == ':'))
		q--;
	if (q == from || *--q != '"')
		return false;
	raw.p = q;
	while (raw.p > from && q - raw.p < 60 && raw.p[-1] != '"')
		raw.p--;
	raw.n = (size_t)(q - raw.p);
	while (raw.n > 0 && to < unescaped + sizeof(unescaped) - 4) {
		if (raw.p[0] == '\\') {
			to = ks_unescape_next(&raw, to);
		} else {
			*to++ = raw.p[0];
			raw = ks_str_sub(raw, 1, raw.n);
		}
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ks_str_is((struct ks_str){ unescaped, (size_t)(to - unescaped) }, names[i]))
			return true;
	return false;
}

/* Top level: where only blanks may stand between gap and end. False when something else was found and
 * handled. */
static bool is_gap_clean(struct ks_cutter *c, size_t end)
{
	for (; c->gap < end; c->gap++) {
		char b = c->buf[c->gap];

		if (b != ' ' && b != '\n' && b != '\r' && b != '\t' && b != ',' && b != 0x1E) {
			ks_mend_garbage(c, c->gap);
			return false;
		}
	}
	return true;
}

/* An opening bracket. False when the walk must start anew at c->pos. */
static bool open_at(struct ks_cutter *c, size_t p)
{
	bool is_brace = c->buf[p] == '{';

	if (c->depth == 0) {
		if (!is_gap_clean(c, p))
			return false;
		c->documents++;
		c->is_skipping = false;
		c->list_depth = c->outer_depth = is_brace ? 0 : 1;
		c->gap = p + 1;
		if (is_brace)
			c->record = p;
		c->suspect = NONE;
	} else if (c->list_depth > 0) {
		if (c->depth == c->list_depth && p > c->gap + USUAL_GAP && ks_mend_list(c, p))
			return false;
		/* A list in a list is one as well. */
		if (c->depth == c->list_depth && is_brace)
			c->record = p;
		else if (c->depth == c->list_depth)
			c->list_depth++;
	} else if (c->depth == 1 && !is_brace && is_list_at(c, p)) {
		c->list_depth = c->outer_depth = 2;
		c->gap = p + 1;
		c->record = NONE;
		c->is_skipping = false;
		take_hits(c, 0, c->base + p);
	}
	c->depth++;
	return true;
}

static bool close_at(struct ks_cutter *c, size_t p)
{
	if (c->depth == 0) {
		if (is_gap_clean(c, p))
			ks_mend_garbage(c, p);
		return false;
	}
	c->depth--;
	if (c->depth == c->list_depth) {
		c->gap = p + 1;
		c->is_skipping = false;
		if (c->record != NONE && !emit(c, p + 1))
			return false;
	} else if (c->depth < c->list_depth) {
		/* The list is over. The one around it goes on, or a top-level object,
		 * which may hold another one but is
		 * no record itself. */
		c->list_depth = c->depth >= c->outer_depth ? c->depth : 0;
	}
	if (c->depth == 0) {
		c->gap = p + 1;
		c->top = c->base + c->gap;
	}
	return true;
}

/* The bracket with which an element of the list ends in a block, where no other one opens before it and at
 * most two close, as nearly always; 0 where that is not so. No loop, which would be guessed wrong. */
static uint64_t find_end(const struct ks_cutter *c, const struct ks_mask *masks, size_t i)
{
	uint64_t close = masks->close[i], second = close & (close - 1), end;
	int64_t over = masks->depth[i] - c->list_depth;

	end = over == 1 ? close : over == 2 ? second : second & (second - 1);
	end &= -end;
	return over >= 1 && over <= 3 && (masks->open[i] & (end - 1)) == 0 ? end : 0;
}

/* The brackets of a block from the first one on that matters: before it, all are deep inside a record, and
 * are counted only. */
static uint64_t skip_nested(struct ks_cutter *c, const struct ks_mask *masks, size_t i)
{
	int64_t depth = masks->depth[i], floor = c->list_depth > 0 ? c->list_depth : 1;
	uint64_t close = masks->close[i], bits = masks->open[i] | close;

	if (depth > floor && close == 0)
		return 0;
	for (; bits != 0 && depth > floor; bits &= bits - 1) {
		bool is_close = (close & bits & -bits) != 0;

		if (is_close && depth == floor + 1)
			break;
		depth += is_close ? -1 : 1;
	}
	c->depth = depth;
	return bits;
}

/* Walks these brackets and lines of block i, which is at block. False when the walk must start anew at
 * c->pos. What it leaves as c->depth does not count. */
static bool walk_bits(struct ks_cutter *c, size_t block, const struct ks_mask *masks, size_t i,
	uint64_t bits)
{
	for (; bits != 0; bits &= bits - 1) {
		uint64_t bit = bits & -bits;
		size_t p = block + (size_t)__builtin_ctzll(bits);
		bool goes_on;

		if (masks->open[i] & bit)
			goes_on = open_at(c, p);
		else if (masks->close[i] & bit)
			goes_on = close_at(c, p);
		else
			goes_on = !ks_mend_line(c, p, (masks->in_string[i] & bit) != 0);
		if (!goes_on)
			return false;
	}
	return true;
}

/* As walk_bits, for all of a block. */
static bool walk_block(struct ks_cutter *c, size_t block, const struct ks_mask *masks, size_t i)
{
	/* All that is left of the anchors are lines. */
	uint64_t open = masks->open[i], close = masks->close[i], lines = masks->anchor[i], end, later;
	size_t p;

	if (lines != 0)
		return walk_bits(c, block, masks, i, open | close | lines);
	end = c->list_depth > 0 && c->record != NONE ? find_end(c, masks, i) : 0;
	if (end == 0)
		return walk_bits(c, block, masks, i, skip_nested(c, masks, i));
	p = block + (size_t)__builtin_ctzll(end);
	c->depth = c->list_depth + 1;
	if (!close_at(c, p))
		return false;
	/* The next one begins behind a comma and does not end here: nothing in it matters. */
	later = (open | close) & ~(end | (end - 1));
	if ((later & -later & open) == end << 2 && end >> 62 == 0 && (later & close) == 0 &&
		c->buf[p + 1] == ',' && c->buf[p + 2] == '{') {
		c->record = p + 2;
		return true;
	}
	return walk_bits(c, block, masks, i, later);
}

/* Sets the pairs to look for. Somebody may have learned of a key of another kind meanwhile. */
static void ask(struct ks_cutter *c)
{
	const struct ks_keyset *keys = c->anchors->keys;
	unsigned kinds = keys == NULL ? 0 : (unsigned)keys->has_akia | (unsigned)keys->has_asia << 1 |
		(unsigned)keys->has_aida << 2 | (unsigned)keys->has_aroa << 3;

	if (kinds == c->kinds)
		return;
	c->kinds = kinds;
	ks_anchor_ask(c->anchors, c->cache, &c->pairs);
}

/* Cuts one strip from c->pos on. */
static void walk_strip(struct ks_cutter *c, size_t limit)
{
	struct ks_mask masks;
	size_t blocks = (limit - c->pos + KS_MASK_BLOCK - 1) / KS_MASK_BLOCK, from = c->pos;
	uint64_t busy;

	if (blocks > STRIP)
		blocks = STRIP;
	ask(c);
	/* Deep inside a record nothing can happen in most blocks: only the depth is carried on. */
	c->state.depth = c->depth;
	c->state.floor = c->list_depth > 0 ? c->list_depth : 1;
	busy = c->fill(c->buf + from, blocks, &c->pairs, &c->state, &masks);
	if (c->state.anchored != 0)
		busy |= ks_anchor_scan(c->anchors, c->cache, &(struct ks_anchor_strip){ .from = c->buf,
			.text = c->buf + from, .end = c->buf + c->n, .offset = c->base + from,
			.anchors = masks.anchor, .anchored = c->state.anchored }, &c->hits);
	while (busy != 0) {
		size_t i = (size_t)__builtin_ctzll(busy);

		c->depth = masks.depth[i];
		if (!walk_block(c, from + i * KS_MASK_BLOCK, &masks, i))
			return;
		busy &= busy - 1;
		/* In a list that has just begun or ended, other depths matter: look at all
		 * that is left of the strip. */
		if (c->state.floor != (c->list_depth > 0 ? c->list_depth : 1)) {
			busy = i + 1 < STRIP ? UINT64_MAX << (i + 1) : 0;
			busy &= UINT64_MAX >> (STRIP - blocks);
			c->state.floor = INT64_MAX;
		}
	}
	c->depth = c->state.depth;
	c->pos = from + blocks * KS_MASK_BLOCK;
	if (c->pos > c->n)
		c->pos = c->n;
	if (c->depth == 0 && !is_gap_clean(c, c->pos))
		return;
	/* Hardly ever does a strip end between two elements, unless strings are taken for
	 * what is outside them. */
	if (c->depth > 0 && c->depth == c->list_depth && ks_mend_list(c, c->pos))
		return;
	if (c->record != NONE && c->pos - c->record > KS_LIMIT_RECORD)
		ks_mend_oversize(c);
}

static void begin(struct ks_cutter *c, struct ks_stream *stream, uint64_t from)
{
	c->stream = stream;
	c->kinds = UINT_MAX;
	c->n = c->pos = c->gap = 0;
	c->base = c->top = from;
	c->documents = c->reread = 0;
	c->has_ended = c->has_failed = c->is_no_trail = c->is_unsure = c->is_lost = c->is_skipping = false;
	c->state = (struct ks_mask_state){ 0 };
	c->depth = c->list_depth = 0;
	c->record = c->suspect = NONE;
	ks_vec_clear(&c->hits);
	/* A pipe may give little at first; whether this is a trail is told by more. */
	do
		refill(c);
	while (!c->has_ended && c->n < KS_LIMIT_CHUNK / 4);
	if (c->n >= 3 && memcmp(c->buf, "\xEF\xBB\xBF", 3) == 0)
		c->pos = c->gap = 3;
}

/* Cuts what begin has found. */
static enum ks_cutter_end walk(struct ks_cutter *c, const struct ks_cutter_live *live)
{
	for (;;) {
		size_t limit = c->has_ended ? c->n : c->n > SLACK ? c->n - SLACK : 0;

		while (c->pos < limit && !c->is_no_trail) {
			if (!c->is_lost)
				walk_strip(c, limit);
			else if (!ks_mend_search(c, limit))
				break;
		}
		if (c->is_no_trail)
			return KS_CUTTER_NO_TRAIL;
		if (ks_flag_is_raised(c->stop))
			return KS_CUTTER_STOPPED;
		if (live != NULL && live->pulse != NULL)
			live->pulse(live->arg);
		if (!c->has_ended)
			refill(c);
		else if (!ks_mend_end(c))
			return c->is_unsure ? KS_CUTTER_NO_TRAIL : KS_CUTTER_READ;
	}
}

enum ks_cutter_end ks_cutter_run(struct ks_cutter *c, struct ks_stream *stream)
{
	c->is_live = false;
	begin(c, stream, 0);
	return walk(c, NULL);
}

enum ks_cutter_end ks_cutter_follow(struct ks_cutter *c, struct ks_stream *stream,
	const struct ks_cutter_live *live)
{
	c->is_live = true;
	begin(c, stream, live->from);
	return walk(c, live);
}

struct ks_cutter_reach ks_cutter_reach(const struct ks_cutter *c)
{
	struct ks_cutter_reach reach = { .top = c->top, .done = c->base + c->n };

	if (c->record != NONE)
		reach.done = c->base + c->record;
	else if (!c->has_ended)
		reach.done = c->base + c->pos;
	/* Garbage at the end was told of, and is not looked at again. */
	if (c->is_lost && c->list_depth == 0)
		reach.top = reach.done;
	reach.is_open = (c->depth > 0 && !c->is_lost) || (c->stream != NULL && c->stream->is_truncated);
	return reach;
}

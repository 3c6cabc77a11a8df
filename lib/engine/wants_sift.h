/*
 * Rules that want every record, tried on a few members of each before it is read (sieve.h): for those that
 * ask only for members of the record itself, or of an object in it. What is met here, or cannot be told, is
 * read exactly and judged like any other record.
 */
#ifndef KS_ENGINE_WANTS_SIFT_H
#define KS_ENGINE_WANTS_SIFT_H

#include "lib/engine/wants.h"
#include "lib/sigma/matcher.h"
#include "lib/trail/sieve.h"

/* One thread's. */
struct ks_wants_sift {
	const struct ks_wants *wants;
	struct ks_matcher matcher;
	struct ks_sieve sieve;
	const struct ks_pick *pick;        /* of the rules, where they are many; or NULL */
	struct ks_picker picker;
	struct ks_arena arena;
	uint8_t *slots;                    /* of each path of the program, its field in the sieve */
};

/* Whether a rule asks for nothing else. */
bool ks_wants_sift_can(const struct ks_program *program, size_t rule);

/* Whether there is room for all that such rules ask for together. Where there is none, begin changes
 * nothing. */
bool ks_wants_sift_fits(const struct ks_wants *wants);

/* Changes the anchors that wants gave: where only rules of that kind want every record, those in which none
 * is met are wanted no more. The anchors borrow sift, and that wants; end takes a zeroed one as well. */
void ks_wants_sift_begin(struct ks_wants_sift *sift, const struct ks_wants *wants, ks_mask_fill_fn *fill,
	struct ks_anchors *anchors);
void ks_wants_sift_end(struct ks_wants_sift *sift);

#endif

/*
 * Texts that rules ask for, as they can be looked for in a record without reading it: wherever they stand,
 * in any case. What a rule asks for is there in every record that it is met by, or an escape is; so a record
 * with neither can be passed over. The rarest pair of a phrase's letters is its anchor (mask.h).
 */
#ifndef KS_TRAIL_PHRASE_H
#define KS_TRAIL_PHRASE_H

#include "lib/base/str.h"
#include "lib/trail/mask.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define KS_PHRASE_LEAST 4u
#define KS_PHRASE_MOST 100u

struct ks_phrase {
	char text[KS_PHRASE_MOST]; /* in lower case */
	uint8_t n;
	uint8_t at; /* where its pair begins */
	bool is_whole; /* a string of its own: a quote is before it, and a quote or what hides one behind it */
	/* Eight bytes of it with the pair among them, or all of it: where they begin, and what they are under a
	 * mask once bit 5 of letters is set. */
	uint8_t window;
	uint64_t bytes, letters, mask;
};

/* Makes one that stands in every value in which text does: the longest part of it that JSON always writes as
 * it is, but for "/", and that is no row of values. is_whole: the value is text and nothing else. False when
 * there is no such part, or all its pairs are common. */
bool ks_phrase_set(struct ks_phrase *phrase, struct ks_str text, bool is_whole);

void ks_phrase_add_pair(const struct ks_phrase *phrase, struct ks_mask_pairs *pairs);

/* Whether all of the phrase stands around its pair, which is at p. from is the start of the readable text;
 * KS_PHRASE_MOST + 1 bytes behind p are readable. */
bool ks_phrase_stands(const struct ks_phrase *phrase, const char *from, const char *p);

/* Whether p is at the phrase's pair, and the rest of it stands around it: from and p as above. */
static inline bool ks_phrase_is_at(const struct ks_phrase *phrase, const char *from, const char *p)
{
	uint64_t word;

	if ((size_t)(p - from) < phrase->at)
		return false;
	memcpy(&word, p - phrase->at + phrase->window, sizeof(word));
	return ((word | phrase->letters) & phrase->mask) == phrase->bytes && ks_phrase_stands(phrase, from, p);
}

#endif

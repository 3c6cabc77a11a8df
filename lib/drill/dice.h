/*
 * Chance that can be repeated: the same seed and name give the same numbers on every machine. Everything in
 * a drill that looks random comes from here, so that a trail can be made again, byte for byte. Not for
 * secrets.
 */
#ifndef KS_DRILL_DICE_H
#define KS_DRILL_DICE_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/ctx.h"
#include "lib/decoy/keyid.h"

struct ks_dice {
	uint64_t state;
};

/* A stream of its own for each name: what one part of a drill draws changes nothing for the others. */
void ks_dice_init(struct ks_dice *dice, uint64_t seed, const char *name);

uint64_t ks_dice_next(struct ks_dice *dice);
uint64_t ks_dice_below(struct ks_dice *dice, uint64_t n);    /* n at least 1 */

/* "9eb1bd2a-0436-4101-a19b-86a38e8e1fad", version 4. */
void ks_dice_add_uuid(struct ks_dice *dice, struct ks_buf *out);

/* n characters of A-Z and 2-7, as unique ids have them behind their prefix; or of a-z, A-Z, 0-9. */
void ks_dice_add_base32(struct ks_dice *dice, size_t n, struct ks_buf *out);
void ks_dice_add_word(struct ks_dice *dice, size_t n, struct ks_buf *out);

/* An access key id of an account (twelve digits, asserted): prefix is "AKIA" or "ASIA". */
void ks_dice_key_id(struct ks_dice *dice, const char *prefix, struct ks_str account,
	char out[KS_KEYID_SIZE + 1]);

/* A unique id such as "AIDA…", 21 characters, in the arena. */
struct ks_str ks_dice_unique_id(struct ks_dice *dice, const char *prefix, struct ks_arena *arena);

#endif

/* Numbers by splitmix64, and what is made of them. */
#include "lib/drill/dice.h"

#include "lib/decoy/minter.h"

#include <assert.h>
#include <string.h>

#define UNIQUE_TAIL 17u          /* characters of a unique id behind its prefix */

void ks_dice_init(struct ks_dice *dice, uint64_t seed, const char *name)
{
	dice->state = seed * UINT64_C(0x9e3779b97f4a7c15) ^ ks_str_hash_same(ks_str_of(name));
	ks_dice_next(dice);
}

uint64_t ks_dice_next(struct ks_dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t ks_dice_below(struct ks_dice *dice, uint64_t n)
{
	assert(n > 0);
	return ks_dice_next(dice) % n;
}

void ks_dice_add_uuid(struct ks_dice *dice, struct ks_buf *out)
{
	uint64_t a = ks_dice_next(dice), b = ks_dice_next(dice);

	ks_buf_addf(out, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
		(unsigned)(a & 0xfff), (unsigned)(b >> 48 & 0x3fff) | 0x8000u,
		(unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

static void add_letters(struct ks_dice *dice, const char *alphabet, size_t n, struct ks_buf *out)
{
	size_t size = strlen(alphabet);

	while (n-- > 0)
		ks_buf_addc(out, alphabet[ks_dice_below(dice, size)]);
}

void ks_dice_add_base32(struct ks_dice *dice, size_t n, struct ks_buf *out)
{
	add_letters(dice, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", n, out);
}

void ks_dice_add_word(struct ks_dice *dice, size_t n, struct ks_buf *out)
{
	add_letters(dice, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", n, out);
}

static int draw_bytes(void *arg, void *out, size_t n)
{
	unsigned char *p = out;

	while (n-- > 0)
		*p++ = (unsigned char)(ks_dice_next(arg) >> 24);
	return 0;
}

void ks_dice_key_id(struct ks_dice *dice, const char *prefix, struct ks_str account,
	char out[KS_KEYID_SIZE + 1])
{
	struct ks_ctx ctx;
	struct ks_err err = { 0 };
	int rc;

	ks_ctx_init(&ctx);
	ctx.random = draw_bytes;
	ctx.arg = dice;
	rc = ks_minter_key_id(&ctx, account, out, &err);
	assert(rc == 0);
	(void)rc;
	memcpy(out, prefix, 4);
}

struct ks_str ks_dice_unique_id(struct ks_dice *dice, const char *prefix, struct ks_arena *arena)
{
	struct ks_buf text;
	struct ks_str id;

	ks_buf_init(&text, 64);
	ks_buf_adds(&text, prefix);
	ks_dice_add_base32(dice, UNIQUE_TAIL, &text);
	id = ks_arena_copy(arena, ks_buf_str(&text));
	ks_buf_release(&text);
	return id;
}

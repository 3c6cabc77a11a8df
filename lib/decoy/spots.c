/* Finding a key in a bait, and putting another in its place. */
#include "lib/decoy/spots.h"

#include "lib/codec/base64.h"
#include "lib/decoy/keyid.h"
#include "lib/store/schema.h"

#include <string.h>

#define SECRET 40
#define SMTP 44
#define LONGEST 64

/* One look through one bait. */
struct look {
	struct ks_str key;               /* of the keyed hash */
	const struct ks_decoy *decoy;
	struct ks_str bait;
	struct ks_vec *out;
};

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
		c == '/' || c == '=';
}

static bool is_what(const struct look *look, enum ks_spots_what what, struct ks_str text)
{
	unsigned char hash[KS_HASH_SIZE];

	if (what == KS_SPOTS_KEY_ID)
		return ks_str_is_equal(text, look->decoy->key_id);
	ks_hash_hmac(look->key, text, hash);
	return memcmp(hash, what == KS_SPOTS_SECRET ? look->decoy->secret_hash : look->decoy->smtp_hash,
		sizeof(hash)) == 0;
}

/* The text that begins here: plain, or what it is base64 of. */
static bool is_spot(const struct look *look, const struct ks_spot *spot)
{
	struct ks_str text = ks_str_sub(look->bait, spot->offset, spot->n);
	struct ks_err ignored;
	struct ks_buf plain;
	bool is_it = text.n == spot->n;

	for (size_t i = 0; is_it && i < text.n; i++)
		is_it = is_base64(text.p[i]);
	if (!is_it || !spot->is_base64)
		return is_it && is_what(look, spot->what, text);
	ks_buf_init(&plain, LONGEST);
	is_it = ks_base64_decode(text, &plain, &ignored) == 0 && is_what(look, spot->what, ks_buf_str(&plain));
	ks_buf_wipe(&plain);
	return is_it;
}

static void look_at(const struct look *look, size_t at)
{
	static const size_t sizes[KS_SPOTS_WHATS] = { KS_KEYID_SIZE, SECRET, SMTP };

	for (int what = 0; what < KS_SPOTS_WHATS; what++)
		for (int base64 = 0; base64 < 2; base64++) {
			struct ks_spot spot = { .what = (enum ks_spots_what)what, .offset = at,
				.n = base64 ? (sizes[what] + 2) / 3 * 4 : sizes[what], .is_base64 = base64 };

			if (is_spot(look, &spot))
				*(struct ks_spot *)ks_vec_push(look->out) = spot;
		}
}

int ks_spots_find(struct ks_db *db, const struct ks_decoy *decoy, struct ks_str bait, struct ks_vec *out,
	struct ks_err *err)
{
	unsigned char key[KS_SCHEMA_HASH_KEY_SIZE];
	struct look look = { .decoy = decoy, .bait = bait, .out = out };

	if (ks_schema_hash_key(db, key, err) != 0)
		return -1;
	look.key = (struct ks_str){ (const char *)key, sizeof(key) };
	for (size_t i = 0; i < bait.n; i++)
		look_at(&look, i);
	explicit_bzero(key, sizeof(key));
	return 0;
}

int ks_spots_secret(struct ks_db *db, const struct ks_decoy *decoy, struct ks_str bait,
	struct ks_secret *out, struct ks_err *err)
{
	struct ks_vec spots = KS_VEC_OF(struct ks_spot);
	int rc = ks_spots_find(db, decoy, bait, &spots, err);
	bool has_secret = false;

	for (size_t i = 0; rc == 0 && !has_secret && i < spots.n; i++) {
		const struct ks_spot *spot = KS_VEC_AT(&spots, struct ks_spot, i);
		struct ks_str text = ks_str_sub(bait, spot->offset, spot->n);
		struct ks_err ignored;
		struct ks_buf plain;

		if (spot->what != KS_SPOTS_SECRET)
			continue;
		ks_buf_init(&plain, LONGEST);
		if (!spot->is_base64)
			ks_buf_add(&plain, text);
		else
			ks_base64_decode(text, &plain, &ignored);
		ks_secret_set(out, ks_buf_str(&plain));
		ks_buf_wipe(&plain);
		has_secret = true;
	}
	if (rc == 0 && !has_secret)
		rc = ks_err_set(err, KS_ERR_NOTFOUND, "the bait of '" KS_STR_FMT "' does not hold its secret access "
			"key%s", KS_STR_ARG(decoy->name), spots.n > 0 ? ", only what was made from it" : "");
	ks_vec_release(&spots);
	return rc;
}

void ks_spots_swap(const struct ks_vec *spots, struct ks_str bait, const struct ks_str *values,
	struct ks_buf *out)
{
	size_t at = 0;

	ks_buf_reserve(out, bait.n + 1);
	for (size_t i = 0; i < spots->n; i++) {
		const struct ks_spot *spot = KS_VEC_AT(spots, struct ks_spot, i);

		if (spot->offset < at)
			continue;
		ks_buf_add(out, ks_str_sub(bait, at, spot->offset - at));
		if (spot->is_base64)
			ks_base64_encode(values[spot->what], out);
		else
			ks_buf_add(out, values[spot->what]);
		at = spot->offset + spot->n;
	}
	ks_buf_add(out, ks_str_sub(bait, at, bait.n));
}

/*
 * Names for users that pass for the house's own: what the other users of an account are called like, their
 * separator, first and last words, spelling, and a new name of that kind. With too few users to learn from,
 * one of the names that the bait brings. Never a UUID, never a word that says what it is for.
 */
#ifndef KS_DECOY_NAMING_H
#define KS_DECOY_NAMING_H

#include "lib/base/arena.h"
#include "lib/base/ctx.h"
#include "lib/base/vec.h"

struct ks_naming_request {
	const struct ks_vec *users;      /* struct ks_str: names that the account has; none of them comes out */
	const struct ks_vec *usual;      /* struct ks_str: names that fit the bait; may be empty */
	/* Whether a name cannot be used for another reason; NULL: none is. */
	bool (*is_refused)(void *arg, struct ks_str name);
	void *arg;
};

/* out: in arena. Errors: EXISTS when everything that came to mind is taken; IO. */
int ks_naming_choose(const struct ks_ctx *ctx, const struct ks_naming_request *request,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err);

/* Whether a name has a word in it by which a decoy is known, or is a UUID. */
bool ks_naming_is_telling(struct ks_str name);

#endif

/*
 * A new key for a decoy, in the same place: the second key, its row, the bait's bytes swapped at once and
 * nothing around them, the old row retired, the old key deleted last. Wherever it is interrupted, the place
 * holds a key that works, and recover completes it or takes it back. Of a printed decoy the new text is
 * printed, and its old key goes when somebody says that the new one is in place.
 */
#ifndef KS_DECOY_ROTATION_H
#define KS_DECOY_ROTATION_H

#include "lib/decoy/planter.h"
#include "lib/decoy/workbench.h"

struct ks_rotation {
	const struct ks_decoy *old;
	struct ks_minting *minting;      /* NULL for an offline one */
	bool keeps_old;                  /* its key stays active */
};

/* Gives a decoy that is in a file a new key; out_new: its row. recover comes first. Errors: STATE (not
 * planted), CONFLICT (the bait was edited, the user has keys that are not ours). */
int ks_rotation_apply(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	struct ks_decoy *out_new, struct ks_err *err);

/* The same for a printed one: request is what it was printed with. The caller prints out->text. */
int ks_rotation_print(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_planter_request *request, struct ks_planter_plan *out, struct ks_err *err);

/* The new one is in its place: the old one is retired and, unless it is kept, its key deleted. */
int ks_rotation_supersede(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_decoy *new, struct ks_err *err);

/* The decoy that takes the place of old, also one that is not there yet; *out_found false when there is
 * none. */
int ks_rotation_find(const struct ks_workbench *bench, const struct ks_decoy *old, struct ks_decoy *out,
	bool *out_found, struct ks_err *err);

/* The one of a minting that is being replaced, or that is in its place. */
int ks_rotation_old(const struct ks_workbench *bench, const struct ks_minting *minting, struct ks_decoy *out,
	struct ks_err *err);

/* A new one that was printed and did not get to its place: its key goes, the old one stays. */
int ks_rotation_discard(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_decoy *new, struct ks_err *err);

/* What an interrupted rotation left: completed (*out_new is its row) or, where nothing had reached the
 * place, taken back (out_new->id 0). Errors: CONFLICT (the place holds neither as it was written); STATE
 * (the new text was printed and waits to be put into its place). */
int ks_rotation_recover(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	struct ks_decoy *out_new, struct ks_err *err);

#endif

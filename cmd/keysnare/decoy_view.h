/*
 * Decoys as the commands show them.
 */
#ifndef KS_CMD_DECOY_VIEW_H
#define KS_CMD_DECOY_VIEW_H

#include "lib/codec/json.h"
#include "lib/decoy/minting.h"
#include "lib/decoy/registry.h"

#include <stdio.h>

/* One object; free it, or add it to another. */
struct ks_json *ks_decoy_view_json(const struct ks_decoy *decoy);

/* Text made safe for a terminal, padded with blanks to width columns (ASCII assumed). */
void ks_decoy_view_print(FILE *to, struct ks_str text, int width);

/* A label and a value on a line of their own, indented; nothing when the value is empty. */
void ks_decoy_view_row(FILE *to, const char *label, struct ks_str value);

/* Loads the canary lists of the policies directory; a failure is told on stderr and returned. */
struct ks_canary;
struct ks_app;
int ks_decoy_view_load_canary(const struct ks_app *app, struct ks_canary *canary);

/* Opens the store and gets the decoys that names (of const char *) asks for, by name or key id, or all of
 * them when it is empty; pushed to out. A store that is not there holds none. Errors: NOTFOUND with a
 * suggestion; the store's. */
struct ks_decoy_view_fleet {
	struct ks_db *db;            /* NULL when there is no store */
	struct ks_arena arena;
	struct ks_vec all;           /* struct ks_decoy */
	struct ks_vec chosen;        /* likewise */
	struct ks_vec mintings;      /* struct ks_minting: what was made in AWS, or may have been */
	struct ks_vec unfinished;    /* likewise: those of names that no decoy has yet (open_any only) */
};
int ks_decoy_view_open(struct ks_app *app, enum ks_db_mode mode, const struct ks_vec *names,
	struct ks_decoy_view_fleet *out, struct ks_err *err);
/* The same; a name may also be of a decoy whose plant did not come that far. Without names, all of these. */
int ks_decoy_view_open_any(struct ks_app *app, enum ks_db_mode mode, const struct ks_vec *names,
	struct ks_decoy_view_fleet *out, struct ks_err *err);

/* Whether a minting's decoys are all retired while what was made in AWS stays: --keep-user. */
bool ks_decoy_view_is_left(const struct ks_decoy_view_fleet *fleet, const struct ks_minting *minting);

/* What is under way with a decoy, or may be left of it; NULL: nothing was made for it in AWS. */
struct ks_minting *ks_decoy_view_minting(const struct ks_decoy_view_fleet *fleet,
	const struct ks_decoy *decoy);

/* Two lines on what was interrupted, and what helps. */
void ks_decoy_view_unfinished(FILE *to, const struct ks_minting *minting);

void ks_decoy_view_close(struct ks_decoy_view_fleet *fleet);

#endif

/*
 * The decoys that the store knows. A row is written before its bait and says so ("planned"), then again
 * once the bait is in place ("planted"): whatever happens in between, no key lies around that nobody
 * would recognise. A decoy is watched in every state; one that is left over as planned may or may not
 * be in its place.
 */
#ifndef KS_DECOY_REGISTRY_H
#define KS_DECOY_REGISTRY_H

#include "lib/base/secret.h"
#include "lib/codec/hash.h"
#include "lib/decoy/placement.h"
#include "lib/store/db.h"

enum ks_decoy_kind { KS_DECOY_OFFLINE, KS_DECOY_LIVE };
enum ks_decoy_state {
	KS_DECOY_PLANNED, KS_DECOY_PLANTED, KS_DECOY_PRINTED, KS_DECOY_RETIRED, KS_DECOY_IMPORTED,
};

/* One decoy. Strings belong to the arena that it was read into, or to whoever fills one in. */
struct ks_decoy {
	int64_t id;
	struct ks_str name;              /* unique; what people call it */
	struct ks_str key_id;            /* unique */
	enum ks_decoy_kind kind;
	enum ks_decoy_state state;
	struct ks_str account;           /* twelve digits; this and the next three: empty when not known */
	struct ks_str user_name;
	struct ks_str region;
	struct ks_str bait;              /* name of the template */
	struct ks_str label;             /* may be empty */
	/* absolute path; for a printed one what the label says, or "stdout"; for an imported one what was
	 * said of it */
	struct ks_str placement;
	enum ks_placement_form form;
	struct ks_str made_dir;          /* directory that was made for it; p NULL when none */
	int64_t file_mode;               /* of the file after planting; 0 when no file was written */
	int64_t written_offset;          /* where in the file the written bytes begin */
	int64_t written_size;
	unsigned char written_hash[KS_HASH_SIZE];  /* these three are keyed: see ks_registry_hash */
	unsigned char secret_hash[KS_HASH_SIZE];
	unsigned char smtp_hash[KS_HASH_SIZE];
	int64_t created_ms;
	int64_t changed_ms;              /* of the last change of state */
	/* Of live ones; empty (p may be NULL) when not known: */
	struct ks_str user_id;           /* "AIDA…", which outlives a change of the user's name */
	struct ks_str user_arn;
	struct ks_str rights;            /* "none", "ses-read" */
	int64_t minting;                 /* what plant made for it in AWS, see minting.h; 0: nothing */
	struct ks_str replaces;          /* key id of the decoy that this one took the place of */
};

/* Adds a decoy and sets its id and its name: decoy->name is made into a readable word (letters, digits,
 * dashes) and gets "-2", "-3" … where it is taken; the name is owned by arena. Errors: EXISTS for a
 * known key id; the store's. */
int ks_registry_add(struct ks_db *db, struct ks_arena *arena, struct ks_decoy *decoy, struct ks_err *err);

/* The same inside a transaction of the caller's: for many at once. */
int ks_registry_insert(struct ks_db *db, struct ks_arena *arena, struct ks_decoy *decoy,
	struct ks_err *err);

/* Makes a name readable and unique as add does; minting: the one that the name is for, or 0. Meant for
 * inside a transaction. */
int ks_registry_choose_name(struct ks_db *db, struct ks_arena *arena, int64_t minting,
	struct ks_str *inout_name, struct ks_err *err);

/* By key id or by name; *out_found says whether it is there, and *out is written only then. */
int ks_registry_find(struct ks_db *db, struct ks_str key_id_or_name, struct ks_arena *arena,
	struct ks_decoy *out, bool *out_found, struct ks_err *err);

/* All of them, oldest first, pushed to out (of struct ks_decoy). */
int ks_registry_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* Those that AWS knows: live ones that are not retired, oldest first, pushed to out. */
struct ks_registry_live {
	struct ks_str key_id, account, user_name;
};
int ks_registry_live(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* The key id of the decoy that was added last, "" when there is none: another one says that decoys were
 * added. */
int ks_registry_newest(struct ks_db *db, struct ks_arena *arena, struct ks_str *out, struct ks_err *err);

/* Moves a decoy on. Errors: CONFLICT when it is no longer in the state from. */
int ks_registry_move(struct ks_db *db, int64_t id, enum ks_decoy_state from, enum ks_decoy_state to,
	int64_t now_ms, struct ks_err *err);

/* Puts one decoy in the place of another, inside a transaction of the caller's: the new one is planted
 * (or printed), the old one retired. Errors: CONFLICT when one is not in the state that it has here any
 * more. */
int ks_registry_replace(struct ks_db *db, const struct ks_decoy *old, const struct ks_decoy *new,
	int64_t now_ms, struct ks_err *err);

/* Takes a planned decoy back whose bait was certainly not written. Errors: CONFLICT when it is not
 * planned. */
int ks_registry_forget(struct ks_db *db, int64_t id, struct ks_err *err);

/* HMAC-SHA256 under the store's own key. */
int ks_registry_hash(struct ks_db *db, struct ks_str secret, unsigned char out[KS_HASH_SIZE],
	struct ks_err *err);

const char *ks_registry_kind_name(enum ks_decoy_kind kind);          /* "offline", "live" */
/* "planned", "planted", "printed", "retired", "imported" */
const char *ks_registry_state_name(enum ks_decoy_state state);
/* "file", "section", "printed", "elsewhere" */
const char *ks_registry_form_name(enum ks_placement_form form);

#endif

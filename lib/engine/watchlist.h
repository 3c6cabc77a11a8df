/*
 * The decoys that are looked for, with what people know of each: key ids by the million, child sessions
 * as they are learned.
 */
#ifndef KS_ENGINE_WATCHLIST_H
#define KS_ENGINE_WATCHLIST_H

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"
#include "lib/engine/ownlist.h"
#include "lib/store/db.h"
#include "lib/trail/keyset.h"

/* What is known of a decoy. Strings belong to the list. */
struct ks_watched {
	const char *key_id;
	const char *name;             /* the key id where nobody named it */
	const char *placement;        /* NULL when not known */
	const char *label;            /* NULL when there is none */
	const char *user_id;          /* unique id of its user,
		"AIDA…"; this and the next: NULL when not known */
	const char *user_arn;
};

struct ks_watchlist {
	struct ks_keyset keys;        /* key ids and learned sessions; the number leads to rows */
	struct ks_vec rows;           /* struct ks_watched: those with a name */
	struct ks_map users;          /* unique ids and ARNs, of live decoys; to the row's number + 1 */
	size_t user_ids;              /* how many of the keys are unique ids of users */
	size_t sessions;              /* how many of the keys were learned */
	struct ks_ownlist own;        /* whom we act as ourselves, and what we asked */
	size_t own_ids;               /* how many of the keys are ids of that, which are nobody's decoy */
	size_t own_looked, own_keys;  /* how many identities, and keys of theirs, were looked at for that */
	struct ks_arena arena;
};

void ks_watchlist_init(struct ks_watchlist *list);
void ks_watchlist_release(struct ks_watchlist *list);

/* Adds a decoy. With name NULL only its id is known, which costs no memory beyond the id. An id that is
 * there stays as it is. Errors: USAGE for what is no access key id, LIMIT. */
int ks_watchlist_add(struct ks_watchlist *list, const struct ks_watched *decoy, struct ks_err *err);

/* Adds the decoys of a store, in whatever state they are. Those that were not in the list go into out_new as
 * well (it may be NULL). Errors: the store's. */
int ks_watchlist_load(struct ks_watchlist *list, struct ks_db *db, struct ks_keyset *out_new,
	struct ks_err *err);

/* Adds the identities that the store says we act as, so that their records are looked at, and our calls. New
 * ids go into out_new as well (it may be NULL). Errors: the store's. */
int ks_watchlist_load_own(struct ks_watchlist *list, struct ks_db *db, int64_t now_ms,
	struct ks_keyset *out_new, struct ks_err *err);

/* A temporary key id that was handed to the holder of a decoy (or of one of its sessions). True when it
 * is new. */
bool ks_watchlist_learn(struct ks_watchlist *list, struct ks_str session, struct ks_str parent);

/* Which of a store's sessions to learn. */
enum ks_watchlist_scope {
	KS_WATCHLIST_ANY,             /* all that belong to a decoy of the list */
	KS_WATCHLIST_STORED,          /* those of decoys that are in the store as well: cheaper */
};

/* Learns the sessions that a store knows. New ones go into out_new as well (it may be NULL). Errors: the
 * store's. */
int ks_watchlist_follow(struct ks_watchlist *list, struct ks_db *db, enum ks_watchlist_scope scope,
	struct ks_keyset *out_new, struct ks_err *err);

/* Whose user this is, by its unique id or its ARN. Of several keys of one user the newest counts. */
bool ks_watchlist_find_user(const struct ks_watchlist *list, struct ks_str id_or_arn,
	struct ks_watched *out);

/* Whose id this is: false when it is nobody's. The strings live as long as the list, out->key_id as long
 * as id. */
bool ks_watchlist_find(const struct ks_watchlist *list, struct ks_str id, struct ks_arena *arena,
	struct ks_watched *out);

#endif

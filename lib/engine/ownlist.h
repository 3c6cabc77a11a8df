/*
 * What an event has to do with the identities that we act with (lib/incident/owncall.h): a call of ours, or
 * somebody else's use of one of them.
 *
 * OURS asks for all of it: a request id of ours, the principal that made that very call, by ARN and unique
 * id as far as the record has them, and its key where the record names one. OTHER is any other event of such
 * a principal: of its ARN or unique id, of its long-term key, of any session of its role, whatever the
 * session's name, and of sessions that a user of ours was given. What lies before our first call with the
 * identity, or so long ago that calls are forgotten, is nobody's to judge: NONE.
 */
#ifndef KS_ENGINE_OWNLIST_H
#define KS_ENGINE_OWNLIST_H

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"
#include "lib/trail/event.h"

enum ks_ownlist_use { KS_OWNLIST_NONE, KS_OWNLIST_OTHER, KS_OWNLIST_OURS };

struct ks_ownlist {
	struct ks_vec identities;    /* struct ks_ownlist_identity */
	struct ks_map keys;          /* to the identity's number + 1 */
	struct ks_map signers;       /* key ids that signed, each to its place + 1 */
	struct ks_ownlist_call *calls;       /* by the hash of their request ids; signer 0: a free place */
	size_t call_count, call_room;        /* room is a power of two */
	int64_t last_key, last_call; /* the last that were read from the store */
	int64_t kept_ms;             /* calls from here on are remembered */
	struct ks_arena arena;
};

/* There are thousands a day, for as long as they are kept: so no text. */
struct ks_ownlist_call {
	uint64_t hash;
	uint32_t signer;             /* place + 1 */
	uint32_t day;
};

struct ks_ownlist_identity {
	int64_t id;                  /* of the store's row */
	struct ks_str arn, unique_id;
	int64_t first_ms;
};

void ks_ownlist_init(struct ks_ownlist *list);
void ks_ownlist_release(struct ks_ownlist *list);

/* Reads what the store knows more than the list. Errors: the store's. */
int ks_ownlist_load(struct ks_ownlist *list, struct ks_db *db, int64_t now_ms, struct ks_err *err);

enum ks_ownlist_use ks_ownlist_judge(const struct ks_ownlist *list, const struct ks_event *event);

#endif

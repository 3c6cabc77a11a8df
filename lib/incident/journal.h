/*
 * The journal: all that was done about an incident, by people and by the program, in order. Each entry is
 * bound to the one before it by its hash, so a changed, removed or inserted entry shows:
 *
 *   hash = SHA-256(previous hash | incident | number | time | who | kind | body)
 *
 * each part as its length in decimal, ':', and its bytes (numbers in decimal); the previous hash of entry 1
 * is empty. A chain that was cut short at its end shows only against a head that was noted elsewhere:
 * notices carry it.
 */
#ifndef KS_INCIDENT_JOURNAL_H
#define KS_INCIDENT_JOURNAL_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/codec/hash.h"
#include "lib/codec/json.h"
#include "lib/store/db.h"

#define KS_JOURNAL_SELF "keysnare"     /* who, for what the program did itself */

struct ks_journal_entry {
	int64_t incident_id;
	int64_t number;                  /* 1, 2, 3 … within the incident */
	int64_t time_ms;
	struct ks_str who;
	struct ks_str kind;              /* "opened", "escalated", "acknowledged", "note" … */
	struct ks_str body;              /* a JSON object, never empty */
	struct ks_str hash;              /* KS_HASH_SIZE bytes */
};

/* What verifying came to. */
struct ks_journal_check {
	int64_t entries;                 /* looked at */
	int64_t bad_number;              /* the first entry that does not hold, or 0 */
	char head[KS_HASH_HEX];          /* hash of the last good entry in hex; "" when there is none */
	char problem[128];               /* what is wrong, or "" */
};

/* Adds an entry, inside the caller's transaction. body: a JSON object ("{}" when there is nothing to
 * say). */
int ks_journal_add(struct ks_db *db, int64_t incident_id, int64_t now_ms, struct ks_str who,
	const char *kind, struct ks_str body, struct ks_err *err);

/* The same with a body that is rendered and freed here. */
int ks_journal_add_json(struct ks_db *db, int64_t incident_id, int64_t now_ms, struct ks_str who,
	const char *kind, struct ks_json *body, struct ks_err *err);

/* Whether there is an entry of that kind with exactly this body. */
int ks_journal_has(struct ks_db *db, int64_t incident_id, const char *kind, struct ks_str body, bool *out,
	struct ks_err *err);

/* Pushed on out (struct ks_journal_entry), oldest first. */
int ks_journal_list(struct ks_db *db, int64_t incident_id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

/* Reads the whole chain. A chain that does not hold is no error: out->bad_number says so. */
int ks_journal_verify(struct ks_db *db, int64_t incident_id, struct ks_journal_check *out,
	struct ks_err *err);

/* The same for entries that come from elsewhere, one after the other: zeroed at first, and left alone once
 * check.bad_number is not 0. entry->hash is borrowed only for the call. */
struct ks_journal_chain {
	struct ks_journal_check check;
	unsigned char last[KS_HASH_SIZE];        /* hash of the last good entry */
};
void ks_journal_follow(struct ks_journal_chain *chain, const struct ks_journal_entry *entry);

/* The hash of the last entry in hex, "" when there is none. */
int ks_journal_head(struct ks_db *db, int64_t incident_id, char out[KS_HASH_HEX], struct ks_err *err);

#endif

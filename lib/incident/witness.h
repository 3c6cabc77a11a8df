/*
 * Heads of journals that were noted elsewhere: every notice carries the one of its incident as it was then
 * (outbox.h). A journal that was cut short, or written anew from some entry on, does not hold the heads that
 * went out before.
 */
#ifndef KS_INCIDENT_WITNESS_H
#define KS_INCIDENT_WITNESS_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/codec/hash.h"
#include "lib/store/db.h"

#define KS_WITNESS_FILE (64u * 1024 * 1024) /* largest file of notices */
#define KS_WITNESS_MOST 1000000u /* heads at once */

/* One head. */
struct ks_witness {
	char hex[KS_HASH_HEX];
	int64_t incident; /* 0: not said */
	int64_t number; /* of the entry that it must be; 0: not said */
	const char *from; /* for people: "notice 12", "told.jsonl" */
	int64_t found_in; /* incident whose chain has it; 0: none so far */
	int64_t found_at; /* entry there */
};

struct ks_witness_set {
	struct ks_vec all; /* struct ks_witness */
	bool is_sorted; /* by hex */
	struct ks_arena arena;
};

void ks_witness_init(struct ks_witness_set *set);
void ks_witness_release(struct ks_witness_set *set);

/* "HASH" or "HASH@NUMBER". Errors: USAGE. */
int ks_witness_add(struct ks_witness_set *set, const char *text, struct ks_err *err);

/* Out of a file of notices as a receiver kept them: JSON (bodies one a line, or any JSON with bodies in it),
 * or text: mails with their parts in base64, what a chat shows. A text's head is 64 hex digits on a line
 * that says "journal"; its incident is the one named last before it. *out_n: how many. Errors: those of
 * ks_file_load; LIMIT. */
int ks_witness_load(struct ks_witness_set *set, const char *path, size_t *out_n, struct ks_err *err);

/* Out of the outbox: all notices of an incident (0: of all of them). Errors: the store's; LIMIT. */
int ks_witness_recall(struct ks_witness_set *set, struct ks_db *db, int64_t incident, struct ks_err *err);

/* An entry of a journal whose chain holds this far. */
void ks_witness_pass(struct ks_witness_set *set, int64_t incident, int64_t number,
	const unsigned char hash[KS_HASH_SIZE]);

/* Once all entries have passed of the incidents that are asked for. is_asked: the one that it names is among
 * them; without meaning where it names none. */
enum ks_witness_verdict {
	KS_WITNESS_HOLDS,
	KS_WITNESS_ELSEWHERE, /* it is about an incident that is not asked for */
	KS_WITNESS_ABSENT, /* no chain has it: entries were changed, or cut off at the end */
	KS_WITNESS_MOVED, /* it is there, at another entry or in another incident than was said */
};
enum ks_witness_verdict ks_witness_judge(const struct ks_witness *witness, bool is_asked);

#endif

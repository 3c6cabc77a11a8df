/*
 * The calls that we make with an identity of our own: AWS's request id of each, and whom we were then. The
 * trail says of a call who made it; with these, ours are told from any other use of the same identity.
 *
 * A recorder is the witness of the settings that accounts are opened with (lib/aws/settings.h). Its
 * connection to the store is its own, under a lock, so that the threads of a crew may all report. What can
 * not be written at once, for want of a store or of its lock, is kept and written with the next call or at
 * the end. A call of a key of which STS never said whose it is counts for nobody.
 */
#ifndef KS_INCIDENT_OWNCALL_H
#define KS_INCIDENT_OWNCALL_H

#include "lib/aws/settings.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"

/* How long a call is remembered. An older record of our identity is nobody's to judge. */
#define KS_OWNCALL_KEPT_MS (INT64_C(90) * 24 * 3600 * 1000)

struct ks_owncall;

/* store_path is copied; the store need not be there. The settings must be closed, or nothing asked with them
 * any more, before the recorder. */
void ks_owncall_open(const struct ks_ctx *ctx, const char *store_path, struct ks_settings *settings,
	struct ks_owncall **out);
void ks_owncall_close(struct ks_owncall *owncall);   /* NULL is fine; writes what is left */

/* For whoever asks much: only the first calls of a second are written at once, the others with the next call
 * of another second, or when it is settled. Do that behind each commit, and never in a transaction. */
void ks_owncall_set_bulk(struct ks_owncall *owncall);
void ks_owncall_settle(struct ks_owncall *owncall);  /* NULL is fine */

/* Whom we were, for as long as a call of that is remembered. Texts live in the arena. */
struct ks_owncall_identity {
	int64_t id;
	struct ks_str arn;
	struct ks_str unique_id;     /* AWS's, "AIDA…" or "AROA…:session"; may be empty */
	int64_t first_ms;            /* of its first call that we know of */
};

struct ks_owncall_key {
	int64_t number;              /* higher for what was seen later */
	struct ks_str key_id;
	int64_t identity;
};

struct ks_owncall_row {
	int64_t id;
	struct ks_str request_id, key_id;
	int64_t made_ms;
};

/* Pushed on out; of keys and calls those behind a number or an id. Errors are the store's. */
int ks_owncall_identities(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);
int ks_owncall_keys(struct ks_db *db, int64_t behind, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);
int ks_owncall_list(struct ks_db *db, int64_t behind, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

#endif

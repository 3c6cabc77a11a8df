/*
 * Lists of decoys that were made elsewhere: what "decoy export" writes, and what other systems hand out.
 * Told apart by content:
 *
 * - JSON lines: an object a line.
 * - CSV (RFC 4180: quotes, doubled quotes, newlines in quotes; CRLF or LF) with a header line; without one,
 *   when the first cell is a key id already, the columns are key id, name, placement, label, account.
 *
 * Members and columns are found by name, whatever the case and whatever stands between the words:
 * key_id (access_key_id, aws_access_key_id, SMTP user name), name, placement (path, location, where),
 * label (memo, note, description, reminder), account (account_id), user_name (user, IAM user name), user_id
 * ("AIDA…"), user_arn, region,
 * bait, kind (offline, live), state (only "retired" is taken over), created. Others are passed over, and so
 * are secrets: nothing of them is kept. Only the key id is required, of the long-term kind.
 */
#ifndef KS_DECOY_ROSTER_H
#define KS_DECOY_ROSTER_H

#include "lib/base/arena.h"
#include "lib/decoy/registry.h"

struct ks_roster_row {
	int line;                    /* where it begins, 1-based */
	struct ks_decoy decoy;       /* ready for the registry but for its id */
};

struct ks_roster {
	struct ks_arena arena;       /* owns all strings */
	struct ks_vec rows;          /* struct ks_roster_row */
	struct ks_vec problems;      /* struct ks_err: lines that could not be read, with line and column */
	bool had_secrets;            /* a secret was there and was passed over */
};

void ks_roster_init(struct ks_roster *roster);
void ks_roster_release(struct ks_roster *roster);

/* Reads a list; what is wrong with single lines becomes problems, the rest goes on. The rows are new decoys
 * at now_ms where the list does not say. Errors: PARSE (neither form, or a header without a key id). */
int ks_roster_parse(struct ks_roster *roster, struct ks_str text, int64_t now_ms, struct ks_err *err);

/* Makes decoy, of which key_id and what else is known are set, ready for the registry: checks key id,
 * account and region, takes the account out of the id, fills in name and placement. Strings are copied to
 * arena. Errors: PARSE (the key id), USAGE (the rest). */
int ks_roster_complete(struct ks_arena *arena, struct ks_decoy *decoy, int64_t now_ms, struct ks_err *err);

#endif

/*
 * The outbox: what is to be told, to whom, and what became of it. A notice is added in the transaction
 * that made its reason, and sent after the commit: at least once. Who sends one owns it for a while, so
 * that others on the same store leave it alone. One whose owner is gone is due again, and is_repeated says
 * so: the receiver may have had it before.
 *
 * kinds: "opened", "escalated", "linked" (more incidents joined a page that was told before), "reopened",
 * "resumed" (something came while it was snoozed), "closed"; "approval" (a plan waits for somebody),
 * "limit" (likewise, since too many keys were acted on within the hour; its level is the highest);
 * "refused" (a guard refuses what the policy would have done; plan and approve_with are null); "lost"
 * (somebody took back what was done; why says who, and whether it is applied once more).
 *
 * body is a JSON object, the same for every notifier:
 *   {"v":1,"kind":"opened","incident":7,"level":"critical","actor":"key:AKIA…","account":"…"|null,
 *    "decoy":{"key_id":"…","name":"…"|null,"placement":"…"|null}|null,"stages":["…"],
 *    "first":"…"|null,"last":"…"|null,"events":12,"rules":["title", …],"addresses":["…", …],
 *    "linked":[8,9],"linked_count":2,"took_over":[5],"state":"open","journal":"head in hex"}
 * but for "approval", "limit" and "refused":
 *   {"v":1,"kind":"approval","incident":7,"level":"critical","actor":"key:AKIA…","account":"…","plan":3,
 *    "policy":"…","digest":"…","steps":56,"why":"…","approve_with":"keysnare respond approve 7"}
 * took_over: incidents that turned out to be parts of this one, which people may have been told of.
 */
#ifndef KS_INCIDENT_OUTBOX_H
#define KS_INCIDENT_OUTBOX_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"

#define KS_OUTBOX_LIFE_MS (INT64_C(24) * 3600 * 1000)   /* tried for so long, a notice is dead: a night */
#define KS_OUTBOX_LEASE_MS (INT64_C(5) * 60 * 1000)     /* longer than any attempt */
#define KS_OUTBOX_IN_ORDER 3       /* attempts for which those behind a notice wait for it */

struct ks_notice {
	int64_t id;
	int64_t incident_id;
	struct ks_str notifier;
	struct ks_str kind;
	struct ks_str body;
	int64_t created_ms;
	struct ks_str state;             /* "waiting", "sending", "sent", "dead" */
	int64_t attempts;                /* begun */
	int64_t next_ms;                 /* not before then */
	struct ks_str error;             /* of the last attempt; p NULL when there was none */
	int64_t tried_ms;                /* when the first attempt began; KS_TIME_NONE */
	bool is_repeated; /* an earlier attempt was begun and its end is not known, or it failed */
};

/* Adds a notice, inside the caller's transaction; due at once. */
int ks_outbox_add(struct ks_db *db, int64_t incident_id, struct ks_str notifier, const char *kind,
	struct ks_str body, int64_t now_ms, struct ks_err *err);

/* What one notifier is to send now, oldest first, at most limit, pushed on out (struct ks_notice). Of one
 * incident only the oldest comes, so that notices arrive in order, unless it has failed KS_OUTBOX_IN_ORDER
 * times: news that get through are worth more than their order. Rows in "sending" are not in it. */
int ks_outbox_due(struct ks_db *db, struct ks_str notifier, int64_t now_ms, size_t limit,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* When the notifier's next one is due; KS_TIME_NONE when nothing waits. */
int ks_outbox_next(struct ks_db *db, struct ks_str notifier, int64_t *out_ms, struct ks_err *err);

/* How many incidents have notices that wait for a notifier, whenever they are due: pushed on out, one for
 * each notifier. */
struct ks_outbox_waiting {
	struct ks_str notifier;
	int64_t incidents;
};
int ks_outbox_waiting(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* Notices that were given up, of incidents that are not closed, and the first of these incidents (0). */
int ks_outbox_dead(struct ks_db *db, int64_t *out_notices, int64_t *out_incident, struct ks_err *err);

/* Each is a transaction of its own. sending: before the attempt, counts it, and makes it the owner's for
 * KS_OUTBOX_LEASE_MS; *out_taken false when somebody else took it or it is sent. sent, failed: after it.
 * failed waits 1 s, 2 s, 4 s … up to five minutes, at least retry_after_ms (0: not said), and is dead
 * KS_OUTBOX_LIFE_MS after the first attempt (*out_is_dead; the caller says so loudly, the journal has it) or
 * at once with is_final. STATE when it is no longer the owner's: nothing is changed then. */
int ks_outbox_sending(struct ks_db *db, int64_t id, int64_t owner, int64_t now_ms, bool *out_taken,
	struct ks_err *err);
int ks_outbox_sent(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_err *err);

struct ks_outbox_failure {
	int64_t id;
	int64_t owner;
	int64_t now_ms;
	const char *error;
	int64_t retry_after_ms;
	bool is_final;
};
int ks_outbox_failed(struct ks_db *db, const struct ks_outbox_failure *failure, bool *out_is_dead,
	struct ks_err *err);

/* What others left as "sending" waits again, as repeated: their lease is over, or they are not alive.
 * *out_n: how many. Only reads when there is none. */
struct ks_outbox_owner {
	int64_t number;                  /* one's own, above 0 */
	bool (*is_alive)(void *arg, int64_t number);
	void *arg;
};
int ks_outbox_recover(struct ks_db *db, const struct ks_outbox_owner *owner, int64_t now_ms, int64_t *out_n,
	struct ks_err *err);

/* All notices of an incident, oldest first (incident_id 0: of all), pushed on out. */
int ks_outbox_list(struct ks_db *db, int64_t incident_id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

#endif

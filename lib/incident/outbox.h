/*
 * The outbox: what is to be told, to whom, and what became of it. A notice is added in the transaction
 * that made its reason, and sent after the commit: at least once. Who sends one owns it for a while, so
 * that others on the same store leave it alone. One whose owner is gone is due again. is_repeated says that
 * the receiver may have had it before: not where no attempt got as far as a connection.
 *
 * body is a JSON object, the same for every notifier. Each has, in this order: "v":1, "kind", "incident" (a
 * number; null where it is about none), "level" (of Sigma: informational … critical); last, "journal": the
 * head of the hash chain of the incident's journal in hex at that moment, null without an incident. Behind
 * that, where notices that waited were told together (collapse.h):
 * "stands_for":{"count":4,"kinds":["opened", "escalated","linked"],"notices":[12,15,18]}: how many, this
 * one among them, and the numbers of the others (200 at most), which are not sent any more. Names, texts
 * and lists below may come from a record: hostile. What stands between, by kind:
 *
 * In front of "journal", and only in a notice about an incident that is an exercise (drillcase.h):
 * "exercise":"whole", or "part" where only some of its records are of one: no reason to rest.
 *
 * A notice that would be too long has "shortened":["addresses", …]: members that are left out or cut.
 *
 * About an incident as it is: "opened" (the first notice of this one, also where its page was told before),
 * "escalated" (people were told of it, and it got graver, or a decoy was used), "linked" (more incidents
 * joined a page that was told before), "reopened", "resumed" (something came while it was snoozed),
 * "reminder" (nobody has acknowledged it; "reminder":1, "reminders":3,"told":"…" stand in front: which one
 * it is, of how many, and when it was told first):
 *   "actor":"key:AKIA…","account":"…"|null,"decoy":{"key_id":"…","name":"…"|null,"placement":"…"|null}|null,
 *   "stages":["…"],"first":"…"|null,"last":"…"|null,"events":12,"rules":["title", …],"addresses":["…", …],
 *   "linked":[8,9],"linked_count":2,"took_over":[5],
 *   "silent_uses":[{"used":"…","service":"ses","region":"…","explained_by":"event"|null}, … (20 at most)]
 *   (only
 *   where IAM knows of a use that no event explained, see silentuse.h),"state":"open"
 * took_over: incidents that turned out to be parts of this one, which people may have been told of.
 *
 * About an incident of which the notifier was told: "acknowledged" (somebody looks after it), "closed": in
 * front "by":"…","reason":"…"|null, then as above.
 *
 * About a plan to contain: "approval" (it waits for somebody), "limit" (likewise, since too many keys were
 * acted on within the hour; its level is the highest), "refused" (a guard refuses what the policy would have
 * done; plan and approve_with are null), "expired" (nobody approved it in time, or it was not carried out in
 * time), "acting" (it is carried out, and its policy has a step 'notify'; steps: all of the plan;
 * expires and approve_with are null):
 *   "actor":"key:AKIA…","account":"…","plan":3|null,"policy":"…","digest":"…","steps":56,
 *   "calls":["disable_key: key AKIA… of user …", … (20 at most)],"expires":"…"|null,"why":"…"|null,
 *   "approve_with":"keysnare respond approve 7"|null
 * "lost" (somebody took back what was done; why says who, and whether it is applied once more):
 *   "actor":"key:AKIA…","account":"…","plan":3,"step":2,"action":"disable_key","target":"…","why":"…"
 *
 * About many at once: "storm" (more incidents were opened within a minute than are told one by one; each is
 * in the store as any other); incident is null, level that of the gravest:
 *   "count":120,"incidents":[{"incident":31,"level":"high","actor":"key:AKIA…","account":"…"|null,
 *   "journal":"…"}, … (200 at most, and 64 KB)]
 *
 * About keysnare itself; incident is null (vigil.h has the alarms): "alarm" (something does not work as it
 * should), "recovered" (it does again; ended is its time):
 *   "alarm":"stale","subject":"s3://…","since":"…","ended":"…"|null,"why":"…","do":"what to do"|null
 * alarm is one of "stale" "failing" "queue" "denied" "responder" "full" "locked" "aside" "dead-letters"
 * "undecided"; subject: a source, an account, a notifier, or "". One alarm and its end share alarm and
 * subject: what to group by. "heartbeat" (keysnare is there; level informational; no news by itself, but its
 * absence is):
 *   "version":"…","time":"…","next":"…","sources":[{"source":"…","state":"working|failing|stale",
 *   "heard":"…"|null,"last_record":"…"|null,"behind":12|null}],"incidents_open":3,"plans_waiting":1,
 *   "notices_waiting":0,"notices_dead":0,"alarms":[{"alarm":"stale","subject":"…","since":"…"}]
 * "test": see notify test; its notice is not in the outbox.
 */
#ifndef KS_INCIDENT_OUTBOX_H
#define KS_INCIDENT_OUTBOX_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/codec/json.h"
#include "lib/sigma/rule.h"
#include "lib/store/db.h"

#define KS_OUTBOX_LIFE_MS (INT64_C(24) * 3600 * 1000)   /* tried for so long, a notice is dead: a night */
#define KS_OUTBOX_LEASE_MS (INT64_C(5) * 60 * 1000)     /* longer than any attempt */
#define KS_OUTBOX_IN_ORDER 3       /* attempts for which those behind a notice wait for it */

struct ks_notice {
	int64_t id;
	int64_t incident_id;             /* 0: it is about none */
	struct ks_str notifier;
	struct ks_str kind;
	struct ks_str body;
	int64_t created_ms;
	struct ks_str state;             /* "waiting", "sending", "sent", "dead", "folded" (into another one) */
	int64_t attempts;                /* begun */
	int64_t next_ms;                 /* not before then */
	struct ks_str error;             /* of the last attempt; p NULL when there was none */
	int64_t tried_ms;                /* when the first attempt began; KS_TIME_NONE */
	bool is_repeated;                /* an earlier attempt may have arrived */
};

/* What is to be told. All borrowed. */
struct ks_outbox_post {
	int64_t incident_id;             /* 0: it is about none, and goes in the order of its topic */
	struct ks_str topic;             /* then: "stale s3://…"; else empty */
	const char *kind;
	enum ks_level level;
	const char *const *notifiers;    /* names; none: "stdout", which watch has when nothing is said */
	size_t notifier_count;
	int64_t now_ms;
};

/* The body's beginning: v, kind, incident and level. The caller adds what is the kind's own, and hands it to
 * post, which adds the head of the journal as it is by then, frees the body, and puts a notice for each
 * notifier into the outbox, due at once; inside the caller's transaction, behind the entries that it is to
 * prove. This is the only way in. */
struct ks_json *ks_outbox_body(const struct ks_outbox_post *post);
int ks_outbox_post(struct ks_db *db, const struct ks_outbox_post *post, struct ks_json *body,
	struct ks_err *err);

/* One notice with a body as it is; for post, and for tests. */
int ks_outbox_add(struct ks_db *db, int64_t incident_id, struct ks_str notifier, const char *kind,
	struct ks_str body, int64_t now_ms, struct ks_err *err);

/* What one notifier is to send now, oldest first, at most limit, pushed on out (struct ks_notice). Of one
 * incident only the oldest comes, so that notices arrive in order, unless it has failed KS_OUTBOX_IN_ORDER
 * times: news that get through are worth more than their order. Rows in "sending" are not in it. */
int ks_outbox_due(struct ks_db *db, struct ks_str notifier, int64_t now_ms, size_t limit,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* When the notifier's next one is due; KS_TIME_NONE when nothing waits. */
int ks_outbox_next(struct ks_db *db, struct ks_str notifier, int64_t *out_ms, struct ks_err *err);

/* What waits for a later attempt, and was not tried since then, is due now. */
int ks_outbox_hurry(struct ks_db *db, struct ks_str notifier, int64_t since_ms, int64_t now_ms,
	struct ks_err *err);

/* How many incidents have notices that wait for a notifier, whenever they are due: pushed on out, one for
 * each notifier. */
struct ks_outbox_waiting {
	struct ks_str notifier;
	int64_t incidents;
};
int ks_outbox_waiting(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* Notices that were given up, for a notifier ("": for any), unless their incident is closed, and the first
 * of these incidents (0: none has one). mourned: the notifiers that have such, pushed on out (struct
 * ks_str). */
int ks_outbox_dead(struct ks_db *db, struct ks_str notifier, int64_t *out_notices, int64_t *out_incident,
	struct ks_err *err);
int ks_outbox_mourned(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* A notice that was given up is tried for another day; id 0: all of them. */
int ks_outbox_revive(struct ks_db *db, int64_t id, int64_t now_ms, int64_t *out_n, struct ks_err *err);

/* Each is a transaction of its own. sending: before the attempt, counts it, and makes it the owner's for
 * KS_OUTBOX_LEASE_MS; *out_taken false when somebody else took it or it is sent. sent, failed: after it.
 * failed waits 1 s, 2 s, 4 s … up to five minutes, at least retry_after_ms (0: not said), and is dead
 * KS_OUTBOX_LIFE_MS after the first attempt (*out_is_dead; the caller says so loudly, the journal has it) or
 * at once with is_final. STATE when it is no longer the owner's: nothing is changed then. */
int ks_outbox_sending(struct ks_db *db, int64_t id, int64_t owner, int64_t now_ms, bool *out_taken,
	struct ks_err *err);
int ks_outbox_sent(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_err *err);

/* A notice that its notifier is not to get, by its levels and kinds: "sent" without an attempt, and error
 * says so. Only while it waits. */
int ks_outbox_pass(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_err *err);

struct ks_outbox_failure {
	int64_t id;
	int64_t owner;
	int64_t now_ms;
	const char *error;
	int64_t retry_after_ms;
	bool is_final;
	bool is_unsent;                  /* nothing of it went out: no name, no connection, no TLS */
};
int ks_outbox_failed(struct ks_db *db, const struct ks_outbox_failure *failure, bool *out_is_dead,
	struct ks_err *err);

/* What others left as "sending" waits again, and may have arrived: their lease is over, or they are not
 * alive. *out_n: how many. Only reads when there is none. */
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

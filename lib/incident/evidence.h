/*
 * Evidence: every event that a rule cared for, once, as the bytes of its record beside the fields that
 * people ask for. A second copy of an event only raises its count of copies.
 *
 * Calls that write belong into the caller's transaction. Errors are the store's (lib/store/db.h).
 */
#ifndef KS_INCIDENT_EVIDENCE_H
#define KS_INCIDENT_EVIDENCE_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/codec/json.h"
#include "lib/store/db.h"

/* Whether a record can be believed: whoever can write into a file can forge one. It is said by what the
 * program had opened when it read the record, and never by a name. */
enum ks_evidence_trust {
	KS_EVIDENCE_UNTRUSTED,
	KS_EVIDENCE_DECLARED,            /* out of a source of which the config says so */
	KS_EVIDENCE_FETCHED,             /* from AWS itself, in an account of the config */
	KS_EVIDENCE_DRILL,               /* of an exercise: nothing may come of it in the world */
};

bool ks_evidence_is_trusted(enum ks_evidence_trust trust);

/* Strings belong to the arena that they were read into, or to whoever fills one in; p is NULL where the
 * record says nothing. All of them are attacker-written. */
struct ks_evidence {
	struct ks_str identity;          /* 32 hex digits: ks_event.identity */
	struct ks_str event_id;
	int64_t time_ms;                 /* KS_TIME_NONE when the record's does not parse */
	struct ks_str source, name, region, error;
	struct ks_str actor_type, actor_arn, account;
	struct ks_str key_id;            /* as the record has it: the temporary key of a session */
	struct ks_str key_kind;          /* "long-term", "temporary", "root", "none" */
	struct ks_str actor;             /* whose incident it is a matter of: "key:AKIA…", "principal:arn…" */
	struct ks_str ip, user_agent;
	struct ks_str decoy_key;         /* long-term id of the decoy that it is about */
	struct ks_str decoy_match;       /* "key", "session", "user", "target", "mention" */
	struct ks_str raw;               /* the record as it stands there: where_source, where_offset */
	struct ks_str where_source;      /* path or object */
	int64_t where_offset;            /* of the record in its text */
	int64_t copies;                  /* times that it came, from different places; 1 at first */
	int64_t received_ms;             /* when it was stored first */
	enum ks_evidence_trust trust;
	bool is_backlog;                 /* it was stored in the first run over its source */
	bool is_own;                     /* a call that we made ourselves: owncall.h */
};

/* "none", "declared", "aws" or "drill". */
const char *ks_evidence_trust_name(enum ks_evidence_trust trust);

/* What became of an event that was to be stored. */
enum ks_evidence_outcome {
	KS_EVIDENCE_NEW,
	KS_EVIDENCE_COPY,
	KS_EVIDENCE_DOUBTFUL,            /* a copy in other bytes than those of a source that is trusted more */
};

/* Stores an event. Of one that is there, copies goes up (unless it is the same place again), the lower
 * place is kept with the bytes that stand there, and what is known of the decoy is brought up to date. Bytes
 * of a trusted source never give way to others. A copy byte for byte out of a source that is trusted more
 * raises the trust; once a copy came in other bytes nothing does, since findings were made from these. */
int ks_evidence_put(struct ks_db *db, const struct ks_evidence *evidence,
	enum ks_evidence_outcome *out_outcome, struct ks_err *err);

/* *out is written only when it is found. */
int ks_evidence_find(struct ks_db *db, struct ks_str identity, struct ks_arena *arena,
	struct ks_evidence *out, bool *out_found, struct ks_err *err);

/* All events signed by a key id (long-term or temporary), pushed on out (struct ks_evidence), by time. */
int ks_evidence_by_key(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

/* All events signed by a key id are another actor's. decoy_key p NULL: the actor is no decoy; otherwise
 * they count as made by a session of it. */
int ks_evidence_assign(struct ks_db *db, struct ks_str key_id, struct ks_str actor, struct ks_str decoy_key,
	struct ks_err *err);

/* Adds what the record says and whose it is, for other programs; the record's bytes and its place are left
 * to the caller. id_name: what the record's own id is called. */
void ks_evidence_tell(const struct ks_evidence *e, const char *id_name, struct ks_json *json);

#define KS_EVIDENCE_COUNT 25
/* The columns of the events table "e" in the order that ks_evidence_read reads them, from column 0. */
#define KS_EVIDENCE_COLUMNS KS_EVIDENCE_COLUMNS_BUT("e.raw")
#define KS_EVIDENCE_OUTLINE KS_EVIDENCE_COLUMNS_BUT("NULL")   /* the same without the record */
#define KS_EVIDENCE_COLUMNS_BUT(raw) "e.identity, e.event_id, e.time_ms, e.source, e.name, e.region, " \
	"e.error, e.actor_type, e.actor_arn, e.account, e.key_id, e.key_kind, e.actor, e.ip, e.user_agent, " \
	"e.decoy_key, e.decoy_match, " raw ", e.where_source, e.where_offset, e.copies, e.received_ms, " \
	"e.trust, e.backlog, e.own"
void ks_evidence_read(struct ks_db_query *query, struct ks_arena *arena, struct ks_evidence *out);

#endif

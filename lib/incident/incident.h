/*
 * Incidents: one actor's story, from its first finding until it was quiet. This is what people handle: to
 * read them, and to change their state. How findings become incidents is in grouping.h.
 *
 * Every change writes a journal entry in the same transaction. Errors beside the store's: NOTFOUND for an
 * id that is not there, STATE for a change that makes no sense (closing twice, anything on a merged one).
 */
#ifndef KS_INCIDENT_INCIDENT_H
#define KS_INCIDENT_INCIDENT_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/incident/evidence.h"
#include "lib/incident/stage.h"
#include "lib/sigma/rule.h"
#include "lib/store/db.h"

#define KS_INCIDENT_LINKS 1000u    /* most linked incidents that are named one by one */

enum ks_incident_state {
	KS_INCIDENT_OPEN,
	KS_INCIDENT_ACKNOWLEDGED,
	KS_INCIDENT_SNOOZED,
	KS_INCIDENT_CLOSED,
};

/* Strings belong to the arena that it was read into. */
struct ks_incident {
	int64_t id;
	struct ks_str actor;             /* "key:AKIA…" or "principal:arn…" */
	enum ks_incident_state state;    /* as stored: a snooze that is over shows once it was woken */
	enum ks_level level;             /* of its gravest finding */
	unsigned stages;                 /* bits of enum ks_stage */
	struct ks_str decoy_key;         /* the decoy that the actor is; p NULL: a real key or principal */
	struct ks_str account;           /* p NULL when not known */
	int64_t first_ms, last_ms;       /* of its events; KS_TIME_NONE when no time could be read */
	int64_t opened_ms, changed_ms;   /* by our clock */
	int64_t events;                  /* different events */
	struct ks_str assignee;          /* p NULL: nobody */
	int64_t snoozed_until_ms;        /* KS_TIME_NONE when it is not snoozed */
	int64_t muted;                   /* events that came while it was snoozed */
	enum ks_level notified_level;    /* highest level that people were told; NONE: nothing yet */
	int64_t notified_ms;             /* when that was; KS_TIME_NONE */
	int64_t suppressed_by;           /* id of the suppression that covers all of it; 0: none */
	int64_t merged_into;             /* id of the incident that took it over; 0: none */
};

struct ks_stored_finding {
	struct ks_str id;                /* 32 hex digits */
	int64_t incident_id;             /* 0 never occurs here */
	struct ks_str rule_id, rule_title;
	enum ks_level level;
	int64_t time_ms;                 /* KS_TIME_NONE when it does not parse */
	struct ks_str json;              /* the finding as DESIGN 4 has it */
};

struct ks_incident_filter {
	unsigned states;                 /* bits 1u << enum ks_incident_state; 0: all of them */
	enum ks_level level;             /* this or above; NONE: any */
	int64_t since_ms;                /* last event not before; KS_TIME_NONE: any */
	bool has_merged;                 /* also those that another incident took over */
	bool only_decoys;
	size_t limit;                    /* 0: all */
};

/* *out is written only when it is found. A merged incident is found as itself. */
int ks_incident_find(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_incident *out,
	bool *out_found, struct ks_err *err);

/* Pushed on out (struct ks_incident), newest first by last event, then by id. */
int ks_incident_list(struct ks_db *db, const struct ks_incident_filter *filter, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);

/* Its addresses (struct ks_str), in order of bytes; the identities of a finding's events (struct ks_str).
 * Pushed on out. */
int ks_incident_addresses(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);
int ks_incident_matched(struct ks_db *db, struct ks_str finding_id, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);

/* Its evidence by time, then identity: events of its actor; events of other actors that its findings list as
 * evidence; stored records of calls that we made ourselves and that name its decoy, which are in no finding.
 * There may be very many: each with what it points to is gone after the call. What look returns other than 0
 * ends the walk, and is returned. */
enum ks_incident_part { KS_INCIDENT_EVENTS, KS_INCIDENT_OTHERS, KS_INCIDENT_OWN };
int ks_incident_walk(struct ks_db *db, int64_t id, enum ks_incident_part part,
	int (*look)(void *arg, const struct ks_evidence *evidence, struct ks_err *err), void *arg,
	struct ks_err *err);
/* Likewise its findings, by time, then id. */
int ks_incident_walk_findings(struct ks_db *db, int64_t id,
	int (*look)(void *arg, const struct ks_stored_finding *finding, struct ks_err *err), void *arg,
	struct ks_err *err);

/* The same without what is large: raw of the evidence and json of the finding have p NULL. */
int ks_incident_skim(struct ks_db *db, int64_t id, enum ks_incident_part part,
	int (*look)(void *arg, const struct ks_evidence *evidence, struct ks_err *err), void *arg,
	struct ks_err *err);
int ks_incident_skim_findings(struct ks_db *db, int64_t id,
	int (*look)(void *arg, const struct ks_stored_finding *finding, struct ks_err *err), void *arg,
	struct ks_err *err);
/* Every event that a finding of it lists, with that finding's level, in no order. */
int ks_incident_skim_listed(struct ks_db *db, int64_t id,
	int (*look)(void *arg, struct ks_str identity, enum ks_level level), void *arg, struct ks_err *err);
int ks_incident_count(struct ks_db *db, int64_t id, enum ks_incident_part part, size_t *out,
	struct ks_err *err);

/* How many events its findings list: of its actor, and of others. */
struct ks_incident_listed {
	size_t events, others;
};
/* Counts them, and pushes the last ones of its actor on out (struct ks_evidence, by time, without the
 * records), most of them at most. */
int ks_incident_latest(struct ks_db *db, int64_t id, size_t most, struct ks_arena *arena,
	struct ks_vec *out, struct ks_incident_listed *listed, struct ks_err *err);

/* The ids (int64_t, ascending, without its own) of the incidents on the same page: those that share an
 * address with it, or with one that does, and so on; the KS_INCIDENT_LINKS nearest, and how many more there
 * are, which must not go unsaid. Names of AWS services that stand where an address should do not link. */
int ks_incident_linked(struct ks_db *db, int64_t id, struct ks_vec *out, size_t *out_more,
	struct ks_err *err);

/* Who changes what, and when. */
struct ks_incident_change {
	int64_t id;
	int64_t now_ms;
	struct ks_str who;               /* never empty */
	struct ks_str text; /* assign: to whom; note: the text; snooze, close: the reason; may be empty
	                                  * but for assign and note */
	int64_t until_ms;                /* snooze only: in the future */
};
int ks_incident_ack(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err);
int ks_incident_assign(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err);
int ks_incident_note(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err);
int ks_incident_snooze(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err);
int ks_incident_close(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err);

const char *ks_incident_state_name(enum ks_incident_state state);   /* "open", "acknowledged" … */
bool ks_incident_parse_state(struct ks_str name, enum ks_incident_state *out);

#endif

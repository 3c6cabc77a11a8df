/*
 * What matching, guards and planning know of an incident: values only, read once. Planning is a function
 * of these facts, so the same facts give the same plan, byte for byte.
 */
#ifndef KS_RESPOND_FACTS_H
#define KS_RESPOND_FACTS_H

#include "lib/base/vec.h"
#include "lib/incident/evidence.h"
#include "lib/respond/subject.h"
#include "lib/sigma/rule.h"
#include "lib/store/db.h"

#include <stdint.h>

struct ks_survey;

/* One event. Attacker-written, all of it; p is NULL where the record says nothing. */
struct ks_facts_event {
	int64_t time_ms;             /* KS_TIME_NONE when it does not parse */
	struct ks_str service;       /* "ses.amazonaws.com" */
	struct ks_str name, region, error, ip;
	struct ks_str key_id;
	struct ks_str actor_type, actor_arn, account;
	struct ks_str issuer_arn;    /* sessionContext.sessionIssuer.arn */
	struct ks_str recipient;     /* recipientAccountId: where the call was made */
	struct ks_str principal_id, issuer_id;   /* unique ids: "AIDA…", "AROA…:session"; of the issuer */
	struct ks_str where;         /* path or object that the record came from */
	struct ks_str sender;        /* the SES identity that the call asked for: address or domain */
	enum ks_evidence_trust trust;
	bool is_backlog;             /* read in the first run over its source */
	bool has_loose_key;          /* a temporary key that only records which can be forged lay to the actor */
};

/* A rule that the incident's events met. */
struct ks_facts_rule {
	struct ks_str id, name, title;
};

struct ks_facts {
	int64_t incident;
	int64_t now_ms;
	struct ks_str actor;         /* "key:AKIA…" or "principal:arn…" */
	enum ks_level level;
	bool is_closed;
	bool is_on_hold;             /* snoozed, and the time is not over */
	bool is_suppressed;
	bool is_by_hand;             /* somebody named the key himself (byhand.h): no record is believed */
	bool is_decoy;               /* the actor is one of our decoys … */
	bool is_offline;             /* … that AWS does not know */
	struct ks_str decoy_name, placement;
	const struct ks_facts_event *events;     /* by time */
	size_t event_count;
	const struct ks_facts_rule *rules;
	size_t rule_count;
	struct ks_subject subject;
	bool is_unopened;                        /* by hand: the incident is opened when somebody acts */
	const struct ks_survey *survey;          /* what AWS says now; NULL: nobody asked */
};

struct ks_facts_request {
	int64_t incident;
	int64_t now_ms;
	/* The name of a rule by its id; p NULL when it has none. NULL: rules have no names. */
	struct ks_str (*rule_name)(void *arg, struct ks_str rule_id);
	void *arg;
	bool is_by_hand;             /* the subject is the one whom the journal names */
};

/* Reads the incident. Errors: the store's; NOTFOUND (also when by hand nobody was named); STATE for one that
 * was merged into another. */
int ks_facts_load(struct ks_db *db, const struct ks_facts_request *request, struct ks_arena *arena,
	struct ks_facts *out, struct ks_err *err);

#endif

/*
 * Suppressions: what people do not want to be told of, with a reason, an owner and an end. A suppression
 * is a matter of incident and notice; findings and evidence are kept all the same. A user agent alone
 * never silences an event that is about a decoy.
 */
#ifndef KS_INCIDENT_SUPPRESS_H
#define KS_INCIDENT_SUPPRESS_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/incident/evidence.h"
#include "lib/store/db.h"

struct ks_suppression {
	int64_t id;
	struct ks_str field;             /* "actor", "address", "rule", "decoy", "user_agent" */
	/* actor: "key:AKIA…", "principal:arn…", or what stands behind the colon; address: one or a CIDR block;
	 * rule: id or title; decoy: key id; user_agent: the whole of it, or its beginning with "*" behind */
	struct ks_str value;
	struct ks_str reason, owner;     /* never empty */
	int64_t created_ms, expires_ms;
	bool is_forced;                  /* wide or long on purpose; for ks_suppress_add alone, and not stored */
};

/* What nobody suppresses by mistake: wider networks and later ends have to be forced. */
#define KS_SUPPRESS_WIDEST_V4 8
#define KS_SUPPRESS_WIDEST_V6 32
#define KS_SUPPRESS_LONGEST_DAYS 366

/* Adds one in its own transaction and sets its id. Errors: USAGE (unknown field, an address that is none,
 * nothing said for value, reason or owner, an end that is not in the future, too much for one that is not
 * forced), the store's. */
int ks_suppress_add(struct ks_db *db, struct ks_suppression *suppression, struct ks_err *err);

/* Ends one now. Errors: NOTFOUND; STATE when it has ended already. */
int ks_suppress_expire(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_err *err);

/* *suppression is the one that an incident is covered by, as stored (0: none): becomes 0 when it has ended,
 * and none for the same goes on. */
int ks_suppress_check(struct ks_db *db, int64_t now_ms, int64_t *suppression, struct ks_err *err);

/* Pushed on out (struct ks_suppression), oldest first. now_ms KS_TIME_NONE: those that ended, too. */
int ks_suppress_list(struct ks_db *db, int64_t now_ms, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

/* What a suppression is asked about: one finding. */
struct ks_suppress_subject {
	struct ks_str actor;             /* of the incident: "key:…" or "principal:…" */
	struct ks_str rule_id, rule_title;
	const struct ks_evidence *evidence;   /* its last event, which may be another actor's */
};

/* The first of list (struct ks_suppression) that covers the subject at now_ms; NULL when none does. */
const struct ks_suppression *ks_suppress_match(const struct ks_vec *list, int64_t now_ms,
	const struct ks_suppress_subject *subject);

/* Whether those of list cover every finding of an incident at now_ms. *out: of each finding the one that
 * lasts longest, and of these the one that ends first; NULL when a finding is left. */
int ks_suppress_cover(struct ks_db *db, const struct ks_vec *list, int64_t now_ms, int64_t incident_id,
	const struct ks_suppression **out, struct ks_err *err);

#endif

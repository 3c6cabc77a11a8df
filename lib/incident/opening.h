/*
 * Incidents that no record opens: somebody named a key, or IAM knows of a use that no record tells of. From
 * then on they are like any other: findings about the same actor go into them, and what is done stands in
 * their journal.
 *
 * Errors are the store's.
 */
#ifndef KS_INCIDENT_OPENING_H
#define KS_INCIDENT_OPENING_H

#include "lib/sigma/rule.h"
#include "lib/store/db.h"

struct ks_opening {
	struct ks_str actor;             /* "key:AKIA…" */
	struct ks_str account;           /* twelve digits */
	struct ks_str decoy_key;         /* p NULL: it is no decoy */
	enum ks_level level;
	struct ks_str who;               /* never empty */
	struct ks_str reason;            /* may be empty */
	bool is_by_program;              /* nobody named it by hand */
	int64_t now_ms;
};

/* The latest incident of an actor, in whatever state; one that another incident took over is none. *out_id
 * is 0 when there is none, and *out_next is then the number that the next incident will get. */
int ks_opening_find(struct ks_db *db, struct ks_str actor, int64_t *out_id, int64_t *out_next,
	struct ks_err *err);

/* Opens one, inside the caller's transaction; its journal says by whom and why. */
int ks_opening_add(struct ks_db *db, const struct ks_opening *opening, int64_t *out_id, struct ks_err *err);

#endif

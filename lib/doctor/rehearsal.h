/*
 * Rehearsals: whether a permission is there, found out without anything happening. Reads are read. What
 * changes something is asked of a user, role, policy or sender that does not exist: AWS looks at the
 * permission first and says AccessDenied, or finds nothing and says so. Better is IAM's own simulation,
 * where that is allowed: it also knows of what cannot be tried without doing it.
 */
#ifndef KS_DOCTOR_REHEARSAL_H
#define KS_DOCTOR_REHEARSAL_H

#include "lib/aws/client.h"
#include "lib/base/vec.h"

enum ks_rehearsal_answer {
	KS_REHEARSAL_ALLOWED,
	KS_REHEARSAL_DENIED,
	KS_REHEARSAL_UNKNOWN, /* it cannot be told without doing it, or AWS said something else */
};

struct ks_rehearsal_request {
	struct ks_client *client;
	struct ks_str arn; /* who signs */
	const char *region; /* where a service of the Regions is asked */
	const char *name; /* of what does not exist: a name that IAM takes */
	struct ks_str key_id; /* a key of the account, for what is asked about keys; empty: none is known */
};

/* A permission, and what it is needed for: a pattern as ks_duty_resource makes them, NULL for everything. */
struct ks_rehearsal_wish {
	const char *permission;
	const char *resource;
	enum ks_rehearsal_answer answer;
	const char *why; /* of what is unknown; lives in the caller's arena */
};

/* By IAM's simulation: fills in the answers. Errors: UNSUPPORTED (whoever signs is neither user nor role);
 * DENIED and what else ks_client_call meets: then try each. */
int ks_rehearsal_simulate(const struct ks_rehearsal_request *request, struct ks_rehearsal_wish *wishes,
	size_t n, struct ks_err *err);

/* By trying. err says what AWS answered, when that was neither yes nor no. */
enum ks_rehearsal_answer ks_rehearsal_try(const struct ks_rehearsal_request *request, const char *permission,
	struct ks_err *err);

#endif

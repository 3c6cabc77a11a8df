/*
 * Temporary keys as STS hands them out: whose key asked, which one was given. Sources: "Permissions for
 * GetSessionToken" and "Using IAM roles" in the IAM User Guide (how long a session lives).
 */
#ifndef KS_ENGINE_GRANT_H
#define KS_ENGINE_GRANT_H

#include "lib/trail/event.h"
#include "lib/trail/keyset.h"

#define KS_GRANT_LONGEST_MS (INT64_C(36) * 3600 * 1000)   /* that any session lives */

struct ks_grant {
	char key_id[KS_KEYSET_ID + 1];   /* ASIA…, given */
	char asker[KS_KEYSET_ID + 1];    /* AKIA… or ASIA…: signed the call */
	int64_t time_ms;                 /* of the call, or KS_TIME_NONE */
	int64_t expires_ms;              /* KS_TIME_NONE when the call does not say */
	bool is_trusted;                 /* the record is, as whoever read it says; false at first */
};

/* Whether this is an answer of STS that hands out a temporary key to the holder of another key. Sessions
 * that an instance or a service got for itself ask in vain: no key that can be stolen is behind these. */
bool ks_grant_read(const struct ks_event *event, struct ks_grant *out);

/* The same of an answer by whatever service to somebody who is known to matter. */
bool ks_grant_read_for(const struct ks_event *event, struct ks_str asker, struct ks_grant *out);

/* Whether a long-term key asked. */
bool ks_grant_is_first(const struct ks_grant *grant);

#endif

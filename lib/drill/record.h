/*
 * Writes one CloudTrail record as AWS does: members and their order by eventVersion 1.08 to 1.11, identities
 * with their session context, denials with null parameters and the wording of IAM, TLS details with the
 * host that was asked, ids. Source: "CloudTrail record contents" and "userIdentity element" of the
 * CloudTrail
 * User Guide.
 */
#ifndef KS_DRILL_RECORD_H
#define KS_DRILL_RECORD_H

#include "lib/aws/partition.h"
#include "lib/drill/callbook.h"
#include "lib/drill/dice.h"
#include "lib/drill/scenario.h"

/* An identity with the ids that it has in this drill. */
struct ks_record_caller {
	enum ks_scenario_kind kind;
	struct ks_str name;          /* of the user, role, federated session; a service's host */
	struct ks_str path;          /* of the role, "/" at both ends; empty: "/" */
	struct ks_str session;       /* of a role */
	struct ks_str key_id, unique_id;     /* AIDA… or AROA… */
	struct ks_str issuer_name, issuer_id;        /* of a federated session: its user */
	struct ks_str invoked_by;    /* a service that acts with the role; p NULL: none */
	bool is_instance;            /* a role's session on an instance */
	int64_t created_ms;          /* of a session */
};

struct ks_record {
	const struct ks_callbook_call *call;
	const struct ks_record_caller *caller;
	const struct ks_record_caller *granted;      /* whose session the call hands out; NULL: some */
	const struct ks_partition *partition;
	struct ks_str account, region;
	struct ks_str ip;
	const char *agent;           /* template */
	struct ks_str error;         /* as in a step */
	const struct ks_scenario_with *with;
	size_t with_count;
	int64_t time_ms;
	const char *event_id;
};

/* The ARN of a caller. */
void ks_record_add_arn(const struct ks_record_caller *caller, const struct ks_partition *partition,
	struct ks_str account, struct ks_buf *out);

/* The Region that the record is of: that of a global service, whatever was asked. */
struct ks_str ks_record_region(const struct ks_callbook_call *call, const struct ks_partition *partition,
	struct ks_str region);

/* One line of JSON, without its end. dice: ids that nothing refers to. */
void ks_record_write(const struct ks_record *record, struct ks_dice *dice, struct ks_buf *out);

#endif

/*
 * Whom an incident is about, as AWS knows him: what may stand in a request. Everything is read from
 * records, so names, accounts and partitions are checked before they are believed, and where records
 * disagree nothing is chosen.
 *
 * Identity types: "CloudTrail userIdentity element" in the CloudTrail User Guide.
 */
#ifndef KS_RESPOND_SUBJECT_H
#define KS_RESPOND_SUBJECT_H

#include "lib/aws/partition.h"
#include "lib/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define KS_SUBJECT_ROLES 16u     /* most roles that are listed */

enum ks_subject_kind {
	KS_SUBJECT_UNKNOWN,          /* no record names him, or records disagree */
	KS_SUBJECT_USER,             /* an IAM user, also behind a federated session of his */
	KS_SUBJECT_ROOT,
	KS_SUBJECT_ROLE,
	KS_SUBJECT_OUTSIDE,          /* an AWS service, another account, an identity provider */
};

/* A role that a session of the subject took on. */
struct ks_subject_role {
	struct ks_str name;          /* without its path */
	struct ks_str arn;           /* as a record has it: of the role, or of a session of it */
	struct ks_str account;       /* not always the subject's */
	const struct ks_partition *partition;
};

/* Strings are empty where nothing is known; they belong to the facts or to the arena. */
struct ks_subject {
	enum ks_subject_kind kind;
	const struct ks_partition *partition;   /* NULL when not known */
	struct ks_str account;       /* twelve digits */
	struct ks_str name;          /* of the user or role, without its path */
	struct ks_str arn;           /* of the user, role or root */
	struct ks_str key_id;        /* the long-term access key that was used */
	bool is_federated;           /* some of the calls came through GetFederationToken */
	size_t sessions;             /* different temporary keys among the events */
	struct ks_subject_role roles[KS_SUBJECT_ROLES];  /* that his sessions took on */
	size_t role_count, roles_left;   /* roles_left: how many more there are */
	bool is_named_by_aws;        /* name and ARN are AWS's word, not a record's */
	struct ks_str foreign;       /* the account in which the calls were made, where it is another one */
	const char *doubt;           /* what in the records does not fit together; NULL when all does */
};

struct ks_facts;

/* Fills out from the actor and the events of facts. Never fails. */
void ks_subject_find(const struct ks_facts *facts, struct ks_arena *arena, struct ks_subject *out);

/* What AWS says of the long-term key: its user's name, and his ARN (empty: could not be read). Both are
 * trusted, once they are of the account: a name that the records do not have comes from here, and where the
 * records have another one AWS's counts and that is a doubt. arn tells protect whom it is about, so that
 * without it there is a doubt as well. */
void ks_subject_complete(struct ks_subject *subject, struct ks_str name, struct ks_str arn,
	struct ks_arena *arena);

/* "IAM user" and so on, for people. */
const char *ks_subject_kind_name(enum ks_subject_kind kind);

#endif

/*
 * How far an actor got with SES: the stages that the reports of real thefts have in common, and which
 * call belongs to which. A call may belong to none (OTHER) or to several.
 */
#ifndef KS_INCIDENT_STAGE_H
#define KS_INCIDENT_STAGE_H

#include "lib/base/buf.h"

enum ks_stage {
	KS_STAGE_SANDBOX = 1,        /* is the account out of the sandbox, how much may it send */
	KS_STAGE_SENDERS = 2,        /* who may send here */
	KS_STAGE_ENABLEMENT = 4,     /* out of the sandbox, limits raised, sending switched on */
	KS_STAGE_IDENTITY = 8,       /* sender identities made or changed */
	KS_STAGE_SENDING = 16,       /* mail or SMS goes out */
	KS_STAGE_PERSISTENCE = 32,   /* users, keys, roles, sessions to come back with */
	KS_STAGE_CLEANUP = 64,       /* traces removed, feedback hidden, the watchers watched */
	KS_STAGE_OTHER = 128,        /* anything else */
};

#define KS_STAGE_COUNT 8u

/* One kind of call that the table knows. */
struct ks_stage_row {
	const char *event_source;
	const char *event_name;      /* one "*" stands for any run of characters */
	unsigned stages;
};

/* The table, row by row; NULL past its end. Of several rows that fit a call, the first counts. */
const struct ks_stage_row *ks_stage_row(size_t i);

/* The row of a call, or NULL when the table does not know it. Names compare without case. */
const struct ks_stage_row *ks_stage_find(struct ks_str event_source, struct ks_str event_name);

/* The stages (bits) of a call; KS_STAGE_OTHER when the table does not know it. */
unsigned ks_stage_of(struct ks_str event_source, struct ks_str event_name);

/* "sandbox check", "senders", "enablement", "identity", "sending", "persistence", "cleanup", "other". */
const char *ks_stage_name(enum ks_stage stage);

/* The names of a set, in the order above, with ", " between them; nothing for 0. */
void ks_stage_render(unsigned stages, struct ks_buf *out);

#endif

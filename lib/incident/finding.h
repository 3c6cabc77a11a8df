/*
 * A finding: one rule met by one event, or one correlation met by a chain of events. The JSON form is what
 * others build on (one object a line, keys in this order, absent ones null):
 *
 *   {"v":1,"id":"…","rule":{"id","title","level","tags"},"time":"…",
 *    "event":{"id","source","name","region","error","read_only"},
 *    "actor":{"type","arn","account","key_id","key_kind"},
 *    "ip":"…","user_agent":"…","decoy":{"name","placement"}|null,"matched":[event ids]|null,
 *    "where":{"source","offset"}}
 *
 * A correlation's event, and all that is said of it, is the one with which its condition first held;
 * "matched" lists the events of the chain in order of time, the first KS_LIMIT_MATCHED of them. Of a text of
 * the record there are its first 4096 bytes, of an id in "matched" 100, so that none is too long to be kept.
 */
#ifndef KS_INCIDENT_FINDING_H
#define KS_INCIDENT_FINDING_H

#include "lib/codec/json.h"
#include "lib/sigma/rule.h"
#include "lib/trail/event.h"

#define KS_FINDING_ID 33        /* 32 hex digits and a NUL */

/* What makes a finding one of a correlation. All borrowed. */
struct ks_correlated {
	struct ks_str group;             /* the chain's group, as ks_correlation_read has it */
	int64_t anchor_ms;               /* of the chain's first event: tells it from the group's other chains */
	int64_t last_ms;                 /* of its last event */
	const struct ks_str *matched;    /* event ids */
	size_t matched_count;
	uint64_t events;                 /* all of them */
	const char *measure; /* what the condition was met by, for people: "3"; NULL: not known */
};

/* All borrowed. */
struct ks_finding {
	const struct ks_rule *rule;
	const struct ks_event *event;
	const char *key_kind;            /* "long-term", "temporary", "root", "none" */
	const char *decoy_name;          /* NULL when no decoy is involved */
	const char *decoy_placement;
	const char *source;              /* path or object that the record came from */
	uint64_t offset;                 /* of the record in its text */
	const struct ks_correlated *correlated;    /* NULL for the finding of a rule */
};

/* Rule and event identity, hashed: the same for every copy of the event. Of a correlation it is rule, group
 * and anchor. */
void ks_finding_identify(const struct ks_finding *finding, char out[KS_FINDING_ID]);

/* The id of the finding of a chain, for who has only that. */
void ks_finding_identify_chain(const struct ks_rule *rule, struct ks_str group, int64_t anchor_ms,
	char out[KS_FINDING_ID]);

/* The JSON form; free it with ks_json_free. */
struct ks_json *ks_finding_to_json(const struct ks_finding *finding);

#endif

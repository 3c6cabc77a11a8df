/*
 * struct ks_event: one CloudTrail record, indexed and enriched. It borrows the record's text and index;
 * strings that had escapes live in the batch's arena. Source: "CloudTrail record contents" in the
 * CloudTrail User Guide.
 */
#ifndef KS_TRAIL_EVENT_H
#define KS_TRAIL_EVENT_H

#include "lib/base/arena.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/sigma/value.h"
#include "lib/trail/index.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_EVENT_ID 33          /* 32 hex digits and a NUL */

struct ks_event {
	const struct ks_index *index;
	uint32_t node;                  /* the record in the index */
	struct ks_arena *arena;

	/* What almost everybody asks for: the first value of the field; p is NULL where there is none. */
	struct ks_str event_id, source, name, region, error, recipient, request_id;
	struct ks_str actor_type, actor_arn, actor_account, principal_id, key_id;
	struct ks_str ip, user_agent;
	struct ks_str time_text;
	int64_t time_ms;                /* KS_TIME_NONE when it does not parse */
	int read_only;                  /* 1, 0, or -1 when it is not said */
	char identity[KS_EVENT_ID];     /* empty until ks_event_identify */
	bool has_no_key;                /* whoever read the text saw that no key id of the decoys stands in it */
	bool has_no_other;              /* likewise, nothing that rules ask of ks_anchor_others */
	/* Likewise, that no rule and no decoy has to do with it: it was read for the key that it hands out, for
	 * its time, or for what its actor does. */
	bool is_aside;

	struct ks_vec extra;            /* struct ks_event_field: enriched fields */
	bool reads_reserved; /* enriched names may also come from the record (trying rules on made-up events) */

	const struct ks_str *paths;     /* of the program that will ask; see ks_event_view */
	struct ks_event_cache *cached;  /* values of paths asked for before, one each */
	size_t path_count;
};

struct ks_event_field {
	struct ks_str path;             /* "decoy.name" */
	struct ks_str value;
};

/* Reads the record at node. Everything is borrowed until the arena is cleared. Never fails: what is
 * missing is missing. */
void ks_event_init(struct ks_event *event, const struct ks_index *index, uint32_t node,
	struct ks_arena *arena);
void ks_event_release(struct ks_event *event);

/* Works out the identity, which is the same for every copy of the event, however delivered. */
void ks_event_identify(struct ks_event *event);

/* The first string, number or bool at a path of the record, as text; p NULL when there is none. */
struct ks_str ks_event_get(const struct ks_event *event, const char *path);

/* Sets an enriched field. Paths below decoy., key., ip., principal., actor. and responder. are reserved for
 * these: a record cannot forge them. Both strings are borrowed. */
void ks_event_enrich(struct ks_event *event, const char *path, struct ks_str value);

/* Whether a path is one of those. */
bool ks_event_is_reserved(struct ks_str path);

/* The event as the rules of a program see it; paths are the program's. Valid until the arena is cleared. */
struct ks_view ks_event_view(struct ks_event *event, const struct ks_str *paths, size_t path_count);

/* The record as it stands in the trail (compact only if it was so there): the evidence. */
struct ks_str ks_event_raw(const struct ks_event *event);

#endif

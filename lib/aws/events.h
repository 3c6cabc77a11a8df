/*
 * The calls of Amazon EventBridge (API version 2015-10-07), as far as reading rules goes: those of the
 * default bus, which is where CloudTrail's events arrive. Errors are those of ks_client_call; texts live in
 * the arena that is handed in.
 */
#ifndef KS_AWS_EVENTS_H
#define KS_AWS_EVENTS_H

#include "lib/aws/client.h"
#include "lib/base/vec.h"

/* What a rule lets through of CloudTrail's management events. */
#define KS_EVENTS_WRITES "ENABLED"   /* those that change something */
#define KS_EVENTS_ALL "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
#define KS_EVENTS_NONE "DISABLED"

struct ks_events_rule {
	struct ks_str name, state;
	struct ks_str pattern;       /* JSON text; empty: it goes by the clock */
};

/* The names of the Region's rules that send to this ARN, pushed on out (struct ks_str). */
int ks_events_list_by_target(struct ks_client *client, const char *region, const char *target,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

int ks_events_describe_rule(struct ks_client *client, const char *region, struct ks_str name,
	struct ks_arena *arena, struct ks_events_rule *out, struct ks_err *err);

#endif

/*
 * A drill's scenario: who does what and when, what is quiet noise around it, what the facilitator tells the
 * players at which time, and what is expected to be noticed and done. One YAML document; everything that is
 * wrong is a problem at its line and column, unknown keys included.
 *
 *   name: ses-pionage                      # lower-case letters, digits, -
 *   title: A key from a repository is tried on SES
 *   case: "Permiso, 2023: …"               # what it follows
 *   description: …                         # for the facilitator; players of a blind drill do not see it
 *   account: "111122223333"                # missing: that; --key says it, too
 *   home: us-east-1                        # the Region of the account's own work; missing: that
 *   before: 2h                             # quiet time before the first step; missing: 1h
 *   after: 30m                             # and behind the last; missing: 30m
 *   actors:
 *     thief:                               # the first is who a step, an expectation means by default
 *       user: svc-uploads                  # an IAM user with a long-term key; or
 *       # role: support, session: x        # a session of a role (principal of a step that "grants" it); or
 *       # federated: admin, of: thief      # a session of GetFederationToken
 *       # of: whose session it is; its incidents are that one's
 *       # service: config.amazonaws.com    # a service itself
 *       decoy: shop/.env                   # the key is a decoy that lies there
 *       ip: 203.0.113.77                   # or a list, one after the other
 *       agent: boto3-windows               # of agents.def, or a text with a blank in it
 *       key: AKIA…                         # missing: made from the seed
 *   steps:
 *     - at: 1m30s                          # since the first step's zero
 *       call: ses:GetSendQuota             # of calls.def
 *       as: thief
 *       regions: all                       # one, a list, or all: where SES is; missing: home
 *       within: 10s                        # over which they are spread; missing: 1 s a Region
 *       outcome: denied                    # denied, allowed, or an errorCode of AWS's; missing: denied for
 *                                          # a decoy, else allowed
 *       repeat: 3                          # so often, "every" apart (missing: 1s)
 *       every: 2s
 *       with: {userName: ops}              # members that the call's row takes
 *       grants: console                    # the actor whose session it hands out
 *   last_used:                             # what IAM answers of the key from then on
 *     - {at: 40m, as: thief, service: ses, region: us-east-1}
 *   noise: {rate: 60}                      # benign records an hour; 0: none
 *   injects:
 *     - {at: 25m, to: all, text: "…"}      # to: all, or facilitator
 *   expect:
 *     findings:                            # and no other of level high or above
 *       - {rule: ses-pionage, within: 20m, as: thief}
 *     incident: {level: high, notified: 20m, as: thief}
 *     plan: {policy: stolen-ses-key, actions: [notify, disable_key], within: 25m}
 *     contained: 1h                        # by people or policy; missing: not asked for
 *
 * "within", "notified" and "contained" count from the first step of the actor. "none: true" in expect: no
 * finding of level high, whoever the actor.
 */
#ifndef KS_DRILL_SCENARIO_H
#define KS_DRILL_SCENARIO_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/drill/callbook.h"
#include "lib/sigma/problem.h"
#include "lib/sigma/rule.h"

#include <stdint.h>

#define KS_SCENARIO_STEPS 2000u      /* of one scenario */
#define KS_SCENARIO_CALLS 20000u     /* that all of them make */

enum ks_scenario_kind {
	KS_SCENARIO_USER, KS_SCENARIO_ROLE, KS_SCENARIO_FEDERATED, KS_SCENARIO_SERVICE,
};

/* Texts and lists live in the scenario's arena. */
struct ks_scenario_actor {
	struct ks_str name;
	enum ks_scenario_kind kind;
	struct ks_str user;          /* name of the user, role, federated session or service */
	struct ks_str session;       /* of a role; empty: "session" */
	size_t of;                   /* whose session it is; KS_SCENARIO_NOBODY */
	struct ks_str decoy;         /* placement; p NULL: it is a real key */
	struct ks_str key;           /* p NULL: made from the seed */
	const struct ks_str *ips;
	size_t ip_count;
	const char *agent;           /* template */
};
#define KS_SCENARIO_NOBODY SIZE_MAX

struct ks_scenario_with {
	struct ks_str name, value;
};

struct ks_scenario_step {
	int64_t at_ms;
	const struct ks_callbook_call *call;
	size_t actor;
	const struct ks_str *regions;
	size_t region_count;
	int64_t within_ms;
	struct ks_str error;         /* p NULL: allowed; "denied": as the service says it; else an errorCode */
	int64_t repeat, every_ms;
	const struct ks_scenario_with *with;
	size_t with_count;
	size_t grants;               /* actor; KS_SCENARIO_NOBODY */
};

struct ks_scenario_use {             /* that IAM knows of */
	int64_t at_ms;
	size_t actor;
	struct ks_str service, region;
};

struct ks_scenario_inject {
	int64_t at_ms;
	bool is_for_all;
	struct ks_str text;
};

struct ks_scenario_finding {
	struct ks_str rule;          /* name or id */
	int64_t within_ms;           /* 0: whenever */
	size_t actor;
	int line, column;
};

struct ks_scenario_expectation {
	const struct ks_scenario_finding *findings;
	size_t finding_count;
	bool has_incident;
	enum ks_level level;         /* this or above */
	int64_t notified_ms;         /* 0: whenever */
	size_t actor;
	bool has_plan;
	struct ks_str policy;
	const struct ks_str *actions;
	size_t action_count;
	int64_t plan_within_ms, contained_ms;        /* 0: whenever; not asked for */
	bool is_none;
};

struct ks_scenario {
	struct ks_str name, title, case_text, description;
	struct ks_str account, home;
	int64_t before_ms, after_ms;
	int64_t noise_rate;          /* records an hour */
	struct ks_vec actors;        /* struct ks_scenario_actor */
	struct ks_vec steps;         /* struct ks_scenario_step, by time */
	struct ks_vec uses;          /* struct ks_scenario_use, by time */
	struct ks_vec injects;       /* struct ks_scenario_inject, by time */
	struct ks_scenario_expectation expect;
	struct ks_str text;          /* the document, as it was read */
	struct ks_arena arena;
};

void ks_scenario_init(struct ks_scenario *scenario);
void ks_scenario_release(struct ks_scenario *scenario);

/* Reads a document; file is what problems call it (borrowed until then). False when there were errors: the
 * scenario is then only good for release. */
bool ks_scenario_read(struct ks_scenario *scenario, const char *file, struct ks_str text,
	struct ks_problems *problems);
bool ks_scenario_load(struct ks_scenario *scenario, const char *path, struct ks_problems *problems);

/* When the last step's last call is, since the first's zero. */
int64_t ks_scenario_length(const struct ks_scenario *scenario);

/* The first step of an actor or of a session of his; KS_TIME_NONE when he makes none. */
int64_t ks_scenario_begin(const struct ks_scenario *scenario, size_t actor);

#endif

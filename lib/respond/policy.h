/*
 * Response policies: which incidents, which steps, how far on its own, under which guards. One YAML
 * document each; unknown keys are errors:
 *
 *   name: contain-stolen-ses-key
 *   description: …
 *   mode: approve                 # observe | dry-run | approve | enforce; missing means dry-run
 *   when:                         # all must hold
 *     level: high                 # this or above
 *     decoy: false                # missing means false: real keys only; true: decoys only; either
 *     rules: [ses-pionage]        # ids or names: any of these was met
 *     accounts: ["123456789012"]
 *     unless: { ip.cidr: ["198.51.100.0/24"] }     # only if every event is covered
 *   guards: { max_event_age: 1h, max_keys_per_hour: 3, protect: ["arn:…"] }
 *   steps: [ notify: [oncall], disable_key, pause_ses: { regions: all } ]
 */
#ifndef KS_RESPOND_POLICY_H
#define KS_RESPOND_POLICY_H

#include "lib/codec/ip.h"
#include "lib/respond/action.h"
#include "lib/sigma/pattern.h"

/* How far a policy goes on its own; each goes further than the one before. */
enum ks_policy_mode {
	KS_POLICY_OBSERVE,           /* notices only */
	KS_POLICY_DRY_RUN,           /* the plan is made and shown, and that is all */
	KS_POLICY_APPROVE,           /* the plan waits for somebody's approval */
	KS_POLICY_ENFORCE,           /* acts at once */
};

enum ks_policy_decoy { KS_POLICY_REAL, KS_POLICY_DECOY, KS_POLICY_EITHER };

/* One field of "unless": an event is covered when one of the networks or patterns fits it. */
enum ks_policy_field { KS_POLICY_IP_CIDR, KS_POLICY_PRINCIPAL_ARN, KS_POLICY_REGION };

struct ks_policy_unless {
	enum ks_policy_field field;
	const struct ks_ip_net *nets;            /* IP_CIDR */
	const struct ks_pattern *patterns;       /* the others */
	size_t n;
};

#define KS_POLICY_FIELDS 3u

struct ks_policy_step {
	const struct ks_action *action;
	struct ks_action_value values[KS_ACTION_PARAMETERS];
	int line, column;
};

struct ks_policy {
	struct ks_str name;
	struct ks_str description;
	enum ks_policy_mode mode;
	bool has_mode;               /* it was said and not left out */
	enum ks_level level;         /* NONE: any */
	enum ks_policy_decoy decoy;
	struct ks_entry_list rules;
	struct ks_entry_list accounts;
	struct ks_policy_unless unless[KS_POLICY_FIELDS];   /* all must cover an event */
	size_t unless_count;
	int64_t max_event_age_ms;
	int64_t max_keys_per_hour;
	struct ks_entry_list protect;            /* as written; wildcards * and ? */
	const struct ks_pattern *protected;      /* the same, compiled */
	const struct ks_policy_step *steps;
	size_t step_count;
	const struct ks_yaml_node *document;     /* all of it */
	const char *file;
	int line, column;            /* of its name */
};

#define KS_POLICY_MAX_EVENT_AGE (INT64_C(3600) * 1000)   /* what holds when a policy does not say */
#define KS_POLICY_MAX_KEYS_PER_HOUR 3

/* Reads a document; all of it lives in arena. False when there were errors: they are in problems, with
 * warnings about what works and may not mean what it says. */
bool ks_policy_parse(const struct ks_yaml_node *document, struct ks_arena *arena,
	struct ks_problems *problems, struct ks_policy *out);

const char *ks_policy_mode_name(enum ks_policy_mode mode);
const char *ks_policy_decoy_name(enum ks_policy_decoy decoy);     /* "false", "true", "either" */

/* Whether the text of a file looks like response policies and not like Sigma rules: steps, and nothing
 * that detects, at the left margin. */
bool ks_policy_is_likely(struct ks_str text);

#endif

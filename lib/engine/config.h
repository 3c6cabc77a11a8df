/*
 * The config, keysnare.yml: what is the owner's to say and nobody else's, above all in which accounts
 * keysnare may act. One YAML document; unknown keys are errors at their place. A flag and a KEYSNARE_*
 * variable go before what stands here.
 *
 *   store: keysnare.db                # paths are relative to the config's own directory
 *   policies: /etc/keysnare/policies
 *   accounts:                         # in no other account anything is done
 *     - id: "123456789012"
 *       name: production
 *       role: arn:aws:iam::123456789012:role/keysnare-responder   # left out: the keys of the chain
 *       external_id: env:KEYSNARE_EXTERNAL_ID                     # or file:PATH, or the id itself
 *       regions: [us-east-1, eu-west-1]
 *   sources:
 *     - spec: /var/log/cloudtrail
 *       stale: 2h                     # as below, of this one
 *       trust: as-from-aws            # nobody but AWS, or who may act anyway, can write there; missing:
 * none
 *     - spec: sqs:https://sqs.eu-west-1.amazonaws.com/123456789012/trail
 *       buckets: [audit-logs]         # read as well, though none of the accounts owns it; it is not trusted
 *   protect: ["arn:aws:iam::123456789012:user/break-glass", "AKIA…"]      # * and ? are wildcards
 *   max_keys_per_hour: 5              # real keys, whatever the policies say
 *   settle: 8s                        # how long IAM may take until a change holds everywhere
 *   approval: 4h                      # how long an approval is good for
 *   stale: 6h                         # a source without records for so long is an alarm; missing: learned
 *   heartbeat: 1h                     # a notice that keysnare is there; missing: none
 *   heartbeat_to: [status]            # names of notifiers; missing: all
 *   remind_after: 15m                 # a critical incident that nobody acknowledges is told again
 *   remind_most: 3                    # so often; 0: never
 *   remind_to: [boss]                 # names of notifiers; missing: all
 *   pause_file: paused
 *   intel: [internal.txt]             # as --intel
 *   geoip: [GeoLite2-Country.mmdb]    # as --geoip
 *   notifiers: ["oncall=webhook:https://…"]       # as watch --notify, or mappings: orders.h
 *   webhook_secrets: [env:HOOK_KEY]               # as watch --webhook-secret
 *   listen: 127.0.0.1:9464                        # as watch --listen
 *   log_format: json                              # as --log-format
 *
 * External ids are not read before they are needed: a command that asks AWS nothing needs none of them.
 */
#ifndef KS_ENGINE_CONFIG_H
#define KS_ENGINE_CONFIG_H

#include "lib/notify/notifier.h"
#include "lib/respond/entry.h"
#include "lib/respond/mandate.h"

#define KS_CONFIG_NAME "keysnare.yml"
#define KS_CONFIG_PAUSE_NAME "paused"        /* beside the store, unless pause_file says otherwise */
#define KS_CONFIG_TRUST "as-from-aws"

struct ks_config_source {
	const char *spec;            /* a directory as a whole path; anything else as written */
	bool is_trusted;             /* KS_CONFIG_TRUST */
	int64_t stale_ms;            /* 0: not said */
	const char *const *buckets;  /* of a queue: read, whoever owns them */
	size_t bucket_count;
};

struct ks_config {
	const char *path;            /* NULL: there is no config */
	const char *store, *policies, *pause_file;   /* whole paths; NULL: not said */
	const char *listen;          /* of the pages of a watch; NULL: not said */
	const char *log_format;      /* "text" or "json"; NULL: not said */
	const struct ks_account *accounts;           /* external_id as it is written */
	size_t account_count;
	const struct ks_config_source *sources;
	size_t source_count;
	struct ks_entry_list protect;
	const struct ks_pattern *protected;          /* the same, compiled */
	int64_t max_keys_per_hour;   /* 0: not said */
	int64_t settle_ms, approval_ms;
	int64_t stale_ms, heartbeat_ms;      /* 0: not said */
	int64_t remind_ms, remind_most;
	const char *const *heartbeat_to, *const *remind_to;
	size_t heartbeat_to_count, remind_to_count;
	const char *const *intel, *const *geoip, *const *webhook_secrets;
	size_t intel_count, geoip_count, webhook_secret_count;
	const struct ks_notifier_order *notifiers;
	size_t notifier_count;
	struct ks_arena arena;
};

/* What holds without a config. */
void ks_config_init(struct ks_config *config);
void ks_config_release(struct ks_config *config);

/* Reads the file and the variables KEYSNARE_MAX_KEYS_PER_HOUR, KEYSNARE_SETTLE, KEYSNARE_APPROVAL and
 * KEYSNARE_PAUSE_FILE; path NULL: only these. False when there were errors: they are in problems, each with
 * its place, and config is as init left it. */
bool ks_config_load(struct ks_config *config, const struct ks_ctx *ctx, const char *path,
	struct ks_problems *problems);

/* Whether the config trusts what the program opened under this spec: the same text, or the same directory
 * by whatever path. Nothing below a directory that is listed is listed by that. */
bool ks_config_is_trusted(const struct ks_config *config, const char *spec);

/* Likewise how long it may be without records; 0: nobody said. */
int64_t ks_config_stale_after(const struct ks_config *config, const char *spec);

/* What the config says of a source besides, by the same text; NULL: it does not name it. */
const struct ks_config_source *ks_config_find_source(const struct ks_config *config, const char *spec);

/* Where the pause file is. */
const char *ks_config_pause_path(const struct ks_config *config, const char *store_path,
	struct ks_arena *arena);

/* The accounts with their external ids, as in the mandate, as many as the config has; in the arena.
 * Errors: CONFIG: an external id cannot be had. */
int ks_config_accounts(const struct ks_config *config, const struct ks_ctx *ctx, struct ks_arena *arena,
	const struct ks_account **out, struct ks_err *err);

/* What only the program knows. All borrowed. */
struct ks_config_office {
	const struct ks_ctx *ctx;
	struct ks_settings *settings;
	const char *store_path;
	const struct ks_netlist *lists;      /* address lists, ready for look-ups; NULL: none */
	struct ks_str who;                   /* for the journal; not empty */
	int64_t started_ms;
};

/* Makes the mandate; its parts live as long as config, office and arena. Errors: CONFIG: there is no config,
 * or it has no accounts (the message says what to write where), or an external id cannot be had. */
int ks_config_mandate(const struct ks_config *config, const struct ks_config_office *office,
	struct ks_arena *arena, struct ks_mandate *out, struct ks_err *err);

#endif

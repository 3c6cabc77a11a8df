/*
 * A check: one thing that must be so for keysnare to work, looked at without changing it. One file
 * check_<name>.c and one line in checks.def each; the order of the lines is the order in which they run, and
 * later ones build on what earlier ones found out.
 */
#ifndef KS_DOCTOR_CHECK_H
#define KS_DOCTOR_CHECK_H

#include "lib/aws/account.h"
#include "lib/base/vec.h"
#include "lib/engine/config.h"
#include "lib/respond/policyset.h"

enum ks_check_outcome {
	KS_CHECK_OK,
	KS_CHECK_UNKNOWN, /* it could not be told, and the text says why */
	KS_CHECK_WARNING, /* it works, and somebody should look at it */
	KS_CHECK_FAILED,
};

/* What a check found. Texts live in the arena of the examination. */
struct ks_check_finding {
	const char *check; /* name of the row */
	enum ks_check_outcome outcome;
	struct ks_str account; /* that it is about; empty: none */
	struct ks_str region; /* likewise */
	const char *text; /* what was found */
	const char *advice; /* what to do; NULL for nothing */
};

/* An account of the config, or the one that the keys are of. */
struct ks_check_account {
	const struct ks_account *account;
	struct ks_client *client; /* NULL: it cannot be entered */
	struct ks_account_self self;
};

/* What is known by now; the checks fill it in. */
struct ks_check_state {
	const struct ks_ctx *ctx;
	struct ks_settings *settings;
	const struct ks_config *config;
	const char *store_path;
	const char *pause_path;
	bool is_offline; /* nothing may be asked over the network */
	const struct ks_policyset *policies; /* response policies in use: what containing needs */
	struct ks_arena arena;
	struct ks_vec findings; /* struct ks_check_finding */
	const struct ks_check *check; /* that is running */

	const struct ks_account *accounts;
	size_t account_count;
	struct ks_account own; /* stands in for the config's where that names none */
	struct ks_client *client; /* of the chain's keys; NULL: it has none that work */
	const char *region; /* to ask STS in */
	struct ks_sts_identity identity; /* whose keys; account.n 0: STS did not say */
	struct ks_err identity_error; /* why it did not */
	struct ks_vec entered; /* struct ks_check_account */
};

struct ks_check {
	const char *name; /* "clock" */
	const char *summary; /* what it looks at: one sentence, lower case, no full stop */
	bool is_online; /* it asks AWS: left out with --offline … */
	bool needs_keys; /* … or where there are no keys that work */
	const char *const *permissions; /* that it reads with, NULL-terminated; NULL: none that can be refused */
	void (*run)(struct ks_check_state *state);
};

/* Every row of checks.def as a prototype: ks_check_<name>. */
#define KS_CHECK(name) extern const struct ks_check ks_check_##name;
#include "lib/doctor/checks.def"
#undef KS_CHECK

/* Adds what was found by the check that is running. advice: NULL for nothing. */
struct ks_check_finding *ks_check_add(struct ks_check_state *state, enum ks_check_outcome outcome,
	const char *advice, const char *format, ...) __attribute__((format(printf, 4, 5)));

const char *ks_check_outcome_name(enum ks_check_outcome outcome); /* "ok", "unknown", "warning", "failed" */

/* Where the account lies: by who we are in it. Never NULL. */
const struct ks_partition *ks_check_partition(const struct ks_check_state *state,
	const struct ks_check_account *account);

/* The account's Regions, NULL-terminated, in the arena: those that the config names, else wherever SES
 * is. */
const char *const *ks_check_account_regions(struct ks_check_state *state,
	const struct ks_check_account *account);

/* Whether AWS answered so because the account has not enabled the Region, where its keys are not known. */
bool ks_check_is_region_off(const struct ks_err *err);

/* Whether a source of the config begins so: "sqs:". */
bool ks_check_has_source(const struct ks_check_state *state, const char *prefix);

/* What can be done about an error of AWS's or of the way to it; NULL when nothing is known. */
const char *ks_check_advice(const struct ks_err *err);

#endif

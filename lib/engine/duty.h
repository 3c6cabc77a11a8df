/*
 * Duties: what an identity of keysnare has to do in an account, and the IAM permissions that it takes, no
 * more. They come from the rows of actions that the response policies in use name, from what is read before
 * a plan, from the rows of the config's notifiers and of doctor's checks, and from the calls that decoys
 * need. Resources are narrowed as far as IAM lets them be ("Actions,
 * resources, and condition keys" of IAM and of SES in the Service Authorization Reference).
 */
#ifndef KS_ENGINE_DUTY_H
#define KS_ENGINE_DUTY_H

#include "lib/aws/account.h"
#include "lib/codec/json.h"
#include "lib/engine/config.h"
#include "lib/respond/plan.h"
#include "lib/respond/policyset.h"

enum ks_duty {
	KS_DUTY_PLANTER,             /* makes decoys, looks after them, takes them away */
	KS_DUTY_WATCHER,             /* asks when decoys were used last */
	KS_DUTY_RESPONDER,           /* contains, and takes it back */
	KS_DUTY_NOTIFIER,            /* tells people by way of AWS */
	KS_DUTY_EXAMINER,            /* looks whether all of it is going to work */
	KS_DUTY_CALLER,              /* owns the keys of the chain, and takes on the roles of the config */
};
#define KS_DUTY_COUNT 6u

struct ks_duty_need {
	const char *permission;      /* "iam:UpdateAccessKey" */
	const char *why;             /* "disable_key; before a plan" */
};

/* Where the permissions are to hold. */
struct ks_duty_place {
	const struct ks_partition *partition;
	struct ks_str account;       /* twelve digits; empty: whichever the document is used in */
	const struct ks_account *accounts;       /* of the config: whose roles are taken on */
	size_t account_count;
	/* of the config: what the watcher reads; none: whatever it could */
	const struct ks_config_source *sources;
	size_t source_count;
	const struct ks_notifier_order *notifiers;       /* of the config */
	size_t notifier_count;
	/* what doctor's checks read with: struct ks_duty_need, why is the check's name; NULL: none */
	const struct ks_vec *checks;
};

const char *ks_duty_name(enum ks_duty duty);       /* "planter" … */
const char *ks_duty_about(enum ks_duty duty);      /* one sentence, lower case, no full stop */
bool ks_duty_find(const char *name, enum ks_duty *out);

/* Pushes struct ks_duty_need, in order of name, each permission once. policies: of the responder, else NULL
 * is fine. A policy that only observes needs nothing, a dry run only what is read before a plan. */
void ks_duty_list(enum ks_duty duty, const struct ks_policyset *policies, const struct ks_duty_place *place,
	struct ks_arena *arena, struct ks_vec *out);

/* What a permission can be narrowed to, for people: an ARN with wildcards, or "*". NULL: nobody has said. */
const char *ks_duty_resource(const char *permission, const struct ks_duty_place *place,
	struct ks_arena *arena);

/* Whether it can be used to take more rights: a policy may allow, and a key may be somebody's. */
bool ks_duty_is_strong(const char *permission);

/* An IAM policy document that allows the needs (struct ks_duty_need) and nothing else; free it. */
struct ks_json *ks_duty_document(const struct ks_vec *needs, const struct ks_duty_place *place);

#endif

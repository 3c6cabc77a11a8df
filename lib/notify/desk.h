/*
 * A desk at AWS for a notifier: settings, keys and a client of its sender's own thread, opened when the
 * first notice needs it and kept; in an account of the config by its role, else with the keys of the chain.
 * Its calls are remembered as our own (lib/incident/owncall.h).
 */
#ifndef KS_NOTIFY_DESK_H
#define KS_NOTIFY_DESK_H

#include "lib/aws/client.h"
#include "lib/notify/notifier.h"

struct ks_desk {
	struct ks_settings settings;
	struct ks_owncall *owncall;
	struct ks_client *client;
	struct ks_account_self self;         /* acting: in which account, as whom */
	struct ks_arena arena;
	int64_t opened_ms;
};

/* region: of an ARN; empty: the setting 'region', else that of the environment or profile. Errors: CONFIG
 * (no Region, an external id that is not there), those of ks_account_open. */
int ks_desk_get(const struct ks_notifier *notifier, struct ks_str region, struct ks_desk **out,
	struct ks_err *err);

/* The row's close. */
void ks_desk_close(void *desk);

/* One call, and what its failure means for later attempts. Errors: those of ks_client_call. */
int ks_desk_call(const struct ks_notifier *notifier, struct ks_desk *desk,
	const struct ks_client_request *request, struct ks_client_reply *out, struct ks_notifier_answer *answer,
	struct ks_err *err);

/* Whether an error code of AWS's is about what was sent, and will be the same next time. */
bool ks_desk_is_final(const char *aws_code);

/* Checks a setting 'region', where there is one: USAGE. */
int ks_desk_check_region(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err);

#endif

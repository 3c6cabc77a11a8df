/*
 * What the sources of keysnare watch need that ask AWS: settings for each of their threads, all told to one
 * recorder of our own calls, and the accounts of the config.
 */
#ifndef KS_CMD_WATCH_AWS_H
#define KS_CMD_WATCH_AWS_H

#include "cmd/keysnare/asker.h"

#include "lib/engine/watch.h"

struct ks_watch_aws {
	struct ks_asker asker;           /* remembers what the sources ask */
	struct ks_arena arena;           /* of what the accounts needed */
};

/* Fills the settings and the accounts of the config, whose sources are known. aws is zeroed before; release
 * is fine at any time, once nothing is watched any more. Errors: CONFIG (an external id that is needed and
 * cannot be had). */
int ks_watch_aws_start(struct ks_watch_aws *aws, const struct ks_app *app, struct ks_watch_config *config,
	struct ks_err *err);
void ks_watch_aws_release(struct ks_watch_aws *aws);

/* Behind a commit: what was asked since is written down. */
void ks_watch_aws_settle(struct ks_watch_aws *aws);

#endif

/*
 * The notifiers that a command sends to: those of its options, else those of the config. Also what a command
 * does that puts notices into the outbox and ends: it delivers them before it goes.
 */
#ifndef KS_CMD_RECEIVERS_H
#define KS_CMD_RECEIVERS_H

#include "cmd/keysnare/command.h"

#include "lib/engine/config.h"
#include "lib/store/db.h"

/* What a notifier of the config is called. */
const char *ks_receivers_name(const struct ks_notifier_order *order);

/* With the secret that 'webhook_secrets' have for it, where it names none itself: one for all, or one each
 * in their order. */
struct ks_notifier_order ks_receivers_order(const struct ks_config *config, size_t at);

/* Adds those of --notify, else the config's, else stdout, with their secrets. err is about the one that
 * cannot be used, with its place in the config; where there are several, each is told through tell, and err
 * says how many they are. */
int ks_receivers_read(const struct ks_app *app, const struct ks_opt_args *args,
	void (*tell)(const struct ks_app *app, const struct ks_err *err), struct ks_notifiers *out,
	struct ks_err *err);

/* Sends what waits for people about an incident, through the config's notifiers, and says on stderr what
 * does not arrive: that stays in the outbox. What is for stdout is a watch's to print. */
void ks_receivers_deliver(const struct ks_app *app, struct ks_db *db, int64_t incident);

#endif

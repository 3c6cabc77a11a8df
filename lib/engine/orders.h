/*
 * The 'notifiers' of the config as orders: a list of short strings, as watch --notify takes them, and of
 * mappings, which can say all that a kind of notifier can be told:
 *
 *   notifiers:
 *     - oncall=webhook:https://alerts.example.org/hook
 *     - name: pager
 *       kind: pagerduty
 *       secret: env:PD_KEY        # or file:PATH, never itself; PATH relative to the config's directory
 *       level: high               # only notices of this level and above
 *       kinds: [opened, escalated, approval, lost]      # only these kinds
 *     - {name: topic, kind: sns, target: "arn:…", account: "123456789012"}   # by the role of that account
 *
 * Every error stands at its place.
 */
#ifndef KS_ENGINE_ORDERS_H
#define KS_ENGINE_ORDERS_H

#include "lib/notify/notifier.h"
#include "lib/respond/entry.h"

/* All borrowed, for as long as the orders live. */
struct ks_orders_request {
	const struct ks_yaml_node *node;
	const char *dir;                     /* what paths are relative to */
	const struct ks_account *accounts;   /* those of the config */
	size_t account_count;
	struct ks_arena *arena;
	struct ks_problems *problems;
};

/* Adds to problems what is wrong. Orders live in the arena. */
void ks_orders_read(const struct ks_orders_request *request, const struct ks_notifier_order **out,
	size_t *out_n);

/* Kinds of notices that 'kinds' may name; NULL behind the last. */
extern const char *const ks_orders_kinds[];

#endif

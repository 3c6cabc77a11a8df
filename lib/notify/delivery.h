/*
 * Delivers what the outbox holds, beside whatever the program does: a thread for each notifier, with a
 * connection of its own to the store, so that a receiver that hangs holds up neither the reading nor the
 * other receivers. Every notice arrives at least once, those of one incident in their order; repeats are
 * marked. What fails is tried again, later and later; what is given up is logged as an error.
 */
#ifndef KS_NOTIFY_DELIVERY_H
#define KS_NOTIFY_DELIVERY_H

#include "lib/notify/notifier.h"

struct ks_delivery;

/* Everything is borrowed until finish. */
struct ks_delivery_config {
	const struct ks_ctx *ctx;
	const char *store_path;
	const struct ks_notifiers *notifiers;
};

/* What became of notices since start. */
struct ks_delivery_summary {
	uint64_t sent, failed, dead;      /* failed: attempts */
	uint64_t left; /* incidents that still have notices waiting for a notifier of the set */
	uint64_t strange;                 /* the same for notifiers that are not in the set */
};

/* Who sends for this store. Errors: the store's. */
int ks_delivery_office(struct ks_db *db, const char *store_path, struct ks_notifier_office *out,
	struct ks_err *err);

/* Takes up what a crash left, and begins. Errors: the store's, NET, IO. */
int ks_delivery_start(const struct ks_delivery_config *config, struct ks_delivery **out, struct ks_err *err);

void ks_delivery_wake(struct ks_delivery *delivery);          /* there may be new notices */
bool ks_delivery_has_failed(struct ks_delivery *delivery);    /* finish says why */

/* Returns when all that is due within drain_ms has been tried, and what waits for a later attempt once;
 * the threads go on. */
void ks_delivery_drain(struct ks_delivery *delivery, int64_t drain_ms);

/* Ends the threads. With is_draining, after all that is due within drain_ms has been tried, and
 * what waits for a later attempt once; else after the
 * attempts at hand. Errors: the store's, when that was why a thread gave up. NULL is fine. */
int ks_delivery_finish(struct ks_delivery *delivery, bool is_draining, int64_t drain_ms,
	struct ks_delivery_summary *out, struct ks_err *err);

#endif

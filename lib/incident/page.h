/*
 * Who is told what: the notices of a batch. Incidents that share an address are one page, and a page is told
 * once: when its first incident opens, when its level rises, when a closed incident of it opens again or a
 * snooze ends with news, and, not more than once in a while, which incidents joined it since.
 */
#ifndef KS_INCIDENT_PAGE_H
#define KS_INCIDENT_PAGE_H

#include "lib/store/db.h"

#include <stddef.h>
#include <stdint.h>

struct ks_page_request {
	int64_t now_ms;
	int64_t quiet_ms;                /* a page that was told longer ago is told anew */
	int64_t page_ms;                 /* pause before those that joined a page are told */
	const char *const *notifiers;
	size_t notifier_count;
};

/* Puts the notices of all incidents that wait to be told into the outbox, and journals them. Belongs into
 * the caller's transaction. *out_n: how many rows. Errors are the store's. */
int ks_page_plan(struct ks_db *db, const struct ks_page_request *request, uint64_t *out_n,
	struct ks_err *err);

#endif

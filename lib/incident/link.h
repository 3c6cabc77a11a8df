/*
 * Which incidents stand on one page: those that share an address, with one another or through others. Each
 * incident and each address is looked at once, so the time goes with the size of the page and not with its
 * square, however many share one address.
 *
 * Errors are the store's.
 */
#ifndef KS_INCIDENT_LINK_H
#define KS_INCIDENT_LINK_H

#include "lib/base/vec.h"
#include "lib/sigma/rule.h"
#include "lib/store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An incident as a page needs to know it. */
struct ks_link {
	int64_t id;
	enum ks_level level, notified_level;
	int64_t notified_ms;             /* KS_TIME_NONE: nobody was told */
	int pending;                     /* why people are still to be told; 0: they are not */
	bool is_closed;
	bool is_waiting;                 /* to be told, and nothing keeps that back */
	bool has_decoy;
};

struct ks_linker;

/* The database must outlive it. What changes in the store meanwhile may be seen or not. */
int ks_link_open(struct ks_db *db, struct ks_linker **out, struct ks_err *err);
void ks_link_close(struct ks_linker *linker);                      /* NULL is fine */

/* Pushes an incident and those on its page on out (struct ks_link): itself first, then the nearest. Those
 * that an earlier walk of the same linker went by are left out, itself too. At most limit in all, 0: the
 * whole page. */
int ks_link_walk(struct ks_linker *linker, int64_t id, size_t limit, struct ks_vec *out,
	struct ks_err *err);

/* The ids of an incident's page (int64_t, ascending, its own too), borrowed until close. A page is walked
 * when one of its incidents is asked for first, so that all pages together take as long as each once. Not
 * for a linker that walks as well. */
int ks_link_page(struct ks_linker *linker, int64_t id, const struct ks_vec **out, struct ks_err *err);

#endif

/*
 * Plans that a run of the program left when it ended: nothing of them acts on its own any more, and people
 * are told so by a notice ("approval"), which goes into the same transaction. One that was ready without
 * anybody's approval waits for one from here on; what became of one that was begun is for 'respond run' to
 * find out.
 */
#ifndef KS_ENGINE_LEFTOVER_H
#define KS_ENGINE_LEFTOVER_H

#include "lib/respond/ledger.h"
#include "lib/respond/mandate.h"

/* plan is ready or running, and nobody is at it. Each is told of once. A transaction of its own. Errors are
 * the store's. */
int ks_leftover_tell(struct ks_db *db, const struct ks_mandate *mandate, const struct ks_ledger_plan *plan,
	struct ks_err *err);

#endif

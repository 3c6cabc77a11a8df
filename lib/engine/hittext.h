/*
 * The texts that a hit keeps of its event and of its finding, in one order: as a list, and out of one.
 */
#ifndef KS_ENGINE_HITTEXT_H
#define KS_ENGINE_HITTEXT_H

#include "lib/incident/finding.h"

#define KS_HITTEXT_TOLD 16u /* what a finding says of its event */
#define KS_HITTEXT_ALL 20u  /* and what the event's identity is made of, or it */

/* Borrowed from the finding and its event; p NULL: there is none. */
void ks_hittext_list(const struct ks_finding *finding, struct ks_str out[KS_HITTEXT_ALL]);

/* An event and its finding with the first n of the texts, which have a NUL behind them; all borrowed. */
void ks_hittext_restore(const struct ks_str *texts, size_t n, struct ks_event *event,
	struct ks_finding *finding);

#endif

/*
 * Tells an inquiry what notepads hold: the subject's own events, then those of others who share something
 * with it. For who has read all files and knows only now what matters.
 */
#ifndef KS_ENGINE_TESTIMONY_H
#define KS_ENGINE_TESTIMONY_H

#include "lib/engine/investigator.h"
#include "lib/engine/notepad.h"

struct ks_testimony {
	const struct ks_investigator *of;
	const struct ks_notepad *pads;
	size_t count;
	uint8_t **whos, **origins;         /* one a notepad, of it one a row: what is known of it */
};

void ks_testimony_init(struct ks_testimony *testimony, const struct ks_investigator *of,
	const struct ks_notepad *pads, size_t count);
void ks_testimony_release(struct ks_testimony *testimony);

/* Adds the ids of temporary keys that were handed out to holders of the inquiry's key, or of a key in
 * sessions, with this value. Whether there were any that are not in it. */
bool ks_testimony_learn(const struct ks_testimony *testimony, struct ks_map *sessions, void *value);

/* The records that were noted, and the subject's events among them; those by a key in sessions count. */
void ks_testimony_own(struct ks_testimony *testimony, const struct ks_map *sessions);

/* Once all own events were added: those who share an address, an agent or one of these issuers
 * (struct ks_inquiry_row), and what actors who were met did elsewhere. */
void ks_testimony_others(struct ks_testimony *testimony, const struct ks_vec *issuers);

#endif

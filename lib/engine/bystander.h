/*
 * Events of those who are not looked for, read without an index: who made a call is told by the beginning
 * of its record, which is the same in all records of one session and is read exactly once, and the rest by a
 * few members (lib/trail/sieve.h). For records as CloudTrail writes them; any other has to be read exactly.
 *
 * One thread's. Memory is bounded: KS_BYSTANDERS different beginnings are kept.
 */
#ifndef KS_ENGINE_BYSTANDER_H
#define KS_ENGINE_BYSTANDER_H

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/trail/event.h"
#include "lib/trail/sieve.h"

#define KS_BYSTANDERS 8192u

/* What the beginning of a record tells, and what its reader made of it. Owned by struct ks_bystander. */
struct ks_bystander_who {
	struct ks_str actor_arn, principal_id, key_id, issuer;
	bool is_own;                     /* it is who is looked for */
	uint32_t row;                    /* of a notepad (notepad.h) */
	struct ks_str actor;             /* p NULL unless its first uses matter (lib/engine/firstuse.h) */
};

struct ks_bystander {
	struct ks_sieve sieve;
	struct ks_map known;             /* beginning to struct ks_bystander_who */
	struct ks_arena arena;
	struct ks_str text, beginning;   /* of the last record that was tried; beginning.p NULL: it has none */
};

void ks_bystander_init(struct ks_bystander *bystander, ks_mask_fill_fn *fill);
void ks_bystander_release(struct ks_bystander *bystander);

/* Reads a record's text, behind which KS_SIEVE_SLACK bytes are readable. Fills *out with all that
 * ks_event_identify asks for, ip, agent, error and time, borrowed from text and from bystander; nothing else
 * may be asked of it. NULL: it has to be read exactly. */
const struct ks_bystander_who *ks_bystander_read(struct ks_bystander *bystander, struct ks_str text,
	struct ks_event *out);

/* Of the record that was tried last and then read exactly; others are passed over. */
void ks_bystander_learn(struct ks_bystander *bystander, const struct ks_event *event,
	const struct ks_bystander_who *who);

#endif

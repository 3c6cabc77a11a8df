/*
 * What one thread notes of each record that it reads, short enough to keep: who called what from where and
 * when. So whoever learns only at the end which records matter need not read them again. Strings are kept
 * once. Records as CloudTrail writes them are noted without an index (bystander.h).
 *
 * Memory is bounded by a room that the notepads of several threads share.
 */
#ifndef KS_ENGINE_NOTEPAD_H
#define KS_ENGINE_NOTEPAD_H

#include "lib/engine/bystander.h"
#include "lib/engine/grant.h"
#include "lib/report/inquiry.h"

#include <stdatomic.h>

#define KS_NOTEPAD_PARTS 5u

/* Strings that come together: of who (ARN, AWS unique id, key id, issuer of the session, actor of
 * lib/intel/novelty.h), of a call (service, name, Region, error) or of where from (address, agent). */
struct ks_notepad_row {
	uint64_t hash;
	struct ks_str parts[KS_NOTEPAD_PARTS];
};

struct ks_notepad_rows {
	struct ks_vec rows;                /* struct ks_notepad_row */
	uint32_t *slots;                   /* row + 1, 0: empty */
	size_t slot_count;                 /* a power of two */
};

struct ks_notepad_note {
	uint64_t mark;                     /* ks_notepad_mark */
	int64_t time_ms;                   /* KS_TIME_NONE: not known */
	uint32_t who, call, origin;        /* rows */
};

struct ks_notepad_grant {
	char asker[KS_KEYSET_ID + 1], key_id[KS_KEYSET_ID + 1];
};

struct ks_notepad {
	struct ks_bystander bystander;
	struct ks_notepad_rows whos, calls, origins;
	struct ks_vec notes;               /* struct ks_notepad_note */
	struct ks_vec grants;              /* struct ks_notepad_grant: temporary keys that were handed out */
	struct ks_arena arena;             /* the strings */
	atomic_size_t *room;               /* bytes that all notepads may still use */
	size_t mine;                       /* of which this one may use these */
	bool wants_grants, is_full;
	size_t kept_notes, kept_grants;    /* as of ks_notepad_keep */
};

/* fill: from ks_mask_pick. room is borrowed. */
void ks_notepad_init(struct ks_notepad *pad, ks_mask_fill_fn *fill, atomic_size_t *room, bool wants_grants);
void ks_notepad_release(struct ks_notepad *pad);      /* zeroed ones, too */

/* Notes a record by its text, behind which KS_SIEVE_SLACK bytes are readable. False: it has to be read
 * exactly, and comes to ks_notepad_take_event. A full notepad takes everything and keeps nothing. */
bool ks_notepad_take_text(struct ks_notepad *pad, struct ks_str text);

/* actor: the event's, as lib/engine/enrich.h names it. */
void ks_notepad_take_event(struct ks_notepad *pad, struct ks_event *event, struct ks_str issuer,
	struct ks_str actor);

/* What was noted so far stays. */
void ks_notepad_keep(struct ks_notepad *pad);
/* What was noted since the last keep is given up. */
void ks_notepad_drop(struct ks_notepad *pad);

/* The event of a note, all but decoy; what a row says of one. Borrowed from the notepad. */
struct ks_inquiry_event ks_notepad_event(const struct ks_notepad *pad, const struct ks_notepad_note *note);
struct ks_inquiry_event ks_notepad_who(const struct ks_notepad *pad, size_t row);
struct ks_inquiry_event ks_notepad_origin(const struct ks_notepad *pad, size_t row);
struct ks_str ks_notepad_actor(const struct ks_notepad *pad, size_t who);

/* The same for all copies of an event, by what makes up its identity (lib/trail/event.h), and cheaper than
 * that; never 0. For telling copies apart within one run only. */
uint64_t ks_notepad_mark(const struct ks_event *event);

#endif

/*
 * Which of an inquiry's services, Regions and addresses were new for those who used them, by the rules and
 * the words of lib/intel/novelty.h: an actor is a long-term key or the principal behind a session, and
 * nothing is known of a first use before records were read for the learning time. So a rule that asks for
 * actor.first_seen and 'investigate' say the same. What the store learned and what is read from files
 * count together.
 *
 * Not thread-safe: who reads with several threads takes a lock.
 */
#ifndef KS_ENGINE_FIRSTUSE_H
#define KS_ENGINE_FIRSTUSE_H

#include "lib/intel/novelty.h"
#include "lib/report/inquiry.h"
#include "lib/store/db.h"
#include "lib/trail/event.h"

struct ks_firstuse;

struct ks_firstuse *ks_firstuse_new(int64_t learn_ms);
void ks_firstuse_free(struct ks_firstuse *firsts);     /* NULL is fine */

/* An event out of files, of whatever time. is_own: it is the inquiry's, and its actor is met by it; an
 * event of an actor that was not met is passed over. */
void ks_firstuse_see(struct ks_firstuse *firsts, const struct ks_event *event, bool is_own);

/* The actor of an event, in its arena, if it was met; else p NULL. */
struct ks_str ks_firstuse_knows(const struct ks_firstuse *firsts, const struct ks_event *event);

bool ks_firstuse_has_met(const struct ks_firstuse *firsts, struct ks_str actor);

/* An event of an actor that was met. */
void ks_firstuse_add(struct ks_firstuse *firsts, const struct ks_novelty_sight *sight);

/* Between these times files were looked at; KS_TIME_NONE: none of their times is known. */
void ks_firstuse_looked(struct ks_firstuse *firsts, int64_t first_ms, int64_t last_ms);

/* An actor of the inquiry by the name that the store has: "key:AKIA…", "principal:arn…", an id, an ARN. */
void ks_firstuse_meet(struct ks_firstuse *firsts, struct ks_str actor);

/* What the store learned of the actors that were met. Errors: the store's. */
int ks_firstuse_read(struct ks_firstuse *firsts, struct ks_db *db, struct ks_err *err);

/* Tells the inquiry, once it has all events. What was first used before since_ms is not new in it; nothing
 * is said of what was first used behind until_ms (KS_TIME_NONE: no bound). */
void ks_firstuse_tell(const struct ks_firstuse *firsts, int64_t since_ms, int64_t until_ms,
	struct ks_inquiry *inquiry);

#endif

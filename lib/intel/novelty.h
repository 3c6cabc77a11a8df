/*
 * What actors usually do, and whether an event is something new: actor.first_seen.service,
 * actor.first_seen.region, actor.first_seen.ip and actor.idle_days.
 *
 * An actor is a long-term access key by its id, and anybody else by its principal.arn
 * (lib/engine/principal.h): sessions come and go, so they count as the role or user behind them. Everything
 * goes by event time, never by arrival.
 *
 *   first_seen   true when the event is the first one, as far as is known, in which the actor used this
 *                eventSource (awsRegion, sourceIPAddress), false when an earlier one did. All that happens
 *                within KS_NOVELTY_WINDOW_MS of the first sight is first as well: records arrive late and
 *                out of order, and it is better to say true once more than never. Not known (absent) while
 *                less than the learning time lies between the first event of anybody, of whatever
 *                service, that was seen while this was learned, and this one. It is not asked how long
 *                the actor itself is known: a key that nobody used for months is news.
 *   idle_days    whole days between the event and the actor's last one before it; likewise for all
 *                events within the window of the first one after the pause, and 0 after that. Not known
 *                when no earlier event is.
 *
 * What is kept is a union of what was seen, so it is the same in whatever order and however often events
 * are taken; reading an event again changes nothing. Of one actor KS_NOVELTY_VALUES different values of a
 * kind are kept: an actor that has more always does something new. Of longer texts the first
 * KS_NOVELTY_TEXT bytes count.
 */
#ifndef KS_INTEL_NOVELTY_H
#define KS_INTEL_NOVELTY_H

#include "lib/base/str.h"
#include "lib/base/time.h"

#define KS_NOVELTY_WINDOW_MS (INT64_C(3600) * 1000)
#define KS_NOVELTY_LEARN_MS (7 * KS_TIME_DAY)          /* unless somebody says otherwise */
#define KS_NOVELTY_VALUES 4096u
#define KS_NOVELTY_TEXT 1024u

/* Kinds of values; ACTIVE and SINCE are only for rows. */
enum ks_novelty_kind { KS_NOVELTY_SERVICE, KS_NOVELTY_REGION, KS_NOVELTY_IP, KS_NOVELTY_KINDS,
	KS_NOVELTY_ACTIVE = KS_NOVELTY_KINDS, KS_NOVELTY_SINCE, KS_NOVELTY_ROW_KINDS };

/* One event. */
struct ks_novelty_sight {
	struct ks_str actor;                           /* n 0: nobody, nothing is known or kept */
	int64_t time_ms;                               /* KS_TIME_NONE: likewise */
	struct ks_str values[KS_NOVELTY_KINDS];        /* n 0: the event has none */
};

struct ks_novelty_verdict {
	int first_seen[KS_NOVELTY_KINDS];              /* 1, 0, or -1 when it is not known */
	int64_t idle_days;                             /* -1 when it is not known */
};

struct ks_novelty;

struct ks_novelty *ks_novelty_new(int64_t learn_ms);
void ks_novelty_free(struct ks_novelty *novelty);     /* NULL is fine */
void ks_novelty_clear(struct ks_novelty *novelty);    /* forgets everything that it saw */

/* Limits what is learned to the use of some services: first_seen of a service, for these, is all that is
 * known from then on. Of other events it only takes the time, and that only where ks_novelty_range says that
 * it is news. Once, at the beginning; nothing else changes for these services. */
void ks_novelty_limit(struct ks_novelty *novelty, const struct ks_str *services, size_t n);
bool ks_novelty_is_limited(const struct ks_novelty *novelty);

/* Whether it learns who uses a service: letters compare in either case. True where there is no limit. */
bool ks_novelty_learns(const struct ks_novelty *novelty, struct ks_str service);

/* With a limit: the times that tell nothing new of an event of another service, both ends among them; first
 * behind last when there are none. last is the last second of a day. */
struct ks_novelty_range {
	int64_t first_ms, last_ms;
};
struct ks_novelty_range ks_novelty_range(const struct ks_novelty *novelty);

/* Takes an event in. */
void ks_novelty_observe(struct ks_novelty *novelty, const struct ks_novelty_sight *sight);

/* What an event that was taken in is. Any number of threads, while nobody observes. */
void ks_novelty_judge(const struct ks_novelty *novelty, const struct ks_novelty_sight *sight,
	struct ks_novelty_verdict *out);

/* Takes in all that another one knows. */
void ks_novelty_merge(struct ks_novelty *to, const struct ks_novelty *from);

/* Rows, for keeping it: SERVICE, REGION, IP: first and last time of a value; value n 0 says that there
 * were more than can be kept. ACTIVE: a time in which the actor was never silent for a day; absorbs: rows
 * that were handed over before lie within it, and need not be kept. SINCE (actor n 0): the first and the
 * last event of all, while the service that is the value (n 0: everything) was learned; of a service, last
 * is the beginning of a day. Borrowed. */
struct ks_novelty_row {
	struct ks_str actor, value;
	enum ks_novelty_kind kind;
	int64_t first_ms, last_ms;
	bool absorbs;
};

/* Takes in a row that is kept somewhere. */
void ks_novelty_add(struct ks_novelty *novelty, const struct ks_novelty_row *row);

/* Whether an actor was ever named to it, by an event or a row, or with this call. */
bool ks_novelty_meet(struct ks_novelty *novelty, struct ks_str actor);

/* Hands over the rows that changed since the last settle. Stops at the first -1, which it returns. */
int ks_novelty_changes(const struct ks_novelty *novelty,
	int (*row)(void *arg, const struct ks_novelty_row *row), void *arg);
void ks_novelty_settle(struct ks_novelty *novelty);   /* they are kept now */

/* Values and actors held, for whoever bounds the memory. */
size_t ks_novelty_size(const struct ks_novelty *novelty);

#endif

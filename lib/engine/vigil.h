/*
 * The vigil: whether what ought to work does, judged from what can be seen, with no clock and no store of
 * its own. Each row is an alarm that people get once when it begins and once when it is over (outbox.h:
 * "alarm", "recovered"); what cannot be over, since it only happened, is told once an hour at most.
 * sentry.h feeds it and sends what it says.
 */
#ifndef KS_ENGINE_VIGIL_H
#define KS_ENGINE_VIGIL_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/sigma/rule.h"
#include "lib/trail/source.h"

enum ks_vigil_kind {
	KS_VIGIL_STALE,              /* no record came for longer than usual; subject: the source */
	KS_VIGIL_FAILING,            /* a source does not answer; likewise */
	KS_VIGIL_QUEUE,              /* more waits in a source at each look; likewise */
	KS_VIGIL_DENIED,             /* AWS refuses what a plan would do; subject: the account */
	KS_VIGIL_RESPONDER,          /* plans cannot be carried out for another reason; likewise */
	KS_VIGIL_FULL,               /* no room for the store; subject: "" */
	KS_VIGIL_LOCKED,             /* somebody locks the store; likewise */
	KS_VIGIL_ASIDE,              /* happened: what cannot be read was put aside; subject: the source */
	KS_VIGIL_DEAD,               /* notices were given up; subject: the notifier, which is not told itself */
	KS_VIGIL_UNDECIDED,          /* happened: a verdict hit a limit; subject: "" */
	KS_VIGIL_KINDS,
};

struct ks_vigil_row {
	const char *name;            /* as notices, the store and health have it */
	enum ks_level level;
	bool has_happened;           /* it is never over */
	const char *advice;          /* what to do; NULL: why says it */
};
const struct ks_vigil_row *ks_vigil_row(enum ks_vigil_kind kind);

#define KS_VIGIL_FAILING_MS (INT64_C(180) * 1000)    /* a source may fail for so long */
#define KS_VIGIL_SILENT_MS (INT64_C(600) * 1000)     /* or say nothing at all, before it counts as failing */
#define KS_VIGIL_LOCKED_MS (INT64_C(120) * 1000)     /* a store may be locked for so long */
#define KS_VIGIL_QUEUE_LOOK_MS (INT64_C(60) * 1000)  /* between two looks at a queue */
#define KS_VIGIL_QUEUE_LOOKS 5                       /* looks in a row at which it was longer */
#define KS_VIGIL_QUEUE_LEAST 100                     /* and longer than this */
#define KS_VIGIL_AGAIN_MS (INT64_C(3600) * 1000)     /* before what happened is told once more */

/* How long without records is too long, where nobody said so: learned from the longest pause so far, after a
 * day of records. */
#define KS_VIGIL_LEARN_MS (INT64_C(24) * 3600 * 1000)
#define KS_VIGIL_STALE_TIMES 3
#define KS_VIGIL_STALE_LEAST_MS (INT64_C(3600) * 1000)
#define KS_VIGIL_STALE_MOST_MS (INT64_C(48) * 3600 * 1000)

/* A source as it is seen now. Borrowed. */
struct ks_vigil_feed {
	struct ks_str source;
	struct ks_source_health health;
	int64_t first_ms, last_ms;   /* when records came, by the clock; KS_TIME_NONE: never */
	int64_t gap_ms;              /* the longest pause between two, those left out that were told of */
	int64_t watched_ms;          /* since when this program looks; 0: it looks in now and then */
	int64_t stale_ms;            /* from the config; 0: it is learned */
	int64_t silent_ms;           /* it may say nothing for so long; KS_VIGIL_SILENT_MS at least */
};

/* What is to be remembered of a source between two looks; zeroed at first. */
struct ks_vigil_memory {
	int64_t look_ms;             /* at its queue */
	int64_t behind, most;        /* then; the most since it began to grow */
	unsigned longer;             /* looks in a row at which it was longer */
	bool is_growing;
	int64_t silent_ms;           /* the first look at which it said nothing for too long; 0: it does not */
};

/* One thing that holds, or does not. */
struct ks_vigil_verdict {
	enum ks_vigil_kind kind;
	struct ks_str subject;       /* borrowed from the feed */
	bool holds;
	int64_t since_ms;
	const char *why;             /* in the arena; NULL where it does not hold */
};

/* How long this source may be without records; 0: nobody knows yet. */
int64_t ks_vigil_stale_after(const struct ks_vigil_feed *feed, int64_t now_ms);

/* Verdicts about a source, pushed on out; what cannot be said now is left out. */
void ks_vigil_judge(const struct ks_vigil_feed *feed, struct ks_vigil_memory *memory, int64_t now_ms,
	struct ks_arena *arena, struct ks_vec *out);

/* A stretch of time for people: "3 h", "40 min". */
const char *ks_vigil_stretch(int64_t ms, struct ks_arena *arena);

#endif

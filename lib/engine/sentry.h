/*
 * The sentry: keeps the vigil (vigil.h) while trails are watched, beside it and with a connection of its own
 * to the store, so that a source that hangs, a backlog or a store that is full keeps nobody from hearing of
 * it. It also does what time alone brings: reminders, plans whose time ran out, the heartbeat.
 *
 * What cannot be stored, since the store is full or locked, is logged as an error at once and stored and
 * sent as soon as that is over.
 */
#ifndef KS_ENGINE_SENTRY_H
#define KS_ENGINE_SENTRY_H

#include "lib/base/ctx.h"
#include "lib/engine/vigil.h"

struct ks_sentry;

struct ks_sentry_limit {
	const char *source;              /* as it is watched */
	int64_t stale_ms;                /* so long without records is too long; 0: learned */
};

/* All borrowed for as long as the sentry lives. */
struct ks_sentry_config {
	const struct ks_ctx *ctx;
	const char *store_path;
	const char *version;             /* of the program; for heartbeats */
	const char *const *notifiers;    /* names */
	size_t notifier_count;
	const struct ks_sentry_limit *limits;    /* of sources that have one of their own */
	size_t limit_count;
	int64_t stale_ms;                /* of the others; 0: learned */
	int64_t silent_ms;               /* any may say nothing for so long, where it is asked seldom */
	int64_t heartbeat_ms;            /* 0: none */
	const char *const *heartbeat_to; /* names; none: all */
	size_t heartbeat_to_count;
	int64_t remind_ms, remind_most;  /* reminder.h */
	const char *const *remind_to;    /* names; none: all */
	size_t remind_to_count;
	bool is_once;                    /* the program reads what is there, and ends: no heartbeat */
};

/* Opens its connection. Errors: the store's, IO. */
int ks_sentry_open(const struct ks_sentry_config *config, struct ks_sentry **out, struct ks_err *err);
/* Begins to look every second, in a thread of its own. */
int ks_sentry_start(struct ks_sentry *sentry, struct ks_err *err);
/* Ends the thread after a last look; what it knows can still be read. NULL is fine, here and below. */
void ks_sentry_stop(struct ks_sentry *sentry);
void ks_sentry_close(struct ks_sentry *sentry);

/* One look, for tests with a clock of their own and for runs that end; not beside the thread. */
void ks_sentry_look(struct ks_sentry *sentry);

/* From any thread. All are copied, and nothing waits for the store. A sentry that is NULL hears nothing. */

/* How a source is, and how many records came from it since the program began. */
void ks_sentry_feed(struct ks_sentry *sentry, const char *source, const struct ks_source_health *health,
	uint64_t records);
/* Something holds from now on (why), or does not (NULL). Of what only happens: it did. */
void ks_sentry_set(struct ks_sentry *sentry, enum ks_vigil_kind kind, const char *subject, const char *why);

/* What holds now, as far as this program sees, and people are told of; pushed on out, texts in the arena.
 * For health and metrics. */
struct ks_sentry_alarm {
	const char *name, *subject, *why;
	int64_t since_ms;
};
void ks_sentry_read(struct ks_sentry *sentry, struct ks_arena *arena, struct ks_vec *out);

#endif

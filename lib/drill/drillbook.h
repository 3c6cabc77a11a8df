/*
 * What a drill's store knows of the drill: what it is, what happened when, and what the facilitator wants.
 * A store has one drill, and one that has a drill is used for nothing else. Errors are the store's.
 */
#ifndef KS_DRILL_DRILLBOOK_H
#define KS_DRILL_DRILLBOOK_H

#include "lib/base/arena.h"
#include "lib/base/ctx.h"
#include "lib/base/vec.h"
#include "lib/sigma/rule.h"
#include "lib/store/db.h"

/* Texts live in the arena that it was read into. */
struct ks_drillbook {
	uint32_t number;
	struct ks_str scenario;      /* its document */
	uint64_t seed;
	int64_t noise;               /* as in ks_script_order */
	struct ks_str key;           /* p NULL: none was given */
	struct ks_str pace;          /* as it was given */
	int64_t start_ms;            /* zero of the steps' times, by the drill's clock */
	int64_t real_ms;             /* when it began, by ours */
	int64_t ended_ms;            /* by ours; KS_TIME_NONE: it runs, or broke off */
};

/* Makes the store of a new drill. Errors: EXISTS: there is a store that is not empty. */
int ks_drillbook_create(const struct ks_ctx *ctx, const char *path, const struct ks_drillbook *book,
	struct ks_db **out, struct ks_err *err);

/* Errors: STATE: the store is of no drill. */
int ks_drillbook_read(struct ks_db *db, struct ks_arena *arena, struct ks_drillbook *out,
	struct ks_err *err);
int ks_drillbook_end(struct ks_db *db, int64_t real_ms, struct ks_err *err);

/* One moment. kind: "begin" (body: the number of its seat at the store), "end", "stop", "inject",
 * "finding" (subject: rule id; body: the finding's id), "incident" (subject: its actor),
 * "escalated", "notice" (subject: its kind), "plan" (subject: policy; body: actions with a blank between),
 * "silent-use", "pause", "resume", "skip", "clock" (nothing but the times of
 * both clocks, where a skip led to). */
struct ks_drillbook_moment {
	int64_t at_ms, real_ms;
	struct ks_str kind;
	int64_t incident;            /* 0: none */
	enum ks_level level;
	struct ks_str subject, body;
};
int ks_drillbook_add(struct ks_db *db, const struct ks_drillbook_moment *moment, struct ks_err *err);
/* Pushed on out, in order. */
int ks_drillbook_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* Whether it runs now: it did not end, and who runs it has his seat. In doubt it does. */
bool ks_drillbook_is_running(const struct ks_ctx *ctx, struct ks_db *db, const struct ks_vec *moments);

/* A time of ours as one of the drill's, by its moments: what people did with other commands has ours. Behind
 * the last moment the clock goes on at the drill's pace, and as ours does after one that ran at once; it
 * stands in a pause. */
int64_t ks_drillbook_time(const struct ks_drillbook *book, const struct ks_vec *moments, int64_t real_ms);

/* What the facilitator wants: "pause", "resume", "toggle" (one of both), "skip", "stop", "inject" with its
 * text. */
struct ks_drillbook_order {
	struct ks_str what, body;
};
int ks_drillbook_order(struct ks_db *db, const struct ks_drillbook_order *order, struct ks_err *err);
/* Those that nobody took yet, pushed on out, and marks them as taken. */
int ks_drillbook_take(struct ks_db *db, int64_t real_ms, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

#endif

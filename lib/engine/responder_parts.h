/*
 * What the parts of the responder share: responder.c is the queue and the thread, responder_act.c carries
 * plans out, responder_look.c looks at what was done before. All of it is the thread's.
 */
#ifndef KS_ENGINE_RESPONDER_PARTS_H
#define KS_ENGINE_RESPONDER_PARTS_H

#include "lib/engine/errand.h"
#include "lib/engine/inflight.h"
#include "lib/engine/responder.h"
#include "lib/store/seat.h"

#include <pthread.h>

#define KS_RESPONDER_LOOK_MS (INT64_C(300) * 1000)      /* between looks at all that was done */

struct ks_responder {
	struct ks_responder_config config;
	struct ks_handover handover;
	struct ks_db *db;
	struct ks_responder_summary summary;     /* the thread's alone until it ended, like all above */
	struct ks_vec answered;      /* struct ks_responder_answered: not written down yet */
	int64_t save_ms;             /* when that is to be done; of the monotonic clock, like all times here */
	struct ks_vec stirred;       /* int64_t: incidents that got news since they were looked at */
	struct ks_vec acted;         /* struct ks_responder_acted: carried out just now, with no news since */
	struct ks_vec looking;       /* int64_t: plans that are to be looked at, the next one last */
	struct ks_vec told;          /* int64_t: plans of which it was told that nobody knows who changed it */
	int64_t look_ms, soon_ms;    /* when to look at all, at the stirred */
	int64_t ask_ms;              /* likewise at approvals */
	int64_t foreign;             /* the store's number for others' changes */
	struct ks_seat *seat;
	struct ks_errands errands;
	struct ks_inflight inflight;
	pthread_t thread;
	bool is_started;
	pthread_mutex_t lock;        /* of what follows */
	pthread_cond_t wakened;
	struct ks_vec queue;         /* struct ks_responder_task, each incident once, oldest first */
	bool is_ending, is_draining;
};

struct ks_responder_task {
	int64_t incident;
	int64_t since_ms;
};

struct ks_responder_acted {
	int64_t incident, plan;
};

struct ks_responder_answered {
	int64_t incident, changed_ms;
};

/* ---- responder_act.c */
int64_t ks_responder_act_clock(void);              /* monotonic, ms */
void ks_responder_act_tell(struct ks_responder *r, const struct ks_responder_news *news);
void ks_responder_act_tell_failure(struct ks_responder *r, int64_t incident, int64_t plan,
	const struct ks_err *err);
const struct ks_policy *ks_responder_act_policy(struct ks_responder *r, struct ks_str name,
	struct ks_arena *arena);
bool ks_responder_act_has(const struct ks_vec *ids, int64_t id);

/* A plan is to be carried out. steps: how many there are; 0: count them. policy NULL: of its name. */
struct ks_responder_order {
	int64_t plan;
	const struct ks_policy *policy;
	size_t steps;
	int64_t since_ms;        /* as in ks_inflight_plan */
	bool is_again;
};
/* Begins it; what came of it is told when it is over. */
void ks_responder_act_begin(struct ks_responder *r, const struct ks_responder_order *order);
void ks_responder_act_next(struct ks_responder *r);      /* the next step of the one that is due first */
void ks_responder_act_end(struct ks_responder *r);       /* waits for all of them; a stop ends that */

/* ---- responder_look.c */
/* An incident that is looked after: not merged, closed or on hold. */
bool ks_responder_look_is_due(struct ks_responder *r, int64_t incident, struct ks_arena *arena);
void ks_responder_look_stir(struct ks_responder *r, int64_t incident);   /* it got news */
void ks_responder_look_forget(struct ks_responder *r, int64_t incident); /* what was carried out is news */
void ks_responder_look_plan(struct ks_responder *r);     /* which ones to look at, when it is time */
void ks_responder_look_next(struct ks_responder *r);     /* at one of them */
void ks_responder_look_all(struct ks_responder *r);      /* at all, whoever waits */

#endif

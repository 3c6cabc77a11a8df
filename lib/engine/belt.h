/*
 * A belt of events between the thread that reads them from the store and one that adds them up, so that both
 * go on at a time. Events come out in the order in which they were put, each with a copy of its texts; a few
 * thousand wait in between, no more.
 */
#ifndef KS_ENGINE_BELT_H
#define KS_ENGINE_BELT_H

#include "lib/report/inquiry.h"

/* Called for one event after the other, none at the same time, by a thread of the belt or, where none can be
 * had, by whoever puts. The texts are borrowed for the call. */
typedef void ks_belt_take(void *arg, const struct ks_inquiry_event *event, struct ks_str actor);

struct ks_belt;
struct ks_belt *ks_belt_start(ks_belt_take *take, void *arg);
/* From one thread. The texts of the event and the actor are copied. */
void ks_belt_put(struct ks_belt *belt, const struct ks_inquiry_event *event, struct ks_str actor);
/* Returns when all that was put was taken. */
void ks_belt_end(struct ks_belt *belt);

#endif

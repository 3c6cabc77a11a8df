/*
 * The places in S3 that keysnare hunt reads: listed before the hunt, fetched while it runs, and what is
 * asked for that remembered as our own calls.
 */
#ifndef KS_CMD_HUNT_S3_H
#define KS_CMD_HUNT_S3_H

#include "cmd/keysnare/asker.h"

#include "lib/engine/hunt.h"

struct ks_hunt_s3 {
	const struct ks_app *app;
	struct ks_asker asker;           /* open once a place was added */
	struct ks_vec depots;            /* struct ks_hunt_depot */
	struct ks_bucket_span span;      /* when what is listed was delivered */
	const char *listing;             /* for the progress line */
};

void ks_hunt_s3_init(struct ks_hunt_s3 *s3, const struct ks_app *app);
void ks_hunt_s3_release(struct ks_hunt_s3 *s3);

/* What the bounds of event times come to, with room for what a hunt must know beside: keys that were handed
 * out before, what actors did in the learning time (0: nobody asks), and deliveries that were late. */
void ks_hunt_s3_narrow(struct ks_hunt_s3 *s3, const struct ks_hunt_request *request, int64_t learn_ms);

/* Lists the place, and adds its objects to walk, or what is the trouble with it to the walk's problems.
 * Errors: STATE (stopped). */
int ks_hunt_s3_add(struct ks_hunt_s3 *s3, const char *spec, struct ks_walk *walk, struct ks_err *err);

/* Nothing is fetched any more, and own calls are written down. */
void ks_hunt_s3_finish(struct ks_hunt_s3 *s3);

#endif

/*
 * Calls that go out together: reads and writes of several Regions, done by a few threads, each with a client
 * of its own. AWS's SES takes one call a second of an account and Region for each API, so calls to the same
 * API in the same Region are spaced here, over the whole life of a crew. Other services are not spaced.
 */
#ifndef KS_RESPOND_CREW_H
#define KS_RESPOND_CREW_H

#include "lib/aws/client.h"
#include "lib/respond/step.h"

#define KS_CREW_PACE_MS 1000

struct ks_crew;

struct ks_crew_config {
	const struct ks_settings *settings;
	struct ks_client *client;        /* for what is done alone, and the keys of all; borrowed */
	int64_t pace_ms;                 /* between two calls to one API and Region */
	/* Asked before each write: false keeps it and those after it from being sent. Any thread. */
	bool (*may_write)(void *arg);
	void *arg;
};

/* What one call is and what came of it. Texts of the result live in arena, which ks_crew_release ends. */
struct ks_crew_job {
	const struct ks_wire_call *call;             /* NULL: read the condition's state */
	const struct ks_step_condition *condition;
	bool is_begun;                   /* false: it was not sent, and err says nothing */
	int rc;
	struct ks_err err;
	struct ks_str state;             /* of a read */
	struct ks_str request_id;        /* of a write */
	struct ks_arena arena;
};

void ks_crew_open(const struct ks_crew_config *config, struct ks_crew **out);
void ks_crew_close(struct ks_crew *crew);            /* NULL is fine */

/* Returns when all jobs are over. A stop signal keeps what is not begun from being begun. Errors: those of
 * making the threads' clients. */
int ks_crew_run(struct ks_crew *crew, struct ks_crew_job *jobs, size_t n, struct ks_err *err);
void ks_crew_release(struct ks_crew_job *jobs, size_t n);

#endif

/* Places in S3 for keysnare hunt. */
#include "cmd/keysnare/hunt_s3.h"

#include "lib/base/time.h"
#include "lib/engine/config.h"

#include <stdio.h>

#define SESSION_MS (INT64_C(36) * 3600 * 1000)   /* temporary keys live no longer */
#define LATE_MS KS_TIME_DAY                      /* what CloudTrail delivers later is looked for no more */

void ks_hunt_s3_init(struct ks_hunt_s3 *s3, const struct ks_app *app)
{
	*s3 = (struct ks_hunt_s3){ .app = app, .depots = KS_VEC_OF(struct ks_hunt_depot),
		.span = { KS_TIME_NONE, KS_TIME_NONE } };
}

void ks_hunt_s3_finish(struct ks_hunt_s3 *s3)
{
	for (size_t i = 0; i < s3->depots.n; i++)
		ks_depot_close(KS_VEC_AT(&s3->depots, struct ks_hunt_depot, i)->depot);
	ks_vec_clear(&s3->depots);
	ks_asker_close(&s3->asker);
}

void ks_hunt_s3_release(struct ks_hunt_s3 *s3)
{
	ks_hunt_s3_finish(s3);
	ks_vec_release(&s3->depots);
}

/* Its first instant. */
static int64_t day_of(int64_t ms)
{
	return ms - (ms % KS_TIME_DAY + KS_TIME_DAY) % KS_TIME_DAY;
}

void ks_hunt_s3_narrow(struct ks_hunt_s3 *s3, const struct ks_hunt_request *request, int64_t learn_ms)
{
	int64_t room = learn_ms > SESSION_MS ? learn_ms : SESSION_MS;

	if (request->since_ms != KS_TIME_NONE)
		s3->span.least_ms = day_of(request->since_ms - room);
	if (request->until_ms != KS_TIME_NONE)
		s3->span.most_ms = day_of(request->until_ms + LATE_MS) + KS_TIME_DAY;
}

static void tell_listed(void *arg, size_t objects)
{
	const struct ks_hunt_s3 *s3 = arg;

	if (s3->app->has_progress)
		fprintf(stderr, "\r\033[Klisting %s … %zu", s3->listing, objects);
}

int ks_hunt_s3_add(struct ks_hunt_s3 *s3, const char *spec, struct ks_walk *walk, struct ks_err *err)
{
	const struct ks_app *app = s3->app;
	struct ks_hunt_depot row = { .first = walk->files.n };
	struct ks_err why = { 0 };
	int rc;

	ks_asker_open(&s3->asker, app);
	s3->listing = spec;
	rc = ks_depot_open(&(struct ks_depot_config){ .ctx = app->ctx, .settings = ks_asker_settings,
		.arg = &s3->asker, .listed = tell_listed, .listed_arg = s3, .accounts = app->config->accounts,
		.account_count = app->config->account_count, .span = s3->span }, spec, walk, &row.depot, &why);
	if (app->has_progress)
		fputs("\r\033[K", stderr);
	if (rc == 0) {
		*(struct ks_hunt_depot *)ks_vec_push(&s3->depots) = row;
		return 0;
	}
	if (why.code == KS_ERR_STATE) {
		*err = why;
		return -1;
	}
	ks_walk_add_problem(walk, spec, &why);
	return 0;
}

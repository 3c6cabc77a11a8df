/* What hunt --save does behind the hunt. */
#include "cmd/keysnare/hunt_save.h"

#include "cmd/keysnare/incident_view.h"
#include "lib/engine/correlator.h"
#include "lib/engine/wants.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>

int ks_hunt_save_begin(struct ks_hunt_save *save, struct ks_app *app, bool is_wanted,
	struct ks_hunt_request *request, struct ks_err *err)
{
	const char *dir = ks_ctx_env(app->ctx, "TMPDIR");

	*save = (struct ks_hunt_save){ 0 };
	if (!is_wanted)
		return 0;
	if (ks_schema_open(app->ctx, app->store_path, KS_DB_CREATE, &save->db, err) != 0)
		return -1;
	ks_gather_init(&save->gather, dir != NULL ? dir : "/tmp");
	request->gather = &save->gather;
	return 0;
}

void ks_hunt_save_release(struct ks_hunt_save *save)
{
	if (save->db != NULL)
		ks_gather_release(&save->gather);
	ks_db_close(save->db);
	save->db = NULL;
}

static int ingest(struct ks_hunt_save *save, struct ks_app *app, const struct ks_hunt_request *request,
	struct ks_ingest_summary *out, struct ks_err *err)
{
	struct ks_correlator *correlator = ks_correlator_new(request->program, request->watchlist);
	struct ks_noveltystore *novelty = request->novelty != NULL ?
		ks_noveltystore_new(save->db, request->novelty, true) : NULL;
	struct ks_ingest *ingest = NULL;
	struct ks_wants wants;
	int rc;

	ks_correlator_enrich(correlator, &request->sources, novelty);
	ks_wants_init(&wants, request->program);
	rc = ks_ingest_open(&(struct ks_ingest_config){ .ctx = app->ctx, .db = save->db,
		.program = request->program, .wants = &wants, .watchlist = request->watchlist,
		.correlator = ks_correlator_row(correlator), .sources = request->sources, .novelty = novelty },
		&ingest, err);
	if (rc == 0)
		rc = ks_gather_save(&save->gather, ingest, err);
	if (rc == 0)
		rc = ks_ingest_tidy(ingest, err);
	if (rc == 0)
		*out = ks_ingest_summary(ingest);
	ks_ingest_close(ingest);
	ks_noveltystore_free(novelty);
	ks_correlator_free(correlator);
	ks_wants_release(&wants);
	return rc;
}

static int print(struct ks_hunt_save *save, struct ks_app *app, const struct ks_ingest_summary *summary,
	struct ks_err *err)
{
	struct ks_vec views = KS_VEC_OF(struct ks_incident_view);
	struct ks_incident_view_from from = { .db = save->db, .now_ms = ks_ctx_now(app->ctx) };
	struct ks_arena arena = { NULL };
	int rc = ks_link_open(save->db, &from.linker, err);

	for (size_t i = 0; rc == 0 && i < save->gather.concerned.n; i++) {
		struct ks_incident_view view;

		rc = ks_incident_view_load(&from, *KS_VEC_AT(&save->gather.concerned, int64_t, i), &arena, &view,
			err);
		if (rc == 0 && view.incident.merged_into == 0)
			*(struct ks_incident_view *)ks_vec_push(&views) = view;
		else
			ks_incident_view_release(&view);
	}
	if (rc == 0 && app->format == KS_FORMAT_TEXT && views.n > 0) {
		putchar('\n');
		ks_incident_view_table(app, &views);
	}
	fflush(stdout);
	if (rc == 0) {
		fprintf(stderr, "saved: %" PRIu64 " new event%s, ", summary->events,
			summary->events == 1 ? "" : "s");
		if (summary->kept > 0)
			fprintf(stderr, "%" PRId64 " kept for correlations, ", summary->kept);
		if (summary->own > 0)
			fprintf(stderr, "%" PRIu64 " of own calls, ", summary->own);
		fprintf(stderr, "%" PRIu64 " new finding%s; %zu incident%s concerned, %" PRIu64 " new\n",
			summary->findings, summary->findings == 1 ? "" : "s", views.n, views.n == 1 ? "" : "s",
			summary->opened);
	}
	for (size_t i = 0; i < views.n; i++)
		ks_incident_view_release(KS_VEC_AT(&views, struct ks_incident_view, i));
	ks_vec_release(&views);
	ks_link_close(from.linker);
	ks_arena_release(&arena);
	return rc;
}

int ks_hunt_save_end(struct ks_hunt_save *save, struct ks_app *app, const struct ks_hunt_request *request,
	struct ks_err *err)
{
	struct ks_ingest_summary summary;

	if (save->db == NULL)
		return 0;
	return ingest(save, app, request, &summary, err) != 0 ? -1 : print(save, app, &summary, err);
}

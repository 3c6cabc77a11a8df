/* Tests of notifiers. */
#include "lib/notify/testnotice.h"

#include "lib/base/time.h"
#include "lib/incident/tray.h"
#include "lib/store/schema.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 20
#define TEST "test"

/* One run of tests. */
struct run {
	const struct ks_testnotice_request *request;
	struct ks_arena *arena;
	struct ks_db *db;
	struct ks_vec ids;               /* int64_t: of the notices, one for each notifier */
	struct ks_vec *out;
};

static const struct ks_notifier *at(const struct run *run, size_t i)
{
	return KS_VEC_AT(&run->request->notifiers->list, struct ks_notifier, i);
}

static int post_one(struct run *run, const struct ks_notifier *notifier, struct ks_err *err)
{
	const char *name = notifier->name;
	const struct ks_outbox_post post = { .topic = ks_str_of(ks_arena_printf(run->arena, "test %s", name)),
		.kind = TEST, .level = KS_LEVEL_INFORMATIONAL, .notifiers = &name, .notifier_count = 1,
		.now_ms = ks_ctx_now(run->request->ctx) };
	struct ks_json *body = ks_outbox_body(&post);
	char host[256] = "", time[KS_TIME_TEXT];
	struct ks_notice notice;

	gethostname(host, sizeof(host) - 1);
	ks_json_add_text(body, "about", "a test by 'keysnare notify test': nothing has happened");
	ks_json_add_text(body, "time", ks_time_render(post.now_ms, time));
	ks_json_add_text(body, "host", host);
	if (ks_outbox_post(run->db, &post, body, err) != 0 ||
		ks_tray_newest(run->db, ks_str_of(name), TEST, run->arena, &notice, err) != 0)
		return -1;
	*(int64_t *)ks_vec_push(&run->ids) = notice.id;
	return 0;
}

static int post(struct run *run, struct ks_err *err)
{
	int rc = ks_db_begin(run->db, err);

	if (rc != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < run->request->notifiers->list.n; i++)
		rc = post_one(run, at(run, i), err);
	if (rc == 0)
		return ks_db_commit(run->db, err);
	ks_db_rollback(run->db);
	return -1;
}

/* Looks how far each is; *out_all: all have ended. Somebody else's newer test counts as well as ours. */
static int look(struct run *run, bool *out_all, struct ks_err *err)
{
	run->out->n = 0;
	*out_all = true;
	for (size_t i = 0; i < run->ids.n; i++) {
		struct ks_testnotice result = { at(run, i)->name, KS_TESTNOTICE_UNTRIED, { NULL, 0 } };
		struct ks_notice notice;

		if (ks_tray_newest(run->db, ks_str_of(result.notifier), TEST, run->arena, &notice, err) != 0)
			return -1;
		result.error = notice.error;
		if (ks_str_is(notice.state, "sent"))
			result.end = KS_TESTNOTICE_ARRIVED;
		else if (ks_str_is(notice.state, "dead") ||
			(ks_str_is(notice.state, "waiting") && notice.error.n > 0))
			result.end = KS_TESTNOTICE_FAILED;
		*out_all &= result.end != KS_TESTNOTICE_UNTRIED;
		*(struct ks_testnotice *)ks_vec_push(run->out) = result;
	}
	return 0;
}

static int await(struct run *run, struct ks_delivery *delivery, struct ks_err *err)
{
	const struct ks_ctx *ctx = run->request->ctx;
	bool is_all = false;
	int rc = look(run, &is_all, err);

	for (int64_t waited = 0; rc == 0 && !is_all && waited < run->request->wait_ms &&
		!ks_ctx_is_stopping(ctx) && !ks_delivery_has_failed(delivery); waited += LOOK_MS) {
		nanosleep(&(struct timespec){ 0, LOOK_MS * 1000000L }, NULL);
		rc = look(run, &is_all, err);
	}
	return rc;
}

static int drop(struct run *run, struct ks_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < run->ids.n; i++)
		rc = ks_tray_drop_test(run->db, *KS_VEC_AT(&run->ids, int64_t, i), err);
	return rc;
}

int ks_testnotice_send(const struct ks_testnotice_request *request, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct run run = { request, arena, NULL, KS_VEC_OF(int64_t), out };
	const struct ks_delivery_config config = { request->ctx, request->store_path, request->notifiers };
	struct ks_delivery *delivery = NULL;
	struct ks_delivery_summary summary;
	struct ks_err ignored = { 0 };
	bool ignored_all;
	int rc = ks_schema_open(request->ctx, request->store_path, KS_DB_WRITE, &run.db, err);

	if (rc == 0)
		rc = post(&run, err);
	if (rc == 0)
		rc = ks_delivery_start(&config, &delivery, err);
	if (rc == 0)
		rc = await(&run, delivery, err);
	if (rc == 0)
		rc = ks_delivery_finish(delivery, false, 0, &summary, err);
	else
		ks_delivery_finish(delivery, false, 0, &summary, &ignored);
	/* The attempt at hand may have ended meanwhile. */
	if (rc == 0)
		rc = look(&run, &ignored_all, err);
	if (run.db != NULL && drop(&run, rc == 0 ? err : &ignored) != 0)
		rc = -1;
	ks_vec_release(&run.ids);
	ks_db_close(run.db);
	return rc;
}

/* What people are told of plans. */
#include "lib/respond/planpost.h"

#include "lib/base/time.h"
#include "lib/incident/incident.h"
#include "lib/store/sql.h"

#include <inttypes.h>

static void add_calls(struct ks_json *body, const struct ks_vec *steps)
{
	struct ks_json *list = ks_json_new_array();
	struct ks_arena arena = { NULL };

	for (size_t i = 0, n = 0; steps != NULL && i < steps->n && n < KS_PLANPOST_CALLS; i++) {
		const struct ks_step *step = KS_VEC_AT(steps, struct ks_step, i);

		if (step->scope == KS_STEP_NOTHING)
			continue;
		ks_json_add_text(list, NULL, ks_arena_printf(&arena, "%s%s%s", step->action,
			step->target != NULL ? ": " : "", step->target != NULL ? step->target : ""));
		n++;
	}
	ks_json_add(body, "calls", list);
	ks_arena_release(&arena);
}

int ks_planpost_tell(struct ks_db *db, const struct ks_planpost *p, struct ks_err *err)
{
	const struct ks_outbox_post post = { .incident_id = p->incident, .kind = p->kind, .level = p->level,
		.notifiers = p->notifiers, .notifier_count = p->notifier_count, .now_ms = p->now_ms };
	struct ks_json *body = ks_outbox_body(&post);
	struct ks_arena arena = { NULL };
	char text[KS_TIME_TEXT];

	ks_json_add_str(body, "actor", p->actor);
	ks_json_add_str(body, "account", p->account);
	if (p->plan != 0)
		ks_json_add_int(body, "plan", p->plan);
	else
		ks_json_add_null(body, "plan");
	ks_json_add_str(body, "policy", p->policy);
	ks_json_add_text(body, "digest", p->digest);
	ks_json_add_int(body, "steps", p->steps);
	add_calls(body, p->calls);
	ks_json_add_text(body, "expires", p->expires_ms != KS_TIME_NONE ? ks_time_render(p->expires_ms, text) :
		NULL);
	ks_json_add_text(body, "why", p->why);
	ks_json_add_text(body, "approve_with", p->can_approve ?
		ks_arena_printf(&arena, "keysnare respond approve %" PRId64, p->incident) : NULL);
	ks_arena_release(&arena);
	return ks_outbox_post(db, &post, body, err);
}

int ks_planpost_load(struct ks_db *db, int64_t plan, struct ks_arena *arena, struct ks_vec *calls,
	struct ks_planpost *out, struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_ledger_plan row = { 0 };
	bool is_found = false;
	int rc = ks_ledger_find(db, plan, arena, &row, &is_found, err);

	if (rc == 0 && !is_found)
		rc = ks_err_set(err, KS_ERR_NOTFOUND, "there is no plan %" PRId64, plan);
	if (rc == 0)
		rc = ks_ledger_steps(db, plan, arena, &steps, err);
	for (size_t i = 0; rc == 0 && i < steps.n; i++) {
		const struct ks_ledger_step *step = KS_VEC_AT(&steps, struct ks_ledger_step, i);

		*(struct ks_step *)ks_vec_push(calls) = step->step;
		out->steps += step->step.scope != KS_STEP_NOTHING;
	}
	ks_vec_release(&steps);
	if (rc != 0)
		return -1;
	out->incident = row.incident;
	out->actor = row.actor;
	out->account = row.account;
	out->policy = row.policy;
	out->plan = plan;
	out->digest = ks_arena_strdup(arena, row.digest);
	out->calls = calls;
	out->expires_ms = row.expires_ms;
	return 0;
}

/* The incident is told of as it is now: it may have become graver, or part of another one. */
static int find_level(struct ks_db *db, struct ks_planpost *post, struct ks_arena *arena, struct ks_err *err)
{
	struct ks_incident incident = { 0 };
	bool is_found = false;

	for (int64_t id = post->incident; id != 0; id = is_found ? incident.merged_into : 0) {
		post->incident = id;
		if (ks_incident_find(db, id, arena, &incident, &is_found, err) != 0)
			return -1;
	}
	post->level = is_found ? incident.level : KS_LEVEL_HIGH;
	return 0;
}

static int tell_one(struct ks_db *db, int64_t plan, struct ks_planpost *post, struct ks_err *err)
{
	struct ks_vec calls = KS_VEC_OF(struct ks_step);
	struct ks_arena arena = { NULL };
	int64_t was_approved = 0;
	int rc = ks_planpost_load(db, plan, &arena, &calls, post, err);

	if (rc == 0)
		rc = find_level(db, post, &arena, err);
	if (rc == 0)
		rc = ks_sql_int(db, "SELECT COUNT(*) FROM plans WHERE id = $1 AND approved_by IS NOT NULL",
			KS_SQL(KS_SQL_INT(plan)), &was_approved, err);
	post->why = was_approved != 0 ? "it was approved, and not carried out in time" :
		"nobody approved it in time: nothing was done";
	if (rc == 0)
		rc = ks_planpost_tell(db, post, err);
	if (rc == 0)
		rc = ks_sql_run(db, "UPDATE plans SET untold = 0 WHERE id = $1", KS_SQL(KS_SQL_INT(plan)), err);
	ks_vec_release(&calls);
	ks_arena_release(&arena);
	return rc;
}

int ks_planpost_tell_expired(struct ks_db *db, const char *const *notifiers, size_t notifier_count,
	int64_t now_ms, size_t *out_n, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int64_t n = 0;
	int rc;

	*out_n = 0;
	if (ks_sql_int(db, "SELECT COUNT(*) FROM plans WHERE state = 'expired' AND untold = 1", KS_SQL_NONE, &n,
		err) != 0)
		return -1;
	if (n == 0)
		return 0;
	if (ks_db_begin(db, err) != 0)
		return -1;
	/* Read again under the lock: somebody else may watch as well. */
	rc = ks_sql_ints(db, "SELECT id FROM plans WHERE state = 'expired' AND untold = 1 ORDER BY id",
		KS_SQL_NONE, &ids, err);
	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		struct ks_planpost post = { .kind = "expired", .notifiers = notifiers,
			.notifier_count = notifier_count, .now_ms = now_ms, .can_approve = true };

		rc = tell_one(db, *KS_VEC_AT(&ids, int64_t, i), &post, err);
	}
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	if (rc == 0)
		*out_n = ids.n;
	ks_vec_release(&ids);
	return rc;
}

int ks_planpost_tell_refused(struct ks_db *db, const struct ks_planpost_refusal *refusal, struct ks_err *err)
{
	struct ks_planpost post = { .kind = "refused", .notifiers = refusal->notifiers,
		.notifier_count = refusal->notifier_count, .now_ms = refusal->now_ms };
	struct ks_vec calls = KS_VEC_OF(struct ks_step);
	struct ks_arena arena = { NULL };
	int64_t told = 0;
	int rc = ks_db_begin(db, err);

	if (rc != 0)
		return -1;
	rc = ks_planpost_load(db, refusal->plan, &arena, &calls, &post, err);
	if (rc == 0)
		rc = find_level(db, &post, &arena, err);
	if (rc == 0)
		rc = ks_sql_int(db, "SELECT COUNT(*) FROM outbox WHERE kind = 'refused' AND "
			"CAST(body AS TEXT) LIKE '%\"plan\":' || $1 || ',%'", KS_SQL(KS_SQL_INT(refusal->plan)), &told,
				err);
	post.why = refusal->why;
	post.expires_ms = KS_TIME_NONE;
	if (rc == 0 && told == 0)
		rc = ks_planpost_tell(db, &post, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	ks_vec_release(&calls);
	ks_arena_release(&arena);
	return rc;
}

/* Plans and steps in the store. */
#include "lib/respond/ledger.h"

#include "lib/base/time.h"
#include "lib/incident/journal.h"
#include "lib/respond/packed.h"
#include "lib/store/sql.h"

#include <inttypes.h>

#define PLAN_COLUMNS "p.id, p.incident_id, p.digest, p.policy, p.mode, p.account, p.actor, p.key_id, " \
	"p.is_decoy, p.state, p.made_ms, p.approved_by, p.approved_ms, p.expires_ms, p.begun_ms, " \
	"p.ended_ms, p.owner"

static const char *const state_names[] = {
	[KS_LEDGER_WAITING] = "waiting", [KS_LEDGER_READY] = "ready", [KS_LEDGER_RUNNING] = "running",
	[KS_LEDGER_DONE] = "done", [KS_LEDGER_PARTLY] = "partly", [KS_LEDGER_UNDOING] = "undoing",
	[KS_LEDGER_UNDONE] = "undone", [KS_LEDGER_UNDONE_PARTLY] = "undone-partly",
	[KS_LEDGER_EXPIRED] = "expired", [KS_LEDGER_REFUSED] = "refused",
};

static const char *const step_names[] = {
	[KS_LEDGER_STEP_PLANNED] = "planned", [KS_LEDGER_STEP_INTENDED] = "intended",
	[KS_LEDGER_STEP_SENT] = "sent", [KS_LEDGER_STEP_DONE] = "done", [KS_LEDGER_STEP_SKIPPED] = "skipped",
	[KS_LEDGER_STEP_CONFLICT] = "conflict", [KS_LEDGER_STEP_FAILED] = "failed",
	[KS_LEDGER_STEP_LOST] = "lost", [KS_LEDGER_STEP_UNDOING] = "undoing",
	[KS_LEDGER_STEP_UNDONE] = "undone", [KS_LEDGER_STEP_MOVED] = "moved", [KS_LEDGER_STEP_KEPT] = "kept",
	[KS_LEDGER_STEP_NOTICE] = "notice",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *ks_ledger_state_name(enum ks_ledger_state state)
{
	return state_names[state];
}

const char *ks_ledger_step_state_name(enum ks_ledger_step_state state)
{
	return step_names[state];
}

/* The tables' checks let no other word in. */
static int find_name(const char *const *names, size_t n, struct ks_str name)
{
	for (size_t i = 0; i < n; i++)
		if (ks_str_is(name, names[i]))
			return (int)i;
	return 0;
}

/* ---- adding ---- */

static int add_step(struct ks_db *db, int64_t plan, int64_t number, const struct ks_step *step,
	struct ks_err *err)
{
	enum ks_ledger_step_state state =
		step->call.operation != NULL ? KS_LEDGER_STEP_PLANNED : KS_LEDGER_STEP_NOTICE;
	struct ks_json *json = ks_packed_step(step);
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_json_render(json, &text);
	rc = ks_sql_run(db, "INSERT INTO steps (plan_id, number, step, state, attempts) VALUES ($1, $2, $3, $4, "
		"0)", KS_SQL(KS_SQL_INT(plan), KS_SQL_INT(number), KS_SQL_TEXT(ks_buf_str(&text)),
			KS_SQL_TEXT(ks_str_of(step_names[state]))), err);
	ks_buf_release(&text);
	ks_json_free(json);
	return rc;
}

static int insert(struct ks_db *db, const struct ks_plan *plan, enum ks_ledger_state state, int64_t now_ms,
	int64_t expires_ms, int64_t id, struct ks_err *err)
{
	const struct ks_facts *facts = plan->facts;

	return ks_sql_run(db, "INSERT INTO plans (id, incident_id, digest, policy, mode, account, actor, "
		"key_id, is_decoy, state, made_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
		"$11, $12)",
		KS_SQL(KS_SQL_INT(id), KS_SQL_INT(facts->incident), KS_SQL_TEXT(ks_str_of(plan->digest)),
			KS_SQL_TEXT(plan->policy->name),
			KS_SQL_TEXT(ks_str_of(ks_policy_mode_name(plan->policy->mode))),
			KS_SQL_TEXT(facts->subject.account.n > 0 ? facts->subject.account : KS_STR("")),
			KS_SQL_TEXT(facts->actor.n > 0 ? facts->actor : KS_STR("")),
			KS_SQL_TEXT(facts->subject.key_id.n > 0 ? facts->subject.key_id : KS_STR("")),
			KS_SQL_INT(facts->is_decoy), KS_SQL_TEXT(ks_str_of(state_names[state])), KS_SQL_INT(now_ms),
			KS_SQL_TIME(expires_ms)), err);
}

int ks_ledger_add(struct ks_db *db, const struct ks_plan *plan, bool is_ready, int64_t now_ms,
	int64_t expires_ms, int64_t *out_id, struct ks_err *err)
{
	enum ks_ledger_state state = is_ready ? KS_LEDGER_READY : KS_LEDGER_WAITING;
	struct ks_json *body;
	int64_t id = 0;

	if (ks_sql_int(db, "SELECT id FROM plans WHERE incident_id = $1 AND digest = $2 AND state IN "
		"('waiting', 'ready') AND (expires_ms IS NULL OR expires_ms > $3) ORDER BY id DESC",
		KS_SQL(KS_SQL_INT(plan->facts->incident), KS_SQL_TEXT(ks_str_of(plan->digest)), KS_SQL_INT(now_ms)),
		&id, err) != 0)
		return -1;
	if (id != 0) {
		*out_id = id;
		return 0;
	}
	if (ks_sql_int(db, "SELECT COALESCE(MAX(id), 0) + 1 FROM plans", KS_SQL_NONE, &id, err) != 0 ||
		insert(db, plan, state, now_ms, expires_ms, id, err) != 0)
		return -1;
	for (size_t i = 0; i < plan->steps.n; i++)
		if (add_step(db, id, (int64_t)i + 1, KS_VEC_AT(&plan->steps, struct ks_step, i), err) != 0)
			return -1;
	body = ks_json_new_object();
	ks_json_add_int(body, "plan", id);
	ks_json_add_text(body, "digest", plan->digest);
	ks_json_add_str(body, "policy", plan->policy->name);
	ks_json_add_int(body, "steps", (int64_t)plan->steps.n);
	ks_json_add_text(body, "state", state_names[state]);
	*out_id = id;
	return ks_journal_add_json(db, plan->facts->incident, now_ms, KS_STR(KS_JOURNAL_SELF), "plan-made", body,
		err);
}

/* ---- reading ---- */

static void read_plan(struct ks_db_query *query, struct ks_arena *arena, void *to)
{
	struct ks_ledger_plan *out = to;

	*out = (struct ks_ledger_plan){
		.id = ks_db_column_int(query, 0),
		.incident = ks_db_column_int(query, 1),
		.digest = ks_sql_text(query, 2, arena),
		.policy = ks_sql_text(query, 3, arena),
		.mode = ks_sql_text(query, 4, arena),
		.account = ks_sql_text(query, 5, arena),
		.actor = ks_sql_text(query, 6, arena),
		.key_id = ks_sql_text(query, 7, arena),
		.is_decoy = ks_db_column_int(query, 8) != 0,
		.state = (enum ks_ledger_state)find_name(state_names, COUNT(state_names),
			ks_db_column_text(query, 9)),
		.made_ms = ks_db_column_int(query, 10),
		.approved_by = ks_sql_text(query, 11, arena),
		.approved_ms = ks_sql_time(query, 12),
		.expires_ms = ks_sql_time(query, 13),
		.begun_ms = ks_sql_time(query, 14),
		.ended_ms = ks_sql_time(query, 15),
		.owner = ks_db_column_int(query, 16),
	};
}

int ks_ledger_find(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_ledger_plan *out,
	bool *out_found, struct ks_err *err)
{
	return ks_sql_row(db, "SELECT " PLAN_COLUMNS " FROM plans p WHERE p.id = $1", KS_SQL(KS_SQL_INT(id)),
		&(struct ks_sql_reader){ read_plan, arena, out }, out_found, err);
}

int ks_ledger_list(struct ks_db *db, int64_t incident, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	const struct ks_sql_reader reader = { read_plan, arena, out };

	if (incident == 0)
		return ks_sql_rows(db, "SELECT " PLAN_COLUMNS " FROM plans p ORDER BY p.id", KS_SQL_NONE, &reader,
			err);
	return ks_sql_rows(db, "SELECT " PLAN_COLUMNS " FROM plans p WHERE p.incident_id = $1 ORDER BY p.id",
		KS_SQL(KS_SQL_INT(incident)), &reader, err);
}

int ks_ledger_approved(struct ks_db *db, int64_t now_ms, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT " PLAN_COLUMNS " FROM plans p WHERE p.state IN ('ready', 'running') AND "
		"p.approved_by IS NOT NULL AND (p.expires_ms IS NULL OR p.expires_ms > $1) AND NOT EXISTS (SELECT 1 "
		"FROM drills) ORDER BY p.id",
		KS_SQL(KS_SQL_INT(now_ms)), &(struct ks_sql_reader){ read_plan, arena, out }, err);
}

static int read_step(struct ks_db_query *query, int64_t plan, struct ks_arena *arena,
	struct ks_ledger_step *out, struct ks_err *err)
{
	*out = (struct ks_ledger_step){
		.plan = plan,
		.number = ks_db_column_int(query, 0),
		.state = (enum ks_ledger_step_state)find_name(step_names, COUNT(step_names),
			ks_db_column_text(query, 2)),
		.before = ks_sql_text(query, 3, arena),
		.effect = ks_sql_text(query, 4, arena),
		.sent_ms = ks_sql_time(query, 5),
		.done_ms = ks_sql_time(query, 6),
		.attempts = ks_db_column_int(query, 7),
		.request_id = ks_sql_text(query, 8, arena),
		.note = ks_sql_text(query, 9, arena),
		.again_ms = ks_sql_time(query, 10),
	};
	if (ks_packed_parse(ks_db_column_text(query, 1), arena, &out->step, err) != 0)
		return ks_err_wrap(err, "plan %" PRId64 ", step %" PRId64, plan, out->number);
	return 0;
}

int ks_ledger_steps(struct ks_db *db, int64_t plan, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT number, step, state, state_before, effect, sent_ms, done_ms, attempts, "
		"request_id, note, again_ms FROM steps WHERE plan_id = $1 ORDER BY number", KS_SQL(KS_SQL_INT(plan)),
		&query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		rc = read_step(query, plan, arena, ks_vec_push(out), err);
	ks_db_finish(query);
	return rc;
}

/* ---- changing ---- */

static int get(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_ledger_plan *out,
	struct ks_err *err)
{
	bool is_found = false;

	if (ks_ledger_find(db, id, arena, out, &is_found, err) != 0)
		return -1;
	return is_found ? 0 : ks_err_set(err, KS_ERR_NOTFOUND, "there is no plan %" PRId64, id);
}

static bool is_late(const struct ks_ledger_plan *plan, int64_t now_ms)
{
	return plan->expires_ms != KS_TIME_NONE && plan->expires_ms <= now_ms;
}

static int approve(struct ks_db *db, const struct ks_ledger_plan *plan, struct ks_str who, int64_t now_ms,
	int64_t expires_ms, struct ks_err *err)
{
	struct ks_json *body;
	char text[KS_TIME_TEXT];

	if (plan->state != KS_LEDGER_WAITING && (plan->state != KS_LEDGER_READY || plan->approved_by.p != NULL))
		return ks_err_set(err, KS_ERR_STATE, "plan %" PRId64 " does not wait for an approval: it is %s",
			plan->id, state_names[plan->state]);
	if (is_late(plan, now_ms))
		return ks_err_set(err, KS_ERR_STATE, "plan %" PRId64 " waited until %s for an approval, make a new "
			"one with 'keysnare respond approve %" PRId64 "'", plan->id,
			ks_time_render(plan->expires_ms, text), plan->incident);
	if (ks_sql_run(db, "UPDATE plans SET state = 'ready', approved_by = $2, approved_ms = $3, expires_ms = "
		"$4 WHERE id = $1", KS_SQL(KS_SQL_INT(plan->id), KS_SQL_TEXT(who), KS_SQL_INT(now_ms),
			KS_SQL_TIME(expires_ms)), err) != 0)
		return -1;
	body = ks_json_new_object();
	ks_json_add_int(body, "plan", plan->id);
	ks_json_add_str(body, "digest", plan->digest);
	ks_json_add_text(body, "until", expires_ms != KS_TIME_NONE ? ks_time_render(expires_ms, text) : NULL);
	return ks_journal_add_json(db, plan->incident, now_ms, who, "plan-approved", body, err);
}

int ks_ledger_approve(struct ks_db *db, int64_t id, struct ks_str digest, struct ks_str who, int64_t now_ms,
	int64_t expires_ms, struct ks_err *err)
{
	struct ks_ledger_plan plan = { 0 };
	struct ks_arena arena = { NULL };
	int rc = get(db, id, &arena, &plan, err);

	if (rc == 0 && !ks_str_is_equal(plan.digest, digest))
		rc = ks_err_set(err, KS_ERR_CONFLICT, "plan %" PRId64 " has the digest " KS_STR_FMT ", not "
			KS_STR_FMT, id, KS_STR_ARG(plan.digest), KS_STR_ARG(digest));
	if (rc == 0)
		rc = approve(db, &plan, who, now_ms, expires_ms, err);
	ks_arena_release(&arena);
	return rc;
}

static int expire_all(struct ks_db *db, const struct ks_vec *plans, int64_t now_ms, struct ks_err *err)
{
	for (size_t i = 0; i < plans->n; i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(plans, struct ks_ledger_plan, i);
		struct ks_json *body;

		if ((plan->state != KS_LEDGER_WAITING && plan->state != KS_LEDGER_READY) || !is_late(plan, now_ms))
			continue;
		if (ks_sql_run(db, "UPDATE plans SET state = 'expired', ended_ms = $2, untold = 1 WHERE id = $1",
			KS_SQL(KS_SQL_INT(plan->id), KS_SQL_INT(now_ms)), err) != 0)
			return -1;
		body = ks_json_new_object();
		ks_json_add_int(body, "plan", plan->id);
		ks_json_add_text(body, "state", state_names[plan->state]);
		if (ks_journal_add_json(db, plan->incident, now_ms, KS_STR(KS_JOURNAL_SELF), "plan-expired", body,
			err) != 0)
			return -1;
	}
	return 0;
}

int ks_ledger_expire(struct ks_db *db, int64_t now_ms, struct ks_err *err)
{
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	struct ks_arena arena = { NULL };
	int64_t late = 0;
	int rc = ks_sql_int(db, "SELECT COUNT(*) FROM plans WHERE state IN ('waiting', 'ready') AND expires_ms "
		"<= $1", KS_SQL(KS_SQL_INT(now_ms)), &late, err);

	if (rc != 0 || late == 0)
		return rc;
	if (ks_db_begin(db, err) != 0)
		return -1;
	rc = ks_ledger_list(db, 0, &arena, &plans, err);
	if (rc == 0)
		rc = expire_all(db, &plans, now_ms, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	ks_vec_release(&plans);
	ks_arena_release(&arena);
	return rc;
}

int ks_ledger_yield(struct ks_db *db, const struct ks_ledger_yield *yield, struct ks_err *err)
{
	bool is_over = yield->to == KS_LEDGER_EXPIRED;
	struct ks_json *body;
	int64_t incident = 0;

	if (ks_sql_int(db, "SELECT incident_id FROM plans WHERE id = $1", KS_SQL(KS_SQL_INT(yield->plan)),
		&incident,
			err) != 0 ||
		ks_sql_run(db, "UPDATE plans SET state = $2, ended_ms = $3, expires_ms = COALESCE($4, expires_ms) "
			"WHERE id = $1 AND state IN ('waiting', 'ready') AND state <> $2 AND approved_by IS NULL AND "
			"owner IS NULL",
			KS_SQL(KS_SQL_INT(yield->plan), KS_SQL_TEXT(ks_str_of(state_names[yield->to])),
				KS_SQL_TIME(is_over ? yield->now_ms : KS_TIME_NONE), KS_SQL_TIME(yield->expires_ms)),
				err) != 0)
		return -1;
	if (ks_db_changes(db) != 1)
		return 0;
	body = ks_json_new_object();
	ks_json_add_int(body, "plan", yield->plan);
	ks_json_add_text(body, "state", state_names[yield->to]);
	ks_json_add_text(body, "why", yield->why);
	return ks_journal_add_json(db, incident, yield->now_ms, KS_STR(KS_JOURNAL_SELF), "plan-left", body, err);
}

int ks_ledger_count_keys(struct ks_db *db, int64_t since_ms, struct ks_str except, int64_t enough,
	int64_t *out, struct ks_err *err)
{
	/* By what was sent and what runs: that is little, and old plans may be many. Nothing in it is sorted, so
	 * that it ends as soon as there are enough. */
	return ks_sql_int(db, "SELECT COUNT(*) FROM (SELECT DISTINCT CASE a.key_id WHEN '' THEN a.actor ELSE "
		"a.key_id END FROM (SELECT p.key_id, p.actor, p.is_decoy FROM steps s JOIN plans p ON p.id = "
		"s.plan_id WHERE s.sent_ms >= $1 UNION ALL SELECT r.key_id, r.actor, r.is_decoy FROM plans r WHERE "
		"r.state = 'running' AND r.begun_ms >= $1) AS a WHERE a.is_decoy = 0 AND $2 NOT IN (a.key_id, "
		"a.actor, substr(a.actor, 11)) LIMIT $3) AS keys",
		KS_SQL(KS_SQL_INT(since_ms), KS_SQL_TEXT(except.p != NULL && except.n > 0 ? except : KS_STR("-")),
			KS_SQL_INT(enough)), out, err);
}

/* ---- working on a plan ---- */

static int take(struct ks_db *db, const struct ks_ledger_claim *claim, const struct ks_ledger_plan *plan,
	struct ks_err *err)
{
	struct ks_json *body;

	if (plan->owner != 0 && plan->owner != ks_seat_number(claim->seat) &&
		ks_seat_is_taken(claim->seat, plan->owner))
		return ks_err_set(err, KS_ERR_STATE, "another keysnare is at work on plan %" PRId64, plan->id);
	if ((claim->from & 1u << plan->state) == 0)
		return ks_err_set(err, KS_ERR_STATE, "plan %" PRId64 " is %s", plan->id, state_names[plan->state]);
	if (ks_sql_run(db, "UPDATE plans SET owner = $2, state = $3, begun_ms = COALESCE(begun_ms, $4), "
		"ended_ms = NULL WHERE id = $1", KS_SQL(KS_SQL_INT(plan->id),
		KS_SQL_INT(ks_seat_number(claim->seat)),
			KS_SQL_TEXT(ks_str_of(state_names[claim->to])), KS_SQL_INT(claim->now_ms)), err) != 0)
		return -1;
	body = ks_json_new_object();
	ks_json_add_int(body, "plan", plan->id);
	ks_json_add_str(body, "digest", plan->digest);
	ks_json_add_text(body, "from", state_names[plan->state]);
	return ks_journal_add_json(db, plan->incident, claim->now_ms, claim->who,
		claim->to == KS_LEDGER_UNDOING ? "undo-begun" : "plan-begun", body, err);
}

int ks_ledger_claim(struct ks_db *db, const struct ks_ledger_claim *claim, struct ks_err *err)
{
	struct ks_ledger_plan plan = { 0 };
	struct ks_arena arena = { NULL };
	/* It holds only as long as its owner is alive, and no call goes out before an intent is on the disk. */
	int rc = ks_db_begin_light(db, err);

	if (rc != 0)
		return -1;
	rc = get(db, claim->plan, &arena, &plan, err);
	if (rc == 0)
		rc = take(db, claim, &plan, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	ks_arena_release(&arena);
	return rc;
}

static int not_ours(const struct ks_ledger_plan *plan, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_STATE, "another keysnare has taken over plan %" PRId64, plan->id);
}

static struct ks_json *describe(const struct ks_ledger_step *step)
{
	struct ks_json *body = ks_json_new_object();

	ks_json_add_int(body, "plan", step->plan);
	ks_json_add_int(body, "step", step->number);
	ks_json_add_text(body, "action", step->step.action);
	ks_json_add_text(body, "target", step->step.target);
	ks_json_add_text(body, "what", step->step.condition.what);
	ks_json_add_text(body, "state", step_names[step->state]);
	ks_json_add_str(body, "before", step->before);
	ks_json_add_str(body, "effect", step->effect);
	ks_json_add_int(body, "attempts", step->attempts);
	ks_json_add_str(body, "request_id", step->request_id);
	ks_json_add_str(body, "note", step->note);
	return body;
}

int ks_ledger_put(struct ks_db *db, const struct ks_ledger_change *change, const struct ks_ledger_step *step,
	const char *kind, struct ks_err *err)
{
	if (ks_sql_run(db, "UPDATE steps SET state = $3, state_before = $4, effect = $5, sent_ms = $6, done_ms "
		"= $7, attempts = $8, request_id = $9, note = $10, again_ms = $11 WHERE plan_id = $1 AND number = "
		"$2 AND EXISTS (SELECT 1 FROM plans p WHERE p.id = $1 AND p.owner = $12)",
		KS_SQL(KS_SQL_INT(step->plan), KS_SQL_INT(step->number),
			KS_SQL_TEXT(ks_str_of(step_names[step->state])), KS_SQL_TEXT(step->before),
			KS_SQL_TEXT(step->effect), KS_SQL_TIME(step->sent_ms), KS_SQL_TIME(step->done_ms),
			KS_SQL_INT(step->attempts), KS_SQL_TEXT(step->request_id), KS_SQL_TEXT(step->note),
			KS_SQL_TIME(step->again_ms), KS_SQL_INT(change->owner)), err) != 0)
		return -1;
	if (ks_db_changes(db) != 1)
		return not_ours(change->plan, err);
	return ks_journal_add_json(db, change->plan->incident, change->now_ms, change->who, kind, describe(step),
		err);
}

static int let_go(struct ks_db *db, const struct ks_ledger_change *change, enum ks_ledger_state state,
	int64_t expires_ms, const char *why, struct ks_err *err)
{
	const struct ks_ledger_plan *plan = change->plan;
	struct ks_json *body;

	if (ks_sql_run(db, "UPDATE plans SET owner = NULL, state = $2, ended_ms = $3, expires_ms = COALESCE($4, "
		"expires_ms) WHERE id = $1 AND owner = $5",
		KS_SQL(KS_SQL_INT(plan->id), KS_SQL_TEXT(ks_str_of(state_names[state])), KS_SQL_INT(change->now_ms),
			KS_SQL_TIME(expires_ms), KS_SQL_INT(change->owner)), err) != 0)
		return -1;
	if (ks_db_changes(db) != 1)
		return not_ours(plan, err);
	body = ks_json_new_object();
	ks_json_add_int(body, "plan", plan->id);
	ks_json_add_text(body, "state", state_names[state]);
	ks_json_add_text(body, "why", why);
	return ks_journal_add_json(db, plan->incident, change->now_ms, change->who, "plan-left", body, err);
}

int ks_ledger_end(struct ks_db *db, const struct ks_ledger_change *change, enum ks_ledger_state state,
	int64_t expires_ms, const char *why, struct ks_err *err)
{
	if (ks_db_begin(db, err) != 0)
		return -1;
	if (let_go(db, change, state, expires_ms, why, err) != 0) {
		ks_db_rollback(db);
		return -1;
	}
	return ks_db_commit(db, err);
}

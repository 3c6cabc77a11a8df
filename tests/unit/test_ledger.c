/* lib/respond/ledger: plans and steps in the store, and who may change them */
#include "lib/respond/ledger.h"

#include "lib/incident/journal.h"
#include "lib/respond/planpost.h"
#include "lib/store/schema.h"
#include "lib/store/sql.h"

#include "tests/unit/fixture.h"
#include "tests/unit/respond.h"

#define POLICY "name: a\nmode: approve\nsteps:\n  - notify: [oncall]\n  - disable_key\n  - quarantine_user\n"
#define LATER (RESPOND_NOW + 1000)

struct ledger {
	struct fixture f;
	struct ks_db *db;
	struct respond_facts facts;
	struct ks_policyset set;
	struct ks_plan plan;
	struct ks_arena arena;
	struct ks_seat *seat;
	int64_t id;                  /* of the plan, once it was added */
};

static void must(int rc, const struct ks_err *err)
{
	if (rc != 0)
		fail_msg("%s", err->message);
}

static void sql(struct ledger *l, const char *text)
{
	struct ks_err err = { 0 };

	must(ks_db_exec(l->db, text, &err), &err);
}

static void add(struct ledger *l, bool is_ready, int64_t expires_ms)
{
	struct ks_err err = { 0 };

	must(ks_db_begin(l->db, &err), &err);
	must(ks_ledger_add(l->db, &l->plan, is_ready, RESPOND_NOW, expires_ms, &l->id, &err), &err);
	must(ks_db_commit(l->db, &err), &err);
}

static void open_it(struct ledger *l, const struct respond_incident *incident)
{
	struct ks_err err = { 0 };

	memset(l, 0, sizeof(*l));
	fixture_init(&l->f);
	must(ks_schema_open(&l->f.ctx, fixture_path(&l->f, "s.db"), KS_DB_CREATE, &l->db, &err), &err);
	must(ks_seat_open(&l->f.ctx, ks_db_path(l->db), &l->seat, &err), &err);
	sql(l, "INSERT INTO incidents (id, actor, state, level, stages, opened_ms, changed_ms, events, muted, "
		"notified_level, pending) VALUES (7, 'key:x', 'open', 4, 0, 1, 1, 0, 0, 0, 0)");
	respond_facts_init(&l->facts, incident);
	ks_plan_make(respond_policy(&l->set, POLICY), &l->facts.facts, NULL, &l->plan);
}

static void close_it(struct ledger *l)
{
	ks_plan_release(&l->plan);
	respond_facts_release(&l->facts);
	ks_policyset_release(&l->set);
	ks_arena_release(&l->arena);
	ks_seat_close(l->seat);
	ks_db_close(l->db);
	fixture_release(&l->f);
}

static struct ks_ledger_plan plan_of(struct ledger *l)
{
	struct ks_ledger_plan plan = { 0 };
	struct ks_err err = { 0 };
	bool is_found = false;

	must(ks_ledger_find(l->db, l->id, &l->arena, &plan, &is_found, &err), &err);
	assert_true(is_found);
	return plan;
}

static int64_t journal_count(struct ledger *l, const char *kind)
{
	struct ks_err err = { 0 };
	int64_t n = 0;

	must(ks_sql_int(l->db, "SELECT COUNT(*) FROM journal WHERE incident_id = 7 AND kind = $1",
		KS_SQL(KS_SQL_TEXT(ks_str_of(kind))), &n, &err), &err);
	return n;
}

static void a_refusal_is_told_once(void **state)
{
	static const char *const oncall[] = { "oncall" };
	struct ks_planpost_refusal refusal = { .why = "plan 1 is refused: protect: it is protected",
		.notifiers = oncall, .notifier_count = 1, .now_ms = LATER };
	struct ks_err err = { 0 };
	struct ledger l;
	int64_t n = 0;

	(void)state;
	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, true, LATER);
	refusal.plan = l.id;
	must(ks_planpost_tell_refused(l.db, &refusal, &err), &err);
	must(ks_planpost_tell_refused(l.db, &refusal, &err), &err);
	must(ks_sql_int(l.db, "SELECT COUNT(*) FROM outbox WHERE kind = 'refused' AND notifier = 'oncall' AND "
		"incident_id = 7 AND CAST(body AS TEXT) LIKE '%it is protected%'", KS_SQL_NONE, &n, &err), &err);
	assert_int_equal(n, 1);
	/* Another plan of the incident is another matter. */
	sql(&l, "UPDATE outbox SET body = CAST(REPLACE(CAST(body AS TEXT), '\"plan\":1,', '\"plan\":11,') "
		"AS BLOB)");
	must(ks_planpost_tell_refused(l.db, &refusal, &err), &err);
	must(ks_sql_int(l.db, "SELECT COUNT(*) FROM outbox", KS_SQL_NONE, &n, &err), &err);
	assert_int_equal(n, 2);
	close_it(&l);
}

static void keeps_a_plan_as_it_was_shown(void **state)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step), all = KS_VEC_OF(struct ks_step);
	struct ks_ledger_plan plan;
	char digest[KS_HASH_HEX];
	struct ks_err err = { 0 };
	struct ledger l;

	(void)state;
	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, false, LATER);
	plan = plan_of(&l);
	assert_int_equal(plan.state, KS_LEDGER_WAITING);
	assert_true(ks_str_is(plan.key_id, RESPOND_KEY));
	assert_int_equal(plan.expires_ms, LATER);
	assert_int_equal(plan.begun_ms, KS_TIME_NONE);
	must(ks_ledger_steps(l.db, l.id, &l.arena, &steps, &err), &err);
	assert_int_equal(steps.n, 3);
	assert_int_equal(KS_VEC_AT(&steps, struct ks_ledger_step, 0)->state, KS_LEDGER_STEP_NOTICE);
	assert_int_equal(KS_VEC_AT(&steps, struct ks_ledger_step, 1)->state, KS_LEDGER_STEP_PLANNED);
	assert_null(KS_VEC_AT(&steps, struct ks_ledger_step, 1)->before.p);
	for (size_t i = 0; i < steps.n; i++)
		*(struct ks_step *)ks_vec_push(&all) = KS_VEC_AT(&steps, struct ks_ledger_step, i)->step;
	ks_plan_digest(&(struct ks_plan_name){ plan.incident, plan.account, plan.policy,
		ks_arena_strdup(&l.arena, plan.mode) }, &all, digest);
	assert_string_equal(digest, l.plan.digest);
	ks_vec_release(&all);
	ks_vec_release(&steps);
	close_it(&l);
}

static void does_not_store_it_twice(void **state)
{
	struct ledger l;
	int64_t first;

	(void)state;
	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, false, LATER);
	first = l.id;
	add(&l, false, LATER);
	assert_int_equal(l.id, first);
	assert_int_equal(journal_count(&l, "plan-made"), 1);
	sql(&l, "UPDATE plans SET state = 'done'");
	add(&l, false, LATER);
	assert_int_equal(l.id, first + 1);
	close_it(&l);
}

struct approve_row {
	const char *name;
	const char *before;          /* SQL */
	const char *digest;          /* NULL: its own */
	int64_t plan, now_ms;        /* plan 0: it */
	enum ks_err_code code;       /* NONE: approved */
};

static const struct approve_row approvals[] = {
	{ "in time", NULL, NULL, 0, LATER - 1, KS_ERR_NONE },
	{ "too late", NULL, NULL, 0, LATER, KS_ERR_STATE },
	{ "another digest", NULL, "00", 0, RESPOND_NOW, KS_ERR_CONFLICT },
	{ "the beginning of its digest", NULL, "", 0, RESPOND_NOW, KS_ERR_CONFLICT },
	{ "another plan", NULL, NULL, 99, RESPOND_NOW, KS_ERR_NOTFOUND },
	{ "one that is enforced", "UPDATE plans SET state = 'ready'", NULL, 0, RESPOND_NOW, KS_ERR_NONE },
	{ "a second time", "UPDATE plans SET state = 'ready', approved_by = 'bob'", NULL, 0, RESPOND_NOW,
		KS_ERR_STATE },
	{ "what was done", "UPDATE plans SET state = 'done'", NULL, 0, RESPOND_NOW, KS_ERR_STATE },
};

static void approves(void **state)
{
	const struct approve_row *row = *state;
	struct ks_err err = { 0 };
	struct ledger l;
	struct ks_str digest;
	int rc;

	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, false, LATER);
	if (row->before != NULL)
		sql(&l, row->before);
	digest = ks_str_of(row->digest != NULL ? row->digest : l.plan.digest);
	must(ks_db_begin(l.db, &err), &err);
	rc = ks_ledger_approve(l.db, row->plan != 0 ? row->plan : l.id, digest, KS_STR("ann"), row->now_ms,
		LATER * 2, &err);
	must(ks_db_commit(l.db, &(struct ks_err){ 0 }), &err);
	assert_int_equal(err.code, row->code);
	assert_int_equal(rc, row->code == KS_ERR_NONE ? 0 : -1);
	assert_int_equal(journal_count(&l, "plan-approved"), row->code == KS_ERR_NONE ? 1 : 0);
	if (rc == 0) {
		assert_int_equal(plan_of(&l).state, KS_LEDGER_READY);
		assert_int_equal(plan_of(&l).expires_ms, LATER * 2);
		assert_true(ks_str_is(plan_of(&l).approved_by, "ann"));
	}
	close_it(&l);
}

struct expire_row {
	const char *name, *state;
	int64_t now_ms;
	bool is_expired;
};

static const struct expire_row expiries[] = {
	{ "waits, and its time is over", "waiting", LATER, true },
	{ "is ready, and its time is over", "ready", LATER, true },
	{ "waits", "waiting", LATER - 1, false },
	{ "was begun", "running", LATER, false },
	{ "was done", "done", LATER, false },
};

static void expires(void **state)
{
	const struct expire_row *row = *state;
	struct ks_err err = { 0 };
	struct ledger l;

	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, false, LATER);
	must(ks_sql_run(l.db, "UPDATE plans SET state = $1", KS_SQL(KS_SQL_TEXT(ks_str_of(row->state))), &err),
		&err);
	must(ks_ledger_expire(l.db, row->now_ms, &err), &err);
	assert_int_equal(plan_of(&l).state == KS_LEDGER_EXPIRED, row->is_expired);
	assert_int_equal(journal_count(&l, "plan-expired"), row->is_expired);
	close_it(&l);
}

struct claim_row {
	const char *name, *state;
	int owner;                   /* 0: nobody; 1: somebody alive; 2: somebody who is gone; 3: ourselves */
	bool is_taken;
};

static const struct claim_row claims[] = {
	{ "a ready one", "ready", 0, true },
	{ "one that a crash left behind", "running", 2, true },
	{ "our own", "running", 3, true },
	{ "somebody is at it", "running", 1, false },
	{ "it waits", "waiting", 0, false },
	{ "it is done", "done", 0, false },
	{ "it is refused", "refused", 0, false },
};

static void claims_a_plan(void **state)
{
	const struct claim_row *row = *state;
	struct ks_seat *other = NULL;
	struct ks_err err = { 0 };
	struct ledger l;
	int64_t owner;
	int rc;

	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, false, LATER);
	must(ks_seat_open(&l.f.ctx, ks_db_path(l.db), &other, &err), &err);
	owner = row->owner == 0 ? 0 : row->owner == 3 ? ks_seat_number(l.seat) : ks_seat_number(other);
	must(ks_sql_run(l.db, "UPDATE plans SET state = $1, owner = $2",
		KS_SQL(KS_SQL_TEXT(ks_str_of(row->state)), KS_SQL_REF(owner)), &err), &err);
	if (row->owner == 2) {
		ks_seat_close(other);
		other = NULL;
	}
	rc = ks_ledger_claim(l.db, &(struct ks_ledger_claim){ .plan = l.id, .seat = l.seat,
		.from = 1u << KS_LEDGER_READY | 1u << KS_LEDGER_RUNNING, .to = KS_LEDGER_RUNNING,
		.who = KS_STR("ann"), .now_ms = LATER }, &err);
	assert_int_equal(rc, row->is_taken ? 0 : -1);
	assert_int_equal(plan_of(&l).owner == ks_seat_number(l.seat), row->is_taken);
	if (rc != 0)
		assert_int_equal(err.code, KS_ERR_STATE);
	assert_int_equal(journal_count(&l, "plan-begun"), row->is_taken);
	ks_seat_close(other);
	close_it(&l);
}

/* Whoever lost the plan to somebody else changes nothing, also not in the journal. */
static void changes_only_its_own(void **state)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step), again = KS_VEC_OF(struct ks_ledger_step);
	struct ks_ledger_change change;
	struct ks_ledger_step *step;
	struct ks_ledger_plan plan;
	struct ks_err err = { 0 };
	struct ledger l;

	(void)state;
	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, true, LATER);
	plan = plan_of(&l);
	change = (struct ks_ledger_change){ &plan, ks_seat_number(l.seat), KS_STR("ann"), LATER };
	must(ks_ledger_steps(l.db, l.id, &l.arena, &steps, &err), &err);
	step = KS_VEC_AT(&steps, struct ks_ledger_step, 1);
	step->state = KS_LEDGER_STEP_INTENDED;
	step->before = KS_STR("Active");
	step->sent_ms = LATER;
	step->attempts = 1;
	must(ks_db_begin(l.db, &err), &err);
	assert_int_equal(ks_ledger_put(l.db, &change, step, "step-intended", &err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	ks_db_rollback(l.db);
	assert_int_equal(ks_ledger_end(l.db, &change, KS_LEDGER_DONE, KS_TIME_NONE, NULL, &err), -1);
	must(ks_ledger_claim(l.db, &(struct ks_ledger_claim){ l.id, l.seat, 1u << KS_LEDGER_READY,
		KS_LEDGER_RUNNING, KS_STR("ann"), LATER }, &err), &err);
	must(ks_db_begin(l.db, &err), &err);
	must(ks_ledger_put(l.db, &change, step, "step-intended", &err), &err);
	must(ks_db_commit(l.db, &err), &err);
	must(ks_ledger_steps(l.db, l.id, &l.arena, &again, &err), &err);
	step = KS_VEC_AT(&again, struct ks_ledger_step, 1);
	assert_int_equal(step->state, KS_LEDGER_STEP_INTENDED);
	assert_true(ks_str_is(step->before, "Active"));
	assert_int_equal(step->sent_ms, LATER);
	assert_int_equal(journal_count(&l, "step-intended"), 1);
	must(ks_ledger_end(l.db, &change, KS_LEDGER_DONE, KS_TIME_NONE, NULL, &err), &err);
	assert_int_equal(plan_of(&l).owner, 0);
	assert_int_equal(plan_of(&l).expires_ms, LATER);
	ks_vec_release(&steps);
	ks_vec_release(&again);
	close_it(&l);
}

struct count_row {
	const char *name;
	struct respond_incident incident;
	const char *sql;             /* after the plan was added; ready and not begun before */
	const char *except;
	int64_t keys;                /* since LATER */
};

static const struct count_row counts[] = {
	{ "nothing was sent", { .n = 1 }, NULL, "", 0 },
	{ "a step was sent", { .n = 1 }, "UPDATE steps SET sent_ms = 1795348801000 WHERE number = 2", "", 1 },
	{ "two steps of one key", { .n = 1 }, "UPDATE steps SET sent_ms = 1795348801000", "", 1 },
	{ "too long ago", { .n = 1 }, "UPDATE steps SET sent_ms = 1795348800999", "", 0 },
	{ "by somebody who has just begun", { .n = 1 },
		"UPDATE plans SET state = 'running', begun_ms = 1795348801000", "", 1 },
	{ "the key itself is left out", { .n = 1 }, "UPDATE steps SET sent_ms = 1795348801000", RESPOND_KEY, 0 },
	{ "its actor is left out", { .n = 1 }, "UPDATE steps SET sent_ms = 1795348801000", "key:" RESPOND_KEY,
		0 },
	{ "another one is left out", { .n = 1 }, "UPDATE steps SET sent_ms = 1795348801000", "AKIAX", 1 },
	{ "a decoy", { .n = 1, .is_decoy = true }, "UPDATE steps SET sent_ms = 1795348801000", "", 0 },
	{ "a principal without a key", { .actor = "principal:" RESPOND_USER, .n = 1, .events = { { .key =
		"" } } },
		"UPDATE steps SET sent_ms = 1795348801000", "", 1 },
	{ "a principal is left out by its ARN",
		{ .actor = "principal:" RESPOND_USER, .n = 1, .events = { { .key = "" } } },
		"UPDATE steps SET sent_ms = 1795348801000", RESPOND_USER, 0 },
};

static void counts_keys(void **state)
{
	const struct count_row *row = *state;
	struct ks_err err = { 0 };
	struct ledger l;
	int64_t keys = -1;

	open_it(&l, &row->incident);
	add(&l, true, KS_TIME_NONE);
	if (row->sql != NULL)
		sql(&l, row->sql);
	must(ks_ledger_count_keys(l.db, LATER, ks_str_of(row->except), INT64_MAX, &keys, &err), &err);
	assert_int_equal(keys, row->keys);
	must(ks_ledger_count_keys(l.db, LATER, ks_str_of(row->except), 0, &keys, &err), &err);
	assert_int_equal(keys, 0);
	close_it(&l);
}

static void does_not_read_a_damaged_step(void **state)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_err err = { 0 };
	struct ledger l;

	(void)state;
	open_it(&l, &(struct respond_incident){ .n = 1 });
	add(&l, true, KS_TIME_NONE);
	sql(&l, "UPDATE steps SET step = replace(step, 'UpdateAccessKey', 'ZapAccessKey') WHERE number = 2");
	assert_int_equal(ks_ledger_steps(l.db, l.id, &l.arena, &steps, &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	ks_vec_release(&steps);
	close_it(&l);
}

int main(void)
{
	static struct rows rows;

	ROWS_TEST(&rows, keeps_a_plan_as_it_was_shown);
	ROWS_TEST(&rows, a_refusal_is_told_once);
	ROWS_TEST(&rows, does_not_store_it_twice);
	ROWS_TABLE(&rows, approves, approvals);
	ROWS_TABLE(&rows, expires, expiries);
	ROWS_TABLE(&rows, claims_a_plan, claims);
	ROWS_TEST(&rows, changes_only_its_own);
	ROWS_TABLE(&rows, counts_keys, counts);
	ROWS_TEST(&rows, does_not_read_a_damaged_step);
	return rows_run("ledger", &rows);
}

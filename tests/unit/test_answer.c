/* lib/engine/answer: what an incident gets in the ledger, and what it does not get twice */
#include "lib/engine/answer.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

#define KEY "AKIAIOSFODNN7EXAMPLE"
#define ENFORCE "name: p\nmode: enforce\nsteps: [disable_key]\n"
#define APPROVE "name: p\nmode: approve\nsteps: [disable_key]\n"

/* A store with an incident, and who may act. */
static struct {
	struct incidents t;
	struct ks_policyset policies;
	struct ks_account account;
	struct ks_settings settings;
	struct ks_mandate mandate;
	struct ks_netlist *lists;        /* nobody is in them */
	struct ks_answer answer;
} a;

/* AWS is out of reach: plans are made all the same. */
static const char *no_aws(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
		return "true";
	return strcmp(name, "HOME") == 0 ? a.t.fixture.dir : NULL;
}

static void set_policy(const char *text)
{
	ks_policyset_release(&a.policies);
	ks_policyset_init(&a.policies);
	assert_int_equal(ks_policyset_add(&a.policies, "test.yml", ks_str_of(text)), 0);
}

static void use(const char *call, int64_t seconds)
{
	const struct ks_ingest_origin origin = { .trust = KS_EVIDENCE_DECLARED };

	incidents_begin(&a.t);
	ks_ingest_set_origin(a.t.ingest, &origin);
	incidents_feed(&a.t, &(struct call){ .key = KEY, .name = call, .source = "ses.amazonaws.com",
		.seconds = seconds });
	incidents_commit(&a.t);
}

static void begin(const char *policy)
{
	struct ks_err err = { 0 };

	memset(&a, 0, sizeof(a));
	incidents_init(&a.t);
	a.t.fixture.ctx.env = no_aws;
	ks_policyset_init(&a.policies);
	set_policy(policy);
	if (ks_settings_load(&a.t.fixture.ctx, NULL, NULL, &a.settings, &err) != 0)
		fail_msg("%s", err.message);
	a.lists = ks_netlist_new();
	ks_netlist_build(a.lists);
	a.account = (struct ks_account){ .id = KS_STR("123456789012") };
	a.mandate = (struct ks_mandate){ .ctx = &a.t.fixture.ctx, .settings = &a.settings,
		.accounts = &a.account,
		.account_count = 1, .lists = a.lists, .approval_ms = HOUR, .who = KS_STR("test"),
			.started_ms = a.t.now_ms };
	use("GetSendQuota", 0);
}

static void end(void)
{
	ks_answer_release(&a.answer);
	ks_netlist_free(a.lists);
	ks_settings_release(&a.settings);
	ks_policyset_release(&a.policies);
	incidents_release(&a.t);
}

static void answer_since(int64_t since_ms)
{
	const struct ks_answer_request request = { .mandate = &a.mandate, .db = a.t.db, .policies = &a.policies,
		.notifiers = a.t.notifiers, .notifier_count = 1, .incident = 1, .since_ms = since_ms };
	struct ks_err err = { 0 };

	ks_answer_release(&a.answer);
	if (ks_answer_make(&request, &a.answer, &err) != 0)
		fail_msg("%s", err.message);
}

static int64_t count(const char *sql)
{
	return incidents_count(&a.t, sql);
}

#define NOTICES "SELECT COUNT(*) FROM outbox WHERE kind = 'approval'"

struct row {
	const char *name;
	const char *policy;
	int64_t since_ms;                /* after the program began */
	enum ks_answer_kind kind;
	const char *why;                 /* how it begins; NULL: nothing is said */
	size_t ready, waiting;
	bool is_elsewhere;               /* the config has another account */
};

static const struct row rows[] = {
	{ "enforced", ENFORCE, 0, KS_ANSWER_STORED, NULL, 1, 0, false },
	{ "approval", APPROVE, 0, KS_ANSWER_STORED, "the policy asks for approval", 0, 1, false },
	{ "dry run", "name: p\nsteps: [disable_key]\n", 0, KS_ANSWER_SHOWN, "the policy is a dry run", 0, 0,
		false },
	{ "no policy", "name: p\nmode: enforce\nwhen: {level: critical}\nsteps: [disable_key]\n", 0,
		KS_ANSWER_NONE, "no response policy is for it", 0, 0, false },
	{ "notices only", "name: p\nmode: enforce\nsteps: [notify: [x]]\n", 0, KS_ANSWER_NONE,
		"the policy asks nothing of AWS for it", 0, 0, false },
	{ "left over", ENFORCE, -1, KS_ANSWER_STORED, "leftover: ", 0, 1, false },
	{ "mixed", "name: p\nmode: enforce\nsteps: [disable_key, quarantine_user]\n", 0, KS_ANSWER_STORED,
		"its scope is wider than the key", 1, 1, false },
	{ "with leave", "name: p\nmode: enforce\nsteps: [quarantine_user: {without_approval: true}]\n", 0,
		KS_ANSWER_STORED, NULL, 1, 0, false },
	{ "another account", ENFORCE, 0, KS_ANSWER_REFUSED, "account: ", 0, 0, true },
};

static void test_kinds(void **state)
{
	const struct row *row = *state;

	begin(row->policy);
	if (row->is_elsewhere)
		a.account.id = KS_STR("210987654321");
	answer_since(a.mandate.started_ms + row->since_ms);
	assert_int_equal(a.answer.kind, row->kind);
	assert_int_equal(a.answer.ready, row->ready);
	assert_int_equal(a.answer.waiting, row->waiting);
	if (row->why == NULL)
		assert_null(a.answer.why);
	else if (a.answer.why == NULL || !ks_str_has_prefix(ks_str_of(a.answer.why), ks_str_of(row->why)))
		fail_msg("%s", a.answer.why != NULL ? a.answer.why : "nothing is said");
	assert_int_equal(count("SELECT COUNT(*) FROM plans"), row->kind == KS_ANSWER_STORED);
	assert_int_equal(count("SELECT COUNT(*) FROM plans WHERE state = 'ready'"), row->ready > 0);
	assert_int_equal(count(NOTICES), row->waiting > 0);
	end();
}

/* What a guard refuses is told once for each reason: a thief may have brought it about. */
static void test_refused(void **state)
{
	(void)state;
	begin(ENFORCE);
	a.account.id = KS_STR("210987654321");
	answer_since(a.t.now_ms);
	use("GetSendQuota", 5);
	answer_since(a.t.now_ms);
	assert_int_equal(a.answer.kind, KS_ANSWER_REFUSED);
	assert_int_equal(count("SELECT COUNT(*) FROM outbox WHERE kind = 'refused'"), 1);
	assert_int_equal(count("SELECT COUNT(*) FROM journal WHERE kind = 'plan-held'"), 1);
	end();
	begin("name: p\nsteps: [disable_key]\n");
	a.account.id = KS_STR("210987654321");
	answer_since(a.t.now_ms);
	assert_int_equal(count("SELECT COUNT(*) FROM outbox WHERE kind = 'refused'"), 0);
	end();
}

/* The same evidence, and more of it, brings no second plan and no second notice. */
static void test_known(void **state)
{
	(void)state;
	begin(APPROVE);
	answer_since(a.t.now_ms);
	use("GetSendQuota", 5);
	answer_since(a.t.now_ms);
	assert_int_equal(a.answer.kind, KS_ANSWER_KNOWN);
	assert_int_equal(count("SELECT COUNT(*) FROM plans"), 1);
	assert_int_equal(count(NOTICES), 1);
	end();
}

/* What waited gives way to what the incident asks for by now; what was begun does not. */
static void test_replaced(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	for (int is_begun = 0; is_begun < 2; is_begun++) {
		begin(APPROVE);
		answer_since(a.t.now_ms);
		if (is_begun)
			assert_int_equal(ks_db_exec(a.t.db, "UPDATE plans SET begun_ms = 1", &err), 0);
		set_policy("name: p\nmode: approve\nsteps: [disable_key, quarantine_user]\n");
		answer_since(a.t.now_ms);
		assert_int_equal(a.answer.kind, KS_ANSWER_STORED);
		assert_int_equal(count("SELECT COUNT(*) FROM plans WHERE state = 'waiting'"), 1 + is_begun);
		assert_int_equal(count("SELECT COUNT(*) FROM plans WHERE state = 'expired'"), 1 - is_begun);
		assert_int_equal(count(NOTICES), 2);
		end();
	}
}

/* What was taken back comes again with new evidence only, and not while the incident is on hold. */
static void test_undone(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	begin(ENFORCE);
	answer_since(a.t.now_ms);
	a.t.now_ms += 60000;
	assert_int_equal(ks_db_exec(a.t.db, "UPDATE plans SET state = 'undone', ended_ms = made_ms + 1000",
		&err), 0);
	answer_since(a.t.now_ms);
	assert_int_equal(a.answer.kind, KS_ANSWER_KNOWN);
	use("GetSendQuota", 30);
	assert_int_equal(ks_db_exec(a.t.db, "UPDATE incidents SET state = 'snoozed', snoozed_until_ms = "
		"9000000000000", &err), 0);
	answer_since(a.t.now_ms);
	assert_int_equal(a.answer.kind, KS_ANSWER_NONE);
	assert_true(ks_str_has_prefix(ks_str_of(a.answer.why), KS_STR("it is on hold")));
	assert_int_equal(ks_db_exec(a.t.db, "UPDATE incidents SET state = 'open', snoozed_until_ms = NULL",
		&err), 0);
	answer_since(a.t.now_ms);
	assert_int_equal(a.answer.kind, KS_ANSWER_STORED);
	end();
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_kinds, rows);
	ROWS_TEST(&all, test_refused);
	ROWS_TEST(&all, test_known);
	ROWS_TEST(&all, test_replaced);
	ROWS_TEST(&all, test_undone);
	return rows_run("answer", &all);
}

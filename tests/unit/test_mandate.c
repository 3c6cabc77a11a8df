/* lib/respond/mandate */
#include "lib/respond/mandate.h"

#include "lib/respond/ledger.h"
#include "lib/respond/pause.h"
#include "tests/unit/fixture.h"
#include "tests/unit/respond.h"

#define HOUR (INT64_C(3600) * 1000)

/* What the ledger was asked; the store has its own tests. */
static struct {
	int64_t since_ms;
	char except[256];
	int64_t enough, keys;
	int rc;
} ledger;

int ks_ledger_count_keys(struct ks_db *db, int64_t since_ms, struct ks_str except, int64_t enough,
	int64_t *out, struct ks_err *err)
{
	(void)db;
	ledger.enough = enough;
	ledger.since_ms = since_ms;
	snprintf(ledger.except, sizeof(ledger.except), KS_STR_FMT, KS_STR_ARG(except));
	if (ledger.rc != 0)
		return ks_err_set(err, KS_ERR_IO, "the store is gone");
	*out = ledger.keys < enough ? ledger.keys : enough;
	return 0;
}

struct row {
	const char *name;
	const char *type, *arn, *key;
	int64_t made_ms;             /* after the program began; below 0: before */
	bool is_approved;
	bool is_leftover;
	const char *except;
};

static const struct row table[] = {
	{ "made in this run", NULL, NULL, NULL, 5, false, false, RESPOND_KEY },
	{ "made as it began", NULL, NULL, NULL, 0, false, false, RESPOND_KEY },
	{ "made in an earlier run", NULL, NULL, NULL, -1, false, true, RESPOND_KEY },
	{ "of an earlier run, and approved", NULL, NULL, NULL, -3 * 24 * HOUR, true, false, RESPOND_KEY },
	{ "of a principal without a key", "IAMUser", RESPOND_USER, "", 5, false, false,
		"principal:" RESPOND_USER },
};

static void test_world(void **state)
{
	const struct row *row = *state;
	struct respond_incident incident = { .actor = row->key != NULL ? "principal:" RESPOND_USER : NULL,
		.events = { { .type = row->type, .arn = row->arn, .key = row->key } } };
	struct ks_account account = { .id = KS_STR(RESPOND_ACCOUNT) };
	struct ks_arena arena = { NULL };
	struct ks_account_self self = { .base_key = KS_STR("AKIABASE") };
	struct ks_guard_world world;
	struct respond_facts facts;
	struct ks_err err = { 0 };
	struct fixture f;
	struct ks_mandate mandate = { .ctx = &f.ctx, .accounts = &account, .account_count = 1, .most_keys = 9,
		.started_ms = FIXTURE_NOW };

	fixture_init(&f);
	respond_facts_init(&facts, &incident);
	ledger.keys = 3;
	assert_int_equal(ks_mandate_world(&mandate, NULL, &(struct ks_mandate_case){ &facts.facts, &self,
		FIXTURE_NOW + row->made_ms, row->is_approved, 0 }, &arena, &world, &err), 0);
	assert_int_equal(ledger.since_ms, FIXTURE_NOW - HOUR);
	assert_string_equal(ledger.except, row->except);
	assert_int_equal(ledger.enough, INT64_MAX);
	assert_int_equal(world.keys, 3);
	assert_int_equal(world.most_keys, 9);
	assert_int_equal(world.is_leftover, row->is_leftover);
	assert_ptr_equal(world.accounts, &account);
	assert_int_equal(world.account_count, 1);
	assert_ptr_equal(world.self, &self);
	assert_null(world.paused);
	respond_facts_release(&facts);
	ks_arena_release(&arena);
	fixture_release(&f);
}

static void test_paused(void **state)
{
	struct respond_incident incident = { .n = 1 };
	struct ks_arena arena = { NULL };
	struct ks_guard_world world;
	struct respond_facts facts;
	struct ks_err err = { 0 };
	struct fixture f;
	struct ks_mandate mandate = { .ctx = &f.ctx };
	struct ks_mandate_case plan = { .facts = &facts.facts };
	bool is_new;

	(void)state;
	fixture_init(&f);
	respond_facts_init(&facts, &incident);
	mandate.pause_path = ks_arena_printf(&arena, "%s/paused", f.dir);
	assert_int_equal(ks_mandate_world(&mandate, NULL, &plan, &arena, &world, &err), 0);
	assert_null(world.paused);
	/* No further than the limit, unless people have to know how far beyond it they are. */
	ledger.keys = 7;
	plan.enough = 9;
	assert_int_equal(ks_mandate_world(&mandate, NULL, &plan, &arena, &world, &err), 0);
	assert_int_equal(ledger.enough, 9);
	plan.enough = 3;
	assert_int_equal(ks_mandate_world(&mandate, NULL, &plan, &arena, &world, &err), 0);
	assert_int_equal(ledger.enough, INT64_MAX);
	assert_int_equal(world.keys, 7);
	assert_int_equal(ks_pause_set(mandate.pause_path, KS_STR("alice"), KS_STR("why"), FIXTURE_NOW, &is_new,
		&err), 0);
	assert_int_equal(ks_mandate_world(&mandate, NULL, &plan, &arena, &world, &err), 0);
	assert_string_equal(world.paused, "by alice since 2025-11-21T10:00:00.123Z: why");
	ledger.rc = -1;
	assert_int_equal(ks_mandate_world(&mandate, NULL, &plan, &arena, &world, &err), -1);
	assert_string_equal(err.message, "the store is gone");
	ledger.rc = 0;
	respond_facts_release(&facts);
	ks_arena_release(&arena);
	fixture_release(&f);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_world, table);
	ROWS_TEST(&rows, test_paused);
	return rows_run("mandate", &rows);
}

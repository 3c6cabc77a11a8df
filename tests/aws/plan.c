/* Puts an approved plan into a store, for the tests beside this file: plan STORE KEY USER STEP…. The key is
 * of account 123456789012 and the plan is made by hand, as "keysnare contain" makes one; what AWS would have
 * said of the key comes from the command line. PLAN_DIGEST: approved with that one; PLAN_UNTIL: until then
 * (ms). Prints the plan's number. */
#include "lib/incident/opening.h"
#include "lib/respond/byhand.h"
#include "lib/respond/ledger.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ACCOUNT "123456789012"

struct order {
	struct ks_ctx ctx;
	struct ks_db *db;
	struct ks_byhand_key key;
	const struct ks_policy *policy;
	struct ks_facts facts;
	struct ks_plan plan;
	struct ks_arena arena;
	int64_t id;
};

static int add(struct order *o, struct ks_err *err)
{
	const char *digest = getenv("PLAN_DIGEST"), *given = getenv("PLAN_UNTIL");
	int64_t now = ks_ctx_now(&o->ctx), until = now + INT64_C(3600) * 1000;
	const struct ks_opening opening = { .actor = o->facts.actor, .account = KS_STR(ACCOUNT),
		.level = KS_LEVEL_HIGH, .who = KS_STR("test"), .now_ms = now };
	const struct ks_byhand_note note = { o->facts.incident, now, KS_STR("test"), KS_STR("a test") };
	int64_t found = 0, next = 0;

	if (given != NULL)
		until = strtoll(given, NULL, 10);
	if (ks_opening_find(o->db, o->facts.actor, &found, &next, err) != 0 ||
		(found == 0 && ks_opening_add(o->db, &opening, &found, err) != 0) ||
		ks_byhand_add(o->db, &note, &o->key, err) != 0 ||
		ks_ledger_add(o->db, &o->plan, false, now, now + INT64_C(3600) * 1000, &o->id, err) != 0)
		return -1;
	return ks_ledger_approve(o->db, o->id, ks_str_of(digest != NULL ? digest : o->plan.digest),
		KS_STR("test"),
		now, until, err);
}

static int make(struct order *o, struct ks_err *err)
{
	int64_t found = 0, next = 0;

	o->facts.actor = ks_str_of(ks_arena_printf(&o->arena, "key:" KS_STR_FMT, KS_STR_ARG(o->key.key_id)));
	o->facts.now_ms = ks_ctx_now(&o->ctx);
	o->facts.level = KS_LEVEL_HIGH;
	if (ks_opening_find(o->db, o->facts.actor, &found, &next, err) != 0)
		return -1;
	o->facts.incident = found != 0 ? found : next;
	ks_byhand_fill(&o->key, &o->facts);
	ks_plan_make(o->policy, &o->facts, NULL, &o->plan);
	if (ks_db_begin(o->db, err) != 0)
		return -1;
	if (add(o, err) != 0) {
		ks_db_rollback(o->db);
		return -1;
	}
	return ks_db_commit(o->db, err);
}

int main(int argc, char **argv)
{
	struct ks_policyset set;
	struct order order = { .db = NULL };
	struct ks_err err = { 0 };
	int rc;

	if (argc < 5) {
		fprintf(stderr, "plan STORE KEY USER STEP...\n");
		return 2;
	}
	ks_ctx_init(&order.ctx);
	ks_policyset_init(&set);
	order.key = (struct ks_byhand_key){ ks_str_of(argv[2]), KS_STR(ACCOUNT),
		ks_partition_find(KS_STR("aws")),
		ks_str_of(argv[3]),
		ks_str_of(ks_arena_printf(&order.arena, "arn:%s:iam::" ACCOUNT ":user/%s", "aws", argv[3])),
		KS_STR("Active") };
	rc = ks_schema_open(&order.ctx, argv[1], KS_DB_CREATE, &order.db, &err);
	if (rc == 0)
		rc = ks_byhand_policy(&set, (const char *const *)&argv[4], (size_t)argc - 4, &order.policy, &err);
	if (rc == 0)
		rc = make(&order, &err);
	if (rc == 0)
		printf("%" PRId64 "\n", order.id);
	else
		fprintf(stderr, "plan: %s\n", err.message);
	ks_plan_release(&order.plan);
	ks_db_close(order.db);
	ks_policyset_release(&set);
	ks_arena_release(&order.arena);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

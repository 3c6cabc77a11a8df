/* What an earlier run left, told of. */
#include "lib/engine/leftover.h"

#include "lib/incident/incident.h"
#include "lib/respond/planpost.h"
#include "lib/store/sql.h"

#include <inttypes.h>

#define KIND "approval"

/* Nobody owns it from here on, which is also how it is known that people were told. */
static int let_go(struct ks_db *db, const struct ks_ledger_plan *plan, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE plans SET owner = NULL WHERE id = $1 AND state = 'running' AND owner = $2",
		KS_SQL(KS_SQL_INT(plan->id), KS_SQL_INT(plan->owner)), err);
}

static int post(struct ks_db *db, const struct ks_mandate *mandate, const struct ks_ledger_plan *plan,
	struct ks_arena *arena, struct ks_err *err)
{
	struct ks_vec calls = KS_VEC_OF(struct ks_step);
	struct ks_planpost out = { .kind = KIND, .notifiers = mandate->notifiers,
		.notifier_count = mandate->notifier_count, .now_ms = ks_ctx_now(mandate->ctx),
		.can_approve = plan->state == KS_LEDGER_READY };
	struct ks_incident incident = { 0 };
	bool is_found = false;
	int rc = ks_planpost_load(db, plan->id, arena, &calls, &out, err);

	if (rc == 0)
		rc = ks_incident_find(db, plan->incident, arena, &incident, &is_found, err);
	out.level = is_found ? incident.level : KS_LEVEL_HIGH;
	out.why = out.can_approve ?
		"it is left over from an earlier run of keysnare, and nothing of it was sent" :
		ks_arena_printf(arena, "it was begun by an earlier run of keysnare that ended in the middle of it: "
			"'keysnare respond run %" PRId64 "' finds out how far it came", plan->incident);
	if (rc == 0)
		rc = ks_planpost_tell(db, &out, err);
	ks_vec_release(&calls);
	return rc;
}

int ks_leftover_tell(struct ks_db *db, const struct ks_mandate *mandate, const struct ks_ledger_plan *plan,
	struct ks_err *err)
{
	int64_t now = ks_ctx_now(mandate->ctx);
	const struct ks_ledger_yield yield = { plan->id, KS_LEDGER_WAITING, now, now + mandate->approval_ms,
		"it is left over from an earlier run of the program" };
	struct ks_arena arena = { NULL };
	int rc;

	/* What somebody approved and nobody has begun is his; of what has no owner people know. */
	if (plan->state == KS_LEDGER_READY ? plan->approved_by.p != NULL : plan->owner == 0)
		return 0;
	if (ks_db_begin(db, err) != 0)
		return -1;
	rc = plan->state == KS_LEDGER_READY ? ks_ledger_yield(db, &yield, err) : let_go(db, plan, err);
	if (rc == 0)
		rc = post(db, mandate, plan, &arena, err);
	if (rc == 0)
		rc = ks_db_commit(db, err);
	else
		ks_db_rollback(db);
	ks_arena_release(&arena);
	return rc;
}

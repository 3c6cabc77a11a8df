/* A page at the highest level when a limit is hit. */
#include "lib/respond/alarm.h"

#include "lib/base/time.h"
#include "lib/codec/json.h"
#include "lib/incident/journal.h"
#include "lib/respond/planpost.h"
#include "lib/store/sql.h"

#include <string.h>

#define AGAIN_MS (INT64_C(3600) * 1000)

/* Why, when the limit of keys holds something back; NULL otherwise. */
static const char *find_why(const struct ks_vec *verdicts)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct ks_guard_verdict *verdict = KS_VEC_AT(verdicts, struct ks_guard_verdict, i);

		if (verdict->outcome == KS_GUARD_APPROVE && strcmp(verdict->guard, "max_keys_per_hour") == 0)
			return verdict->why;
	}
	return NULL;
}

/* Whether it was told lately, by whomever. */
static int was_told(struct ks_db *db, const struct ks_facts *facts, bool *out, struct ks_err *err)
{
	int64_t n = 0;

	if (ks_sql_int(db, "SELECT COUNT(*) FROM outbox WHERE incident_id = $1 AND kind = '" KS_ALARM_KIND "' "
		"AND created_ms > $2", KS_SQL(KS_SQL_INT(facts->incident), KS_SQL_INT(facts->now_ms - AGAIN_MS)), &n,
		err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

static int post(struct ks_db *db, const struct ks_alarm *alarm, const char *why, struct ks_err *err)
{
	const struct ks_facts *facts = alarm->facts;
	struct ks_planpost post = { .kind = KS_ALARM_KIND, .expires_ms = KS_TIME_NONE };
	struct ks_vec calls = KS_VEC_OF(struct ks_step);
	struct ks_arena arena = { NULL };
	int rc = 0;

	if (alarm->plan != 0)
		rc = ks_planpost_load(db, alarm->plan, &arena, &calls, &post, err);
	post.level = KS_LEVEL_CRITICAL;
	post.incident = facts->incident;
	post.actor = facts->actor;
	post.account = facts->subject.account;
	post.policy = alarm->policy;
	post.why = why;
	post.can_approve = true;
	post.notifiers = alarm->notifiers;
	post.notifier_count = alarm->notifier_count;
	post.now_ms = facts->now_ms;
	if (rc == 0)
		rc = ks_planpost_tell(db, &post, err);
	ks_vec_release(&calls);
	ks_arena_release(&arena);
	return rc;
}

static int write_down(struct ks_db *db, const struct ks_alarm *alarm, const char *why, struct ks_err *err)
{
	const struct ks_facts *facts = alarm->facts;
	struct ks_json *entry = ks_json_new_object();

	ks_json_add_text(entry, "guard", "max_keys_per_hour");
	ks_json_add_str(entry, "policy", alarm->policy);
	ks_json_add_text(entry, "why", why);
	if (ks_journal_add_json(db, facts->incident, facts->now_ms, KS_STR(KS_JOURNAL_SELF), KS_ALARM_KIND,
		entry, err) != 0)
		return -1;
	return post(db, alarm, why, err);
}

int ks_alarm_raise(struct ks_db *db, const struct ks_alarm *alarm, bool *out_raised, struct ks_err *err)
{
	const char *why = find_why(alarm->verdicts);
	bool is_old = false;
	int rc;

	*out_raised = false;
	if (why == NULL)
		return 0;
	if (ks_db_begin(db, err) != 0)
		return -1;
	rc = was_told(db, alarm->facts, &is_old, err);
	if (rc == 0 && !is_old)
		rc = write_down(db, alarm, why, err);
	if (rc != 0 || is_old) {
		ks_db_rollback(db);
		return rc;
	}
	*out_raised = true;
	return ks_db_commit(db, err);
}

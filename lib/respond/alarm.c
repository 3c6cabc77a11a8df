/* A page at the highest level when a limit is hit. */
#include "lib/respond/alarm.h"

#include "lib/codec/json.h"
#include "lib/incident/journal.h"
#include "lib/incident/outbox.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <string.h>

#define AGAIN_MS (INT64_C(3600) * 1000)
#define LONGEST_BODY (64u * 1024)

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
		"AND "
		"created_ms > $2", KS_SQL(KS_SQL_INT(facts->incident), KS_SQL_INT(facts->now_ms - AGAIN_MS)), &n,
		err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

static void describe(const struct ks_alarm *alarm, const char *why, struct ks_buf *out)
{
	const struct ks_facts *facts = alarm->facts;
	struct ks_json *json = ks_json_new_object();
	struct ks_arena arena = { NULL };

	ks_json_add_int(json, "v", 1);
	ks_json_add_text(json, "kind", KS_ALARM_KIND);
	ks_json_add_int(json, "incident", facts->incident);
	ks_json_add_text(json, "level", ks_rule_level_name(KS_LEVEL_CRITICAL));
	ks_json_add_str(json, "actor", facts->actor);
	ks_json_add_str(json, "account", facts->subject.account);
	if (alarm->plan != 0)
		ks_json_add_int(json, "plan", alarm->plan);
	else
		ks_json_add_null(json, "plan");
	ks_json_add_str(json, "policy", alarm->policy);
	ks_json_add_text(json, "why", why);
	ks_json_add_text(json, "approve_with", ks_arena_printf(&arena, "keysnare respond approve %" PRId64,
		facts->incident));
	ks_json_render(json, out);
	ks_json_free(json);
	ks_arena_release(&arena);
}

static int write_down(struct ks_db *db, const struct ks_alarm *alarm, const char *why, struct ks_err *err)
{
	static const char *const usual[] = { "stdout" };
	const char *const *names = alarm->notifier_count > 0 ? alarm->notifiers : usual;
	size_t n = alarm->notifier_count > 0 ? alarm->notifier_count : 1;
	const struct ks_facts *facts = alarm->facts;
	struct ks_json *entry = ks_json_new_object();
	struct ks_buf body;
	int rc;

	ks_json_add_text(entry, "guard", "max_keys_per_hour");
	ks_json_add_str(entry, "policy", alarm->policy);
	ks_json_add_text(entry, "why", why);
	rc = ks_journal_add_json(db, facts->incident, facts->now_ms, KS_STR(KS_JOURNAL_SELF), KS_ALARM_KIND,
		entry,
		err);
	ks_buf_init(&body, LONGEST_BODY);
	describe(alarm, why, &body);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = ks_outbox_add(db, facts->incident, ks_str_of(names[i]), KS_ALARM_KIND, ks_buf_str(&body),
			facts->now_ms, err);
	ks_buf_release(&body);
	return rc;
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

/* A page at the highest level when a limit is hit, and a word when a plan waits after all. */
#include "lib/respond/alarm.h"

#include "lib/base/time.h"
#include "lib/codec/json.h"
#include "lib/incident/journal.h"
#include "lib/respond/planpost.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <string.h>

#define KIND_WAIT "approval"
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

static int post(struct ks_db *db, const struct ks_alarm *alarm, const char *kind, const char *why,
	struct ks_err *err)
{
	const struct ks_facts *facts = alarm->facts;
	bool is_limit = strcmp(kind, KS_ALARM_KIND) == 0;
	struct ks_planpost post = { .kind = kind, .expires_ms = KS_TIME_NONE };
	struct ks_vec calls = KS_VEC_OF(struct ks_step);
	struct ks_arena arena = { NULL };
	int rc = 0;

	if (alarm->plan != 0)
		rc = ks_planpost_load(db, alarm->plan, &arena, &calls, &post, err);
	post.level = is_limit ? KS_LEVEL_CRITICAL : facts->level;
	if (!is_limit)
		post.expires_ms = alarm->expires_ms;
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
	return post(db, alarm, KS_ALARM_KIND, why, err);
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

static int was_asked(struct ks_db *db, const struct ks_alarm *alarm, bool *out, struct ks_err *err)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_arena arena = { NULL };
	struct ks_str plan = ks_str_of(ks_arena_printf(&arena, "\"plan\":%" PRId64 ",", alarm->plan));
	int rc = ks_outbox_list(db, alarm->facts->incident, &arena, &notices, err);

	*out = false;
	for (size_t i = 0; rc == 0 && i < notices.n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(&notices, struct ks_notice, i);

		*out |= (ks_str_is(notice->kind, KIND_WAIT) || ks_str_is(notice->kind, KS_ALARM_KIND)) &&
			ks_str_find(notice->body, plan) >= 0;
	}
	ks_vec_release(&notices);
	ks_arena_release(&arena);
	return rc;
}

int ks_alarm_wait(struct ks_db *db, const struct ks_alarm *alarm, const char *why, struct ks_err *err)
{
	bool is_old = false;
	int rc;

	if (ks_db_begin(db, err) != 0)
		return -1;
	rc = was_asked(db, alarm, &is_old, err);
	if (rc == 0 && !is_old)
		rc = post(db, alarm, KIND_WAIT, why, err);
	if (rc == 0 && !is_old)
		return ks_db_commit(db, err);
	ks_db_rollback(db);
	return rc;
}

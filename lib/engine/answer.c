/* An incident to a plan in the ledger. */
#include "lib/engine/answer.h"

#include "lib/base/time.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/respond/byhand.h"
#include "lib/respond/planpost.h"

#include <inttypes.h>
#include <string.h>

#define SURVEY_MS (INT64_C(20) * 1000)   /* longer is worse than to know less */
#define LONGEST_BODY (64u * 1024)

/* One answer while it is made. */
struct making {
	const struct ks_answer_request *request;
	struct ks_answer *out;
	struct ks_incident incident;
	struct ks_facts facts;
	struct ks_survey survey;         /* facts point to it */
	struct ks_plan plan;
	struct ks_guard_world world;     /* once the first plan was made */
	bool has_world;
	struct ks_vec earlier;           /* struct ks_ledger_plan: of the incident */
};

static int none(struct making *m, const char *why)
{
	m->out->kind = KS_ANSWER_NONE;
	m->out->why = why;
	return 0;
}

/* ---- the plan ------------------------------------------------------------------------------------ */

static int load(struct making *m, bool *out_goes_on, struct ks_err *err)
{
	const struct ks_answer_request *r = m->request;
	const struct ks_facts_request facts = { .incident = r->incident, .now_ms = ks_ctx_now(r->mandate->ctx),
		.rule_name = r->rule_name, .arg = r->arg };
	bool is_found = false;

	*out_goes_on = false;
	if (ks_incident_find(r->db, r->incident, &m->out->arena, &m->incident, &is_found, err) != 0)
		return -1;
	if (!is_found || m->incident.merged_into != 0)
		return none(m, "it became a part of another one");
	m->out->changed_ms = m->incident.changed_ms;
	if (m->incident.state == KS_INCIDENT_SNOOZED)
		return none(m, "it is on hold: somebody put it aside, or what was done was taken back");
	if (ks_facts_load(r->db, &facts, &m->out->arena, &m->facts, err) != 0)
		return -1;
	m->out->policy = ks_policyset_choose(r->policies, &m->facts, &m->out->arena, NULL);
	if (m->out->policy == NULL)
		return none(m, "no response policy is for it");
	*out_goes_on = true;
	return 0;
}

static int make_plan(struct making *m, const struct ks_account_self *self, struct ks_err *err)
{
	const struct ks_answer_request *r = m->request;
	const struct ks_mandate_case of = { .facts = &m->facts, .made_ms = r->since_ms,
		.enough = m->out->policy->max_keys_per_hour };

	/* It is asked once: whoever carries the plan out asks again. */
	if (!m->has_world && ks_mandate_world(r->mandate, r->db, &of, &m->out->arena, &m->world, err) != 0)
		return -1;
	m->has_world = true;
	m->world.self = self;
	ks_plan_release(&m->plan);
	ks_plan_make(m->out->policy, &m->facts, &m->world, &m->plan);
	return 0;
}

/* Only what decides about steps is asked: people see the rest when they are asked to approve. */
static void survey(struct making *m, const struct ks_account *account, struct ks_client *client)
{
	const struct ks_survey_request request = { .facts = &m->facts,
		.needs = ks_plan_needs(m->out->policy) & KS_SURVEY_DECISIVE, .regions = account->regions,
		.region_count = account->region_count, .budget_ms = SURVEY_MS, .ctx = m->request->mandate->ctx };

	if (request.needs == 0)
		return;
	ks_survey_read(client, &request, &m->out->arena, &m->survey);
	ks_survey_apply(&m->survey, &m->out->arena, &m->facts);
}

/* Who we are in that account, which a guard wants to know. One that does not open is no reason to forget
 * the plan. */
static int look_at_account(struct making *m, struct ks_err *err)
{
	const struct ks_mandate *mandate = m->request->mandate;
	const struct ks_account *account = ks_account_find(mandate->accounts, mandate->account_count,
		m->facts.subject.account);
	struct ks_pool_lease lease = { .client = NULL };
	struct ks_err closed = { 0 };
	int rc;

	if (account == NULL || m->facts.is_offline)
		return 0;
	if (ks_pool_take(mandate->pool, mandate->settings, account, &lease, &closed) != 0) {
		ks_log_write(&mandate->ctx->log,
			ks_pool_is_news(mandate->pool, account->id) ? KS_LOG_WARNING : KS_LOG_DEBUG,
			"incident %" PRId64 ": account '" KS_STR_FMT "' does not open, plans are made without asking "
			"it: %s: 'keysnare doctor' says what to do", m->request->incident, KS_STR_ARG(account->id),
			closed.message);
		return 0;
	}
	survey(m, account, lease.client);
	rc = make_plan(m, lease.self, err);
	ks_pool_give(mandate->pool, &lease);
	return rc;
}

/* ---- its parts ----------------------------------------------------------------------------------- */

static size_t count_calls(const struct ks_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->steps.n; i++)
		n += KS_VEC_AT(&plan->steps, struct ks_step, i)->scope != KS_STEP_NOTHING;
	return n;
}

/* How many steps may act at once, and how many wait. */
static void count_fates(struct making *m)
{
	for (size_t i = 0; i < m->plan.steps.n; i++) {
		const char *why;
		enum ks_plan_fate fate = ks_plan_judge(&m->plan, KS_VEC_AT(&m->plan.steps, struct ks_step, i), &why);

		m->out->ready += fate == KS_PLAN_SENT;
		if (fate == KS_PLAN_WAITS && m->out->waiting++ == 0)
			m->out->why = ks_arena_strdup(&m->out->arena, ks_str_of(why));
	}
}

/* The guard's own words say more than "a guard asks for approval". */
static void say_why(struct making *m, enum ks_guard_outcome outcome)
{
	for (size_t i = 0; i < m->plan.verdicts.n; i++) {
		const struct ks_guard_verdict *v = KS_VEC_AT(&m->plan.verdicts, struct ks_guard_verdict, i);

		if (v->outcome == outcome) {
			m->out->why = ks_arena_printf(&m->out->arena, "%s: %s", v->guard, v->why);
			return;
		}
	}
}

/* ---- the ledger ---------------------------------------------------------------------------------- */

static int64_t newest_event(const struct ks_facts *facts)
{
	int64_t newest = KS_TIME_NONE;

	for (size_t i = 0; i < facts->event_count; i++)
		if (facts->events[i].time_ms > newest)
			newest = facts->events[i].time_ms;
	return newest;
}

/* Whether the same is there already. What is over and was not done, or was taken back, is there as long as
 * nothing has happened since. */
static bool is_known(const struct making *m, const char *digest)
{
	for (size_t i = 0; i < m->earlier.n; i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&m->earlier, struct ks_ledger_plan, i);
		int64_t over_ms = plan->ended_ms != KS_TIME_NONE ? plan->ended_ms : plan->made_ms;

		if (!ks_str_is(plan->digest, digest))
			continue;
		switch (plan->state) {
		case KS_LEDGER_EXPIRED:
		case KS_LEDGER_REFUSED:
		case KS_LEDGER_UNDONE:
		case KS_LEDGER_UNDONE_PARTLY:
			if (newest_event(&m->facts) <= over_ms)
				return true;
			break;
		default:
			return true;
		}
	}
	return false;
}

/* What waited for the incident, and is not what it asks for by now. What was begun stays, and so does what
 * somebody made by hand. */
static int replace(struct making *m, struct ks_err *err)
{
	const struct ks_answer_request *r = m->request;

	for (size_t i = 0; i < m->earlier.n; i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&m->earlier, struct ks_ledger_plan, i);
		const struct ks_ledger_yield yield = { plan->id, KS_LEDGER_EXPIRED, ks_ctx_now(r->mandate->ctx),
			KS_TIME_NONE, "the incident asks for another plan by now" };

		if (plan->state != KS_LEDGER_WAITING || plan->begun_ms != KS_TIME_NONE ||
			ks_byhand_is(plan->policy) || ks_str_is(plan->digest, m->plan.digest))
			continue;
		if (ks_ledger_yield(r->db, &yield, err) != 0)
			return -1;
	}
	return 0;
}

/* So many keys within the hour are either a catastrophe or a policy gone wild. */
static bool has_hit_limit(const struct making *m)
{
	for (size_t i = 0; i < m->plan.verdicts.n; i++) {
		const struct ks_guard_verdict *v = KS_VEC_AT(&m->plan.verdicts, struct ks_guard_verdict, i);

		if (v->outcome == KS_GUARD_APPROVE && strcmp(v->guard, "max_keys_per_hour") == 0)
			return true;
	}
	return false;
}

/* A notice that somebody is wanted, to whoever gets notices. */
static int tell(struct making *m, const char *kind, enum ks_level level, struct ks_err *err)
{
	const struct ks_answer_request *r = m->request;
	bool can_approve = m->out->plan > 0;
	int64_t now = ks_ctx_now(r->mandate->ctx);

	return ks_planpost_tell(r->db, &(struct ks_planpost){ .kind = kind,
		.level = level,
		.incident = r->incident,
		.actor = m->incident.actor,
		.account = m->facts.subject.account,
		.policy = m->plan.policy->name,
		.plan = m->out->plan,
		.digest = m->plan.digest,
		.steps = (int64_t)(can_approve ? m->out->waiting : count_calls(&m->plan)),
		.calls = &m->plan.steps,
		.expires_ms = can_approve && m->out->ready == 0 ? now + r->mandate->approval_ms : KS_TIME_NONE,
		.why = m->out->why,
		.can_approve = can_approve,
		.notifiers = r->notifiers,
		.notifier_count = r->notifier_count,
		.now_ms = now }, err);
}

/* What waits; of the highest level when the limit of keys holds back what would have been done. */
static int tell_of_wait(struct making *m, struct ks_err *err)
{
	bool is_capped = has_hit_limit(m);

	return tell(m, is_capped ? "limit" : "approval", is_capped ? KS_LEVEL_CRITICAL : m->incident.level, err);
}

/* What a guard refuses although the policy would have acted: whoever brings that about on purpose must not
 * stay unseen. Written down and told once for each reason. */
static int refuse(struct making *m, struct ks_err *err)
{
	const struct ks_answer_request *r = m->request;
	struct ks_json *json = ks_json_new_object();
	struct ks_buf body;
	bool is_known_refusal = false;
	int rc;

	ks_json_add_str(json, "policy", m->plan.policy->name);
	ks_json_add_text(json, "why", m->out->why);
	ks_buf_init(&body, LONGEST_BODY);
	ks_json_render(json, &body);
	ks_json_free(json);
	rc = ks_db_begin(r->db, err);
	if (rc != 0)
		goto out;
	rc = ks_journal_has(r->db, r->incident, "plan-held", ks_buf_str(&body), &is_known_refusal, err);
	if (rc == 0 && !is_known_refusal)
		rc = ks_journal_add(r->db, r->incident, ks_ctx_now(r->mandate->ctx), KS_STR(KS_JOURNAL_SELF),
			"plan-held", ks_buf_str(&body), err);
	if (rc == 0 && !is_known_refusal)
		rc = tell(m, "refused", m->incident.level, err);
	if (rc == 0)
		rc = ks_db_commit(r->db, err);
	else
		ks_db_rollback(r->db);
out:
	ks_buf_release(&body);
	return rc;
}

static int add(struct making *m, struct ks_err *err)
{
	const struct ks_answer_request *r = m->request;
	int64_t now = ks_ctx_now(r->mandate->ctx);
	bool is_ready = m->out->ready > 0;

	if (ks_ledger_add(r->db, &m->plan, is_ready, now,
			is_ready ? KS_TIME_NONE : now + r->mandate->approval_ms, &m->out->plan, err) != 0)
		return -1;
	memcpy(m->out->digest, m->plan.digest, sizeof(m->plan.digest));
	m->out->kind = KS_ANSWER_STORED;
	return m->out->waiting > 0 ? tell_of_wait(m, err) : 0;
}

/* Reads again what is there, under the lock: somebody else may watch as well. A plan of which nobody is told
 * need not be on the disk before the first intent is: without it the incident is answered again. */
static int store(struct making *m, struct ks_err *err)
{
	struct ks_db *db = m->request->db;
	bool is_told = m->out->waiting > 0 || m->out->ready == 0;
	int rc;

	if ((is_told ? ks_db_begin(db, err) : ks_db_begin_light(db, err)) != 0)
		return -1;
	m->out->kind = KS_ANSWER_KNOWN;
	rc = ks_ledger_list(db, m->request->incident, &m->out->arena, &m->earlier, err);
	if (rc == 0)
		rc = replace(m, err);
	if (rc == 0 && !is_known(m, m->plan.digest))
		rc = add(m, err);
	if (rc == 0)
		return ks_db_commit(db, err);
	ks_db_rollback(db);
	return -1;
}

static int decide(struct making *m, struct ks_err *err)
{
	if (count_calls(&m->plan) == 0)
		return none(m, "the policy asks nothing of AWS for it");
	if (m->plan.policy->mode >= KS_POLICY_APPROVE && look_at_account(m, err) != 0)
		return -1;
	if (m->plan.is_refused) {
		m->out->kind = KS_ANSWER_REFUSED;
		say_why(m, KS_GUARD_REFUSE);
		return m->plan.policy->mode >= KS_POLICY_APPROVE ? refuse(m, err) : 0;
	}
	if (m->plan.mode <= KS_POLICY_DRY_RUN) {
		m->out->kind = KS_ANSWER_SHOWN;
		m->out->why = "the policy is a dry run";
		say_why(m, KS_GUARD_DRY_RUN);
		return 0;
	}
	count_fates(m);
	if (m->plan.mode < m->plan.policy->mode)
		say_why(m, KS_GUARD_APPROVE);
	return store(m, err);
}

int ks_answer_make(const struct ks_answer_request *request, struct ks_answer *out, struct ks_err *err)
{
	struct making m = { .request = request, .out = out, .earlier = KS_VEC_OF(struct ks_ledger_plan) };
	bool goes_on;
	int rc;

	*out = (struct ks_answer){ .kind = KS_ANSWER_NONE };
	if (ks_ledger_expire(request->db, ks_ctx_now(request->mandate->ctx), err) != 0)
		return -1;
	rc = load(&m, &goes_on, err);
	if (rc == 0 && goes_on)
		rc = make_plan(&m, NULL, err);
	if (rc == 0 && goes_on)
		rc = decide(&m, err);
	ks_vec_release(&m.earlier);
	ks_plan_release(&m.plan);
	return rc;
}

void ks_answer_release(struct ks_answer *answer)
{
	ks_arena_release(&answer->arena);
}

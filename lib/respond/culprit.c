/* Stored events to whoever took a step back. */
#include "lib/respond/culprit.h"

#include "lib/aws/arn.h"
#include "lib/base/time.h"
#include "lib/incident/evidence.h"
#include "lib/incident/session.h"
#include "lib/store/sql.h"
#include "lib/trail/event.h"

#include <string.h>

/* ---- what a call was about ---- */

/* "UserName" stands in a record as userName. A user who means himself need not be named. */
static bool has_parameter(const struct ks_event *event, const struct ks_wire_parameter *p,
	struct ks_arena *arena)
{
	const char *path = ks_arena_printf(arena, "requestParameters.%c%s", ks_str_lower(p->name[0]),
		p->name + 1);
	struct ks_str value = ks_event_get(event, path);

	if (value.n == 0 && strcmp(p->name, "UserName") == 0)
		value = ks_event_get(event, "userIdentity.userName");
	return ks_str_is_equal_nocase(value, p->value);
}

static bool has_item(const struct ks_event *event, struct ks_str item)
{
	static const char *const paths[] = { "requestParameters.accessKeyId", "requestParameters.policyArn" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct ks_str value = ks_event_get(event, paths[i]);

		if (value.n > 0)
			return ks_str_is_equal(value, item);
	}
	/* A tag's name, one of a list. */
	return ks_str_find(ks_event_raw(event), item) >= 0;
}

static bool is_about(const struct ks_step *step, const struct ks_evidence *e, struct ks_arena *arena)
{
	const struct ks_wire_call *read = &step->condition.read;
	struct ks_err ignored = { 0 };
	struct ks_index index;
	struct ks_event event;
	bool is_it = false;

	if (read->region.n > 0 && !ks_str_is_equal(e->region, read->region))
		return false;
	ks_index_init(&index);
	if (ks_index_build(&index, e->raw, NULL, &ignored) == 0) {
		ks_event_init(&event, &index, 0, arena);
		is_it = step->condition.item.n == 0 || has_item(&event, step->condition.item);
		for (size_t i = 0; is_it && i < read->parameter_count; i++)
			is_it = has_parameter(&event, &read->parameters[i], arena);
		ks_event_release(&event);
	}
	ks_index_release(&index);
	return is_it;
}

/* ---- whose it was ---- */

static bool is_account(const struct ks_evidence *e, struct ks_str account)
{
	struct ks_arn arn;

	return ks_arn_parse(e->actor_arn, &arn) ? ks_str_is_equal(arn.account, account) :
		ks_str_is_equal(e->account, account);
}

/* The user whose key it is, whatever he came with. */
static bool is_user(const struct ks_ledger_plan *plan, const struct ks_step *step, struct ks_str text)
{
	struct ks_str type = { NULL, 0 }, rest = { NULL, 0 };
	struct ks_arn arn;

	if (plan->key_id.n == 0 || !ks_arn_parse(text, &arn) || !ks_str_is(arn.service, "iam") ||
		!ks_arn_split(&arn, &type, &rest) || !ks_str_is(type, "user") ||
		!ks_str_is_equal(arn.account, plan->account))
		return false;
	for (size_t i = 0; i < step->call.parameter_count; i++)
		if (strcmp(step->call.parameters[i].name, "UserName") == 0)
			return ks_str_is_equal_nocase(step->call.parameters[i].value, ks_arn_last(rest));
	return false;
}

static bool is_actor(const struct ks_ledger_plan *plan, const struct ks_step *step,
	const struct ks_evidence *e)
{
	return ks_str_is_equal(e->actor, plan->actor) ||
		(plan->key_id.n > 0 && ks_str_is_equal(e->key_id, plan->key_id)) ||
		is_user(plan, step, e->actor_arn);
}

/* What ties a session to the key is a record, too. */
static int look_at_trust(struct ks_db *db, const struct ks_evidence *e, bool *out, struct ks_err *err)
{
	*out = ks_evidence_is_trusted(e->trust);
	return *out && ks_str_has_prefix(e->key_id, KS_STR("ASIA")) &&
			!ks_str_has_prefix(e->actor, KS_STR("principal:")) ?
		ks_session_is_trusted(db, e->key_id, out, err) : 0;
}

/* ---- the events ---- */

/* Another call that comes to the same as that one. */
static const char *other_name(const char *name)
{
	static const char *const pairs[][2] = { { "UpdateAccessKey", "DeleteAccessKey" },
		{ "UpdateAccountSendingEnabled", "PutAccountSendingAttributes" },
		{ "PutAccountSendingAttributes", "UpdateAccountSendingEnabled" } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (strcmp(name, pairs[i][0]) == 0)
			return pairs[i][1];
	return "";
}

static const char *name_of(const struct ks_wire_call *call)
{
	return call->operation != NULL ? call->operation->name : "";
}

static void take(const struct ks_evidence *e, bool is_his, struct ks_arena *arena, struct ks_culprit *out)
{
	char text[KS_TIME_TEXT];

	*out = (struct ks_culprit){ .is_actor = is_his, .is_trusted = true,
		.text = ks_str_of(ks_arena_printf(arena, KS_STR_FMT " by " KS_STR_FMT " at %s (event " KS_STR_FMT
			")", KS_STR_ARG(e->name), KS_STR_ARG(e->actor_arn), ks_time_render(e->time_ms, text),
			KS_STR_ARG(e->event_id))) };
}

int ks_culprit_find(struct ks_work *work, const struct ks_ledger_step *step, struct ks_arena *arena,
	struct ks_culprit *out, struct ks_err *err)
{
	/* Records have whole seconds. */
	int64_t since = step->sent_ms - step->sent_ms % KS_TIME_SECOND;
	struct ks_db_query *query = NULL;
	bool has_row = true, is_trusted = true;
	int rc = ks_sql_open(work->db, "SELECT " KS_EVIDENCE_COLUMNS " FROM events e WHERE e.time_ms >= $1 AND "
		"e.name IN ($2, $3, $4, $5) AND e.error IS NULL ORDER BY e.time_ms, e.identity",
		KS_SQL(KS_SQL_INT(since), KS_SQL_TEXT(ks_str_of(name_of(&step->step.inverse))),
			KS_SQL_TEXT(ks_str_of(name_of(&step->step.inverse_absent))),
			KS_SQL_TEXT(ks_str_of(name_of(&step->step.call))),
			KS_SQL_TEXT(ks_str_of(other_name(name_of(&step->step.call))))), &query, err);

	*out = (struct ks_culprit){ .text = { NULL, 0 } };
	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_evidence e;
		bool is_his, is_good;

		ks_evidence_read(query, &work->arena, &e);
		if (!is_account(&e, work->plan.account) || !is_about(&step->step, &e, &work->arena) ||
			ks_str_is_equal(e.actor_arn, work->account.self->acting.arn))
			continue;
		is_his = is_actor(&work->plan, &step->step, &e);
		rc = look_at_trust(work->db, &e, &is_good, err);
		is_trusted = is_trusted && is_good;
		if (out->text.p == NULL || (out->is_actor && !is_his))
			take(&e, is_his, arena, out);
	}
	out->is_trusted = out->text.p != NULL && is_trusted;
	ks_db_finish(query);
	return rc;
}

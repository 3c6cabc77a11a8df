/* Compares the store with what was told. */
#include "lib/drill/lookout.h"

#include "lib/incident/incident.h"
#include "lib/incident/outbox.h"
#include "lib/respond/plan.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <stdio.h>

void ks_lookout_init(struct ks_lookout *lookout, const struct ks_lookout_config *config)
{
	*lookout = (struct ks_lookout){ .config = *config };
	ks_map_init(&lookout->known);
}

void ks_lookout_release(struct ks_lookout *lookout)
{
	ks_map_release(&lookout->known);
	ks_arena_release(&lookout->arena);
}

int ks_lookout_note(struct ks_lookout *lookout, struct ks_drillbook_moment moment, struct ks_err *err)
{
	moment.at_ms = ks_ctx_now(lookout->config.clock);
	moment.real_ms = ks_ctx_now(lookout->config.world);
	if (ks_drillbook_add(lookout->config.db, &moment, err) != 0)
		return -1;
	lookout->config.tell(lookout->config.arg, &moment);
	return 0;
}

/* True for what was not told yet; from here on it was. */
static bool is_new(struct ks_lookout *lookout, const char *what)
{
	struct ks_str key = ks_str_of(what);

	if (ks_map_find(&lookout->known, key) != NULL)
		return false;
	ks_map_put(&lookout->known, ks_arena_copy(&lookout->arena, key), lookout);
	return true;
}

/* The rows of a statement, as moments; the first column tells them apart. */
static int look_at(struct ks_lookout *lookout, const char *kind, const char *sql, struct ks_arena *arena,
	struct ks_err *err)
{
	struct ks_vec news = KS_VEC_OF(struct ks_drillbook_moment);
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(lookout->config.db, sql, KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		if (is_new(lookout, ks_arena_printf(arena, "%s " KS_STR_FMT, kind,
				KS_STR_ARG(ks_db_column_text(query, 0)))))
			*(struct ks_drillbook_moment *)ks_vec_push(&news) = (struct ks_drillbook_moment){
				.kind = ks_str_of(kind), .incident = ks_db_column_int(query, 1),
				.level = (enum ks_level)ks_db_column_int(query, 2),
				.subject = ks_arena_copy(arena, ks_db_column_text(query, 3)),
				.body = ks_arena_copy(arena, ks_db_column_text(query, 4)) };
	ks_db_finish(query);
	for (size_t i = 0; rc == 0 && i < news.n; i++)
		rc = ks_lookout_note(lookout, *KS_VEC_AT(&news, struct ks_drillbook_moment, i), err);
	ks_vec_release(&news);
	return rc;
}

/* ---- plans --------------------------------------------------------------------------------------- */

static struct ks_str rule_name(void *arg, struct ks_str rule_id)
{
	const struct ks_lookout *lookout = arg;
	const struct ks_rule *rule = ks_map_find(&lookout->config.rules->ids, rule_id);

	return rule != NULL ? rule->name : (struct ks_str){ NULL, 0 };
}

/* The actions of a plan in order, each once. */
static struct ks_str list_actions(const struct ks_plan *plan, struct ks_arena *arena)
{
	struct ks_buf text;
	struct ks_str list;
	const char *last = "";

	ks_buf_init(&text, 1u << 14);
	for (size_t i = 0; i < plan->steps.n; i++) {
		const char *action = KS_VEC_AT(&plan->steps, struct ks_step, i)->action;

		if (ks_str_is(ks_str_of(last), action))
			continue;
		ks_buf_addf(&text, "%s%s", text.n > 0 ? " " : "", action);
		last = action;
	}
	list = ks_arena_copy(arena, ks_buf_str(&text));
	ks_buf_release(&text);
	return list;
}

static int look_at_plan(struct ks_lookout *lookout, const struct ks_incident *incident,
	struct ks_arena *arena, struct ks_err *err)
{
	struct ks_facts_request request = { .incident = incident->id,
		.now_ms = ks_ctx_now(lookout->config.clock), .rule_name = rule_name, .arg = lookout };
	struct ks_drillbook_moment moment = { .kind = KS_STR("plan"), .incident = incident->id,
		.level = incident->level };
	const struct ks_policy *policy;
	struct ks_facts facts;
	struct ks_plan plan;

	if (ks_facts_load(lookout->config.db, &request, arena, &facts, err) != 0)
		return -1;
	policy = ks_policyset_choose(lookout->config.policies, &facts, arena, NULL);
	if (policy == NULL)
		return 0;
	ks_plan_make(policy, &facts, NULL, &plan);
	moment.subject = policy->name;
	moment.body = list_actions(&plan, arena);
	ks_plan_release(&plan);
	if (!is_new(lookout, ks_arena_printf(arena, "plan %" PRId64 " " KS_STR_FMT " " KS_STR_FMT, incident->id,
			KS_STR_ARG(moment.subject), KS_STR_ARG(moment.body))))
		return 0;
	return ks_lookout_note(lookout, moment, err);
}

static int look_at_plans(struct ks_lookout *lookout, struct ks_arena *arena, struct ks_err *err)
{
	struct ks_vec incidents = KS_VEC_OF(struct ks_incident);
	struct ks_incident_filter filter = { .since_ms = INT64_MIN };
	int rc = ks_incident_list(lookout->config.db, &filter, arena, &incidents, err);

	for (size_t i = incidents.n; rc == 0 && i-- > 0;) {
		const struct ks_incident *one = KS_VEC_AT(&incidents, struct ks_incident, i);

		/* Again only where it has something new. */
		if (is_new(lookout, ks_arena_printf(arena, "seen %" PRId64 " %" PRId64 " %d", one->id,
				one->events, (int)one->level)))
			rc = look_at_plan(lookout, one, arena, err);
	}
	ks_vec_release(&incidents);
	return rc;
}

/* Not every rule has an id. */
#define RULE "CASE WHEN rule_id = '' THEN rule_title ELSE rule_id END"

int ks_lookout_look(struct ks_lookout *lookout, struct ks_err *err)
{
	struct ks_arena arena = { 0 };
	int rc = look_at(lookout, "finding", "SELECT CAST(incident_id AS TEXT) || ' ' || " RULE ", "
		"incident_id, level, " RULE ", id FROM findings ORDER BY time_ms, id", &arena, err);

	if (rc == 0)
		rc = look_at(lookout, "incident", "SELECT id, id, level, actor, '' FROM incidents ORDER BY id",
			&arena,
			err);
	if (rc == 0)
		rc = look_at(lookout, "notice", "SELECT id, incident_id, 0, kind, '' FROM outbox WHERE "
			"incident_id IS "
			"NOT NULL ORDER BY id", &arena, err);
	if (rc == 0)
		rc = look_at_plans(lookout, &arena, err);
	ks_arena_release(&arena);
	return rc;
}

/* Compares what was expected with what happened. */
#include "lib/drill/score.h"

#include "lib/base/time.h"
#include "lib/codec/hash.h"
#include "lib/drill/minute.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *ks_score_outcome_name(enum ks_score_outcome outcome)
{
	static const char *const names[] = { "met", "late", "missed", "not played" };

	return names[outcome];
}

void ks_score_add_span(int64_t ms, struct ks_buf *out)
{
	int64_t s = ms / KS_TIME_SECOND;

	if (ms == KS_TIME_NONE) {
		ks_buf_addc(out, '-');
		return;
	}
	if (s >= 86400)
		ks_buf_addf(out, "%" PRId64 "d ", s / 86400);
	ks_buf_addf(out, "%" PRId64 ":%02d:%02d", s % 86400 / 3600, (int)(s % 3600 / 60), (int)(s % 60));
}

/* ---- rows ---------------------------------------------------------------------------------------- */

/* When the first step of an actor is, by the drill's clock. */
static int64_t begin_of(const struct ks_score *score, size_t actor)
{
	int64_t begin = ks_scenario_begin(&score->scenario, actor);

	return score->book.start_ms + (begin == KS_TIME_NONE ? 0 : begin);
}

static int64_t took(const struct ks_score *score, int64_t at_ms, size_t actor)
{
	return at_ms == KS_TIME_NONE ? KS_TIME_NONE : at_ms - begin_of(score, actor);
}

/* Until when something had to come that may take so long; 0: until the last file is there. */
static int64_t due(const struct ks_score *score, int64_t within_ms, size_t actor)
{
	return within_ms > 0 ? begin_of(score, actor) + within_ms : INT64_MAX;
}

/* row: all but the outcome. */
static void add_row(struct ks_score *score, size_t actor, struct ks_score_row row)
{
	if (row.took_ms == KS_TIME_NONE)
		row.outcome = due(score, row.within_ms, actor) > score->played_ms ? KS_SCORE_UNPLAYED :
			KS_SCORE_MISSED;
	else
		row.outcome = row.within_ms > 0 && row.took_ms > row.within_ms ? KS_SCORE_LATE : KS_SCORE_MET;
	if (row.outcome == KS_SCORE_UNPLAYED)
		row.note = NULL;
	*(struct ks_score_row *)ks_vec_push(&score->rows) = row;
	score->met += row.outcome == KS_SCORE_MET;
	score->late += row.outcome == KS_SCORE_LATE;
	score->missed += row.outcome == KS_SCORE_MISSED;
	score->unplayed += row.outcome == KS_SCORE_UNPLAYED;
}

static const struct ks_drillbook_moment *moment_at(const struct ks_score *score, size_t i)
{
	return KS_VEC_AT(&score->moments, struct ks_drillbook_moment, i);
}

/* The first moment of a kind with that subject (p NULL: any), of that level or above, since an actor began:
 * what came before is of somebody else. */
static int64_t find_first(const struct ks_score *score, const char *kind, struct ks_str subject,
	enum ks_level level, size_t actor)
{
	for (size_t i = 0; i < score->moments.n; i++) {
		const struct ks_drillbook_moment *moment = moment_at(score, i);

		if (ks_str_is(moment->kind, kind) && moment->level >= level &&
			moment->at_ms >= begin_of(score, actor) && (subject.p == NULL ||
				ks_str_is_equal(moment->subject, subject)))
			return moment->at_ms;
	}
	return KS_TIME_NONE;
}

const struct ks_rule *ks_score_find_rule(const struct ks_ruleset *rules, struct ks_str name)
{
	const struct ks_rule *rule = ks_map_find(&rules->ids, name);

	return rule != NULL ? rule : ks_map_find(&rules->names, name);
}

/* What its findings are known by. */
static struct ks_str told_as(const struct ks_rule *rule)
{
	return rule->id.n > 0 ? rule->id : rule->title;
}

static void judge_findings(struct ks_score *score, const struct ks_ruleset *rules)
{
	const struct ks_scenario_expectation *expect = &score->scenario.expect;

	for (size_t i = 0; i < expect->finding_count; i++) {
		const struct ks_scenario_finding *one = &expect->findings[i];
		const struct ks_rule *rule = ks_score_find_rule(rules, one->rule);
		int64_t at = find_first(score, "finding", rule != NULL ? told_as(rule) : one->rule, KS_LEVEL_NONE,
			one->actor);

		add_row(score, one->actor, (struct ks_score_row){ .what = "finding", .subject = one->rule,
			.within_ms = one->within_ms, .took_ms = took(score, at, one->actor),
			.note = rule == NULL ? "no rule in use has that name" : NULL });
	}
}

/* Of the level that is told: an incident grows, so its gravest finding or silent use is what counts. */
static int64_t find_level(struct ks_score *score, struct ks_db *db, enum ks_level level, struct ks_err *err)
{
	size_t actor = score->scenario.expect.actor;
	int64_t at = find_first(score, "finding", (struct ks_str){ NULL, 0 }, level, actor), n = 0;

	if (at != KS_TIME_NONE)
		return at;
	if (ks_sql_int(db, "SELECT count(*) FROM incidents WHERE level >= $1",
		KS_SQL(KS_SQL_INT((int64_t)level)),
			&n, err) != 0 || n == 0)
		return KS_TIME_NONE;
	return find_first(score, "incident", (struct ks_str){ NULL, 0 }, KS_LEVEL_NONE, actor);
}

static void judge_incident(struct ks_score *score, struct ks_db *db, struct ks_err *err)
{
	const struct ks_scenario_expectation *expect = &score->scenario.expect;
	struct ks_str any = { NULL, 0 };
	int64_t told = find_first(score, "notice", any, KS_LEVEL_NONE, expect->actor);

	score->notify_ms = took(score, told, expect->actor);
	if (!expect->has_incident)
		return;
	add_row(score, expect->actor, (struct ks_score_row){ .what = "incident",
		.subject = ks_str_of(ks_rule_level_name(expect->level)),
		.took_ms = took(score, find_level(score, db, expect->level, err), expect->actor) });
	add_row(score, expect->actor, (struct ks_score_row){ .what = "notice",
		.subject = KS_STR("somebody is told"), .within_ms = expect->notified_ms,
		.took_ms = score->notify_ms });
}

static bool has_action(struct ks_str actions, struct ks_str one)
{
	struct ks_str word;

	while (ks_str_next(&actions, ' ', &word))
		if (ks_str_is_equal(word, one))
			return true;
	return false;
}

static bool has_actions(const struct ks_scenario_expectation *expect, struct ks_str actions)
{
	for (size_t i = 0; i < expect->action_count; i++)
		if (!has_action(actions, expect->actions[i]))
			return false;
	return true;
}

static void judge_plan(struct ks_score *score)
{
	const struct ks_scenario_expectation *expect = &score->scenario.expect;
	const char *note = "no such policy has a plan";
	int64_t at = KS_TIME_NONE;

	if (!expect->has_plan)
		return;
	for (size_t i = 0; i < score->moments.n && at == KS_TIME_NONE; i++) {
		const struct ks_drillbook_moment *moment = moment_at(score, i);

		if (!ks_str_is(moment->kind, "plan") || !ks_str_is_equal(moment->subject, expect->policy))
			continue;
		note = ks_arena_printf(&score->arena, "the plan has: " KS_STR_FMT, KS_STR_ARG(moment->body));
		if (has_actions(expect, moment->body))
			at = moment->at_ms;
	}
	add_row(score, expect->actor, (struct ks_score_row){ .what = "plan", .subject = expect->policy,
		.within_ms = expect->plan_within_ms, .took_ms = took(score, at, expect->actor), .note = note });
}

static void judge_containment(struct ks_score *score)
{
	const struct ks_scenario_expectation *expect = &score->scenario.expect;
	int64_t at = KS_TIME_NONE;

	for (size_t i = 0; i < score->entries.n && at == KS_TIME_NONE; i++) {
		const struct ks_score_entry *entry = KS_VEC_AT(&score->entries, struct ks_score_entry, i);

		if (entry->is_containment)
			at = entry->at_ms;
	}
	score->contain_ms = took(score, at, expect->actor);
	if (expect->contained_ms > 0)
		add_row(score, expect->actor, (struct ks_score_row){ .what = "contained",
			.subject = KS_STR("by people"), .within_ms = expect->contained_ms,
			.took_ms = score->contain_ms, .note = at == KS_TIME_NONE ? "nobody approved a plan, closed "
				"an incident, or noted that it is contained" : NULL });
}

static bool is_expected(const struct ks_score *score, const struct ks_ruleset *rules, struct ks_str rule_id)
{
	const struct ks_scenario_expectation *expect = &score->scenario.expect;

	for (size_t i = 0; i < expect->finding_count; i++) {
		const struct ks_rule *rule = ks_score_find_rule(rules, expect->findings[i].rule);

		if (rule != NULL && ks_str_is_equal(told_as(rule), rule_id))
			return true;
	}
	return false;
}

/* That nothing came is only known at the end; what came is known at once. */
static void add_none(struct ks_score *score)
{
	bool is_met = score->falses.n == 0 && score->played_ms == INT64_MAX;
	struct ks_score_row row = { .what = "none", .subject = KS_STR("no finding of level high"),
		.took_ms = is_met ? 0 : KS_TIME_NONE };
	int64_t played_ms = score->played_ms;

	if (score->falses.n > 0)
		score->played_ms = INT64_MAX;
	add_row(score, score->scenario.expect.actor, row);
	score->played_ms = played_ms;
}

static void judge_rest(struct ks_score *score, const struct ks_ruleset *rules)
{
	for (size_t i = 0; i < score->moments.n; i++) {
		const struct ks_drillbook_moment *moment = moment_at(score, i);
		const struct ks_rule *rule = ks_map_find(&rules->ids, moment->subject);

		if (!ks_str_is(moment->kind, "finding") || moment->level < KS_LEVEL_HIGH ||
			is_expected(score, rules, moment->subject))
			continue;
		*(struct ks_score_false *)ks_vec_push(&score->falses) = (struct ks_score_false){ moment->subject,
			rule != NULL ? ks_arena_copy(&score->arena, rule->title) : moment->subject, moment->incident,
			moment->level };
	}
	if (score->scenario.expect.is_none)
		add_none(score);
}

/* ---- what happened ------------------------------------------------------------------------------- */

static void add_steps(struct ks_score *score)
{
	const struct ks_scenario *scenario = &score->scenario;

	for (size_t i = 0; i < scenario->steps.n; i++) {
		const struct ks_scenario_step *step = KS_VEC_AT(&scenario->steps, struct ks_scenario_step, i);
		struct ks_str error = step->error.p != NULL ? step->error : KS_STR("allowed");

		if (score->book.start_ms + step->at_ms > score->played_ms)
			continue;
		*(struct ks_score_entry *)ks_vec_push(&score->entries) = (struct ks_score_entry){
			score->book.start_ms + step->at_ms,
			KS_VEC_AT(&scenario->actors, struct ks_scenario_actor, step->actor)->name, "step", 0,
			KS_LEVEL_NONE, ks_str_of(ks_arena_printf(&score->arena, "%s:%s, %lld call%s, " KS_STR_FMT,
				step->call->service, step->call->operation,
				(long long)step->repeat * (long long)step->region_count,
				step->repeat * (int64_t)step->region_count == 1 ? "" : "s", KS_STR_ARG(error))), false };
	}
}

static void add_moments(struct ks_score *score, const struct ks_ruleset *rules)
{
	for (size_t i = 0; i < score->moments.n; i++) {
		const struct ks_drillbook_moment *moment = moment_at(score, i);
		bool is_finding = ks_str_is(moment->kind, "finding");
		const struct ks_rule *rule = is_finding ? ks_map_find(&rules->ids, moment->subject) : NULL;
		bool is_facilitator = ks_str_is(moment->kind, "inject") || ks_str_is(moment->kind, "pause") ||
			ks_str_is(moment->kind, "resume") || ks_str_is(moment->kind, "skip") ||
			ks_str_is(moment->kind, "stop");
		struct ks_str text = rule != NULL ? ks_arena_copy(&score->arena, rule->title) : moment->subject;

		if (ks_str_is(moment->kind, "clock"))
			continue;
		if (is_facilitator)
			text = moment->body;
		else if (moment->body.n > 0 && !is_finding && !ks_str_is(moment->kind, "begin"))
			text = ks_str_of(ks_arena_printf(&score->arena, KS_STR_FMT ": " KS_STR_FMT, KS_STR_ARG(text),
				KS_STR_ARG(moment->body)));
		*(struct ks_score_entry *)ks_vec_push(&score->entries) = (struct ks_score_entry){ moment->at_ms,
			is_facilitator ? KS_STR("facilitator") : KS_STR("engine"),
			ks_arena_strdup(&score->arena, moment->kind), moment->incident, moment->level, text, false };
	}
}

/* What is in the journals beside what the engine wrote there itself. */
static int add_journal(struct ks_score *score, struct ks_db *db, int64_t incident, struct ks_err *err)
{
	struct ks_vec list = KS_VEC_OF(struct ks_journal_entry);
	int rc = ks_journal_list(db, incident, &score->arena, &list, err);

	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		const struct ks_journal_entry *one = KS_VEC_AT(&list, struct ks_journal_entry, i);

		if (ks_str_is(one->who, KS_JOURNAL_SELF))
			continue;
		*(struct ks_score_entry *)ks_vec_push(&score->entries) = (struct ks_score_entry){
			ks_drillbook_time(&score->book, &score->moments, one->time_ms), one->who, "journal", incident,
			KS_LEVEL_NONE, ks_minute_render(one->kind, one->body, &score->arena),
			ks_minute_is_containment(one->kind, one->body) };
	}
	ks_vec_release(&list);
	return rc;
}

static int add_journals(struct ks_score *score, struct ks_db *db, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int rc = ks_sql_ints(db, "SELECT id FROM incidents ORDER BY id", KS_SQL_NONE, &ids, err);

	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = add_journal(score, db, *KS_VEC_AT(&ids, int64_t, i), err);
	ks_vec_release(&ids);
	return rc;
}

static int add_hashes(struct ks_score *score, struct ks_db *db, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT event_id, raw, time_ms FROM events ORDER BY time_ms, identity",
		KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		unsigned char digest[KS_HASH_SIZE];
		char hex[KS_HASH_HEX];

		ks_hash_sha256(ks_db_column_blob(query, 1), digest);
		ks_hash_hex(digest, KS_HASH_SIZE, hex);
		*(struct ks_score_hash *)ks_vec_push(&score->hashes) = (struct ks_score_hash){
			ks_arena_copy(&score->arena, ks_db_column_text(query, 0)),
			ks_arena_copy(&score->arena, ks_str_of(hex)), ks_db_column_int(query, 2) };
	}
	ks_db_finish(query);
	return rc;
}

/* By time; what belongs together stays in the order in which it was added. */
static void sort_entries(struct ks_score *score)
{
	struct ks_score_entry *p = score->entries.p;

	for (size_t i = 1; i < score->entries.n; i++) {
		struct ks_score_entry one = p[i];
		size_t at = i;

		for (; at > 0 && p[at - 1].at_ms > one.at_ms; at--)
			p[at] = p[at - 1];
		p[at] = one;
	}
}

int ks_score_make(struct ks_db *db, const struct ks_ruleset *rules, struct ks_score *out, struct ks_err *err)
{
	struct ks_problems problems;
	struct ks_err late = { 0 };
	bool is_good;

	*out = (struct ks_score){ .rows = KS_VEC_OF(struct ks_score_row),
		.falses = KS_VEC_OF(struct ks_score_false), .entries = KS_VEC_OF(struct ks_score_entry),
		.hashes = KS_VEC_OF(struct ks_score_hash), .moments = KS_VEC_OF(struct ks_drillbook_moment) };
	ks_scenario_init(&out->scenario);
	if (ks_drillbook_read(db, &out->arena, &out->book, err) != 0)
		return -1;
	ks_problem_init(&problems);
	is_good = ks_scenario_read(&out->scenario, "the drill's scenario", out->book.scenario, &problems);
	ks_problem_release(&problems);
	if (!is_good)
		return ks_err_set(err, KS_ERR_PARSE, "the scenario of the drill cannot be read");
	if (ks_drillbook_list(db, &out->arena, &out->moments, err) != 0)
		return -1;
	out->played_ms = out->book.ended_ms != KS_TIME_NONE ? INT64_MAX : out->moments.n == 0 ? KS_TIME_NONE :
		moment_at(out, out->moments.n - 1)->at_ms;
	if (add_journals(out, db, err) != 0 || add_hashes(out, db, err) != 0)
		return -1;
	add_steps(out);
	add_moments(out, rules);
	sort_entries(out);
	judge_findings(out, rules);
	judge_incident(out, db, &late);
	judge_plan(out);
	judge_containment(out);
	judge_rest(out, rules);
	out->detect_ms = took(out, find_first(out, "incident", (struct ks_str){ NULL, 0 }, KS_LEVEL_NONE,
		out->scenario.expect.actor),
		out->scenario.expect.actor);
	return 0;
}

void ks_score_release(struct ks_score *score)
{
	ks_scenario_release(&score->scenario);
	ks_vec_release(&score->rows);
	ks_vec_release(&score->falses);
	ks_vec_release(&score->entries);
	ks_vec_release(&score->hashes);
	ks_vec_release(&score->moments);
	ks_arena_release(&score->arena);
}

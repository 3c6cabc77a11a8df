/* The guards, one function each, but for those that know the world (rail.c). */
#include "lib/respond/guard.h"

#include "lib/base/time.h"
#include "lib/respond/rail.h"

#include <inttypes.h>

#define AHEAD_MOST (5 * 60 * KS_TIME_SECOND)     /* clocks differ; more than that is no clock */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Guards that speak of records have nothing to say where nobody goes by one. */
static const char named[] = "somebody named the key himself: no record is believed for it";

/* "2h 5m", the two largest units that are there. */
static const char *render_span(struct ks_arena *arena, int64_t ms)
{
	static const struct { const char *unit; int64_t ms; } units[] = {
		{ "d", KS_TIME_DAY }, { "h", 3600 * KS_TIME_SECOND }, { "m", 60 * KS_TIME_SECOND },
		{ "s", KS_TIME_SECOND },
	};

	for (size_t i = 0; i + 1 < COUNT(units); i++) {
		int64_t rest = ms % units[i].ms / units[i + 1].ms;

		if (ms >= units[i].ms && rest > 0)
			return ks_arena_printf(arena, "%" PRId64 "%s %" PRId64 "%s", ms / units[i].ms, units[i].unit,
				rest, units[i + 1].unit);
		if (ms >= units[i].ms)
			return ks_arena_printf(arena, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
	}
	return ks_arena_printf(arena, "%" PRId64 "s", ms / KS_TIME_SECOND);
}

static bool is_protected(const struct ks_facts *facts, const struct ks_pattern *pattern)
{
	const struct ks_subject *subject = &facts->subject;

	if ((subject->arn.n > 0 && ks_pattern_is_match(pattern, subject->arn)) ||
		(subject->key_id.n > 0 && ks_pattern_is_match(pattern, subject->key_id)))
		return true;
	for (size_t i = 0; i < facts->event_count; i++) {
		const struct ks_facts_event *event = &facts->events[i];

		if ((event->actor_arn.n > 0 && ks_pattern_is_match(pattern, event->actor_arn)) ||
			(event->issuer_arn.n > 0 && ks_pattern_is_match(pattern, event->issuer_arn)))
			return true;
	}
	return false;
}

/* Whoever is protected is never touched, by whatever name the records have for him. */
static void ask_protect(struct ks_rail *q)
{
	const struct ks_entry_list *protect = &q->policy->protect;
	const struct ks_guard_world *world = q->world;
	size_t more = world != NULL ? world->protect_count : 0;

	for (size_t i = 0; i < protect->n; i++)
		if (is_protected(q->facts, &q->policy->protected[i])) {
			ks_rail_answer(q, KS_GUARD_REFUSE, ks_arena_printf(q->arena, "the policy protects " KS_STR_FMT,
				KS_STR_ARG(protect->p[i])));
			return;
		}
	for (size_t i = 0; i < more; i++)
		if (is_protected(q->facts, &world->protect[i])) {
			ks_rail_answer(q, KS_GUARD_REFUSE, ks_arena_printf(q->arena, "the config protects " KS_STR_FMT
				": contain it by hand, or take it out of 'protect'", KS_STR_ARG(world->protect_texts[i])));
			return;
		}
	if (more > 0)
		ks_rail_answer(q, KS_GUARD_PASS, "the caller is nobody whom the policy or the config protects");
	else if (world == NULL)
		ks_rail_answer(q, KS_GUARD_PASS, protect->n == 0 ?
			"the policy protects nobody; the config's 'protect' is asked when a step is sent" :
			"the caller is nobody whom the policy protects; the config's 'protect' is asked when a step is "
			"sent");
	else
		ks_rail_answer(q, KS_GUARD_PASS, protect->n == 0 ?
			"neither the policy nor the config protects anybody" :
			"the caller is nobody whom the policy protects");
}

/* The oldest event decides: a plan is as stale as the oldest thing that it rests on. */
static void ask_age(struct ks_rail *q)
{
	int64_t oldest = INT64_MAX, newest = INT64_MIN, most = q->policy->max_event_age_ms;
	char text[KS_TIME_TEXT];
	size_t undated = 0;

	if (q->facts->is_by_hand) {
		ks_rail_answer(q, KS_GUARD_PASS, named);
		return;
	}
	for (size_t i = 0; i < q->facts->event_count; i++) {
		int64_t ms = q->facts->events[i].time_ms;

		undated += ms == KS_TIME_NONE;
		if (ms != KS_TIME_NONE && ms < oldest)
			oldest = ms;
		if (ms > newest)
			newest = ms;
	}
	if (undated > 0 || q->facts->event_count == 0)
		ks_rail_answer(q, KS_GUARD_APPROVE, undated > 0 ? "the time of an event cannot be read" :
			"there are no events");
	else if (newest > q->facts->now_ms + AHEAD_MOST)
		ks_rail_answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena, "an event is of %s, which is yet to "
			"come",
			ks_time_render(newest, text)));
	else if (oldest < q->facts->now_ms - most)
		ks_rail_answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena, "the oldest event is of %s, %s ago; "
			"%s is the "
			"most", ks_time_render(oldest, text), render_span(q->arena, q->facts->now_ms - oldest),
			render_span(q->arena, most)));
	else
		ks_rail_answer(q, KS_GUARD_PASS, ks_arena_printf(q->arena, "the oldest event is of %s, within %s",
			ks_time_render(oldest, text), render_span(q->arena, most)));
}

/* How far the records can be believed: those of trusted sources were marked when they were read, by what
 * the program had opened. What a file is called proves nothing. */
static void ask_source(struct ks_rail *q)
{
	const struct ks_facts *facts = q->facts;
	const struct ks_facts_event *first = NULL, *loose = NULL;
	size_t forgeable = 0, drills = 0;

	for (size_t i = 0; i < facts->event_count; i++) {
		const struct ks_facts_event *event = &facts->events[i];
		bool is_forgeable = event->trust == KS_EVIDENCE_UNTRUSTED;

		drills += event->trust == KS_EVIDENCE_DRILL;
		forgeable += is_forgeable;
		if (is_forgeable && first == NULL)
			first = event;
		if (!is_forgeable && event->has_loose_key && loose == NULL)
			loose = event;
	}
	if (facts->is_by_hand)
		ks_rail_answer(q, KS_GUARD_PASS, named);
	else if (facts->event_count == 0)
		ks_rail_answer(q, KS_GUARD_DRY_RUN, "there are no records");
	else if (drills > 0 && drills + forgeable == facts->event_count)
		ks_rail_answer(q, KS_GUARD_REFUSE, "there are records of an exercise: nothing of it may reach AWS");
	else if (drills > 0)
		/* Anybody can write the mark of an exercise: it must not keep a real thief's plan from people. */
		ks_rail_answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena,
			"%zu of %zu records are of an exercise, or "
			"say so: look whether the others are enough", drills, facts->event_count));
	else if (forgeable == facts->event_count)
		ks_rail_answer(q, KS_GUARD_DRY_RUN, ks_arena_printf(q->arena, "records came out of files or pipes ("
			KS_STR_FMT "), not from AWS: whoever can write there could forge them",
				KS_STR_ARG(first->where)));
	else if (forgeable > 0)
		ks_rail_answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena, "%zu of %zu records came out of "
			"files or "
			"pipes that the config does not trust (" KS_STR_FMT "): look whether the others are enough",
			forgeable, facts->event_count, KS_STR_ARG(first->where)));
	else if (loose != NULL)
		ks_rail_answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena, "that the temporary key " KS_STR_FMT
			" is of this key comes out of a record that could be forged: look whether it is",
			KS_STR_ARG(loose->key_id)));
	else
		ks_rail_answer(q, KS_GUARD_PASS, "all records came from sources that are trusted");
}

/* What was there when a source was read for the first time may be a story that is long over. */
static void ask_backlog(struct ks_rail *q)
{
	size_t n = 0;

	for (size_t i = 0; i < q->facts->event_count; i++)
		n += q->facts->events[i].is_backlog;
	if (q->facts->is_by_hand)
		ks_rail_answer(q, KS_GUARD_PASS, named);
	else if (n > 0 && n == q->facts->event_count)
		ks_rail_answer(q, KS_GUARD_APPROVE, "this was there when the source was read for the first time: "
			"look "
			"whether the matter is over, then approve");
	else if (n > 0)
		ks_rail_answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena, "%zu of %zu records were there when "
			"their source was read for the first time: look whether the matter is over, then approve", n,
			q->facts->event_count));
	else
		ks_rail_answer(q, KS_GUARD_PASS, "no record is from the first run over its source");
}

static void ask_records(struct ks_rail *q)
{
	const char *doubt = q->facts->subject.doubt;

	ks_rail_answer(q, doubt != NULL ? KS_GUARD_APPROVE : KS_GUARD_PASS, doubt != NULL ? doubt :
		"key id, account, partition and Regions fit together");
}

static void ask_state(struct ks_rail *q)
{
	if (q->facts->is_closed)
		ks_rail_answer(q, KS_GUARD_APPROVE, "the incident is closed");
	else if (q->facts->is_on_hold)
		ks_rail_answer(q, KS_GUARD_APPROVE, "the incident is on hold: somebody put it aside, or took back "
			"what was done");
	else if (q->facts->is_suppressed)
		ks_rail_answer(q, KS_GUARD_APPROVE, "the incident is suppressed");
	else
		ks_rail_answer(q, KS_GUARD_PASS, "the incident is open");
}

static const struct {
	const char *name;
	void (*ask)(struct ks_rail *q);
} guards[] = {
	{ "protect", ask_protect },
	{ "max_event_age", ask_age },
	{ "source", ask_source },
	{ "backlog", ask_backlog },
	{ "internal", ks_rail_ask_internal },
	{ "records", ask_records },
	{ "state", ask_state },
	{ "max_keys_per_hour", ks_rail_ask_cap },
	{ "account", ks_rail_ask_account },
	{ "caller", ks_rail_ask_caller },
	{ "leftover", ks_rail_ask_leftover },
	{ "pause", ks_rail_ask_pause },
};

void ks_guard_check(const struct ks_policy *policy, const struct ks_facts *facts,
	const struct ks_guard_world *world, struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < COUNT(guards); i++) {
		struct ks_rail q = { policy, facts, world, arena, ks_vec_push(out) };

		q.out->guard = guards[i].name;
		guards[i].ask(&q);
	}
}

enum ks_policy_mode ks_guard_limit(enum ks_policy_mode mode, const struct ks_vec *verdicts,
	bool *out_refused)
{
	*out_refused = false;
	for (size_t i = 0; i < verdicts->n; i++) {
		enum ks_guard_outcome outcome = KS_VEC_AT(verdicts, struct ks_guard_verdict, i)->outcome;
		enum ks_policy_mode most = outcome == KS_GUARD_APPROVE ? KS_POLICY_APPROVE :
			outcome == KS_GUARD_DRY_RUN || outcome == KS_GUARD_REFUSE ? KS_POLICY_DRY_RUN :
			KS_POLICY_ENFORCE;

		*out_refused = *out_refused || outcome == KS_GUARD_REFUSE;
		if (mode > most)
			mode = most;
	}
	return mode;
}

bool ks_guard_is_own(struct ks_str category)
{
	return ks_str_is(category, "internal") || ks_str_is(category, "own") ||
		ks_str_is(category, "own-scanner");
}

const char *ks_guard_outcome_name(enum ks_guard_outcome outcome)
{
	static const char *const names[] = { "pass", "later", "approve", "dry-run", "refuse" };

	return names[outcome];
}

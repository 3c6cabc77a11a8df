/* The guards, one function each. */
#include "lib/respond/guard.h"

#include "lib/base/time.h"

#include <inttypes.h>

#define AHEAD_MOST (5 * 60 * KS_TIME_SECOND)     /* clocks differ; more than that is no clock */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Guards that speak of records have nothing to say where nobody goes by one. */
static const char named[] = "somebody named the key himself: no record is believed for it";

/* What a guard looks at, and its verdict; why and outcome are set by the guard. */
struct question {
	const struct ks_policy *policy;
	const struct ks_facts *facts;
	const struct ks_guard_world *world;      /* NULL: only planning */
	struct ks_arena *arena;
	struct ks_guard_verdict *out;
};

static void answer(struct question *q, enum ks_guard_outcome outcome, const char *why)
{
	q->out->outcome = outcome;
	q->out->why = why;
}

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

/* Whoever is protected is never touched, by whatever name the records have for him. */
static void ask_protect(struct question *q)
{
	const struct ks_entry_list *protect = &q->policy->protect;
	const struct ks_subject *subject = &q->facts->subject;

	for (size_t i = 0; i < protect->n; i++) {
		const struct ks_pattern *pattern = &q->policy->protected[i];
		bool is_hit = (subject->arn.n > 0 && ks_pattern_is_match(pattern, subject->arn)) ||
			(subject->key_id.n > 0 && ks_pattern_is_match(pattern, subject->key_id));

		for (size_t k = 0; k < q->facts->event_count && !is_hit; k++) {
			const struct ks_facts_event *event = &q->facts->events[k];

			is_hit = (event->actor_arn.n > 0 && ks_pattern_is_match(pattern, event->actor_arn)) ||
				(event->issuer_arn.n > 0 && ks_pattern_is_match(pattern, event->issuer_arn));
		}
		if (is_hit) {
			answer(q, KS_GUARD_REFUSE, ks_arena_printf(q->arena, "the policy protects " KS_STR_FMT,
				KS_STR_ARG(protect->p[i])));
			return;
		}
	}
	answer(q, KS_GUARD_PASS, protect->n == 0 ? "the policy protects nobody" :
		"the caller is nobody whom the policy protects");
}

/* The oldest event decides: a plan is as stale as the oldest thing that it rests on. */
static void ask_age(struct question *q)
{
	int64_t oldest = INT64_MAX, newest = INT64_MIN, most = q->policy->max_event_age_ms;
	char text[KS_TIME_TEXT];
	size_t undated = 0;

	if (q->facts->is_by_hand) {
		answer(q, KS_GUARD_PASS, named);
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
		answer(q, KS_GUARD_APPROVE, undated > 0 ? "the time of an event cannot be read" :
			"there are no events");
	else if (newest > q->facts->now_ms + AHEAD_MOST)
		answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena, "an event is of %s, which is yet to come",
			ks_time_render(newest, text)));
	else if (oldest < q->facts->now_ms - most)
		answer(q, KS_GUARD_APPROVE, ks_arena_printf(q->arena, "the oldest event is of %s, %s ago; %s is the "
			"most", ks_time_render(oldest, text), render_span(q->arena, q->facts->now_ms - oldest),
			render_span(q->arena, most)));
	else
		answer(q, KS_GUARD_PASS, ks_arena_printf(q->arena, "the oldest event is of %s, within %s",
			ks_time_render(oldest, text), render_span(q->arena, most)));
}

/* Anybody who can write a file can forge a record, and what a source is called can be chosen as well: a
 * name proves nothing. So this never passes; the header says what it takes. */
static void ask_source(struct question *q)
{
	if (q->facts->is_by_hand) {
		answer(q, KS_GUARD_PASS, named);
		return;
	}
	answer(q, KS_GUARD_DRY_RUN, q->facts->event_count == 0 ? "there are no records" :
		ks_arena_printf(q->arena, "records came out of files or pipes (" KS_STR_FMT "), not from AWS: "
			"whoever can write there could forge them", KS_STR_ARG(q->facts->events[0].where)));
}

static void ask_records(struct question *q)
{
	const char *doubt = q->facts->subject.doubt;

	answer(q, doubt != NULL ? KS_GUARD_APPROVE : KS_GUARD_PASS, doubt != NULL ? doubt :
		"key id, account, partition and Regions fit together");
}

static void ask_state(struct question *q)
{
	if (q->facts->is_closed)
		answer(q, KS_GUARD_APPROVE, "the incident is closed");
	else if (q->facts->is_suppressed)
		answer(q, KS_GUARD_APPROVE, "the incident is suppressed");
	else
		answer(q, KS_GUARD_PASS, "the incident is open");
}

/* Decoys are counted apart: any number of them may be used at once. */
static void ask_cap(struct question *q)
{
	int64_t most = q->policy->max_keys_per_hour;

	if (q->facts->is_decoy)
		answer(q, KS_GUARD_PASS, "a decoy does not count");
	else
		answer(q, KS_GUARD_LATER, ks_arena_printf(q->arena, "%" PRId64 " key%s within the hour %s the most: "
			"they are counted when a step is sent", most, most == 1 ? "" : "s", most == 1 ? "is" : "are"));
}

static void ask_caller(struct question *q)
{
	answer(q, KS_GUARD_LATER, "never keysnare's own identity, never an account that is not its own: "
		"sts:GetCallerIdentity tells when a step is sent");
}

static const struct {
	const char *name;
	void (*ask)(struct question *q);
} guards[] = {
	{ "protect", ask_protect },
	{ "max_event_age", ask_age },
	{ "source", ask_source },
	{ "records", ask_records },
	{ "state", ask_state },
	{ "max_keys_per_hour", ask_cap },
	{ "caller", ask_caller },
};

void ks_guard_check(const struct ks_policy *policy, const struct ks_facts *facts,
	const struct ks_guard_world *world, struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < COUNT(guards); i++) {
		struct question q = { policy, facts, world, arena, ks_vec_push(out) };

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

/* Judging whether everything works. */
#include "lib/engine/vigil.h"

#include "lib/base/time.h"

#include <inttypes.h>

#define MINUTE_MS (INT64_C(60) * 1000)
#define HOUR_MS (INT64_C(3600) * 1000)

static const struct ks_vigil_row rows[KS_VIGIL_KINDS] = {
	[KS_VIGIL_STALE] = { "stale", KS_LEVEL_HIGH, false,
		"look whether the trail still delivers; where such pauses are usual, say so: 'stale' in the "
		"config" },
	[KS_VIGIL_FAILING] = { "failing", KS_LEVEL_HIGH, false,
		"nothing is read from there until it works: look at its permissions and the network" },
	[KS_VIGIL_QUEUE] = { "queue", KS_LEVEL_MEDIUM, false,
		"more comes in than is read: what is found is found late" },
	[KS_VIGIL_DENIED] = { "denied", KS_LEVEL_CRITICAL, false,
		"a plan cannot be carried out: 'keysnare perms responder' prints what the responder needs" },
	[KS_VIGIL_RESPONDER] = { "responder", KS_LEVEL_CRITICAL, false,
		"a plan is not carried out: 'keysnare respond status' shows it, 'keysnare respond run' tries it "
		"again" },
	[KS_VIGIL_FULL] = { "full", KS_LEVEL_CRITICAL, false,
		"make room for the store: nothing is stored until then, and nothing is lost" },
	[KS_VIGIL_LOCKED] = { "locked", KS_LEVEL_HIGH, false,
		"end the program that locks the store: nothing is stored until then, and nothing is lost" },
	[KS_VIGIL_ASIDE] = { "aside", KS_LEVEL_MEDIUM, true,
		"it was kept for you, and the rest was read on: look at it" },
	[KS_VIGIL_DEAD] = { "dead-letters", KS_LEVEL_HIGH, false,
		"mend the receiver, then 'keysnare notify resend --all' sends them again" },
	[KS_VIGIL_UNDECIDED] = { "undecided", KS_LEVEL_MEDIUM, true,
		"an event costs a rule more than its limit: look at it by hand" },
};

const struct ks_vigil_row *ks_vigil_row(enum ks_vigil_kind kind)
{
	return &rows[kind];
}

const char *ks_vigil_stretch(int64_t ms, struct ks_arena *arena)
{
	if (ms >= 48 * HOUR_MS)
		return ks_arena_printf(arena, "%" PRId64 " days", ms / (24 * HOUR_MS));
	if (ms >= 2 * HOUR_MS)
		return ks_arena_printf(arena, "%" PRId64 " h", ms / HOUR_MS);
	if (ms >= 2 * MINUTE_MS)
		return ks_arena_printf(arena, "%" PRId64 " min", ms / MINUTE_MS);
	return ks_arena_printf(arena, "%" PRId64 " s", ms / 1000);
}

int64_t ks_vigil_stale_after(const struct ks_vigil_feed *feed, int64_t now_ms)
{
	int64_t after;

	if (feed->stale_ms > 0)
		return feed->stale_ms;
	if (feed->first_ms == KS_TIME_NONE || feed->last_ms - feed->first_ms < KS_VIGIL_LEARN_MS ||
		now_ms < feed->first_ms)
		return 0;
	after = feed->gap_ms * KS_VIGIL_STALE_TIMES;
	if (after < KS_VIGIL_STALE_LEAST_MS)
		after = KS_VIGIL_STALE_LEAST_MS;
	return after < KS_VIGIL_STALE_MOST_MS ? after : KS_VIGIL_STALE_MOST_MS;
}

static void push(struct ks_vec *out, enum ks_vigil_kind kind, struct ks_str subject, int64_t since_ms,
	const char *why)
{
	*(struct ks_vigil_verdict *)ks_vec_push(out) = (struct ks_vigil_verdict){ .kind = kind,
		.subject = subject, .holds = why != NULL, .since_ms = since_ms, .why = why };
}

/* Who starts to look after a pause of his own gives the source as long as anybody. */
static void judge_stale(const struct ks_vigil_feed *feed, int64_t now_ms, struct ks_arena *arena,
	struct ks_vec *out)
{
	int64_t after = ks_vigil_stale_after(feed, now_ms), since = feed->last_ms;
	const char *why = NULL;

	/* A program that only looks in now and then does not know since when there was nothing. */
	if (since == KS_TIME_NONE)
		since = feed->watched_ms;
	if (after == 0 || since == 0 || now_ms < since)
		return;
	if (now_ms - since >= after && now_ms - feed->watched_ms >= after / 4)
		why = ks_arena_printf(arena, "no record came for %s%s", ks_vigil_stretch(now_ms - since, arena),
			feed->stale_ms > 0 ? "" : ks_arena_printf(arena, ", and the longest pause so far was %s",
			ks_vigil_stretch(feed->gap_ms, arena)));
	else if (now_ms - since >= after)
		return;
	push(out, KS_VIGIL_STALE, feed->source, since, why);
}

/* Whether it says nothing, and no failure either. A machine that slept gives it time to say something. */
static bool is_silent(const struct ks_vigil_feed *feed, struct ks_vigil_memory *m, int64_t now_ms)
{
	const struct ks_source_health *h = &feed->health;
	int64_t most = feed->silent_ms > KS_VIGIL_SILENT_MS ? feed->silent_ms : KS_VIGIL_SILENT_MS;

	if (h->failing_ms != KS_TIME_NONE || h->heard_ms == KS_TIME_NONE || now_ms - h->heard_ms <= most)
		m->silent_ms = 0;
	else if (m->silent_ms == 0 || now_ms < m->silent_ms)
		m->silent_ms = now_ms;
	return m->silent_ms != 0;
}

static void judge_failing(const struct ks_vigil_feed *feed, struct ks_vigil_memory *m, int64_t now_ms,
	struct ks_arena *arena, struct ks_vec *out)
{
	const struct ks_source_health *h = &feed->health;
	const char *why = NULL;

	if (is_silent(feed, m, now_ms)) {
		if (now_ms - m->silent_ms >= KS_VIGIL_FAILING_MS)
			push(out, KS_VIGIL_FAILING, feed->source, h->heard_ms, ks_arena_printf(arena,
				"it says nothing, for %s", ks_vigil_stretch(now_ms - h->heard_ms, arena)));
		return;
	}
	if (h->failing_ms != KS_TIME_NONE && now_ms - h->failing_ms < KS_VIGIL_FAILING_MS)
		return;
	if (h->failing_ms != KS_TIME_NONE)
		why = ks_arena_printf(arena, "%u attempt%s failed, for %s: %s", h->failures,
			h->failures == 1 ? "" : "s", ks_vigil_stretch(now_ms - h->failing_ms, arena),
			h->error != NULL ? h->error : "no answer");
	push(out, KS_VIGIL_FAILING, feed->source, h->failing_ms, why);
}

/* It grows when it was longer at several looks in a row; that is over when half of it is gone. */
static void judge_queue(const struct ks_vigil_feed *feed, struct ks_vigil_memory *m, int64_t now_ms,
	struct ks_arena *arena, struct ks_vec *out)
{
	int64_t behind = feed->health.behind;

	if (behind < 0 || (m->look_ms != 0 && now_ms >= m->look_ms && now_ms - m->look_ms <
		KS_VIGIL_QUEUE_LOOK_MS))
		return;
	m->longer = m->look_ms != 0 && behind > m->behind ? m->longer + 1 : 0;
	m->look_ms = now_ms;
	m->behind = behind;
	if (behind > m->most || !m->is_growing)
		m->most = behind;
	if (m->longer >= KS_VIGIL_QUEUE_LOOKS && behind > KS_VIGIL_QUEUE_LEAST)
		m->is_growing = true;
	else if (behind <= KS_VIGIL_QUEUE_LEAST || behind <= m->most / 2)
		m->is_growing = false;
	push(out, KS_VIGIL_QUEUE, feed->source, now_ms, m->is_growing ? ks_arena_printf(arena, "%" PRId64
		" messages or files wait, and they became more for %d minutes", behind, KS_VIGIL_QUEUE_LOOKS) :
		NULL);
}

void ks_vigil_judge(const struct ks_vigil_feed *feed, struct ks_vigil_memory *memory, int64_t now_ms,
	struct ks_arena *arena, struct ks_vec *out)
{
	judge_failing(feed, memory, now_ms, arena, out);
	/* A source that does not answer has no records for a reason that is told. */
	if (feed->health.failing_ms == KS_TIME_NONE)
		judge_stale(feed, now_ms, arena, out);
	judge_queue(feed, memory, now_ms, arena, out);
}

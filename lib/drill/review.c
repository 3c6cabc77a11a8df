/* The short forms of a score: a table and JSON; and what all forms share. */
#include "lib/drill/review.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/codec/json.h"

#include <inttypes.h>
#include <stdio.h>

void ks_review_add_offset(const struct ks_review *review, int64_t at_ms, struct ks_buf *out)
{
	int64_t ms = at_ms - review->score->book.start_ms;

	ks_buf_addc(out, ms < 0 ? '-' : '+');
	ks_score_add_span(ms < 0 ? -ms : ms, out);
}

void ks_review_add_verdict(const struct ks_review *review, struct ks_buf *out)
{
	const struct ks_score *score = review->score;

	ks_buf_addf(out, "%zu of %zu expectations met, %zu late, %zu missed", score->met, score->rows.n,
		score->late, score->missed);
	if (score->unplayed > 0)
		ks_buf_addf(out, ", %zu not played", score->unplayed);
	ks_buf_addf(out, "; %zu finding%s nobody expected", score->falses.n, score->falses.n == 1 ? "" : "s");
}

static const char *span(int64_t ms, struct ks_arena *arena)
{
	struct ks_buf text;
	const char *kept;

	ks_buf_init(&text, 64);
	ks_score_add_span(ms, &text);
	kept = ks_arena_strdup(arena, ks_buf_str(&text));
	ks_buf_release(&text);
	return kept;
}

void ks_review_gaps(const struct ks_review *review, struct ks_arena *arena, struct ks_vec *out)
{
	const struct ks_score *score = review->score;

	for (size_t i = 0; i < score->rows.n; i++) {
		const struct ks_score_row *row = KS_VEC_AT(&score->rows, struct ks_score_row, i);

		if (row->outcome == KS_SCORE_MISSED)
			*(const char **)ks_vec_push(out) = ks_arena_printf(arena, "missed: %s " KS_STR_FMT "%s%s",
				row->what,
				KS_STR_ARG(row->subject), row->note != NULL ? ": " : "", row->note != NULL ? row->note : "");
		else if (row->outcome == KS_SCORE_LATE)
			*(const char **)ks_vec_push(out) = ks_arena_printf(arena, "late: %s " KS_STR_FMT
				" took %s, and %s was the aim", row->what, KS_STR_ARG(row->subject),
				span(row->took_ms, arena), span(row->within_ms, arena));
	}
	for (size_t i = 0; i < score->falses.n; i++) {
		const struct ks_score_false *one = KS_VEC_AT(&score->falses, struct ks_score_false, i);

		*(const char **)ks_vec_push(out) = ks_arena_printf(arena, "not expected: %s in incident %" PRId64,
			ks_arena_strdup(arena, one->title), one->incident);
	}
	if (score->played_ms != INT64_MAX)
		*(const char **)ks_vec_push(out) = ks_arena_printf(arena, "the drill was played to +%s after the "
			"first step, and not to its end: what was to come later is neither met nor missed",
			span(score->played_ms > score->book.start_ms ? score->played_ms - score->book.start_ms : 0,
				arena));
}

/* ---- for the terminal ---------------------------------------------------------------------------- */

static void add_time(const char *what, int64_t ms, struct ks_buf *out)
{
	ks_buf_addf(out, "%-16s", what);
	ks_score_add_span(ms, out);
	ks_buf_addc(out, '\n');
}

void ks_review_add_text(const struct ks_review *review, struct ks_buf *out)
{
	const struct ks_score *score = review->score;
	struct ks_arena arena = { 0 };

	ks_text_add_terminal(out, score->scenario.title);
	ks_buf_addf(out, "\nscenario " KS_STR_FMT ", seed %" PRIu64 ", pace ", KS_STR_ARG(score->scenario.name),
		score->book.seed);
	ks_text_add_terminal(out, score->book.pace);
	ks_buf_adds(out, "\n\n");
	for (size_t i = 0; i < score->rows.n; i++) {
		const struct ks_score_row *row = KS_VEC_AT(&score->rows, struct ks_score_row, i);

		ks_buf_addf(out, "%-10s %-9s ", ks_score_outcome_name(row->outcome), row->what);
		ks_text_add_terminal(out, row->subject);
		for (size_t pad = row->subject.n; pad < 38; pad++)
			ks_buf_addc(out, ' ');
		ks_buf_addf(out, " %12s", span(row->took_ms, &arena));
		if (row->within_ms > 0)
			ks_buf_addf(out, " of %s", span(row->within_ms, &arena));
		if (row->outcome == KS_SCORE_MISSED && row->note != NULL) {
			ks_buf_adds(out, "  ");
			ks_text_add_terminal(out, ks_str_of(row->note));
		}
		ks_buf_addc(out, '\n');
	}
	for (size_t i = 0; i < score->falses.n; i++) {
		const struct ks_score_false *one = KS_VEC_AT(&score->falses, struct ks_score_false, i);

		ks_buf_adds(out, "false      finding   ");
		ks_text_add_terminal(out, one->title);
		ks_buf_addf(out, ", %s, incident %" PRId64 "\n", ks_rule_level_name(one->level), one->incident);
	}
	ks_buf_addc(out, '\n');
	add_time("to detect", score->detect_ms, out);
	add_time("to tell people", score->notify_ms, out);
	add_time("to contain", score->contain_ms, out);
	ks_buf_addc(out, '\n');
	ks_review_add_verdict(review, out);
	ks_buf_addc(out, '\n');
	ks_arena_release(&arena);
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

/* Seconds; null where there are none. */
static void add_seconds(struct ks_json *json, const char *name, int64_t ms)
{
	if (ms == KS_TIME_NONE)
		ks_json_add_null(json, name);
	else
		ks_json_add_int(json, name, ms / KS_TIME_SECOND);
}

static struct ks_json *rows_json(const struct ks_score *score)
{
	struct ks_json *list = ks_json_new_array();

	for (size_t i = 0; i < score->rows.n; i++) {
		const struct ks_score_row *row = KS_VEC_AT(&score->rows, struct ks_score_row, i);
		struct ks_json *json = ks_json_new_object();

		ks_json_add_text(json, "outcome", ks_score_outcome_name(row->outcome));
		ks_json_add_text(json, "what", row->what);
		ks_json_add_str(json, "subject", row->subject);
		add_seconds(json, "within", row->within_ms > 0 ? row->within_ms : KS_TIME_NONE);
		add_seconds(json, "took", row->took_ms);
		ks_json_add_text(json, "note", row->note);
		ks_json_add(list, NULL, json);
	}
	return list;
}

static struct ks_json *falses_json(const struct ks_score *score)
{
	struct ks_json *list = ks_json_new_array();

	for (size_t i = 0; i < score->falses.n; i++) {
		const struct ks_score_false *one = KS_VEC_AT(&score->falses, struct ks_score_false, i);
		struct ks_json *json = ks_json_new_object();

		ks_json_add_str(json, "rule", one->rule_id);
		ks_json_add_str(json, "title", one->title);
		ks_json_add_text(json, "level", ks_rule_level_name(one->level));
		ks_json_add_int(json, "incident", one->incident);
		ks_json_add(list, NULL, json);
	}
	return list;
}

void ks_review_add_json(const struct ks_review *review, struct ks_buf *out)
{
	const struct ks_score *score = review->score;
	struct ks_json *json = ks_json_new_object();
	char time[KS_TIME_TEXT];

	ks_json_add_int(json, "v", 1);
	ks_json_add_str(json, "scenario", score->scenario.name);
	ks_json_add_int(json, "drill", score->book.number);
	ks_json_add_int(json, "seed", (int64_t)score->book.seed);
	ks_json_add_str(json, "pace", score->book.pace);
	ks_json_add_text(json, "start", ks_time_render(score->book.start_ms, time));
	ks_json_add_bool(json, "ended", score->book.ended_ms != KS_TIME_NONE);
	ks_json_add_int(json, "met", (int64_t)score->met);
	ks_json_add_int(json, "late", (int64_t)score->late);
	ks_json_add_int(json, "missed", (int64_t)score->missed);
	ks_json_add_int(json, "not_played", (int64_t)score->unplayed);
	add_seconds(json, "detect", score->detect_ms);
	add_seconds(json, "notify", score->notify_ms);
	add_seconds(json, "contain", score->contain_ms);
	ks_json_add(json, "expectations", rows_json(score));
	ks_json_add(json, "unexpected", falses_json(score));
	ks_json_add_int(json, "evidence", (int64_t)score->hashes.n);
	ks_json_render(json, out);
	ks_buf_addc(out, '\n');
	ks_json_free(json);
}

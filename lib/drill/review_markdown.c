/* The report of a drill for a ticket or a wiki. */
#include "lib/drill/review.h"

#include "lib/base/time.h"
#include "lib/report/markdown.h"

#include <inttypes.h>

#define BLANKS 6u                /* rows to write into */

static void add(struct ks_buf *out, struct ks_str text)
{
	ks_markdown_add_words(out, text);
}

static void add_head(const struct ks_review *review, struct ks_buf *out)
{
	const struct ks_score *score = review->score;
	char time[KS_TIME_TEXT];

	ks_buf_adds(out, "# Drill: ");
	add(out, score->scenario.title);
	ks_buf_adds(out, "\n\n");
	ks_review_add_verdict(review, out);
	ks_buf_adds(out, ".\n\n");
	add(out, score->scenario.description);
	ks_buf_addf(out, "\n\n- Scenario `" KS_STR_FMT "`, seed %" PRIu64 ", first step %s, all times UTC "
		"by the "
		"drill's clock\n", KS_STR_ARG(score->scenario.name), score->book.seed,
		ks_time_render(score->book.start_ms, time));
	if (score->scenario.case_text.n > 0) {
		ks_buf_adds(out, "- After: ");
		add(out, score->scenario.case_text);
		ks_buf_addc(out, '\n');
	}
}

static void add_expected(const struct ks_review *review, struct ks_buf *out)
{
	const struct ks_score *score = review->score;

	ks_buf_adds(out, "\n## What was expected\n\n| outcome | what | | took | aim |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < score->rows.n; i++) {
		const struct ks_score_row *row = KS_VEC_AT(&score->rows, struct ks_score_row, i);

		ks_buf_addf(out, "| %s | %s | ", ks_score_outcome_name(row->outcome), row->what);
		add(out, row->subject);
		ks_buf_adds(out, " | ");
		ks_score_add_span(row->took_ms, out);
		ks_buf_adds(out, " | ");
		ks_score_add_span(row->within_ms > 0 ? row->within_ms : KS_TIME_NONE, out);
		ks_buf_adds(out, " |\n");
	}
	ks_buf_adds(out, "\n| until | after the first step |\n|---|---|\n| an incident was opened | ");
	ks_score_add_span(score->detect_ms, out);
	ks_buf_adds(out, " |\n| people were told | ");
	ks_score_add_span(score->notify_ms, out);
	ks_buf_adds(out, " |\n| it was contained | ");
	ks_score_add_span(score->contain_ms, out);
	ks_buf_adds(out, " |\n");
}

static void add_gaps(const struct ks_review *review, struct ks_buf *out)
{
	struct ks_vec gaps = KS_VEC_OF(const char *);
	struct ks_arena arena = { 0 };

	ks_review_gaps(review, &arena, &gaps);
	ks_buf_adds(out, "\n## Gaps\n\n");
	for (size_t i = 0; i < gaps.n; i++) {
		ks_buf_adds(out, "- ");
		add(out, ks_str_of(*KS_VEC_AT(&gaps, const char *, i)));
		ks_buf_addc(out, '\n');
	}
	if (gaps.n == 0)
		ks_buf_adds(out, "None: all that was expected came, in time, and nothing else.\n");
	ks_buf_adds(out, "\n## Decisions and owners\n\n| decision, or what is to be done | owner | until |\n"
		"|---|---|---|\n");
	for (size_t i = 0; i < BLANKS; i++)
		ks_buf_adds(out, "| | | |\n");
	ks_arena_release(&arena);
	ks_vec_release(&gaps);
}

static void add_timeline(const struct ks_review *review, struct ks_buf *out)
{
	const struct ks_score *score = review->score;

	ks_buf_adds(out, "\n## Who knew what when\n\n| time | since the first step | who | what | incident | |\n"
		"|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < score->entries.n; i++) {
		const struct ks_score_entry *one = KS_VEC_AT(&score->entries, struct ks_score_entry, i);
		char time[KS_TIME_TEXT];

		ks_buf_addf(out, "| %s | ", ks_time_render(one->at_ms - one->at_ms % KS_TIME_SECOND, time));
		ks_review_add_offset(review, one->at_ms, out);
		ks_buf_adds(out, " | ");
		add(out, one->who);
		ks_buf_addf(out, " | %s | ", one->kind);
		if (one->incident != 0)
			ks_buf_addf(out, "%" PRId64, one->incident);
		ks_buf_adds(out, " | ");
		add(out, one->text);
		ks_buf_adds(out, " |\n");
	}
}

void ks_review_markdown_add(const struct ks_review *review, struct ks_buf *out)
{
	const struct ks_score *score = review->score;
	char time[KS_TIME_TEXT];

	add_head(review, out);
	add_expected(review, out);
	add_gaps(review, out);
	add_timeline(review, out);
	ks_buf_adds(out, "\n## Evidence\n\nSHA-256 of the records that the engine kept.\n\n| time | event | "
		"SHA-256 |\n"
		"|---|---|---|\n");
	for (size_t i = 0; i < score->hashes.n; i++) {
		const struct ks_score_hash *one = KS_VEC_AT(&score->hashes, struct ks_score_hash, i);

		ks_buf_addf(out, "| %s | ", ks_time_render(one->time_ms, time));
		add(out, one->event_id);
		ks_buf_addf(out, " | `" KS_STR_FMT "` |\n", KS_STR_ARG(one->hash));
	}
	ks_buf_addf(out, "\nMade by keysnare %s. An exercise: nothing of it happened.\n", review->version);
}

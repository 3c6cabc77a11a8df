/* The report of a drill as one self-contained page. */
#include "lib/drill/review.h"

#include "lib/base/time.h"
#include "lib/report/html.h"
#include "lib/report/pagestyle.h"

#include <inttypes.h>
#include <string.h>

#define BLANKS 6u                /* rows to write into */
#define SHOWN 300u               /* bytes of a text in the timeline */

struct page {
	const struct ks_review *review;
	struct ks_html html;
	struct ks_arena arena;
};

static void put_span(struct page *p, int64_t ms)
{
	struct ks_buf text;

	ks_buf_init(&text, 64);
	ks_score_add_span(ms, &text);
	ks_html_put(&p->html, "td", "number", ks_buf_str(&text));
	ks_buf_release(&text);
}

static void open_table(struct page *p, const char *label, const char *const *heads, size_t n)
{
	ks_html_scroll(&p->html, label);
	/* What has few columns fits a phone, and the timeline without two of them; the others scroll. */
	ks_html_start(&p->html, "table", strcmp(label, "Timeline") == 0 ? "stream" :
		strcmp(label, "Evidence") == 0 ? NULL : "narrow");
	ks_html_open(&p->html, "thead");
	ks_html_open(&p->html, "tr");
	for (size_t i = 0; i < n; i++) {
		bool is_number = heads[i][0] == '+';

		ks_html_start(&p->html, "th", is_number ? "count-cell" : NULL);
		ks_html_attr(&p->html, "scope", KS_STR("col"));
		ks_html_text(&p->html, ks_str_of(heads[i] + is_number));
		ks_html_close(&p->html);
	}
	ks_html_close(&p->html);
	ks_html_close(&p->html);
	ks_html_open(&p->html, "tbody");
}

static void close_table(struct page *p)
{
	ks_html_close(&p->html);
	ks_html_close(&p->html);
	ks_html_close(&p->html);
}

#define HEADS(...) (const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)

static void add_expected(struct page *p)
{
	const struct ks_score *score = p->review->score;

	open_table(p, "Expectations", HEADS("Outcome", "What", "", "+Took", "+Aim"));
	for (size_t i = 0; i < score->rows.n; i++) {
		const struct ks_score_row *row = KS_VEC_AT(&score->rows, struct ks_score_row, i);

		ks_html_open(&p->html, "tr");
		ks_html_open(&p->html, "td");
		ks_html_put(&p->html, "span", row->outcome == KS_SCORE_MET ? "good" :
			row->outcome == KS_SCORE_UNPLAYED ? "badge" : "badge level-high",
			ks_str_of(ks_score_outcome_name(row->outcome)));
		ks_html_close(&p->html);
		ks_html_put(&p->html, "td", NULL, ks_str_of(row->what));
		ks_html_put(&p->html, "td", NULL, row->subject);
		put_span(p, row->took_ms);
		put_span(p, row->within_ms > 0 ? row->within_ms : KS_TIME_NONE);
		ks_html_close(&p->html);
	}
	close_table(p);
}

static void add_times(struct page *p)
{
	const struct ks_score *score = p->review->score;
	const struct { const char *what; int64_t ms; } rows[] = { { "an incident was opened", score->detect_ms },
		{ "people were told", score->notify_ms }, { "it was contained", score->contain_ms } };

	open_table(p, "Times", HEADS("Until", "+After the first step"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ks_html_open(&p->html, "tr");
		ks_html_put(&p->html, "td", NULL, ks_str_of(rows[i].what));
		put_span(p, rows[i].ms);
		ks_html_close(&p->html);
	}
	close_table(p);
	ks_html_put(&p->html, "p", "note", KS_STR("CloudTrail's delivery, five minutes and more, is part of "
		"these "
		"times: nobody can know sooner through a trail."));
}

static void add_gaps(struct page *p)
{
	struct ks_vec gaps = KS_VEC_OF(const char *);

	ks_review_gaps(p->review, &p->arena, &gaps);
	if (gaps.n == 0)
		ks_html_put(&p->html, "p", "good", KS_STR("None: all that was expected came, in time, and "
			"nothing else."));
	ks_html_open(&p->html, "ul");
	for (size_t i = 0; i < gaps.n; i++)
		ks_html_put(&p->html, "li", NULL, ks_str_of(*KS_VEC_AT(&gaps, const char *, i)));
	if (gaps.n == 0)
		ks_html_put(&p->html, "li", "note", KS_STR("What did people miss that no scenario could expect?"));
	ks_html_close(&p->html);
	ks_vec_release(&gaps);
}

static void add_timeline(struct page *p)
{
	const struct ks_score *score = p->review->score;

	open_table(p, "Timeline", HEADS("Time", "Since the first step", "Who", "What", "Incident", ""));
	for (size_t i = 0; i < score->entries.n; i++) {
		const struct ks_score_entry *one = KS_VEC_AT(&score->entries, struct ks_score_entry, i);
		char time[KS_TIME_TEXT];
		struct ks_buf offset;

		ks_buf_init(&offset, 64);
		ks_review_add_offset(p->review, one->at_ms, &offset);
		ks_html_open(&p->html, "tr");
		ks_html_put(&p->html, "td", "time",
			ks_str_of(ks_time_render(one->at_ms - one->at_ms % KS_TIME_SECOND,
			time)));
		ks_html_put(&p->html, "td", "number", ks_buf_str(&offset));
		ks_html_put(&p->html, "td", "time", one->who);
		ks_html_put(&p->html, "td", "time", ks_str_of(one->kind));
		ks_html_open(&p->html, "td");
		if (one->incident != 0)
			ks_html_textf(&p->html, "%" PRId64, one->incident);
		ks_html_close(&p->html);
		ks_html_open(&p->html, "td");
		ks_html_clip(&p->html, one->text, SHOWN);
		ks_html_close(&p->html);
		ks_html_close(&p->html);
		ks_buf_release(&offset);
	}
	close_table(p);
}

static void add_blanks(struct page *p)
{
	open_table(p, "Decisions", HEADS("Decision, or what is to be done", "Owner", "Until"));
	for (size_t i = 0; i < BLANKS; i++) {
		ks_html_open(&p->html, "tr");
		for (int column = 0; column < 3; column++)
			ks_html_put(&p->html, "td", NULL, KS_STR("\xc2\xa0"));
		ks_html_close(&p->html);
	}
	close_table(p);
}

static void add_hashes(struct page *p)
{
	const struct ks_score *score = p->review->score;

	ks_html_putf(&p->html, "p", NULL, "SHA-256 of the records that the engine kept, %zu of them, as "
		"they stand "
		"in the drill's store.", score->hashes.n);
	open_table(p, "Evidence", HEADS("Time", "Event", "SHA-256"));
	for (size_t i = 0; i < score->hashes.n; i++) {
		const struct ks_score_hash *one = KS_VEC_AT(&score->hashes, struct ks_score_hash, i);
		char time[KS_TIME_TEXT];

		ks_html_open(&p->html, "tr");
		ks_html_put(&p->html, "td", "time", ks_str_of(ks_time_render(one->time_ms, time)));
		ks_html_put(&p->html, "td", "code", one->event_id);
		ks_html_put(&p->html, "td", "code", one->hash);
		ks_html_close(&p->html);
	}
	close_table(p);
}

static void add_scenario(struct page *p)
{
	const struct ks_scenario *scenario = &p->review->score->scenario;

	ks_html_put(&p->html, "p", NULL, scenario->description);
	if (scenario->case_text.n > 0)
		ks_html_putf(&p->html, "p", "note", "After: " KS_STR_FMT, KS_STR_ARG(scenario->case_text));
}

static const struct section {
	const char *id, *title;
	void (*add)(struct page *p);
} sections[] = {
	{ "scenario", "What was played", add_scenario },
	{ "expected", "What was expected", add_expected },
	{ "times", "How long it took", add_times },
	{ "gaps", "Gaps", add_gaps },
	{ "decisions", "Decisions and owners", add_blanks },
	{ "timeline", "Who knew what when", add_timeline },
	{ "evidence", "Evidence", add_hashes },
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static void add_head(struct page *p)
{
	const struct ks_score *score = p->review->score;
	struct ks_buf verdict;

	ks_buf_init(&verdict, 1u << 10);
	ks_review_add_verdict(p->review, &verdict);
	ks_html_open(&p->html, "header");
	ks_html_put(&p->html, "h1", NULL, KS_STR("keysnare drill"));
	ks_html_start(&p->html, "div", score->missed > 0 ? "verdict level-high" :
		score->unplayed > 0 ? "verdict level-medium" : "verdict level-low");
	ks_html_text(&p->html, score->scenario.title);
	ks_html_put(&p->html, "span", "more", ks_buf_str(&verdict));
	ks_html_close(&p->html);
	ks_html_open(&p->html, "nav");
	ks_html_attr(&p->html, "aria-label", KS_STR("Contents"));
	ks_html_open(&p->html, "ul");
	for (size_t i = 0; i < SECTIONS; i++) {
		ks_html_open(&p->html, "li");
		ks_html_open(&p->html, "a");
		ks_html_attrf(&p->html, "href", "#%s", sections[i].id);
		ks_html_text(&p->html, ks_str_of(sections[i].title));
		ks_html_close(&p->html);
		ks_html_close(&p->html);
	}
	ks_html_close(&p->html);
	ks_html_close(&p->html);
	ks_html_close(&p->html);
	ks_buf_release(&verdict);
}

void ks_review_html_add(const struct ks_review *review, struct ks_buf *out)
{
	struct page p = { .review = review };
	char time[KS_TIME_TEXT];

	ks_html_begin(&p.html, out, KS_STR("Drill - keysnare"), ks_pagestyle);
	add_head(&p);
	ks_html_open(&p.html, "main");
	for (size_t i = 0; i < SECTIONS; i++) {
		ks_html_open(&p.html, "section");
		ks_html_attr(&p.html, "id", ks_str_of(sections[i].id));
		ks_html_attrf(&p.html, "aria-labelledby", "%s-head", sections[i].id);
		ks_html_open(&p.html, "h2");
		ks_html_attrf(&p.html, "id", "%s-head", sections[i].id);
		ks_html_text(&p.html, ks_str_of(sections[i].title));
		ks_html_close(&p.html);
		sections[i].add(&p);
		ks_html_close(&p.html);
	}
	ks_html_close(&p.html);
	ks_html_putf(&p.html, "footer", NULL, "Made at %s by keysnare %s. An exercise: nothing of it "
		"happened. All "
		"times are UTC, by the drill's clock.",
			ks_time_render(review->now_ms - review->now_ms % KS_TIME_SECOND,
			time), review->version);
	ks_html_end(&p.html);
	ks_arena_release(&p.arena);
}

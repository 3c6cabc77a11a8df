/* lib/report/timeline: the picture for no, one and many events, and for times that are hard to draw. */
#include "lib/report/timeline.h"

#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1763719200000) /* 2025-11-21T10:00:00Z */
#define MANY 5000u

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

static void draw(const struct ks_timeline_mark *marks, size_t n, struct ks_buf *out)
{
	struct ks_html html = { .out = out };

	ks_buf_init(out, 1u << 24);
	ks_timeline_render(marks, n, &html);
	assert_int_equal(html.depth, 0);
	assert_false(out->is_full);
	assert_null(strstr(out->p, "=\"nan"));
	assert_null(strstr(out->p, "=\"inf"));
}

static void nothing_is_said_and_not_drawn(void **state)
{
	struct ks_timeline_mark untimed = { .time_ms = KS_TIME_NONE, .stages = KS_STAGE_SANDBOX };
	struct ks_buf out;

	(void)state;
	draw(NULL, 0, &out);
	assert_string_equal(out.p, "<p class=\"note\">There is no event with a time that can be drawn.</p>\n");
	ks_buf_release(&out);
	draw(&untimed, 1, &out);
	assert_null(strstr(out.p, "<svg"));
	assert_non_null(strstr(out.p, "1 event without a readable time is not drawn."));
	ks_buf_release(&out);
}

static void one_event_has_a_mark_a_tip_and_words(void **state)
{
	struct ks_timeline_mark mark = { .time_ms = T0,
		.stages = KS_STAGE_SANDBOX,
		.level = KS_LEVEL_CRITICAL,
		.label = KS_STR("<script>\x1b") };
	struct ks_buf out;

	(void)state;
	draw(&mark, 1, &out);
	assert_int_equal(count(out.p, "<g>"), 1);
	assert_non_null(strstr(out.p, "class=\"mark level-critical\""));
	assert_non_null(strstr(out.p, "&lt;script&gt;"));
	assert_null(strstr(out.p, "<script>"));
	assert_non_null(strstr(out.p, "role=\"img\" aria-labelledby=\"timeline-title-1 timeline-text-1\""));
	assert_non_null(strstr(out.p, "1 event from 2025-11-21T10:00:00Z to 2025-11-21T10:00:00Z"));
	assert_non_null(strstr(out.p, "By stage: sandbox check 1;"));
	assert_non_null(strstr(out.p, ">10:00:00</text>"));
	assert_non_null(strstr(out.p, ">2025-11-21</text>"));
	ks_buf_release(&out);
}

static void events_of_one_instant_share_a_mark(void **state)
{
	struct ks_timeline_mark marks[5];
	struct ks_buf out;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		marks[i] = (struct ks_timeline_mark){ .time_ms = T0,
			.stages = KS_STAGE_SENDERS,
			.level = KS_LEVEL_LOW,
			.is_denied = i > 0,
			.label = KS_STR("ListIdentities") };
	marks[4].level = KS_LEVEL_HIGH;
	draw(marks, 5, &out);
	assert_int_equal(count(out.p, "<g>"), 1);
	assert_non_null(strstr(out.p, "and 4 more"));
	assert_non_null(strstr(out.p, "high, 4 denied"));
	assert_non_null(strstr(out.p, "class=\"mark level-high\""));
	assert_non_null(strstr(out.p, ">5</text>"));
	ks_buf_release(&out);
	marks[0].is_denied = true;
	draw(marks, 5, &out);
	assert_non_null(strstr(out.p, "class=\"mark level-high denied\""));
	assert_non_null(strstr(out.p, "hollow: every call was denied"));
	ks_buf_release(&out);
}

static void many_events_do_not_make_it_grow(void **state)
{
	struct ks_timeline_mark *marks = calloc(MANY, sizeof(*marks));
	struct ks_buf out;

	(void)state;
	assert_non_null(marks);
	for (size_t i = 0; i < MANY; i++)
		marks[i] = (struct ks_timeline_mark){ .time_ms = T0 + (int64_t)(i * 7919 % MANY) * 60000,
			.stages = 1u << i % KS_STAGE_COUNT,
			.level = (enum ks_level)(i % 6),
			.label = KS_STR("x") };
	draw(marks, MANY, &out);
	assert_true(count(out.p, "<g>") <= (1 + 4 + 16) * 60 * KS_STAGE_COUNT);
	assert_int_equal(count(out.p, "class=\"stage\""), 3 * KS_STAGE_COUNT);
	assert_true(out.n < 4u << 20);
	ks_buf_release(&out);
	free(marks);
}

struct span_row {
	const char *name;
	int64_t first_ms, last_ms;
};

static const struct span_row spans[] = {
	{ "span: a second", T0, T0 + 1000 },
	{ "span: five seconds", T0, T0 + 5000 },
	{ "span: two weeks", T0, T0 + 14 * KS_TIME_DAY },
	{ "span: before 1970", -KS_TIME_DAY * 400, -KS_TIME_DAY },
	{ "span: over 1970", -KS_TIME_DAY, KS_TIME_DAY },
	{ "span: all of time", INT64_C(-62135596800000), INT64_C(253402300799000) },
	{ "span: from late to early", T0 + 3600000, T0 },
};

static void test_span(void **state)
{
	const struct span_row *row = *state;
	struct ks_timeline_mark marks[] = { { .time_ms = row->first_ms, .stages = KS_STAGE_SANDBOX },
		{ .time_ms = row->last_ms, .stages = KS_STAGE_SANDBOX } };
	struct ks_buf out;
	size_t ticks;

	draw(marks, 2, &out);
	ticks = count(out.p, "class=\"tick\"");
	assert_true(ticks >= 1);
	assert_true(ticks <= 12);
	assert_int_equal(count(out.p, "class=\"gap\""), imaxabs(row->last_ms - row->first_ms) > 60000);
	assert_int_equal(count(out.p, "<g>"), 2);
	ks_buf_release(&out);
}

/* Two moments that share a mark in the whole picture stand apart in a closer one; a third picture that tells
 * nothing more is not drawn, and where one picture tells all there is nothing to choose. */
static void a_closer_look_tells_more(void **state)
{
	struct ks_timeline_mark marks[3] = { { .time_ms = T0, .stages = KS_STAGE_SANDBOX },
		{ .time_ms = T0 + 1000, .stages = KS_STAGE_SANDBOX },
		{ .time_ms = T0 + 58000, .stages = KS_STAGE_SANDBOX } };
	struct ks_buf out;

	(void)state;
	draw(marks, 3, &out);
	assert_int_equal(count(out.p, "<input type=\"radio\""), 2);
	assert_non_null(strstr(out.p, "id=\"zoom-1\" checked=\"checked\"/>"));
	assert_non_null(strstr(out.p, "class=\"scroll zoomed-4\" tabindex=\"0\""));
	assert_null(strstr(out.p, "zoomed-16"));
	assert_int_equal(count(out.p, "<g>"), 2 + 3);
	ks_buf_release(&out);
	marks[1].time_ms = T0 + 30000;
	draw(marks, 3, &out);
	assert_null(strstr(out.p, "<input"));
	ks_buf_release(&out);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, nothing_is_said_and_not_drawn);
	ROWS_TEST(&tests, one_event_has_a_mark_a_tip_and_words);
	ROWS_TEST(&tests, events_of_one_instant_share_a_mark);
	ROWS_TEST(&tests, many_events_do_not_make_it_grow);
	ROWS_TABLE(&tests, test_span, spans);
	ROWS_TEST(&tests, a_closer_look_tells_more);
	return rows_run("timeline", &tests);
}

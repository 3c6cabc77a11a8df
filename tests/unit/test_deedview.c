/* lib/report/deedview: what was done, how far it came, and how to take it back. */
#include "lib/report/deedview.h"

#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <string.h>

#define MANY (KS_DEEDVIEW_STEPS + 3)

static void it_has(const struct ks_buf *out, const char *text)
{
	if (strstr(out->p, text) == NULL)
		fail_msg("it lacks: %s\n%s", text, out->p);
}

static void nothing_was_done(void **state)
{
	struct ks_buf out;
	struct ks_html html = { .out = &out };

	(void)state;
	ks_buf_init(&out, 1u << 20);
	ks_deedview_render(NULL, 0, &html);
	it_has(&out, "Nothing was done in AWS by keysnare");
	ks_buf_release(&out);
}

static void a_step_says_how_far_it_came(void **state)
{
	const struct ks_deedview_step step = { .number = 1,
		.action = "disable_key",
		.target = "key <b> of user \x1b",
		.state = "done",
		.what = "Status of AKIA",
		.before = KS_STR("Active"),
		.effect = KS_STR("Inactive"),
		.sent_ms = INT64_C(1763719200000),
		.done_ms = KS_TIME_NONE,
		.request_id = KS_STR("r-1"),
		.note = KS_STR("<i>") };
	const struct ks_deedview_plan plan = { .number = 3,
		.state = "done",
		.policy = KS_STR("contain"),
		.made_ms = INT64_C(1763719200000),
		.begun_ms = KS_TIME_NONE,
		.ended_ms = KS_TIME_NONE,
		.next_label = "To take it back",
		.next = "keysnare respond undo --plan 3",
		.steps = &step,
		.step_count = 1 };
	struct ks_buf out;
	struct ks_html html = { .out = &out };

	(void)state;
	ks_buf_init(&out, 1u << 20);
	ks_deedview_render(&plan, 1, &html);
	it_has(&out, "<h3>Plan 3: done</h3>");
	it_has(&out, "To take it back: <code>keysnare respond undo --plan 3</code>");
	it_has(&out, "key &lt;b&gt; of user <span class=\"hidden\">\\x1b</span>");
	it_has(&out, "Status of AKIA: Active → Inactive");
	it_has(&out, "<td class=\"time\">2025-11-21T10:00:00Z</td>");
	it_has(&out, "&lt;i&gt;");
	assert_int_equal(html.depth, 0);
	ks_buf_release(&out);
}

static void the_page_stays_small(void **state)
{
	static struct ks_deedview_step steps[MANY];
	const struct ks_deedview_plan plan = { .state = "done", .steps = steps, .step_count = MANY };
	struct ks_buf out;
	struct ks_html html = { .out = &out };

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		steps[i] = (struct ks_deedview_step){ .action = "a", .target = "t", .state = "s" };
	ks_buf_init(&out, 1u << 20);
	ks_deedview_render(&plan, 1, &html);
	it_has(&out, "3 more steps are not on this page.");
	ks_buf_release(&out);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, nothing_was_done);
	ROWS_TEST(&tests, a_step_says_how_far_it_came);
	ROWS_TEST(&tests, the_page_stays_small);
	return rows_run("deedview", &tests);
}

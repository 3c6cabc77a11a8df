/* A table of steps for each plan. */
#include "lib/report/deedview.h"

#include "lib/base/time.h"
#include "lib/report/actorview.h"

#include <inttypes.h>

#define LONGEST 400u /* bytes of a value */

static void add_fact(struct ks_html *html, const char *name, struct ks_str value)
{
	if (value.n == 0)
		return;
	ks_html_open(html, "div");
	ks_html_put(html, "dt", NULL, ks_str_of(name));
	ks_html_start(html, "dd", NULL);
	ks_html_clip(html, value, LONGEST);
	ks_html_close(html);
	ks_html_close(html);
}

static void add_time(struct ks_html *html, const char *name, int64_t ms)
{
	char time[KS_TIME_TEXT];

	if (ms != KS_TIME_NONE)
		add_fact(html, name, ks_str_of(ks_time_render(ms / KS_TIME_SECOND * KS_TIME_SECOND, time)));
}

static void add_state(struct ks_html *html, struct ks_str value)
{
	if (value.n > 0)
		ks_html_clip(html, value, LONGEST);
	else
		ks_html_put(html, "span", "note", KS_STR("not read"));
}

/* "Status of AKIA…: Active → Inactive". */
static void add_change(struct ks_html *html, const struct ks_deedview_step *step)
{
	ks_html_start(html, "td", NULL);
	if (step->what != NULL) {
		ks_html_clip(html, ks_str_of(step->what), LONGEST);
		ks_html_textf(html, ": ");
		add_state(html, step->before);
		ks_html_textf(html, " → ");
		add_state(html, step->effect);
	}
	if (step->note.n > 0) {
		ks_html_start(html, "p", "note");
		ks_html_clip(html, step->note, LONGEST);
		ks_html_close(html);
	}
	if (step->request_id.n > 0) {
		ks_html_start(html, "p", "note");
		ks_html_textf(html, "request ");
		ks_html_clip(html, step->request_id, LONGEST);
		ks_html_close(html);
	}
	ks_html_close(html);
}

static void add_step(struct ks_html *html, const struct ks_deedview_step *step)
{
	char time[KS_TIME_TEXT];

	ks_html_open(html, "tr");
	ks_html_putf(html, "td", "number", "%" PRId64, step->number);
	ks_html_start(html, "td", NULL);
	ks_html_put(html, "b", NULL, ks_str_of(step->action));
	ks_html_textf(html, " ");
	ks_html_clip(html, ks_str_of(step->target), LONGEST);
	ks_html_close(html);
	ks_html_start(html, "td", NULL);
	ks_html_put(html, "span", "chip fate", ks_str_of(step->state));
	ks_html_close(html);
	add_change(html, step);
	ks_html_put(html, "td", "time",
		step->sent_ms != KS_TIME_NONE ? ks_str_of(ks_time_render(step->sent_ms, time)) : KS_STR("not sent"));
	ks_html_close(html);
}

static void add_plan(struct ks_html *html, const struct ks_deedview_plan *plan)
{
	static const char *const columns[] = { "+step", "action", "state", "change", "sent (UTC)", NULL };

	ks_html_putf(html, "h3", NULL, "Plan %" PRId64 ": %s", plan->number, plan->state);
	ks_html_start(html, "dl", "strip");
	add_fact(html, "Policy", plan->policy);
	add_fact(html, "Approved by", plan->approved_by);
	add_time(html, "Made", plan->made_ms);
	add_time(html, "Begun", plan->begun_ms);
	add_time(html, "Ended", plan->ended_ms);
	ks_html_close(html);
	if (plan->next != NULL) {
		ks_html_start(html, "p", "label");
		ks_html_textf(html, "%s: ", plan->next_label);
		ks_html_put(html, "code", NULL, ks_str_of(plan->next));
		ks_html_close(html);
	}
	ks_html_scroll(html, "Steps of the plan");
	ks_actorview_table(html, "Steps, and how far each came", columns);
	ks_html_open(html, "tbody");
	for (size_t i = 0; i < plan->step_count && i < KS_DEEDVIEW_STEPS; i++)
		add_step(html, &plan->steps[i]);
	ks_html_close(html);
	ks_html_close(html);
	ks_html_close(html);
	if (plan->step_count > KS_DEEDVIEW_STEPS)
		ks_html_putf(html, "p", "alarm", "%zu more steps are not on this page.",
			plan->step_count - KS_DEEDVIEW_STEPS);
}

void ks_deedview_render(const struct ks_deedview_plan *plans, size_t n, struct ks_html *html)
{
	if (n == 0)
		ks_html_put(html, "p", "note", KS_STR("Nothing was done in AWS by keysnare, and nothing waits."));
	for (size_t i = 0; i < n; i++)
		add_plan(html, &plans[i]);
}

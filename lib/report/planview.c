/* Steps as cards; the requests themselves one click away. */
#include "lib/report/planview.h"

static void add_pair(struct ks_html *html, const char *name, const char *text)
{
	if (text == NULL)
		return;
	ks_html_put(html, "dt", NULL, ks_str_of(name));
	ks_html_put(html, "dd", NULL, ks_str_of(text));
}

static void add_head(const struct ks_planview *plan, struct ks_html *html)
{
	if (plan->refused != NULL)
		ks_html_put(html, "p", "alarm", ks_str_of(plan->refused));
	ks_html_start(html, "dl", "facts");
	add_pair(html, "Policy", plan->policy);
	add_pair(html, "Because", plan->why);
	add_pair(html, "Mode", plan->mode);
	ks_html_put(html, "dt", NULL, KS_STR("Digest of the plan"));
	ks_html_start(html, "dd", NULL);
	ks_html_put(html, "code", NULL, ks_str_of(plan->digest));
	ks_html_close(html);
	ks_html_close(html);
}

static void add_block(struct ks_html *html, const char *label, const char *text)
{
	if (text == NULL)
		return;
	ks_html_put(html, "p", "label", ks_str_of(label));
	ks_html_start(html, "pre", NULL);
	ks_html_lines(html, ks_str_of(text));
	ks_html_close(html);
}

static void add_chip(struct ks_html *html, const char *class_name, const char *text)
{
	if (text != NULL)
		ks_html_put(html, "span", class_name, ks_str_of(text));
}

static void add_step(const struct ks_planview_step *step, struct ks_html *html)
{
	ks_html_start(html, "li", "step");
	ks_html_start(html, "p", "step-name");
	ks_html_put(html, "span", "number", ks_str_of(step->number));
	ks_html_put(html, "b", NULL, ks_str_of(step->action));
	ks_html_textf(html, " ");
	ks_html_text(html, ks_str_of(step->target));
	ks_html_close(html);
	ks_html_start(html, "p", "chips");
	if (step->scope != NULL)
		ks_html_putf(html, "span", step->is_wide ? "chip wide" : "chip", "scope: %s", step->scope);
	add_chip(html, "chip", step->reversal);
	add_chip(html, "chip fate", step->fate);
	ks_html_close(html);
	if (step->why != NULL)
		ks_html_put(html, "p", "note", ks_str_of(step->why));
	if (step->hit_count > 0) {
		ks_html_put(html, "p", "label", KS_STR("Also hit"));
		ks_html_start(html, "ul", "plain");
		for (size_t i = 0; i < step->hit_count; i++)
			ks_html_put(html, "li", NULL, ks_str_of(step->hits[i]));
		ks_html_close(html);
	}
	if (step->call != NULL) {
		ks_html_open(html, "details");
		ks_html_put(html, "summary", NULL, KS_STR("request, condition and undo"));
		add_block(html, "Only if", step->condition);
		add_block(html, "Request, as it would be sent (signing adds to it)", step->call);
		add_block(html, "And to", step->hosts);
		add_block(html, "Undo", step->undo);
		ks_html_close(html);
	}
	ks_html_close(html);
}

static void add_list(struct ks_html *html, const char *caption, const struct ks_planview_pair *pairs,
	size_t n)
{
	if (n == 0)
		return;
	ks_html_put(html, "h3", NULL, ks_str_of(caption));
	ks_html_start(html, "dl", "facts");
	for (size_t i = 0; i < n; i++)
		add_pair(html, pairs[i].name, pairs[i].text);
	ks_html_close(html);
}

void ks_planview_render(const struct ks_planview *plan, struct ks_html *html)
{
	ks_html_put(html, "p", "note", KS_STR("A plan only. Nothing of it was sent when this page was made."));
	add_head(plan, html);
	if (plan->step_count > 0) {
		ks_html_start(html, "ol", "steps");
		for (size_t i = 0; i < plan->step_count; i++)
			add_step(&plan->steps[i], html);
		ks_html_close(html);
	}
	add_list(html, "What cannot be done", plan->gaps, plan->gap_count);
	add_list(html, "Guards", plan->guards, plan->guard_count);
}

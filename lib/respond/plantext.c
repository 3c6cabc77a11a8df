/* Lays a plan out for the terminal. */
#include "lib/respond/plantext.h"

#include "lib/base/text.h"

#include <inttypes.h>
#include <string.h>

#define COLUMNS 100
#define LABEL 13             /* columns before the text of a labelled line */

/* A text under construction. */
struct page {
	struct ks_buf *out;
	struct ks_arena *arena;
	bool has_all;
};

static void add_safe(struct ks_buf *out, const char *text)
{
	ks_text_add_terminal(out, ks_str_of(text));
}

/* Words in lines of COLUMNS, the first after what stands on the line already, the rest indented. */
static void add_words(struct page *page, const char *text, int indent)
{
	struct ks_str rest, word;
	struct ks_buf safe;
	int column = indent;

	ks_buf_init(&safe, SIZE_MAX / 2);
	add_safe(&safe, text);
	rest = ks_buf_str(&safe);
	for (bool is_first = true; ks_str_next(&rest, ' ', &word); is_first = false) {
		if (!is_first && column + 1 + (int)word.n > COLUMNS) {
			ks_buf_addf(page->out, "\n%*s", indent, "");
			column = indent;
		} else if (!is_first) {
			ks_buf_addc(page->out, ' ');
			column++;
		}
		ks_buf_add(page->out, word);
		column += (int)(word.n < COLUMNS ? word.n : COLUMNS);
	}
	ks_buf_addc(page->out, '\n');
	ks_buf_release(&safe);
}

static void add_line(struct page *page, const char *label, const char *text)
{
	ks_buf_addf(page->out, "   %-*s", LABEL - 3, label);
	add_words(page, text, LABEL);
}

/* On one line: what it is called, where it goes, what it says. */
static void add_short(struct page *page, const char *label, const struct ks_wire_call *call)
{
	struct ks_wire wire;

	ks_wire_build(call, page->arena, &wire);
	ks_buf_addf(page->out, "   %-*s%s https://%s%s", LABEL - 3, label, wire.method, wire.host, wire.path);
	if (wire.body.n > 0)
		ks_buf_addf(page->out, "  " KS_STR_FMT, KS_STR_ARG(wire.body));
	ks_buf_addf(page->out, "  (%s, %s)\n", wire.signing_name, wire.signing_region);
}

/* As it would stand on the wire, but for what signing adds. */
static void add_full(struct page *page, const struct ks_wire_call *call)
{
	struct ks_wire wire;

	ks_wire_build(call, page->arena, &wire);
	ks_buf_addf(page->out, "   %-*s%s %s HTTP/1.1\n", LABEL - 3, "call", wire.method, wire.path);
	ks_buf_addf(page->out, "%*sHost: %s\n", LABEL, "", wire.host);
	if (wire.content_type != NULL)
		ks_buf_addf(page->out, "%*sContent-Type: %s\n", LABEL, "", wire.content_type);
	if (wire.body.n > 0)
		ks_buf_addf(page->out, "\n%*s" KS_STR_FMT "\n", LABEL, "", KS_STR_ARG(wire.body));
	ks_buf_addf(page->out, "%*s(signing adds X-Amz-Date and Authorization: %s, %s)\n", LABEL, "",
		wire.signing_name,
		wire.signing_region);
}

/* ---- steps ---- */

static void add_fate(struct page *page, const struct ks_plan *plan, const struct ks_step *step)
{
	static const char *const words[] = {
		[KS_PLAN_NOTICE] = "goes out",
		[KS_PLAN_SENT] = "sent at once",
		[KS_PLAN_WAITS] = "waits for approval",
		[KS_PLAN_SHOWN] = "only shown",
		[KS_PLAN_REFUSED] = "refused",
	};
	const char *why;
	enum ks_plan_fate fate = ks_plan_judge(plan, step, &why);

	add_line(page, "fate", step->scope == KS_STEP_NOTHING ? why :
		ks_arena_printf(page->arena, "%s: %s", words[fate], why));
}

static void add_notice(struct page *page, const struct ks_plan *plan, const struct ks_step *step,
	size_t number)
{
	ks_buf_addf(page->out, "%zu  %s:", number, step->action);
	for (size_t i = 0; i < step->notify_count; i++) {
		ks_buf_adds(page->out, i > 0 ? ", " : " ");
		ks_text_add_terminal(page->out, step->notify[i]);
	}
	ks_buf_addc(page->out, '\n');
	add_fate(page, plan, step);
}

static bool has_value(const struct ks_wire_call *call, const char *text)
{
	for (size_t i = 0; i < call->parameter_count; i++)
		if (call->parameters[i].value.n > 0 &&
			memmem(call->parameters[i].value.p, call->parameters[i].value.n, text, strlen(text)) != NULL)
			return true;
	return false;
}

/* Who is hit by a step that differs from the first one in its Region, where that is somebody else. */
static void add_other(struct page *page, const struct ks_step *first, const struct ks_step *other)
{
	struct ks_str region = other->call.region;

	for (size_t i = 0; i < other->hit_count; i++)
		if (i >= first->hit_count || strcmp(first->hits[i].text, other->hits[i].text) != 0)
			add_line(page, "", ks_str_find(ks_str_of(other->hits[i].text), region) >= 0 ?
				other->hits[i].text : ks_arena_printf(page->arena, KS_STR_FMT ": %s", KS_STR_ARG(region),
				other->hits[i].text));
}

/* "5-31  pause_ses in 27 Regions: …", and what the first of them is. */
static void add_regions(struct page *page, const struct ks_step *steps, size_t first, size_t count)
{
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_buf_addf(&text, "%zu-%zu  %s in %zu Regions:", first + 1, first + count, steps[0].action, count);
	for (size_t i = 0; i < count; i++)
		ks_buf_addf(&text, "%s " KS_STR_FMT, i > 0 ? "," : "", KS_STR_ARG(steps[i].call.region));
	add_words(page, ks_buf_str(&text).p, LABEL);
	add_line(page, "first", steps[0].target);
	ks_buf_release(&text);
}

static void add_undo(struct page *page, const struct ks_step *step)
{
	if (step->inverse.operation != NULL)
		add_short(page, "undo", &step->inverse);
	if (step->inverse.operation != NULL && has_value(&step->inverse, KS_STEP_BEFORE))
		add_line(page, "", KS_STEP_BEFORE " stands for what was there before");
	if (step->inverse_absent.operation != NULL) {
		add_line(page, "", "where nothing was there before:");
		add_short(page, "", &step->inverse_absent);
	}
	if (step->inverse_note != NULL)
		add_line(page, step->inverse.operation != NULL ? "" : "undo", step->inverse_note);
}

/* The step at first, and those after it that are like it. */
static void add_steps(struct page *page, const struct ks_plan *plan, size_t first, size_t count)
{
	const struct ks_step *step = KS_VEC_AT(&plan->steps, struct ks_step, first);
	const struct ks_action *action = ks_action_find(ks_str_of(step->action));

	if (count == 1)
		ks_buf_addf(page->out, "%zu  %s: ", first + 1, step->action);
	else
		add_regions(page, step, first, count);
	if (count == 1) {
		add_safe(page->out, step->target);
		ks_buf_addc(page->out, '\n');
	}
	add_line(page, "what", action->summary);
	add_line(page, "scope", ks_arena_printf(page->arena, "%s%s", ks_step_scope_name(step->scope),
		action->is_destructive ? ", cannot be undone" : action->is_reversible ? ", can be undone" : ""));
	add_fate(page, plan, step);
	for (size_t i = 0; i < step->hit_count; i++) {
		add_line(page, i == 0 ? "also hit" : "", step->hits[i].text);
		if (step->hits[i].read.operation != NULL)
			add_short(page, "", &step->hits[i].read);
	}
	add_line(page, "only if", ks_step_tell_condition(&step->condition, page->arena));
	add_short(page, "", &step->condition.read);
	add_full(page, &step->call);
	if (has_value(&step->call, KS_STEP_NOW))
		add_line(page, "", KS_STEP_NOW " stands for the time at which it is sent");
	add_undo(page, step);
	if (count > 1)
		add_line(page, "others", "the same calls, each to its own Region: -v shows them all");
	for (size_t i = 1; i < count; i++)
		add_other(page, step, step + i);
}

static void add_plan(struct page *page, const struct ks_plan *plan)
{
	size_t count;

	for (size_t i = 0; i < plan->steps.n; i += count) {
		const struct ks_step *step = KS_VEC_AT(&plan->steps, struct ks_step, i);

		ks_buf_addc(page->out, '\n');
		count = 1;
		while (!page->has_all && i + count < plan->steps.n &&
			ks_step_is_alike(step, KS_VEC_AT(&plan->steps, struct ks_step, i + count)))
			count++;
		if (step->call.operation == NULL)
			add_notice(page, plan, step, i + 1);
		else
			add_steps(page, plan, i, count);
	}
	for (size_t i = 0; i < plan->gaps.n; i++) {
		const struct ks_action_gap *gap = KS_VEC_AT(&plan->gaps, struct ks_action_gap, i);

		ks_buf_addf(page->out, "\n-  %s\n", gap->action);
		add_line(page, "cannot", gap->text);
	}
}

/* ---- head and foot ---- */

/* The whole plan in a line. */
static void add_summary(struct page *page, const struct ks_plan *plan)
{
	struct ks_buf text;
	size_t count;

	ks_buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < plan->steps.n; i += count) {
		const struct ks_step *step = KS_VEC_AT(&plan->steps, struct ks_step, i);

		count = 1;
		while (i + count < plan->steps.n &&
			KS_VEC_AT(&plan->steps, struct ks_step, i + count)->action == step->action)
			count++;
		ks_buf_addf(&text, "%s%zu", i > 0 ? ", " : "", i + 1);
		if (count > 1)
			ks_buf_addf(&text, "-%zu", i + count);
		ks_buf_addf(&text, " %s", step->action);
	}
	for (size_t i = 0; i < plan->gaps.n; i++)
		ks_buf_addf(&text, "%s%s", i > 0 ? ", " : text.n > 0 ? "; cannot: " : "cannot: ",
			KS_VEC_AT(&plan->gaps, struct ks_action_gap, i)->action);
	add_line(page, "steps", ks_buf_str(&text).p);
	ks_buf_release(&text);
}

static void add_subject(struct page *page, const struct ks_facts *facts)
{
	const struct ks_subject *subject = &facts->subject;
	struct ks_str arn = subject->arn.n > 0 ? subject->arn : KS_STR("no record names it");
	const char *level = ks_rule_level_name(facts->level);

	if (facts->is_unopened)
		ks_buf_adds(page->out, "new incident  ");
	else
		ks_buf_addf(page->out, "incident %" PRId64 "  ", facts->incident);
	ks_text_add_terminal(page->out, facts->actor);
	ks_buf_addf(page->out, "  %s\n", level != NULL ? level : "no level");
	if (subject->arn.n == 0 && subject->name.n > 0)
		arn = subject->name;
	add_line(page, "who", ks_arena_printf(page->arena, "%s%s: " KS_STR_FMT "%s",
		subject->is_federated ? "federated session of " : "", ks_subject_kind_name(subject->kind),
		KS_STR_ARG(arn), subject->is_named_by_aws ? " (as AWS says)" : ""));
	/* A key of a list that was given, say. */
	if (facts->is_decoy && facts->decoy_name.n == 0)
		add_line(page, "decoy", "not one of this store's, so its placement is not known");
	else if (facts->is_decoy)
		add_line(page, "decoy", ks_arena_printf(page->arena, KS_STR_FMT "%s  " KS_STR_FMT,
			KS_STR_ARG(facts->decoy_name), facts->is_offline ? " (offline)" : "",
			KS_STR_ARG(facts->placement)));
}

static void add_policy(struct page *page, const struct ks_plan *plan, const char *why)
{
	const struct ks_policy *policy = plan->policy;

	add_line(page, "policy", ks_arena_printf(page->arena, KS_STR_FMT "  (%s:%d)", KS_STR_ARG(policy->name),
		policy->file != NULL ? policy->file : "", policy->line));
	if (why != NULL)
		add_line(page, "because", why);
	add_line(page, "mode", ks_arena_printf(page->arena, "%s%s%s%s", ks_policy_mode_name(policy->mode),
		policy->has_mode ? "" : " (the policy does not say)",
		plan->mode != policy->mode ? ", and for now only " : "",
		plan->mode != policy->mode ? ks_policy_mode_name(plan->mode) : ""));
	for (size_t i = 0; i < plan->verdicts.n; i++) {
		const struct ks_guard_verdict *verdict = KS_VEC_AT(&plan->verdicts, struct ks_guard_verdict, i);

		ks_buf_addf(page->out, "   %-*s%-8s%-19s", LABEL - 3, i == 0 ? "guards" : "",
			ks_guard_outcome_name(verdict->outcome), verdict->guard);
		add_words(page, verdict->why, LABEL + 27);
	}
}

void ks_plantext_render(const struct ks_plan *plan, const struct ks_plantext_view *view, struct ks_buf *out)
{
	struct ks_arena arena = { NULL };
	struct page page = { out, &arena, view->has_all };
	size_t calls = 0;

	for (size_t i = 0; i < plan->steps.n; i++)
		calls += KS_VEC_AT(&plan->steps, struct ks_step, i)->call.operation != NULL;
	add_subject(&page, plan->facts);
	add_policy(&page, plan, view->why);
	add_summary(&page, plan);
	add_line(&page, "digest", plan->digest);
	for (size_t i = 0; plan->facts->survey != NULL && i < plan->facts->survey->note_count; i++)
		add_line(&page, i == 0 ? "not read" : "", plan->facts->survey->notes[i]);
	add_plan(&page, plan);
	ks_buf_addf(out, "\n%zu call%s planned%s%s\n", calls, calls == 1 ? "" : "s", plan->is_refused ?
		", and a guard refuses the plan" : "", view->is_acting && !plan->is_refused ? "" :
		"; nothing was sent");
	ks_arena_release(&arena);
}

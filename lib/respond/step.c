/* Steps as values. */
#include "lib/respond/step.h"

#include <assert.h>
#include <string.h>

static const char *const scope_names[] = {
	[KS_STEP_NOTHING] = "notice",
	[KS_STEP_KEY] = "key",
	[KS_STEP_PRINCIPAL] = "principal",
	[KS_STEP_ROLE] = "role",
	[KS_STEP_ACCOUNT] = "account",
};

const char *ks_step_scope_name(enum ks_step_scope scope)
{
	return scope_names[scope];
}

struct ks_wire_call ks_step_call(struct ks_arena *arena, const struct ks_wire_call *form,
	const struct ks_wire_parameter *parameters, size_t n)
{
	struct ks_wire_parameter *copy = ks_arena_alloc(arena, n * sizeof(*copy) + 1);
	struct ks_wire_call call = *form;

	assert(form->operation != NULL && form->partition != NULL);
	if (n > 0)
		memcpy(copy, parameters, n * sizeof(*copy));
	call.parameters = copy;
	call.parameter_count = n;
	return call;
}

static bool is_text(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

const char *ks_step_tell_condition(const struct ks_step_condition *condition, struct ks_arena *arena)
{
	if (is_text(condition->want, KS_STEP_ABSENT))
		return ks_arena_printf(arena, "%s is not there (%s)", condition->what, KS_STEP_ABSENT);
	if (is_text(condition->want, KS_STEP_PRESENT) ||
		(condition->want == NULL && is_text(condition->effect, KS_STEP_ABSENT)))
		return ks_arena_printf(arena, "%s is there", condition->what);
	if (condition->want == NULL)
		return ks_arena_printf(arena, "%s is not there or says something else", condition->what);
	return ks_arena_printf(arena, "%s is %s", condition->what, condition->want);
}

void ks_step_hit(struct ks_step *step, const char *text, const struct ks_wire_call *read)
{
	struct ks_step_hit *hit;

	assert(step->hit_count < KS_STEP_HITS);
	hit = &step->hits[step->hit_count++];
	hit->text = text;
	if (read != NULL)
		hit->read = *read;
}

static void add(struct ks_buf *out, struct ks_str s)
{
	ks_buf_addf(out, "%zu:", s.n);
	ks_buf_add(out, s);
}

static void add_text(struct ks_buf *out, const char *text)
{
	add(out, ks_str_of(text));
}

static void add_call(struct ks_buf *out, const struct ks_wire_call *call)
{
	if (call->operation == NULL) {
		add_text(out, "");
		return;
	}
	add_text(out, call->operation->service);
	add_text(out, call->operation->name);
	add_text(out, call->partition->name);
	add(out, call->region);
	ks_buf_addf(out, "%zu;", call->parameter_count);
	for (size_t i = 0; i < call->parameter_count; i++) {
		add_text(out, call->parameters[i].name);
		add(out, call->parameters[i].value);
	}
}

void ks_step_add_canonical(const struct ks_step *step, struct ks_buf *out)
{
	add_text(out, step->action);
	add_text(out, ks_step_scope_name(step->scope));
	add_call(out, &step->call);
	ks_buf_addf(out, "%zu;", step->notify_count);
	for (size_t i = 0; i < step->notify_count; i++)
		add(out, step->notify[i]);
	add_call(out, &step->condition.read);
	add_text(out, step->condition.probe);
	add(out, step->condition.item);
	add_text(out, step->condition.what);
	add_text(out, step->condition.want);
	add_text(out, step->condition.effect);
	add_call(out, &step->inverse);
	add_call(out, &step->inverse_absent);
	ks_buf_addf(out, "%d;", step->without_approval);
}

bool ks_step_is_alike(const struct ks_step *a, const struct ks_step *b)
{
	if (a->action != b->action || a->call.operation == NULL || a->call.operation != b->call.operation ||
		a->call.region.n == 0 || a->call.parameter_count != b->call.parameter_count)
		return false;
	for (size_t i = 0; i < a->call.parameter_count; i++)
		if (!ks_str_is_equal(a->call.parameters[i].value, b->call.parameters[i].value))
			return false;
	return true;
}

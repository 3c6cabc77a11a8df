/* lib/respond/packed: steps as text, and that a text which was changed is no step */
#include "lib/respond/packed.h"

#include "tests/unit/respond.h"

#include <stdlib.h>

#define POLICY "name: a\nmode: enforce\nsteps:\n  - notify: [oncall, chat]\n  - disable_key\n" \
	"  - quarantine_user: {without_approval: true}\n  - pause_ses: {regions: [eu-west-1, us-east-1]}\n"

struct packed {
	struct respond_facts facts;
	struct ks_policyset set;
	struct ks_plan plan;
	struct ks_arena arena;
};

static void make(struct packed *p)
{
	const struct ks_policy *policy = respond_policy(&p->set, POLICY);

	respond_facts_init(&p->facts, &(struct respond_incident){ .n = 1 });
	ks_plan_make(policy, &p->facts.facts, NULL, &p->plan);
	ks_arena_init(&p->arena);
}

static void unmake(struct packed *p)
{
	ks_plan_release(&p->plan);
	respond_facts_release(&p->facts);
	ks_policyset_release(&p->set);
	ks_arena_release(&p->arena);
}

static struct ks_str pack(struct packed *p, size_t i)
{
	struct ks_json *json = ks_packed_step(KS_VEC_AT(&p->plan.steps, struct ks_step, i));
	struct ks_buf text;
	struct ks_str copy;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_json_render(json, &text);
	copy = ks_arena_copy(&p->arena, ks_buf_str(&text));
	ks_buf_release(&text);
	ks_json_free(json);
	return copy;
}

static void reads_what_it_wrote(void **state)
{
	struct packed p = { 0 };
	struct ks_err err = { 0 };

	(void)state;
	make(&p);
	assert_int_equal(p.plan.steps.n, 7);
	for (size_t i = 0; i < p.plan.steps.n; i++) {
		const struct ks_step *was = KS_VEC_AT(&p.plan.steps, struct ks_step, i);
		struct ks_step is = { 0 };
		struct ks_buf a, b;

		assert_int_equal(ks_packed_parse(pack(&p, i), &p.arena, &is, &err), 0);
		ks_buf_init(&a, SIZE_MAX / 2);
		ks_buf_init(&b, SIZE_MAX / 2);
		ks_step_add_canonical(was, &a);
		ks_step_add_canonical(&is, &b);
		assert_string_equal(a.p, b.p);
		ks_buf_release(&a);
		ks_buf_release(&b);
		if (was->target != NULL)
			assert_string_equal(is.target, was->target);
		for (size_t k = 0; k < was->call.parameter_count; k++)
			assert_int_equal(is.call.parameters[k].is_literal, was->call.parameters[k].is_literal);
		assert_true(is.action == was->action);
	}
	unmake(&p);
}

struct damage_row {
	const char *name;
	size_t step;
	const char *from, *to;       /* the first of them is replaced */
};

static const struct damage_row damages[] = {
	{ "an operation that nobody has", 1, "UpdateAccessKey", "UpdateAccessKeys" },
	{ "a service that nobody has", 1, "\"service\":\"iam\"", "\"service\":\"iom\"" },
	{ "a partition that nobody has", 1, "\"partition\":\"aws\"", "\"partition\":\"awss\"" },
	{ "an action that nobody has", 1, "\"disable_key\"", "\"disable_kez\"" },
	{ "a scope that nobody has", 1, "\"scope\":\"key\"", "\"scope\":\"kex\"" },
	{ "a call for a notice", 1, "\"scope\":\"key\"", "\"scope\":\"notice\"" },
	{ "a notice that is a step", 0, "\"scope\":\"notice\"", "\"scope\":\"key\"" },
	{ "a probe that nobody has", 1, "\"key_status\"", "\"key_state\"" },
	{ "a probe of another answer", 1, "\"key_status\"", "\"user_tag\"" },
	{ "a read that writes", 1, "\"ListAccessKeys\"", "\"DeleteAccessKey\"" },
	{ "no effect", 1, "\"effect\":\"Inactive\"", "\"effect\":null" },
	{ "a member too many", 1, "\"action\":", "\"more\":1,\"action\":" },
	{ "a member twice", 1, "\"action\":", "\"target\":\"x\",\"action\":" },
	{ "a member of another name", 1, "\"inverse_note\"", "\"inverse_mote\"" },
	{ "a call with a member too many", 1, "\"service\":", "\"endpoint\":\"x\",\"service\":" },
	{ "a parameter that is no text", 1, "\"value\":\"Inactive\"", "\"value\":false" },
	{ "a parameter without a name", 1, "\"name\":\"Status\"", "\"name\":null" },
	{ "a call that is none", 1, "\"call\":{", "\"call\":[{" },
	{ "no call", 1, "\"call\":{", "\"cull\":{" },
	{ "an end that is cut off", 1, "\"without_approval\":false}", "" },
	{ "something behind it", 1, "\"without_approval\":false}", "\"without_approval\":false} {}" },
	{ "an approval that is no yes or no", 2, "\"without_approval\":true", "\"without_approval\":1" },
	{ "a Region that is none", 3, "\"region\":\"eu-west-1\"", "\"region\":7" },
};

static void refuses_what_was_changed(void **state)
{
	const struct damage_row *row = *state;
	struct ks_step step = { .action = "untouched" };
	struct ks_err err = { 0 };
	struct packed p = { 0 };
	struct ks_str text;
	ptrdiff_t at;

	make(&p);
	text = pack(&p, row->step);
	at = ks_str_find(text, ks_str_of(row->from));
	assert_true(at >= 0);
	text = ks_str_of(ks_arena_printf(&p.arena, "%.*s%s%s", (int)at, text.p, row->to,
		text.p + at + strlen(row->from)));
	assert_int_equal(ks_packed_parse(text, &p.arena, &step, &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	assert_string_equal(step.action, "untouched");
	assert_non_null(strstr(err.message, "damaged"));
	unmake(&p);
}

int main(void)
{
	static struct rows rows;

	ROWS_TEST(&rows, reads_what_it_wrote);
	ROWS_TABLE(&rows, refuses_what_was_changed, damages);
	return rows_run("packed", &rows);
}

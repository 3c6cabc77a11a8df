/* lib/respond/step */
#include "lib/respond/step.h"

#include "tests/unit/rows.h"

static void test_canonical(void **state)
{
	struct ks_wire_call form = { .operation = ks_operation_find("iam", "UpdateAccessKey"),
		.partition = ks_partition_find(KS_STR("aws-cn")) };
	struct ks_wire_parameter parameters[] = { { "UserName", KS_STR("a:b"), false } };
	struct ks_arena arena = { NULL };
	struct ks_step step = { .action = "disable_key", .scope = KS_STEP_KEY };
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 4096);
	step.call = ks_step_call(&arena, &form, parameters, 1);
	/* The call has its own copy. */
	parameters[0].value = KS_STR("x");
	step.condition = (struct ks_step_condition){ .what = "Status", .want = "Active" };
	/* What is only told is not in it. */
	ks_step_hit(&step, "somebody", NULL);
	step.target = "a target";
	ks_step_add_canonical(&step, &out);
	assert_string_equal(out.p,
		"11:disable_key3:key3:iam15:UpdateAccessKey6:aws-cn0:1;8:UserName3:a:b0;0:0:0:"
		"6:Status6:Active0:0:0:0;");
	ks_buf_release(&out);
	ks_arena_release(&arena);
}

static void test_hits(void **state)
{
	struct ks_wire_call read = { .operation = ks_operation_find("iam", "ListAccessKeys"),
		.partition = ks_partition_find(KS_STR("aws")) };
	struct ks_step step = { 0 };

	(void)state;
	ks_step_hit(&step, "one", NULL);
	ks_step_hit(&step, "two", &read);
	assert_int_equal(step.hit_count, 2);
	assert_null(step.hits[0].read.operation);
	assert_ptr_equal(step.hits[1].read.operation, read.operation);
	assert_string_equal(ks_step_scope_name(KS_STEP_ACCOUNT), "account");
}

static void test_condition(void **state)
{
	static const struct { struct ks_step_condition condition; const char *text; } table[] = {
		{ { .what = "Status", .want = "Active", .effect = "Inactive" }, "Status is Active" },
		{ { .what = "a policy", .want = KS_STEP_ABSENT, .effect = "{}" }, "a policy is not there "
			"(NoSuchEntity)" },
		{ { .what = "the password", .want = KS_STEP_PRESENT, .effect = KS_STEP_ABSENT },
			"the password is there" },
		{ { .what = "the key", .effect = KS_STEP_ABSENT }, "the key is there" },
		{ { .what = "a tag", .effect = "x" }, "a tag is not there or says something else" },
	};
	struct ks_arena arena = { NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(ks_step_tell_condition(&table[i].condition, &arena), table[i].text);
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_canonical);
	ROWS_TEST(&rows, test_hits);
	ROWS_TEST(&rows, test_condition);
	return rows_run("step", &rows);
}

/* lib/drill/minute: what people did, in words, and what ends a matter. */
#include "lib/drill/minute.h"

#include "tests/unit/rows.h"

#define DIGEST "50c449d5b3b2e121dc8ba9008d9b1d66fdaf8b2e39199137dda58bb8259c6841"

struct row {
	const char *name, *kind, *body, *text;
	bool is_containment;
};

static const struct row table[] = {
	{ "an approval", "plan-approved",
		"{\"plan\":1,\"digest\":\"" DIGEST "\",\"until\":\"2026-11-20T11:00:00Z\"}",
		"plan approved: plan 1, digest 50c449d5b3b2\u2026, until 2026-11-20T11:00:00Z", true },
	{ "an approval without an end", "plan-approved", "{\"plan\":1,\"until\":null}", "plan approved: plan 1",
		true },
	{ "a note", "note", "{\"text\":\"called ann: \\\"nobody's\\\"\"}",
		"note: called ann: \"nobody's\"", false },
	{ "a note that ends it", "note", "{\"text\":\"contained: off the net\"}", "note: contained: off the net",
		true },
	{ "one that asks", "note", "{\"text\":\"contained? not yet\"}", "note: contained? not yet", false },
	{ "a close with a reason", "closed", "{\"from\":\"open\",\"reason\":\"a test\"}",
		"closed: from open, a test", true },
	{ "a close without one", "closed", "{\"reason\":\"\"}", "closed", true },
	{ "a list", "notice", "{\"kind\":\"opened\",\"notifiers\":[\"a\",\"b\"]}",
		"notice: kind opened, notifiers a and b", false },
	{ "what has no body", "acknowledged", "{}", "acknowledged", false },
	{ "what is no JSON", "odd", "x{", "odd: x{", false },
};

static void says_it_in_words(void **state)
{
	const struct row *row = *state;
	struct ks_arena arena = { NULL };

	assert_string_equal(ks_minute_render(ks_str_of(row->kind), ks_str_of(row->body), &arena).p, row->text);
	assert_int_equal(ks_minute_is_containment(ks_str_of(row->kind), ks_str_of(row->body)),
		row->is_containment);
	ks_arena_release(&arena);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, says_it_in_words, table);
	return rows_run("minute", &all);
}

/* What a rule looks at, out of its detection. */
#include "lib/engine/coverage.h"

#include "tests/unit/rows.h"
#include "tests/unit/view.h"

struct row {
	const char *name, *detection;
	/* stages; "any" for any call; "decoys: " before it when real keys are not met */
	const char *want;
};

static const struct row rows[] = {
	{ "one call", " s: {eventSource: ses.amazonaws.com, eventName: GetSendQuota}\n condition: s\n",
		"sandbox check" },
	{ "calls of two stages", " s: {eventSource: ses.amazonaws.com, eventName: [SendEmail, GetAccount]}\n"
		" condition: s\n", "sandbox check, sending" },
	{ "a name belongs to the first row that fits", " s: {eventSource: ses.amazonaws.com, eventName: "
		"PutEmailIdentityFeedbackAttributes}\n condition: s\n", "cleanup" },
	{ "a name below a row with a star", " s: {eventSource: ses.amazonaws.com, eventName: VerifyDomainDkim}\n"
		" condition: s\n", "identity" },
	{ "a wildcard of the rule", " s: {eventSource: ses.amazonaws.com, eventName: 'Send*'}\n condition: s\n",
		"sending" },
	{ "another service's call of that name", " s: {eventSource: cognito-idp.amazonaws.com, eventName: "
		"GetSendQuota}\n condition: s\n", "" },
	{ "a service without calls", " s: {eventSource: workmail.amazonaws.com}\n condition: s\n", "identity" },
	{ "a call without its service", " s: {eventName: GetSendQuota}\n condition: s\n", "sandbox check" },
	{ "what is left out is not looked at", " s: {eventSource: ses.amazonaws.com, eventName: SendEmail}\n"
		" f: {eventName: GetSendQuota}\n condition: s and not f\n", "sending" },
	{ "any call", " s: {userAgent: x}\n condition: s\n", "any" },
	{ "any call of a decoy", " s: {decoy.match: key}\n condition: s\n", "decoys: any" },
	{ "some calls of a decoy",
		" s: {decoy.name: '*', eventSource: ses.amazonaws.com, eventName: SendEmail}\n"
		" condition: s\n", "decoys: sending" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_coverage coverage;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_buf text;

	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, row->detection), 0);
	ks_program_build(&program, &ruleset);
	coverage = ks_coverage_find(&program, program.rules[0], &arena);
	ks_buf_init(&text, 4096);
	ks_buf_adds(&text, coverage.is_real ? "" : "decoys: ");
	if (coverage.is_any_call)
		ks_buf_adds(&text, "any");
	else
		ks_stage_render(coverage.stages, &text);
	assert_string_equal(ks_buf_str(&text).p, row->want);
	ks_buf_release(&text);
	ks_arena_release(&arena);
	ks_ruleset_release(&ruleset);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	return rows_run("coverage", &all);
}

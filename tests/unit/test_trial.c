/* Rules tried on events that people bring along. */
#include "lib/engine/trial.h"

#include "tests/unit/engine.h"

static const char rules[] =
	"title: Long-term key\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: aws}\n"
	"detection: {sel: {key.kind: long-term}, condition: sel}\n";
static const char decoys[] =
	"title: Decoy\nid: 21111111-1111-4111-8111-111111111111\nlogsource: {product: aws}\n"
	"detection: {sel: {decoy.match: key}, condition: sel}\n";
static const char anything[] =
	"title: Any JSON\nid: 31111111-1111-4111-8111-111111111111\nlogsource: {product: x}\n"
	"detection: {sel: {actor.name: bob}, condition: sel}\n";

static const struct row {
	const char *name;
	const char *rule;
	const char *event;
	enum ks_verdict verdict;
} rows[] = {
	{ "the kind of a record's key is worked out", rules,
		"{\"eventName\":\"A\",\"eventSource\":\"b\",\"userIdentity\":{\"accessKeyId\":\"" DECOY "\"}}",
		KS_VERDICT_YES },
	{ "what the event says of its key holds", rules,
		"{\"eventName\":\"A\",\"eventSource\":\"b\",\"key\":{\"kind\":\"temporary\"},"
		"\"userIdentity\":{\"accessKeyId\":\"" DECOY
		"\"}}",
		KS_VERDICT_NO },
	{ "a decoy as a plain member", decoys, "{\"decoy\":{\"match\":\"key\"}}", KS_VERDICT_YES },
	{ "no decoy", decoys, "{\"decoy\":{\"match\":\"target\"}}", KS_VERDICT_NO },
	{ "other JSON is left as it is", anything, "{\"actor\":{\"name\":\"Bob\"}}", KS_VERDICT_YES },
};

static void tries(void **state)
{
	const struct row *row = *state;
	struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_trial trial;
	struct engine_event e;

	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_add(&ruleset, "rule.yml", ks_str_of(row->rule)), 0);
	ks_program_build(&program, &ruleset);
	ks_trial_init(&trial, &program);
	engine_event_init(&e, row->event);
	assert_int_equal(ks_trial_run(&trial, 0, &e.event, &reasons), row->verdict);
	assert_int_equal(reasons.n, 1);
	engine_event_release(&e);
	ks_trial_release(&trial);
	ks_ruleset_release(&ruleset);
	ks_vec_release(&reasons);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];

	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, tries, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

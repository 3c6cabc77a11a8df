/* Hostile response policies: loaded, checked for ties, and planned with for a few incidents. */
#include "lib/respond/plantext.h"
#include "lib/respond/policyset.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A user's key, root, a role, and somebody whom no record names. */
static const struct ks_facts_event events[] = {
	{ .time_ms = 1000, .region = { "us-east-1", 9 }, .key_id = { "AKIAIOSFODNN7EXAMPLE", 20 },
		.actor_type = { "IAMUser", 7 }, .actor_arn = { "arn:aws:iam::123456789012:user/a", 32 },
		.ip = { "198.51.100.7", 12 } },
	{ .time_ms = 1000, .region = { "us-gov-west-1", 13 }, .key_id = { "AKIAIOSFODNN7EXAMPLE", 20 },
		.actor_type = { "Root", 4 }, .actor_arn = { "arn:aws-us-gov:iam::123456789012:root", 37 },
		.ip = { "2001:db8::1", 11 } },
	{ .time_ms = 1000, .region = { "cn-north-1", 10 }, .actor_type = { "AssumedRole", 11 },
		.actor_arn = { "arn:aws-cn:sts::123456789012:assumed-role/r/s", 45 } },
	{ .time_ms = INT64_MIN, .ip = { "\xff\0*", 3 } },
};

static void plan(const struct ks_policy *policy, const struct ks_facts *facts)
{
	struct ks_plan first, second;
	struct ks_json *json;
	struct ks_buf out;

	ks_plan_make(policy, facts, NULL, &first);
	ks_plan_make(policy, facts, NULL, &second);
	/* The same facts give the same plan, and no plan goes further than its policy. */
	if (strcmp(first.digest, second.digest) != 0 || first.mode > policy->mode)
		abort();
	if (first.steps.n + first.gaps.n < policy->step_count)
		abort();
	ks_buf_init(&out, 1u << 24);
	ks_plantext_render(&first, &(struct ks_plantext_view){ .why = "because" }, &out);
	json = ks_plan_to_json(&first);
	ks_json_render(json, &out);
	if (out.is_full)
		abort();
	ks_json_free(json);
	ks_buf_release(&out);
	ks_plan_release(&first);
	ks_plan_release(&second);
}

static void try_incident(const struct ks_policyset *set, size_t i)
{
	struct ks_facts_rule rule = { { "id", 2 }, { "ses-pionage", 11 }, { "t", 1 } };
	struct ks_facts facts = { .incident = 1, .now_ms = 2000, .level = KS_LEVEL_HIGH, .events = &events[i],
		.event_count = 1, .rules = &rule, .rule_count = 1, .is_decoy = i % 2 == 1,
		.actor = { "key:AKIAIOSFODNN7EXAMPLE", 24 } };
	struct ks_arena arena = { NULL };
	const struct ks_policy *chosen;

	ks_subject_find(&facts, &arena, &facts.subject);
	chosen = ks_policyset_choose(set, &facts, &arena, NULL);
	for (size_t k = 0; k < set->policies.n && k < 8; k++)
		plan(*KS_VEC_AT(&set->policies, struct ks_policy *, k), &facts);
	if (chosen != NULL)
		plan(chosen, &facts);
	ks_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ks_policyset set;

	ks_policyset_init(&set);
	ks_policy_is_likely((struct ks_str){ (const char *)data, n });
	ks_policyset_add(&set, "fuzz.yml", (struct ks_str){ (const char *)data, n });
	ks_policyset_check(&set);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		try_incident(&set, i);
	ks_policyset_release(&set);
	return 0;
}

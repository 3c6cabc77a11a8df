/* The rest of a scenario: what IAM knows, what is told to whom, and what is expected. */
#include "lib/drill/scenario_parts.h"

#include "lib/base/time.h"
#include "lib/respond/entry.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const use_keys[] = { "at", "as", "service", "region" };
static const char *const inject_keys[] = { "at", "to", "text" };
static const char *const expect_keys[] = { "findings", "incident", "plan", "contained", "none" };
static const char *const finding_keys[] = { "rule", "within", "as" };
static const char *const incident_keys[] = { "level", "notified", "as" };
static const char *const plan_keys[] = { "policy", "actions", "within" };

static void need_time(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, int64_t *out_ms)
{
	if (!ks_scenario_read_span(r, mapping, "at", out_ms) && ks_yaml_find(mapping, "at") == NULL)
		ks_problem_add_at(r->problems, KS_ERR_PARSE, mapping->line, mapping->column, "'at' is missing here");
}

static bool check(struct ks_scenario_reader *r, const struct ks_yaml_node *node, const char *what,
	const char *const *keys, size_t n)
{
	return ks_entry_check(node, what, keys, n, r->problems) || node->kind == KS_YAML_MAPPING;
}

void ks_scenario_expect_read_uses(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	const struct ks_yaml_node *list = NULL;

	if (!ks_scenario_read_list(r, document, "last_used", &list))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct ks_scenario_use use = { .service = KS_STR("ses"), .region = r->out->home };
		const struct ks_yaml_node *node = list->items[i];

		if (!check(r, node, "an answer of IAM's", use_keys, COUNT(use_keys)))
			continue;
		need_time(r, node, &use.at_ms);
		ks_scenario_read_text(r, node, "service", &use.service);
		ks_scenario_read_text(r, node, "region", &use.region);
		if (!ks_scenario_read_actor(r, node, "as", &use.actor) || r->out->actors.n == 0)
			continue;
		if (KS_VEC_AT(&r->out->actors, struct ks_scenario_actor, use.actor)->decoy.p == NULL)
			ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column,
				"IAM is asked about decoys only, and this actor's key is none");
		*(struct ks_scenario_use *)ks_vec_push(&r->out->uses) = use;
	}
}

void ks_scenario_expect_read_injects(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	const struct ks_yaml_node *list = NULL;

	if (!ks_scenario_read_list(r, document, "injects", &list))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct ks_scenario_inject inject = { .is_for_all = true };
		const struct ks_yaml_node *node = list->items[i];
		static const char *const whom[] = { "all", "facilitator" };
		struct ks_str to = KS_STR("all");

		if (!check(r, node, "an inject", inject_keys, COUNT(inject_keys)))
			continue;
		need_time(r, node, &inject.at_ms);
		ks_scenario_need_text(r, node, "text", &inject.text);
		ks_scenario_read_text(r, node, "to", &to);
		inject.is_for_all = ks_str_is(to, "all");
		if (!inject.is_for_all && !ks_str_is(to, "facilitator"))
			ks_entry_fail_word(ks_yaml_find(node, "to"), "one to tell", whom, COUNT(whom), r->problems);
		if (r->out->injects.n > 0 && inject.at_ms < KS_VEC_AT(&r->out->injects, struct ks_scenario_inject,
				r->out->injects.n - 1)->at_ms)
			ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column,
				"injects stand in the order of their times: this one is before the last");
		*(struct ks_scenario_inject *)ks_vec_push(&r->out->injects) = inject;
	}
}

/* ---- what is expected ---------------------------------------------------------------------------- */

static void read_findings(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping)
{
	const struct ks_yaml_node *list = NULL;
	struct ks_scenario_finding *out;
	size_t n = 0;

	if (!ks_scenario_read_list(r, mapping, "findings", &list))
		return;
	out = ks_arena_alloc(&r->out->arena, (list->n + 1) * sizeof(*out));
	for (size_t i = 0; i < list->n; i++) {
		const struct ks_yaml_node *node = list->items[i];

		if (!check(r, node, "an expected finding", finding_keys, COUNT(finding_keys)))
			continue;
		out[n] = (struct ks_scenario_finding){ .line = node->line, .column = node->column };
		ks_scenario_need_text(r, node, "rule", &out[n].rule);
		ks_scenario_read_span(r, node, "within", &out[n].within_ms);
		ks_scenario_read_actor(r, node, "as", &out[n].actor);
		n++;
	}
	r->out->expect.findings = out;
	r->out->expect.finding_count = n;
}

static void read_incident(struct ks_scenario_reader *r, const struct ks_yaml_node *node)
{
	struct ks_scenario_expectation *expect = &r->out->expect;
	static const char *const levels[] = { "informational", "low", "medium", "high", "critical" };
	struct ks_str level;

	if (!check(r, node, "'incident'", incident_keys, COUNT(incident_keys)))
		return;
	expect->has_incident = true;
	if (ks_scenario_need_text(r, node, "level", &level) && !ks_rule_parse_level(level, &expect->level))
		ks_entry_fail_word(ks_yaml_find(node, "level"), "level", levels, COUNT(levels), r->problems);
	ks_scenario_read_span(r, node, "notified", &expect->notified_ms);
	ks_scenario_read_actor(r, node, "as", &expect->actor);
}

static void read_plan(struct ks_scenario_reader *r, const struct ks_yaml_node *node)
{
	struct ks_entry_list list = { NULL, NULL, 0 };

	if (!check(r, node, "'plan'", plan_keys, COUNT(plan_keys)))
		return;
	r->out->expect.has_plan = true;
	ks_scenario_need_text(r, node, "policy", &r->out->expect.policy);
	ks_scenario_read_span(r, node, "within", &r->out->expect.plan_within_ms);
	if (ks_yaml_find(node, "actions") == NULL || !ks_entry_strings(ks_yaml_find(node, "actions"),
		"'actions'",
			&r->out->arena, r->problems, &list))
		return;
	r->out->expect.actions = list.p;
	r->out->expect.action_count = list.n;
}

void ks_scenario_expect_read(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, "expect");

	if (node == NULL || !check(r, node, "'expect'", expect_keys, COUNT(expect_keys))) {
		if (node == NULL)
			ks_problem_warn_at(r->problems, document->line, document->column,
				"the scenario expects nothing: there will be nothing to score");
		return;
	}
	read_findings(r, node);
	if (ks_yaml_find(node, "incident") != NULL)
		read_incident(r, ks_yaml_find(node, "incident"));
	if (ks_yaml_find(node, "plan") != NULL)
		read_plan(r, ks_yaml_find(node, "plan"));
	if (ks_yaml_find(node, "none") != NULL)
		ks_entry_flag(ks_yaml_find(node, "none"), "'none'", r->problems, &r->out->expect.is_none);
	ks_scenario_read_span(r, node, "contained", &r->out->expect.contained_ms);
}

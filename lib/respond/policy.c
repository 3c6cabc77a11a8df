/* One response policy out of its YAML document. */
#include "lib/respond/policy.h"

#include "lib/base/time.h"
#include "lib/decoy/keyid.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_MOST 64

static const char *const policy_keys[] = { "name", "description", "mode", "when", "guards", "steps" };
static const char *const when_keys[] = { "level", "decoy", "rules", "accounts", "unless" };
static const char *const guard_keys[] = { "max_event_age", "max_keys_per_hour", "protect" };
static const char *const unless_keys[] = {
	[KS_POLICY_IP_CIDR] = "ip.cidr",
	[KS_POLICY_PRINCIPAL_ARN] = "principal.arn",
	[KS_POLICY_REGION] = "region",
};
static const char *const modes[] = {
	[KS_POLICY_OBSERVE] = "observe",
	[KS_POLICY_DRY_RUN] = "dry-run",
	[KS_POLICY_APPROVE] = "approve",
	[KS_POLICY_ENFORCE] = "enforce",
};
static const char *const decoys[] = {
	[KS_POLICY_REAL] = "false",
	[KS_POLICY_DECOY] = "true",
	[KS_POLICY_EITHER] = "either",
};
static const char *const levels[] = { "informational", "low", "medium", "high", "critical" };

/* Where a policy is being read. */
struct reader {
	struct ks_arena *arena;
	struct ks_problems *problems;
	struct ks_policy *out;
};

const char *ks_policy_mode_name(enum ks_policy_mode mode)
{
	return modes[mode];
}

const char *ks_policy_decoy_name(enum ks_policy_decoy decoy)
{
	return decoys[decoy];
}

static void fail(struct reader *r, const struct ks_yaml_node *node, const char *text)
{
	ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column, "%s", text);
}

/* One of some words, as its number. */
static bool read_word(struct reader *r, const struct ks_yaml_node *node, const char *what,
	const char *const *words, size_t n, unsigned *out)
{
	struct ks_str text = node->text;

	if (node->kind == KS_YAML_SEQUENCE || node->kind == KS_YAML_MAPPING || node->kind == KS_YAML_NULL)
		text = (struct ks_str){ NULL, 0 };
	for (size_t i = 0; i < n; i++)
		if (ks_str_is(text, words[i])) {
			*out = (unsigned)i;
			return true;
		}
	if (text.n > 0)
		ks_entry_fail_word(node, what, words, n, r->problems);
	else
		ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column, "this must be a %s, not %s",
			what,
			ks_yaml_kind_name(node->kind));
	return false;
}

static void read_name(struct reader *r, const struct ks_yaml_node *node)
{
	if (!ks_entry_text(node, "'name'", r->problems, &r->out->name))
		return;
	r->out->line = node->line;
	r->out->column = node->column;
	for (size_t i = 0; i < node->text.n; i++) {
		char c = node->text.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || ((c == '-' || c == '_') && i > 0))
			continue;
		fail(r, node, "a policy's name has lower-case letters, digits, - and _");
		return;
	}
	if (node->text.n > NAME_MOST)
		fail(r, node, "a policy's name has at most 64 characters");
}

static void read_accounts(struct reader *r, const struct ks_yaml_node *node)
{
	struct ks_entry_list list = { NULL, NULL, 0 };
	uint64_t number;

	if (!ks_entry_strings(node, "'accounts'", r->arena, r->problems, &list))
		return;
	for (size_t i = 0; i < list.n; i++) {
		const struct ks_yaml_node *entry = list.nodes[i];

		if (!ks_keyid_parse_account(list.p[i], &number))
			ks_problem_add_at(r->problems, KS_ERR_PARSE, entry->line, entry->column,
				"'" KS_STR_FMT "' is no account id: twelve digits, in quotes", KS_STR_ARG(list.p[i]));
		else if (entry->is_plain)
			fail(r, entry, "an account id must stand in quotes: YAML takes some of them for numbers");
	}
	r->out->accounts = list;
}

/* Wildcards would let somebody in whom nobody thought of, and under enforce there is nobody to ask. */
static void check_wildcard(struct reader *r, const struct ks_yaml_node *node, const char *what)
{
	if (r->out->mode == KS_POLICY_ENFORCE)
		ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column,
			"'" KS_STR_FMT "' %s: under 'mode: enforce' nothing in 'unless' may", KS_STR_ARG(node->text),
			what);
	else
		ks_problem_warn_at(r->problems, node->line, node->column, "'" KS_STR_FMT "' %s",
			KS_STR_ARG(node->text), what);
}

/* Shorter ones are as good as wildcards: two /1 cover every address together. */
static int least_prefix(const struct ks_ip_net *net)
{
	return net->base.bits == 32 ? 8 : 16;
}

static void read_nets(struct reader *r, const struct ks_entry_list *list, struct ks_policy_unless *out)
{
	struct ks_ip_net *nets = ks_arena_alloc(r->arena, list->n * sizeof(*nets));
	struct ks_err err = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		const struct ks_yaml_node *node = list->nodes[i];

		if (ks_ip_parse_net(list->p[i], &nets[i], &err) != 0)
			fail(r, node, err.message);
		else if (nets[i].prefix == 0)
			check_wildcard(r, node, "covers every address");
		else if (r->out->mode == KS_POLICY_ENFORCE && nets[i].prefix < least_prefix(&nets[i]))
			ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column,
				"'" KS_STR_FMT "' is wider than a /%d: under 'mode: enforce' no network in 'unless' may be, "
				"a few such cover every address", KS_STR_ARG(node->text), least_prefix(&nets[i]));
	}
	out->nets = nets;
}

static void read_patterns(struct reader *r, const struct ks_entry_list *list, struct ks_policy_unless *out)
{
	struct ks_pattern_spec spec = { .is_cased = true };
	struct ks_pattern *patterns = ks_arena_alloc(r->arena, list->n * sizeof(*patterns));

	for (size_t i = 0; i < list->n; i++) {
		patterns[i] = ks_pattern_compile(list->p[i], &spec, r->arena);
		if (ks_pattern_has_wildcard(list->p[i]) && r->out->mode == KS_POLICY_ENFORCE)
			check_wildcard(r, list->nodes[i], "has a wildcard");
		else if (patterns[i].kind == KS_PATTERN_ANY)
			check_wildcard(r, list->nodes[i], "covers every event that has the field");
	}
	out->patterns = patterns;
}

static void read_unless(struct reader *r, const struct ks_yaml_node *node)
{
	static const char *const forged[] = { "user_agent", "userAgent", "user.agent" };
	bool is_good = true;

	for (size_t i = 0; node->kind == KS_YAML_MAPPING && i < node->n; i++)
		for (size_t k = 0; k < COUNT(forged); k++)
			if (ks_str_is(node->keys[i]->text, forged[k])) {
				fail(r, node->keys[i], "a user agent is whatever the caller writes: it cannot excuse "
					"anybody");
				is_good = false;
			}
	if (!is_good || !ks_entry_check(node, "'unless'", unless_keys, COUNT(unless_keys), r->problems))
		return;
	if (node->n == 0)
		fail(r, node, "'unless' is empty: leave it out");
	for (size_t i = 0; i < COUNT(unless_keys); i++) {
		const struct ks_yaml_node *value = ks_yaml_find(node, unless_keys[i]);
		struct ks_policy_unless *out = &r->out->unless[r->out->unless_count];
		struct ks_entry_list list;

		if (value == NULL || !ks_entry_strings(value, unless_keys[i], r->arena, r->problems, &list))
			continue;
		*out = (struct ks_policy_unless){ .field = (enum ks_policy_field)i, .n = list.n };
		if (i == KS_POLICY_IP_CIDR)
			read_nets(r, &list, out);
		else
			read_patterns(r, &list, out);
		r->out->unless_count++;
	}
}

static void read_when(struct reader *r, const struct ks_yaml_node *node)
{
	const struct ks_yaml_node *level, *decoy, *rules, *accounts, *unless;
	unsigned number;

	if (!ks_entry_check(node, "'when'", when_keys, COUNT(when_keys), r->problems) &&
		node->kind != KS_YAML_MAPPING)
		return;
	level = ks_yaml_find(node, "level");
	decoy = ks_yaml_find(node, "decoy");
	rules = ks_yaml_find(node, "rules");
	accounts = ks_yaml_find(node, "accounts");
	unless = ks_yaml_find(node, "unless");
	if (level != NULL && read_word(r, level, "level", levels, COUNT(levels), &number))
		r->out->level = (enum ks_level)(KS_LEVEL_INFORMATIONAL + number);
	if (decoy != NULL && decoy->kind == KS_YAML_BOOL)
		r->out->decoy = decoy->boolean ? KS_POLICY_DECOY : KS_POLICY_REAL;
	else if (decoy != NULL && read_word(r, decoy, "value of 'decoy' (true, false or either)", decoys + 2, 1,
		&number))
		r->out->decoy = KS_POLICY_EITHER;
	if (rules != NULL)
		ks_entry_strings(rules, "'rules'", r->arena, r->problems, &r->out->rules);
	if (accounts != NULL)
		read_accounts(r, accounts);
	if (unless != NULL)
		read_unless(r, unless);
}

static void read_guards(struct reader *r, const struct ks_yaml_node *node)
{
	const struct ks_yaml_node *age, *keys, *protect;

	if (!ks_entry_check(node, "'guards'", guard_keys, COUNT(guard_keys), r->problems) &&
		node->kind != KS_YAML_MAPPING)
		return;
	age = ks_yaml_find(node, "max_event_age");
	keys = ks_yaml_find(node, "max_keys_per_hour");
	protect = ks_yaml_find(node, "protect");
	if (age != NULL)
		ks_entry_duration(age, "'max_event_age'", r->problems, &r->out->max_event_age_ms);
	if (keys != NULL)
		ks_entry_count(keys, "'max_keys_per_hour'", 1, 1000, r->problems, &r->out->max_keys_per_hour);
	if (protect != NULL)
		ks_entry_protect(protect, r->arena, r->problems, &r->out->protect, &r->out->protected);
}

/* The parameters of a step. */
static void read_values(struct reader *r, const struct ks_yaml_node *node, struct ks_policy_step *step)
{
	const struct ks_action *action = step->action;
	const char *names[KS_ACTION_PARAMETERS];
	char what[64];

	for (size_t i = 0; i < action->parameter_count; i++)
		names[i] = action->parameters[i].name;
	snprintf(what, sizeof(what), "'%s'", action->name);
	if (node->kind == KS_YAML_MAPPING && action->parameter_count > 0 &&
		!ks_entry_check(node, what, names, action->parameter_count, r->problems))
		return;
	for (size_t i = 0; i < action->parameter_count; i++) {
		const struct ks_action_parameter *parameter = &action->parameters[i];
		const struct ks_yaml_node *value = ks_yaml_find(node, parameter->name);
		struct ks_action_value *out = &step->values[i];

		if (node->kind != KS_YAML_MAPPING && i == 0)
			value = node;
		if (value == NULL)
			continue;
		snprintf(what, sizeof(what), "'%s'", parameter->name);
		if (parameter->kind == KS_ACTION_FLAG)
			out->is_given = ks_entry_flag(value, what, r->problems, &out->flag);
		else
			out->is_given = ks_entry_strings(value, what, r->arena, r->problems, &out->strings);
	}
}

static void check_values(struct reader *r, const struct ks_yaml_node *node,
	const struct ks_policy_step *step)
{
	const struct ks_action *action = step->action;

	for (size_t i = 0; i < action->parameter_count; i++) {
		const struct ks_action_parameter *parameter = &action->parameters[i];
		const struct ks_action_value *value = &step->values[i];
		struct ks_err err = { 0 };

		if (parameter->is_required && !value->is_given)
			ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column, "'%s' needs '%s': %s",
				action->name, parameter->name, parameter->help);
		for (size_t k = 0; parameter->check != NULL && k < value->strings.n; k++)
			if (parameter->check(value->strings.p[k], &err) != 0)
				fail(r, value->strings.nodes[k], err.message);
		if (parameter->is_single && value->strings.n > 1)
			ks_problem_add_at(r->problems, KS_ERR_PARSE, value->strings.nodes[1]->line,
				value->strings.nodes[1]->column, "'%s' of '%s' takes one value only", parameter->name,
				action->name);
		if (parameter->kind == KS_ACTION_FLAG && value->flag && r->out->mode != KS_POLICY_ENFORCE)
			ks_problem_warn_at(r->problems, node->line, node->column,
				"'%s: true' means nothing under 'mode: %s'", parameter->name, modes[r->out->mode]);
	}
}

/* The action of a step and the node of its parameters; NULL after an error. */
static const struct ks_action *read_action(struct reader *r, const struct ks_yaml_node *node,
	const struct ks_yaml_node **out_values)
{
	const struct ks_yaml_node *name = node->kind == KS_YAML_MAPPING && node->n > 0 ? node->keys[0] : node;
	const struct ks_action *action;
	const char *names[32];

	if (name->kind != KS_YAML_STRING || (node->kind == KS_YAML_MAPPING && node->n != 1)) {
		fail(r, node, "a step is the name of an action, or a mapping with one action and its parameters");
		return NULL;
	}
	*out_values = node->kind == KS_YAML_MAPPING ? node->items[0] : NULL;
	action = ks_action_find(name->text);
	if (action != NULL)
		return action;
	for (size_t i = 0; i < ks_action_count && i < COUNT(names); i++)
		names[i] = ks_action_rows[i]->name;
	ks_entry_fail_word(name, "action", names, ks_action_count, r->problems);
	return NULL;
}

static void read_step(struct reader *r, const struct ks_yaml_node *node, struct ks_policy_step *out)
{
	const struct ks_yaml_node *values = NULL;

	*out = (struct ks_policy_step){ .line = node->line, .column = node->column };
	out->action = read_action(r, node, &values);
	if (out->action == NULL)
		return;
	for (const struct ks_policy_step *s = r->out->steps; s < out; s++)
		if (s->action == out->action) {
			ks_problem_add_at(r->problems, KS_ERR_EXISTS, node->line, node->column,
				"step '%s' is there already, in line %d", out->action->name, s->line);
			return;
		}
	if (values != NULL && values->kind != KS_YAML_NULL) {
		if (out->action->parameter_count == 0 && !(values->kind == KS_YAML_MAPPING && values->n == 0)) {
			ks_problem_add_at(r->problems, KS_ERR_PARSE, values->line, values->column,
				"'%s' takes no parameters%s", out->action->name, ks_action_needs_leave(out->action) ? "" :
				": it touches one key only, and needs no leave of its own");
			return;
		}
		read_values(r, values, out);
	}
	check_values(r, node, out);
	if (r->out->mode == KS_POLICY_OBSERVE && out->action->scope != KS_STEP_NOTHING)
		ks_problem_warn_at(r->problems, node->line, node->column,
			"'%s' is never planned under 'mode: observe', which only sends notices", out->action->name);
}

static void read_steps(struct reader *r, const struct ks_yaml_node *node)
{
	struct ks_policy_step *steps;

	if (node->kind != KS_YAML_SEQUENCE || node->n == 0) {
		fail(r, node, "'steps' must be a list of actions that is not empty");
		return;
	}
	if (node->n > ks_action_count * 4) {
		fail(r, node, "there are more steps than actions");
		return;
	}
	steps = ks_arena_alloc(r->arena, node->n * sizeof(*steps));
	r->out->steps = steps;
	r->out->step_count = node->n;
	for (size_t i = 0; i < node->n; i++)
		read_step(r, node->items[i], &steps[i]);
}

bool ks_policy_parse(const struct ks_yaml_node *document, struct ks_arena *arena,
	struct ks_problems *problems, struct ks_policy *out)
{
	struct ks_policy policy = { .mode = KS_POLICY_DRY_RUN, .max_event_age_ms = KS_POLICY_MAX_EVENT_AGE,
		.max_keys_per_hour = KS_POLICY_MAX_KEYS_PER_HOUR, .file = problems->file };
	struct reader r = { arena, problems, &policy };
	const struct ks_yaml_node *name = ks_yaml_find(document, "name"), *mode = ks_yaml_find(document, "mode");
	const struct ks_yaml_node *when = ks_yaml_find(document, "when");
	const struct ks_yaml_node *guards = ks_yaml_find(document, "guards");
	const struct ks_yaml_node *steps = ks_yaml_find(document, "steps");
	const struct ks_yaml_node *about = ks_yaml_find(document, "description");
	size_t errors = problems->errors;
	unsigned number;

	policy.document = document;
	policy.line = document->line;
	policy.column = document->column;
	if (!ks_entry_check(document, "a response policy", policy_keys, COUNT(policy_keys), problems) &&
		document->kind != KS_YAML_MAPPING)
		return false;
	if (name != NULL)
		read_name(&r, name);
	else
		fail(&r, document, "the policy has no 'name'");
	if (about != NULL)
		ks_entry_text(about, "'description'", problems, &policy.description);
	/* The mode first: others are judged by it. */
	if (mode != NULL && read_word(&r, mode, "mode", modes, COUNT(modes), &number)) {
		policy.mode = (enum ks_policy_mode)number;
		policy.has_mode = true;
	}
	if (when != NULL)
		read_when(&r, when);
	if (guards != NULL)
		read_guards(&r, guards);
	if (steps != NULL)
		read_steps(&r, steps);
	else
		fail(&r, document, "the policy has no 'steps'");
	if (problems->errors != errors)
		return false;
	*out = policy;
	return true;
}

bool ks_policy_is_likely(struct ks_str text)
{
	bool has_steps = false;
	struct ks_str line;

	while (ks_str_next(&text, '\n', &line)) {
		if (ks_str_has_prefix(line, KS_STR("detection:")) || ks_str_has_prefix(line, KS_STR("correlation:")))
			return false;
		has_steps = has_steps || ks_str_has_prefix(line, KS_STR("steps:"));
	}
	return has_steps;
}

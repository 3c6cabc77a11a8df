/* Reads a scenario: its document, actors and steps. */
#include "lib/drill/scenario_parts.h"

#include "lib/aws/partition.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/time.h"
#include "lib/codec/ip.h"
#include "lib/decoy/keyid.h"
#include "lib/respond/entry.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define YEAR (366 * KS_TIME_DAY)
#define RATE_MOST 100000
#define REPEAT_MOST 10000

static const char *const document_keys[] = { "name", "title", "case", "description", "account", "home",
	"before", "after", "actors", "steps", "last_used", "noise", "injects", "expect" };
static const char *const actor_keys[] = { "user", "role", "session", "federated", "service", "of", "decoy",
	"ip", "agent", "key" };
static const char *const step_keys[] = { "at", "call", "as", "regions", "within", "outcome", "repeat",
	"every", "with", "grants" };

void ks_scenario_init(struct ks_scenario *scenario)
{
	*scenario = (struct ks_scenario){ .account = KS_STR("111122223333"), .home = KS_STR("us-east-1"),
		.before_ms = 3600 * KS_TIME_SECOND, .after_ms = 1800 * KS_TIME_SECOND,
		.actors = KS_VEC_OF(struct ks_scenario_actor), .steps = KS_VEC_OF(struct ks_scenario_step),
		.uses = KS_VEC_OF(struct ks_scenario_use), .injects = KS_VEC_OF(struct ks_scenario_inject) };
}

void ks_scenario_release(struct ks_scenario *scenario)
{
	ks_vec_release(&scenario->actors);
	ks_vec_release(&scenario->steps);
	ks_vec_release(&scenario->uses);
	ks_vec_release(&scenario->injects);
	ks_arena_release(&scenario->arena);
}

/* ---- small things -------------------------------------------------------------------------------- */

static void fail(struct ks_scenario_reader *r, const struct ks_yaml_node *node, const char *text)
{
	ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column, "%s", text);
}

static bool parse_span(struct ks_str s, int64_t *out_ms)
{
	static const struct { char unit; int64_t ms; } units[] = {
		{ 's', KS_TIME_SECOND }, { 'm', 60 * KS_TIME_SECOND }, { 'h', 3600 * KS_TIME_SECOND },
		{ 'd', KS_TIME_DAY }, { 'w', 7 * KS_TIME_DAY },
	};
	int64_t sum = 0, number = 0;
	bool has_digit = false;

	for (size_t i = 0; i < s.n; i++) {
		size_t unit = 0;

		if (s.p[i] >= '0' && s.p[i] <= '9' && number < YEAR) {
			number = 10 * number + (s.p[i] - '0');
			has_digit = true;
			continue;
		}
		while (unit < COUNT(units) && units[unit].unit != s.p[i])
			unit++;
		if (!has_digit || unit == COUNT(units) || number > YEAR / units[unit].ms)
			return false;
		sum += number * units[unit].ms;
		number = 0;
		has_digit = false;
	}
	if (s.n == 0 || has_digit || sum > YEAR)
		return false;
	*out_ms = sum;
	return true;
}

bool ks_scenario_read_span(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	int64_t *out_ms)
{
	const struct ks_yaml_node *node = ks_yaml_find(mapping, key);

	if (node == NULL)
		return false;
	if (node->kind == KS_YAML_STRING && parse_span(node->text, out_ms))
		return true;
	ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column,
		"'%s' must be a time such as 0s, 90s, 1m30s, 2h or 14d, and at most a year", key);
	return false;
}

bool ks_scenario_read_text(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	struct ks_str *out)
{
	const struct ks_yaml_node *node = ks_yaml_find(mapping, key);
	char what[64];

	snprintf(what, sizeof(what), "'%s'", key);
	return node != NULL && ks_entry_text(node, what, r->problems, out);
}

bool ks_scenario_need_text(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	struct ks_str *out)
{
	if (ks_yaml_find(mapping, key) != NULL)
		return ks_scenario_read_text(r, mapping, key, out);
	ks_problem_add_at(r->problems, KS_ERR_PARSE, mapping->line, mapping->column, "'%s' is missing "
		"here", key);
	return false;
}

bool ks_scenario_read_list(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping, const char *key,
	const struct ks_yaml_node **out)
{
	const struct ks_yaml_node *node = ks_yaml_find(mapping, key);

	if (node == NULL)
		return false;
	if (node->kind != KS_YAML_SEQUENCE) {
		ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column, "'%s' must be a list, not %s",
			key, ks_yaml_kind_name(node->kind));
		return false;
	}
	*out = node;
	return true;
}

bool ks_scenario_read_actor(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	const char *key,
	size_t *out)
{
	const struct ks_yaml_node *node = ks_yaml_find(mapping, key);

	*out = 0;
	if (node == NULL)
		return true;
	for (size_t i = 0; i < r->out->actors.n; i++)
		if (ks_str_is_equal(KS_VEC_AT(&r->out->actors, struct ks_scenario_actor, i)->name, node->text)) {
			*out = i;
			return true;
		}
	ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column, "there is no actor '" KS_STR_FMT
		"' under 'actors'", KS_STR_ARG(node->text));
	return false;
}

/* ---- actors -------------------------------------------------------------------------------------- */

/* As AWS would write it: ::ffff:192.0.2.1 is 192.0.2.1 in every record. Names of services stay. */
static bool read_ip(struct ks_scenario_reader *r, struct ks_str text, struct ks_str *out)
{
	bool is_mapped;
	struct ks_ip ip;

	*out = text;
	if (!ks_ip_parse(text, &ip))
		return ks_str_has_suffix(text, KS_STR(".amazonaws.com"));
	is_mapped = ip.bits == 128;
	ks_ip_unmap(&ip);
	if (is_mapped && ip.bits == 32)
		*out = ks_str_of(ks_arena_printf(&r->out->arena, "%u.%u.%u.%u", ip.bytes[0], ip.bytes[1],
			ip.bytes[2], ip.bytes[3]));
	return true;
}

static void read_ips(struct ks_scenario_reader *r, const struct ks_yaml_node *node,
	struct ks_scenario_actor *actor)
{
	struct ks_entry_list list = { NULL, NULL, 0 };
	struct ks_str *ips;

	if (!ks_entry_strings(node, "'ip'", &r->out->arena, r->problems, &list))
		return;
	ips = ks_arena_alloc(&r->out->arena, (list.n + 1) * sizeof(*ips));
	for (size_t i = 0; i < list.n; i++)
		if (!read_ip(r, list.p[i], &ips[i]))
			fail(r, list.nodes[i], "this is no address");
	actor->ips = ips;
	actor->ip_count = list.n;
}

static void read_agent(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	struct ks_scenario_actor *actor)
{
	const char *names[64];
	struct ks_str text;
	size_t n = 0;

	if (!ks_scenario_read_text(r, mapping, "agent", &text))
		return;
	actor->agent = ks_callbook_agent(text);
	if (actor->agent == NULL && ks_str_find(text, KS_STR(" ")) >= 0)
		actor->agent = ks_arena_strdup(&r->out->arena, text);
	while (n < COUNT(names) && ks_callbook_agent_name(n) != NULL) {
		names[n] = ks_callbook_agent_name(n);
		n++;
	}
	if (actor->agent == NULL)
		ks_entry_fail_word(ks_yaml_find(mapping, "agent"), "user agent", names, n, r->problems);
}

static void read_key(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	struct ks_scenario_actor *actor)
{
	struct ks_keyid id;
	struct ks_err err = { 0 };

	if (!ks_scenario_read_text(r, mapping, "key", &actor->key))
		return;
	if (ks_keyid_parse(actor->key, &id, &err) != 0 || !id.kind->is_access_key)
		fail(r, ks_yaml_find(mapping, "key"), "this is no access key id");
}

static void read_kind(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	struct ks_scenario_actor *actor)
{
	static const char *const kinds[] = { "user", "role", "federated", "service" };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (ks_yaml_find(mapping, kinds[i]) != NULL) {
			n++;
			actor->kind = (enum ks_scenario_kind)i;
			ks_scenario_read_text(r, mapping, kinds[i], &actor->user);
		}
	if (n != 1)
		fail(r, mapping, "an actor is one of 'user', 'role', 'federated', 'service'");
}

/* IAM has no two users, and no two roles, whose names differ in nothing but case. */
static void check_name(struct ks_scenario_reader *r, const struct ks_yaml_node *node,
	const struct ks_scenario_actor *actor)
{
	for (size_t i = 0; i < r->out->actors.n; i++) {
		const struct ks_scenario_actor *other = KS_VEC_AT(&r->out->actors, struct ks_scenario_actor, i);

		if (actor->kind != other->kind || actor->kind > KS_SCENARIO_ROLE ||
			!ks_str_is_equal_nocase(actor->user, other->user) || ks_str_is_equal(actor->user, other->user))
			continue;
		ks_problem_add_at(r->problems, KS_ERR_PARSE, node->line, node->column, "AWS takes '" KS_STR_FMT
			"' and '" KS_STR_FMT "' for one name: write it in one way", KS_STR_ARG(actor->user),
			KS_STR_ARG(other->user));
		return;
	}
}

static void read_one_actor(struct ks_scenario_reader *r, const struct ks_yaml_node *name,
	const struct ks_yaml_node *mapping)
{
	struct ks_scenario_actor actor = { .name = name->text, .of = KS_SCENARIO_NOBODY };

	if (!ks_entry_check(mapping, "an actor", actor_keys, COUNT(actor_keys), r->problems) &&
		mapping->kind != KS_YAML_MAPPING)
		return;
	read_kind(r, mapping, &actor);
	check_name(r, mapping, &actor);
	ks_scenario_read_text(r, mapping, "session", &actor.session);
	ks_scenario_read_text(r, mapping, "decoy", &actor.decoy);
	read_key(r, mapping, &actor);
	if (ks_yaml_find(mapping, "of") != NULL)
		ks_scenario_read_actor(r, mapping, "of", &actor.of);
	if (ks_yaml_find(mapping, "ip") != NULL)
		read_ips(r, ks_yaml_find(mapping, "ip"), &actor);
	else if (actor.of == KS_SCENARIO_NOBODY && actor.kind != KS_SCENARIO_SERVICE)
		fail(r, mapping, "the actor has no 'ip'");
	read_agent(r, mapping, &actor);
	/* A session is used from where its holder is, unless it says more. */
	if (actor.of != KS_SCENARIO_NOBODY && actor.of < r->out->actors.n) {
		const struct ks_scenario_actor *holder = KS_VEC_AT(&r->out->actors, struct ks_scenario_actor,
			actor.of);

		if (actor.ip_count == 0) {
			actor.ips = holder->ips;
			actor.ip_count = holder->ip_count;
		}
		if (actor.agent == NULL)
			actor.agent = holder->agent;
	}
	if (actor.kind == KS_SCENARIO_FEDERATED && actor.of == KS_SCENARIO_NOBODY)
		fail(r, mapping, "a federated session needs 'of': whose key it came from");
	if (actor.decoy.p != NULL && actor.kind != KS_SCENARIO_USER)
		fail(r, mapping, "only the key of a 'user' can be a decoy");
	if (actor.agent == NULL && ks_yaml_find(mapping, "agent") == NULL)
		actor.agent = ks_callbook_agent(KS_STR("boto3-linux"));
	*(struct ks_scenario_actor *)ks_vec_push(&r->out->actors) = actor;
}

static void read_actors(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, "actors");

	if (node == NULL || node->kind != KS_YAML_MAPPING || node->n == 0) {
		fail(r, node != NULL ? node : document, "'actors' must be a mapping of names to actors");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		read_one_actor(r, node->keys[i], node->items[i]);
}

/* ---- steps --------------------------------------------------------------------------------------- */

static void read_regions(struct ks_scenario_reader *r, const struct ks_yaml_node *node,
	struct ks_scenario_step *step)
{
	struct ks_entry_list list = { NULL, NULL, 0 };
	const struct ks_partition *partition = ks_partition_of_region(r->out->home);
	size_t n = 0;

	if (node == NULL) {
		step->regions = &r->out->home;
		step->region_count = 1;
		return;
	}
	if (node->kind == KS_YAML_STRING && ks_str_is(node->text, "all") && partition != NULL) {
		struct ks_str *all;

		while (partition->ses_regions[n] != NULL)
			n++;
		all = ks_arena_alloc(&r->out->arena, (n + 1) * sizeof(*all));
		for (size_t i = 0; i < n; i++)
			all[i] = ks_str_of(partition->ses_regions[i]);
		step->regions = all;
		step->region_count = n;
		return;
	}
	if (!ks_entry_strings(node, "'regions'", &r->out->arena, r->problems, &list))
		return;
	for (size_t i = 0; i < list.n; i++)
		if (ks_partition_of_region(list.p[i]) == NULL)
			fail(r, list.nodes[i], "this is no Region's name");
	step->regions = list.p;
	step->region_count = list.n;
}

static void read_call(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	struct ks_scenario_step *step)
{
	const char *names[256];
	struct ks_str text;
	size_t n = 0;

	if (!ks_scenario_need_text(r, mapping, "call", &text))
		return;
	step->call = ks_callbook_find(text);
	if (step->call != NULL)
		return;
	for (; n < COUNT(names) && ks_callbook_at(n) != NULL; n++)
		names[n] = ks_arena_printf(&r->out->arena, "%s:%s", ks_callbook_at(n)->service,
			ks_callbook_at(n)->operation);
	ks_entry_fail_word(ks_yaml_find(mapping, "call"), "call", names, n, r->problems);
}

static void read_with(struct ks_scenario_reader *r, const struct ks_yaml_node *node,
	struct ks_scenario_step *step)
{
	struct ks_scenario_with *list;

	if (node->kind != KS_YAML_MAPPING) {
		fail(r, node, "'with' must be a mapping of members to values");
		return;
	}
	list = ks_arena_alloc(&r->out->arena, (node->n + 1) * sizeof(*list));
	for (size_t i = 0; i < node->n; i++) {
		const struct ks_yaml_node *value = node->items[i];

		if (value->kind == KS_YAML_SEQUENCE || value->kind == KS_YAML_MAPPING || value->kind == KS_YAML_NULL)
			fail(r, value, "a member's value is a text, a number, true or false");
		if (step->call != NULL && !ks_callbook_takes(step->call, node->keys[i]->text))
			ks_problem_add_at(r->problems, KS_ERR_PARSE, node->keys[i]->line, node->keys[i]->column,
				"%s:%s takes no '" KS_STR_FMT "'", step->call->service, step->call->operation,
				KS_STR_ARG(node->keys[i]->text));
		list[i] = (struct ks_scenario_with){ node->keys[i]->text, value->text };
	}
	step->with = list;
	step->with_count = node->n;
}

static void read_outcome(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	struct ks_scenario_step *step)
{
	const struct ks_scenario_actor *actor = KS_VEC_AT(&r->out->actors, struct ks_scenario_actor,
		step->actor);
	struct ks_str text = actor->decoy.p != NULL ? KS_STR("denied") : KS_STR("allowed");

	if (ks_yaml_find(mapping, "outcome") != NULL && !ks_scenario_read_text(r, mapping, "outcome", &text))
		return;
	step->error = ks_str_is(text, "allowed") ? (struct ks_str){ NULL, 0 } : text;
}

static void read_repeat(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping,
	struct ks_scenario_step *step)
{
	const struct ks_yaml_node *node = ks_yaml_find(mapping, "repeat");

	step->repeat = 1;
	step->every_ms = KS_TIME_SECOND;
	if (node != NULL)
		ks_entry_count(node, "'repeat'", 1, REPEAT_MOST, r->problems, &step->repeat);
	ks_scenario_read_span(r, mapping, "every", &step->every_ms);
	step->within_ms = (int64_t)(step->region_count > 0 ? step->region_count - 1 : 0) * KS_TIME_SECOND;
	ks_scenario_read_span(r, mapping, "within", &step->within_ms);
}

static void read_step(struct ks_scenario_reader *r, const struct ks_yaml_node *mapping)
{
	struct ks_scenario_step step = { .grants = KS_SCENARIO_NOBODY };

	if (!ks_entry_check(mapping, "a step", step_keys, COUNT(step_keys), r->problems) &&
		mapping->kind != KS_YAML_MAPPING)
		return;
	if (!ks_scenario_read_span(r, mapping, "at", &step.at_ms) && ks_yaml_find(mapping, "at") == NULL)
		fail(r, mapping, "'at' is missing here");
	read_call(r, mapping, &step);
	if (!ks_scenario_read_actor(r, mapping, "as", &step.actor) || r->out->actors.n == 0)
		return;
	read_regions(r, ks_yaml_find(mapping, "regions"), &step);
	read_outcome(r, mapping, &step);
	read_repeat(r, mapping, &step);
	if (ks_yaml_find(mapping, "with") != NULL)
		read_with(r, ks_yaml_find(mapping, "with"), &step);
	if (ks_yaml_find(mapping, "grants") != NULL &&
		ks_scenario_read_actor(r, mapping, "grants", &step.grants) &&
		KS_VEC_AT(&r->out->actors, struct ks_scenario_actor, step.grants)->of == KS_SCENARIO_NOBODY)
		fail(r, ks_yaml_find(mapping, "grants"), "an actor whose session is granted needs 'of'");
	*(struct ks_scenario_step *)ks_vec_push(&r->out->steps) = step;
}

static void read_steps(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	const struct ks_yaml_node *list = NULL;
	uint64_t calls = 0;

	if (!ks_scenario_read_list(r, document, "steps", &list)) {
		if (ks_yaml_find(document, "steps") == NULL && ks_yaml_find(document, "last_used") == NULL)
			fail(r, document, "the scenario has no 'steps'");
		return;
	}
	if (list->n > KS_SCENARIO_STEPS)
		fail(r, list, "a scenario has at most 2000 steps");
	for (size_t i = 0; i < list->n && i < KS_SCENARIO_STEPS; i++)
		read_step(r, list->items[i]);
	for (size_t i = 0; i < r->out->steps.n; i++) {
		const struct ks_scenario_step *step = KS_VEC_AT(&r->out->steps, struct ks_scenario_step, i);

		calls += (uint64_t)step->repeat * step->region_count;
		if (i > 0 && step->at_ms < step[-1].at_ms)
			fail(r, list->items[i], "steps stand in the order of their times: this one is before the last");
	}
	if (calls > KS_SCENARIO_CALLS)
		fail(r, list, "the steps make more than 20000 calls together");
}

/* ---- the document -------------------------------------------------------------------------------- */

static void read_name(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	if (!ks_scenario_need_text(r, document, "name", &r->out->name))
		return;
	for (size_t i = 0; i < r->out->name.n; i++) {
		char c = r->out->name.p[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || i == 0)) {
			fail(r, ks_yaml_find(document, "name"), "a scenario's name has lower-case letters, digits "
				"and -");
			return;
		}
	}
}

static void read_place(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	const struct ks_yaml_node *noise = ks_yaml_find(document, "noise");
	static const char *const noise_keys[] = { "rate" };
	uint64_t number;

	if (ks_scenario_read_text(r, document, "account", &r->out->account) &&
		!ks_keyid_parse_account(r->out->account, &number))
		fail(r, ks_yaml_find(document, "account"), "an account id has twelve digits, in quotes");
	if (ks_scenario_read_text(r, document, "home", &r->out->home) &&
		ks_partition_of_region(r->out->home) == NULL)
		fail(r, ks_yaml_find(document, "home"), "this is no Region's name");
	ks_scenario_read_span(r, document, "before", &r->out->before_ms);
	ks_scenario_read_span(r, document, "after", &r->out->after_ms);
	r->out->noise_rate = 60;
	if (noise != NULL && ks_entry_check(noise, "'noise'", noise_keys, COUNT(noise_keys), r->problems) &&
		ks_yaml_find(noise, "rate") != NULL)
		ks_entry_count(ks_yaml_find(noise, "rate"), "'rate'", 0, RATE_MOST, r->problems,
			&r->out->noise_rate);
}

static void read_document(struct ks_scenario_reader *r, const struct ks_yaml_node *document)
{
	if (!ks_entry_check(document, "a scenario", document_keys, COUNT(document_keys), r->problems) &&
		document->kind != KS_YAML_MAPPING)
		return;
	read_name(r, document);
	ks_scenario_need_text(r, document, "title", &r->out->title);
	ks_scenario_read_text(r, document, "case", &r->out->case_text);
	ks_scenario_read_text(r, document, "description", &r->out->description);
	read_place(r, document);
	read_actors(r, document);
	read_steps(r, document);
	ks_scenario_expect_read_uses(r, document);
	ks_scenario_expect_read_injects(r, document);
	ks_scenario_expect_read(r, document);
}

bool ks_scenario_read(struct ks_scenario *scenario, const char *file, struct ks_str text,
	struct ks_problems *problems)
{
	struct ks_scenario_reader r = { scenario, problems };
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	size_t errors = problems->errors;
	struct ks_err err = { 0 };

	problems->file = file;
	scenario->text = ks_arena_copy(&scenario->arena, text);
	if (ks_yaml_parse(scenario->text, &scenario->arena, &documents, &err) != 0)
		ks_problem_add(problems, &err);
	else if (documents.n != 1)
		ks_problem_add_at(problems, KS_ERR_PARSE, 1, 1, "a file holds one scenario, and this one %s",
			documents.n == 0 ? "holds none" : "holds more");
	else
		read_document(&r, *KS_VEC_AT(&documents, struct ks_yaml_node *, 0));
	problems->file = NULL;
	ks_vec_release(&documents);
	return problems->errors == errors;
}

bool ks_scenario_load(struct ks_scenario *scenario, const char *path, struct ks_problems *problems)
{
	struct ks_err err = { 0 };
	struct ks_buf text;
	bool is_good = false;

	ks_buf_init(&text, KS_LIMIT_RULE_FILE);
	if (ks_file_load(path, &text, &err) == 0) {
		is_good = ks_scenario_read(scenario, ks_arena_strdup(&scenario->arena, ks_str_of(path)),
			ks_buf_str(&text), problems);
	} else {
		ks_err_set_file(&err, path);
		ks_problem_add(problems, &err);
	}
	ks_buf_release(&text);
	return is_good;
}

int64_t ks_scenario_length(const struct ks_scenario *scenario)
{
	int64_t length = 0;

	for (size_t i = 0; i < scenario->steps.n; i++) {
		const struct ks_scenario_step *step = KS_VEC_AT(&scenario->steps, struct ks_scenario_step, i);
		int64_t end = step->at_ms + (step->repeat - 1) * step->every_ms + step->within_ms;

		length = end > length ? end : length;
	}
	for (size_t i = 0; i < scenario->uses.n; i++) {
		int64_t at = KS_VEC_AT(&scenario->uses, struct ks_scenario_use, i)->at_ms;

		length = at > length ? at : length;
	}
	return length;
}

int64_t ks_scenario_begin(const struct ks_scenario *scenario, size_t actor)
{
	int64_t begin = KS_TIME_NONE;

	for (size_t i = 0; i < scenario->steps.n && begin == KS_TIME_NONE; i++) {
		const struct ks_scenario_step *step = KS_VEC_AT(&scenario->steps, struct ks_scenario_step, i);

		if (step->actor == actor ||
			KS_VEC_AT(&scenario->actors, struct ks_scenario_actor, step->actor)->of == actor)
			begin = step->at_ms;
	}
	for (size_t i = 0; i < scenario->uses.n && begin == KS_TIME_NONE; i++)
		if (KS_VEC_AT(&scenario->uses, struct ks_scenario_use, i)->actor == actor)
			begin = KS_VEC_AT(&scenario->uses, struct ks_scenario_use, i)->at_ms;
	return begin;
}

/* Needs of rules, as anchors and as routes by event name. */
#include "lib/engine/wants.h"

#include "lib/base/mem.h"
#include "lib/engine/wants_sift.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED 4096u        /* names that a thread keeps routes for */
#define MOST_KEY 512u           /* bytes of a name and a service that it looks up */
#define MOST_PHRASES 32u        /* texts that are looked for by themselves */
#define OFTEN 64u               /* times that a route is taken before its rules are picked */
#define MOST_PICKS 64u          /* of a thread, and values that they hold together: some 6 MB */
#define MOST_PICKED 100000u
#define COMMON 2u               /* letters that nearly every name holds, for all one knows */

/* Whether the rule needs the signer's key to be a long-term one. */
static bool is_keyed(const struct ks_program *program, size_t rule)
{
	bool is_one = true;
	struct ks_need need;

	ks_need_init(&need);
	ks_need_find(program, rule, (const char *const[]){ "userIdentity.accessKeyId" }, 1, &need);
	for (size_t i = 0; i < need.atoms.n && is_one; i++) {
		const struct ks_pattern *pattern = KS_VEC_AT(&need.atoms, struct ks_need_atom, i)->pattern;

		is_one = pattern != NULL &&
			(pattern->kind == KS_PATTERN_EXACT || pattern->kind == KS_PATTERN_PREFIX) &&
			ks_str_is_equal_nocase(ks_str_sub(pattern->literal, 0, 4), KS_STR("AKIA"));
	}
	is_one = is_one && !need.is_every;
	ks_need_release(&need);
	return is_one;
}

/* What the rule needs besides: records of calls that were allowed name no error. */
static unsigned find_besides(const struct ks_program *program, size_t rule)
{
	unsigned besides = is_keyed(program, rule) ? KS_WANTS_KEYED : 0;
	struct ks_need need;

	ks_need_init(&need);
	ks_need_find(program, rule, (const char *const[]){ "errorCode" }, 1, &need);
	besides |= need.is_every ? 0 : (unsigned)KS_WANTS_FAILED;
	ks_need_release(&need);
	return besides;
}

/* Whether nothing but exact texts of eventSource is needed. */
static bool has_services(const struct ks_need *need)
{
	for (size_t i = 0; i < need->atoms.n; i++) {
		const struct ks_pattern *pattern = KS_VEC_AT(&need->atoms, struct ks_need_atom, i)->pattern;

		if (pattern == NULL || pattern->kind != KS_PATTERN_EXACT)
			return false;
	}
	return !need->is_every;
}

enum ks_wants_actors ks_wants_actors(const struct ks_program *program, size_t rule, struct ks_vec *services)
{
	static const char *const others[] = { "actor.first_seen.region", "actor.first_seen.ip",
		"actor.idle_days" };
	bool is_cheap = ks_need_reads(program, rule, KS_STR("actor.first_seen.service"));
	struct ks_need need;

	if (!ks_need_reads(program, rule, KS_STR("actor.")))
		return KS_WANTS_NO_ACTORS;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		is_cheap = is_cheap && !ks_need_reads(program, rule, ks_str_of(others[i]));
	ks_need_init(&need);
	ks_need_find(program, rule, (const char *const[]){ "eventSource" }, 1, &need);
	is_cheap = is_cheap && has_services(&need);
	for (size_t i = 0; is_cheap && services != NULL && i < need.atoms.n; i++)
		*(const struct ks_pattern **)ks_vec_push(services) =
			KS_VEC_AT(&need.atoms, struct ks_need_atom, i)->pattern;
	ks_need_release(&need);
	return is_cheap ? KS_WANTS_SERVICES : KS_WANTS_ACTORS;
}

static bool is_of_actors(const struct ks_program *program, const uint32_t *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (paths[i] < program->path_count &&
			ks_str_has_prefix(program->paths[paths[i]], KS_STR("actor.")))
			return true;
	return false;
}

/* Whether a correlation tells events apart by what is new for actors. */
static bool is_grouped_by_actors(const struct ks_program *program)
{
	for (size_t i = 0; i < program->correlation_count; i++) {
		const struct ks_correlation *correlation = program->correlations[i];

		for (size_t j = 0; j < correlation->part_count; j++) {
			const struct ks_correlation_part *part = &correlation->parts[j];

			if (is_of_actors(program, part->group, correlation->group_count) ||
				is_of_actors(program, part->fields, correlation->field_count))
				return true;
		}
	}
	return false;
}

/* The paths of ks_anchor_others that rules ask for; what else ends like them is looked at for nothing. */
static const char *const other_paths[KS_ANCHOR_OTHERS] = { "userAgent", "errorCode", "sourceIPAddress",
	"userIdentity.type", "userIdentity.arn" };

static void add_atom(struct ks_wants *wants, const struct ks_need_atom *atom, unsigned besides)
{
	struct ks_str path = wants->program->paths[atom->field];

	if (ks_str_is(path, "eventName"))
		ks_wanted_add(&wants->names[besides], atom->pattern);
	else if (ks_str_is(path, "eventSource"))
		ks_wanted_add(&wants->sources[besides], atom->pattern);
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++)
		if (ks_str_is(path, other_paths[i]))
			ks_wanted_add(&wants->others[i], atom->pattern);
	/* What is below decoy. and responder. can only be there when an id of the set stands in the record. */
}

/* Texts that hardly any record holds are looked for by themselves, which is cheaper than a look at each
 * value of their member; where one of the member's is none of that kind, or there are too many, that look is
 * needed all the same. */
static void find_phrases(struct ks_wants *wants, struct ks_wanted *other)
{
	size_t before = wants->phrases.n;

	for (size_t i = 0; i < other->patterns.n; i++) {
		const struct ks_pattern *pattern = *KS_VEC_AT(&other->patterns, const struct ks_pattern *, i);
		struct ks_phrase phrase;

		if (pattern == NULL || pattern->kind == KS_PATTERN_ANY || wants->phrases.n == MOST_PHRASES ||
			!ks_phrase_set(&phrase, ks_pattern_text(pattern), pattern->kind == KS_PATTERN_EXACT)) {
			wants->phrases.n = before;
			return;
		}
		*(struct ks_phrase *)ks_vec_push(&wants->phrases) = phrase;
	}
	ks_vec_clear(&other->patterns);
}

static void build(struct ks_wants *wants)
{
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++) {
		find_phrases(wants, &wants->others[i]);
		ks_wanted_build(&wants->others[i], &wants->arena);
	}
	for (size_t i = 0; i < KS_WANTS_BESIDES; i++) {
		ks_wanted_build(&wants->names[i], &wants->arena);
		ks_wanted_build(&wants->sources[i], &wants->arena);
	}
}

/* Text that narrows nothing down by being there: too short, or part of every service's name. */
static bool is_common(struct ks_str text, bool is_service)
{
	return text.n <= COMMON || (is_service && ks_str_find(KS_STR(".amazonaws.com"), text) >= 0);
}

/* Whether nearly every name of a call or, if is_service, of a service fits. */
static bool is_wide(const struct ks_pattern *pattern, bool is_service)
{
	struct ks_str literal = pattern->literal;

	if (pattern->kind == KS_PATTERN_EXACT)
		return false;
	if (pattern->kind != KS_PATTERN_GLOB)
		return is_common(literal, is_service);
	for (size_t from = 0, at = 0; at <= literal.n; at++) {
		if (at < literal.n && pattern->marks[at] == KS_PATTERN_LITERAL)
			continue;
		if (!is_common(ks_str_sub(literal, from, at - from), is_service))
			return false;
		from = at + 1;
	}
	return true;
}

/* Whether each atom is a text that tells records apart: that a member is there, nearly every one says. */
static bool has_texts(const struct ks_need *need)
{
	for (size_t i = 0; i < need->atoms.n; i++) {
		const struct ks_pattern *pattern = KS_VEC_AT(&need->atoms, struct ks_need_atom, i)->pattern;

		if (pattern == NULL || is_wide(pattern, false))
			return false;
	}
	return !need->is_every;
}

void ks_wants_need(const struct ks_program *program, size_t rule, struct ks_need *out)
{
	static const char *const first[] = { "eventName", "eventSource", "decoy.", "responder." };
	const size_t n = sizeof(first) / sizeof(first[0]);
	const char *all[sizeof(first) / sizeof(first[0]) + KS_ANCHOR_OTHERS];
	struct ks_need more;

	ks_need_find(program, rule, first, n, out);
	if (!out->is_every)
		return;
	memcpy(all, first, sizeof(first));
	memcpy(all + n, other_paths, sizeof(other_paths));
	ks_need_init(&more);
	ks_need_find(program, rule, all, n + KS_ANCHOR_OTHERS, &more);
	if (has_texts(&more)) {
		ks_need_release(out);
		*out = more;
	} else {
		ks_need_release(&more);
	}
}

/* The item of a detection that an atom stands for, or NULL. */
static const struct ks_item *item_of(const struct ks_detection *detection, const struct ks_need_atom *atom)
{
	for (size_t i = 0; i < detection->item_count; i++) {
		const struct ks_item *item = &detection->items[i];

		for (size_t j = 0; j < item->test_count; j++) {
			const struct ks_test *test = &item->tests[j];

			if (atom->pattern != NULL ? &test->u.pattern == atom->pattern :
				(item->field == atom->field && test->kind != KS_TEST_STRING) ||
				(item->field == atom->field && test->u.pattern.kind == KS_PATTERN_ANY) ||
				(test->kind == KS_TEST_FIELD && test->u.other.path == atom->field))
				return item;
		}
	}
	return NULL;
}

static const struct ks_item *item_of_rule(const struct ks_rule *rule, const struct ks_need_atom *atom)
{
	const struct ks_detection *part;
	const struct ks_item *item = NULL;

	for (size_t p = 0; item == NULL && (part = ks_detection_part(&rule->detection, p)) != NULL; p++)
		item = item_of(part, atom);
	return item;
}

const struct ks_item *ks_wants_wide(const struct ks_program *program, size_t rule,
	const struct ks_need *need)
{
	for (size_t i = 0; i < need->atoms.n && !need->is_every; i++) {
		const struct ks_need_atom *atom = KS_VEC_AT(&need->atoms, struct ks_need_atom, i);
		bool is_service = ks_str_is(program->paths[atom->field], "eventSource");

		if ((is_service || ks_str_is(program->paths[atom->field], "eventName")) &&
			(atom->pattern == NULL || is_wide(atom->pattern, is_service)))
			return item_of_rule(program->rules[rule], atom);
	}
	return NULL;
}

void ks_wants_init(struct ks_wants *wants, const struct ks_program *program)
{
	*wants = (struct ks_wants){ .program = program, .name_path = UINT32_MAX, .source_path = UINT32_MAX,
		.phrases = KS_VEC_OF(struct ks_phrase), .sifted = KS_VEC_OF(uint32_t),
		.is_other = ks_mem_alloc((program->path_count + 1) * sizeof(*wants->is_other)),
		.needs = ks_mem_alloc((program->rule_count + 1) * sizeof(*wants->needs)),
		.learned = KS_VEC_OF(const struct ks_pattern *), .learns_every = is_grouped_by_actors(program),
		.asks_actor = ks_mem_alloc((program->rule_count + 1) * sizeof(*wants->asks_actor)) };
	ks_arena_init(&wants->arena);
	for (size_t i = 0; i < KS_WANTS_BESIDES; i++) {
		ks_wanted_init(&wants->names[i]);
		ks_wanted_init(&wants->sources[i]);
	}
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++)
		ks_wanted_init(&wants->others[i]);
	for (size_t i = 0; i < program->path_count; i++)
		for (size_t j = 0; j < KS_ANCHOR_OTHERS; j++)
			wants->is_other[i] |= ks_str_is(program->paths[i], other_paths[j]);
	for (size_t i = 0; i < program->path_count; i++)
		if (ks_str_is(program->paths[i], "eventName"))
			wants->name_path = (uint32_t)i;
		else if (ks_str_is(program->paths[i], "eventSource"))
			wants->source_path = (uint32_t)i;
	for (size_t i = 0; i < program->rule_count; i++) {
		struct ks_need *need = &wants->needs[i];
		enum ks_wants_actors actors = ks_wants_actors(program, i, &wants->learned);
		unsigned besides = find_besides(program, i);

		wants->asks_actor[i] = actors != KS_WANTS_NO_ACTORS;
		wants->learns_every |= actors == KS_WANTS_ACTORS;
		ks_need_init(need);
		ks_wants_need(program, i, need);
		if (need->is_every && ks_wants_sift_can(program, i))
			*(uint32_t *)ks_vec_push(&wants->sifted) = (uint32_t)i;
		else
			wants->is_every |= need->is_every;
		for (size_t j = 0; j < need->atoms.n; j++)
			add_atom(wants, KS_VEC_AT(&need->atoms, struct ks_need_atom, j), besides);
	}
	build(wants);
}

void ks_wants_release(struct ks_wants *wants)
{
	if (wants == NULL || wants->program == NULL)
		return;
	for (size_t i = 0; i < wants->program->rule_count; i++)
		ks_need_release(&wants->needs[i]);
	free(wants->needs);
	free(wants->asks_actor);
	free(wants->is_other);
	ks_vec_release(&wants->learned);
	ks_vec_release(&wants->phrases);
	ks_vec_release(&wants->sifted);
	for (size_t i = 0; i < KS_WANTS_BESIDES; i++) {
		ks_wanted_release(&wants->names[i]);
		ks_wanted_release(&wants->sources[i]);
	}
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++)
		ks_wanted_release(&wants->others[i]);
	ks_arena_release(&wants->arena);
	*wants = (struct ks_wants){ 0 };
}

void ks_wants_grants(struct ks_wants *wants)
{
	wants->has_grants = true;
}

static bool hands_out(const void *arg, struct ks_str name)
{
	(void)arg;
	return ks_str_is(name, "AssumeRole") || ks_str_is(name, "GetSessionToken") ||
		ks_str_is(name, "GetFederationToken");
}

struct ks_anchors ks_wants_anchors(const struct ks_wants *wants, const struct ks_keyset *keys)
{
	struct ks_anchors anchors = { .keys = keys, .every = wants->is_every || wants->sifted.n > 0,
		.tells_keys = true };
	struct ks_anchor_field *const names[KS_WANTS_BESIDES] = { &anchors.name, &anchors.keyed_name,
		&anchors.failed_name, &anchors.keyed_failed_name };
	struct ks_anchor_field *const sources[KS_WANTS_BESIDES] = { &anchors.source, &anchors.keyed_source,
		&anchors.failed_source, &anchors.keyed_failed_source };

	for (size_t i = 0; i < KS_WANTS_BESIDES; i++) {
		if (wants->names[i].patterns.n > 0)
			*names[i] = (struct ks_anchor_field){ ks_wanted_is_met, &wants->names[i] };
		if (wants->sources[i].patterns.n > 0)
			*sources[i] = (struct ks_anchor_field){ ks_wanted_is_met, &wants->sources[i] };
	}
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++)
		if (wants->others[i].patterns.n > 0)
			anchors.others[i] = (struct ks_anchor_field){ ks_wanted_is_met, &wants->others[i] };
	anchors.phrases = wants->phrases.p;
	anchors.phrase_count = wants->phrases.n;
	for (size_t i = 0; i < wants->phrases.n; i++) {
		const struct ks_phrase *phrase = KS_VEC_AT(&wants->phrases, struct ks_phrase, i);

		anchors.has_slash |= memchr(phrase->text, '/', phrase->n) != NULL;
	}
	if (wants->has_grants)
		anchors.handing = (struct ks_anchor_field){ hands_out, NULL };
	return anchors;
}

void ks_wants_limit(const struct ks_wants *wants, struct ks_novelty *novelty)
{
	struct ks_vec services = KS_VEC_OF(struct ks_str);

	if (wants->learns_every)
		return;
	for (size_t i = 0; i < wants->learned.n; i++) {
		struct ks_str service = (*KS_VEC_AT(&wants->learned, const struct ks_pattern *, i))->literal;
		bool is_there = false;

		for (size_t j = 0; j < services.n; j++)
			is_there |= ks_str_is_equal_nocase(*KS_VEC_AT(&services, struct ks_str, j), service);
		if (!is_there)
			*(struct ks_str *)ks_vec_push(&services) = service;
	}
	ks_novelty_limit(novelty, services.p, services.n);
	ks_vec_release(&services);
}

/* In whatever case: the limit knows no other. */
static bool is_learned(const void *arg, struct ks_str value)
{
	const struct ks_vec *patterns = arg;

	for (size_t i = 0; i < patterns->n; i++)
		if (ks_str_is_equal_nocase((*KS_VEC_AT(patterns, const struct ks_pattern *, i))->literal, value))
			return true;
	return false;
}

void ks_wants_learn(const struct ks_wants *wants, struct ks_anchors *anchors,
	struct ks_wants_times *times)
{
	if (wants->learns_every) {
		anchors->every = true;
		return;
	}
	if (wants->learned.n == 0)
		return;
	anchors->learned = (struct ks_anchor_field){ is_learned, &wants->learned };
	*times = (struct ks_wants_times){ .range = { INT64_MAX, INT64_MIN } };
	ks_anchor_set_times(&times->text, times->range.first_ms, times->range.last_ms);
	anchors->times = &times->text;
}

void ks_wants_update(const struct ks_novelty *novelty, struct ks_wants_times *times)
{
	struct ks_novelty_range range = ks_novelty_range(novelty);

	if (range.first_ms == times->range.first_ms && range.last_ms == times->range.last_ms)
		return;
	times->range = range;
	ks_anchor_set_times(&times->text, range.first_ms, range.last_ms);
}

void ks_wants_begin(struct ks_routes *routes, const struct ks_wants *wants)
{
	size_t count = wants->program->rule_count;

	*routes = (struct ks_routes){ .wants = wants };
	ks_map_init(&routes->by_name);
	ks_buf_init(&routes->key, MOST_KEY);
	ks_arena_init(&routes->arena);
	ks_pick_init(&routes->picker);
	routes->picks = KS_VEC_OF(struct ks_wants_pick);
	routes->budget = MOST_PICKED;
	routes->all = (struct ks_route){ .rules = ks_arena_alloc(&routes->arena, (count + 1) * sizeof(uint32_t)),
		.n = count };
	for (size_t i = 0; i < count; i++)
		routes->all.rules[i] = (uint32_t)i;
}

void ks_wants_end(struct ks_routes *routes)
{
	if (routes == NULL || routes->wants == NULL)
		return;
	ks_map_release(&routes->by_name);
	ks_buf_release(&routes->key);
	ks_arena_release(&routes->arena);
	ks_pick_release(&routes->picker);
	ks_vec_release(&routes->picks);
}

/* What is said of an event as a whole; p NULL for a field that is not asked for, or not told by one text. */
struct heading {
	struct ks_str name, source;
	unsigned known;
};

/* Whether a value of the field may be what the atom asks for, as far as the heading alone tells. */
static bool may_hold(const struct ks_wants *wants, const struct ks_need_atom *atom,
	const struct heading *heading)
{
	struct ks_str path = wants->program->paths[atom->field], text = { NULL, 0 };

	if ((heading->known & KS_WANTS_NO_OTHER) != 0 && wants->is_other[atom->field])
		return false;
	if ((heading->known & KS_WANTS_NOBODYS) != 0 &&
		(ks_str_has_prefix(path, KS_STR("decoy.")) || ks_str_has_prefix(path, KS_STR("responder."))))
		return false;
	if (atom->field == wants->name_path)
		text = heading->name;
	else if (atom->field == wants->source_path)
		text = heading->source;
	return text.p == NULL || atom->pattern == NULL || ks_pattern_is_match(atom->pattern, text);
}

static bool is_open(const struct ks_wants *wants, size_t rule, const struct heading *heading)
{
	const struct ks_need *need = &wants->needs[rule];

	for (size_t i = 0; !need->is_every && i < need->atoms.n; i++)
		if (may_hold(wants, KS_VEC_AT(&need->atoms, struct ks_need_atom, i), heading))
			return true;
	return need->is_every;
}

static struct ks_route *work_out(struct ks_routes *routes, const struct heading *heading)
{
	const struct ks_wants *wants = routes->wants;
	struct ks_route *route = ks_arena_alloc(&routes->arena, sizeof(*route));

	route->rules = ks_arena_alloc(&routes->arena, (wants->program->rule_count + 1) * sizeof(uint32_t));
	for (size_t i = 0; i < wants->program->rule_count; i++)
		if (is_open(wants, i, heading))
			route->rules[route->n++] = (uint32_t)i;
	ks_map_put(&routes->by_name, ks_buf_str(&routes->key), route);
	return route;
}

/* The text of a field; p NULL without one, or with several: then nothing can be said by it. */
static struct ks_str text_of(const struct ks_view *view, uint32_t path)
{
	const struct ks_value *values;

	if (path == UINT32_MAX || view->values(view->arg, path, &values) != 1 ||
		values[0].kind != KS_VALUE_STRING)
		return (struct ks_str){ NULL, 0 };
	return values[0].text;
}

static const struct ks_pick *find_pick(struct ks_routes *routes, const struct ks_route *route)
{
	struct ks_wants_pick *made;

	for (size_t i = 0; i < routes->picks.n; i++) {
		const struct ks_wants_pick *old = KS_VEC_AT(&routes->picks, struct ks_wants_pick, i);

		if (old->route->n == route->n &&
			memcmp(old->route->rules, route->rules, route->n * sizeof(*route->rules)) == 0)
			return old->pick;
	}
	if (routes->picks.n == MOST_PICKS)
		return NULL;
	made = ks_vec_push(&routes->picks);
	*made = (struct ks_wants_pick){ route, ks_pick_make(routes->wants->program, route->rules, route->n,
		&routes->budget, &routes->arena) };
	return made->pick;
}

/* Of a route with many rules, those that the values of the event's fields leave. A pick pays once a route is
 * taken often. */
static const struct ks_route *narrow(struct ks_routes *routes, struct ks_route *route,
	const struct ks_view *view)
{
	if (route->n < KS_PICK_LEAST)
		return route;
	if (route->taken < OFTEN && ++route->taken == OFTEN)
		route->pick = find_pick(routes, route);
	if (route->pick == NULL)
		return route;
	ks_pick_ask(route->pick, view, &routes->picker);
	routes->picked = (struct ks_route){ .rules = routes->picker.rules.p, .n = routes->picker.rules.n };
	return &routes->picked;
}

const struct ks_route *ks_wants_route(struct ks_routes *routes, const struct ks_view *view, unsigned known)
{
	struct heading heading = { text_of(view, routes->wants->name_path),
		text_of(view, routes->wants->source_path), known };
	struct ks_route *route;

	ks_buf_clear(&routes->key);
	ks_buf_addc(&routes->key, (char)('0' + known));
	ks_buf_addc(&routes->key, heading.name.p != NULL ? 'n' : '-');
	ks_buf_add(&routes->key, heading.name);
	ks_buf_addc(&routes->key, '\0');
	ks_buf_addc(&routes->key, heading.source.p != NULL ? 's' : '-');
	ks_buf_add(&routes->key, heading.source);
	/* A name may be too long, or hold a NUL. */
	if (routes->key.is_full ||
		(heading.name.p != NULL && memchr(heading.name.p, '\0', heading.name.n) != NULL))
		return narrow(routes, &routes->all, view);
	route = ks_map_find(&routes->by_name, ks_buf_str(&routes->key));
	if (route == NULL)
		route = routes->by_name.entries.n < REMEMBERED ? work_out(routes, &heading) : &routes->all;
	return narrow(routes, route, view);
}

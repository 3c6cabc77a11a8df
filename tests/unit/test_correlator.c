/* lib/engine/correlator against lib/engine/chains: whatever the batches, the order and the copies, the store
 * ends with the findings that one evaluation of everything gives. */
#include "lib/engine/correlator.h"

#include "lib/engine/chains.h"
#include "lib/engine/enrich.h"
#include "lib/incident/evidence.h"
#include "lib/sigma/matcher.h"
#include "lib/store/schema.h"
#include "tests/unit/engine.h"

#define MOST 48

static const char rules[] =
	"title: Get\nid: 11111111-1111-4111-8111-111111111111\nname: get\nlogsource: {product: aws}\n"
	"detection: {s: {eventName|startswith: Get}, condition: s}\n"
	"---\n"
	"title: Asked for much\nid: 21111111-1111-4111-8111-111111111111\nlevel: high\n"
	"correlation:\n  type: value_count\n  rules: [get]\n  group-by: [userIdentity.accessKeyId]\n"
	"  timespan: 100s\n  condition: {gte: 3, field: eventName}\n"
	"---\n"
	"title: Asked often\nid: 31111111-1111-4111-8111-111111111111\n"
	"correlation:\n  type: event_count\n  rules: [get]\n  timespan: 60s\n  condition: {gt: 3}\n"
	"  group-by: [userIdentity.accessKeyId, awsRegion]\n  generate: false\n";

/* Conditions that late events undo, and what is built on them. */
static const char more_rules[] =
	"---\n"
	"title: Asked little\nid: 41111111-1111-4111-8111-111111111111\nname: little\n"
	"correlation:\n  type: event_count\n  rules: [get]\n  timespan: 60s\n  condition: {eq: 2}\n"
	"  group-by: [userIdentity.accessKeyId]\n"
	"---\n"
	"title: Often little\nid: 51111111-1111-4111-8111-111111111111\n"
	"correlation:\n  type: event_count\n  rules: [little]\n  timespan: 600s\n  condition: {gte: 2}\n"
	"  group-by: [userIdentity.accessKeyId]\n  generate: true\n"
	"---\n"
	"title: Little in order\nid: 61111111-1111-4111-8111-111111111111\n"
	"correlation:\n  type: temporal_ordered\n  rules: [little, get]\n  timespan: 30s\n"
	"  group-by: [userIdentity.accessKeyId]\n  condition: {lt: 2}\n";

/* What is left in the end: finding id to its text. */
struct kept {
	struct ks_map texts; /* NULL: replaced */
	struct ks_arena arena;
	uint64_t given, replaced, withdrawn;
};

struct scene {
	struct fixture f;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct ks_watchlist watchlist;
	struct ks_db *db;
	uint32_t seed;
};

static uint32_t draw(struct scene *s, uint32_t below)
{
	s->seed = s->seed * 1664525u + 1013904223u;
	return (s->seed >> 8) % below;
}

static void kept_init(struct kept *kept)
{
	*kept = (struct kept){ .given = 0 };
	ks_map_init(&kept->texts);
	ks_arena_init(&kept->arena);
}

static void kept_release(struct kept *kept)
{
	ks_map_release(&kept->texts);
	ks_arena_release(&kept->arena);
}

static int keep_found(void *arg, const struct ks_ingest_correlated *found, struct ks_err *err)
{
	struct kept *kept = arg;

	(void)err;
	assert_true(found->matched_count > 0);
	assert_int_equal(found->matched[0].n, KS_EVENT_ID - 1);
	ks_map_put(&kept->texts, ks_str_of(found->id), ks_arena_strdup(&kept->arena, found->json));
	kept->given++;
	return 0;
}

static int keep_gone(void *arg, const char *id, const char *heir, struct ks_err *err)
{
	struct kept *kept = arg;

	(void)err;
	assert_non_null(ks_map_find(&kept->texts, ks_str_of(id)));
	ks_map_put(&kept->texts, ks_str_of(id), NULL);
	kept->replaced += heir != NULL;
	kept->withdrawn += heir == NULL;
	return 0;
}

static void keep_chain(void *arg, const struct ks_finding *finding, const void *note)
{
	struct kept *kept = arg;
	struct ks_json *json = ks_finding_to_json(finding);
	char id[KS_FINDING_ID];
	struct ks_buf text;

	(void)note;
	if (finding->rule->is_silent) {
		ks_json_free(json);
		return;
	}
	ks_buf_init(&text, 1u << 20);
	ks_json_render(json, &text);
	ks_finding_identify(finding, id);
	ks_map_put(&kept->texts, ks_str_of(id), ks_arena_strdup(&kept->arena, ks_buf_str(&text)));
	ks_json_free(json);
	ks_buf_release(&text);
}

static size_t count(const struct kept *kept)
{
	size_t n = 0;

	for (size_t i = 0; i < kept->texts.entries.n; i++)
		n += KS_VEC_AT(&kept->texts.entries, struct ks_map_entry, i)->value != NULL;
	return n;
}

static void scene_init(struct scene *s, bool has_more)
{
	struct ks_err err = { 0 };

	*s = (struct scene){ .seed = 4711 };
	fixture_init(&s->f);
	ks_ruleset_init(&s->ruleset);
	assert_int_equal(ks_ruleset_add(&s->ruleset, "r.yml", ks_str_of(rules)), 0);
	if (has_more)
		assert_int_equal(ks_ruleset_add(&s->ruleset, "m.yml", ks_str_of(more_rules)), 0);
	assert_int_equal(ks_ruleset_resolve(&s->ruleset), 0);
	ks_program_build(&s->program, &s->ruleset);
	ks_matcher_init(&s->matcher, &s->program);
	ks_watchlist_init(&s->watchlist);
	assert_int_equal(ks_schema_open(&s->f.ctx, fixture_path(&s->f, "store.db"), KS_DB_CREATE, &s->db, &err),
		0);
}

static void scene_release(struct scene *s)
{
	ks_db_close(s->db);
	ks_watchlist_release(&s->watchlist);
	ks_matcher_release(&s->matcher);
	ks_ruleset_release(&s->ruleset);
	fixture_release(&s->f);
}

/* One event, to whoever is given. */
static void hand_over(struct scene *s, const char *json, struct ks_correlator *correlator,
	struct ks_chains *chains)
{
	struct ks_err err = { 0 };
	struct ks_enriched enriched;
	struct engine_event e;
	struct ks_view view;
	enum ks_evidence_outcome outcome;

	engine_event_init(&e, json);
	ks_enrich_event(&e.event, &s->watchlist, &enriched);
	view = ks_event_view(&e.event, s->program.paths, s->program.path_count);
	if (correlator != NULL) {
		const struct ks_evidence evidence = { .identity = ks_str_of(e.event.identity),
			.event_id = e.event.event_id,
			.time_ms = e.event.time_ms,
			.key_kind = KS_STR("long-term"),
			.actor = KS_STR("key:x"),
			.raw = ks_str_of(json),
			.where_source = KS_STR("trail") };

		if (ks_evidence_put(s->db, &evidence, &outcome, &err) != 0)
			fail_msg("%s", err.message);
	}
	if (ks_matcher_eval(&s->matcher, 0, &view) == KS_VERDICT_YES) {
		const struct ks_finding finding = { .rule = s->program.rules[0],
			.event = &e.event,
			.key_kind = enriched.key_kind,
			.source = "trail" };

		if (correlator != NULL)
			assert_int_equal(ks_correlator_hit(correlator, s->db, 0, &e.event, &view, &err), 0);
		if (chains != NULL)
			assert_int_equal(ks_chains_add(chains,
								 &(struct ks_chains_hit){ .finding = &finding, .view = &view, .pass = 1 },
								 &err),
				0);
	}
	engine_event_release(&e);
}

static void make_events(struct scene *s, int round, char events[MOST][512], size_t n)
{
	static const char *const names[] = { "GetA", "GetB", "GetC", "GetD", "PutE" };
	static const char *const regions[] = { "us-east-1", "eu-west-1" };
	uint32_t range = 20 + draw(s, 1200);

	for (size_t i = 0; i < n; i++) {
		uint32_t at = draw(s, range);

		snprintf(events[i], 512,
			"{\"eventVersion\":\"1.11\",\"eventID\":\"%d-%zu\",\"eventTime\":"
			"\"2026-11-21T10:%02u:%02uZ\",\"eventSource\":\"ses.amazonaws.com\",\"eventName\":\"%s\","
			"\"awsRegion\":\"%s\",\"userIdentity\":{\"accessKeyId\":\"AKIAROUND%011d\"}}",
			round, i, at / 60, at % 60, names[draw(s, 5)], regions[draw(s, 2)], round);
	}
}

static void test_same(void **state)
{
	uint64_t findings = 0, replaced = 0, withdrawn = 0;
	struct scene s;

	(void)state;
	scene_init(&s, true);
	for (int round = 0; round < 150; round++) {
		struct ks_correlator *correlator = ks_correlator_new(&s.program, &s.watchlist);
		char events[MOST][512];
		size_t n = draw(&s, MOST), order[3 * MOST], deliveries = 0;
		struct kept stored, whole;
		struct ks_chains chains;
		struct ks_err err = { 0 };

		kept_init(&stored);
		kept_init(&whole);
		make_events(&s, round, events, n);
		ks_chains_init(&chains, &s.program, s.f.dir);
		for (size_t i = 0; i < n; i++) {
			hand_over(&s, events[i], NULL, &chains);
			for (uint32_t copies = 1 + draw(&s, 3); copies-- > 0;)
				order[deliveries++] = i;
		}
		assert_int_equal(ks_chains_finish(&chains,
							 &(struct ks_chains_sink){ .chain = keep_chain, .arg = &whole }, &err),
			0);
		ks_chains_release(&chains);
		for (size_t i = deliveries; i-- > 1;) {
			size_t j = draw(&s, (uint32_t)i + 1), kept = order[i];

			order[i] = order[j];
			order[j] = kept;
		}
		for (size_t at = 0; at < deliveries;) {
			size_t end = at + 1 + draw(&s, 12);
			bool is_lost = draw(&s, 4) == 0;
			size_t begin = at;

			/* A batch that is lost is delivered again, by a correlator that knows nothing of it. */
			assert_int_equal(ks_db_begin(s.db, &err), 0);
			for (; at < end && at < deliveries; at++)
				hand_over(&s, events[order[at]], correlator, NULL);
			if (is_lost) {
				ks_correlator_forget(correlator);
				ks_db_rollback(s.db);
				ks_correlator_free(correlator);
				correlator = ks_correlator_new(&s.program, &s.watchlist);
				at = begin;
				continue;
			}
			assert_int_equal(ks_correlator_eval(correlator, s.db,
								 &(struct ks_correlator_sink){ keep_found, keep_gone, &stored }, &err),
				0);
			assert_int_equal(ks_db_commit(s.db, &err), 0);
		}
		for (size_t i = 0; i < whole.texts.entries.n; i++) {
			const struct ks_map_entry *entry = KS_VEC_AT(&whole.texts.entries, struct ks_map_entry, i);
			const char *text = ks_map_find(&stored.texts, entry->key);

			assert_non_null(text);
			assert_string_equal(text, entry->value);
		}
		assert_int_equal(count(&stored), count(&whole));
		findings += count(&whole);
		replaced += stored.replaced;
		withdrawn += stored.withdrawn;
		kept_release(&stored);
		kept_release(&whole);
		ks_correlator_free(correlator);
	}
	/* The rounds have met what they are for. */
	assert_true(findings > 100);
	assert_true(replaced > 50);
	assert_true(withdrawn > 50);
	scene_release(&s);
}

/* A chain that began long before the batch is found whole, and one that did not change is not told again. */
static void test_far(void **state)
{
	static const char *const names[] = { "GetA", "GetB", "GetC" };
	struct ks_err err = { 0 };
	struct ks_correlator *correlator;
	struct kept stored;
	struct scene s;
	char json[512];

	(void)state;
	scene_init(&s, false);
	kept_init(&stored);
	correlator = ks_correlator_new(&s.program, &s.watchlist);
	for (int i = 0; i < 60; i++) {
		snprintf(json, sizeof(json),
			"{\"eventVersion\":\"1.11\",\"eventID\":\"e%d\",\"eventTime\":"
			"\"2026-11-21T10:%02d:00Z\",\"eventSource\":\"s\",\"eventName\":\"%s\",\"awsRegion\":\"r%d\","
			"\"userIdentity\":{\"accessKeyId\":\"AKIAROUND\"}}",
			i, i / 2, names[i % 3], i);
		assert_int_equal(ks_db_begin(s.db, &err), 0);
		hand_over(&s, json, correlator, NULL);
		assert_int_equal(ks_correlator_eval(correlator, s.db,
							 &(struct ks_correlator_sink){ keep_found, keep_gone, &stored }, &err),
			0);
		assert_int_equal(ks_db_commit(s.db, &err), 0);
	}
	assert_int_equal(count(&stored), 1);
	assert_int_equal(stored.replaced, 0);
	assert_int_equal(stored.given, 58);
	assert_int_equal(ks_db_begin(s.db, &err), 0);
	hand_over(&s, json, correlator, NULL);
	assert_int_equal(ks_correlator_eval(correlator, s.db,
						 &(struct ks_correlator_sink){ keep_found, keep_gone, &stored }, &err),
		0);
	assert_int_equal(ks_db_commit(s.db, &err), 0);
	assert_int_equal(stored.given, 58);
	ks_correlator_free(correlator);
	kept_release(&stored);
	scene_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same), cmocka_unit_test(test_far) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* lib/engine/chains: hits in any order and number, events that were read again, what is told of a chain. */
#include "lib/engine/chains.h"

#include "tests/unit/engine.h"

static const char rules[] =
	"title: Any\nid: 11111111-1111-4111-8111-111111111111\nname: any\nlogsource: {product: aws}\n"
	"detection: {s: {eventName|startswith: Get}, condition: s}\n"
	"---\n"
	"title: Much\nid: 21111111-1111-4111-8111-111111111111\nlevel: high\n"
	"correlation:\n  type: value_count\n  rules: [any]\n  group-by: [userIdentity.accessKeyId]\n"
	"  timespan: 10m\n  condition: {gte: 3, field: eventName}\n";

/* Events as "key letter, minute, name"; a pass in front: "2:". */
static const struct row {
	const char *name, *hits, *want;
} rows[] = {
	{ "three names", "a0A a1B a2C", "a0-a2 met a2: a0A a1B a2C\n" },
	{ "in any order", "a2C a0A a1B a1B a0A", "a0-a2 met a2: a0A a1B a2C\n" },
	{ "two keys", "b1A a0A b2B a1B b3C a2C", "a0-a2 met a2: a0A a1B a2C\nb1-b3 met b3: b1A b2B b3C\n" },
	{ "too few", "a0A a1B a2A b0C", "" },
	{ "read again: the last pass counts", "a0A a1B a2C 2:a0A 2:a1B 2:a2C", "a0-a2 met a2: a0A a1B a2C\n" },
	{ "read again, and no hit any more", "a0A a1B a2C 2:-a1B", "" },
	{ "no time", "a0A a1B a?C", "" },
};

/* Correlations of every kind that may leave hits aside, and one that may not. */
static const char mixed[] =
	"title: A\nid: 11111111-1111-4111-8111-111111111111\nname: a\nlogsource: {product: aws}\n"
	"detection: {s: {eventName: GetA}, condition: s}\n"
	"---\n"
	"title: B\nid: 21111111-1111-4111-8111-111111111111\nname: b\nlogsource: {product: aws}\n"
	"detection: {s: {eventName: GetB}, condition: s}\n"
	"---\n"
	"title: Count\nid: 31111111-1111-4111-8111-111111111111\n"
	"correlation: {type: event_count, rules: [a, b], group-by: [userIdentity.accessKeyId], timespan: 2m,\n"
	"  condition: {gt: 3}}\n"
	"---\n"
	"title: Exact\nid: 41111111-1111-4111-8111-111111111111\n"
	"correlation: {type: event_count, rules: [a, b], group-by: [userIdentity.accessKeyId], timespan: 1m,\n"
	"  condition: {gte: 2, lte: 3}}\n"
	"---\n"
	"title: Both\nid: 51111111-1111-4111-8111-111111111111\n"
	"correlation: {type: temporal, rules: [a, b], group-by: [userIdentity.accessKeyId], timespan: 1m}\n"
	"---\n"
	"title: Ordered\nid: 61111111-1111-4111-8111-111111111111\n"
	"correlation: {type: temporal_ordered, rules: [b, a], timespan: 1m}\n"
	"---\n"
	"title: Few\nid: 71111111-1111-4111-8111-111111111111\n"
	"correlation: {type: event_count, rules: [b], group-by: [userIdentity.accessKeyId], timespan: 1m,\n"
	"  condition: {lt: 2}}\n";

struct scene {
	struct fixture f;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_chains chains;
	struct ks_buf said;
	size_t count;
};

static void tell(void *arg, const struct ks_finding *finding, const void *note)
{
	struct scene *s = arg;
	const struct ks_correlated *chain = finding->correlated;
	char met[8];

	s->count++;
	memcpy(met, note, sizeof(met));
	assert_string_equal(met, finding->event->event_id.p);
	assert_string_equal(finding->source, "trail.json");
	assert_int_equal(finding->offset, 77);
	assert_true(ks_str_is(finding->event->key_id, met[0] == 'a' ? "a" : "b"));
	assert_int_equal(chain->events, chain->matched_count);
	ks_buf_addf(&s->said, "%c%d-%c%d met %c%c:", met[0], ks_time_split(chain->anchor_ms).minute, met[0],
		ks_time_split(chain->last_ms).minute, met[0], met[1]);
	for (size_t i = 0; i < chain->matched_count; i++)
		ks_buf_addf(&s->said, " " KS_STR_FMT, KS_STR_ARG(chain->matched[i]));
	ks_buf_addc(&s->said, '\n');
}

static void scene_init(struct scene *s, const char *text)
{
	*s = (struct scene){ .count = 0 };
	fixture_init(&s->f);
	ks_ruleset_init(&s->ruleset);
	assert_int_equal(ks_ruleset_add(&s->ruleset, "r.yml", ks_str_of(text)), 0);
	assert_int_equal(ks_ruleset_resolve(&s->ruleset), 0);
	ks_program_build(&s->program, &s->ruleset);
	ks_chains_init(&s->chains, &s->program, s->f.dir);
	ks_buf_init(&s->said, 1u << 20);
}

static void scene_release(struct scene *s)
{
	ks_buf_release(&s->said);
	ks_chains_release(&s->chains);
	ks_ruleset_release(&s->ruleset);
	fixture_release(&s->f);
}

static void add_met(struct scene *s, struct ks_str hit, size_t rule)
{
	unsigned pass = hit.p[1] == ':' ? (unsigned)(hit.p[0] - '0') : 1;
	struct ks_err err = { 0 };
	struct ks_finding finding;
	struct engine_event e;
	struct ks_view view;
	char json[512], note[8] = "";
	bool is_met;

	if (hit.p[1] == ':')
		hit = ks_str_sub(hit, 2, hit.n);
	is_met = hit.p[0] != '-';
	if (!is_met)
		hit = ks_str_sub(hit, 1, hit.n);
	memcpy(note, hit.p, 3);
	snprintf(json, sizeof(json),
		"{\"eventID\":\"%s\",\"eventTime\":\"2026-11-21T10:0%c:00Z\","
		"\"eventName\":\"Get%c\",\"userIdentity\":{\"accessKeyId\":\"%c\"}}",
		note, note[1], note[2], note[0]);
	engine_event_init(&e, json);
	finding = (struct ks_finding){ .rule = s->program.rules[rule], .event = &e.event, .key_kind = "none",
		.source = "trail.json", .offset = 77 };
	view = ks_event_view(&e.event, s->program.paths, s->program.path_count);
	if (pass > 1)
		ks_chains_read_again(&s->chains, &e.event, pass);
	if (is_met)
		assert_int_equal(ks_chains_add(&s->chains, &(struct ks_chains_hit){ .finding = &finding,
			.view = &view, .pass = pass, .note = note, .note_n = sizeof(note) }, &err), 0);
	engine_event_release(&e);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_str rest = ks_str_of(row->hits), hit;
	struct ks_err err = { 0 };
	struct scene s;

	scene_init(&s, rules);
	while (ks_str_next(&rest, ' ', &hit))
		add_met(&s, hit, 0);
	assert_int_equal(ks_chains_finish(&s.chains, &(struct ks_chains_sink){ .chain = tell, .arg = &s },
		&err), 0);
	assert_string_equal(s.said.n > 0 ? s.said.p : "", row->want);
	assert_int_equal(s.chains.untimed, strchr(row->hits, '?') != NULL);
	scene_release(&s);
}

static void tell_mixed(void *arg, const struct ks_finding *finding, const void *note)
{
	const struct ks_correlated *chain = finding->correlated;
	char id[KS_FINDING_ID];
	struct scene *s = arg;

	ks_finding_identify(finding, id);
	ks_buf_addf(&s->said, "%s %s %s %s %llu %s:", id, finding->event->event_id.p, finding->event->identity,
		(const char *)note, (unsigned long long)chain->events, chain->measure);
	for (size_t i = 0; i < chain->matched_count; i++)
		ks_buf_addf(&s->said, " " KS_STR_FMT, KS_STR_ARG(chain->matched[i]));
	ks_buf_addc(&s->said, '\n');
}

/* One run over hits that follow from a seed; some of them come twice, and some are read again. */
static void run_mixed(struct scene *s, unsigned seed, bool is_whole)
{
	struct ks_err err = { 0 };
	struct ks_str hit;
	char text[8];

	scene_init(s, mixed);
	s->chains.is_whole = is_whole;
	for (size_t i = 0, n = 4 + seed % 24; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		snprintf(text, sizeof(text), "%s%s%c%c%c", seed >> 28 == 0 ? "2:" : "",
			seed >> 28 == 0 && i % 2 == 0 ? "-" : "", "abc"[(seed >> 24) % 3],
			'0' + (int)((seed >> 16) % 10), "AB"[(seed >> 12) % 2]);
		hit = ks_str_of(text);
		add_met(s, hit, hit.p[hit.n - 1] == 'A' ? 0 : 1);
	}
	assert_int_equal(ks_chains_finish(&s->chains, &(struct ks_chains_sink){ .chain = tell_mixed, .arg = s },
		&err), 0);
}

/* What is left aside changes no chain. */
static void test_aside(void **state)
{
	size_t chains = 0;

	(void)state;
	for (unsigned seed = 1; seed < 300; seed++) {
		struct scene whole, s;

		run_mixed(&whole, seed, true);
		run_mixed(&s, seed, false);
		assert_string_equal(s.said.n > 0 ? s.said.p : "", whole.said.n > 0 ? whole.said.p : "");
		chains += s.said.n > 0;
		scene_release(&s);
		scene_release(&whole);
	}
	assert_true(chains > 200);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 1];

	tests[sizeof(rows) / sizeof(rows[0])] = (struct CMUnitTest)cmocka_unit_test(test_aside);
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, test_row, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

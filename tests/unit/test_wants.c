/* What rules want to see: anchors that let no wanted name by, routes that leave out no rule that is met. */
#include "lib/engine/wants.h"

#include "lib/engine/wants_sift.h"
#include "lib/sigma/matcher.h"

#include "tests/unit/engine.h"

static const char head[] =
	"title: %s\nid: %08x-1111-4111-8111-111111111111\nlogsource: {product: aws}\ndetection:\n%s";

static const char *const detections[] = {
	"  s: {eventName: GetSendQuota}\n  condition: s\n",
	"  s: {eventName|startswith: Get}\n  condition: s\n",
	"  s: {eventSource: ses.amazonaws.com}\n  condition: s\n",
	"  s: {eventName: [A, B]}\n  n: {eventSource: x}\n  condition: s and not n\n",
	"  s: {decoy.match: key}\n  condition: s\n",
	"  s: {eventName: ListIdentities}\n  t: {eventSource|endswith: amazonaws.com}\n  condition: s or t\n",
	"  s: {userAgent|contains: kali-linux}\n  condition: s\n",
	"  s: {eventName: A}\n  e: {errorCode: [AccessDenied, Denied]}\n  condition: s and e\n",
	("  s: {eventName: A, userIdentity.accessKeyId|startswith: AKIA}\n  e: {errorCode|exists: true}\n"
	"  condition: s and e\n"),
	"  s: {eventName: A}\n  e: {errorCode: AccessDenied}\n  condition: s and not e\n",
};

static const char *const events[] = {
	"{\"eventName\":\"GetSendQuota\",\"eventSource\":\"ses.amazonaws.com\"}",
	"{\"eventName\":\"getsendquota\",\"eventSource\":\"x\"}",
	"{\"eventName\":\"A\",\"eventSource\":\"x\"}",
	"{\"eventName\":\"A\",\"eventSource\":\"y\"}",
	"{\"eventName\":[\"C\",\"B\"],\"eventSource\":\"y\"}",
	"{\"eventName\":\"C\",\"eventName\":\"B\"}",
	"{\"eventName\":null}",
	"{}",
	"{\"eventName\":7}",
	"{\"eventName\":\"ListIdentities\"}",
	"{\"eventName\":\"X\",\"decoy\":{\"match\":\"key\"}}",
	"{\"eventName\":\"A\",\"errorCode\":\"denied\",\"userIdentity\":{\"accessKeyId\":\"akia\"}}",
	"{\"eventName\":\"A\",\"userAgent\":\"x Kali-Linux\"}",
};

struct loaded {
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_wants wants;
};

static void load(struct loaded *loaded, size_t from, size_t n)
{
	ks_ruleset_init(&loaded->ruleset);
	for (size_t i = from; i < from + n; i++) {
		char text[1000];

		snprintf(text, sizeof(text), head, "t", (unsigned)i, detections[i]);
		assert_int_equal(ks_ruleset_add(&loaded->ruleset, "r.yml", ks_str_of(text)), 0);
	}
	ks_program_build(&loaded->program, &loaded->ruleset);
	ks_wants_init(&loaded->wants, &loaded->program);
}

static void unload(struct loaded *loaded)
{
	ks_wants_release(&loaded->wants);
	ks_ruleset_release(&loaded->ruleset);
}

static bool holds(const struct ks_route *route, size_t rule)
{
	for (size_t i = 0; i < route->n; i++)
		if (route->rules[i] == rule)
			return true;
	return false;
}

/* Twice through all events, so that routes come fresh and out of memory. */
static void routes_hold_what_is_met(void **state)
{
	struct ks_matcher matcher;
	struct ks_routes routes;
	struct loaded l;
	size_t met = 0;

	(void)state;
	load(&l, 0, sizeof(detections) / sizeof(detections[0]));
	ks_matcher_init(&matcher, &l.program);
	ks_wants_begin(&routes, &l.wants);
	for (size_t i = 0; i < 2 * sizeof(events) / sizeof(events[0]); i++) {
		const struct ks_route *route;
		struct engine_event e;
		struct ks_view view;

		engine_event_init(&e, events[i / 2]);
		e.event.reads_reserved = true;
		view = ks_event_view(&e.event, l.program.paths, l.program.path_count);
		route = ks_wants_route(&routes, &view, strstr(events[i / 2], "decoy") == NULL &&
			strstr(events[i / 2], "responder") == NULL ? KS_WANTS_NOBODYS : 0);
		for (size_t rule = 0; rule < l.program.rule_count; rule++) {
			if (ks_matcher_eval(&matcher, rule, &view) == KS_VERDICT_NO)
				continue;
			assert_true(holds(route, rule));
			met++;
		}
		engine_event_release(&e);
	}
	assert_true(met > 20);
	ks_wants_end(&routes);
	ks_matcher_release(&matcher);
	unload(&l);
}

static void names_narrow(void **state)
{
	struct ks_routes routes;
	struct engine_event e;
	struct ks_view view;
	struct loaded l;

	(void)state;
	load(&l, 0, 2);
	ks_wants_begin(&routes, &l.wants);
	engine_event_init(&e, "{\"eventName\":\"Put\"}");
	view = ks_event_view(&e.event, l.program.paths, l.program.path_count);
	assert_int_equal(ks_wants_route(&routes, &view, 0)->n, 0);
	engine_event_release(&e);
	ks_wants_end(&routes);
	unload(&l);
}

static void anchors_follow_the_rules(void **state)
{
	struct ks_keyset keys;
	struct ks_anchors anchors;
	struct loaded l;

	(void)state;
	ks_keyset_init(&keys);
	load(&l, 0, 1);
	anchors = ks_wants_anchors(&l.wants, &keys);
	assert_false(anchors.every);
	assert_null(anchors.source.is_wanted);
	assert_true(anchors.name.is_wanted(anchors.name.arg, KS_STR("GETSENDQUOTA")));
	assert_false(anchors.name.is_wanted(anchors.name.arg, KS_STR("GetSendQuotas")));
	unload(&l);
	load(&l, 2, 1);
	anchors = ks_wants_anchors(&l.wants, &keys);
	assert_null(anchors.name.is_wanted);
	assert_true(anchors.source.is_wanted(anchors.source.arg, KS_STR("ses.amazonaws.com")));
	unload(&l);
	load(&l, 4, 1);
	anchors = ks_wants_anchors(&l.wants, &keys);
	assert_null(anchors.name.is_wanted);
	assert_null(anchors.source.is_wanted);
	assert_false(anchors.every);
	unload(&l);
}

/* Names of rules that want an error as well, or a key, or both, are asked for by themselves. */
static void names_go_with_what_is_wanted_besides(void **state)
{
	struct ks_anchors anchors;
	struct loaded l;

	(void)state;
	load(&l, 7, 1);
	anchors = ks_wants_anchors(&l.wants, NULL);
	assert_null(anchors.name.is_wanted);
	assert_null(anchors.keyed_name.is_wanted);
	assert_null(anchors.keyed_failed_name.is_wanted);
	assert_true(anchors.failed_name.is_wanted(anchors.failed_name.arg, KS_STR("a")));
	unload(&l);
	load(&l, 8, 1);
	anchors = ks_wants_anchors(&l.wants, NULL);
	assert_null(anchors.name.is_wanted);
	assert_null(anchors.keyed_name.is_wanted);
	assert_null(anchors.failed_name.is_wanted);
	assert_true(anchors.keyed_failed_name.is_wanted(anchors.keyed_failed_name.arg, KS_STR("A")));
	unload(&l);
	load(&l, 9, 1);
	anchors = ks_wants_anchors(&l.wants, NULL);
	assert_null(anchors.failed_name.is_wanted);
	assert_true(anchors.name.is_wanted(anchors.name.arg, KS_STR("A")));
	unload(&l);
}

/* A rule that asks for a user agent only is left out where none of its texts was found. */
static void routes_leave_out_other_members(void **state)
{
	struct ks_routes routes;
	struct engine_event e;
	struct ks_view view;
	struct loaded l;

	(void)state;
	load(&l, 5, 2);
	ks_wants_begin(&routes, &l.wants);
	engine_event_init(&e, "{\"eventName\":\"ListIdentities\",\"userAgent\":\"x\"}");
	view = ks_event_view(&e.event, l.program.paths, l.program.path_count);
	assert_int_equal(ks_wants_route(&routes, &view, 0)->n, 2);
	assert_int_equal(ks_wants_route(&routes, &view, KS_WANTS_NO_OTHER)->n, 1);
	assert_int_equal(ks_wants_route(&routes, &view, KS_WANTS_NOBODYS)->n, 2);
	assert_int_equal(ks_wants_route(&routes, &view, KS_WANTS_NOBODYS | KS_WANTS_NO_OTHER)->n, 1);
	engine_event_release(&e);
	ks_wants_end(&routes);
	unload(&l);
}

static void a_rule_without_anchors_wants_all(void **state)
{
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_wants wants;

	(void)state;
	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_add(&ruleset, "r.yml", KS_STR("title: t\nlogsource: {product: aws}\n"
		"detection: {s: {userAgent|contains: x}, condition: s}\n")), 0);
	ks_program_build(&program, &ruleset);
	ks_wants_init(&wants, &program);
	assert_true(ks_wants_anchors(&wants, NULL).every);
	ks_wants_release(&wants);
	ks_ruleset_release(&ruleset);
}

/* Which rules that nothing narrows down are tried on a few members of a record. */
static void sifts_what_asks_for_plain_members(void **state)
{
	static const struct {
		const char *detection;
		bool is_sifted;
	} rows[] = {
		{ "s: {sourceIPAddress|cidr: 192.0.2.0/24}\n  condition: s", true },
		{ "s: {userIdentity.type: Root, awsRegion: x}\n  condition: not s", true },
		{ "s: {userAgent|re: '(a|b)c'}\n  condition: s", true },
		{ "s: {userAgent|fieldref: eventName}\n  condition: not s", true },
		{ "s: {userAgent|fieldref: decoy.name}\n  condition: not s", false },
		{ "s: {requestParameters.a.b: x}\n  condition: not s", false },
		{ "s: {actor.idle_days|gt: 3}\n  condition: not s", false },
		{ "s: {key.kind: root}\n  condition: not s", false },
		{ "s: [word]\n  condition: not s", false },
	};
	static const char record[] = "{\"eventVersion\":\"1.08\",\"eventSource\":\"s\",\"eventName\":\"a\","
		"\"userAgent\":\"a\",\"sourceIPAddress\":\"198.51.100.1\",\"awsRegion\":\"x\","
		"\"userIdentity\":{\"type\":\"Root\"}}";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512], padded[sizeof(record) + KS_ANCHOR_LOOKAHEAD] = { 0 };
		struct ks_wants_sift sift;
		struct ks_anchors anchors;
		struct ks_ruleset ruleset;
		struct ks_program program;
		struct ks_wants wants;

		memcpy(padded, record, sizeof(record));
		snprintf(text, sizeof(text), "title: t\nlogsource: {product: aws}\ndetection:\n  %s\n",
			rows[i].detection);
		ks_ruleset_init(&ruleset);
		assert_int_equal(ks_ruleset_add(&ruleset, "r.yml", ks_str_of(text)), 0);
		ks_program_build(&program, &ruleset);
		ks_wants_init(&wants, &program);
		anchors = ks_wants_anchors(&wants, NULL);
		assert_true(anchors.every);
		ks_wants_sift_begin(&sift, &wants, ks_mask_pick(KS_MASK_FASTEST), &anchors);
		if (anchors.every == rows[i].is_sifted || (anchors.may_matter != NULL) != rows[i].is_sifted)
			fail_msg("%s", rows[i].detection);
		/* None of them is met by this one, and all by what is no record as it should be. */
		if (rows[i].is_sifted) {
			struct ks_str whole = { padded, sizeof(record) - 1 }, broken = { padded, sizeof(record) - 2 };

			assert_false(anchors.may_matter(anchors.may_matter_arg, whole));
			assert_true(anchors.may_matter(anchors.may_matter_arg, broken));
		}
		ks_wants_sift_end(&sift);
		ks_wants_release(&wants);
		ks_ruleset_release(&ruleset);
	}
}

/* Forty rules, each with a number in the text of its detection. */
static void load_many(struct loaded *loaded, const char *detection)
{
	ks_ruleset_init(&loaded->ruleset);
	for (unsigned i = 0; i < 40; i++) {
		char text[1000], own[500];

		snprintf(own, sizeof(own), "  s: {%s-%u}\n  condition: s\n", detection, i);
		snprintf(text, sizeof(text), head, "t", i, own);
		assert_int_equal(ks_ruleset_add(&loaded->ruleset, "r.yml", ks_str_of(text)), 0);
	}
	ks_program_build(&loaded->program, &loaded->ruleset);
	ks_wants_init(&loaded->wants, &loaded->program);
}

/* Many rules for one call: those for other values are left out, once the call was seen often. */
static void values_narrow_long_routes(void **state)
{
	static const char record[] = "{\"eventName\":\"Get\",\"requestParameters\":{\"bucketName\":\"b-17\"}}";
	const struct ks_route *route = NULL;
	struct ks_routes routes;
	struct loaded l;

	(void)state;
	load_many(&l, "eventName: Get, requestParameters.bucketName: b");
	ks_wants_begin(&routes, &l.wants);
	for (unsigned i = 0; i < 100; i++) {
		struct engine_event e;
		struct ks_view view;

		engine_event_init(&e, record);
		view = ks_event_view(&e.event, l.program.paths, l.program.path_count);
		route = ks_wants_route(&routes, &view, 0);
		assert_true(holds(route, 17));
		engine_event_release(&e);
	}
	assert_int_equal(route->n, 1);
	ks_wants_end(&routes);
	unload(&l);
}

/* Many rules for every record, none of which is left out for a value that it asks for. */
static void sifts_by_many_rules(void **state)
{
	static const char form[] = "{\"eventVersion\":\"1.08\",\"eventSource\":\"s\",\"eventName\":\"a\","
		"\"requestParameters\":{\"bucketName\":\"the %s-%u, or so\"}}";
	struct ks_wants_sift sift;
	struct ks_anchors anchors;
	struct loaded l;

	(void)state;
	load_many(&l, "requestParameters.bucketName|contains: zone");
	anchors = ks_wants_anchors(&l.wants, NULL);
	ks_wants_sift_begin(&sift, &l.wants, ks_mask_pick(KS_MASK_FASTEST), &anchors);
	assert_non_null(anchors.may_matter);
	assert_non_null(sift.pick);
	for (unsigned i = 0; i < 40; i++) {
		char text[2][sizeof(form) + 100 + KS_ANCHOR_LOOKAHEAD] = { "", "" };
		struct ks_str met = { text[0], (size_t)snprintf(text[0], sizeof(text[0]), form, "zone", i) };
		struct ks_str missed = { text[1], (size_t)snprintf(text[1], sizeof(text[1]), form, "sone", i) };

		assert_true(anchors.may_matter(anchors.may_matter_arg, met));
		assert_false(anchors.may_matter(anchors.may_matter_arg, missed));
	}
	ks_wants_sift_end(&sift);
	unload(&l);
}

/* Texts of a few other fields narrow as well, where eventName and eventSource say nothing. */
static void other_members_narrow(void **state)
{
	static const struct {
		const char *selection;
		int other; /* of ks_anchor_others; -1: eventName, -2: every record, -3: a phrase */
	} rows[] = {
		{ "{userAgent: TruffleHog}", -3 },
		{ "{userAgent|contains: kali}", -3 },
		{ "{userAgent|contains: 'aws-'}", 0 },
		{ "{userAgent|contains: 'b*kic'}", 0 },
		{ "{userAgent|contains: x}", -2 },
		{ "{userAgent|exists: true}", -2 },
		{ "{userAgent: TruffleHog, eventName: GetUser}", -1 },
		{ "{errorCode: AccessDenied}", 1 },
		{ "{errorCode: TooManyRequests}", -3 },
		{ "{sourceIPAddress: 192.0.2.1}", 2 },
		{ "{sourceIPAddress|cidr: 192.0.2.0/24}", -2 },
		{ "{userIdentity.type: Root}", -3 },
		{ "{userIdentity.type: IAMUser}", 3 },
		{ "{requestParameters.type: Root}", -2 },
		{ "{userIdentity.arn|re: '.+:assumed-role/aws:.+'}", -3 },
		{ "{userIdentity.arn|re: '(a|b)cd'}", -2 },
		{ "{userAgent|neq: TruffleHog}", -2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_anchors anchors;
		struct ks_ruleset ruleset;
		struct ks_program program;
		struct ks_wants wants;
		char text[512];
		int found;

		snprintf(text, sizeof(text),
			"title: t\nlogsource: {product: aws}\ndetection:\n  s: %s\n  condition: s\n", rows[i].selection);
		ks_ruleset_init(&ruleset);
		assert_int_equal(ks_ruleset_add(&ruleset, "r.yml", ks_str_of(text)), 0);
		ks_program_build(&program, &ruleset);
		ks_wants_init(&wants, &program);
		anchors = ks_wants_anchors(&wants, NULL);
		found = anchors.every ? -2 : -1;
		for (int k = 0; k < (int)KS_ANCHOR_OTHERS; k++)
			if (anchors.others[k].is_wanted != NULL)
				found = k;
		if (anchors.phrase_count > 0)
			found = -3;
		if (found != rows[i].other || (anchors.name.is_wanted != NULL) != (rows[i].other == -1))
			fail_msg("%s: %d", rows[i].selection, found);
		ks_wants_release(&wants);
		ks_ruleset_release(&ruleset);
	}
}

static void wants_grants_when_asked(void **state)
{
	struct loaded l;
	struct ks_anchors anchors;

	(void)state;
	load(&l, 0, 1);
	assert_null(ks_wants_anchors(&l.wants, NULL).handing.is_wanted);
	ks_wants_grants(&l.wants);
	anchors = ks_wants_anchors(&l.wants, NULL);
	assert_true(anchors.handing.is_wanted(anchors.handing.arg, KS_STR("GetSessionToken")));
	assert_true(anchors.handing.is_wanted(anchors.handing.arg, KS_STR("GetFederationToken")));
	assert_true(anchors.handing.is_wanted(anchors.handing.arg, KS_STR("AssumeRole")));
	assert_false(anchors.handing.is_wanted(anchors.handing.arg, KS_STR("AssumeRoleWithSAML")));
	assert_false(anchors.name.is_wanted(anchors.name.arg, KS_STR("AssumeRole")));
	unload(&l);
}

/* A rule that can only be met by long-term keys does not ask for the records of others. */
static void long_term_keys_narrow(void **state)
{
	static const struct {
		const char *selection;
		bool is_keyed;
	} rows[] = {
		{ "{eventName: GetUser, userIdentity.accessKeyId|startswith: AKIA}", true },
		{ "{eventName: GetUser, userIdentity.accessKeyId|startswith: akiaq}", true },
		{ "{eventName: GetUser, userIdentity.accessKeyId: [AKIAQYLPMN5HHHFPZAM2, 'AKIAX*']}", true },
		{ "{eventName: GetUser, userIdentity.accessKeyId|startswith: [AKIA, ASIA]}", false },
		{ "{eventName: GetUser, userIdentity.accessKeyId|contains: AKIA}", false },
		{ "{eventName: GetUser, userIdentity.accessKeyId|startswith: AK}", false },
		{ "{eventName: GetUser, userIdentity.accessKeyId|exists: true}", false },
		{ "{eventName: GetUser, userIdentity.accessKeyId|re: '^AKIA'}", false },
		{ "{eventName: GetUser, responseElements.accessKey.accessKeyId|startswith: AKIA}", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_anchors anchors;
		struct ks_ruleset ruleset;
		struct ks_program program;
		struct ks_wants wants;
		char text[512];

		snprintf(text, sizeof(text),
			"title: t\nlogsource: {product: aws}\ndetection:\n  s: %s\n  condition: s\n", rows[i].selection);
		ks_ruleset_init(&ruleset);
		assert_int_equal(ks_ruleset_add(&ruleset, "r.yml", ks_str_of(text)), 0);
		ks_program_build(&program, &ruleset);
		ks_wants_init(&wants, &program);
		anchors = ks_wants_anchors(&wants, NULL);
		if ((anchors.keyed_name.is_wanted != NULL) != rows[i].is_keyed ||
			(anchors.name.is_wanted != NULL) == rows[i].is_keyed)
			fail_msg("%s", rows[i].selection);
		ks_wants_release(&wants);
		ks_ruleset_release(&ruleset);
	}
}

/* Which rules make do with the records of some services. */
static void tells_what_must_be_learned(void **state)
{
	static const struct {
		const char *detection;
		enum ks_wants_actors actors;
		size_t services;
	} rows[] = {
		{ "s: {eventSource: a, actor.first_seen.service: true}\n  condition: s", KS_WANTS_SERVICES, 1 },
		{ "s: {eventSource: [a, b], eventName: x}\n  n: {actor.first_seen.service: false}\n"
			"  condition: s and n", KS_WANTS_SERVICES, 2 },
		{ "s: {eventSource|startswith: a, actor.first_seen.service: true}\n  condition: s",
			KS_WANTS_ACTORS, 0 },
		{ "s: {eventName: a, actor.first_seen.service: true}\n  condition: s", KS_WANTS_ACTORS, 0 },
		{ "s: {eventSource: a}\n  n: {actor.first_seen.service: true}\n  condition: s or n",
			KS_WANTS_ACTORS, 0 },
		{ "s: {eventSource: a, actor.first_seen.ip: true}\n  condition: s", KS_WANTS_ACTORS, 0 },
		{ "s: {eventSource: a, actor.first_seen.service: true, actor.idle_days: 3}\n  condition: s",
			KS_WANTS_ACTORS, 0 },
		{ "s: {eventSource: a}\n  condition: s", KS_WANTS_NO_ACTORS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_vec services = KS_VEC_OF(const struct ks_pattern *);
		struct ks_ruleset ruleset;
		struct ks_program program;
		char text[400];

		snprintf(text, sizeof(text), "title: t\nlogsource: {product: aws}\ndetection:\n  %s\n",
			rows[i].detection);
		ks_ruleset_init(&ruleset);
		assert_int_equal(ks_ruleset_add(&ruleset, "r.yml", ks_str_of(text)), 0);
		ks_program_build(&program, &ruleset);
		if (ks_wants_actors(&program, 0, &services) != rows[i].actors || services.n != rows[i].services)
			fail_msg("%s", rows[i].detection);
		ks_vec_release(&services);
		ks_ruleset_release(&ruleset);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_hold_what_is_met), cmocka_unit_test(names_narrow),
		cmocka_unit_test(anchors_follow_the_rules), cmocka_unit_test(a_rule_without_anchors_wants_all),
		cmocka_unit_test(names_go_with_what_is_wanted_besides),
		cmocka_unit_test(routes_leave_out_other_members),
		cmocka_unit_test(sifts_what_asks_for_plain_members),
		cmocka_unit_test(values_narrow_long_routes), cmocka_unit_test(sifts_by_many_rules),
		cmocka_unit_test(wants_grants_when_asked), cmocka_unit_test(long_term_keys_narrow),
		cmocka_unit_test(tells_what_must_be_learned), cmocka_unit_test(other_members_narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

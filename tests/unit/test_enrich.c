/* How an event is joined with the decoys: which way of standing in a record counts, and what wins. */
#include "lib/engine/enrich.h"

#include "tests/unit/engine.h"

#define WHO(id) "\"userIdentity\":{\"type\":\"IAMUser\",\"accessKeyId\":\"" id "\"}"

static const struct row {
	const char *name;
	const char *json;
	enum ks_enrich_match match;
	const char *kind;
	const char *session;         /* handed out, or NULL */
} rows[] = {
	{ "nobody", "{" WHO(OTHER) "}", KS_MATCH_NONE, "long-term", NULL },
	{ "no identity", "{\"eventName\":\"X\"}", KS_MATCH_NONE, "none", NULL },
	{ "empty key", "{" WHO("") "}", KS_MATCH_NONE, "none", NULL },
	{ "the decoy", "{" WHO(DECOY) "}", KS_MATCH_KEY, "long-term", NULL },
	{ "an escaped decoy", "{" WHO("\\u0041KIARTX3GSDSSFJ45C3O") "}", KS_MATCH_KEY, "long-term", NULL },
	{ "its session", "{" WHO(SESSION) "}", KS_MATCH_SESSION, "temporary", NULL },
	{ "root", "{\"userIdentity\":{\"type\":\"Root\",\"accessKeyId\":\"" DECOY "\"}}", KS_MATCH_KEY, "root",
		NULL },
	{ "any of repeated members",
		"{\"userIdentity\":{\"accessKeyId\":\"" OTHER "\",\"accessKeyId\":\"" DECOY "\"}}", KS_MATCH_KEY,
		"long-term", NULL },
	{ "named in parameters", "{" WHO(OTHER) ",\"requestParameters\":{\"accessKeyId\":\"" DECOY "\"}}",
		KS_MATCH_TARGET, "long-term", NULL },
	{ "named in the answer", "{" WHO(OTHER) ",\"responseElements\":{\"a\":[{\"b\":\"x " DECOY "\"}]}}",
		KS_MATCH_TARGET, "long-term", NULL },
	{ "named with an escape",
		"{" WHO(OTHER) ",\"requestParameters\":{\"k\":\"AKIARTX3GSDSSFJ45C3\\u004f\"}}", KS_MATCH_TARGET,
		"long-term", NULL },
	{ "in the user agent", "{" WHO(OTHER) ",\"userAgent\":\"AAKI AKIA " DECOY "\"}", KS_MATCH_MENTION,
		"long-term", NULL },
	{ "nested identity is a mention", "{" WHO(OTHER) ",\"x\":{" WHO(DECOY) "}}", KS_MATCH_MENTION,
		"long-term", NULL },
	{ "one letter short", "{" WHO(OTHER) ",\"userAgent\":\"AKIARTX3GSDSSFJ45C3\"}", KS_MATCH_NONE,
		"long-term", NULL },
	{ "a use and a mention", "{" WHO(DECOY) ",\"userAgent\":\"" DECOY "\"}", KS_MATCH_KEY, "long-term",
		NULL },
	{ "hands out a session",
		"{" WHO(DECOY) ",\"responseElements\":{\"credentials\":{\"accessKeyId\":\"ASIARTX3GSDS5JX55JEP\"}}}",
		KS_MATCH_KEY, "long-term", "ASIARTX3GSDS5JX55JEP" },
	{ "a session hands out a session",
		"{" WHO(
			SESSION) ",\"responseElements\":{\"credentials\":{\"accessKeyId\":\"ASIARTX3GSDS5JX55JEP\"}}}",
		KS_MATCH_SESSION, "temporary", "ASIARTX3GSDS5JX55JEP" },
	{ "somebody else's session",
		"{" WHO(OTHER) ",\"responseElements\":{\"credentials\":{\"accessKeyId\":\"ASIARTX3GSDS5JX55JEP\"}}}",
		KS_MATCH_NONE, "long-term", NULL },
	{ "no session id",
		"{" WHO(DECOY) ",\"responseElements\":{\"credentials\":{\"accessKeyId\":\"" OTHER "\"}}}",
		KS_MATCH_KEY, "long-term", NULL },
};

static struct ks_str field(struct ks_event *event, const char *path)
{
	struct ks_str paths[] = { ks_str_of(path) };
	struct ks_view view = ks_event_view(event, paths, 1);
	const struct ks_value *values;

	return view.values(view.arg, 0, &values) > 0 ? values[0].text : (struct ks_str){ NULL, 0 };
}

static void enriches(void **state)
{
	static const char *const names[] = { NULL, "mention", "target", "user", "session", "key" };
	const struct row *row = *state;
	struct ks_enriched enriched;
	struct ks_watchlist list;
	struct ks_err err = { 0 };
	struct engine_event e;
	struct ks_str session;

	ks_watchlist_init(&list);
	assert_int_equal(ks_watchlist_add(&list, &(struct ks_watched){ .key_id = DECOY, .name = "web",
		.placement = "/srv/.env", .label = "shop" }, &err), 0);
	assert_true(ks_watchlist_learn(&list, KS_STR(SESSION), KS_STR(DECOY)));
	engine_event_init(&e, row->json);
	ks_enrich_event(&e.event, &list, &enriched);
	assert_int_equal(enriched.match, row->match);
	assert_string_equal(enriched.key_kind, row->kind);
	assert_true(ks_str_is(field(&e.event, "key.kind"), row->kind));
	assert_true(
		ks_str_is(field(&e.event, "decoy.match"), names[row->match] != NULL ? names[row->match] : ""));
	assert_true(ks_str_is(field(&e.event, "decoy.name"), row->match != KS_MATCH_NONE ? "web" : ""));
	session = ks_enrich_session(&e.event, &enriched);
	assert_true(ks_str_is(session, row->session != NULL ? row->session : ""));
	engine_event_release(&e);
	ks_watchlist_release(&list);
}

static void records_cannot_forge(void **state)
{
	struct ks_enriched enriched;
	struct ks_watchlist list;
	struct engine_event e;

	(void)state;
	ks_watchlist_init(&list);
	engine_event_init(&e,
		"{\"decoy\":{\"match\":\"key\",\"name\":\"forged\"},\"key\":{\"kind\":\"root\"}," WHO(OTHER) "}");
	ks_enrich_event(&e.event, &list, &enriched);
	assert_int_equal(field(&e.event, "decoy.match").n, 0);
	assert_true(ks_str_is(field(&e.event, "key.kind"), "long-term"));
	e.event.reads_reserved = true;
	assert_true(ks_str_is(field(&e.event, "decoy.name"), "forged"));
	engine_event_release(&e);
	ks_watchlist_release(&list);
}

/* Fields are worked out only where they are wanted, and never taken from the record. */
static void knows_more(void **state)
{
	static const struct ks_netlist_sink nobody = { NULL, NULL };
	struct ks_novelty_verdict verdict = { { 1, 0, -1 }, 40 };
	struct ks_netlist *list = ks_netlist_new();
	struct ks_enrich_sources sources = { list, NULL };
	struct engine_event e;

	(void)state;
	ks_netlist_parse(list, "tor.txt", KS_STR("1.1.1.1\n"), &nobody);
	ks_netlist_build(list);
	engine_event_init(&e, "{\"sourceIPAddress\":\"1.1.1.1\",\"userIdentity\":{\"type\":\"IAMUser\","
		"\"arn\":\"arn:x\",\"accessKeyId\":\"" OTHER "\"},"
		"\"actor\":{\"first_seen\":{\"ip\":true}},\"ip\":{\"country\":\"DE\"}}");
	ks_enrich_beyond(&e.event, 0, &sources, &verdict);
	assert_int_equal(e.event.extra.n, 0);
	ks_enrich_beyond(&e.event, ~0u, &sources, &verdict);
	assert_true(ks_str_is(field(&e.event, "principal.arn"), "arn:x"));
	assert_true(ks_str_is(field(&e.event, "ip.category"), "tor"));
	assert_int_equal(field(&e.event, "ip.country").n, 0);
	assert_true(ks_str_is(field(&e.event, "actor.first_seen.service"), "true"));
	assert_true(ks_str_is(field(&e.event, "actor.first_seen.region"), "false"));
	assert_int_equal(field(&e.event, "actor.first_seen.ip").n, 0);
	assert_true(ks_str_is(field(&e.event, "actor.idle_days"), "40"));
	assert_true(ks_str_is(ks_enrich_sight(&e.event).actor, OTHER));
	engine_event_release(&e);
	engine_event_init(&e,
		"{\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"arn:x\",\"accessKeyId\":\"" SESSION "\"}}");
	assert_true(ks_str_is(ks_enrich_sight(&e.event).actor, "arn:x"));
	engine_event_release(&e);
	ks_netlist_free(list);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 2];
	size_t n = 0;

	for (; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, enriches, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(records_cannot_forge);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(knows_more);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

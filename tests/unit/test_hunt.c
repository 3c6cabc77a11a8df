/* The hunt as a whole: the same findings however it is done, sessions followed, copies folded, trouble
 * told. */
#include "lib/engine/hunt.h"

#include "tests/unit/engine.h"

#define RECORD(id, name, key, more)                                                                        \
	"{\"eventVersion\":\"1.11\",\"eventID\":\"" id "\",\"eventTime\":\"2026-11-21T10:15:0" id              \
	"Z\",\"eventSource\":"                                                                                 \
	"\"sts.amazonaws.com\",\"eventName\":\"" name "\",\"userIdentity\":{\"accessKeyId\":\"" key "\"}" more \
	"}"
#define HANDS_OUT(session) ",\"responseElements\":{\"credentials\":{\"accessKeyId\":\"" session "\"}}"
#define GRANDCHILD "ASIARTX3GSDS5JX55JEP"

static const char rules[] =
	"title: Used\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: aws}\nlevel: high\n"
	"detection: {s: {decoy.match: [key, session]}, condition: s}\n"
	"---\n"
	"title: Named\nid: 21111111-1111-4111-8111-111111111111\nlogsource: {product: aws}\nlevel: low\n"
	"detection: {s: {eventName: Named}, condition: s}\n";

struct hunt {
	struct fixture f;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_watchlist watchlist;
	struct ks_walk walk;
	struct ks_hunt_request request;
	struct ks_hunt_summary summary;
	struct ks_buf findings, problems;
	unsigned leaks;
	uint64_t calls;
};

static void take_finding(void *arg, struct ks_str text, struct ks_str about, const char *event)
{
	struct hunt *h = arg;
	const char *where = memmem(text.p, text.n, ",\"where\":", 9);

	(void)about;
	(void)event;
	assert_non_null(where);
	ks_buf_add(&h->findings, (struct ks_str){ text.p, (size_t)(where - text.p) });
	ks_buf_addc(&h->findings, '\n');
}

static void take_problem(void *arg, const char *path, uint64_t offset, const struct ks_err *err)
{
	struct hunt *h = arg;

	ks_buf_addf(&h->problems, "%s:%llu: %s\n", strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path,
		(unsigned long long)offset, err->message);
}

static void take_undecided(void *arg, const struct ks_rule *rule, const char *event_id, const char *path,
	uint64_t offset)
{
	struct hunt *h = arg;

	(void)path;
	(void)offset;
	ks_buf_addf(&h->problems, "%s " KS_STR_FMT "\n", event_id, KS_STR_ARG(rule->title));
}

static void take_leak(void *arg, const struct ks_hunt_leak *leak)
{
	struct hunt *h = arg;

	h->leaks++;
	h->calls += leak->calls;
}

static void hunt_init(struct hunt *h)
{
	struct ks_err err = { 0 };

	memset(h, 0, sizeof(*h));
	fixture_init(&h->f);
	ks_ruleset_init(&h->ruleset);
	assert_int_equal(ks_ruleset_add(&h->ruleset, "r.yml", ks_str_of(rules)), 0);
	ks_program_build(&h->program, &h->ruleset);
	ks_watchlist_init(&h->watchlist);
	assert_int_equal(ks_watchlist_add(&h->watchlist, &(struct ks_watched){ .key_id = DECOY, .name = "web" },
						 &err),
		0);
	ks_walk_init(&h->walk);
	ks_buf_init(&h->findings, 1u << 24);
	ks_buf_init(&h->problems, 1u << 20);
	h->request = (struct ks_hunt_request){ .files = &h->walk,
		.program = &h->program,
		.watchlist = &h->watchlist,
		.format = ks_format_find("jsonl"),
		.since_ms = KS_TIME_NONE,
		.until_ms = KS_TIME_NONE,
		.jobs = 1 };
}

static void hunt_release(struct hunt *h)
{
	ks_buf_release(&h->findings);
	ks_buf_release(&h->problems);
	ks_walk_release(&h->walk);
	ks_watchlist_release(&h->watchlist);
	ks_ruleset_release(&h->ruleset);
	fixture_release(&h->f);
}

static int hunt_run(struct hunt *h, struct ks_err *err)
{
	const struct ks_hunt_sink sink = { take_finding, take_problem, take_leak, take_undecided, NULL, h };

	ks_walk_release(&h->walk);
	ks_walk_init(&h->walk);
	ks_walk_add(&h->walk, h->f.dir, NULL);
	ks_buf_clear(&h->findings);
	ks_buf_clear(&h->problems);
	h->leaks = 0;
	h->calls = 0;
	return ks_hunt_run(&h->f.ctx, &h->request, &sink, &h->summary, err);
}

static void put(struct hunt *h, const char *name, const char *text)
{
	fixture_write(fixture_path(&h->f, name), text, 0600);
}

/* The file that shows the use of a session comes before the one that hands it out, and so does the next
 * level. */
static void follows_sessions(void **state)
{
	struct ks_err err = { 0 };
	struct hunt h;

	(void)state;
	hunt_init(&h);
	put(&h, "a", RECORD("3", "Grandchild", GRANDCHILD, ""));
	put(&h, "b", RECORD("2", "AssumeRole", SESSION, HANDS_OUT(GRANDCHILD)));
	put(&h, "c", RECORD("1", "GetSessionToken", DECOY, HANDS_OUT(SESSION)) RECORD("4", "Other", OTHER, ""));
	for (h.request.jobs = 1; h.request.jobs <= 3; h.request.jobs++) {
		assert_int_equal(hunt_run(&h, &err), 0);
		assert_int_equal(h.summary.findings, 3);
		assert_int_equal(h.summary.records, 4);
		assert_int_equal(h.summary.duplicates, 0);
		assert_int_equal(h.leaks, 1);
		assert_int_equal(h.calls, 3);
		assert_non_null(strstr(h.findings.p, "Grandchild"));
	}
	hunt_release(&h);
}

/* A rule that was met before the session was known shows the decoy all the same, once. */
static void later_knowledge_wins(void **state)
{
	struct ks_err err = { 0 };
	struct hunt h;

	(void)state;
	hunt_init(&h);
	put(&h, "a", RECORD("2", "Named", SESSION, ""));
	put(&h, "b",
		RECORD("2", "Named", SESSION, "") RECORD("1", "GetSessionToken", DECOY, HANDS_OUT(SESSION)));
	assert_int_equal(hunt_run(&h, &err), 0);
	assert_int_equal(h.summary.findings, 3);
	assert_int_equal(h.summary.duplicates, 2);
	for (const char *p = h.findings.p; (p = strstr(p, "\"decoy\":")) != NULL; p++)
		assert_int_equal(strncmp(p, "\"decoy\":{\"name\":\"web\"", 21), 0);
	hunt_release(&h);
}

static void same_however_done(void **state)
{
	struct ks_err err = { 0 };
	struct ks_buf want;
	struct hunt h;

	(void)state;
	hunt_init(&h);
	ks_buf_init(&want, 1u << 24);
	for (int i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%d", i);
		put(&h, name, "{\"Records\":[" RECORD("1", "Named", OTHER, "") "," RECORD("2", "X", DECOY, "") ","
			RECORD("3", "Named", DECOY, ",\"requestID\":\"r\"") "]}");
	}
	assert_int_equal(hunt_run(&h, &err), 0);
	assert_int_equal(h.summary.findings, 4);
	assert_int_equal(h.summary.duplicates, 4 * 39);
	ks_buf_add(&want, ks_buf_str(&h.findings));
	for (int way = 0; way < 24; way++) {
		h.request.jobs = way & 1 ? 4 : 1;
		h.request.is_exhaustive = (way & 2) != 0;
		h.request.inflate = way & 4 ? "zlib" : NULL;
		h.request.mask = (enum ks_mask_form)(way / 8);
		assert_int_equal(hunt_run(&h, &err), 0);
		assert_string_equal(h.findings.p, want.p);
		assert_int_equal(h.summary.duplicates, 4 * 39);
	}
	ks_buf_release(&want);
	hunt_release(&h);
}

static void tells_trouble_in_order(void **state)
{
	struct ks_err err = { 0 };
	struct hunt h;

	(void)state;
	hunt_init(&h);
	put(&h, "a", RECORD("1", "Named", OTHER, "") "\n{\"eventName\":");
	put(&h, "b", "no trail at all\n");
	put(&h, "c", "\x28\xB5\x2F\xFDzstd");
	put(&h, "d", "");
	h.request.jobs = 2;
	assert_int_equal(hunt_run(&h, &err), 0);
	assert_int_equal(h.summary.findings, 1);
	assert_int_equal(h.summary.unreadable, 2);
	assert_int_equal(h.summary.skipped, 2);
	assert_non_null(strstr(h.problems.p, "a:"));
	assert_non_null(strstr(h.problems.p, "middle of a record"));
	assert_non_null(strstr(h.problems.p, "zstd"));
	assert_true(strstr(h.problems.p, "a:") < strstr(h.problems.p, "zstd"));
	hunt_release(&h);
}

static void keeps_to_the_time(void **state)
{
	struct ks_err err = { 0 };
	struct hunt h;
	int64_t at;

	(void)state;
	hunt_init(&h);
	put(&h, "a",
		RECORD("1", "Named", OTHER, "") RECORD("2", "Named", OTHER, "") RECORD("3", "Named", OTHER,
			"") "{\"eventName\":\"Named\",\"eventSource\":\"x\",\"eventTime\":\"?\"}");
	assert_true(ks_time_parse(KS_STR("2026-11-21T10:15:02Z"), &at));
	h.request.since_ms = h.request.until_ms = at;
	assert_int_equal(hunt_run(&h, &err), 0);
	/* The one without a readable time is never left out. */
	assert_int_equal(h.summary.findings, 2);
	hunt_release(&h);
}

static void stops_when_asked(void **state)
{
	static const volatile sig_atomic_t stop = 1;
	struct ks_err err = { 0 };
	struct hunt h;

	(void)state;
	hunt_init(&h);
	put(&h, "a", RECORD("1", "Named", OTHER, ""));
	h.f.ctx.stop = &stop;
	assert_int_equal(hunt_run(&h, &err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	hunt_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_sessions), cmocka_unit_test(later_knowledge_wins),
		cmocka_unit_test(same_however_done), cmocka_unit_test(tells_trouble_in_order),
		cmocka_unit_test(keeps_to_the_time), cmocka_unit_test(stops_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

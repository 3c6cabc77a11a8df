/* lib/report/incidentpage: what the page of a stored incident says, and that it says the same twice. */
#include "lib/report/incidentpage.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static const char *const triage_rules =
	"title: Decoy used\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: aws, service: "
	"cloudtrail}\n"
	"detection:\n  s:\n    decoy.match: [key, session]\n  condition: s\nlevel: high\n"
	"triage:\n  - Read the placement <b>first</b>.\nfalsepositives:\n  - Your own test\n";

static void page(struct incidents *t, const struct ks_incidentpage *page, struct ks_buf *out)
{
	struct ks_err err = { 0 };

	ks_buf_init(out, KS_INCIDENTPAGE_SIZE);
	if (ks_incidentpage_render(t->db, page, out, &err) != 0)
		fail_msg("%s", err.message);
}

static void it_has(const struct ks_buf *out, const char *text)
{
	if (strstr(out->p, text) == NULL)
		fail_msg("the page lacks: %s", text);
}

/* A thief's calls on a decoy, and one on another decoy from the same address. */
static void fill(struct incidents *t)
{
	incidents_begin(t);
	incidents_feed(t,
		&(struct call){ .name = "GetSendQuota",
			.source = "ses.amazonaws.com",
			.agent = "<script>alert(1)</script>\\u001b[31m\\u202e" });
	incidents_feed(t,
		&(struct call){ .name = "PutAccountDetails", .source = "ses.amazonaws.com", .seconds = 60 });
	incidents_feed(t,
		&(struct call){ .name = "GetSendQuota", .source = "ses.amazonaws.com", .seconds = 61 });
	incidents_feed(t, &(struct call){ .key = DECOY_B, .seconds = 90 });
	incidents_commit(t);
}

static void it_says_what_happened(void **state)
{
	struct ks_ruleset rules;
	struct incidents t;
	struct ks_buf out;

	(void)state;
	incidents_init(&t);
	fill(&t);
	ks_ruleset_init(&rules);
	assert_int_equal(ks_ruleset_add(&rules, "r", ks_str_of(triage_rules)), 0);
	page(&t,
		&(struct ks_incidentpage){ .id = 1,
			.now_ms = FIXTURE_NOW + HOUR,
			.version = "9.9",
			.rules = &rules },
		&out);
	it_has(&out, "<p class=\"verdict level-critical\">");
	it_has(&out, "Decoy key " DECOY_A " was used");
	it_has(&out,
		"3 events from 1 address in 1 Region within 1 min 1 s, 0 denied. Stages: sandbox check, "
		"enablement.");
	it_has(&out, "<li class=\"reached\"><b>sandbox check</b>");
	it_has(&out, "<li><b>sending</b><span>not seen</span>");
	it_has(&out, "Read the placement &lt;b&gt;first&lt;/b&gt;.");
	it_has(&out, "May be harmless: Your own test");
	it_has(&out, "keysnare respond plan 1 shows");
	it_has(&out, "key:" DECOY_B);
	it_has(&out, "the chain holds");
	it_has(&out, "Made at 2025-11-21T11:00:00Z by keysnare 9.9.");
	it_has(&out, "&lt;script&gt;alert(1)&lt;/script&gt;");
	it_has(&out, "Calls by Region");
	it_has(&out, "Nothing was done in AWS by keysnare");
	it_has(&out, "1 head that notices carry: it is in the chain.");
	it_has(&out, "<td>oncall</td>\n<td>opened</td>");
	it_has(&out, "<span class=\"hidden\">\\x1b</span>[31m");
	it_has(&out, "<span class=\"hidden\">\\u{202e}</span>");
	assert_null(strstr(out.p, "<script"));
	ks_buf_release(&out);
	ks_ruleset_release(&rules);
	incidents_release(&t);
}

static void it_is_the_same_twice(void **state)
{
	struct ks_incidentpage what = { .id = 1, .now_ms = FIXTURE_NOW, .version = "9.9" };
	struct ks_buf first, second;
	struct incidents t;

	(void)state;
	incidents_init(&t);
	fill(&t);
	page(&t, &what, &first);
	page(&t, &what, &second);
	assert_string_equal(first.p, second.p);
	ks_buf_release(&first);
	ks_buf_release(&second);
	incidents_release(&t);
}

static void events_that_are_left_out_are_counted_loudly(void **state)
{
	struct incidents t;
	struct ks_buf out;

	(void)state;
	incidents_init(&t);
	fill(&t);
	page(&t, &(struct ks_incidentpage){ .id = 1, .now_ms = FIXTURE_NOW, .version = "9.9", .max_events = 1 },
		&out);
	it_has(&out, "2 more events are not on this page: only the first 1 of 3 are.");
	it_has(&out, "keysnare incident export 1 --out FILE");
	it_has(&out, "<summary>record, ");
	assert_null(strstr(strstr(out.p, "<summary>record, ") + 1, "<summary>record, "));
	ks_buf_release(&out);
	incidents_release(&t);
}

static void a_broken_journal_is_said(void **state)
{
	struct ks_err err = { 0 };
	struct incidents t;
	struct ks_buf out;

	(void)state;
	incidents_init(&t);
	fill(&t);
	assert_int_equal(ks_db_exec(t.db, "UPDATE journal SET who = 'mallory' WHERE number = 1", &err), 0);
	page(&t, &(struct ks_incidentpage){ .id = 1, .now_ms = FIXTURE_NOW, .version = "9.9" }, &out);
	it_has(&out, "The journal does not hold from entry 1 on");
	assert_null(strstr(out.p, "the chain holds"));
	ks_buf_release(&out);
	assert_int_equal(ks_db_exec(t.db, "UPDATE journal SET hash = zeroblob(32)", &err), 0);
	page(&t, &(struct ks_incidentpage){ .id = 1, .now_ms = FIXTURE_NOW, .version = "9.9" }, &out);
	it_has(&out, "1 head that notices carry is in no entry");
	ks_buf_release(&out);
	incidents_release(&t);
}

static void errors(void **state)
{
	struct ks_incidentpage what = { .id = 99, .now_ms = FIXTURE_NOW, .version = "9.9" };
	struct ks_err err = { 0 };
	struct incidents t;
	struct ks_buf out;

	(void)state;
	incidents_init(&t);
	fill(&t);
	ks_buf_init(&out, 10000);
	assert_int_equal(ks_incidentpage_render(t.db, &what, &out, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	what.id = 1;
	assert_int_equal(ks_incidentpage_render(t.db, &what, &out, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_release(&out);
	incidents_release(&t);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, it_says_what_happened);
	ROWS_TEST(&tests, it_is_the_same_twice);
	ROWS_TEST(&tests, events_that_are_left_out_are_counted_loudly);
	ROWS_TEST(&tests, a_broken_journal_is_said);
	ROWS_TEST(&tests, errors);
	return rows_run("incidentpage", &tests);
}

/* lib/report/paper_markdown: a text for a ticket, in which nobody is called and nothing opens. */
#include "tests/unit/papers.h"
#include "tests/unit/rows.h"

static void hostile_text_stays_in_its_span(void **state)
{
	struct incidents t;
	struct ks_buf out;

	(void)state;
	papers_init(&t);
	papers_render(&t, "markdown", &out);
	/* What would end the span or the cell is spelled out, and what hides is made visible. */
	assert_non_null(strstr(out.p, "`=cmd\\x7C' /C calc'!A0 \\x60x\\x60 <script>\\x7C@all\\u{202e}\\x1b[2J"));
	/* A line of the table each, below its head. */
	assert_int_equal(papers_count(&out, "\n| 20"), 2);
	assert_true(ks_str_has_prefix(ks_buf_str(&out), KS_STR("# Incident 1: ")));
	assert_int_equal(papers_count(&out, "\n## "), 4);
	ks_buf_release(&out);
	incidents_release(&t);
}

static void a_note_is_text(void **state)
{
	struct ks_err err = { 0 };
	struct incidents t;
	struct ks_buf out;

	(void)state;
	papers_init(&t);
	assert_int_equal(ks_incident_note(t.db, &(struct ks_incident_change){ .id = 1, .now_ms = t.now_ms,
		.who = KS_STR("ann"), .text = KS_STR("# no heading\n@ann [x](http://127.0.0.1/)") }, &err), 0);
	papers_render(&t, "markdown", &out);
	assert_int_equal(papers_count(&out, "\n# "), 0);
	assert_null(strstr(out.p, "\n@ann"));
	assert_non_null(strstr(out.p, "@ann [x](http://127.0.0.1/)"));
	ks_buf_release(&out);
	incidents_release(&t);
}

/* Words of rules are no code; whatever is markup in them is escaped, wherever it stands. */
static void a_rules_words_are_text(void **state)
{
	static const char rule[] = "title: Decoy used\nid: 11111111-1111-4111-8111-111111111111\nlogsource: "
		"{product: aws, service: cloudtrail}\ndetection:\n  s:\n    decoy.match: key\n  condition: s\n"
		"level: high\ntriage:\n  - 'ask: *b* | <i> @c (at https://d_e)'\n";
	struct ks_ruleset rules;
	struct incidents t;
	struct ks_buf out;

	(void)state;
	papers_init(&t);
	ks_ruleset_init(&rules);
	assert_int_equal(ks_ruleset_add(&rules, "r.yml", KS_STR(rule)), 0);
	papers_render_with(&t, &rules, "markdown", &out);
	assert_non_null(strstr(out.p, "- [ ] ask: \\*b\\* \\| \\<i\\> `@`c (at https`:`//d\\_e)\n"));
	ks_buf_release(&out);
	ks_ruleset_release(&rules);
	incidents_release(&t);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, a_rules_words_are_text);

	ROWS_TEST(&rows, hostile_text_stays_in_its_span);
	ROWS_TEST(&rows, a_note_is_text);
	return rows_run("paper_markdown", &rows);
}

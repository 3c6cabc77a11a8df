/*
 * What tests of papers share: an incident whose records are full of hostile text, written down.
 */
#ifndef KS_TESTS_UNIT_PAPERS_H
#define KS_TESTS_UNIT_PAPERS_H

#include "lib/report/paper.h"

#include "tests/unit/incidents.h"

#define PAPERS_EVIL "=cmd|' /C calc'!A0 `x` <script>|@all\\u202e\\u001b[2J\\\",="

/* A store with incident 1: two calls. */
static inline void papers_init(struct incidents *t)
{
	incidents_init(t);
	incidents_begin(t);
	incidents_feed(t, &(struct call){ .agent = PAPERS_EVIL, .name = "GetSendQuota" });
	incidents_feed(t, &(struct call){ .agent = "boto3", .seconds = 5, .ip = "203.0.113.9" });
	incidents_commit(t);
}

static inline void papers_render_with(struct incidents *t, const struct ks_ruleset *rules, const char *name,
	struct ks_buf *out)
{
	const struct ks_paper_request request = { .id = 1, .rules = rules, .version = "0", .now_ms = t->now_ms };
	struct ks_err err = { 0 };
	const struct ks_paper *paper;

	ks_buf_init(out, KS_PAPER_SIZE);
	for (size_t i = 0; (paper = ks_paper_at(i)) != NULL && strcmp(paper->name, name) != 0; i++)
		;
	assert_non_null(paper);
	if (ks_paper_render(t->db, paper, &request, out, &err) != 0)
		fail_msg("%s", err.message);
	/* Nothing that a terminal or a reader would take for its own comes through. */
	for (size_t i = 0; i < out->n; i++)
		assert_true((unsigned char)out->p[i] >= 0x20 || out->p[i] == '\n' || out->p[i] == '\r');
	assert_null(strstr(ks_buf_str(out).p, "\xE2\x80\xAE"));
}

static inline void papers_render(struct incidents *t, const char *name, struct ks_buf *out)
{
	papers_render_with(t, &t->ruleset, name, out);
}

static inline size_t papers_count(const struct ks_buf *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text->p; (at = strstr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

#endif

/*
 * A drill's score for people: as a table for the terminal, as JSON, and as the report that is gone through
 * afterwards, in HTML or Markdown: what was expected and what came of it, who knew what when, what was
 * missed, the hashes of the evidence, and blanks for what is decided and who does it.
 */
#ifndef KS_DRILL_REVIEW_H
#define KS_DRILL_REVIEW_H

#include "lib/drill/score.h"

struct ks_review {
	const struct ks_score *score;
	int64_t now_ms;
	const char *version;         /* of the program */
};

void ks_review_add_text(const struct ks_review *review, struct ks_buf *out);
void ks_review_add_json(const struct ks_review *review, struct ks_buf *out);
void ks_review_html_add(const struct ks_review *review, struct ks_buf *out);
void ks_review_markdown_add(const struct ks_review *review, struct ks_buf *out);

/* What was missed, late or unexpected, a sentence each, pushed on out (const char *), in the arena: the
 * beginning of a list of things to do. */
void ks_review_gaps(const struct ks_review *review, struct ks_arena *arena, struct ks_vec *out);

/* One line that says how it went. */
void ks_review_add_verdict(const struct ks_review *review, struct ks_buf *out);

/* "+0:02:58" since the zero of the steps. */
void ks_review_add_offset(const struct ks_review *review, int64_t at_ms, struct ks_buf *out);

#endif

/*
 * Text of others in Markdown, for GitHub, GitLab and what else reads GFM: nothing in it becomes markup, a
 * link, an image, a mention or a reference to somebody's issue, and the cell of a table stays one cell. What
 * controls or hides is shown as \xNN or \u{N}, so one line stays one.
 *
 * Sources: GitHub Flavored Markdown 0.29 (6.9 autolinks, 4.10 tables), "Autolinked references and URLs" of
 * GitHub, "GitLab Flavored Markdown". Where references are looked for in the finished text a backslash is of
 * no use: there the one character that makes them stands in a code span of its own.
 */
#ifndef KS_REPORT_MARKDOWN_H
#define KS_REPORT_MARKDOWN_H

#include "lib/base/buf.h"

/* As words of a sentence, at the beginning of a line, too. */
void ks_markdown_add_words(struct ks_buf *out, struct ks_str words);

/* As a code span, at most so many bytes of it, and how many more there are. Nothing: "(none)". What would
 * end the span or the cell (` and |) is spelled out. */
void ks_markdown_add_code(struct ks_buf *out, struct ks_str value, size_t most);

#endif

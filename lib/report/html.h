/*
 * Writes HTML in which nothing from outside can become markup: elements and attributes are opened by name,
 * everything else is text and is escaped here. What comes out is well-formed as XML. The names are ours,
 * and asserted: no scripts, nothing that a browser would fetch or run, links only within the page, fields
 * only to choose with.
 */
#ifndef KS_REPORT_HTML_H
#define KS_REPORT_HTML_H

#include "lib/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_HTML_DEPTH 32u

struct ks_html {
	struct ks_buf *out;
	const char *open[KS_HTML_DEPTH]; /* elements that are open; names are literals */
	size_t depth;
	bool is_in_tag; /* attributes can still be added */
};

/* The document up to the open body: no script, no request to anywhere (a Content-Security-Policy of the
 * page says so again). css is ours and not escaped: pieces, NULL at the end. */
void ks_html_begin(struct ks_html *html, struct ks_buf *out, struct ks_str title, const char *const *css);
void ks_html_end(struct ks_html *html); /* everything else must be closed */

void ks_html_open(struct ks_html *html, const char *element);
void ks_html_attr(struct ks_html *html, const char *name, struct ks_str value);
void ks_html_attrf(struct ks_html *html, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ks_html_close(struct ks_html *html); /* the innermost one */

/* Text; an escaped character is marked, so that it cannot be taken for the same letters in the source. */
void ks_html_text(struct ks_html *html, struct ks_str s);
void ks_html_textf(struct ks_html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with newlines and tabs kept: for <pre>. */
void ks_html_lines(struct ks_html *html, struct ks_str s);

/* At most max bytes of text, then "…" and how many there are. */
void ks_html_clip(struct ks_html *html, struct ks_str s, size_t max);

/* <element class="…">text</element>; class_name NULL: none. */
void ks_html_put(struct ks_html *html, const char *element, const char *class_name, struct ks_str text);
void ks_html_putf(struct ks_html *html, const char *element, const char *class_name, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* <element class="…">, left open. */
void ks_html_start(struct ks_html *html, const char *element, const char *class_name);

/* <div class="scroll">, left open, for what may be wider than the window: the keyboard reaches it, and label
 * says what it is. */
void ks_html_scroll(struct ks_html *html, const char *label);

/* Elements that another writer made whole. */
void ks_html_raw(struct ks_html *html, struct ks_str made);

/* JSON with its structure laid out on lines and indented; what is inside strings stays as it is, and what is
 * no JSON comes out as it stands. Nothing but blanks outside of strings is lost. For ks_html_lines. */
void ks_html_layout_json(struct ks_str json, struct ks_buf *out);

#endif

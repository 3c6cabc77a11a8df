/* Elements, attributes and text. What a page says is not known here. */
#include "lib/report/html.h"

#include "lib/base/text.h"

#include <assert.h>
#include <string.h>

#define LONGEST_FORMAT (64u * 1024)
#define DEEPEST_INDENT 40u

static void finish_tag(struct ks_html *html)
{
	if (html->is_in_tag)
		ks_buf_addc(html->out, '>');
	html->is_in_tag = false;
}

/* Elements that stay empty and have no end tag in HTML. */
static bool is_void(const char *element)
{
	static const char *const names[] = { "br", "hr", "meta", "line", "rect", "circle", "path", "col",
		"input" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], element) == 0)
			return true;
	return false;
}

void ks_html_open(struct ks_html *html, const char *element)
{
	assert(html->depth < KS_HTML_DEPTH);
	assert(
		strcmp(element, "script") != 0 && strcmp(element, "link") != 0 && strcmp(element, "iframe") != 0);
	finish_tag(html);
	ks_buf_addc(html->out, '<');
	ks_buf_adds(html->out, element);
	html->open[html->depth++] = element;
	html->is_in_tag = true;
}

void ks_html_attr(struct ks_html *html, const char *name, struct ks_str value)
{
	assert(html->is_in_tag);
	assert(strncmp(name, "on", 2) != 0 && strcmp(name, "src") != 0 && strcmp(name, "style") != 0);
	assert(strcmp(name, "type") != 0 || ks_str_is(value, "radio"));
	assert(strcmp(name, "href") != 0 || (value.n > 0 && value.p[0] == '#'));
	ks_buf_addf(html->out, " %s=\"", name);
	ks_text_add_html(html->out, value);
	ks_buf_addc(html->out, '"');
}

void ks_html_attrf(struct ks_html *html, const char *name, const char *format, ...)
{
	struct ks_buf text;
	va_list args;

	ks_buf_init(&text, LONGEST_FORMAT);
	va_start(args, format);
	ks_buf_addv(&text, format, args);
	va_end(args);
	ks_html_attr(html, name, ks_buf_str(&text));
	ks_buf_release(&text);
}

void ks_html_close(struct ks_html *html)
{
	const char *element;

	assert(html->depth > 0);
	element = html->open[--html->depth];
	if (html->is_in_tag && is_void(element)) {
		ks_buf_adds(html->out, "/>");
		html->is_in_tag = false;
		return;
	}
	finish_tag(html);
	ks_buf_addf(html->out, "</%s>", element);
	/* Blocks end a line, so that the page can be read and compared as text. */
	if (strcmp(element, "span") != 0 && strcmp(element, "code") != 0 && strcmp(element, "a") != 0 &&
		strcmp(element, "b") != 0 && strcmp(element, "time") != 0)
		ks_buf_addc(html->out, '\n');
}

/* ---- text ---- */

/* Runs of ordinary characters are escaped as one; each hidden character gets a mark around it. */
static void add_text(struct ks_html *html, struct ks_str s, bool has_lines)
{
	uint32_t c;
	size_t n;

	finish_tag(html);
	while (s.n > 0) {
		size_t plain = 0;

		while (plain < s.n) {
			n = ks_text_next(ks_str_sub(s, plain, s.n), &c);
			if (ks_text_is_hidden(c))
				break;
			plain += n;
		}
		ks_text_add_html(html->out, ks_str_sub(s, 0, plain));
		s = ks_str_sub(s, plain, s.n);
		if (s.n == 0)
			return;
		n = ks_text_next(s, &c);
		if (has_lines && (c == '\n' || c == '\t')) {
			ks_buf_addc(html->out, (char)c);
		} else {
			ks_buf_adds(html->out, "<span class=\"hidden\">");
			ks_text_add_html(html->out, ks_str_sub(s, 0, n));
			ks_buf_adds(html->out, "</span>");
		}
		s = ks_str_sub(s, n, s.n);
	}
}

void ks_html_text(struct ks_html *html, struct ks_str s)
{
	add_text(html, s, false);
}

void ks_html_lines(struct ks_html *html, struct ks_str s)
{
	add_text(html, s, true);
}

__attribute__((format(printf, 2, 0)))
static void add_format(struct ks_html *html, const char *format, va_list args)
{
	struct ks_buf text;

	ks_buf_init(&text, LONGEST_FORMAT);
	ks_buf_addv(&text, format, args);
	ks_html_text(html, ks_buf_str(&text));
	ks_buf_release(&text);
}

void ks_html_textf(struct ks_html *html, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_format(html, format, args);
	va_end(args);
}

void ks_html_clip(struct ks_html *html, struct ks_str s, size_t max)
{
	size_t cut = 0, n;
	uint32_t c;

	if (s.n <= max) {
		ks_html_text(html, s);
		return;
	}
	while ((n = ks_text_next(ks_str_sub(s, cut, s.n), &c)) > 0 && cut + n <= max)
		cut += n;
	ks_html_text(html, ks_str_sub(s, 0, cut));
	ks_html_putf(html, "span", "note", "… (%zu bytes)", s.n);
}

void ks_html_start(struct ks_html *html, const char *element, const char *class_name)
{
	ks_html_open(html, element);
	if (class_name != NULL)
		ks_html_attr(html, "class", ks_str_of(class_name));
}

void ks_html_put(struct ks_html *html, const char *element, const char *class_name, struct ks_str text)
{
	ks_html_start(html, element, class_name);
	ks_html_text(html, text);
	ks_html_close(html);
}

void ks_html_putf(struct ks_html *html, const char *element, const char *class_name, const char *format,
	...)
{
	va_list args;

	ks_html_start(html, element, class_name);
	va_start(args, format);
	add_format(html, format, args);
	va_end(args);
	ks_html_close(html);
}

void ks_html_scroll(struct ks_html *html, const char *label)
{
	ks_html_start(html, "div", "scroll");
	ks_html_attr(html, "tabindex", KS_STR("0"));
	ks_html_attr(html, "role", KS_STR("group"));
	ks_html_attr(html, "aria-label", ks_str_of(label));
}

void ks_html_raw(struct ks_html *html, struct ks_str made)
{
	finish_tag(html);
	ks_buf_add(html->out, made);
}

/* ---- document ---- */

static void add_meta(struct ks_html *html, const char *name, const char *value, const char *content)
{
	ks_html_open(html, "meta");
	ks_html_attr(html, name, ks_str_of(value));
	if (content != NULL)
		ks_html_attr(html, "content", ks_str_of(content));
	ks_html_close(html);
	ks_buf_addc(html->out, '\n');
}

void ks_html_begin(struct ks_html *html, struct ks_buf *out, struct ks_str title, const char *const *css)
{
	*html = (struct ks_html){ .out = out };
	ks_buf_adds(out, "<!DOCTYPE html>\n");
	ks_html_open(html, "html");
	ks_html_attr(html, "lang", KS_STR("en"));
	ks_html_open(html, "head");
	add_meta(html, "charset", "utf-8", NULL);
	add_meta(html, "http-equiv", "Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'");
	add_meta(html, "name", "referrer", "no-referrer");
	add_meta(html, "name", "viewport", "width=device-width, initial-scale=1");
	add_meta(html, "name", "color-scheme", "light dark");
	ks_html_put(html, "title", NULL, title);
	ks_html_open(html, "style");
	finish_tag(html);
	ks_buf_addc(out, '\n');
	for (; *css != NULL; css++)
		ks_buf_adds(out, *css);
	ks_html_close(html);
	ks_html_close(html);
	ks_html_open(html, "body");
}

void ks_html_end(struct ks_html *html)
{
	assert(html->depth == 2);
	ks_html_close(html);
	ks_html_close(html);
}

/* ---- JSON ---- */

static void add_newline(struct ks_buf *out, size_t depth)
{
	ks_buf_addc(out, '\n');
	for (size_t i = 0; i < depth && i < DEEPEST_INDENT; i++)
		ks_buf_adds(out, "  ");
}

/* The string at the front, with its quotes; all of s when it does not end. */
static size_t string_length(struct ks_str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void ks_html_layout_json(struct ks_str json, struct ks_buf *out)
{
	size_t depth = 0, n;
	char before = 0;

	for (size_t i = 0; i < json.n; i += n) {
		char c = json.p[i];
		bool is_end = c == '}' || c == ']';

		n = 1;
		if (is_blank(c))
			continue;
		if (is_end && depth > 0)
			depth--;
		if (before == '{' || before == '[' ? !is_end : before == ',' || (is_end && before != 0))
			add_newline(out, depth);
		if (c == '"')
			n = string_length(ks_str_sub(json, i, json.n));
		ks_buf_add(out, ks_str_sub(json, i, n));
		if (c == ':')
			ks_buf_addc(out, ' ');
		if (c == '{' || c == '[')
			depth++;
		before = c;
	}
}

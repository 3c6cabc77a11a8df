/*
 * Rules and records for tests of lib/sigma: a rule from the text of its detection, a view over a record
 * that is written as "field=value field=value". A value is 'a string', a number, true, false, null, {…}
 * or […] without blanks; a field that is given twice has two values.
 */
#ifndef KS_TESTS_UNIT_VIEW_H
#define KS_TESTS_UNIT_VIEW_H

#include "lib/sigma/matcher.h"

#include <stdio.h>
#include <string.h>

#define VIEW_VALUES 64

struct view {
	struct ks_view view;
	const struct ks_program *program;
	struct ks_str paths[VIEW_VALUES];
	struct ks_value values[VIEW_VALUES];
	size_t n;
	struct ks_value answers[8][VIEW_VALUES]; /* so that two fields can be looked at together */
	unsigned turn;
};

static inline size_t view_values(void *arg, uint32_t field, const struct ks_value **out)
{
	struct view *view = arg;
	struct ks_value *answer = view->answers[view->turn++ % 8];
	size_t n = 0;

	for (size_t i = 0; i < view->n; i++)
		if (view->program->paths[field].n == 0 ? view->values[i].kind == KS_VALUE_STRING ||
			view->values[i].kind == KS_VALUE_NUMBER || view->values[i].kind == KS_VALUE_BOOL :
			ks_str_is_equal(view->paths[i], view->program->paths[field]))
			answer[n++] = view->values[i];
	*out = answer;
	return n;
}

static inline struct ks_value view_parse_value(struct ks_str text)
{
	static const struct {
		const char *first;
		enum ks_value_kind kind;
	} kinds[] = { { "{", KS_VALUE_OBJECT }, { "[", KS_VALUE_ARRAY }, { "tf", KS_VALUE_BOOL }, { "n",
		KS_VALUE_NULL } };
	struct ks_value value = { KS_VALUE_NUMBER, text };

	if (text.p[0] == '\'')
		return (struct ks_value){ KS_VALUE_STRING, ks_str_sub(text, 1, text.n - 2) };
	for (size_t i = 0; i < 4; i++)
		if (strchr(kinds[i].first, text.p[0]) != NULL)
			value.kind = kinds[i].kind;
	return value;
}

/* The view borrows event and program. */
static inline void view_init(struct view *view, const struct ks_program *program, const char *event)
{
	const char *p = event;

	memset(view, 0, sizeof(*view));
	view->view = (struct ks_view){ view_values, view };
	view->program = program;
	while (*p != '\0' && view->n < VIEW_VALUES) {
		const char *equals = strchr(p, '=');
		const char *end;

		if (equals == NULL)
			break;
		end = equals[1] == '\'' ? strchr(equals + 2, '\'') + 1 : equals + 1 + strcspn(equals + 1, " ");
		view->paths[view->n] = (struct ks_str){ p, (size_t)(equals - p) };
		view->values[view->n++] = view_parse_value((struct ks_str){ equals + 1,
			(size_t)(end - equals - 1) });
		p = end + strspn(end, " ");
	}
}

/* Adds a rule whose detection is this text, indented by a blank at least. */
static inline int view_add_rule(struct ks_ruleset *ruleset, const char *detection)
{
	struct ks_buf text;
	int result;

	ks_buf_init(&text, 1u << 20);
	ks_buf_addf(&text,
		"title: test\nid: 6f1c0d4e-0000-4000-8000-%012zx\nlogsource: {product: test}\ndetection:\n%s",
		ruleset->rules.n, detection);
	result = ks_ruleset_add(ruleset, "test.yml", ks_buf_str(&text));
	ks_buf_release(&text);
	return result;
}

/* A filter of all rules so far, with these selections and condition. */
static inline int view_add_filter(struct ks_ruleset *ruleset, const char *selections)
{
	struct ks_buf text;
	int result;

	ks_buf_init(&text, 1u << 20);
	ks_buf_addf(&text, "title: filter\nlogsource: {product: test}\nfilter:\n rules: any\n%s", selections);
	result = ks_ruleset_add(ruleset, "filter.yml", ks_buf_str(&text));
	ks_buf_release(&text);
	return result == 0 ? ks_ruleset_resolve(ruleset) : result;
}

/* Every problem, "error 1:2: text" or "warning …" on a line of its own; the positions are those of the
 * file. */
static inline void view_render_problems(const struct ks_ruleset *ruleset, char *out, size_t n)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ruleset->problems.list.n && at < n; i++) {
		const struct ks_problem *problem = KS_VEC_AT(&ruleset->problems.list, struct ks_problem, i);

		at += (size_t)snprintf(out + at, n - at, "%s%s %d:%d: %s", i > 0 ? "\n" : "",
			problem->is_warning ? "warning" : "error", problem->err.line, problem->err.column,
			problem->err.message);
	}
}

#endif

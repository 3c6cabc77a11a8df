/* Typed readers for the YAML of response policies. */
#include "lib/respond/entry.h"

#include "lib/base/opt.h"
#include "lib/base/time.h"

#include <inttypes.h>
#include <stdio.h>

#define WORD_MOST 80                     /* a longer word is near to nothing */
#define LIST_MOST 1000
#define YEAR (366 * KS_TIME_DAY)

static bool fail(const struct ks_yaml_node *node, const char *what, const char *wanted,
	struct ks_problems *problems)
{
	ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column, "%s must be %s, not %s", what,
		wanted,
		ks_yaml_kind_name(node->kind));
	return false;
}

static const char *find_near(struct ks_str word, const char *const *known, size_t n)
{
	char text[WORD_MOST + 1];

	if (word.n == 0 || word.n > WORD_MOST)
		return NULL;
	snprintf(text, sizeof(text), KS_STR_FMT, KS_STR_ARG(word));
	return ks_opt_nearest(text, known, n);
}

void ks_entry_fail_word(const struct ks_yaml_node *node, const char *what, const char *const *known,
	size_t known_count, struct ks_problems *problems)
{
	const char *near = find_near(node->text, known, known_count);

	if (near != NULL)
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
			"'" KS_STR_FMT "' is no %s: did you mean '%s'?", KS_STR_ARG(node->text), what, near);
	else
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column, "'" KS_STR_FMT "' is no %s",
			KS_STR_ARG(node->text), what);
}

bool ks_entry_check(const struct ks_yaml_node *node, const char *what, const char *const *known,
	size_t known_count, struct ks_problems *problems)
{
	bool is_good = true;

	if (node->kind != KS_YAML_MAPPING)
		return fail(node, what, "a mapping", problems);
	for (size_t i = 0; i < node->n; i++) {
		const struct ks_yaml_node *key = node->keys[i];
		const char *near = NULL;
		size_t k = 0;

		while (k < known_count && !ks_str_is(key->text, known[k]))
			k++;
		if (k < known_count)
			continue;
		near = find_near(key->text, known, known_count);
		ks_problem_add_at(problems, KS_ERR_PARSE, key->line, key->column,
			"unknown key '" KS_STR_FMT "' in %s%s%s%s", KS_STR_ARG(key->text), what,
			near != NULL ? ": did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
		is_good = false;
	}
	return is_good;
}

bool ks_entry_text(const struct ks_yaml_node *node, const char *what, struct ks_problems *problems,
	struct ks_str *out)
{
	if (node->kind != KS_YAML_STRING || node->text.n == 0)
		return fail(node, what, node->kind == KS_YAML_STRING ? "a string that is not empty" : "a string",
			problems);
	*out = node->text;
	return true;
}

bool ks_entry_flag(const struct ks_yaml_node *node, const char *what, struct ks_problems *problems,
	bool *out)
{
	if (node->kind != KS_YAML_BOOL)
		return fail(node, what, "true or false", problems);
	*out = node->boolean;
	return true;
}

bool ks_entry_count(const struct ks_yaml_node *node, const char *what, int64_t least, int64_t most,
	struct ks_problems *problems, int64_t *out)
{
	int64_t value;

	if (node->kind != KS_YAML_NUMBER || !ks_str_parse_int(node->text, &value) || value < least ||
		value > most) {
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
			"%s must be a whole number from %" PRId64 " to %" PRId64, what, least, most);
		return false;
	}
	*out = value;
	return true;
}

bool ks_entry_duration(const struct ks_yaml_node *node, const char *what, struct ks_problems *problems,
	int64_t *out_ms)
{
	static const struct { char unit; int64_t ms; } units[] = {
		{ 's', KS_TIME_SECOND }, { 'm', 60 * KS_TIME_SECOND }, { 'h', 3600 * KS_TIME_SECOND },
		{ 'd', KS_TIME_DAY }, { 'w', 7 * KS_TIME_DAY },
	};
	struct ks_str s = node->text;
	int64_t count;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && node->kind == KS_YAML_STRING &&
		s.n > 1; i++) {
		if (s.p[s.n - 1] != units[i].unit || s.p[0] < '0' || s.p[0] > '9' ||
			!ks_str_parse_int(ks_str_sub(s, 0, s.n - 1), &count))
			continue;
		if (count <= 0 || count > YEAR / units[i].ms)
			break;
		*out_ms = count * units[i].ms;
		return true;
	}
	ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
		"%s must be a number with its unit, such as 90s, 15m, 1h or 7d, and at most a year", what);
	return false;
}

/* One string of a list. */
static bool take(const struct ks_yaml_node *node, const char *what, struct ks_problems *problems,
	struct ks_str *list, size_t n)
{
	if (node->kind != KS_YAML_STRING || node->text.n == 0) {
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column, "%s must hold strings: this is "
			"%s%s",
			what, node->kind == KS_YAML_STRING ? "empty" : ks_yaml_kind_name(node->kind),
			node->kind == KS_YAML_NUMBER ? ", put it in quotes" : "");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (ks_str_is_equal(list[i], node->text)) {
			ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
				"'" KS_STR_FMT "' stands twice in %s", KS_STR_ARG(node->text), what);
			return false;
		}
	list[n] = node->text;
	return true;
}

bool ks_entry_strings(const struct ks_yaml_node *node, const char *what, struct ks_arena *arena,
	struct ks_problems *problems, struct ks_entry_list *out)
{
	bool is_list = node->kind == KS_YAML_SEQUENCE, is_good = true;
	size_t n = is_list ? node->n : 1, taken = 0;
	const struct ks_yaml_node **nodes;
	struct ks_str *list;

	if (n > LIST_MOST) {
		ks_problem_add_at(problems, KS_ERR_LIMIT, node->line, node->column,
			"%s holds %zu entries, %d are the most", what, n, LIST_MOST);
		return false;
	}
	if (node->kind == KS_YAML_MAPPING || node->kind == KS_YAML_NULL || n == 0)
		return fail(node, what, n == 0 ? "a list that is not empty" : "a list of strings", problems);
	list = ks_arena_alloc(arena, n * sizeof(*list));
	nodes = ks_arena_alloc(arena, n * sizeof(*nodes));
	for (size_t i = 0; i < n; i++) {
		const struct ks_yaml_node *entry = is_list ? node->items[i] : node;

		if (!take(entry, what, problems, list, taken)) {
			is_good = false;
			continue;
		}
		nodes[taken++] = entry;
	}
	if (is_good)
		*out = (struct ks_entry_list){ list, nodes, taken };
	return is_good;
}

bool ks_entry_protect(const struct ks_yaml_node *node, struct ks_arena *arena, struct ks_problems *problems,
	struct ks_entry_list *out, const struct ks_pattern **out_patterns)
{
	const struct ks_pattern_spec spec = { .is_cased = true };
	struct ks_entry_list list = { NULL, NULL, 0 };
	struct ks_pattern *patterns;
	bool is_good = true;

	if (!ks_entry_strings(node, "'protect'", arena, problems, &list))
		return false;
	patterns = ks_arena_alloc(arena, list.n * sizeof(*patterns));
	for (size_t i = 0; i < list.n; i++) {
		patterns[i] = ks_pattern_compile(list.p[i], &spec, arena);
		if (ks_str_has_prefix(list.p[i], KS_STR("arn:")) || ks_str_has_prefix(list.p[i], KS_STR("AKIA")))
			continue;
		ks_problem_add_at(problems, KS_ERR_PARSE, list.nodes[i]->line, list.nodes[i]->column, "'protect' "
			"holds ARNs of users and roles, and access key ids; * and ? are wildcards");
		is_good = false;
	}
	*out = list;
	*out_patterns = patterns;
	return is_good;
}

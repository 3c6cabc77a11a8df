/* The head of a Sigma rule: what it is called, who wrote it, how bad it is. The detection has files of
 * its own. */
#include "lib/sigma/rule.h"

#include "lib/base/opt.h"
#include "lib/base/time.h"

#include <string.h>

#define TITLE_MOST 256

static const char *const known_keys[] = {
	"title",
	"id",
	"name",
	"related",
	"taxonomy",
	"status",
	"description",
	"license",
	"references",
	"author",
	"date",
	"modified",
	"logsource",
	"detection",
	"fields",
	"falsepositives",
	"level",
	"tags",
	"scope",
	"correlation",
	"generate",
	"filter",
};

static const char *const logsource_keys[] = { "category", "product", "service", "definition" };

static const char *const statuses[] = { "stable", "test", "experimental", "deprecated", "unsupported" };

static const char *const levels[] = {
	[KS_LEVEL_NONE] = NULL,
	[KS_LEVEL_INFORMATIONAL] = "informational",
	[KS_LEVEL_LOW] = "low",
	[KS_LEVEL_MEDIUM] = "medium",
	[KS_LEVEL_HIGH] = "high",
	[KS_LEVEL_CRITICAL] = "critical",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *ks_rule_level_name(enum ks_level level)
{
	return levels[level];
}

bool ks_rule_parse_level(struct ks_str name, enum ks_level *out)
{
	for (size_t i = KS_LEVEL_INFORMATIONAL; i < COUNT(levels); i++)
		if (ks_str_is(name, levels[i])) {
			*out = (enum ks_level)i;
			return true;
		}
	return false;
}

static bool is_one_of(struct ks_str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ks_str_is(s, words[i]))
			return true;
	return false;
}

/* Keys that look like a known one and are not. */
static void warn_keys(const struct ks_yaml_node *mapping, const char *const *known, size_t n,
	struct ks_problems *problems)
{
	for (size_t i = 0; i < mapping->n; i++) {
		const struct ks_yaml_node *key = mapping->keys[i];
		const char *near = is_one_of(key->text, known, n) ? NULL : ks_opt_nearest(key->text.p, known,
			n);

		/* A short word is near to every other short word. */
		if (near != NULL && key->text.n > 3 && ks_yaml_find(mapping, near) == NULL)
			ks_problem_warn_at(problems, key->line, key->column,
				"unknown key '" KS_STR_FMT "' is ignored: did you mean '%s'?", KS_STR_ARG(key->text),
				near);
	}
}

/* An optional string; numbers and the like are taken as they are written. */
static struct ks_str read_text(const struct ks_yaml_node *document, const char *key,
	struct ks_problems *problems)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, key);

	if (node == NULL || node->kind == KS_YAML_NULL)
		return (struct ks_str){ NULL, 0 };
	if (node->kind == KS_YAML_SEQUENCE || node->kind == KS_YAML_MAPPING) {
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
			"'%s' must be a string, not %s",
			key, ks_yaml_kind_name(node->kind));
		return (struct ks_str){ NULL, 0 };
	}
	return node->text;
}

static struct ks_rule_list read_list(const struct ks_yaml_node *document, const char *key,
	struct ks_item_env *env)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, key);
	struct ks_str *list;
	size_t n;

	if (node == NULL || node->kind == KS_YAML_NULL)
		return (struct ks_rule_list){ NULL, 0 };
	if (node->kind == KS_YAML_MAPPING) {
		ks_problem_add_at(env->problems, KS_ERR_PARSE, node->line, node->column,
			"'%s' must be a list, not a mapping", key);
		return (struct ks_rule_list){ NULL, 0 };
	}
	if (node->kind != KS_YAML_SEQUENCE) {
		ks_problem_warn_at(env->problems, node->line, node->column, "'%s' should be a list", key);
		list = ks_arena_alloc(env->arena, sizeof(*list));
		list[0] = node->text;
		return (struct ks_rule_list){ list, 1 };
	}
	n = 0;
	list = ks_arena_alloc(env->arena, node->n * sizeof(*list));
	for (size_t i = 0; i < node->n; i++) {
		const struct ks_yaml_node *entry = node->items[i];

		if (entry->kind == KS_YAML_SEQUENCE || entry->kind == KS_YAML_MAPPING)
			ks_problem_add_at(env->problems, KS_ERR_PARSE, entry->line, entry->column,
				"'%s' must be a list of strings: this is %s", key, ks_yaml_kind_name(entry->kind));
		else
			list[n++] = entry->text;
	}
	return (struct ks_rule_list){ list, n };
}

static void fail_missing(const struct ks_yaml_node *document, const char *key,
	struct ks_problems *problems)
{
	ks_problem_add_at(problems, KS_ERR_PARSE, document->line, document->column, "the rule has no '%s'",
		key);
}

static void check_title(const struct ks_yaml_node *document, struct ks_str title,
	struct ks_problems *problems)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, "title");

	if (node == NULL || (node->kind <= KS_YAML_STRING && title.n == 0))
		fail_missing(document, "title", problems);
	else if (title.n > TITLE_MOST)
		ks_problem_warn_at(problems, node->line, node->column, "the title is longer than %d characters",
			TITLE_MOST);
}

static bool is_uuid(struct ks_str s)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? s.p[i] != '-' : s.p[i] == '\0' || strchr("0123456789abcdefABCDEF",
			s.p[i]) == NULL)
			return false;
	}
	return true;
}

static void check_id(const struct ks_yaml_node *document, struct ks_str id,
	struct ks_problems *problems)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, "id");

	/* A filter makes no findings. */
	if (id.n == 0 && ks_yaml_find(document, "filter") != NULL)
		return;
	if (id.n == 0)
		ks_problem_warn_at(problems, document->line, document->column,
			"the rule has no 'id': findings are told apart by it, so give it a random UUID");
	else if (!is_uuid(id))
		ks_problem_warn_at(problems, node->line, node->column, "id '" KS_STR_FMT "' is not a UUID",
			KS_STR_ARG(id));
}

static void check_status(const struct ks_yaml_node *document, struct ks_str status,
	struct ks_problems *problems)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, "status");

	if (status.n > 0 && !is_one_of(status, statuses, COUNT(statuses)))
		ks_problem_warn_at(problems, node->line, node->column,
			"unknown status '" KS_STR_FMT "': stable, test, experimental, deprecated and unsupported are",
			KS_STR_ARG(status));
}

static enum ks_level read_level(const struct ks_yaml_node *document, struct ks_problems *problems)
{
	struct ks_str text = read_text(document, "level", problems);
	const struct ks_yaml_node *node = ks_yaml_find(document, "level");
	enum ks_level level = KS_LEVEL_NONE;

	if (text.n > 0 && !ks_rule_parse_level(text, &level))
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
			"unknown level '" KS_STR_FMT "': informational, low, medium, high and critical are",
			KS_STR_ARG(text));
	return level;
}

static struct ks_str read_date(const struct ks_yaml_node *document, const char *key,
	struct ks_problems *problems)
{
	struct ks_str text = read_text(document, key, problems);
	const struct ks_yaml_node *node = ks_yaml_find(document, key);
	int64_t ms;

	if (text.n > 0 && (text.n != 10 || !ks_time_parse(text, &ms)))
		ks_problem_warn_at(problems, node->line, node->column,
			"'%s' should be a date such as 2026-11-21", key);
	return text;
}

void ks_rule_parse_logsource(const struct ks_yaml_node *document, struct ks_problems *problems,
	struct ks_rule *rule)
{
	const struct ks_yaml_node *node = ks_yaml_find(document, "logsource");

	if (node == NULL) {
		fail_missing(document, "logsource", problems);
		return;
	}
	if (node->kind != KS_YAML_MAPPING) {
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
			"'logsource' must be a mapping with category, product or service, not %s",
			ks_yaml_kind_name(node->kind));
		return;
	}
	warn_keys(node, logsource_keys, COUNT(logsource_keys), problems);
	rule->logsource.category = read_text(node, "category", problems);
	rule->logsource.product = read_text(node, "product", problems);
	rule->logsource.service = read_text(node, "service", problems);
	if (rule->logsource.category.n + rule->logsource.product.n + rule->logsource.service.n == 0)
		ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
			"'logsource' names no category, product or service");
}

bool ks_rule_parse_head(const struct ks_yaml_node *document, struct ks_item_env *env, struct ks_rule *out)
{
	struct ks_problems *problems = env->problems;
	size_t errors = problems->errors;
	struct ks_rule rule = { .document = document, .file = problems->file, .line = document->line };

	warn_keys(document, known_keys, COUNT(known_keys), problems);
	rule.title = read_text(document, "title", problems);
	check_title(document, rule.title, problems);
	rule.id = read_text(document, "id", problems);
	check_id(document, rule.id, problems);
	rule.name = read_text(document, "name", problems);
	rule.status = read_text(document, "status", problems);
	check_status(document, rule.status, problems);
	rule.description = read_text(document, "description", problems);
	rule.author = read_text(document, "author", problems);
	rule.license = read_text(document, "license", problems);
	rule.date = read_date(document, "date", problems);
	rule.modified = read_date(document, "modified", problems);
	rule.level = read_level(document, problems);
	rule.tags = read_list(document, "tags", env);
	rule.references = read_list(document, "references", env);
	rule.falsepositives = read_list(document, "falsepositives", env);
	rule.fields = read_list(document, "fields", env);
	*out = rule;
	return problems->errors == errors;
}

bool ks_rule_parse(const struct ks_yaml_node *document, struct ks_item_env *env, struct ks_rule *out)
{
	struct ks_problems *problems = env->problems;
	const struct ks_yaml_node *detection = ks_yaml_find(document, "detection");
	size_t errors = problems->errors;
	struct ks_rule rule;

	ks_rule_parse_head(document, env, &rule);
	ks_rule_parse_logsource(document, problems, &rule);
	if (detection == NULL)
		fail_missing(document, "detection", problems);
	else
		ks_detection_parse(detection, env, &rule.detection);
	if (problems->errors != errors)
		return false;
	*out = rule;
	return true;
}

/* Files to documents to rules. */
#include "lib/sigma/ruleset.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void ks_ruleset_init(struct ks_ruleset *ruleset)
{
	*ruleset =
		(struct ks_ruleset){ .rules = KS_VEC_OF(struct ks_rule *),
		.correlations = KS_VEC_OF(struct ks_correlation *),
		.filters = KS_VEC_OF(struct ks_filter *),
		.regexes = KS_VEC_OF(struct ks_regex *) };
	ks_problem_init(&ruleset->problems);
	ks_path_init(&ruleset->paths);
	ks_arena_init(&ruleset->arena);
	ks_map_init(&ruleset->ids);
	ks_map_init(&ruleset->names);
	ks_map_init(&ruleset->titles);
	ks_map_init(&ruleset->filter_ids);
	ks_map_init(&ruleset->filter_names);
	ks_placeholder_init(&ruleset->placeholders);
	ks_map_init(&ruleset->loaded);
}

void ks_ruleset_release(struct ks_ruleset *ruleset)
{
	if (ruleset == NULL)
		return;
	for (size_t i = 0; i < ruleset->regexes.n; i++)
		ks_regex_free(*KS_VEC_AT(&ruleset->regexes, struct ks_regex *, i));
	ks_vec_release(&ruleset->regexes);
	ks_vec_release(&ruleset->rules);
	ks_vec_release(&ruleset->correlations);
	ks_vec_release(&ruleset->filters);
	ks_problem_release(&ruleset->problems);
	ks_path_release(&ruleset->paths);
	ks_map_release(&ruleset->ids);
	ks_map_release(&ruleset->names);
	ks_map_release(&ruleset->titles);
	ks_map_release(&ruleset->filter_ids);
	ks_map_release(&ruleset->filter_names);
	ks_placeholder_release(&ruleset->placeholders);
	ks_map_release(&ruleset->loaded);
	ks_arena_release(&ruleset->arena);
}

bool ks_ruleset_first_error(const struct ks_ruleset *ruleset, struct ks_err *out)
{
	for (size_t i = 0; i < ruleset->problems.list.n; i++) {
		const struct ks_problem *problem = KS_VEC_AT(&ruleset->problems.list, struct ks_problem, i);

		if (!problem->is_warning) {
			*out = problem->err;
			return true;
		}
	}
	return false;
}

/* The collections of old. True when the document belongs to one, with an error that says so. */
static bool refuse_kind(const struct ks_yaml_node *document, struct ks_problems *problems)
{
	const struct ks_yaml_node *action = ks_yaml_find(document, "action");

	if (action == NULL || (!ks_str_is(action->text, "global") && !ks_str_is(action->text, "reset") &&
		!ks_str_is(action->text, "repeat")))
		return false;
	ks_problem_add_at(problems, KS_ERR_UNSUPPORTED, action->line, action->column,
		"'action: " KS_STR_FMT "' is the old rule collection syntax: write the rules out in full",
		KS_STR_ARG(action->text));
	return true;
}

/* Claims an id or a name for a rule or filter, which share them: other is the map of the other kind. */
static bool claim(struct ks_ruleset *ruleset, struct ks_map *map, const struct ks_map *other,
	const char *key, struct ks_str value, struct ks_rule *rule)
{
	const struct ks_yaml_node *node = ks_yaml_find(rule->document, key);
	const struct ks_rule *first;

	if (value.n == 0)
		return true;
	first = ks_map_find(map, value);
	if (first == NULL && other != NULL)
		first = ks_map_find(other, value);
	if (first != NULL) {
		ks_problem_add_at(&ruleset->problems, KS_ERR_EXISTS, node != NULL ? node->line : rule->line,
			node != NULL ? node->column : 1,
			"duplicate %s '" KS_STR_FMT "': %s:%d ('" KS_STR_FMT "') has it too", key, KS_STR_ARG(value),
			first->file != NULL ? first->file : "", first->line, KS_STR_ARG(first->title));
		return false;
	}
	ks_map_put(map, value, rule);
	return true;
}

static bool claim_both(struct ks_ruleset *ruleset, struct ks_rule *rule)
{
	return claim(ruleset, &ruleset->ids, &ruleset->filter_ids, "id", rule->id, rule) &&
		claim(ruleset, &ruleset->names, &ruleset->filter_names, "name", rule->name, rule) &&
		(rule->id.n > 0 ||
			claim(ruleset, &ruleset->titles, NULL, "title of rules without an id", rule->title, rule));
}

static struct ks_item_env env_of(struct ks_ruleset *ruleset)
{
	return (struct ks_item_env){ .arena = &ruleset->arena,
		.paths = &ruleset->paths,
		.regexes = &ruleset->regexes,
		.problems = &ruleset->problems,
		.placeholders = &ruleset->placeholders,
		.budget = KS_LIMIT_RULE_NODES,
		.bytes = &ruleset->bytes };
}

static void add_correlation(struct ks_ruleset *ruleset, const struct ks_yaml_node *document,
	struct ks_item_env *env)
{
	struct ks_correlation *correlation = ks_arena_alloc(&ruleset->arena, sizeof(*correlation));

	if (ks_correlation_parse(document, env, correlation) && claim_both(ruleset, &correlation->head))
		*(struct ks_correlation **)ks_vec_push(&ruleset->correlations) = correlation;
}

static void add_filter(struct ks_ruleset *ruleset, const struct ks_yaml_node *document,
	struct ks_item_env *env)
{
	struct ks_filter *filter = ks_arena_alloc(&ruleset->arena, sizeof(*filter));

	if (ks_filter_parse(document, env, filter) &&
		claim(ruleset, &ruleset->filter_ids, &ruleset->ids, "id", filter->head.id, &filter->head) &&
		claim(ruleset, &ruleset->filter_names, &ruleset->names, "name", filter->head.name, &filter->head))
		*(struct ks_filter **)ks_vec_push(&ruleset->filters) = filter;
}

static void add_document(struct ks_ruleset *ruleset, const struct ks_yaml_node *document)
{
	struct ks_item_env env = env_of(ruleset);
	struct ks_rule *rule;

	if (document->kind != KS_YAML_MAPPING) {
		ks_problem_add_at(&ruleset->problems, KS_ERR_PARSE, document->line, document->column,
			"a Sigma rule is a mapping, not %s", ks_yaml_kind_name(document->kind));
		return;
	}
	if (refuse_kind(document, &ruleset->problems))
		return;
	if (ks_yaml_find(document, "correlation") != NULL) {
		add_correlation(ruleset, document, &env);
		return;
	}
	if (ks_yaml_find(document, "filter") != NULL && ks_yaml_find(document, "detection") == NULL) {
		add_filter(ruleset, document, &env);
		return;
	}
	rule = ks_arena_alloc(&ruleset->arena, sizeof(*rule));
	if (ks_rule_parse(document, &env, rule) && claim_both(ruleset, rule))
		*(struct ks_rule **)ks_vec_push(&ruleset->rules) = rule;
}

int ks_ruleset_resolve(struct ks_ruleset *ruleset)
{
	size_t errors = ruleset->problems.errors, n;
	struct ks_item_env env = env_of(ruleset);

	for (size_t i = 0; i < ruleset->filters.n; i++) {
		struct ks_filter *filter = *KS_VEC_AT(&ruleset->filters, struct ks_filter *, i);

		ruleset->problems.file = filter->head.file;
		ks_filter_apply(filter, &ruleset->rules, &ruleset->ids, &ruleset->names, &env);
	}
	n = ks_correlation_order((struct ks_correlation **)ruleset->correlations.p, ruleset->correlations.n,
		ruleset->resolved, &env, &ruleset->ids, &ruleset->names);
	ruleset->problems.file = NULL;
	ruleset->resolved = ruleset->correlations.n = n;
	return ruleset->problems.errors == errors ? 0 : -1;
}

int ks_ruleset_add(struct ks_ruleset *ruleset, const char *file, struct ks_str text)
{
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	size_t errors = ruleset->problems.errors;
	struct ks_err err = { 0 };

	ruleset->problems.file = ks_arena_strdup(&ruleset->arena, ks_str_of(file));
	ruleset->files++;
	ruleset->bytes = KS_LIMIT_RULE_BYTES;
	if (ks_yaml_parse(text, &ruleset->arena, &documents, &err) != 0)
		ks_problem_add(&ruleset->problems, &err);
	else if (documents.n == 0)
		ks_problem_warn_at(&ruleset->problems, 0, 0, "the file holds no rule");
	for (size_t i = 0; i < documents.n; i++)
		add_document(ruleset, *KS_VEC_AT(&documents, struct ks_yaml_node *, i));
	ruleset->problems.file = NULL;
	ks_vec_release(&documents);
	return ruleset->problems.errors == errors ? 0 : -1;
}

/* Whether the file was read before, under whatever name. */
static bool is_loaded(struct ks_ruleset *ruleset, const char *path)
{
	struct stat st;
	char name[48];

	if (stat(path, &st) != 0)
		return false;
	snprintf(name, sizeof(name), "%jx:%jx", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return ks_map_put(&ruleset->loaded, ks_str_of(name), ruleset) != NULL;
}

static void load_file(struct ks_ruleset *ruleset, const char *path)
{
	struct ks_err err = { 0 };
	struct ks_buf text;

	if (is_loaded(ruleset, path))
		return;
	ks_buf_init(&text, KS_LIMIT_RULE_FILE);
	if (ks_file_load(path, &text, &err) == 0) {
		ks_ruleset_add(ruleset, path, ks_buf_str(&text));
	} else {
		ks_err_set_file(&err, path);
		ks_problem_add(&ruleset->problems, &err);
	}
	ks_buf_release(&text);
}

int ks_ruleset_load_placeholders(struct ks_ruleset *ruleset, const char *path)
{
	const char *file = ks_arena_strdup(&ruleset->arena, ks_str_of(path));
	struct ks_err err = { 0 };
	struct ks_buf text;
	int rc = -1;

	ks_buf_init(&text, KS_LIMIT_RULE_FILE);
	if (ks_file_load(path, &text, &err) == 0) {
		rc = ks_placeholder_add(&ruleset->placeholders, file, ks_buf_str(&text), &ruleset->problems);
	} else {
		ks_err_set_file(&err, path);
		ks_problem_add(&ruleset->problems, &err);
	}
	ks_buf_release(&text);
	return rc;
}

int ks_ruleset_load(struct ks_ruleset *ruleset, const char *path)
{
	static const char *const suffixes[] = { ".yml", ".yaml", NULL };
	size_t errors = ruleset->problems.errors;
	struct ks_walk walk;
	struct ks_buf file;

	ks_walk_init(&walk);
	ks_walk_add(&walk, path, suffixes);
	for (size_t i = 0; i < walk.problems.n; i++) {
		struct ks_walk_problem *problem = KS_VEC_AT(&walk.problems, struct ks_walk_problem, i);

		ks_err_set_file(&problem->err, problem->path);
		ks_problem_add(&ruleset->problems, &problem->err);
	}
	if (walk.files.n == 0 && walk.problems.n == 0) {
		struct ks_err err = { 0 };

		ks_err_set(&err, KS_ERR_NOTFOUND, "no rules (*.yml, *.yaml) here");
		ks_err_set_file(&err, path);
		ks_problem_add(&ruleset->problems, &err);
	}
	ks_buf_init(&file, KS_WALK_PATH);
	for (size_t i = 0; i < walk.files.n; i++) {
		ks_walk_path(&walk, i, &file);
		load_file(ruleset, file.p);
	}
	ks_buf_release(&file);
	ks_walk_release(&walk);
	return ruleset->problems.errors == errors ? 0 : -1;
}

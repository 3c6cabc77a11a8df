/* Placeholders from YAML. */
#include "lib/sigma/placeholder.h"

#include "lib/codec/yaml.h"

void ks_placeholder_init(struct ks_placeholders *placeholders)
{
	ks_map_init(&placeholders->names);
	ks_arena_init(&placeholders->arena);
}

void ks_placeholder_release(struct ks_placeholders *placeholders)
{
	if (placeholders == NULL)
		return;
	ks_map_release(&placeholders->names);
	ks_arena_release(&placeholders->arena);
}

static bool is_value(const struct ks_yaml_node *node)
{
	return node->kind == KS_YAML_STRING || node->kind == KS_YAML_NUMBER || node->kind == KS_YAML_BOOL;
}

static void add_one(struct ks_placeholders *placeholders, const struct ks_yaml_node *key,
	const struct ks_yaml_node *value, struct ks_problems *problems)
{
	bool is_list = value->kind == KS_YAML_SEQUENCE;
	struct ks_placeholder *placeholder = ks_arena_alloc(&placeholders->arena, sizeof(*placeholder));
	size_t n = is_list ? value->n : 1;
	struct ks_str *values = ks_arena_alloc(&placeholders->arena, (n + 1) * sizeof(*values));

	if (n == 0)
		ks_problem_add_at(problems, KS_ERR_PARSE, value->line, value->column,
			"placeholder '" KS_STR_FMT "' has no values", KS_STR_ARG(key->text));
	for (size_t i = 0; i < n; i++) {
		const struct ks_yaml_node *node = is_list ? value->items[i] : value;

		if (!is_value(node))
			ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
				"placeholder '" KS_STR_FMT "' wants a string or a list of strings, not %s",
				KS_STR_ARG(key->text), ks_yaml_kind_name(node->kind));
		values[i] = node->text;
	}
	*placeholder = (struct ks_placeholder){ .name = key->text, .values = values, .n = n };
	ks_map_put(&placeholders->names, key->text, placeholder);
}

int ks_placeholder_add(struct ks_placeholders *placeholders, const char *file, struct ks_str text,
	struct ks_problems *problems)
{
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	const char *before = problems->file;
	size_t errors = problems->errors;
	struct ks_err err = { 0 };

	problems->file = file;
	if (ks_yaml_parse(text, &placeholders->arena, &documents, &err) != 0)
		ks_problem_add(problems, &err);
	for (size_t i = 0; i < documents.n; i++) {
		const struct ks_yaml_node *document = *KS_VEC_AT(&documents, struct ks_yaml_node *, i);

		if (document->kind != KS_YAML_MAPPING)
			ks_problem_add_at(problems, KS_ERR_PARSE, document->line, document->column,
				"placeholders are a mapping of names to values, not %s", ks_yaml_kind_name(document->kind));
		for (size_t k = 0; document->kind == KS_YAML_MAPPING && k < document->n; k++)
			add_one(placeholders, document->keys[k], document->items[k], problems);
	}
	problems->file = before;
	ks_vec_release(&documents);
	return problems->errors == errors ? 0 : -1;
}

const struct ks_placeholder *ks_placeholder_find(const struct ks_placeholders *placeholders,
	struct ks_str name)
{
	return placeholders != NULL ? ks_map_find(&placeholders->names, name) : NULL;
}

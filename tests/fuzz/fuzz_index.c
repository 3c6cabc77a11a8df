/* Any bytes as JSON: nodes lie inside the text, values can be asked for, the compact form is the same
 * JSON again, and what is only cut says so for every beginning of what is right. */
#include "lib/trail/lookup.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_nodes(const struct ks_index *index)
{
	for (uint32_t i = 0; i < index->nodes.n; i++) {
		const struct ks_index_node *node = ks_index_node(index, i);

		if ((size_t)node->at + node->n > index->text.n || (size_t)node->key + node->key_n > index->text.n ||
			(node->next != KS_INDEX_NONE && (node->next <= i || node->next >= index->nodes.n)) ||
			(node->first != KS_INDEX_NONE && (node->first <= i || node->first >= index->nodes.n)))
			abort();
	}
}

static void check_compact(const struct ks_index *index, struct ks_arena *arena)
{
	struct ks_value value = ks_lookup_value(index, 0, arena);
	struct ks_index again;
	struct ks_err err;

	if (value.kind != KS_VALUE_OBJECT && value.kind != KS_VALUE_ARRAY)
		return;
	ks_index_init(&again);
	if (ks_index_build(&again, value.text, NULL, &err) != 0 || again.nodes.n != index->nodes.n ||
		!ks_str_is_equal(ks_lookup_value(&again, 0, arena).text, value.text))
		abort();
	ks_index_release(&again);
}

/* A byte fewer is right as well, when that was a blank or a digit, or cut. */
static void check_shorter(struct ks_str text)
{
	struct ks_index index;
	struct ks_err err;
	bool is_cut;

	ks_index_init(&index);
	if (ks_index_build(&index, ks_str_sub(text, 0, text.n - 1), &is_cut, &err) != 0 && !is_cut)
		abort();
	ks_index_release(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "a", "a.b", "userIdentity.accessKeyId", "", "." };
	struct ks_str text = { (const char *)data, size };
	struct ks_vec values = KS_VEC_OF(struct ks_value);
	struct ks_arena arena;
	struct ks_index index;
	struct ks_err err;
	bool is_cut;

	ks_arena_init(&arena);
	ks_index_init(&index);
	if (ks_index_build(&index, text, &is_cut, &err) == 0) {
		check_nodes(&index);
		check_compact(&index, &arena);
		check_shorter(text);
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
			ks_lookup_collect(&index, 0, ks_str_of(paths[i]), &arena, &values);
	} else if (err.code == KS_ERR_PARSE && (err.column < 1 || (size_t)err.column > size + 1)) {
		abort();
	}
	ks_vec_release(&values);
	ks_index_release(&index);
	ks_arena_release(&arena);
	return 0;
}

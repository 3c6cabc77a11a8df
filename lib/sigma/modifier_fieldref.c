/* field|fieldref: the value names another field, and the two have a value in common. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	if (ks_modifier_expect(draft, KS_TEST_STRING, "fieldref", "the name of a field", err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++) {
		const struct ks_yaml_node *node = draft->values[i].node;

		if (draft->values[i].text.n == 0 || ks_pattern_has_wildcard(draft->values[i].text))
			return ks_err_set_at(err, KS_ERR_PARSE, node->line, node->column,
				"modifier 'fieldref' wants the name of a field, without wildcards");
		draft->values[i].kind = KS_TEST_FIELD;
	}
	return 0;
}

const struct ks_modifier ks_modifier_fieldref = {
	.name = "fieldref",
	.help = "the field equals another field of the same event",
	.apply = apply,
};

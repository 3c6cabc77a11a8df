/* Findings as one JSON array. */
#include "lib/report/format.h"

extern const struct ks_formatter ks_format_json;

static void render(const struct ks_finding *finding, bool has_color, struct ks_buf *out)
{
	struct ks_json *json = ks_finding_to_json(finding);

	(void)has_color;
	ks_json_render(json, out);
	ks_json_free(json);
}

const struct ks_formatter ks_format_json = {
	.name = "json", .begin = "[", .between = ",\n ", .end = "]\n", .render = render,
};

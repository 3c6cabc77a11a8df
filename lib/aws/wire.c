/* Calls to HTTP requests. */
#include "lib/aws/wire.h"

#include "lib/codec/json.h"
#include "lib/codec/uri.h"

#include <stdint.h>
#include <string.h>

static void add_form(const struct ks_wire_call *call, struct ks_buf *out)
{
	ks_buf_addf(out, "Action=%s&Version=%s", call->operation->name, call->operation->version);
	for (size_t i = 0; i < call->parameter_count; i++) {
		ks_buf_addf(out, "&%s=", call->parameters[i].name);
		ks_uri_add(out, call->parameters[i].value);
	}
}

static void add_json(const struct ks_wire_call *call, struct ks_buf *out)
{
	struct ks_json *json = ks_json_new_object();

	for (size_t i = 0; i < call->parameter_count; i++) {
		const struct ks_wire_parameter *p = &call->parameters[i];
		int64_t number;

		if (p->is_literal && ks_str_parse_int(p->value, &number))
			ks_json_add_int(json, p->name, number);
		else if (p->is_literal)
			ks_json_add_bool(json, p->name, ks_str_is(p->value, "true"));
		else
			ks_json_add_str(json, p->name, p->value);
	}
	ks_json_render(json, out);
	ks_json_free(json);
}

void ks_wire_build(const struct ks_wire_call *call, struct ks_arena *arena, struct ks_wire *out)
{
	const struct ks_operation *operation = call->operation;
	const struct ks_partition *partition = call->partition;
	bool is_iam = strcmp(operation->service, "iam") == 0;
	struct ks_buf body;

	*out = (struct ks_wire){ .method = operation->method, .path = operation->path };
	out->signing_name = is_iam ? "iam" : "ses";
	out->signing_region = is_iam ? partition->iam_region : ks_arena_strdup(arena, call->region);
	out->host = is_iam ? partition->iam_host :
		ks_arena_printf(arena, "email.%s.%s", out->signing_region, partition->dns_suffix);
	ks_buf_init(&body, SIZE_MAX / 2);
	if (operation->style == KS_OPERATION_QUERY) {
		add_form(call, &body);
		out->content_type = "application/x-www-form-urlencoded; charset=utf-8";
	} else if (call->parameter_count > 0) {
		add_json(call, &body);
		out->content_type = "application/json";
	}
	out->body = ks_arena_copy(arena, ks_buf_str(&body));
	ks_buf_release(&body);
}

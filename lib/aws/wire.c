/* Calls to HTTP requests. */
#include "lib/aws/wire.h"

#include "lib/aws/endpoint.h"
#include "lib/codec/json.h"
#include "lib/codec/uri.h"

#include <stdint.h>
#include <string.h>

static void add_form(const struct ks_wire_call *call, struct ks_buf *out)
{
	ks_buf_addf(out, "Action=%s&Version=%s", call->operation->name, call->operation->version);
	for (size_t i = 0; i < call->parameter_count; i++) {
		ks_buf_addf(out, "&%s=", call->parameters[i].name);
		ks_uri_add_form(out, call->parameters[i].value);
	}
}

/* Whether a parameter stands in the path: "{Name}". */
static bool is_in_path(const struct ks_operation *operation, const char *name)
{
	struct ks_str rest = ks_str_of(operation->path), part;

	ks_str_next(&rest, '{', &part);
	while (ks_str_next(&rest, '}', &part)) {
		if (ks_str_is(part, name))
			return true;
		ks_str_next(&rest, '{', &part);
	}
	return false;
}

static const char *render_path(const struct ks_wire_call *call, struct ks_arena *arena)
{
	struct ks_str rest = ks_str_of(call->operation->path), part;
	struct ks_buf path;
	const char *copy;

	if (memchr(rest.p, '{', rest.n) == NULL)
		return call->operation->path;
	ks_buf_init(&path, SIZE_MAX / 2);
	while (ks_str_next(&rest, '{', &part)) {
		ks_buf_add(&path, part);
		if (!ks_str_next(&rest, '}', &part))
			break;
		for (size_t i = 0; i < call->parameter_count; i++)
			if (ks_str_is(part, call->parameters[i].name))
				ks_uri_add(&path, call->parameters[i].value);
	}
	copy = ks_arena_strdup(arena, ks_buf_str(&path));
	ks_buf_release(&path);
	return copy;
}

/* Parameters of a request without a body. */
static const char *render_query(const struct ks_wire_call *call, struct ks_arena *arena)
{
	struct ks_buf query;
	const char *copy;

	ks_buf_init(&query, SIZE_MAX / 2);
	for (size_t i = 0; i < call->parameter_count; i++) {
		if (is_in_path(call->operation, call->parameters[i].name))
			continue;
		ks_buf_addf(&query, "%s%s=", query.n > 0 ? "&" : "", call->parameters[i].name);
		ks_uri_add(&query, call->parameters[i].value);
	}
	copy = query.n > 0 ? ks_arena_strdup(arena, ks_buf_str(&query)) : "";
	ks_buf_release(&query);
	return copy;
}

static bool has_body(const struct ks_wire_call *call)
{
	const struct ks_operation *operation = call->operation;

	if (operation->style != KS_OPERATION_REST_JSON)
		return true;
	return strcmp(operation->method, "GET") != 0 && strcmp(operation->method, "DELETE") != 0;
}

static void add_json(const struct ks_wire_call *call, struct ks_buf *out)
{
	struct ks_json *json = ks_json_new_object();

	for (size_t i = 0; i < call->parameter_count; i++) {
		const struct ks_wire_parameter *p = &call->parameters[i];
		struct ks_json *value = NULL;
		struct ks_err ignored = { 0 };
		int64_t number;

		if (is_in_path(call->operation, p->name))
			continue;
		if (p->is_literal && ks_str_parse_int(p->value, &number))
			ks_json_add_int(json, p->name, number);
		else if (p->is_literal &&
			(ks_str_has_prefix(p->value, KS_STR("[")) || ks_str_has_prefix(p->value, KS_STR("{"))) &&
			ks_json_parse(p->value, &value, &ignored) == 0)
			ks_json_add(json, p->name, value);
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
	const struct ks_service *service = ks_service_find(operation->service);
	struct ks_buf body;

	*out = (struct ks_wire){ .method = operation->method, .query = "" };
	out->path = render_path(call, arena);
	out->signing_name = service->signing_name;
	out->signing_region = service->is_global ? partition->iam_region : ks_arena_strdup(arena, call->region);
	out->host = ks_endpoint_host(service, partition, call->region, false, arena);
	ks_buf_init(&body, SIZE_MAX / 2);
	if (operation->style == KS_OPERATION_QUERY) {
		add_form(call, &body);
		out->content_type = "application/x-www-form-urlencoded; charset=utf-8";
	} else if (has_body(call)) {
		add_json(call, &body);
		out->content_type = "application/json";
	} else {
		out->query = render_query(call, arena);
	}
	if (operation->style == KS_OPERATION_JSON) {
		out->content_type = ks_arena_printf(arena, "application/x-amz-json-%s", service->json_version);
		out->target = ks_arena_printf(arena, "%s.%s", service->target, operation->name);
	}
	out->body = ks_arena_copy(arena, ks_buf_str(&body));
	ks_buf_release(&body);
}

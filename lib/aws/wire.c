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

/* Parameters that are sent as headers, under their own names. */
static const char *const header_names[] = { "If-Match", "Range", "x-amz-expected-bucket-owner" };

static bool is_header(const struct ks_operation *operation, const char *name)
{
	for (size_t i = 0; i < sizeof(header_names) / sizeof(header_names[0]); i++)
		if (operation->style == KS_OPERATION_REST_XML && strcmp(header_names[i], name) == 0)
			return true;
	return false;
}

/* What a place in a path is called: "{Key+}" is Key, and keeps its slashes. */
static bool is_place(struct ks_str place, const char *name)
{
	if (ks_str_has_suffix(place, KS_STR("+")))
		place.n--;
	return ks_str_is(place, name);
}

/* Whether a parameter stands in the path: "{Name}". */
static bool is_in_path(const struct ks_operation *operation, const char *name)
{
	struct ks_str rest = ks_str_of(operation->path), part;

	ks_str_next(&rest, '{', &part);
	while (ks_str_next(&rest, '}', &part)) {
		if (is_place(part, name))
			return true;
		ks_str_next(&rest, '{', &part);
	}
	return false;
}

static void add_place(struct ks_buf *path, struct ks_str place, struct ks_str value)
{
	bool keeps_slashes = ks_str_has_suffix(place, KS_STR("+"));
	ptrdiff_t slash;

	while (keeps_slashes && (slash = ks_str_find(value, KS_STR("/"))) >= 0) {
		ks_uri_add(path, ks_str_sub(value, 0, (size_t)slash));
		ks_buf_addc(path, '/');
		value = ks_str_sub(value, (size_t)slash + 1, value.n);
	}
	ks_uri_add(path, value);
}

static const char *render_path(const struct ks_wire_call *call, struct ks_arena *arena)
{
	struct ks_str whole = ks_str_of(call->operation->path), rest, part;
	struct ks_buf path;
	const char *copy;

	ks_str_next(&whole, '?', &rest);
	if (memchr(rest.p, '{', rest.n) == NULL)
		return call->operation->path;
	ks_buf_init(&path, SIZE_MAX / 2);
	while (ks_str_next(&rest, '{', &part)) {
		ks_buf_add(&path, part);
		if (!ks_str_next(&rest, '}', &part))
			break;
		for (size_t i = 0; i < call->parameter_count; i++)
			if (is_place(part, call->parameters[i].name))
				add_place(&path, part, call->parameters[i].value);
	}
	copy = ks_arena_strdup(arena, ks_buf_str(&path));
	ks_buf_release(&path);
	return copy;
}

/* Parameters of a request without a body. */
static const char *render_query(const struct ks_wire_call *call, struct ks_arena *arena)
{
	const char *fixed = strchr(call->operation->path, '?');
	struct ks_buf query;
	const char *copy;

	ks_buf_init(&query, SIZE_MAX / 2);
	ks_buf_adds(&query, fixed != NULL ? fixed + 1 : "");
	for (size_t i = 0; i < call->parameter_count; i++) {
		if (is_in_path(call->operation, call->parameters[i].name) ||
			is_header(call->operation, call->parameters[i].name))
			continue;
		ks_buf_addf(&query, "%s%s=", query.n > 0 ? "&" : "", call->parameters[i].name);
		ks_uri_add(&query, call->parameters[i].value);
	}
	copy = query.n > 0 ? ks_arena_strdup(arena, ks_buf_str(&query)) : "";
	ks_buf_release(&query);
	return copy;
}

static void add_headers(const struct ks_wire_call *call, struct ks_arena *arena, struct ks_wire *out)
{
	for (size_t i = 0; i < call->parameter_count; i++) {
		const struct ks_wire_parameter *p = &call->parameters[i];

		if (strcmp(p->name, "Bucket") == 0)
			out->bucket = ks_arena_strdup(arena, p->value);
		if (is_header(call->operation, p->name) && out->header_count < KS_WIRE_HEADERS)
			out->headers[out->header_count++] =
				(struct ks_wire_header){ p->name, ks_arena_strdup(arena, p->value) };
	}
}

static bool has_body(const struct ks_wire_call *call)
{
	const struct ks_operation *operation = call->operation;

	if (operation->style == KS_OPERATION_REST_XML)
		return false;
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
	if (operation->style == KS_OPERATION_REST_XML)
		add_headers(call, arena, out);
	if (operation->style == KS_OPERATION_JSON) {
		out->content_type = ks_arena_printf(arena, "application/x-amz-json-%s", service->json_version);
		out->target = ks_arena_printf(arena, "%s.%s", service->target, operation->name);
	}
	out->body = ks_arena_copy(arena, ks_buf_str(&body));
	ks_buf_release(&body);
}

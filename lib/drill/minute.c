/* Members of the entry's body, one behind the other. */
#include "lib/drill/minute.h"

#include "lib/base/buf.h"
#include "lib/codec/json.h"

#include <string.h>

#define MOST ((size_t)64 << 10)
#define DIGEST_SHOWN 12u

/* "plan-approved" as "plan approved". */
static void add_name(struct ks_buf *out, struct ks_str name)
{
	for (size_t i = 0; i < name.n; i++)
		ks_buf_addc(out, name.p[i] == '-' || name.p[i] == '_' ? ' ' : name.p[i]);
}

static bool is_hash(struct ks_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("0123456789abcdef", text.p[i]) == NULL)
			return false;
	return text.n == 64;
}

static void add_value(struct ks_buf *out, const struct ks_json *value)
{
	struct ks_str text = ks_json_str(value);

	if (ks_json_is_array(value)) {
		const struct ks_json *element = NULL;
		size_t n = 0;

		while ((element = ks_json_next_element(value, element)) != NULL) {
			if (n++ > 0)
				ks_buf_adds(out, " and ");
			add_value(out, element);
		}
	} else if (text.p == NULL) {
		ks_json_render(value, out);
	} else if (is_hash(text)) {
		ks_buf_add(out, ks_str_sub(text, 0, DIGEST_SHOWN));
		ks_buf_adds(out, "\xe2\x80\xa6");
	} else {
		ks_buf_add(out, text);
	}
}

static void add_members(struct ks_buf *out, const struct ks_json *body, struct ks_arena *arena)
{
	const struct ks_json *cursor = NULL;
	struct ks_str name, text;
	size_t n = 0;

	while (ks_json_next(body, &cursor, &name, &text)) {
		const struct ks_json *value = ks_json_find(body, ks_arena_strdup(arena, name));
		bool is_text = ks_str_is(name, "text") || ks_str_is(name, "reason");

		if (ks_json_is_null(value) || (text.p != NULL && text.n == 0))
			continue;
		ks_buf_adds(out, n++ == 0 ? ": " : ", ");
		if (!is_text) {
			add_name(out, name);
			ks_buf_addc(out, ' ');
		}
		add_value(out, value);
	}
}

struct ks_str ks_minute_render(struct ks_str kind, struct ks_str body, struct ks_arena *arena)
{
	struct ks_err ignored = { 0 };
	struct ks_json *json = NULL;
	struct ks_str text;
	struct ks_buf out;

	ks_buf_init(&out, MOST);
	add_name(&out, kind);
	if (body.n > 0 && ks_json_parse(body, &json, &ignored) == 0 && ks_json_is_object(json)) {
		add_members(&out, json, arena);
	} else if (body.n > 0) {
		ks_buf_adds(&out, ": ");
		ks_buf_add(&out, body);
	}
	ks_json_free(json);
	text = ks_arena_copy(arena, ks_buf_str(&out));
	ks_buf_release(&out);
	return text;
}

bool ks_minute_is_containment(struct ks_str kind, struct ks_str body)
{
	static const char *const signs[] = { "{\"text\":\"contained", "{\"text\":\"Contained" };

	if (ks_str_is(kind, "plan-approved") || ks_str_is(kind, "closed"))
		return true;
	for (size_t i = 0; ks_str_is(kind, "note") && i < sizeof(signs) / sizeof(signs[0]); i++)
		if (ks_str_has_prefix(body, ks_str_of(signs[i])) && body.n > strlen(signs[i]) &&
			strchr("\" .:,", body.p[strlen(signs[i])]) != NULL)
			return true;
	return false;
}

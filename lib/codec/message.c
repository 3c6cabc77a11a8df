/* HTTP requests as text. */
#include "lib/codec/message.h"

#include <string.h>

void ks_message_release(struct ks_message *message)
{
	ks_vec_release(&message->headers);
}

struct ks_str ks_message_find(const struct ks_message *message, const char *name)
{
	for (size_t i = 0; i < message->headers.n; i++) {
		const struct ks_message_header *header = KS_VEC_AT(&message->headers, struct ks_message_header, i);

		if (ks_str_is_equal_nocase(header->name, ks_str_of(name)))
			return header->value;
	}
	return (struct ks_str){ NULL, 0 };
}

void ks_message_cut(struct ks_str target, struct ks_str *out_path, struct ks_str *out_query)
{
	struct ks_str rest = target, path = { NULL, 0 };

	ks_str_next(&rest, '?', &path);
	*out_path = path;
	*out_query = rest;
}

/* The next line without its end. */
static bool next_line(struct ks_str *rest, struct ks_str *out)
{
	if (!ks_str_next(rest, '\n', out))
		return false;
	if (out->n > 0 && out->p[out->n - 1] == '\r')
		out->n--;
	return true;
}

static int take_request_line(struct ks_str line, struct ks_message *out, struct ks_err *err)
{
	struct ks_str rest = line, method;
	const char *last;

	if (!ks_str_next(&rest, ' ', &method) || method.n == 0 || rest.n == 0)
		return ks_err_set_at(err, KS_ERR_PARSE, 1, 1, "this is no request line: METHOD TARGET HTTP/1.1");
	last = memrchr(rest.p, ' ', rest.n);
	if (last != NULL) {
		struct ks_str version = { last + 1, (size_t)(rest.p + rest.n - last) - 1 };

		if (ks_str_has_prefix(version, KS_STR("HTTP/")))
			rest.n = (size_t)(last - rest.p);
	}
	if (rest.p[0] != '/')
		return ks_err_set_at(err, KS_ERR_PARSE, 1, (int)method.n + 2, "the target must begin with '/'");
	out->method = method;
	ks_message_cut(rest, &out->path, &out->query);
	return 0;
}

static int take_header(struct ks_str line, int number, struct ks_arena *arena, struct ks_message *out,
	struct ks_err *err)
{
	struct ks_str value = line, name;
	struct ks_message_header *header;

	if (line.p[0] == ' ' || line.p[0] == '\t') {
		if (out->headers.n == 0)
			return ks_err_set_at(err, KS_ERR_PARSE, number, 1, "there is no header that this line goes on");
		header = KS_VEC_AT(&out->headers, struct ks_message_header, out->headers.n - 1);
		line = ks_str_trim(line);
		header->value = ks_str_of(
			ks_arena_printf(arena, KS_STR_FMT " " KS_STR_FMT, KS_STR_ARG(header->value), KS_STR_ARG(line)));
		return 0;
	}
	if (memchr(line.p, ':', line.n) == NULL || line.p[0] == ':')
		return ks_err_set_at(err, KS_ERR_PARSE, number, 1, "this is no header: NAME: VALUE");
	ks_str_next(&value, ':', &name);
	header = ks_vec_push(&out->headers);
	*header = (struct ks_message_header){ ks_str_trim(name), ks_str_trim(value) };
	return 0;
}

int ks_message_parse(struct ks_str text, struct ks_arena *arena, struct ks_message *out, struct ks_err *err)
{
	struct ks_str rest = text, line;
	int number = 1;

	*out = (struct ks_message){ .headers = KS_VEC_OF(struct ks_message_header) };
	if (!next_line(&rest, &line))
		line = KS_STR("");
	if (take_request_line(line, out, err) != 0)
		return -1;
	while (next_line(&rest, &line) && line.n > 0)
		if (take_header(line, ++number, arena, out, err) != 0)
			return -1;
	out->body = rest.p != NULL ? rest : KS_STR("");
	return 0;
}

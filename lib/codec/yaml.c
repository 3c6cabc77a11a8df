/*
 * libyaml events to a tree. One pass with an explicit stack; positions are libyaml's marks, with
 * columns counted in bytes. What a plain scalar means is decided here, what a document means is not.
 */
#include "lib/codec/yaml.h"

#include "lib/base/limits.h"
#include "lib/base/map.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define LONG_LINE 4096 /* past this, a column is counted in characters: nobody reads such a line */
#define FEW_KEYS 24u

/* A collection that is being filled. */
struct frame {
	struct ks_yaml_node *node;
	struct ks_vec keys;     /* struct ks_yaml_node * */
	struct ks_vec items;    /* struct ks_yaml_node * */
};

struct reader {
	yaml_parser_t parser;
	struct ks_str text;
	/* size_t: where each line starts; only filled when text is not plain ASCII */
	struct ks_vec lines;
	struct ks_arena *arena;
	struct frame stack[KS_LIMIT_YAML_DEPTH];
	size_t depth;
	struct ks_yaml_node *root;
};

const char *ks_yaml_kind_name(enum ks_yaml_kind kind)
{
	switch (kind) {
	case KS_YAML_NULL:
		return "null";
	case KS_YAML_BOOL:
		return "true or false";
	case KS_YAML_NUMBER:
		return "a number";
	case KS_YAML_STRING:
		return "a string";
	case KS_YAML_SEQUENCE:
		return "a list";
	case KS_YAML_MAPPING:
		return "a mapping";
	}
	return "";
}

const struct ks_yaml_node *ks_yaml_find(const struct ks_yaml_node *mapping, const char *key)
{
	if (mapping == NULL || mapping->kind != KS_YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->n; i++)
		if (ks_str_is(mapping->keys[i]->text, key))
			return mapping->items[i];
	return NULL;
}

void ks_yaml_locate(const struct ks_yaml_node *scalar, size_t offset, int *out_line, int *out_column)
{
	*out_line = scalar->line;
	*out_column = scalar->text_column > 0 ? scalar->text_column + (int)offset : scalar->column;
}

/* libyaml counts characters; where the text is not ASCII the line is walked to count bytes. */
static int byte_column(const struct reader *reader, const yaml_mark_t *mark)
{
	struct ks_str rest;
	size_t column = 0;

	if (mark->line >= reader->lines.n || mark->column > LONG_LINE)
		return (int)mark->column + 1;
	rest = ks_str_sub(reader->text, *KS_VEC_AT(&reader->lines, size_t, mark->line), LONG_LINE);
	for (size_t i = 0; i < mark->column && column < rest.n; i++) {
		uint32_t code_point;

		column += ks_text_next(ks_str_sub(rest, column, rest.n), &code_point);
	}
	return (int)column + 1;
}

static void find_lines(struct reader *reader)
{
	bool is_ascii = true;

	for (size_t i = 0; i < reader->text.n && is_ascii; i++)
		is_ascii = (unsigned char)reader->text.p[i] < 0x80;
	if (is_ascii)
		return;
	*(size_t *)ks_vec_push(&reader->lines) = ks_str_has_prefix(reader->text, KS_STR("\xEF\xBB\xBF")) ?
		3 : 0;
	for (size_t i = 0; i < reader->text.n; i++)
		if (reader->text.p[i] == '\n')
			*(size_t *)ks_vec_push(&reader->lines) = i + 1;
}

static int fail(const struct reader *reader, const yaml_mark_t *mark, enum ks_err_code code,
	const char *what, struct ks_err *err)
{
	return ks_err_set_at(err, code, (int)mark->line + 1, byte_column(reader, mark), "%s", what);
}

/* libyaml's own words are good ("did not find expected ':'"); the context tells what was being read. */
static int fail_parse(const struct reader *reader, struct ks_err *err)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem != NULL ? parser->problem : "cannot be read";

	if (parser->error == YAML_READER_ERROR) {
		int line = 1;
		size_t start = 0;

		for (size_t i = 0; i < parser->problem_offset && i < reader->text.n; i++)
			if (reader->text.p[i] == '\n') {
				line++;
				start = i + 1;
			}
		return ks_err_set_at(err, KS_ERR_PARSE, line, (int)(parser->problem_offset - start) + 1,
			"not valid YAML: %s", problem);
	}
	if (parser->context != NULL)
		return ks_err_set_at(err, KS_ERR_PARSE, (int)parser->problem_mark.line + 1,
			byte_column(reader, &parser->problem_mark), "not valid YAML: %s (%s in line %d)", problem,
			parser->context, (int)parser->context_mark.line + 1);
	return ks_err_set_at(err, KS_ERR_PARSE, (int)parser->problem_mark.line + 1,
		byte_column(reader, &parser->problem_mark), "not valid YAML: %s", problem);
}

static bool is_one_of(struct ks_str s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (ks_str_is(s, *words))
			return true;
	return false;
}

/* Digits from *at on; returns how many. */
static size_t digits(struct ks_str s, size_t *at)
{
	size_t start = *at;

	while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9')
		++*at;
	return *at - start;
}

/* A decimal integer or float that both versions of YAML take for the same number. */
static bool is_number(struct ks_str s)
{
	size_t at = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
	size_t whole_at = at, whole = digits(s, &at), fraction;

	if (at == s.n)
		return whole > 0 && (whole == 1 || s.p[whole_at] != '0');
	if (s.p[at] != '.')
		return false;
	at++;
	fraction = digits(s, &at);
	if (whole + fraction == 0)
		return false;
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		at++;
		if (at == s.n || (s.p[at] != '-' && s.p[at] != '+'))
			return false;
		at++;
		return digits(s, &at) > 0 && at == s.n;
	}
	return at == s.n;
}

static bool parse_hex(struct ks_str s, unsigned long long *out)
{
	char *end;

	if (s.n < 3 || s.n > 18 || s.p[0] != '0' || s.p[1] != 'x')
		return false;
	*out = strtoull(s.p + 2, &end, 16);
	return end == s.p + s.n && s.p[2] != '-' && s.p[2] != '+' && s.p[2] != ' ';
}

/* What one version of YAML takes for a number, a boolean or a time, and the other does not. */
static bool is_ambiguous(struct ks_str s)
{
	static const char *const words[] = { "yes", "no", "on", "off", NULL };
	static const char *const floats[] = { ".inf", "-.inf", "+.inf", ".nan", NULL };
	char low[8];
	size_t numeric = 0;

	if (s.n < sizeof(low)) {
		for (size_t i = 0; i < s.n; i++)
			low[i] = ks_str_lower(s.p[i]);
		if (is_one_of((struct ks_str){ low, s.n }, words) || is_one_of((struct ks_str){ low, s.n },
			floats))
			return true;
	}
	if (s.n == 0 || (strchr("+-.0123456789", s.p[0]) == NULL))
		return false;
	/* Only digits, one kind of decoration, and not a date, version or address: 010, 1_000, 1e3, 0o17,
	 * 1:30. */
	while (numeric < s.n && strchr("+-0123456789", s.p[numeric]) != NULL && s.p[numeric] != '\0')
		numeric++;
	if (numeric == s.n)
		return memchr(s.p + 1, '-', s.n - 1) == NULL && memchr(s.p + 1, '+', s.n - 1) == NULL &&
			s.n > 1;
	for (size_t i = numeric; i < s.n; i++)
		if (s.p[i] == '\0' || strchr("0123456789_:eE.+-o", s.p[i]) == NULL)
			return false;
	return memchr(s.p, '-', s.n) == NULL && s.p[s.n - 1] != ':' && s.p[s.n - 1] != 'e' &&
		(memchr(s.p, '_', s.n) != NULL || memchr(s.p, ':', s.n) != NULL || memchr(s.p, 'e',
		s.n) != NULL ||
			memchr(s.p, 'E', s.n) != NULL || memchr(s.p, 'o', s.n) != NULL);
}

static void resolve_plain(struct reader *reader, struct ks_yaml_node *node)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };
	unsigned long long hex;

	node->is_plain = true;
	if (is_one_of(node->text, nulls)) {
		node->kind = KS_YAML_NULL;
	} else if (is_one_of(node->text, trues) || is_one_of(node->text, falses)) {
		node->kind = KS_YAML_BOOL;
		node->boolean = is_one_of(node->text, trues);
	} else if (is_number(node->text)) {
		node->kind = KS_YAML_NUMBER;
		if (node->text.p[0] == '+')
			node->text = ks_str_sub(node->text, 1, node->text.n);
	} else if (parse_hex(node->text, &hex)) {
		node->kind = KS_YAML_NUMBER;
		node->text = ks_str_of(ks_arena_printf(reader->arena, "%llu", hex));
	} else {
		node->is_ambiguous = is_ambiguous(node->text);
	}
}

static struct ks_yaml_node *new_node(struct reader *reader, const yaml_event_t *event,
	enum ks_yaml_kind kind)
{
	struct ks_yaml_node *node = ks_arena_alloc(reader->arena, sizeof(*node));

	*node = (struct ks_yaml_node){ .kind = kind,
		.line = (int)event->start_mark.line + 1,
		.column = byte_column(reader, &event->start_mark) };
	return node;
}

static struct ks_yaml_node *new_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct ks_yaml_node *node = new_node(reader, event, KS_YAML_STRING);
	struct ks_str raw = { (const char *)event->data.scalar.value, event->data.scalar.length };
	bool is_quoted = event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
		event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;

	node->text = ks_arena_copy(reader->arena, raw);
	/* On one line and as long as in the source: no escape, no folding, so offsets are columns. */
	if (event->start_mark.line == event->end_mark.line &&
		(is_quoted || event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)) {
		int width = byte_column(reader, &event->end_mark) - node->column - (is_quoted ? 2 : 0);

		node->text_column = width == (int)raw.n ? node->column + is_quoted : 0;
	}
	if (event->data.scalar.plain_implicit && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		resolve_plain(reader, node);
	return node;
}

/* Puts a finished node where it belongs: into the collection on top of the stack, or at the root. */
static int place(struct reader *reader, struct ks_yaml_node *node, struct ks_err *err)
{
	struct frame *top;

	if (reader->depth == 0) {
		reader->root = node;
		return 0;
	}
	top = &reader->stack[reader->depth - 1];
	if (top->node->kind == KS_YAML_MAPPING && top->keys.n == top->items.n) {
		if (node->kind == KS_YAML_SEQUENCE || node->kind == KS_YAML_MAPPING)
			return ks_err_set_at(err, KS_ERR_UNSUPPORTED, node->line, node->column,
				"a key must be a plain name, not %s", ks_yaml_kind_name(node->kind));
		*(struct ks_yaml_node **)ks_vec_push(&top->keys) = node;
		return 0;
	}
	*(struct ks_yaml_node **)ks_vec_push(&top->items) = node;
	return 0;
}

static int refuse_duplicate(const struct ks_yaml_node *key, const struct ks_yaml_node *first,
	struct ks_err *err)
{
	return ks_err_set_at(err, KS_ERR_PARSE, key->line, key->column,
		"duplicate key '" KS_STR_FMT "', first given in line %d", KS_STR_ARG(key->text), first->line);
}

/* A few keys are compared sooner than put into a map; most mappings have few. */
static int check_few(const struct ks_yaml_node *mapping, struct ks_err *err)
{
	for (size_t i = 1; i < mapping->n; i++)
		for (size_t k = 0; k < i; k++)
			if (ks_str_is_equal(mapping->keys[i]->text, mapping->keys[k]->text))
				return refuse_duplicate(mapping->keys[i], mapping->keys[k], err);
	return 0;
}

static int check_duplicates(const struct ks_yaml_node *mapping, struct ks_err *err)
{
	struct ks_map seen;
	int result = 0;

	if (mapping->n <= FEW_KEYS)
		return check_few(mapping, err);
	ks_map_init(&seen);
	for (size_t i = 0; i < mapping->n && result == 0; i++) {
		const struct ks_yaml_node *key = mapping->keys[i];
		const struct ks_yaml_node *first = ks_map_put(&seen, key->text, mapping->keys[i]);

		if (first != NULL)
			result = refuse_duplicate(key, first, err);
	}
	ks_map_release(&seen);
	return result;
}

static struct ks_yaml_node **settle(struct ks_arena *arena, const struct ks_vec *nodes)
{
	struct ks_yaml_node **out;

	if (nodes->n == 0)
		return NULL;
	out = ks_arena_alloc(arena, nodes->n * sizeof(*out));
	memcpy(out, nodes->p, nodes->n * sizeof(*out));
	return out;
}

static int open_collection(struct reader *reader, const yaml_event_t *event, enum ks_yaml_kind kind,
	struct ks_err *err)
{
	struct ks_yaml_node *node = new_node(reader, event, kind);

	if (reader->depth == KS_LIMIT_YAML_DEPTH)
		return ks_err_set_at(err, KS_ERR_LIMIT, node->line, node->column,
			"nested more than %u levels deep",
			KS_LIMIT_YAML_DEPTH);
	if (place(reader, node, err) != 0)
		return -1;
	reader->stack[reader->depth++] = (struct frame){
		.node = node, .keys = KS_VEC_OF(struct ks_yaml_node *),
			.items = KS_VEC_OF(struct ks_yaml_node *)
	};
	return 0;
}

static int close_collection(struct reader *reader, struct ks_err *err)
{
	struct frame *top = &reader->stack[--reader->depth];

	top->node->keys = settle(reader->arena, &top->keys);
	top->node->items = settle(reader->arena, &top->items);
	top->node->n = top->items.n;
	ks_vec_release(&top->keys);
	ks_vec_release(&top->items);
	return top->node->kind == KS_YAML_MAPPING ? check_duplicates(top->node, err) : 0;
}

static int refuse_tag(const struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor,
	const yaml_char_t *tag, struct ks_err *err)
{
	if (anchor != NULL)
		return fail(reader, &event->start_mark, KS_ERR_UNSUPPORTED,
			"YAML anchors are not supported: "
			"write the value out where it is needed",
			err);
	if (tag != NULL && strcmp((const char *)tag, "!") != 0 && strcmp((const char *)tag,
		YAML_STR_TAG) != 0)
		return fail(reader, &event->start_mark, KS_ERR_UNSUPPORTED, "YAML tags are not supported", err);
	return 0;
}

/* One event; *out_is_done at the end of the stream. */
static int take(struct reader *reader, const yaml_event_t *event, struct ks_vec *documents,
	bool *out_is_done, struct ks_err *err)
{
	switch (event->type) {
	case YAML_STREAM_END_EVENT:
		*out_is_done = true;
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		reader->root = NULL;
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		if (reader->root != NULL && reader->root->kind != KS_YAML_NULL)
			*(struct ks_yaml_node **)ks_vec_push(documents) = reader->root;
		return 0;
	case YAML_ALIAS_EVENT:
		return fail(reader, &event->start_mark, KS_ERR_UNSUPPORTED,
			"YAML aliases are not supported: "
			"write the value out where it is needed",
			err);
	case YAML_SCALAR_EVENT:
		if (refuse_tag(reader, event, event->data.scalar.anchor, event->data.scalar.tag, err) != 0)
			return -1;
		return place(reader, new_scalar(reader, event), err);
	case YAML_SEQUENCE_START_EVENT:
		if (refuse_tag(reader, event, event->data.sequence_start.anchor, event->data.sequence_start.tag,
			err) != 0)
			return -1;
		return open_collection(reader, event, KS_YAML_SEQUENCE, err);
	case YAML_MAPPING_START_EVENT:
		if (refuse_tag(reader, event, event->data.mapping_start.anchor, event->data.mapping_start.tag,
			err) != 0)
			return -1;
		return open_collection(reader, event, KS_YAML_MAPPING, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_collection(reader, err);
	default:
		return 0;
	}
}

int ks_yaml_parse(struct ks_str text, struct ks_arena *arena, struct ks_vec *out_documents,
	struct ks_err *err)
{
	struct reader reader = { .text = text, .lines = KS_VEC_OF(size_t), .arena = arena };
	size_t before = out_documents->n;
	bool is_done = false;
	int result = 0;

	if (text.n > KS_LIMIT_RULE_FILE)
		return ks_err_set(err, KS_ERR_LIMIT, "larger than %u bytes", KS_LIMIT_RULE_FILE);
	if (!yaml_parser_initialize(&reader.parser))
		abort();
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.p != NULL ? text.p : ""),
		text.n);
	find_lines(&reader);
	while (result == 0 && !is_done) {
		yaml_event_t event;

		if (!yaml_parser_parse(&reader.parser, &event)) {
			result = fail_parse(&reader, err);
			break;
		}
		result = take(&reader, &event, out_documents, &is_done, err);
		yaml_event_delete(&event);
	}
	while (reader.depth > 0) {
		struct frame *top = &reader.stack[--reader.depth];

		ks_vec_release(&top->keys);
		ks_vec_release(&top->items);
	}
	if (result != 0)
		out_documents->n = before;
	ks_vec_release(&reader.lines);
	yaml_parser_delete(&reader.parser);
	return result;
}

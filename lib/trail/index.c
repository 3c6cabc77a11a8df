/* Builds the index of one JSON text: a flat list of nodes, without recursion. */
#include "lib/trail/index.h"

#include "lib/base/limits.h"
#include "lib/trail/special.h"

#include <string.h>

/* What the grammar allows next. */
enum expect { VALUE, VALUE_OR_END, NAME, NAME_OR_END, COMMA_OR_END, END_OF_TEXT };

struct builder {
	struct ks_index *index;
	const char *p; /* next byte */
	const char *end;
	enum expect expect;
	uint32_t last; /* last finished child of the innermost open value, or KS_INDEX_NONE */
	uint32_t key, key_n; /* name read, for the value to come */
	bool has_key_escape;
	const char *why; /* what is wrong, when it stops */
};

void ks_index_init(struct ks_index *index)
{
	*index = (struct ks_index){ .nodes = KS_VEC_OF(struct ks_index_node), .open = KS_VEC_OF(uint32_t) };
}

void ks_index_release(struct ks_index *index)
{
	if (index == NULL)
		return;
	ks_vec_release(&index->nodes);
	ks_vec_release(&index->open);
	index->text = (struct ks_str){ NULL, 0 };
}

static bool fail(struct builder *b, const char *why)
{
	b->why = why;
	return false;
}

static uint32_t offset(const struct builder *b, const char *p)
{
	return (uint32_t)(p - b->index->text.p);
}

/* The innermost open value's node number, or KS_INDEX_NONE at the top. */
static uint32_t innermost(const struct builder *b)
{
	const struct ks_vec *open = &b->index->open;

	return open->n > 0 ? *KS_VEC_AT(open, uint32_t, open->n - 1) : KS_INDEX_NONE;
}

/* A new last element that is not zeroed. */
static inline struct ks_index_node *push_node(struct ks_vec *nodes)
{
	return nodes->n < nodes->cap ? KS_VEC_AT(nodes, struct ks_index_node, nodes->n++) : ks_vec_push(nodes);
}

/* Appends a node and links it behind its elder sibling or below its parent. */
static uint32_t append(struct builder *b, enum ks_value_kind kind, const char *from, size_t n,
	bool has_escape)
{
	struct ks_vec *nodes = &b->index->nodes;
	uint32_t number = (uint32_t)nodes->n, parent = innermost(b);
	struct ks_index_node *node = push_node(nodes);

	*node = (struct ks_index_node){ .key = b->key,
		.key_n = b->key_n,
		.at = offset(b, from),
		.n = (uint32_t)n,
		.first = KS_INDEX_NONE,
		.next = KS_INDEX_NONE,
		.kind = (uint8_t)kind,
		.has_key_escape = b->has_key_escape,
		.has_escape = has_escape };
	if (b->last != KS_INDEX_NONE)
		KS_VEC_AT(nodes, struct ks_index_node, b->last)->next = number;
	else if (parent != KS_INDEX_NONE)
		KS_VEC_AT(nodes, struct ks_index_node, parent)->first = number;
	b->last = number;
	b->key = b->key_n = 0;
	b->has_key_escape = false;
	b->expect = parent != KS_INDEX_NONE ? COMMA_OR_END : END_OF_TEXT;
	return number;
}

/* From behind an opening quote to behind the closing one. */
static bool take_string(struct builder *b, const char **out_from, size_t *out_n, bool *out_has_escape)
{
	const char *p = ks_special_find(b->p, b->end);

	*out_has_escape = false;
	while (p < b->end && *p == '\\') {
		*out_has_escape = true;
		if (b->end - p < 2)
			return fail(b, NULL);
		p = ks_special_find(p + 2, b->end);
	}
	if (p >= b->end)
		return fail(b, NULL);
	*out_from = b->p;
	*out_n = (size_t)(p - b->p);
	b->p = p + 1;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static bool take_number(struct builder *b)
{
	const char *p = b->p + (*b->p == '-'), *digits = p;

	p = skip_digits(p, b->end);
	if (p == digits)
		return fail(b, p == b->end ? NULL : "not a JSON value");
	if (p - digits > 1 && *digits == '0')
		return fail(b, "a number with a leading zero");
	if (p < b->end && *p == '.') {
		digits = p + 1;
		p = skip_digits(digits, b->end);
		if (p == digits)
			return fail(b, p == b->end ? NULL : "a number without digits behind the point");
	}
	if (p < b->end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < b->end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, b->end);
		if (p == digits)
			return fail(b, p == b->end ? NULL : "a number without an exponent");
	}
	append(b, KS_VALUE_NUMBER, b->p, (size_t)(p - b->p), false);
	b->p = p;
	return true;
}

static bool take_word(struct builder *b, const char *word, enum ks_value_kind kind)
{
	size_t n = strlen(word), left = (size_t)(b->end - b->p);

	if (left < n && memcmp(b->p, word, left) == 0)
		return fail(b, NULL);
	if (left < n || memcmp(b->p, word, n) != 0)
		return fail(b, "not a JSON value");
	append(b, kind, b->p, n, false);
	b->p += n;
	return true;
}

static bool take_value(struct builder *b)
{
	const char *from;
	uint32_t number;
	bool has_escape;
	size_t n;

	switch (*b->p) {
	case '"':
		b->p++;
		if (!take_string(b, &from, &n, &has_escape))
			return false;
		append(b, KS_VALUE_STRING, from, n, has_escape);
		return true;
	case '{':
	case '[':
		number = append(b, *b->p == '{' ? KS_VALUE_OBJECT : KS_VALUE_ARRAY, b->p, 0, false);
		*(uint32_t *)ks_vec_push(&b->index->open) = number;
		b->expect = *b->p == '{' ? NAME_OR_END : VALUE_OR_END;
		b->last = KS_INDEX_NONE;
		b->p++;
		return true;
	case 't':
		return take_word(b, "true", KS_VALUE_BOOL);
	case 'f':
		return take_word(b, "false", KS_VALUE_BOOL);
	case 'n':
		return take_word(b, "null", KS_VALUE_NULL);
	default:
		return take_number(b);
	}
}

static void skip_blanks(struct builder *b)
{
	while (b->p < b->end && (*b->p == ' ' || *b->p == '\t' || *b->p == '\n' || *b->p == '\r'))
		b->p++;
}

/* What take_usual keeps at hand while it goes on. */
struct usual {
	uint32_t last, parent;  /* as builder has them */
	const char *name;       /* of the member at hand, behind its quote */
	uint32_t name_n;
};

/* The node of a member without escapes, from value on. */
static inline void append_usual(struct builder *b, struct usual *at, enum ks_value_kind kind,
	const char *value, size_t n)
{
	struct ks_vec *nodes = &b->index->nodes;
	uint32_t number = (uint32_t)nodes->n;
	struct ks_index_node *node = push_node(nodes);

	node->key = offset(b, at->name);
	node->key_n = at->name_n;
	node->at = offset(b, value);
	node->n = (uint32_t)n;
	node->first = node->next = KS_INDEX_NONE;
	node->kind = (uint8_t)kind;
	node->has_key_escape = node->has_escape = false;
	if (at->last != KS_INDEX_NONE)
		KS_VEC_AT(nodes, struct ks_index_node, at->last)->next = number;
	else
		KS_VEC_AT(nodes, struct ks_index_node, at->parent)->first = number;
	at->last = number;
}

/* The value of a member, where it is a string without escapes, a word, or an object that begins with a
 * member. Returns what follows it (of an object, the quote of its first name), or NULL. */
static inline const char *take_usual_value(struct builder *b, struct usual *at, const char *value)
{
	const char *end = b->end, *closing;

	switch (*value) {
	case '"':
		closing = ks_special_find(value + 1, end);
		if (closing == end || *closing != '"')
			return NULL;
		append_usual(b, at, KS_VALUE_STRING, value + 1, (size_t)(closing - value - 1));
		return closing + 1;
	case '{':
		if (end - value < 2 || value[1] != '"')
			return NULL;
		append_usual(b, at, KS_VALUE_OBJECT, value, 0);
		*(uint32_t *)ks_vec_push(&b->index->open) = at->last;
		at->parent = at->last;
		at->last = KS_INDEX_NONE;
		return value + 1;
	case 'n':
	case 't':
		if (end - value < 4 || memcmp(value, *value == 'n' ? "null" : "true", 4) != 0)
			return NULL;
		append_usual(b, at, *value == 'n' ? KS_VALUE_NULL : KS_VALUE_BOOL, value, 4);
		return value + 4;
	case 'f':
		if (end - value < 5 || memcmp(value, "false", 5) != 0)
			return NULL;
		append_usual(b, at, KS_VALUE_BOOL, value, 5);
		return value + 5;
	default:
		return NULL;
	}
}

/* The ends of objects that are members of objects. Returns what follows them. */
static inline const char *close_usual(struct builder *b, struct usual *at, const char *p)
{
	struct ks_vec *open = &b->index->open;

	while (p < b->end && *p == '}' && open->n > 1) {
		uint32_t outer = *KS_VEC_AT(open, uint32_t, open->n - 2);
		struct ks_index_node *node = KS_VEC_AT(&b->index->nodes, struct ks_index_node, at->parent);

		p++;
		node->n = offset(b, p) - node->at;
		at->last = at->parent;
		at->parent = outer;
		open->n--;
		/* What goes on in a list is for take_next. */
		if (KS_VEC_AT(&b->index->nodes, struct ks_index_node, outer)->kind != KS_VALUE_OBJECT)
			break;
	}
	return p;
}

/* Members as nearly all trails write them, without blanks and escapes, one after the other, objects in
 * objects as well: most of a record. What is otherwise is left to take_next, from where it begins. Before a
 * name, in an object. */
static void take_usual(struct builder *b)
{
	struct usual at = { .last = b->last, .parent = innermost(b) };
	const char *p = b->p, *end = b->end;

	while (b->index->nodes.n < KS_LIMIT_VALUES && p < end && *p == '"') {
		const char *quote = ks_special_find(p + 1, end), *next;

		if (end - quote < 3 || quote[0] != '"' || quote[1] != ':')
			return;
		at.name = p + 1;
		at.name_n = (uint32_t)(quote - p - 1);
		next = take_usual_value(b, &at, quote + 2);
		if (next == NULL) {
			b->key = offset(b, at.name);
			b->key_n = at.name_n;
			b->p = quote + 2;
			b->expect = VALUE;
			return;
		}
		p = next;
		b->last = at.last;
		b->p = p;
		b->expect = at.last == KS_INDEX_NONE ? NAME_OR_END : COMMA_OR_END;
		if (at.last == KS_INDEX_NONE)
			continue;
		p = close_usual(b, &at, p);
		b->last = at.last;
		b->p = p;
		if (end - p < 2 || p[0] != ',' || p[1] != '"' ||
			KS_VEC_AT(&b->index->nodes, struct ks_index_node, at.parent)->kind != KS_VALUE_OBJECT)
			return;
		p++;
	}
}

static bool take_name(struct builder *b)
{
	const char *from;
	size_t n;

	if (*b->p != '"')
		return fail(b, "a member's name was expected");
	b->p++;
	if (!take_string(b, &from, &n, &b->has_key_escape))
		return false;
	b->key = offset(b, from);
	b->key_n = (uint32_t)n;
	skip_blanks(b);
	if (b->p == b->end)
		return fail(b, NULL);
	if (*b->p != ':')
		return fail(b, "a ':' was expected");
	b->p++;
	b->expect = VALUE;
	return true;
}

/* The bracket that ends the innermost open value. */
static bool take_end(struct builder *b)
{
	struct ks_vec *open = &b->index->open;
	uint32_t number = innermost(b);
	struct ks_index_node *node = KS_VEC_AT(&b->index->nodes, struct ks_index_node, number);

	if (*b->p != (node->kind == KS_VALUE_OBJECT ? '}' : ']'))
		return fail(b,
			b->expect != COMMA_OR_END ? "a name or a value was expected" :
										"a ',' or the closing bracket was expected");
	b->p++;
	node->n = offset(b, b->p) - node->at;
	open->n--;
	b->last = number;
	b->expect = open->n > 0 ? COMMA_OR_END : END_OF_TEXT;
	return true;
}

static bool take_next(struct builder *b)
{
	bool is_end = *b->p == '}' || *b->p == ']';
	const char *from = b->p;

	switch (b->expect) {
	case VALUE:
		return take_value(b);
	case VALUE_OR_END:
		return is_end ? take_end(b) : take_value(b);
	case NAME:
	case NAME_OR_END:
		if (is_end && b->expect == NAME_OR_END)
			return take_end(b);
		take_usual(b);
		return b->p != from || take_name(b);
	case COMMA_OR_END:
		if (*b->p != ',')
			return take_end(b);
		b->p++;
		b->expect = ks_index_node(b->index, innermost(b))->kind == KS_VALUE_OBJECT ? NAME : VALUE;
		return true;
	case END_OF_TEXT:
		break;
	}
	return fail(b, "something follows the value");
}

/* Enters the members of the outermost object in the table. */
static void fill_table(struct ks_index *index)
{
	uint32_t child = ks_index_node(index, 0)->kind == KS_VALUE_OBJECT ? ks_index_node(index, 0)->first :
		KS_INDEX_NONE;
	size_t count = 0;

	memset(index->slots, 0, sizeof(index->slots));
	while (child != KS_INDEX_NONE) {
		const struct ks_index_node *node = ks_index_node(index, child);
		const char *name = index->text.p + node->key;
		size_t at;

		if (node->key_n == 0 || node->has_key_escape || count++ == KS_INDEX_TABLE)
			return;
		for (at = ks_index_slot(name, node->key_n); index->slots[at] != 0; at = (at + 1) % KS_INDEX_SLOTS) {
			const struct ks_index_node *other = ks_index_node(index, index->slots[at]);

			if (other->key_n == node->key_n && memcmp(index->text.p + other->key, name, node->key_n) == 0)
				return;
		}
		index->slots[at] = child;
		child = node->next;
	}
	index->has_table = true;
}

int ks_index_build(struct ks_index *index, struct ks_str text, bool *is_cut, struct ks_err *err)
{
	struct builder b = { .index = index, .p = text.p, .end = text.p + text.n, .last = KS_INDEX_NONE };
	bool goes_on = true;

	ks_vec_clear(&index->nodes);
	ks_vec_clear(&index->open);
	index->text = text;
	index->has_table = false;
	if (is_cut != NULL)
		*is_cut = false;
	if (text.n >= UINT32_MAX)
		return ks_err_set(err, KS_ERR_LIMIT, "a JSON text of %zu bytes", text.n);
	for (skip_blanks(&b); goes_on && b.p < b.end && index->nodes.n <= KS_LIMIT_VALUES; skip_blanks(&b))
		goes_on = take_next(&b);
	if (index->nodes.n > KS_LIMIT_VALUES) {
		if (is_cut != NULL)
			*is_cut = true;
		return ks_err_set(err, KS_ERR_LIMIT, "a record of more than %u values", KS_LIMIT_VALUES);
	}
	if (goes_on && b.expect == END_OF_TEXT) {
		fill_table(index);
		return 0;
	}
	/* A failure without a reason, like running out of text, means that the text merely
	 * ends too early. */
	if (goes_on || b.why == NULL) {
		if (is_cut != NULL)
			*is_cut = true;
		return ks_err_set_at(err, KS_ERR_PARSE, 0, (int)text.n + 1, "the JSON text ends too early");
	}
	return ks_err_set_at(err, KS_ERR_PARSE, 0, (int)(b.p - text.p) + 1, "%s", b.why);
}

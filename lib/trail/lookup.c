/* Look-ups in an index: members by name, values by path, compact text of objects. */
#include "lib/trail/lookup.h"

#include "lib/trail/unescape.h"

#include <string.h>

static struct ks_str raw_name(const struct ks_index *index, const struct ks_index_node *node)
{
	return (struct ks_str){ index->text.p + node->key, node->key_n };
}

static struct ks_str raw_text(const struct ks_index *index, const struct ks_index_node *node)
{
	return (struct ks_str){ index->text.p + node->at, node->n };
}

/* Whether an escaped name is this one; without memory of its own, since names that match are short. */
static bool is_escaped_name(struct ks_str raw, struct ks_str name)
{
	char unescaped[8];

	while (raw.n > 0) {
		char *end = unescaped;

		if (raw.p[0] == '\\') {
			end = ks_unescape_next(&raw, unescaped);
		} else {
			*end++ = raw.p[0];
			raw = ks_str_sub(raw, 1, raw.n);
		}
		if (!ks_str_has_prefix(name, (struct ks_str){ unescaped, (size_t)(end - unescaped) }))
			return false;
		name = ks_str_sub(name, (size_t)(end - unescaped), name.n);
	}
	return name.n == 0;
}

bool ks_lookup_is_named(const struct ks_index *index, const struct ks_index_node *node, struct ks_str name)
{
	if (node->has_key_escape)
		return is_escaped_name(raw_name(index, node), name);
	return ks_str_is_equal(raw_name(index, node), name);
}

/* The first of that name from a member on, among its siblings; most names differ in length. */
static uint32_t next_named(const struct ks_index *index, uint32_t child, struct ks_str name)
{
	for (; child != KS_INDEX_NONE; child = ks_index_node(index, child)->next) {
		const struct ks_index_node *node = ks_index_node(index, child);

		if ((node->key_n == name.n || node->has_key_escape) && ks_lookup_is_named(index, node, name))
			break;
	}
	return child;
}

/* The member of that name of the outermost object, by its table. */
static inline uint32_t find_in_table(const struct ks_index *index, struct ks_str name)
{
	uint32_t member;

	if (name.n == 0)
		return KS_INDEX_NONE;
	for (size_t at = ks_index_slot(name.p, name.n); (member = index->slots[at]) != 0;
		at = (at + 1) % KS_INDEX_SLOTS) {
		const struct ks_index_node *node = ks_index_node(index, member);

		if (node->key_n == name.n && memcmp(index->text.p + node->key, name.p, name.n) == 0)
			return member;
	}
	return KS_INDEX_NONE;
}

uint32_t ks_lookup_member(const struct ks_index *index, uint32_t object, struct ks_str name)
{
	const struct ks_index_node *node = ks_index_node(index, object);
	uint32_t child = node->kind == KS_VALUE_OBJECT ? node->first : KS_INDEX_NONE;

	if (object == 0 && index->has_table)
		return find_in_table(index, name);
	return next_named(index, child, name);
}

/* The escapes are those of RFC 8785, which every JSON writer agrees with. */
static void put_compact_byte(struct ks_buf *out, unsigned char c)
{
	static const char plain[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	const char *at = c != 0 ? strchr(plain, c) : NULL;

	if (at != NULL) {
		ks_buf_addc(out, '\\');
		ks_buf_addc(out, letters[at - plain]);
	} else if (c < 0x20) {
		ks_buf_addf(out, "\\u%04x", (unsigned)c);
	} else {
		ks_buf_addc(out, (char)c);
	}
}

/* One string of a compact text, from behind its opening quote: escapes in the shortest form. Returns
 * what follows the closing quote. */
static struct ks_str put_compact_string(struct ks_buf *out, struct ks_str s)
{
	ks_buf_addc(out, '"');
	while (s.n > 0 && s.p[0] != '"') {
		char unescaped[8], *end = unescaped;

		if (s.p[0] == '\\') {
			end = ks_unescape_next(&s, unescaped);
		} else {
			*end++ = s.p[0];
			s = ks_str_sub(s, 1, s.n);
		}
		if (end == unescaped + 1)
			put_compact_byte(out, (unsigned char)unescaped[0]);
		else
			ks_buf_add(out, (struct ks_str){ unescaped, (size_t)(end - unescaped) });
	}
	ks_buf_addc(out, '"');
	return ks_str_sub(s, 1, s.n);
}

static bool is_compact(struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\\' || (unsigned char)s.p[i] <= ' ')
			return false;
	return true;
}

/* Compact JSON of an object or array. Blanks inside strings make the quick test fail, which only costs a
 * copy. */
static struct ks_str compact(struct ks_str s, struct ks_arena *arena)
{
	struct ks_str copy;
	struct ks_buf out;

	if (is_compact(s))
		return s;
	ks_buf_init(&out, s.n * 6 + 16);
	while (s.n > 0) {
		char c = s.p[0];

		s = ks_str_sub(s, 1, s.n);
		if (c == '"')
			s = put_compact_string(&out, s);
		else if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			ks_buf_addc(&out, c);
	}
	copy = ks_arena_copy(arena, ks_buf_str(&out));
	ks_buf_release(&out);
	return copy;
}

struct ks_value ks_lookup_value(const struct ks_index *index, uint32_t node, struct ks_arena *arena)
{
	const struct ks_index_node *at = ks_index_node(index, node);
	struct ks_value value = { (enum ks_value_kind)at->kind, raw_text(index, at) };

	if (at->kind == KS_VALUE_STRING && at->has_escape)
		value.text = ks_unescape_string(value.text, arena);
	else if (at->kind == KS_VALUE_OBJECT || at->kind == KS_VALUE_ARRAY)
		value.text = compact(value.text, arena);
	return value;
}

/* A place in the walk of collect: a node, and how much of the path is still to go. Kept on a stack of
 * its own, so that no nesting can exhaust the real one. An array comes back, is_done, after its
 * elements. */
struct step {
	uint32_t node;
	uint32_t path_from;
	bool is_done;
	bool is_inner;            /* an element: an array in an array does not come back */
};

static void push(struct ks_vec *stack, uint32_t node, size_t path_from, bool is_done)
{
	*(struct step *)ks_vec_push(stack) = (struct step){ node, (uint32_t)path_from, is_done, false };
}

/* Pushes the children that the walk goes on with, the last one first, so that they come off in source
 * order. */
static void push_children(const struct ks_index *index, const struct step *at, struct ks_str path,
	struct ks_arena *arena, struct ks_vec *stack)
{
	const struct ks_index_node *parent = ks_index_node(index, at->node);
	struct ks_str rest = ks_str_sub(path, at->path_from, path.n);
	size_t bottom = stack->n;

	for (uint32_t child = parent->first; child != KS_INDEX_NONE; child = ks_index_node(index, child)->next) {
		const struct ks_index_node *node = ks_index_node(index, child);
		struct ks_str name = raw_name(index, node);

		if (parent->kind == KS_VALUE_ARRAY) {
			push(stack, child, at->path_from, false);
			KS_VEC_AT(stack, struct step, stack->n - 1)->is_inner = true;
			continue;
		}
		if (node->has_key_escape)
			name = ks_unescape_string(name, arena);
		/* Most are told apart by a letter. */
		if (name.n > rest.n || (name.n > 0 && name.p[0] != rest.p[0]) || !ks_str_has_prefix(rest, name))
			continue;
		if (rest.n == name.n)
			push(stack, child, path.n + 1, false);
		else if (rest.p[name.n] == '.')
			push(stack, child, at->path_from + name.n + 1, false);
	}
	for (size_t i = bottom, j = stack->n; i + 1 < j; i++) {
		struct step swapped = *KS_VEC_AT(stack, struct step, i);

		*KS_VEC_AT(stack, struct step, i) = *KS_VEC_AT(stack, struct step, --j);
		*KS_VEC_AT(stack, struct step, j) = swapped;
	}
}

/* Bytes of path that the name of a node is, with the dot behind it; 0 when it leads elsewhere. */
static inline size_t step_of(const struct ks_index *index, const struct ks_index_node *node,
	struct ks_str path)
{
	const char *name = index->text.p + node->key;
	size_t n = node->key_n;

	if (n > path.n || n == 0 || name[0] != path.p[0] || (n < path.n && path.p[n] != '.') ||
		memcmp(name, path.p, n) != 0)
		return 0;
	return n < path.n ? n + 1 : n;
}

/* The lengths of names that may lead on along a path: up to a dot, or to its end. An empty name is looked at
 * as well, and so are long ones. */
static uint64_t lengths_of(struct ks_str path)
{
	uint64_t lengths = 1;

	for (const char *dot = path.p, *end = path.p + path.n; dot != NULL; dot++) {
		dot = memchr(dot, '.', (size_t)(end - dot));
		if (dot == NULL || dot - path.p > 63)
			break;
		lengths |= UINT64_C(1) << (dot - path.p);
	}
	return path.n < 64 ? lengths | UINT64_C(1) << path.n : lengths;
}

/* The one member that leads on along a path, and how much of the path it takes; *out KS_INDEX_NONE: none
 * does. False when there are several, or names for which a comparison is not enough. */
static bool lead_on(const struct ks_index *index, uint32_t object, struct ks_str path, uint32_t *out,
	size_t *out_taken)
{
	const struct ks_index_node *node = ks_index_node(index, object);
	uint64_t lengths = lengths_of(path);

	for (uint32_t child = node->first; child != KS_INDEX_NONE; child = node->next) {
		size_t step;

		node = ks_index_node(index, child);
		/* Most names are of another length. */
		if (!node->has_key_escape && node->key_n < 64 && (lengths >> node->key_n & 1) == 0)
			continue;
		/* An empty name leads on by a dot. */
		if (node->has_key_escape || node->key_n == 0)
			return false;
		step = step_of(index, node, path);
		if (step == 0)
			continue;
		if (*out != KS_INDEX_NONE)
			return false;
		*out = child;
		*out_taken = step;
	}
	return true;
}

/* The same for the outermost object: names up to each of the path's dots are looked up in the table. */
static bool lead_on_by_table(const struct ks_index *index, struct ks_str path, uint32_t *out,
	size_t *out_taken)
{
	if (path.p[path.n - 1] == '.')
		return false;
	for (size_t at = 0; at < path.n;) {
		const char *dot = memchr(path.p + at, '.', path.n - at);
		size_t n = dot != NULL ? (size_t)(dot - path.p) : path.n;
		uint32_t found = find_in_table(index, (struct ks_str){ path.p, n });

		at = n + 1;
		if (found == KS_INDEX_NONE)
			continue;
		if (*out != KS_INDEX_NONE)
			return false;
		*out = found;
		*out_taken = dot != NULL ? n + 1 : n;
	}
	return true;
}

bool ks_lookup_single(const struct ks_index *index, uint32_t object, struct ks_str path,
	struct ks_arena *arena, struct ks_value *out, size_t *out_n)
{
	*out_n = 0;
	for (;;) {
		const struct ks_index_node *node = ks_index_node(index, object);
		uint32_t found = KS_INDEX_NONE;
		size_t taken = 0;

		if (node->kind != KS_VALUE_OBJECT || path.n == 0)
			return node->kind != KS_VALUE_ARRAY && path.n > 0;
		if (object == 0 && index->has_table ? !lead_on_by_table(index, path, &found, &taken) :
			!lead_on(index, object, path, &found, &taken))
			return false;
		if (found == KS_INDEX_NONE)
			return true;
		/* What ends in a dot leads to an empty name. */
		if (taken == path.n && path.p[path.n - 1] == '.')
			return false;
		object = found;
		if (taken < path.n) {
			path = (struct ks_str){ path.p + taken, path.n - taken };
			continue;
		}
		if (ks_index_node(index, object)->kind == KS_VALUE_ARRAY)
			return false;
		*out = ks_lookup_value(index, object, arena);
		*out_n = 1;
		return true;
	}
}

void ks_lookup_collect(const struct ks_index *index, uint32_t node, struct ks_str path,
	struct ks_arena *arena, struct ks_vec *out)
{
	struct ks_vec stack = KS_VEC_OF(struct step);

	push(&stack, node, path.n == 0, false);
	while (stack.n > 0) {
		struct step at = *KS_VEC_AT(&stack, struct step, --stack.n);
		uint8_t kind = ks_index_node(index, at.node)->kind;
		bool is_end = at.path_from > path.n;

		if (is_end && (kind != KS_VALUE_ARRAY || at.is_done)) {
			*(struct ks_value *)ks_vec_push(out) = ks_lookup_value(index, at.node, arena);
		} else if (kind == KS_VALUE_ARRAY || (kind == KS_VALUE_OBJECT && !is_end)) {
			if (is_end && !at.is_inner)
				push(&stack, at.node, at.path_from, true);
			push_children(index, &at, path, arena, &stack);
		}
	}
	ks_vec_release(&stack);
}

void ks_lookup_scalars(const struct ks_index *index, uint32_t node, struct ks_arena *arena,
	struct ks_vec *out)
{
	struct ks_vec stack = KS_VEC_OF(uint32_t);
	bool is_top = true;

	*(uint32_t *)ks_vec_push(&stack) = node;
	while (stack.n > 0) {
		uint32_t number = *KS_VEC_AT(&stack, uint32_t, --stack.n);
		const struct ks_index_node *at = ks_index_node(index, number);

		/* What follows comes after what is in it. */
		if (at->next != KS_INDEX_NONE && !is_top)
			*(uint32_t *)ks_vec_push(&stack) = at->next;
		is_top = false;
		if (at->kind == KS_VALUE_OBJECT || at->kind == KS_VALUE_ARRAY) {
			if (at->first != KS_INDEX_NONE)
				*(uint32_t *)ks_vec_push(&stack) = at->first;
		} else if (at->kind != KS_VALUE_NULL) {
			*(struct ks_value *)ks_vec_push(out) = ks_lookup_value(index, number, arena);
		}
	}
	ks_vec_release(&stack);
}

/* Envelopes around records. */
#include "lib/trail/shapes.h"

#include "lib/trail/lookup.h"
#include "lib/trail/unescape.h"

#include <string.h>

struct walk {
	struct ks_shapes *shapes;
	ks_shapes_fn *found;
	void *arg;
};

void ks_shapes_init(struct ks_shapes *shapes, struct ks_arena *arena)
{
	*shapes = (struct ks_shapes){ .arena = arena };
	for (size_t i = 0; i < KS_LIMIT_NESTING; i++)
		ks_index_init(&shapes->inner[i]);
}

void ks_shapes_release(struct ks_shapes *shapes)
{
	if (shapes == NULL)
		return;
	for (size_t i = 0; i < KS_LIMIT_NESTING; i++)
		ks_index_release(&shapes->inner[i]);
}

/* The first member of that name when it is of that kind, else KS_INDEX_NONE. */
static uint32_t member(const struct ks_index *index, uint32_t object, const char *name,
	enum ks_value_kind kind)
{
	uint32_t node = ks_lookup_member(index, object, ks_str_of(name));

	return node != KS_INDEX_NONE && ks_index_node(index, node)->kind == kind ? node : KS_INDEX_NONE;
}

static bool has(const struct ks_index *index, uint32_t object, const char *name, enum ks_value_kind kind)
{
	return member(index, object, name, kind) != KS_INDEX_NONE;
}

static bool is_text(const struct ks_index *index, uint32_t object, const char *name, const char *prefix)
{
	uint32_t node = member(index, object, name, KS_VALUE_STRING);
	const struct ks_index_node *at;

	if (node == KS_INDEX_NONE)
		return false;
	at = ks_index_node(index, node);
	return ks_str_has_prefix((struct ks_str){ index->text.p + at->at, at->n }, ks_str_of(prefix));
}

/* Whether a string member holds an object: its first letter behind blanks, however they are escaped. */
static bool has_object_text(const struct ks_index *index, uint32_t object, const char *name)
{
	uint32_t node = member(index, object, name, KS_VALUE_STRING);
	struct ks_str rest;
	char letter[4] = " ";

	if (node == KS_INDEX_NONE)
		return false;
	rest = (struct ks_str){ index->text.p + ks_index_node(index, node)->at, ks_index_node(index, node)->n };
	while (rest.n > 0 && memchr(" \t\r\n", letter[0], 4) != NULL) {
		if (rest.p[0] == '\\') {
			ks_unescape_next(&rest, letter);
		} else {
			letter[0] = rest.p[0];
			rest = ks_str_sub(rest, 1, rest.n);
		}
	}
	return letter[0] == '{';
}

bool ks_shapes_is_record(const struct ks_index *index, uint32_t node)
{
	if (ks_index_node(index, node)->kind != KS_VALUE_OBJECT)
		return false;
	/* AWS's notifications say "aws:s3" and the like where a record names a service. */
	if (is_text(index, node, "eventSource", "aws:"))
		return false;
	if (has(index, node, "eventName", KS_VALUE_STRING) && has(index, node, "eventSource", KS_VALUE_STRING))
		return true;
	/* One of these may be of another type, which is no reason to lose the record. */
	if (has(index, node, "userIdentity", KS_VALUE_OBJECT) &&
		(has(index, node, "eventTime", KS_VALUE_STRING) || has(index, node, "eventSource", KS_VALUE_STRING)))
		return true;
	return is_text(index, node, "eventCategory", "Insight") ||
		is_text(index, node, "eventType", "AwsCloudTrailInsight");
}

static void visit(struct walk *walk, const struct ks_index *index, uint32_t node, unsigned level);

static void visit_children(struct walk *walk, const struct ks_index *index, uint32_t array, unsigned level)
{
	for (uint32_t child = ks_index_node(index, array)->first; child != KS_INDEX_NONE;
		child = ks_index_node(index, child)->next)
		visit(walk, index, child, level + 1);
}

/* A string whose content is JSON again. */
static void visit_string(struct walk *walk, const struct ks_index *index, uint32_t node, unsigned level)
{
	struct ks_shapes *shapes = walk->shapes;
	struct ks_str text = ks_lookup_value(index, node, shapes->arena).text;
	struct ks_index *inner = &shapes->inner[level];
	struct ks_err err;

	if (ks_index_build(inner, text, NULL, &err) != 0)
		shapes->unreadable++;
	else
		visit(walk, inner, 0, level + 1);
}

/* Any JSON value. The level bounds the recursion, and keeps each inner index to itself. */
static void visit(struct walk *walk, const struct ks_index *index, uint32_t node, unsigned level)
{
	static const char *const lists[] = { "Records", "Events", "logEvents" };
	enum ks_value_kind kind = (enum ks_value_kind)ks_index_node(index, node)->kind;
	uint32_t inside;

	if (level >= KS_LIMIT_NESTING) {
		walk->shapes->unreadable++;
		return;
	}
	if (kind == KS_VALUE_ARRAY) {
		visit_children(walk, index, node, level);
		return;
	}
	if (kind != KS_VALUE_OBJECT) {
		walk->shapes->others++;
		return;
	}
	if (ks_shapes_is_record(index, node)) {
		walk->found(walk->arg, index, node);
		return;
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		inside = member(index, node, lists[i], KS_VALUE_ARRAY);
		if (inside != KS_INDEX_NONE) {
			visit_children(walk, index, inside, level);
			return;
		}
	}
	if ((inside = member(index, node, "detail", KS_VALUE_OBJECT)) != KS_INDEX_NONE)
		visit(walk, index, inside, level + 1);
	else if ((inside = member(index, node, "CloudTrailEvent", KS_VALUE_STRING)) != KS_INDEX_NONE ||
		(has_object_text(index, node, "message") &&
		(inside = member(index, node, "message", KS_VALUE_STRING)) != KS_INDEX_NONE))
		visit_string(walk, index, inside, level);
	else
		walk->shapes->others++;
}

void ks_shapes_unwrap(struct ks_shapes *shapes, const struct ks_index *index, uint32_t node,
	ks_shapes_fn *found, void *arg)
{
	struct walk walk = { shapes, found, arg };

	visit(&walk, index, node, 0);
}

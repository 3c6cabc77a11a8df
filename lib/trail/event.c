/* A record's fields, its identity, and the view that rules have of it. */
#include "lib/trail/event.h"

#include "lib/codec/hash.h"
#include "lib/trail/lookup.h"

#include <stddef.h>
#include <string.h>

#define USUAL_IDENTITY 500u            /* bytes that most events' identities are made of */

/* Values of one path, collected once. */
struct ks_event_cache {
	const struct ks_value *values;
	size_t n;
	bool is_read;
};

/* Text of a scalar; p NULL for the rest. */
static inline struct ks_str scalar(const struct ks_event *event, uint32_t node)
{
	const struct ks_index_node *at;
	struct ks_value value;

	if (node == KS_INDEX_NONE)
		return (struct ks_str){ NULL, 0 };
	at = ks_index_node(event->index, node);
	if (at->kind == KS_VALUE_STRING && !at->has_escape)
		return (struct ks_str){ event->index->text.p + at->at, at->n };
	value = ks_lookup_value(event->index, node, event->arena);
	if (value.kind == KS_VALUE_NULL || value.kind == KS_VALUE_OBJECT || value.kind == KS_VALUE_ARRAY)
		return (struct ks_str){ NULL, 0 };
	return value.text;
}

static struct ks_str member(const struct ks_event *event, uint32_t object, const char *name)
{
	if (object == KS_INDEX_NONE)
		return (struct ks_str){ NULL, 0 };
	return scalar(event, ks_lookup_member(event->index, object, ks_str_of(name)));
}

static void add_number(struct ks_buf *out, uint64_t n, char behind)
{
	char digits[24], *from = digits + sizeof(digits);

	if (behind != '\0')
		*--from = behind;
	do
		*--from = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	ks_buf_add(out, (struct ks_str){ from, (size_t)(digits + sizeof(digits) - from) });
}

/* Length and bytes, so that no two lists of values can look alike; absent differs from empty. */
static void add_part(struct ks_buf *out, struct ks_str s)
{
	if (s.p == NULL) {
		ks_buf_adds(out, "-;");
		return;
	}
	add_number(out, s.n, ':');
	ks_buf_add(out, s);
}

/* The same as "t%lld". */
static void add_time(struct ks_buf *out, int64_t ms)
{
	ks_buf_adds(out, ms < 0 ? "t-" : "t");
	add_number(out, ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms, '\0');
}

void ks_event_identify(struct ks_event *event)
{
	const struct ks_str parts[] = { event->event_id, event->source, event->name, event->region,
		event->recipient, event->principal_id.p != NULL ? event->principal_id : event->actor_arn,
		event->key_id, event->request_id };
	unsigned char digest[KS_HASH_SIZE];
	struct ks_buf canonical;

	ks_buf_init(&canonical, SIZE_MAX / 2);
	ks_buf_reserve(&canonical, USUAL_IDENTITY);
	ks_buf_adds(&canonical, "event/1;");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add_part(&canonical, parts[i]);
	/* One instant has several spellings between the ways of delivery. */
	if (event->time_ms != KS_TIME_NONE)
		add_time(&canonical, event->time_ms);
	else
		add_part(&canonical, event->time_text);
	if (event->event_id.p == NULL || event->event_id.n == 0)
		add_part(&canonical, ks_lookup_value(event->index, event->node, event->arena).text);
	ks_hash_sha256(ks_buf_str(&canonical), digest);
	ks_hash_hex(digest, (KS_EVENT_ID - 1) / 2, event->identity);
	ks_buf_release(&canonical);
}

/* Members that nearly everybody asks for, and where they go. */
struct field {
	struct ks_str name;
	size_t offset;
};

#define FIELD(name, member) { { name, sizeof(name) - 1 }, offsetof(struct ks_event, member) }

/* In the order in which CloudTrail writes them. */
static const struct field of_record[] = { FIELD("eventTime", time_text), FIELD("eventSource", source),
	FIELD("eventName", name), FIELD("awsRegion", region), FIELD("sourceIPAddress", ip),
	FIELD("userAgent", user_agent), FIELD("errorCode", error), FIELD("requestID", request_id),
	FIELD("eventID", event_id), FIELD("recipientAccountId", recipient) };
static const struct field of_identity[] = { FIELD("type", actor_type),
	FIELD("principalId", principal_id), FIELD("arn", actor_arn), FIELD("accountId", actor_account),
	FIELD("accessKeyId", key_id) };

/* Whether a member's name is this: most names differ in length or in their last letter. */
static inline bool is_named(const struct ks_index *index, const struct ks_index_node *node,
	struct ks_str name)
{
	const char *own = index->text.p + node->key;

	if (node->has_key_escape)
		return ks_lookup_is_named(index, node, name);
	return node->key_n == name.n && own[name.n - 1] == name.p[name.n - 1] &&
		memcmp(own, name.p, name.n) == 0;
}

/* One walk over the members for all fields, each looked for first where the one before it ended. Of a
 * repeated member the first counts, whatever it holds. */
static void read_fields(struct ks_event *event, uint32_t object, const struct field *fields, size_t n)
{
	const struct ks_index_node *node = ks_index_node(event->index, object);
	uint32_t child = node->kind == KS_VALUE_OBJECT ? node->first : KS_INDEX_NONE;
	uint32_t seen = 0, lengths = 0;
	size_t likely = 0;

	for (size_t i = 0; i < n; i++)
		lengths |= UINT32_C(1) << fields[i].name.n;
	for (; child != KS_INDEX_NONE; child = node->next) {
		node = ks_index_node(event->index, child);
		if (!node->has_key_escape && (node->key_n > 31 || (lengths >> node->key_n & 1) == 0))
			continue;
		for (size_t i = 0; i < n; i++) {
			size_t at = likely + i < n ? likely + i : likely + i - n;

			if ((seen >> at & 1) != 0 || !is_named(event->index, node, fields[at].name))
				continue;
			seen |= UINT32_C(1) << at;
			*(struct ks_str *)(void *)((char *)event + fields[at].offset) = scalar(event, child);
			likely = at + 1 < n ? at + 1 : 0;
			break;
		}
	}
}

/* The same of a record whose members stand in the index's table. */
static void look_up_fields(struct ks_event *event, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(struct ks_str *)(void *)((char *)event + fields[i].offset) =
			scalar(event, ks_lookup_member(event->index, 0, fields[i].name));
}

void ks_event_init(struct ks_event *event, const struct ks_index *index, uint32_t node,
	struct ks_arena *arena)
{
	uint32_t who = ks_lookup_member(index, node, KS_STR("userIdentity"));
	struct ks_str read_only;

	*event = (struct ks_event){ .index = index, .node = node, .arena = arena, .time_ms = KS_TIME_NONE,
		.read_only = -1, .extra = KS_VEC_OF(struct ks_event_field) };
	if (node == 0 && index->has_table)
		look_up_fields(event, of_record, sizeof(of_record) / sizeof(of_record[0]));
	else
		read_fields(event, node, of_record, sizeof(of_record) / sizeof(of_record[0]));
	if (who != KS_INDEX_NONE)
		read_fields(event, who, of_identity, sizeof(of_identity) / sizeof(of_identity[0]));
	read_only = member(event, node, "readOnly");
	if (ks_str_is(read_only, "true") || ks_str_is(read_only, "false"))
		event->read_only = ks_str_is(read_only, "true");
	if (event->time_text.p == NULL || !ks_time_parse(event->time_text, &event->time_ms))
		event->time_ms = KS_TIME_NONE;
}

void ks_event_release(struct ks_event *event)
{
	if (event != NULL)
		ks_vec_release(&event->extra);
}

static bool is_scalar(const struct ks_value *value)
{
	return value->kind == KS_VALUE_STRING || value->kind == KS_VALUE_NUMBER || value->kind == KS_VALUE_BOOL;
}

struct ks_str ks_event_get(const struct ks_event *event, const char *path)
{
	struct ks_vec values = KS_VEC_OF(struct ks_value);
	struct ks_str found = { NULL, 0 };
	struct ks_value single;
	size_t n;

	if (ks_lookup_single(event->index, event->node, ks_str_of(path), event->arena, &single, &n))
		return n > 0 && is_scalar(&single) ? single.text : found;
	ks_lookup_collect(event->index, event->node, ks_str_of(path), event->arena, &values);
	for (size_t i = 0; i < values.n && found.p == NULL; i++)
		if (is_scalar(KS_VEC_AT(&values, struct ks_value, i)))
			found = KS_VEC_AT(&values, struct ks_value, i)->text;
	ks_vec_release(&values);
	return found;
}

void ks_event_enrich(struct ks_event *event, const char *path, struct ks_str value)
{
	struct ks_event_field *field = ks_vec_push(&event->extra);

	*field = (struct ks_event_field){ ks_str_of(path), value };
}

bool ks_event_is_reserved(struct ks_str path)
{
	switch (path.n > 0 ? path.p[0] : '\0') {
	case 'a':
		return ks_str_has_prefix(path, KS_STR("actor."));
	case 'd':
		return ks_str_has_prefix(path, KS_STR("decoy."));
	case 'i':
		return ks_str_has_prefix(path, KS_STR("ip."));
	case 'k':
		return ks_str_has_prefix(path, KS_STR("key."));
	case 'p':
		return ks_str_has_prefix(path, KS_STR("principal."));
	case 'r':
		return ks_str_has_prefix(path, KS_STR("responder."));
	default:
		return false;
	}
}

/* The value of a member of the record or of objects in it, which is most of what rules ask for; false when
 * collect has to do it. */
static bool read_single(const struct ks_event *event, struct ks_str path, struct ks_event_cache *out)
{
	struct ks_value value, *copy = NULL;
	size_t n;

	if (ks_event_is_reserved(path) ||
		!ks_lookup_single(event->index, event->node, path, event->arena, &value, &n))
		return false;
	if (n > 0) {
		copy = ks_arena_alloc(event->arena, sizeof(*copy));
		*copy = value;
	}
	*out = (struct ks_event_cache){ copy, n, true };
	return true;
}

static void collect(const struct ks_event *event, struct ks_str path, struct ks_vec *out)
{
	if (ks_event_is_reserved(path)) {
		for (size_t i = 0; i < event->extra.n; i++) {
			const struct ks_event_field *field = KS_VEC_AT(&event->extra, struct ks_event_field, i);

			if (ks_str_is_equal(field->path, path))
				*(struct ks_value *)ks_vec_push(out) = (struct ks_value){ KS_VALUE_STRING, field->value };
		}
		if (out->n > 0 || !event->reads_reserved)
			return;
	}
	if (path.n == 0)
		ks_lookup_scalars(event->index, event->node, event->arena, out);
	else
		ks_lookup_collect(event->index, event->node, path, event->arena, out);
}

static size_t view_values(void *arg, uint32_t field, const struct ks_value **out)
{
	struct ks_event *event = arg;
	struct ks_event_cache *cached = &event->cached[field];

	if (!cached->is_read && !read_single(event, event->paths[field], cached)) {
		struct ks_vec values = KS_VEC_OF(struct ks_value);
		struct ks_value *copy;

		collect(event, event->paths[field], &values);
		copy = ks_arena_alloc(event->arena, values.n * sizeof(*copy));
		if (values.n > 0)
			memcpy(copy, values.p, values.n * sizeof(*copy));
		*cached = (struct ks_event_cache){ copy, values.n, true };
		ks_vec_release(&values);
	}
	*out = cached->values;
	return cached->n;
}

struct ks_view ks_event_view(struct ks_event *event, const struct ks_str *paths, size_t path_count)
{
	event->paths = paths;
	event->path_count = path_count;
	event->cached = ks_arena_alloc(event->arena, path_count * sizeof(*event->cached));
	return (struct ks_view){ view_values, event };
}

struct ks_str ks_event_raw(const struct ks_event *event)
{
	const struct ks_index_node *node = ks_index_node(event->index, event->node);

	return (struct ks_str){ event->index->text.p + node->at, node->n };
}

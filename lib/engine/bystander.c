/* The beginnings of records, and the members behind them. */
#include "lib/engine/bystander.h"

#include <stddef.h>
#include <string.h>

/* How a record begins, but for the digits of its version. */
#define VERSION "{\"eventVersion\":\"1."
#define IDENTITY ",\"userIdentity\":{"
#define BEHIND "},\"eventTime\":\""
#define LONGEST 2048u                  /* beginnings that are kept */

/* In the order of the sieve. */
static const struct member {
	const char *name;
	size_t offset;
} members[] = {
	{ "eventTime", offsetof(struct ks_event, time_text) },
	{ "eventSource", offsetof(struct ks_event, source) },
	{ "eventName", offsetof(struct ks_event, name) },
	{ "awsRegion", offsetof(struct ks_event, region) },
	{ "sourceIPAddress", offsetof(struct ks_event, ip) },
	{ "userAgent", offsetof(struct ks_event, user_agent) },
	{ "errorCode", offsetof(struct ks_event, error) },
	{ "requestID", offsetof(struct ks_event, request_id) },
	{ "eventID", offsetof(struct ks_event, event_id) },
	{ "recipientAccountId", offsetof(struct ks_event, recipient) },
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

void ks_bystander_init(struct ks_bystander *bystander, ks_mask_fill_fn *fill)
{
	*bystander = (struct ks_bystander){ .text = { NULL, 0 } };
	ks_map_init(&bystander->known);
	ks_arena_init(&bystander->arena);
	ks_sieve_init(&bystander->sieve, fill);
	for (size_t i = 0; i < MEMBERS; i++)
		ks_sieve_add(&bystander->sieve, ks_str_of(members[i].name));
}

void ks_bystander_release(struct ks_bystander *bystander)
{
	if (bystander == NULL)
		return;
	ks_map_release(&bystander->known);
	ks_arena_release(&bystander->arena);
}

/* From the record's brace to that of userIdentity. p NULL: it is not written so, or says who it was in
 * another place as well, or has escapes. */
static struct ks_str find_beginning(struct ks_str text)
{
	const struct ks_str version = KS_STR(VERSION), identity = KS_STR(IDENTITY);
	struct ks_str none = { NULL, 0 }, rest;
	ptrdiff_t from, behind;

	if (!ks_str_has_prefix(text, version) || memchr(text.p, '\\', text.n) != NULL)
		return none;
	rest = ks_str_sub(text, version.n, version.n + 4 + identity.n);
	from = ks_str_find(rest, KS_STR("\""));
	if (from < 0 || !ks_str_has_prefix(ks_str_sub(rest, (size_t)from + 1, rest.n), identity))
		return none;
	rest = ks_str_sub(text, version.n + (size_t)from + identity.n, text.n);
	behind = ks_str_find(rest, KS_STR(BEHIND));
	if (behind < 0 || ks_str_find(ks_str_sub(rest, (size_t)behind, rest.n), KS_STR("\"userIdentity")) >= 0)
		return none;
	return (struct ks_str){ text.p, (size_t)(rest.p - text.p) + (size_t)behind + 1 };
}

/* Whether userIdentity ends where the beginning does. There are no escapes in it. */
static bool is_closed(struct ks_str beginning)
{
	bool is_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < beginning.n; i++) {
		char c = beginning.p[i];

		if (c == '"')
			is_string = !is_string;
		else if (!is_string && (c == '{' || c == '['))
			depth++;
		else if (!is_string && (c == '}' || c == ']') && --depth == 1)
			return i + 1 == beginning.n;
	}
	return false;
}

/* False when a member is there more than once. */
static bool take_members(const struct ks_sieve *sieve, struct ks_event *out)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct ks_sieve_field *field = &sieve->fields[i];

		if (field->n > 1)
			return false;
		if (field->n == 1 && field->values[0].kind != KS_VALUE_NULL)
			*(struct ks_str *)(void *)((char *)out + members[i].offset) = field->values[0].text;
	}
	return true;
}

const struct ks_bystander_who *ks_bystander_read(struct ks_bystander *bystander, struct ks_str text,
	struct ks_event *out)
{
	const struct ks_bystander_who *who;
	struct ks_event event = { .time_ms = KS_TIME_NONE, .read_only = -1 };

	bystander->text = text;
	bystander->beginning = find_beginning(text);
	who = bystander->beginning.p != NULL ? ks_map_find(&bystander->known, bystander->beginning) : NULL;
	if (who == NULL || !ks_sieve_read(&bystander->sieve, text) ||
		!take_members(&bystander->sieve, &event))
		return NULL;
	/* What makes it a record at all (lib/trail/shapes.h), and known by its id. */
	if (bystander->sieve.fields[1].n != 1 || bystander->sieve.fields[1].values[0].kind != KS_VALUE_STRING ||
		bystander->sieve.fields[2].n != 1 || bystander->sieve.fields[2].values[0].kind != KS_VALUE_STRING ||
		ks_str_has_prefix(event.source, KS_STR("aws:")) || event.event_id.n == 0)
		return NULL;
	event.actor_arn = who->actor_arn;
	event.principal_id = who->principal_id;
	event.key_id = who->key_id;
	if (event.time_text.p == NULL || !ks_time_parse(event.time_text, &event.time_ms))
		event.time_ms = KS_TIME_NONE;
	*out = event;
	return who;
}

static struct ks_str keep(struct ks_bystander *bystander, struct ks_str s)
{
	/* Absent differs from empty, for the identity. */
	return s.p != NULL ? ks_arena_copy(&bystander->arena, s) : s;
}

void ks_bystander_learn(struct ks_bystander *bystander, const struct ks_event *event,
	const struct ks_bystander_who *who)
{
	struct ks_str beginning = bystander->beginning;
	struct ks_bystander_who *kept;

	bystander->beginning.p = NULL;
	if (beginning.p == NULL || ks_event_raw(event).p != bystander->text.p || beginning.n > LONGEST ||
		!is_closed(beginning))
		return;
	kept = ks_map_find(&bystander->known, beginning);
	if (kept != NULL && kept->is_own == who->is_own && kept->row == who->row &&
		ks_str_is_equal(kept->actor, who->actor))
		return;
	if (bystander->known.entries.n >= KS_BYSTANDERS) {
		ks_map_release(&bystander->known);
		ks_arena_clear(&bystander->arena);
	}
	kept = ks_arena_alloc(&bystander->arena, sizeof(*kept));
	*kept = (struct ks_bystander_who){ keep(bystander, who->actor_arn), keep(bystander, who->principal_id),
		keep(bystander, who->key_id), keep(bystander, who->issuer), who->is_own,
		who->row, keep(bystander, who->actor) };
	ks_map_put(&bystander->known, beginning, kept);
}

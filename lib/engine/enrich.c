/* Joins an event with the decoys. */
#include "lib/engine/enrich.h"

#include "lib/decoy/keyid.h"
#include "lib/trail/lookup.h"

#include <string.h>

static const char *kind_of(const struct ks_event *event)
{
	const struct ks_keyid_kind *kind = ks_keyid_find_kind(event->key_id);

	if (ks_str_is(event->actor_type, "Root"))
		return "root";
	return kind != NULL && kind->is_access_key ? kind->name : "none";
}

static void note(struct ks_enriched *out, enum ks_enrich_match match, struct ks_str id,
	const struct ks_watchlist *list, struct ks_arena *arena)
{
	if (match > out->match && ks_watchlist_find(list, id, arena, &out->decoy)) {
		out->match = match;
		out->decoy_key = id;
	}
}

/* Any key id of the list that stands in a text. */
static void search_text(struct ks_enriched *out, enum ks_enrich_match match, struct ks_str text,
	const struct ks_watchlist *list, struct ks_arena *arena)
{
	for (size_t i = 0; text.n >= KS_KEYSET_ID && i <= text.n - KS_KEYSET_ID; i++) {
		const char *a = memchr(text.p + i, 'A', text.n - KS_KEYSET_ID - i + 1);

		if (a == NULL)
			return;
		i = (size_t)(a - text.p);
		if (a[2] == 'I' && a[3] == 'A' && (a[1] == 'K' || a[1] == 'S'))
			note(out, match, ks_str_sub(text, i, KS_KEYSET_ID), list, arena);
	}
}

/* Every member of that name. */
static void search_member(const struct ks_event *event, const char *name, enum ks_enrich_match match,
	const struct ks_watchlist *list, struct ks_enriched *out)
{
	const struct ks_index *index = event->index;
	uint32_t node = ks_lookup_member(index, event->node, ks_str_of(name));

	for (; node != KS_INDEX_NONE; node = ks_index_node(index, node)->next)
		if (ks_lookup_is_named(index, ks_index_node(index, node), ks_str_of(name)))
			search_text(out, match, ks_lookup_value(index, node, event->arena).text, list, event->arena);
}

/* Every value of userIdentity.accessKeyId: where a record has several, any of them is a use. */
static void search_identity(const struct ks_event *event, const struct ks_watchlist *list,
	struct ks_enriched *out)
{
	struct ks_vec ids = KS_VEC_OF(struct ks_value);

	ks_lookup_collect(event->index, event->node, KS_STR("userIdentity.accessKeyId"), event->arena, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		struct ks_str id = KS_VEC_AT(&ids, struct ks_value, i)->text;

		note(out, ks_str_has_prefix(id, KS_STR("AKIA")) ? KS_MATCH_KEY : KS_MATCH_SESSION, id, list,
			event->arena);
	}
	ks_vec_release(&ids);
}

static void find_decoy(const struct ks_event *event, const struct ks_watchlist *list,
	struct ks_enriched *out)
{
	if (list->keys.n == 0 || event->has_no_key)
		return;
	search_identity(event, list, out);
	if (out->match == KS_MATCH_NONE) {
		search_member(event, "requestParameters", KS_MATCH_TARGET, list, out);
		search_member(event, "responseElements", KS_MATCH_TARGET, list, out);
	}
	if (out->match == KS_MATCH_NONE)
		search_text(out, KS_MATCH_MENTION, ks_lookup_value(event->index, event->node, event->arena).text,
			list, event->arena);
}

static void enrich_text(struct ks_event *event, const char *path, const char *text)
{
	if (text != NULL)
		ks_event_enrich(event, path, ks_str_of(text));
}

void ks_enrich_event(struct ks_event *event, const struct ks_watchlist *list, struct ks_enriched *out)
{
	static const char *const matches[] = { NULL, "mention", "target", "session", "key" };
	struct ks_keyid key;
	struct ks_err err;

	*out = (struct ks_enriched){ .key_kind = kind_of(event) };
	enrich_text(event, "key.kind", out->key_kind);
	if (event->key_id.n > 0 && ks_keyid_parse(event->key_id, &key, &err) == 0 && key.has_account)
		ks_event_enrich(event, "key.account", ks_arena_copy(event->arena, ks_str_of(key.account)));
	find_decoy(event, list, out);
	if (out->match == KS_MATCH_NONE)
		return;
	enrich_text(event, "decoy.name", out->decoy.name);
	enrich_text(event, "decoy.placement", out->decoy.placement);
	enrich_text(event, "decoy.label", out->decoy.label);
	enrich_text(event, "decoy.match", matches[out->match]);
}

struct ks_str ks_enrich_session(const struct ks_event *event, const struct ks_enriched *enriched)
{
	struct ks_str id = { NULL, 0 };

	if (enriched->match == KS_MATCH_KEY || enriched->match == KS_MATCH_SESSION)
		id = ks_event_get(event, "responseElements.credentials.accessKeyId");
	return ks_str_has_prefix(id, KS_STR("ASIA")) ? id : (struct ks_str){ NULL, 0 };
}

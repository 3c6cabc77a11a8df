/* Joins an event with the decoys, the address lists, and what its actor did before. */
#include "lib/engine/enrich.h"

#include "lib/decoy/keyid.h"
#include "lib/engine/principal.h"
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

/* Whether the record says which long-term key signed. */
static bool has_long_term(const struct ks_event *event)
{
	struct ks_vec ids = KS_VEC_OF(struct ks_value);
	bool has = false;

	ks_lookup_collect(event->index, event->node, KS_STR("userIdentity.accessKeyId"), event->arena, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		struct ks_str id = KS_VEC_AT(&ids, struct ks_value, i)->text;

		has |= id.n > 0 && !ks_str_has_prefix(id, KS_STR("ASIA"));
	}
	ks_vec_release(&ids);
	return has;
}

/* By the user who signed, or whose session did: unique ids, and ARNs where the record has none. Under the
 * name of a decoy's user that is gone, somebody may have made another. */
static void search_user(const struct ks_event *event, const struct ks_watchlist *list,
	struct ks_enriched *out)
{
	struct ks_str principal = event->principal_id, id, texts[4] = { { NULL, 0 } };

	if (list->users.entries.n == 0 || has_long_term(event))
		return;
	texts[0] = ks_str_next(&principal, ':', &id) ? id : (struct ks_str){ NULL, 0 };
	texts[1] = ks_event_get(event, "userIdentity.sessionContext.sessionIssuer.principalId");
	texts[2] = ks_event_get(event, "userIdentity.sessionContext.sessionIssuer.arn");
	texts[3] = event->actor_arn;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bool is_arn = i >= 2, has_id = is_arn && texts[3 - i].n > 0;
		struct ks_watched decoy;

		if (!ks_watchlist_find_user(list, texts[i], &decoy) || (has_id && decoy.user_id != NULL))
			continue;
		out->match = KS_MATCH_USER;
		out->decoy = decoy;
		out->decoy_key = ks_str_of(out->decoy.key_id);
		return;
	}
}

static void find_decoy(const struct ks_event *event, const struct ks_watchlist *list,
	struct ks_enriched *out)
{
	/* An ARN is no key id: whoever looked for these has not looked for it. */
	if (event->has_no_key)
		search_user(event, list, out);
	if (list->keys.n == 0 || event->has_no_key)
		return;
	search_identity(event, list, out);
	if (out->match == KS_MATCH_NONE)
		search_user(event, list, out);
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
	static const char *const matches[] = { NULL, "mention", "target", "user", "session", "key" };
	static const char *const uses[] = { NULL, "other", "own" };
	struct ks_keyid key;
	struct ks_err err;

	*out = (struct ks_enriched){ .key_kind = kind_of(event) };
	enrich_text(event, "key.kind", out->key_kind);
	if (event->key_id.n > 0 && ks_keyid_parse(event->key_id, &key, &err) == 0 && key.has_account)
		ks_event_enrich(event, "key.account", ks_arena_copy(event->arena, ks_str_of(key.account)));
	find_decoy(event, list, out);
	out->own = ks_ownlist_judge(&list->own, event);
	enrich_text(event, "responder.use", uses[out->own]);
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

	if (ks_enrich_is_use(enriched->match))
		id = ks_event_get(event, "responseElements.credentials.accessKeyId");
	return ks_str_has_prefix(id, KS_STR("ASIA")) ? id : (struct ks_str){ NULL, 0 };
}

unsigned ks_enrich_wanted(const struct ks_program *program)
{
	static const struct {
		const char *path;
		unsigned bit;
	} fields[] = { { "principal.arn", KS_ENRICH_PRINCIPAL }, { "ip.category", KS_ENRICH_CATEGORY },
		{ "ip.country", KS_ENRICH_PLACE }, { "ip.asn", KS_ENRICH_PLACE },
		{ "actor.first_seen.service", KS_ENRICH_NOVELTY }, { "actor.first_seen.region", KS_ENRICH_NOVELTY },
		{ "actor.first_seen.ip", KS_ENRICH_NOVELTY }, { "actor.idle_days", KS_ENRICH_NOVELTY } };
	unsigned wanted = 0;

	for (size_t i = 0; i < program->path_count; i++)
		for (size_t j = 0; j < sizeof(fields) / sizeof(fields[0]); j++)
			if (ks_str_is(program->paths[i], fields[j].path))
				wanted |= fields[j].bit;
	return wanted;
}

static void add_categories(struct ks_event *event, const struct ks_netlist *lists, const struct ks_ip *ip)
{
	const struct ks_str *names = NULL;
	size_t n = ks_netlist_find(lists, ip, &names);

	for (size_t i = 0; i < n; i++)
		ks_event_enrich(event, "ip.category", names[i]);
}

static void add_place(struct ks_event *event, struct ks_geo *geo, const struct ks_ip *ip)
{
	struct ks_geo_place place;

	ks_geo_find(geo, ip, &place);
	if (place.country[0] != '\0')
		enrich_text(event, "ip.country", ks_arena_strdup(event->arena, ks_str_of(place.country)));
	if (place.asn != 0)
		enrich_text(event, "ip.asn", ks_arena_printf(event->arena, "%lu", (unsigned long)place.asn));
}

static void add_novelty(struct ks_event *event, const struct ks_novelty_verdict *novelty)
{
	static const char *const paths[KS_NOVELTY_KINDS] = { "actor.first_seen.service",
		"actor.first_seen.region", "actor.first_seen.ip" };

	for (int i = 0; i < KS_NOVELTY_KINDS; i++)
		if (novelty->first_seen[i] >= 0)
			enrich_text(event, paths[i], novelty->first_seen[i] ? "true" : "false");
	if (novelty->idle_days >= 0)
		enrich_text(event, "actor.idle_days",
			ks_arena_printf(event->arena, "%lld", (long long)novelty->idle_days));
}

void ks_enrich_beyond(struct ks_event *event, unsigned wanted, const struct ks_enrich_sources *sources,
	const struct ks_novelty_verdict *novelty)
{
	struct ks_str principal = { NULL, 0 };
	struct ks_ip ip;

	if (wanted & KS_ENRICH_PRINCIPAL)
		principal = ks_principal_find(event);
	if (principal.n > 0)
		ks_event_enrich(event, "principal.arn", principal);
	if ((wanted & (KS_ENRICH_CATEGORY | KS_ENRICH_PLACE)) != 0 && ks_ip_parse(event->ip, &ip)) {
		if ((wanted & KS_ENRICH_CATEGORY) != 0 && sources->lists != NULL)
			add_categories(event, sources->lists, &ip);
		if ((wanted & KS_ENRICH_PLACE) != 0 && sources->geo != NULL)
			add_place(event, sources->geo, &ip);
	}
	if ((wanted & KS_ENRICH_NOVELTY) != 0 && novelty != NULL)
		add_novelty(event, novelty);
}

struct ks_novelty_sight ks_enrich_sight(const struct ks_event *event)
{
	bool is_key = ks_str_is(ks_str_of(kind_of(event)), "long-term");

	return (struct ks_novelty_sight){ .actor = is_key ? event->key_id : ks_principal_find(event),
		.time_ms = event->time_ms, .values = { event->source, event->region, event->ip } };
}

int ks_enrich_stored(struct ks_event *event, unsigned wanted, const struct ks_enrich_sources *sources,
	struct ks_noveltystore *novelty, struct ks_err *err)
{
	struct ks_novelty_verdict verdict = { { -1, -1, -1 }, -1 };
	struct ks_novelty_sight sight;

	if (novelty != NULL) {
		sight = ks_enrich_sight(event);
		if (ks_noveltystore_take(novelty, &sight, &verdict, err) != 0)
			return -1;
	}
	ks_enrich_beyond(event, wanted, sources, &verdict);
	return 0;
}

/*
 * What we know of an event beyond its record: the kind and account of its key, and the decoy it is
 * about. These become fields for rules: key.kind key.account decoy.name decoy.placement decoy.label
 * decoy.match.
 *
 * decoy.match says how: "key", the decoy's own key signed the call; "session", a temporary key of its
 * did; "target", a call by somebody else names the key id in its parameters or answer; "mention", the id
 * stands anywhere else in the record. Only the first two are a use. Of several, the strongest counts.
 */
#ifndef KS_ENGINE_ENRICH_H
#define KS_ENGINE_ENRICH_H

#include "lib/engine/watchlist.h"
#include "lib/trail/event.h"

enum ks_enrich_match { KS_MATCH_NONE, KS_MATCH_MENTION, KS_MATCH_TARGET, KS_MATCH_SESSION, KS_MATCH_KEY };

struct ks_enriched {
	const char *key_kind;            /* "long-term", "temporary", "root", "none" */
	enum ks_enrich_match match;
	struct ks_watched decoy;         /* when match is not NONE */
	struct ks_str decoy_key;         /* the id that matched */
};

/* Sets the fields on the event. Borrowed as long as the event. */
void ks_enrich_event(struct ks_event *event, const struct ks_watchlist *list, struct ks_enriched *out);

/* The temporary key id that the event's answer handed out, when its caller was a decoy or one of its
 * sessions; p NULL otherwise. (GetSessionToken, GetFederationToken, AssumeRole and its kin.) */
struct ks_str ks_enrich_session(const struct ks_event *event, const struct ks_enriched *enriched);

#endif

/*
 * What we know of an event beyond its record: the kind and account of its key, the decoy it is about, where
 * its address is, who is behind it, and whether that is new. These become fields for rules:
 *
 *   key.kind key.account decoy.name decoy.placement decoy.label decoy.match
 *   responder.use                        lib/engine/ownlist.h; "own" or "other"
 *   principal.arn                        lib/engine/principal.h
 *   ip.category                          lib/intel/netlist.h; a value for each category
 *   ip.country ip.asn                    lib/intel/geo.h
 *   actor.first_seen.service actor.first_seen.region actor.first_seen.ip actor.idle_days
 *                                        lib/intel/novelty.h; "true" or "false", and a number
 *
 * What is not known is absent. sourceIPAddress is no address where a service made the call (a name such as
 * "cloudformation.amazonaws.com", or "AWS Internal"): then all of ip. is absent.
 *
 * decoy.match says how: "key", the decoy's own key signed the call; "session", a temporary key of its
 * did; "user", the record has no key id or a temporary one that is not known, and says that the decoy's user
 * signed it, or that its session was given to that user; "target", a call by somebody else names the key id
 * in its parameters or answer; "mention", the id stands anywhere else in the record. Only the first
 * three are a use. Of several, the strongest counts. A long-term key id that is not the decoy's is never
 * "user": it may be one that somebody works with.
 *
 * "user" goes by the unique id (AIDA…), for which trails are searched; a record that has the user's ARN and
 * no unique id is only found where some rule wants the record anyway. With another unique id the ARN counts
 * for nothing: the user was deleted, and somebody made another under its name.
 */
#ifndef KS_ENGINE_ENRICH_H
#define KS_ENGINE_ENRICH_H

#include "lib/engine/watchlist.h"
#include "lib/intel/geo.h"
#include "lib/intel/netlist.h"
#include "lib/intel/noveltystore.h"
#include "lib/sigma/program.h"
#include "lib/trail/event.h"

enum ks_enrich_match {
	KS_MATCH_NONE, KS_MATCH_MENTION, KS_MATCH_TARGET, KS_MATCH_USER, KS_MATCH_SESSION, KS_MATCH_KEY,
};

/* Whether somebody used the decoy, and not only named it. */
static inline bool ks_enrich_is_use(enum ks_enrich_match match)
{
	return match >= KS_MATCH_USER;
}

struct ks_enriched {
	const char *key_kind;            /* "long-term", "temporary", "root", "none" */
	enum ks_enrich_match match;
	struct ks_watched decoy;         /* when match is not NONE */
	struct ks_str decoy_key;         /* the id that matched */
	enum ks_ownlist_use own;         /* whether we made the call, or somebody with an identity of ours */
};

/* Sets the fields below key., decoy. and responder. on the event. Borrowed as long as the event. */
void ks_enrich_event(struct ks_event *event, const struct ks_watchlist *list, struct ks_enriched *out);

/* The temporary key id that the event's answer handed out, when its caller was a decoy or one of its
 * sessions; p NULL otherwise. (GetSessionToken, GetFederationToken, AssumeRole and its kin.) */
struct ks_str ks_enrich_session(const struct ks_event *event, const struct ks_enriched *enriched);

/* The fields that cost something are only worked out where a rule reads them. */
enum {
	KS_ENRICH_PRINCIPAL = 1,
	KS_ENRICH_CATEGORY = 2,
	KS_ENRICH_PLACE = 4,             /* country and asn */
	KS_ENRICH_NOVELTY = 8,           /* all of actor. */
};

/* Those of them that some rule of the program reads. */
unsigned ks_enrich_wanted(const struct ks_program *program);

/* What they are worked out from; borrowed. All may be NULL: then the fields are absent. */
struct ks_enrich_sources {
	const struct ks_netlist *lists;
	struct ks_geo *geo;
};

/* Whether the event has nothing below decoy. and responder. */
static inline bool ks_enrich_is_nobodys(const struct ks_enriched *enriched)
{
	return enriched->match == KS_MATCH_NONE && enriched->own == KS_OWNLIST_NONE;
}

/* Sets those of the wanted fields that can be known; novelty: the verdict on what sight says, or NULL.
 * Borrowed as long as the event. */
void ks_enrich_beyond(struct ks_event *event, unsigned wanted, const struct ks_enrich_sources *sources,
	const struct ks_novelty_verdict *novelty);

/* The same where novelty is kept in a store, which learns of the event (again changes nothing); novelty may
 * be NULL. Errors are the store's. */
int ks_enrich_stored(struct ks_event *event, unsigned wanted, const struct ks_enrich_sources *sources,
	struct ks_noveltystore *novelty, struct ks_err *err);

/* Who did it, when, and with what. Borrowed as long as the event. */
struct ks_novelty_sight ks_enrich_sight(const struct ks_event *event);

#endif

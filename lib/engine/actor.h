/*
 * Whose doing an event is: the actor that its incident is called by. "key:AKIA…" where a long-term key is
 * known to be behind the call, also through temporary ones; else "principal:…" with the first that the
 * record has of: the role of a session, the ARN, the principal's id, the service, name or account.
 */
#ifndef KS_ENGINE_ACTOR_H
#define KS_ENGINE_ACTOR_H

#include "lib/engine/enrich.h"
#include "lib/store/db.h"

/* Into the event's arena. Errors are the store's, which is asked for the key behind a temporary one. */
int ks_actor_find(struct ks_db *db, const struct ks_event *event, const struct ks_enriched *enriched,
	struct ks_str *out, struct ks_err *err);

/* The actor that a long-term key is. */
struct ks_str ks_actor_of_key(struct ks_arena *arena, struct ks_str key_id);

#endif

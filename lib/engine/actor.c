/* Actors of events. */
#include "lib/engine/actor.h"

#include "lib/codec/hash.h"
#include "lib/decoy/keyid.h"
#include "lib/incident/session.h"

#define KEY_MOST 128u                /* bytes of an access key id, by IAM's reference */
#define NAME_MOST 640u               /* an ARN of IAM has 614 bytes at most */
#define NAME_SHOWN 128u

static struct ks_str tagged(struct ks_arena *arena, const char *tag, struct ks_str s)
{
	return ks_str_of(ks_arena_printf(arena, "%s:" KS_STR_FMT, tag, KS_STR_ARG(s)));
}

struct ks_str ks_actor_of_key(struct ks_arena *arena, struct ks_str key_id)
{
	return tagged(arena, "key", key_id);
}

/* Whether it looks like an access key id: people blank out ids in trails that they hand on, so no more than
 * the look is asked for. */
static bool is_key(struct ks_str id)
{
	const struct ks_keyid_kind *kind = ks_keyid_find_kind(id);

	for (size_t i = 0; i < id.n; i++)
		if (!((id.p[i] >= 'A' && id.p[i] <= 'Z') || (id.p[i] >= '0' && id.p[i] <= '9')))
			return false;
	return kind != NULL && kind->is_access_key && id.n <= KEY_MOST;
}

/* The long-term key behind the call, as far as it is known; p NULL otherwise. */
static int find_key(struct ks_db *db, const struct ks_event *event, const struct ks_enriched *enriched,
	struct ks_str *out, struct ks_err *err)
{
	struct ks_str id = event->key_id;

	*out = (struct ks_str){ NULL, 0 };
	if (ks_enrich_is_use(enriched->match)) {
		*out = ks_str_of(ks_arena_strdup(event->arena, ks_str_of(enriched->decoy.key_id)));
		return 0;
	}
	if (!is_key(id))
		return 0;
	if (ks_str_has_prefix(id, KS_STR("ASIA")))
		return ks_session_find(db, id, event->arena, out, err);
	*out = id;
	return 0;
}

/* No principal is called so: what goes into every notice has an end, and two of them stay two. */
static struct ks_str shorten(struct ks_arena *arena, struct ks_str who)
{
	unsigned char digest[KS_HASH_SIZE];
	char hex[KS_HASH_HEX];

	if (who.n <= NAME_MOST)
		return who;
	ks_hash_sha256(who, digest);
	ks_hash_hex(digest, sizeof(digest), hex);
	who.n = NAME_SHOWN;
	return ks_str_of(ks_arena_printf(arena, KS_STR_FMT "~%s", KS_STR_ARG(who), hex));
}

int ks_actor_find(struct ks_db *db, const struct ks_event *event, const struct ks_enriched *enriched,
	struct ks_str *out, struct ks_err *err)
{
	static const char *const paths[] = { "userIdentity.sessionContext.sessionIssuer.arn",
		"userIdentity.arn", "userIdentity.principalId", "userIdentity.invokedBy", "userIdentity.userName",
		"userIdentity.accountId" };
	struct ks_str key, who = { NULL, 0 };

	if (find_key(db, event, enriched, &key, err) != 0)
		return -1;
	if (key.n > 0) {
		*out = ks_actor_of_key(event->arena, key);
		return 0;
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && who.n == 0; i++)
		who = ks_event_get(event, paths[i]);
	*out = tagged(event->arena, "principal", who.n > 0 ? shorten(event->arena, who) : KS_STR("unknown"));
	return 0;
}

/* Reads what STS hands out. */
#include "lib/engine/grant.h"

#include "lib/decoy/keyid.h"

#include <string.h>

/* Digits alone, at most six of them; 0 for anything else. */
static int64_t seconds_of(struct ks_str text)
{
	int64_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || text.n > 6)
			return 0;
		n = n * 10 + (text.p[i] - '0');
	}
	return n;
}

static bool take_id(struct ks_str id, char out[KS_KEYSET_ID + 1])
{
	const struct ks_keyid_kind *kind = ks_keyid_find_kind(id);

	if (id.n != KS_KEYSET_ID || kind == NULL || !kind->is_access_key)
		return false;
	for (size_t i = 0; i < id.n; i++)
		if (!((id.p[i] >= 'A' && id.p[i] <= 'Z') || (id.p[i] >= '0' && id.p[i] <= '9')))
			return false;
	memcpy(out, id.p, KS_KEYSET_ID);
	out[KS_KEYSET_ID] = '\0';
	return true;
}

bool ks_grant_is_first(const struct ks_grant *grant)
{
	return grant->asker[1] == 'K';
}

bool ks_grant_read_for(const struct ks_event *event, struct ks_str asker, struct ks_grant *out)
{
	struct ks_str given;
	int64_t seconds;

	memset(out, 0, sizeof(*out));
	if (!take_id(asker, out->asker))
		return false;
	given = ks_event_get(event, "responseElements.credentials.accessKeyId");
	if (!take_id(given, out->key_id) || out->key_id[1] != 'S' || strcmp(out->key_id, out->asker) == 0)
		return false;
	out->time_ms = event->time_ms;
	out->expires_ms = KS_TIME_NONE;
	seconds = seconds_of(ks_event_get(event, "requestParameters.durationSeconds"));
	if (seconds > 0 && seconds * 1000 <= KS_GRANT_LONGEST_MS && out->time_ms != KS_TIME_NONE)
		out->expires_ms = out->time_ms + seconds * 1000;
	return true;
}

bool ks_grant_read(const struct ks_event *event, struct ks_grant *out)
{
	if (!ks_str_is(event->source, "sts.amazonaws.com") || !ks_grant_read_for(event, event->key_id, out))
		return false;
	return ks_grant_is_first(out) ||
		(ks_event_get(event, "userIdentity.sessionContext.ec2RoleDelivery").n == 0 &&
			ks_event_get(event, "userIdentity.invokedBy").n == 0);
}

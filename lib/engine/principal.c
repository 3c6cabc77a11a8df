/* The stable principal of a record. */
#include "lib/engine/principal.h"

#include "lib/aws/arn.h"

/* The role of a session's ARN; p NULL when it is none. */
static struct ks_str role_of(const struct ks_event *event, struct ks_str session)
{
	struct ks_str kind, rest, role;
	struct ks_arn arn;

	if (!ks_arn_parse(session, &arn) || !ks_str_is(arn.service, "sts") ||
		!ks_arn_split(&arn, &kind, &rest) || !ks_str_is(kind, "assumed-role") ||
		!ks_str_next(&rest, '/', &role) || !ks_arn_is_name(role))
		return (struct ks_str){ NULL, 0 };
	return ks_str_of(ks_arena_printf(event->arena, "arn:" KS_STR_FMT ":iam::" KS_STR_FMT ":role/" KS_STR_FMT,
		KS_STR_ARG(arn.partition), KS_STR_ARG(arn.account), KS_STR_ARG(role)));
}

static struct ks_str some(struct ks_str s)
{
	return s.n > 0 ? s : (struct ks_str){ NULL, 0 };
}

struct ks_str ks_principal_find(const struct ks_event *event)
{
	struct ks_str issuer, role;

	if (ks_str_is(event->actor_type, "AWSService"))
		return some(ks_event_get(event, "userIdentity.invokedBy"));
	if (ks_str_is(event->actor_type, "AssumedRole") || ks_str_is(event->actor_type, "Role")) {
		issuer = ks_event_get(event, "userIdentity.sessionContext.sessionIssuer.arn");
		if (issuer.n > 0)
			return issuer;
		role = role_of(event, event->actor_arn);
		if (role.p != NULL)
			return role;
	}
	return some(event->actor_arn);
}

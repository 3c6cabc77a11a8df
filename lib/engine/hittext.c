/* Texts of hits. */
#include "lib/engine/hittext.h"

#include <assert.h>
#include <string.h>

enum {
	EVENT_ID,
	SOURCE,
	NAME,
	REGION,
	ERROR_CODE,
	TYPE,
	ARN,
	ACCOUNT,
	KEY_ID,
	IP,
	AGENT,
	TIME_TEXT,
	KIND,
	DECOY,
	PLACEMENT,
	PATH,
	RECIPIENT,
	REQUEST,
	PRINCIPAL,
	IDENTITY,
};

static_assert(RECIPIENT == KS_HITTEXT_TOLD && IDENTITY + 1 == KS_HITTEXT_ALL, "the texts are those");

void ks_hittext_list(const struct ks_finding *finding, struct ks_str out[KS_HITTEXT_ALL])
{
	const struct ks_event *event = finding->event;

	out[EVENT_ID] = event->event_id;
	out[SOURCE] = event->source;
	out[NAME] = event->name;
	out[REGION] = event->region;
	out[ERROR_CODE] = event->error;
	out[TYPE] = event->actor_type;
	out[ARN] = event->actor_arn;
	out[ACCOUNT] = event->actor_account;
	out[KEY_ID] = event->key_id;
	out[IP] = event->ip;
	out[AGENT] = event->user_agent;
	out[TIME_TEXT] = event->time_text;
	out[KIND] = ks_str_of(finding->key_kind);
	out[DECOY] = ks_str_of(finding->decoy_name);
	out[PLACEMENT] = ks_str_of(finding->decoy_placement);
	out[PATH] = ks_str_of(finding->source);
	out[RECIPIENT] = event->recipient;
	out[REQUEST] = event->request_id;
	out[PRINCIPAL] = event->principal_id;
	out[IDENTITY] = ks_str_of(event->identity[0] != '\0' ? event->identity : NULL);
}

void ks_hittext_restore(const struct ks_str *texts, size_t n, struct ks_event *event,
	struct ks_finding *finding)
{
	struct ks_str all[KS_HITTEXT_ALL] = { { NULL, 0 } };

	assert(n <= KS_HITTEXT_ALL);
	memcpy(all, texts, n * sizeof(all[0]));
	*event = (struct ks_event){ .event_id = all[EVENT_ID],
		.source = all[SOURCE],
		.name = all[NAME],
		.region = all[REGION],
		.error = all[ERROR_CODE],
		.recipient = all[RECIPIENT],
		.request_id = all[REQUEST],
		.actor_type = all[TYPE],
		.actor_arn = all[ARN],
		.actor_account = all[ACCOUNT],
		.principal_id = all[PRINCIPAL],
		.key_id = all[KEY_ID],
		.ip = all[IP],
		.user_agent = all[AGENT],
		.time_text = all[TIME_TEXT] };
	if (all[IDENTITY].n > 0)
		memcpy(event->identity, all[IDENTITY].p, all[IDENTITY].n + 1);
	*finding = (struct ks_finding){ .event = event,
		.key_kind = all[KIND].p,
		.decoy_name = all[DECOY].p,
		.decoy_placement = all[PLACEMENT].p,
		.source = all[PATH].p };
}

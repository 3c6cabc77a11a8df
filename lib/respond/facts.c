/* From the store to the facts that planning goes by. */
#include "lib/respond/facts.h"

#include "lib/base/lexicon.h"
#include "lib/decoy/registry.h"
#include "lib/incident/incident.h"
#include "lib/incident/session.h"
#include "lib/incident/suppress.h"
#include "lib/respond/byhand.h"
#include "lib/trail/event.h"

#include <inttypes.h>
#include <string.h>

/* Calls of SES after which a sender is there, and where they name it. */
static const struct { const char *call, *path; } senders[] = {
	{ "CreateEmailIdentity", "requestParameters.emailIdentity" },
	{ "VerifyDomainDkim", "requestParameters.domain" },
	{ "VerifyDomainIdentity", "requestParameters.domain" },
	{ "VerifyEmailAddress", "requestParameters.emailAddress" },
	{ "VerifyEmailIdentity", "requestParameters.emailAddress" },
};

/* What only the record's own bytes say. */
static void read_raw(struct ks_str raw, struct ks_arena *arena, struct ks_facts_event *out)
{
	struct ks_err err = { 0 };
	struct ks_index index;
	struct ks_event event;

	ks_index_init(&index);
	if (ks_index_build(&index, raw, NULL, &err) == 0) {
		ks_event_init(&event, &index, 0, arena);
		out->issuer_arn = ks_arena_copy(arena,
			ks_event_get(&event, "userIdentity.sessionContext.sessionIssuer.arn"));
		out->recipient = ks_arena_copy(arena, event.recipient);
		for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++)
			if (ks_str_is(out->name, senders[i].call))
				out->sender = ks_arena_copy(arena, ks_event_get(&event, senders[i].path));
		out->principal_id = ks_arena_copy(arena, ks_event_get(&event, "userIdentity.principalId"));
		out->issuer_id = ks_arena_copy(arena,
			ks_event_get(&event, "userIdentity.sessionContext.sessionIssuer.principalId"));
		ks_event_release(&event);
	}
	ks_index_release(&index);
}

/* What ties an event to the long-term key is a record, too: the answer of STS that handed out its key. */
static int read_session(struct ks_db *db, struct ks_str actor, struct ks_facts_event *event,
	struct ks_err *err)
{
	bool is_trusted = true;

	if (ks_str_has_prefix(actor, KS_STR("key:")) && ks_str_has_prefix(event->key_id, KS_STR("ASIA")) &&
		ks_session_is_trusted(db, event->key_id, &is_trusted, err) != 0)
		return -1;
	event->has_loose_key = !is_trusted;
	return 0;
}

/* What the events of an incident are gathered in. */
struct gathering {
	struct ks_db *db;
	struct ks_vec events;        /* struct ks_facts_event */
	struct ks_vec rules;         /* struct ks_stored_finding: the first of each rule */
	struct ks_map seen;
	struct ks_lexicon lexicon;
	struct ks_str actor;
};

static int add_event(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	struct gathering *g = arg;
	struct ks_facts_event *event = ks_vec_push(&g->events);
	struct ks_arena arena = { NULL };
	struct ks_str *const texts[] = { &event->service, &event->name, &event->region, &event->error,
		&event->ip, &event->key_id, &event->actor_type, &event->actor_arn, &event->account,
		&event->issuer_arn, &event->recipient, &event->principal_id, &event->issuer_id, &event->where,
		&event->sender };

	*event = (struct ks_facts_event){ .time_ms = e->time_ms, .service = e->source, .name = e->name,
		.region = e->region, .error = e->error, .ip = e->ip, .key_id = e->key_id,
		.actor_type = e->actor_type, .actor_arn = e->actor_arn, .account = e->account,
		.where = e->where_source, .trust = e->trust, .is_backlog = e->is_backlog };
	read_raw(e->raw, &arena, event);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = ks_lexicon_keep(&g->lexicon, *texts[i]);
	ks_arena_release(&arena);
	return read_session(g->db, g->actor, event, err);
}

static int add_finding(void *arg, const struct ks_stored_finding *f, struct ks_err *err)
{
	struct gathering *g = arg;
	struct ks_stored_finding *first;

	(void)err;
	if (ks_map_put(&g->seen, f->rule_id, g) != NULL)
		return 0;
	first = ks_vec_push(&g->rules);
	*first = (struct ks_stored_finding){ .rule_id = ks_lexicon_keep(&g->lexicon, f->rule_id),
		.rule_title = ks_lexicon_keep(&g->lexicon, f->rule_title) };
	return 0;
}

static void keep_events(const struct ks_vec *from, struct ks_arena *arena, struct ks_facts *out)
{
	struct ks_facts_event *events = ks_arena_alloc(arena, from->n * sizeof(*events) + 1);

	if (from->n > 0)
		memcpy(events, from->p, from->n * sizeof(*events));
	out->events = events;
	out->event_count = from->n;
}

static void read_rules(const struct ks_vec *findings, const struct ks_facts_request *request,
	struct ks_arena *arena, struct ks_facts *out)
{
	struct ks_facts_rule *rules = ks_arena_alloc(arena, findings->n * sizeof(*rules) + 1);

	for (size_t i = 0; i < findings->n; i++) {
		const struct ks_stored_finding *f = KS_VEC_AT(findings, struct ks_stored_finding, i);

		rules[i] = (struct ks_facts_rule){ .id = f->rule_id, .title = f->rule_title };
		if (request->rule_name != NULL)
			rules[i].name = request->rule_name(request->arg, f->rule_id);
	}
	out->rules = rules;
	out->rule_count = findings->n;
}

static int read_decoy(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena, struct ks_facts *out,
	struct ks_err *err)
{
	struct ks_decoy decoy;
	bool is_found = false;

	out->is_decoy = true;
	if (ks_registry_find(db, key_id, arena, &decoy, &is_found, err) != 0)
		return -1;
	if (is_found) {
		out->is_offline = decoy.kind == KS_DECOY_OFFLINE;
		out->decoy_name = decoy.name;
		out->placement = decoy.placement;
	}
	return 0;
}

/* Whom somebody named, who he is as AWS said then, and whether the key is a decoy's by now. */
static int read_by_hand(struct ks_db *db, struct ks_arena *arena, struct ks_facts *out, struct ks_err *err)
{
	struct ks_byhand_key key;
	struct ks_decoy decoy;
	bool is_decoy = false;

	if (ks_byhand_load(db, out->incident, arena, &key, err) != 0 ||
		ks_registry_find(db, key.key_id, arena, &decoy, &is_decoy, err) != 0)
		return -1;
	ks_byhand_fill(&key, out);
	return is_decoy ? read_decoy(db, key.key_id, arena, out, err) : 0;
}

int ks_facts_load(struct ks_db *db, const struct ks_facts_request *request, struct ks_arena *arena,
	struct ks_facts *out, struct ks_err *err)
{
	struct gathering g = { .db = db, .events = KS_VEC_OF(struct ks_facts_event),
		.rules = KS_VEC_OF(struct ks_stored_finding) };
	struct ks_facts facts = { .incident = request->incident, .now_ms = request->now_ms };
	struct ks_incident incident;
	bool is_found = false;
	int rc = ks_incident_find(db, request->incident, arena, &incident, &is_found, err);

	ks_lexicon_init(&g.lexicon, arena);
	ks_map_init(&g.seen);
	if (rc == 0 && !is_found)
		rc = ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, request->incident);
	if (rc == 0 && incident.merged_into != 0)
		rc = ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " was taken over by incident %" PRId64
			": ask for that one", request->incident, incident.merged_into);
	if (rc == 0)
		rc = ks_suppress_check(db, request->now_ms, &incident.suppressed_by, err);
	if (rc == 0)
		rc = ks_incident_skim_findings(db, request->incident, add_finding, &g, err);
	if (rc == 0 && incident.decoy_key.p != NULL)
		rc = read_decoy(db, incident.decoy_key, arena, &facts, err);
	if (rc == 0) {
		g.actor = facts.actor = incident.actor;
		facts.level = incident.level;
		facts.is_closed = incident.state == KS_INCIDENT_CLOSED;
		facts.is_on_hold = incident.state == KS_INCIDENT_SNOOZED &&
			incident.snoozed_until_ms > request->now_ms;
		facts.is_suppressed = incident.suppressed_by != 0;
		rc = ks_incident_walk(db, request->incident, KS_INCIDENT_EVENTS, add_event, &g, err);
	}
	if (rc == 0) {
		keep_events(&g.events, arena, &facts);
		read_rules(&g.rules, request, arena, &facts);
		ks_subject_find(&facts, arena, &facts.subject);
		if (facts.subject.account.n == 0 && incident.account.p != NULL)
			facts.subject.account = incident.account;
		if (request->is_by_hand)
			rc = read_by_hand(db, arena, &facts, err);
	}
	if (rc == 0)
		*out = facts;
	ks_vec_release(&g.rules);
	ks_vec_release(&g.events);
	ks_map_release(&g.seen);
	ks_lexicon_release(&g.lexicon);
	return rc;
}

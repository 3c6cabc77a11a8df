/* Findings as Detection Findings of OCSF (ocsf.h), one object a line. A finding's uid is its id, which comes
 * of the rule and the event: it is the same in every store and hunt, and the one that an incident names. */
#include "lib/report/format.h"
#include "lib/report/ocsf.h"

#include "lib/base/arena.h"
#include "lib/base/time.h"

#include <inttypes.h>

#define TEXT_MOST 4096u                /* bytes of a text of the record, as in findings */

extern const struct ks_formatter ks_format_ocsf;

static struct ks_str brief(struct ks_str s)
{
	size_t n = s.n < TEXT_MOST ? s.n : TEXT_MOST;

	/* Not in the middle of a character. */
	for (unsigned i = 0; n < s.n && i < 3 && n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80; i++)
		n--;
	return ks_str_sub(s, 0, n);
}

static struct ks_evidence evidence_of(const struct ks_finding *finding)
{
	const struct ks_event *e = finding->event;

	return (struct ks_evidence){ .identity = ks_str_of(e->identity), .event_id = brief(e->event_id),
		.time_ms = e->time_ms, .source = brief(e->source), .name = brief(e->name),
		.region = brief(e->region), .error = brief(e->error), .actor_type = brief(e->actor_type),
		.actor_arn = brief(e->actor_arn),
		.account = brief(e->actor_account), .key_id = brief(e->key_id), .ip = brief(e->ip),
		.user_agent = brief(e->user_agent), .where_source = ks_str_of(finding->source),
		.where_offset = (int64_t)finding->offset };
}

static struct ks_json *finding_info(const struct ks_finding *finding, int64_t events)
{
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array(), *types = ks_json_new_array();
	const struct ks_correlated *chain = finding->correlated;
	struct ks_arena arena = { NULL };
	char id[KS_FINDING_ID];
	struct ks_map seen;

	ks_map_init(&seen);
	ks_finding_identify(finding, id);
	ks_json_add_text(json, "uid", id);
	ks_json_add_str(json, "title", finding->rule->title);
	ks_json_add_text(json, "desc", ks_arena_printf(&arena, "%" PRId64 " event%s of rule " KS_STR_FMT, events,
		events == 1 ? "" : "s", KS_STR_ARG(finding->rule->id.n > 0 ? finding->rule->id :
		finding->rule->title)));
	ks_json_add_text(types, NULL, "TTPs/Credential Access");
	ks_json_add(json, "types", types);
	ks_ocsf_add_time(json, "first_seen_time", chain != NULL ? chain->anchor_ms : finding->event->time_ms);
	ks_ocsf_add_time(json, "last_seen_time", chain != NULL ? chain->last_ms : finding->event->time_ms);
	ks_ocsf_add_attacks(list, &seen, finding->rule);
	ks_json_add(json, "attacks", list);
	ks_map_release(&seen);
	ks_arena_release(&arena);
	return json;
}

/* What was taken for whose: a decoy, else the key, else the principal. */
static struct ks_json *resources(const struct ks_finding *finding)
{
	struct ks_json *list = ks_json_new_array(), *one = ks_json_new_object();
	const struct ks_event *e = finding->event;

	ks_json_add_text(one, "type", e->key_id.n > 0 ? "AWS::IAM::AccessKey" : "AWS principal");
	ks_json_add_str(one, "uid", brief(e->key_id.n > 0 ? e->key_id : e->actor_arn.n > 0 ? e->actor_arn :
		KS_STR("unknown")));
	if (finding->decoy_name != NULL)
		ks_json_add_text(one, "name", finding->decoy_name);
	ks_json_add(list, NULL, one);
	return list;
}

static void render(const struct ks_finding *finding, bool has_color, struct ks_buf *out)
{
	struct ks_json *json = ks_json_new_object(), *evidences = ks_json_new_array(),
		*observables = ks_json_new_array(), *own = ks_json_new_object();
	const struct ks_evidence evidence = evidence_of(finding);
	int64_t events = finding->correlated != NULL ? (int64_t)finding->correlated->events : 1;
	struct ks_map seen;

	(void)has_color;
	ks_map_init(&seen);
	ks_ocsf_add_class(json, KS_OCSF_CREATE);
	ks_ocsf_add_severity(json, finding->rule->level);
	ks_json_add_int(json, "status_id", 1);
	ks_json_add_text(json, "status", "New");
	ks_json_add_bool(json, "is_alert", finding->rule->level >= KS_LEVEL_HIGH);
	/* The schema wants a time; of a record that has none, it says so below. */
	ks_json_add_int(json, "time", evidence.time_ms != KS_TIME_NONE ? evidence.time_ms : 0);
	ks_json_add_int(json, "count", events);
	ks_json_add(json, "metadata", ks_ocsf_metadata(NULL, KS_TIME_NONE));
	ks_json_add(json, "cloud", ks_ocsf_cloud(evidence.account));
	ks_json_add(json, "finding_info", finding_info(finding, events));
	ks_json_add(json, "resources", resources(finding));
	ks_json_add(evidences, NULL, ks_ocsf_evidence(&evidence));
	ks_json_add(json, "evidences", evidences);
	ks_ocsf_add_observables(observables, &seen, &evidence);
	ks_json_add(json, "observables", observables);
	ks_json_add_str(own, "rule_id", finding->rule->id);
	ks_json_add_text(own, "decoy_placement", finding->decoy_placement);
	if (evidence.time_ms == KS_TIME_NONE)
		ks_json_add_str(own, "unreadable_time", brief(finding->event->time_text));
	ks_json_add(json, "unmapped", own);
	ks_json_render(json, out);
	ks_buf_addc(out, '\n');
	ks_json_free(json);
	ks_map_release(&seen);
}

const struct ks_formatter ks_format_ocsf = {
	.name = "ocsf", .begin = "", .between = "", .end = "", .render = render,
};

/* Findings: identity and JSON form. */
#include "lib/incident/finding.h"

#include "lib/codec/hash.h"
#include "lib/incident/drillmark.h"

#define TEXT_MOST 4096u              /* bytes of a record's text: more of it stands in the evidence */
#define ID_MOST 100u                 /* likewise of each of many ids */

static struct ks_str rule_id(const struct ks_rule *rule)
{
	return rule->id.n > 0 ? rule->id : rule->title;
}

static void hash(struct ks_buf *text, char out[KS_FINDING_ID])
{
	unsigned char digest[KS_HASH_SIZE];

	ks_hash_sha256(ks_buf_str(text), digest);
	ks_hash_hex(digest, (KS_FINDING_ID - 1) / 2, out);
	ks_buf_release(text);
}

void ks_finding_identify_chain(const struct ks_rule *rule, struct ks_str group, int64_t anchor_ms,
	char out[KS_FINDING_ID])
{
	struct ks_str id = rule_id(rule);
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_buf_addf(&text, "chain/1;%zu:", id.n);
	ks_buf_add(&text, id);
	ks_buf_addf(&text, ";" KS_STR_FMT ";%lld", KS_STR_ARG(group), (long long)anchor_ms);
	hash(&text, out);
}

void ks_finding_identify(const struct ks_finding *finding, char out[KS_FINDING_ID])
{
	struct ks_str rule = rule_id(finding->rule);
	struct ks_buf text;

	if (finding->correlated != NULL) {
		ks_finding_identify_chain(finding->rule, finding->correlated->group, finding->correlated->anchor_ms,
			out);
		return;
	}
	ks_buf_init(&text, SIZE_MAX / 2);
	ks_buf_addf(&text, "finding/1;%zu:", rule.n);
	ks_buf_add(&text, rule);
	ks_buf_addf(&text, ";%s", finding->event->identity);
	hash(&text, out);
}

/* What a rule leaves out is an empty string there, and null here. */
static struct ks_str or_null(struct ks_str s)
{
	return s.n > 0 ? s : (struct ks_str){ NULL, 0 };
}

/* A record may hold megabytes anywhere, and a finding has to fit into what is stored and sent. */
static struct ks_str cut(struct ks_str s, size_t most)
{
	size_t n = s.n < most ? s.n : most;

	/* Not in the middle of a character. */
	for (unsigned i = 0; n < s.n && i < 3 && n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80; i++)
		n--;
	s.n = n;
	return s;
}

static void add_text(struct ks_json *json, const char *key, struct ks_str text)
{
	ks_json_add_str(json, key, cut(text, TEXT_MOST));
}

static struct ks_json *rule_json(const struct ks_rule *rule)
{
	struct ks_json *json = ks_json_new_object(), *tags = ks_json_new_array();

	ks_json_add_str(json, "id", or_null(rule->id));
	ks_json_add_str(json, "title", rule->title);
	ks_json_add_text(json, "level", ks_rule_level_name(rule->level));
	for (size_t i = 0; i < rule->tags.n; i++)
		ks_json_add_str(tags, NULL, rule->tags.p[i]);
	ks_json_add(json, "tags", tags);
	return json;
}

static struct ks_json *event_json(const struct ks_event *event)
{
	struct ks_json *json = ks_json_new_object();

	add_text(json, "id", event->event_id);
	add_text(json, "source", event->source);
	add_text(json, "name", event->name);
	add_text(json, "region", event->region);
	add_text(json, "error", event->error);
	if (event->read_only >= 0)
		ks_json_add_bool(json, "read_only", event->read_only == 1);
	else
		ks_json_add_null(json, "read_only");
	return json;
}

static struct ks_json *actor_json(const struct ks_finding *finding)
{
	const struct ks_event *event = finding->event;
	struct ks_json *json = ks_json_new_object();

	add_text(json, "type", event->actor_type);
	add_text(json, "arn", event->actor_arn);
	add_text(json, "account", event->actor_account);
	add_text(json, "key_id", or_null(event->key_id));
	ks_json_add_text(json, "key_kind", finding->key_kind);
	return json;
}

static void add_matched(struct ks_json *json, const struct ks_correlated *correlated)
{
	struct ks_json *list;

	if (correlated == NULL) {
		ks_json_add_null(json, "matched");
		return;
	}
	list = ks_json_new_array();
	for (size_t i = 0; i < correlated->matched_count; i++)
		ks_json_add_str(list, NULL, cut(correlated->matched[i], ID_MOST));
	ks_json_add(json, "matched", list);
}

struct ks_json *ks_finding_to_json(const struct ks_finding *finding)
{
	const struct ks_event *event = finding->event;
	struct ks_json *json = ks_json_new_object(), *part;
	char id[KS_FINDING_ID], time[KS_TIME_TEXT];
	uint32_t drill;

	ks_finding_identify(finding, id);
	ks_json_add_int(json, "v", 1);
	ks_json_add_text(json, "id", id);
	ks_json_add(json, "rule", rule_json(finding->rule));
	/* A time that does not parse is shown as it stands: better than none. */
	if (event->time_ms != KS_TIME_NONE)
		ks_json_add_text(json, "time", ks_time_render(event->time_ms, time));
	else
		add_text(json, "time", event->time_text);
	ks_json_add(json, "event", event_json(event));
	ks_json_add(json, "actor", actor_json(finding));
	add_text(json, "ip", event->ip);
	add_text(json, "user_agent", event->user_agent);
	if (finding->decoy_name != NULL) {
		part = ks_json_new_object();
		ks_json_add_text(part, "name", finding->decoy_name);
		ks_json_add_text(part, "placement", finding->decoy_placement);
		ks_json_add(json, "decoy", part);
	} else {
		ks_json_add_null(json, "decoy");
	}
	/* As nearly no finding is, it is not said of the others. */
	if (ks_drillmark_read(event->event_id, &drill))
		ks_json_add_bool(json, "exercise", true);
	add_matched(json, finding->correlated);
	part = ks_json_new_object();
	ks_json_add_text(part, "source", finding->source);
	ks_json_add_int(part, "offset", (int64_t)finding->offset);
	ks_json_add(json, "where", part);
	return json;
}

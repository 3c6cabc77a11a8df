/* Objects of the schema, out of what we have. */
#include "lib/report/ocsf.h"

#include "lib/base/arena.h"
#include "lib/base/time.h"
#include "lib/codec/ip.h"

#define VERSION "1.5.0"
#define CLASS 2004

enum observable { OBSERVABLE_IP = 2, OBSERVABLE_USER_AGENT = 16 };

void ks_ocsf_add_known(struct ks_json *json, const char *key, struct ks_str value)
{
	if (value.n > 0)
		ks_json_add_str(json, key, value);
}

void ks_ocsf_add_time(struct ks_json *json, const char *key, int64_t ms)
{
	if (ms != KS_TIME_NONE)
		ks_json_add_int(json, key, ms);
}

/* informational 1 … critical 5; both number alike. */
static int severity_of(enum ks_level level)
{
	return level == KS_LEVEL_CRITICAL ? 5 : level == KS_LEVEL_HIGH ? 4 : level == KS_LEVEL_MEDIUM ? 3 :
		level == KS_LEVEL_LOW ? 2 : 1;
}

static const char *severity_name(int id)
{
	static const char *const names[] = { "Unknown", "Informational", "Low", "Medium", "High", "Critical" };

	return names[id];
}

void ks_ocsf_add_severity(struct ks_json *json, enum ks_level level)
{
	int severity = severity_of(level);

	ks_json_add_int(json, "severity_id", severity);
	ks_json_add_text(json, "severity", severity_name(severity));
}

void ks_ocsf_add_class(struct ks_json *json, enum ks_ocsf_activity activity)
{
	static const char *const activities[] = { "Unknown", "Create", "Update", "Close" };
	static const char *const types[] = { "Detection Finding: Unknown", "Detection Finding: Create",
		"Detection Finding: Update", "Detection Finding: Close" };

	ks_json_add_int(json, "category_uid", 2);
	ks_json_add_text(json, "category_name", "Findings");
	ks_json_add_int(json, "class_uid", CLASS);
	ks_json_add_text(json, "class_name", "Detection Finding");
	ks_json_add_int(json, "activity_id", (int)activity);
	ks_json_add_text(json, "activity_name", activities[activity]);
	ks_json_add_int(json, "type_uid", CLASS * 100 + (int)activity);
	ks_json_add_text(json, "type_name", types[activity]);
}

struct ks_json *ks_ocsf_metadata(const char *version, int64_t logged_ms)
{
	struct ks_json *json = ks_json_new_object(), *product = ks_json_new_object(),
		*profiles = ks_json_new_array();

	ks_json_add_text(json, "version", VERSION);
	ks_json_add_text(product, "name", "keysnare");
	ks_json_add_text(product, "vendor_name", "keysnare");
	if (version != NULL)
		ks_json_add_text(product, "version", version);
	ks_json_add(json, "product", product);
	ks_json_add_text(profiles, NULL, "cloud");
	ks_json_add(json, "profiles", profiles);
	ks_ocsf_add_time(json, "logged_time", logged_ms);
	return json;
}

static struct ks_json *account_of(struct ks_str account)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "uid", account);
	ks_json_add_int(json, "type_id", 10);
	ks_json_add_text(json, "type", "AWS Account");
	return json;
}

struct ks_json *ks_ocsf_cloud(struct ks_str account)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_text(json, "provider", "AWS");
	if (account.n > 0)
		ks_json_add(json, "account", account_of(account));
	return json;
}

void ks_ocsf_add_attacks(struct ks_json *list, struct ks_map *seen, const struct ks_rule *rule)
{
	struct ks_arena arena = { NULL };

	for (size_t i = 0; i < rule->tags.n; i++) {
		struct ks_str tag = rule->tags.p[i];
		struct ks_json *attack, *technique;
		char *uid;

		if (!ks_str_has_prefix(tag, KS_STR("attack.t")) || tag.n < 9 || tag.p[8] < '0' || tag.p[8] > '9' ||
			ks_map_put(seen, tag, list) != NULL)
			continue;
		uid = ks_arena_strdup(&arena, ks_str_sub(tag, 7, tag.n));
		uid[0] = 'T';
		attack = ks_json_new_object();
		technique = ks_json_new_object();
		ks_json_add_text(technique, "uid", uid);
		ks_json_add(attack, "technique", technique);
		ks_json_add(list, NULL, attack);
	}
	ks_arena_release(&arena);
}

static struct ks_json *actor(const struct ks_evidence *e)
{
	struct ks_json *json = ks_json_new_object(), *user = ks_json_new_object();

	ks_json_add_str(user, "uid", e->actor_arn.n > 0 ? e->actor_arn : e->actor.n > 0 ? e->actor :
		KS_STR("unknown"));
	ks_ocsf_add_known(user, "credential_uid", e->key_id);
	if (e->account.n > 0)
		ks_json_add(user, "account", account_of(e->account));
	ks_json_add(json, "user", user);
	return json;
}

static struct ks_json *api(const struct ks_evidence *e)
{
	struct ks_json *json = ks_json_new_object(), *part;

	ks_json_add_str(json, "operation", e->name.n > 0 ? e->name : KS_STR("unknown"));
	if (e->source.n > 0) {
		part = ks_json_new_object();
		ks_json_add_str(part, "name", e->source);
		ks_json_add(json, "service", part);
	}
	if (e->event_id.n > 0) {
		part = ks_json_new_object();
		ks_json_add_str(part, "uid", e->event_id);
		ks_json_add(json, "request", part);
	}
	if (e->error.n > 0) {
		part = ks_json_new_object();
		ks_json_add_str(part, "error", e->error);
		ks_json_add(json, "response", part);
	}
	return json;
}

struct ks_json *ks_ocsf_evidence(const struct ks_evidence *e)
{
	struct ks_json *json = ks_json_new_object(), *part = ks_json_new_object();
	char time[KS_TIME_TEXT];
	struct ks_ip ip;

	ks_json_add_str(json, "uid", e->identity);
	ks_json_add(json, "actor", actor(e));
	ks_json_add(json, "api", api(e));
	if (e->ip.n > 0) {
		struct ks_json *endpoint = ks_json_new_object();

		ks_json_add_str(endpoint, ks_ip_parse(e->ip, &ip) ? "ip" : "name", e->ip);
		ks_json_add(json, "src_endpoint", endpoint);
	}
	if (e->user_agent.n > 0) {
		struct ks_json *request = ks_json_new_object();

		ks_json_add_str(request, "user_agent", e->user_agent);
		ks_json_add(json, "http_request", request);
	}
	if (e->time_ms != KS_TIME_NONE)
		ks_json_add_text(part, "time", ks_time_render(e->time_ms, time));
	ks_ocsf_add_known(part, "region", e->region);
	ks_ocsf_add_known(part, "where", e->where_source);
	ks_json_add_int(part, "offset", e->where_offset);
	ks_json_add(json, "data", part);
	return json;
}

static void add_observable(struct ks_json *list, struct ks_map *seen, enum observable type,
	struct ks_str value)
{
	struct ks_json *json;

	if (value.n == 0 || seen->entries.n >= KS_OCSF_OBSERVABLES || ks_map_put(seen, value, list) != NULL)
		return;
	json = ks_json_new_object();
	ks_json_add_int(json, "type_id", type);
	ks_json_add_text(json, "type", type == OBSERVABLE_IP ? "IP Address" : "HTTP User-Agent");
	ks_json_add_text(json, "name", type == OBSERVABLE_IP ? "evidences[].src_endpoint.ip" :
		"evidences[].http_request.user_agent");
	ks_json_add_str(json, "value", value);
	ks_json_add(list, NULL, json);
}

void ks_ocsf_add_observables(struct ks_json *list, struct ks_map *seen, const struct ks_evidence *e)
{
	struct ks_ip ip;

	if (ks_ip_parse(e->ip, &ip))
		add_observable(list, seen, OBSERVABLE_IP, e->ip);
	add_observable(list, seen, OBSERVABLE_USER_AGENT, e->user_agent);
}

/*
 * Incidents as findings of AWS Security Hub (BatchImportFindings, AWS Security Finding Format 2018-10-08).
 * One incident is one finding, whose Id stays the same, so that later notices update it; when it is over it
 * is archived. Workflow is set when it is made, and then belongs to people: AWS leaves it alone on updates.
 * A call may succeed and yet import nothing: FailedCount counts. Product: the account's own default one.
 */
#include "lib/notify/desk.h"

#include "lib/aws/arn.h"
#include "lib/codec/json.h"

#include <stdio.h>
#include <string.h>

#define TITLE_MOST 256u
#define DESCRIPTION_MOST 1024u
#define ADVICE_MOST 512u
#define FIELD_MOST 1000u
#define FINDING_MOST (200u * 1024)
#define CODE_MOST 60u

static const struct ks_notifier_option options[] = {
	{ "region", "the Region of Security Hub", false, false, false },
};

static int check_securityhub(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	return ks_desk_check_region(notifier, out_key, err);
}

static void add_cut(struct ks_json *json, const char *key, const char *text, size_t most)
{
	ks_json_add_str(json, key, ks_wording_cut(text[0] != '\0' ? text : "-", most));
}

static const char *label_of(const struct ks_wording *wording)
{
	if (wording->is_test || wording->turn == KS_WORDING_SIGN)
		return "INFORMATIONAL";
	return wording->level == KS_LEVEL_CRITICAL ? "CRITICAL" : wording->level == KS_LEVEL_HIGH ? "HIGH" :
		wording->level == KS_LEVEL_MEDIUM ? "MEDIUM" : wording->level == KS_LEVEL_LOW ? "LOW" :
		"INFORMATIONAL";
}

/* Only what is a time, written as we write it. */
static void add_time(struct ks_json *to, const char *key, const struct ks_json *from, const char *name)
{
	char text[KS_TIME_TEXT];
	struct ks_str value;
	int64_t ms;

	if (ks_json_find_str(from, name, &value) && ks_time_parse(value, &ms))
		ks_json_add_text(to, key, ks_time_render(ms, text));
}

static bool is_key_id(struct ks_str s)
{
	if (s.n < 16 || s.n > 128)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9'))
			return false;
	return true;
}

/* The key that it is about, where it is one, else the account. */
static void add_resources(struct ks_json *finding, const struct ks_notifier_message *message,
	const struct ks_desk *desk, const char *partition)
{
	struct ks_json *list = ks_json_new_array(), *resource = ks_json_new_object(), *details, *key;
	struct ks_str id = { NULL, 0 }, actor = { NULL, 0 }, account = desk->self.acting.account;
	struct ks_arena arena;

	ks_arena_init(&arena);
	ks_json_find_str(message->json, "actor", &actor);
	ks_json_find_str(message->json, "account", &account);
	if (!ks_json_find_str(ks_json_find(message->json, "decoy"), "key_id", &id) &&
		ks_str_has_prefix(actor, KS_STR("key:")))
		id = ks_str_sub(actor, 4, actor.n);
	if (is_key_id(id)) {
		ks_json_add_text(resource, "Type", "AwsIamAccessKey");
		ks_json_add_str(resource, "Id", id);
		details = ks_json_new_object();
		key = ks_json_new_object();
		ks_json_add_str(key, "AccessKeyId", id);
		ks_json_add(details, "AwsIamAccessKey", key);
		ks_json_add(resource, "Details", details);
	} else {
		ks_json_add_text(resource, "Type", "AwsAccount");
		ks_json_add_text(resource, "Id", ks_arena_printf(&arena, "AWS::::Account:%s",
			ks_wording_clean(account, 20, &arena)));
	}
	ks_json_add_text(resource, "Partition", partition);
	ks_json_add_text(resource, "Region", desk->settings.region);
	ks_json_add(list, NULL, resource);
	ks_json_add(finding, "Resources", list);
	ks_arena_release(&arena);
}

static struct ks_json *severity_of(const struct ks_wording *wording)
{
	struct ks_json *severity = ks_json_new_object();

	ks_json_add_text(severity, "Label", label_of(wording));
	ks_json_add_text(severity, "Original", ks_rule_level_name(wording->level));
	return severity;
}

static struct ks_json *types_of(const struct ks_notifier_message *message)
{
	struct ks_json *types = ks_json_new_array();

	ks_json_add_text(types, NULL, message->incident_id > 0 ? "TTPs/Credential Access" :
		"Software and Configuration Checks/keysnare");
	return types;
}

static void add_provider_fields(struct ks_json *finding, const struct ks_notifier_message *message)
{
	const struct ks_wording *wording = message->wording;
	struct ks_json *fields = ks_json_new_object(), *own = ks_json_new_object();
	char name[64], number[24];

	ks_json_add(own, "Severity", severity_of(wording));
	ks_json_add(own, "Types", types_of(message));
	ks_json_add(finding, "FindingProviderFields", own);
	add_cut(fields, "keysnare/kind", message->kind, 64);
	ks_json_add_text(fields, "keysnare/notice", message->id);
	snprintf(number, sizeof(number), "%lld", (long long)message->incident_id);
	if (message->incident_id > 0)
		ks_json_add_text(fields, "keysnare/incident", number);
	for (size_t i = 0; i < wording->field_count; i++) {
		snprintf(name, sizeof(name), "keysnare/%s", wording->fields[i].label);
		for (char *p = name; *p != '\0'; p++)
			*p = *p == ' ' ? '_' : *p;
		add_cut(fields, name, wording->fields[i].value, FIELD_MOST);
	}
	ks_json_add(finding, "ProductFields", fields);
}

static void add_advice(struct ks_json *finding, const struct ks_wording *wording)
{
	struct ks_json *remediation = ks_json_new_object(), *recommendation = ks_json_new_object();

	if (wording->next[0] == '\0') {
		ks_json_free(remediation);
		ks_json_free(recommendation);
		return;
	}
	add_cut(recommendation, "Text", wording->next, ADVICE_MOST);
	ks_json_add(remediation, "Recommendation", recommendation);
	ks_json_add(finding, "Remediation", remediation);
}

static void add_state(struct ks_json *finding, const struct ks_notifier_message *message)
{
	struct ks_json *workflow = ks_json_new_object();

	ks_json_add_text(workflow, "Status", "NEW");
	ks_json_add(finding, "Workflow", workflow);
	ks_json_add_text(finding, "RecordState",
		message->wording->turn == KS_WORDING_NEWS ? "ACTIVE" : "ARCHIVED");
}

static void render(const struct ks_notifier_message *message, const struct ks_desk *desk, struct ks_buf *out)
{
	const struct ks_wording *wording = message->wording;
	struct ks_json *list = ks_json_new_array(), *finding = ks_json_new_object();
	const struct ks_partition *partition = ks_partition_of_region(ks_str_of(desk->settings.region));
	const char *name = partition != NULL ? partition->name : "aws";
	char now[KS_TIME_TEXT], created[KS_TIME_TEXT];
	struct ks_str account = desk->self.acting.account;
	struct ks_arena arena;

	ks_arena_init(&arena);
	ks_json_add_text(finding, "SchemaVersion", "2018-10-08");
	ks_json_add_text(finding, "Id", ks_arena_printf(&arena, "keysnare/%s", message->thread));
	ks_json_add_text(finding, "ProductArn", ks_arena_printf(&arena, "arn:%s:securityhub:%s:" KS_STR_FMT
		":product/" KS_STR_FMT "/default", name, desk->settings.region, KS_STR_ARG(account),
		KS_STR_ARG(account)));
	ks_json_add_text(finding, "ProductName", "keysnare");
	ks_json_add_text(finding, "GeneratorId", message->incident_id > 0 ? "keysnare/incident" :
		"keysnare/watch");
	ks_json_add_str(finding, "AwsAccountId", account);
	ks_json_add(finding, "Types", types_of(message));
	add_time(finding, "FirstObservedAt", message->json, "first");
	add_time(finding, "LastObservedAt", message->json, "last");
	ks_json_add_text(finding, "CreatedAt", ks_time_render(message->created_ms, created));
	/* Behind all that was imported before: what is not newer is not taken. */
	ks_json_add_text(finding, "UpdatedAt", ks_time_render(message->now_ms, now));
	ks_json_add(finding, "Severity", severity_of(wording));
	add_cut(finding, "Title", wording->title, TITLE_MOST);
	add_cut(finding, "Description", wording->text[0] != '\0' ? wording->text : wording->title,
		DESCRIPTION_MOST);
	add_advice(finding, wording);
	add_provider_fields(finding, message);
	add_resources(finding, message, desk, name);
	add_state(finding, message);
	ks_json_add(list, NULL, finding);
	ks_json_render(list, out);
	ks_json_free(list);
	ks_arena_release(&arena);
}

static int judge(const struct ks_client_reply *reply, struct ks_notifier_answer *out, struct ks_err *err)
{
	const struct ks_json *failure = ks_json_next_element(ks_json_find(reply->json, "FailedFindings"), NULL);
	struct ks_str code = { NULL, 0 }, why = { NULL, 0 };
	int64_t failed = 1, taken = 0;
	struct ks_arena arena;

	ks_json_find_int(reply->json, "FailedCount", &failed);
	ks_json_find_int(reply->json, "SuccessCount", &taken);
	if (failed == 0 && taken == 1)
		return 0;
	ks_arena_init(&arena);
	ks_json_find_str(failure, "ErrorCode", &code);
	ks_json_find_str(failure, "ErrorMessage", &why);
	snprintf(err->aws_code, sizeof(err->aws_code), "%s", ks_wording_clean(code, CODE_MOST, &arena));
	out->is_final = ks_desk_is_final(err->aws_code);
	ks_err_set(err, KS_ERR_REMOTE, "Security Hub did not take the finding: %s%s%s",
		code.n > 0 ? ks_wording_clean(code, CODE_MOST, &arena) : "it does not say why",
		why.n > 0 ? ": " : "", ks_wording_clean(why, 200, &arena));
	ks_arena_release(&arena);
	return -1;
}

static int send_securityhub(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_client_request request = { .service = "securityhub", .operation = "BatchImportFindings" };
	struct ks_wire_parameter findings = { "Findings", { NULL, 0 }, true };
	struct ks_client_reply reply = { 0 };
	struct ks_desk *desk;
	struct ks_buf text;
	int rc = ks_desk_get(notifier, (struct ks_str){ NULL, 0 }, &desk, err);

	out->is_unsent = rc != 0;
	if (rc != 0)
		return -1;
	ks_buf_init(&text, FINDING_MOST);
	render(message, desk, &text);
	findings.value = ks_buf_str(&text);
	request.parameters = &findings;
	request.parameter_count = 1;
	rc = ks_desk_call(notifier, desk, &request, &reply, out, err);
	if (rc == 0)
		rc = judge(&reply, out, err);
	ks_client_release(&reply);
	ks_buf_release(&text);
	return rc;
}

const struct ks_notifier_row ks_notifier_securityhub = {
	.name = "securityhub",
	.target = NULL,
	.is_aws = true,
	.follows = KS_NOTIFIER_FOLLOWS_END,
	.permission = "securityhub:BatchImportFindings",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check_securityhub,
	.send = send_securityhub,
	.close = ks_desk_close,
};

/* Switches of SES. */
#include "lib/aws/ses.h"

#include <string.h>

struct where {
	const char *service;
	const char *operation;
	const char *region;
};

static int call(struct ks_client *client, struct where where, const struct ks_wire_parameter *parameters,
	size_t count, struct ks_client_reply *out, struct ks_err *err)
{
	struct ks_client_request request = { .service = where.service,
		.operation = where.operation,
		.region = where.region,
		.parameters = parameters,
		.parameter_count = count };
	struct ks_client_reply reply = { 0 };

	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	if (out != NULL)
		*out = reply;
	else
		ks_client_release(&reply);
	return 0;
}

/* A flag that is left out is not "leave it alone": it is always sent. */
static struct ks_wire_parameter flag(const char *name, bool value)
{
	return (struct ks_wire_parameter){ name, ks_str_of(value ? "true" : "false"), true };
}

static struct ks_wire_parameter text(const char *name, const char *value)
{
	return (struct ks_wire_parameter){ name, ks_str_of(value), false };
}

static int missing(const char *operation, const char *name, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_PARSE, "%s: the answer has no '%s'", operation, name);
}

int ks_ses_get_sending(struct ks_client *client, const char *region, bool *out, struct ks_err *err)
{
	struct ks_client_reply reply;
	struct ks_str value;
	int rc = 0;

	if (call(client, (struct where){ "ses", "GetAccountSendingEnabled", region }, NULL, 0, &reply, err) != 0)
		return -1;
	value = ks_xml_text(reply.xml, "Enabled");
	if (ks_str_is(value, "true") || ks_str_is(value, "false"))
		*out = ks_str_is(value, "true");
	else
		rc = missing("SES GetAccountSendingEnabled", "Enabled", err);
	ks_client_release(&reply);
	return rc;
}

int ks_ses_update_sending(struct ks_client *client, const char *region, bool is_enabled, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { flag("Enabled", is_enabled) };

	return call(client, (struct where){ "ses", "UpdateAccountSendingEnabled", region }, parameters, 1, NULL,
		err);
}

int ks_ses_update_set_sending(struct ks_client *client, const char *region, const char *set, bool is_enabled,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("ConfigurationSetName", set),
		flag("Enabled", is_enabled) };

	return call(client, (struct where){ "ses", "UpdateConfigurationSetSendingEnabled", region }, parameters,
		2, NULL, err);
}

int ks_ses_get_account(struct ks_client *client, const char *region, struct ks_ses_account *out,
	struct ks_err *err)
{
	struct ks_ses_account account = { 0 };
	const struct ks_json *quota;
	struct ks_client_reply reply;
	int rc = 0;

	if (call(client, (struct where){ "sesv2", "GetAccount", region }, NULL, 0, &reply, err) != 0)
		return -1;
	quota = ks_json_find(reply.json, "SendQuota");
	ks_json_find_bool(reply.json, "ProductionAccessEnabled", &account.is_production);
	ks_json_find_double(quota, "Max24HourSend", &account.daily_quota);
	ks_json_find_double(quota, "SentLast24Hours", &account.sent_today);
	if (ks_json_find_bool(reply.json, "SendingEnabled", &account.is_sending))
		*out = account;
	else
		rc = missing("SES v2 GetAccount", "SendingEnabled", err);
	ks_client_release(&reply);
	return rc;
}

int ks_ses_put_account_sending(struct ks_client *client, const char *region, bool is_enabled,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { flag("SendingEnabled", is_enabled) };

	return call(client, (struct where){ "sesv2", "PutAccountSendingAttributes", region }, parameters, 1,
		NULL, err);
}

/* A list over all of its pages, of names: strings, or objects that have one. */
struct list {
	const char *array;
	const char *member; /* NULL: the elements are strings */
	struct ks_arena *arena;
	struct ks_vec *out;
};

static int take_page(void *arg, const struct ks_client_reply *page, struct ks_err *err)
{
	const struct list *list = arg;
	const struct ks_json *array = ks_json_find(page->json, list->array);

	if (!ks_json_is_array(array))
		return missing("SES v2", list->array, err);
	for (const struct ks_json *e = ks_json_next_element(array, NULL); e != NULL;
		 e = ks_json_next_element(array, e)) {
		struct ks_str name = ks_json_str(list->member != NULL ? ks_json_find(e, list->member) : e);

		if (name.p == NULL)
			return missing("SES v2", list->array, err);
		*(struct ks_str *)ks_vec_push(list->out) = ks_arena_copy(list->arena, name);
	}
	return 0;
}

static int call_list(struct ks_client *client, struct where where, struct list *list, struct ks_err *err)
{
	struct ks_client_request request = { .service = where.service,
		.operation = where.operation,
		.region = where.region };

	return ks_client_pages(client, &request, "NextToken", take_page, list, err);
}

int ks_ses_list_sets(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct list list = { "ConfigurationSets", NULL, arena, out };

	return call_list(client, (struct where){ "sesv2", "ListConfigurationSets", region }, &list, err);
}

int ks_ses_get_set_sending(struct ks_client *client, const char *region, const char *set, bool *out,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("ConfigurationSetName", set) };
	struct ks_client_reply reply;
	int rc = 0;

	if (call(client, (struct where){ "sesv2", "GetConfigurationSet", region }, parameters, 1, &reply, err) !=
		0)
		return -1;
	if (!ks_json_find_bool(ks_json_find(reply.json, "SendingOptions"), "SendingEnabled", out))
		rc = missing("SES v2 GetConfigurationSet", "SendingEnabled", err);
	ks_client_release(&reply);
	return rc;
}

int ks_ses_put_set_sending(struct ks_client *client, const char *region, const char *set, bool is_enabled,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("ConfigurationSetName", set),
		flag("SendingEnabled", is_enabled) };

	return call(client, (struct where){ "sesv2", "PutConfigurationSetSendingOptions", region }, parameters,
		2, NULL, err);
}

int ks_ses_list_identities(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct list list = { "EmailIdentities", "IdentityName", arena, out };

	return call_list(client, (struct where){ "sesv2", "ListEmailIdentities", region }, &list, err);
}

int ks_ses_get_identity(struct ks_client *client, const char *region, const char *identity,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("EmailIdentity", identity) };
	struct ks_client_reply reply;
	struct ks_buf json;

	if (call(client, (struct where){ "sesv2", "GetEmailIdentity", region }, parameters, 1, &reply, err) != 0)
		return -1;
	if (reply.json == NULL) {
		ks_client_release(&reply);
		return missing("SES v2 GetEmailIdentity", "IdentityType", err);
	}
	ks_buf_init(&json, SIZE_MAX / 2);
	ks_json_render(reply.json, &json);
	*out = ks_arena_copy(arena, ks_buf_str(&json));
	ks_buf_release(&json);
	ks_client_release(&reply);
	return 0;
}

int ks_ses_delete_identity(struct ks_client *client, const char *region, const char *identity,
	struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = { text("EmailIdentity", identity) };

	return call(client, (struct where){ "sesv2", "DeleteEmailIdentity", region }, parameters, 1, NULL, err);
}

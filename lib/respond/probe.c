/* Which text in an answer is the state, a row each. */
#include "lib/respond/probe.h"

#include "lib/codec/uri.h"

#include <string.h>

static int missing(const struct ks_client_reply *reply, const char *what, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_PARSE, "%s has no '%s'", reply->xml == NULL && reply->json == NULL ?
		"an empty answer" : "the answer", what);
}

static int answer(struct ks_str state, struct ks_arena *arena, struct ks_str *out)
{
	*out = ks_arena_copy(arena, state);
	return 0;
}

/* In a list: the text at "path" of the member whose text at "key" is the item. */
struct member {
	const char *list, *key, *path;
};

static int find_member(const struct ks_client_reply *reply, const struct member *member, struct ks_str item,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	const struct ks_xml *list = ks_xml_find(reply->xml, member->list);

	if (list == NULL)
		return missing(reply, member->list, err);
	for (const struct ks_xml *m = list->child; m != NULL; m = m->next) {
		struct ks_str text;

		if (!ks_str_is_equal(ks_xml_text(m, member->key), item))
			continue;
		text = ks_xml_text(m, member->path);
		if (text.p == NULL)
			return missing(reply, member->path, err);
		return answer(text, arena, out);
	}
	return answer(KS_STR(KS_STEP_ABSENT), arena, out);
}

static int find_key_status(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	return find_member(reply, &(struct member){ "AccessKeyMetadata", "AccessKeyId", "Status" }, item, arena,
		out, err);
}

static int find_attached(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	if (find_member(reply, &(struct member){ "AttachedPolicies", "PolicyArn", "PolicyArn" }, item, arena,
		out,
		err) != 0)
		return -1;
	if (!ks_str_is(*out, KS_STEP_ABSENT))
		*out = KS_STR("attached");
	return 0;
}

/* A tag may hold any text, so also the one that stands for no tag: that one must not be believed. */
static int find_tag(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	const struct ks_xml *tags = ks_xml_find(reply->xml, "Tags");

	for (const struct ks_xml *m = tags != NULL ? tags->child : NULL; m != NULL; m = m->next)
		if (ks_str_is_equal(ks_xml_text(m, "Key"), item) && ks_str_is(ks_xml_text(m, "Value"),
			KS_STEP_ABSENT))
			return ks_err_set(err, KS_ERR_PARSE, "tag '" KS_STR_FMT "' has the value '%s', which stands for "
				"no tag here", KS_STR_ARG(item), KS_STEP_ABSENT);
	return find_member(reply, &(struct member){ "Tags", "Key", "Value" }, item, arena, out, err);
}

/* The document comes percent-encoded. */
static int find_policy(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	struct ks_str text = ks_xml_text(reply->xml, "PolicyDocument");
	struct ks_buf document;

	(void)item;
	if (text.n == 0)
		return missing(reply, "PolicyDocument", err);
	ks_buf_init(&document, SIZE_MAX / 2);
	ks_uri_decode(&document, text);
	*out = ks_arena_copy(arena, ks_buf_str(&document));
	ks_buf_release(&document);
	return 0;
}

static int find_login_profile(const struct ks_client_reply *reply, struct ks_str item,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	(void)item;
	if (ks_xml_find(reply->xml, "LoginProfile") == NULL)
		return missing(reply, "LoginProfile", err);
	return answer(KS_STR("present"), arena, out);
}

static int find_ses_sending(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	struct ks_str text = ks_xml_text(reply->xml, "Enabled");

	(void)item;
	if (!ks_str_is(text, "true") && !ks_str_is(text, "false"))
		return missing(reply, "Enabled", err);
	return answer(text, arena, out);
}

static int find_switch(const struct ks_client_reply *reply, const struct ks_json *holder,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	bool is_on;

	if (!ks_json_find_bool(holder, "SendingEnabled", &is_on))
		return missing(reply, "SendingEnabled", err);
	return answer(is_on ? KS_STR("true") : KS_STR("false"), arena, out);
}

static int find_sesv2_sending(const struct ks_client_reply *reply, struct ks_str item,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	(void)item;
	return find_switch(reply, reply->json, arena, out, err);
}

static int find_set_sending(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	(void)item;
	return find_switch(reply, ks_json_find(reply->json, "SendingOptions"), arena, out, err);
}

static int find_identity(const struct ks_client_reply *reply, struct ks_str item, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	struct ks_buf json;

	(void)item;
	if (ks_json_find(reply->json, "IdentityType") == NULL)
		return missing(reply, "IdentityType", err);
	ks_buf_init(&json, SIZE_MAX / 2);
	ks_json_render(reply->json, &json);
	*out = ks_arena_copy(arena, ks_buf_str(&json));
	ks_buf_release(&json);
	return 0;
}

static const struct ks_probe probes[] = {
	{ "attached_policy", "ListAttachedUserPolicies", find_attached },
	{ "key_status", "ListAccessKeys", find_key_status },
	{ "login_profile", "GetLoginProfile", find_login_profile },
	{ "role_policy", "GetRolePolicy", find_policy },
	{ "ses_identity", "GetEmailIdentity", find_identity },
	{ "ses_sending", "GetAccountSendingEnabled", find_ses_sending },
	{ "sesv2_sending", "GetAccount", find_sesv2_sending },
	{ "set_sending", "GetConfigurationSet", find_set_sending },
	{ "user_policy", "GetUserPolicy", find_policy },
	{ "user_tag", "ListUserTags", find_tag },
};

const struct ks_probe *ks_probe_find(struct ks_str name)
{
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (ks_str_is(name, probes[i].name))
			return &probes[i];
	return NULL;
}

/* A reading of several pages: the first one that has the item says what its state is. */
struct reading {
	const struct ks_probe *probe;
	struct ks_str item;
	struct ks_arena *arena;
	struct ks_str state;         /* p NULL before the first page */
};

static int take_page(void *arg, const struct ks_client_reply *page, struct ks_err *err)
{
	struct reading *reading = arg;

	if (reading->state.p != NULL && !ks_str_is(reading->state, KS_STEP_ABSENT))
		return 0;
	return reading->probe->find(page, reading->item, reading->arena, &reading->state, err);
}

int ks_probe_read(struct ks_client *client, const struct ks_step_condition *condition,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	const struct ks_wire_call *call = &condition->read;
	struct reading reading = { ks_probe_find(ks_str_of(condition->probe)), condition->item, arena,
		{ NULL, 0 } };
	struct ks_client_request request = {
		.service = call->operation->service,
		.operation = call->operation->name,
		.region = call->region.n > 0 ? ks_arena_strdup(arena, call->region) : NULL,
		.partition = call->partition,
		.parameters = call->parameters,
		.parameter_count = call->parameter_count,
	};
	struct ks_err why = { 0 };

	if (reading.probe == NULL || strcmp(reading.probe->operation, call->operation->name) != 0)
		return ks_err_set(err, KS_ERR_UNSUPPORTED, "no probe '%s' reads the answer of %s",
			condition->probe, call->operation->name);
	if (ks_client_pages(client, &request, "Marker", take_page, &reading, &why) != 0) {
		if (why.code != KS_ERR_NOTFOUND) {
			if (why.code == KS_ERR_PARSE && why.http_status == 0)
				ks_err_wrap(&why, "%s", call->operation->name);
			*err = why;
			return -1;
		}
		reading.state = KS_STR(KS_STEP_ABSENT);
	}
	*out = reading.state;
	return 0;
}

static bool render(struct ks_str text, struct ks_buf *out)
{
	struct ks_err ignored = { 0 };
	struct ks_json *json = NULL;

	if (text.n == 0 || text.p[0] != '{' || ks_json_parse(text, &json, &ignored) != 0)
		return false;
	ks_json_render(json, out);
	ks_json_free(json);
	return true;
}

bool ks_probe_is_same(struct ks_str a, struct ks_str b)
{
	struct ks_buf left, right;
	bool is_same;

	if (ks_str_is_equal(a, b))
		return true;
	ks_buf_init(&left, SIZE_MAX / 2);
	ks_buf_init(&right, SIZE_MAX / 2);
	is_same = render(a, &left) && render(b, &right) && ks_str_is_equal(ks_buf_str(&left),
		ks_buf_str(&right));
	ks_buf_release(&left);
	ks_buf_release(&right);
	return is_same;
}

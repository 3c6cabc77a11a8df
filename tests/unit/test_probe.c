/* lib/respond/probe: which state an answer stands for */
#include "lib/respond/probe.h"

#include "tests/unit/rows.h"

struct find_row {
	const char *name, *probe, *answer, *item;
	const char *state;           /* NULL: the answer does not say */
};

#define KEYS                                                                                          \
	"<R><AccessKeyMetadata><member><UserName>a</UserName><AccessKeyId>AKIA1</AccessKeyId><Status>Active" \
	"</Status></member><member><AccessKeyId>AKIA2</AccessKeyId><Status>Inactive</Status></member>"    \
	"</AccessKeyMetadata><IsTruncated>false</IsTruncated></R>"
#define TAGS "<R><Tags><member><Key>a</Key><Value>b c</Value></member><member><Key>empty</Key><Value/>" \
	"</member><member><Key>liar</Key><Value>NoSuchEntity</Value></member></Tags></R>"

static const struct find_row finds[] = {
	{ "an active key", "key_status", KEYS, "AKIA1", "Active" },
	{ "an inactive key", "key_status", KEYS, "AKIA2", "Inactive" },
	{ "another key of the user's", "key_status", KEYS, "AKIA3", KS_STEP_ABSENT },
	{ "the beginning of a key's id", "key_status", KEYS, "AKIA", KS_STEP_ABSENT },
	{ "a user without keys", "key_status", "<R><AccessKeyMetadata/></R>", "AKIA1", KS_STEP_ABSENT },
	{ "no list of keys", "key_status", "<R><Other/></R>", "AKIA1", NULL },
	{ "a key without a status", "key_status",
		"<R><AccessKeyMetadata><member><AccessKeyId>A</AccessKeyId></member></AccessKeyMetadata></R>", "A",
		NULL },
	{ "a policy is "
		"decoded", "user_policy", "<R><PolicyDocument>%7B%22a%22%3A%20%22b%2Bc%22%7D</PolicyDocument></R>",
		"", "{\"a\": \"b+c\"}" },
	{ "a policy of a role", "role_policy", "<R><PolicyDocument>%7B%7D</PolicyDocument></R>", "", "{}" },
	{ "no policy in the answer", "user_policy", "<R><PolicyName>a</PolicyName></R>", "", NULL },
	{ "sending is on", "ses_sending", "<R><Enabled>true</Enabled></R>", "", "true" },
	{ "sending is off", "ses_sending", "<R><Enabled>false</Enabled></R>", "", "false" },
	{ "sending is neither", "ses_sending", "<R><Enabled/></R>", "", NULL },
	{ "version 2 is on", "sesv2_sending", "{\"SendingEnabled\":true}", "", "true" },
	{ "version 2 is off", "sesv2_sending", "{\"SendingEnabled\":false}", "", "false" },
	{ "version 2 does not say", "sesv2_sending", "{\"SendingOptions\":{\"SendingEnabled\":false}}", "",
		NULL },
	{ "version 2 says it as text", "sesv2_sending", "{\"SendingEnabled\":\"false\"}", "", NULL },
	{ "a set", "set_sending", "{\"SendingOptions\":{\"SendingEnabled\":false}}", "", "false" },
	{ "a set without the option", "set_sending", "{\"SendingEnabled\":false}", "", NULL },
	{ "an attached policy", "attached_policy",
		"<R><AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>arn:x</PolicyArn></member>"
		"</AttachedPolicies></R>", "arn:x", "attached" },
	{ "another attached policy", "attached_policy",
		"<R><AttachedPolicies><member><PolicyArn>arn:x</PolicyArn></member></AttachedPolicies></R>", "arn:y",
		KS_STEP_ABSENT },
	{ "a password", "login_profile", "<R><LoginProfile><UserName>a</UserName></LoginProfile></R>", "",
		"present" },
	{ "no password in the answer", "login_profile", "<R/>", "", NULL },
	{ "an identity", "ses_identity", "{ \"IdentityType\": \"DOMAIN\" }", "",
		"{\"IdentityType\":\"DOMAIN\"}" },
	{ "no identity", "ses_identity", "{}", "", NULL },
	{ "a tag", "user_tag", TAGS, "a", "b c" },
	{ "an empty tag", "user_tag", TAGS, "empty", "" },
	{ "no such tag", "user_tag", TAGS, "b", KS_STEP_ABSENT },
	{ "a tag that pretends to be none", "user_tag", TAGS, "liar", NULL },
};

static void finds_the_state(void **state)
{
	const struct find_row *row = *state;
	const struct ks_probe *probe = ks_probe_find(ks_str_of(row->probe));
	struct ks_client_reply reply = { 0 };
	struct ks_str got = { NULL, 0 };
	struct ks_err err = { 0 };
	int rc;

	assert_non_null(probe);
	if (row->answer[0] == '<')
		assert_int_equal(ks_xml_parse(ks_str_of(row->answer), &reply.arena, &reply.xml, &err), 0);
	else
		assert_int_equal(ks_json_parse(ks_str_of(row->answer), &reply.json, &err), 0);
	rc = probe->find(&reply, ks_str_of(row->item), &reply.arena, &got, &err);
	assert_int_equal(rc, row->state != NULL ? 0 : -1);
	if (row->state != NULL)
		assert_string_equal(got.p, row->state);
	else
		assert_int_equal(err.code, KS_ERR_PARSE);
	ks_client_release(&reply);
}

struct same_row {
	const char *name, *a, *b;
	bool is_same;
};

static const struct same_row sames[] = {
	{ "texts", "Active", "Active", true },
	{ "case counts", "Active", "active", false },
	{ "blanks of texts count", "a b", "a  b", false },
	{ "blanks of documents do not", "{\"a\": [1, {\"b\":\n\"c\"}]}", "{\"a\":[1,{\"b\":\"c\"}]}", true },
	{ "blanks in their texts do", "{\"a\":\"b c\"}", "{\"a\":\"bc\"}", false },
	{ "other documents", "{\"a\":1}", "{\"a\":2}", false },
	{ "one is broken", "{\"a\":1", "{\"a\":1}", false },
	{ "both are broken in the same way", "{\"a\":1", "{\"a\":1", true },
	{ "a document and nothing", "{}", "", false },
};

static void compares_states(void **state)
{
	const struct same_row *row = *state;

	assert_int_equal(ks_probe_is_same(ks_str_of(row->a), ks_str_of(row->b)), row->is_same);
	assert_int_equal(ks_probe_is_same(ks_str_of(row->b), ks_str_of(row->a)), row->is_same);
}

static void has_no_other_row(void **state)
{
	(void)state;
	assert_null(ks_probe_find(KS_STR("")));
	assert_null(ks_probe_find(KS_STR("key_statu")));
}

int main(void)
{
	static struct rows rows;

	ROWS_TABLE(&rows, finds_the_state, finds);
	ROWS_TABLE(&rows, compares_states, sames);
	ROWS_TEST(&rows, has_no_other_row);
	return rows_run("probe", &rows);
}

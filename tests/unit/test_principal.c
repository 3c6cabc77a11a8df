/* Who stands behind a record, for each type of identity. */
#include "lib/engine/principal.h"

#include "tests/unit/engine.h"
#include "tests/unit/rows.h"

#define ISSUER(arn) "\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"arn\":\"" arn "\"}}"

static const struct row {
	const char *name, *identity, *want;
} rows[] = {
	{ "root", "\"type\":\"Root\",\"arn\":\"arn:aws:iam::1:root\"", "arn:aws:iam::1:root" },
	{ "user", "\"type\":\"IAMUser\",\"arn\":\"arn:aws-cn:iam::123456789012:user/team/al\"",
		"arn:aws-cn:iam::123456789012:user/team/al" },
	{ "a user's own session",
		"\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/al\",\"sessionContext\":{}",
		"arn:aws:iam::1:user/al" },
	{ "role, by its issuer", "\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:assumed-role/r/s\","
		ISSUER("arn:aws:iam::1:role/path/r"), "arn:aws:iam::1:role/path/r" },
	{ "role, by its session",
		"\"type\":\"AssumedRole\",\"arn\":\"arn:aws-us-gov:sts::1:assumed-role/r/s/t\"",
		"arn:aws-us-gov:iam::1:role/r" },
	{ "role, by nothing that is one",
		"\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:assumed-role/a b/s\"",
		"arn:aws:sts::1:assumed-role/a b/s" },
	{ "role without anything", "\"type\":\"AssumedRole\"", NULL },
	{ "federated user", "\"type\":\"FederatedUser\",\"arn\":\"arn:aws:sts::1:federated-user/bob\","
		ISSUER("arn:aws:iam::1:user/al"), "arn:aws:sts::1:federated-user/bob" },
	{ "service", "\"type\":\"AWSService\",\"invokedBy\":\"ec2.amazonaws.com\"", "ec2.amazonaws.com" },
	{ "another account", "\"type\":\"AWSAccount\",\"accountId\":\"1\",\"principalId\":\"AIDA1\"", NULL },
	{ "no type", "\"arn\":\"arn:aws:iam::1:user/al\"", "arn:aws:iam::1:user/al" },
	{ "arn is no text", "\"type\":\"IAMUser\",\"arn\":{\"a\":1}", NULL },
	{ "empty", "\"type\":\"IAMUser\",\"arn\":\"\"", NULL },
};

static void finds(void **state)
{
	const struct row *row = *state;
	struct engine_event e;
	struct ks_str found;
	char json[1024];

	snprintf(json, sizeof(json), "{\"userIdentity\":{%s}}", row->identity);
	engine_event_init(&e, json);
	found = ks_principal_find(&e.event);
	if (row->want == NULL)
		assert_null(found.p);
	else
		assert_true(ks_str_is(found, row->want));
	engine_event_release(&e);
}

int main(void)
{
	struct rows list = { .n = 0 };

	ROWS_TABLE(&list, finds, rows);
	return rows_run("principal", &list);
}

/* lib/respond/subject */
#include "tests/unit/respond.h"

#define ROLE "arn:aws:iam::123456789012:role/ops/deploy"
#define TEMPORARY "ASIAIOSFODNN7EXAMPLE"
#define OURS "AKIASP2TPHJSQH3FJRUX"          /* its digits say account 171436882533 */

struct row {
	const char *name;
	struct respond_incident incident;
	enum ks_subject_kind kind;
	const char *subject;       /* "account name key partition" */
	const char *doubt;         /* part of it; NULL: none */
	bool is_federated;
	const char *foreign;       /* NULL: none */
};

#define KNOWN "123456789012 mailer " RESPOND_KEY " aws"

static const struct row table[] = {
	{ "a user's key", { .n = 1 }, KS_SUBJECT_USER, KNOWN, NULL, false, NULL },
	{ "root's key", { .events = { { .type = "Root", .arn = "arn:aws:iam::123456789012:root" } } },
		KS_SUBJECT_ROOT,
		"123456789012 - " RESPOND_KEY " aws", NULL, false, NULL },
	{ "a role: the issuer's ARN has its path", { .actor = "principal:" ROLE, .events = { { .type =
		"AssumedRole",
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x", .issuer = ROLE, .key = TEMPORARY } } },
		KS_SUBJECT_ROLE, "123456789012 deploy - aws", NULL, false, NULL },
	{ "a role without an issuer", { .actor = "principal:x", .events = { { .type = "AssumedRole",
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/a/b", .key = TEMPORARY } } },
		KS_SUBJECT_ROLE, "123456789012 deploy - aws", NULL, false, NULL },
	{ "a federated session is its user's", { .actor = "principal:" RESPOND_USER, .events = { { .type =
		"FederatedUser",
		.arn = "arn:aws:sts::123456789012:federated-user/guest", .issuer = RESPOND_USER,
		.key = TEMPORARY } } },
		KS_SUBJECT_USER, "123456789012 mailer - aws", NULL, true, NULL },
	{ "a federated session of root", { .actor = "principal:x", .events = { { .type = "FederatedUser",
		.arn = "arn:aws:sts::123456789012:federated-user/guest", .issuer = "arn:aws:iam::123456789012:root",
		.key = TEMPORARY } } }, KS_SUBJECT_ROOT, "123456789012 - - aws", NULL, true, NULL },
	{ "only sessions of the key", { .events = { { .key = TEMPORARY }, { .type = "AssumedRole",
		.issuer = ROLE,
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x", .key = "ASIAI44QH8DHBEXAMPLE" } },
		.n = 2 },
		KS_SUBJECT_USER, KNOWN, NULL, false, NULL },
	{ "another user's call by the same key", { .events = { { .age_minutes = 10 },
		{ .arn = "arn:aws:iam::123456789012:user/other" } }, .n = 2 }, KS_SUBJECT_UNKNOWN,
		"123456789012 - " RESPOND_KEY " aws", "name two principals", false, NULL },
	{ "the same user at another path is the same user", { .events = { { .age_minutes = 10 },
		{ .arn = "arn:aws:iam::123456789012:user/mailer" } }, .n = 2 }, KS_SUBJECT_USER, KNOWN, NULL, false,
			NULL },
	{ "a session of another user", { .events = { { .age_minutes = 10 },
		{ .arn = "arn:aws:iam::123456789012:user/other", .key = TEMPORARY } }, .n = 2 }, KS_SUBJECT_UNKNOWN,
		"123456789012 - " RESPOND_KEY " aws", "name two principals", false, NULL },
	{ "the key id says another account", { .actor = "key:" OURS, .events = { { .key = OURS } } },
		KS_SUBJECT_USER,
		"123456789012 mailer " OURS " aws", "belongs to account 171436882533", false, NULL },
	{ "the key id alone says the account", { .actor = "key:" OURS, .events = { { .key = OURS, .arn = "",
		.type = "",
		.account = "" } } }, KS_SUBJECT_UNKNOWN, "171436882533 - " OURS " aws", NULL, false, NULL },
	{ "a Region of another partition", { .events = { { .region = "cn-north-1" } } }, KS_SUBJECT_USER, KNOWN,
		"Region cn-north-1 is not in partition aws", false, NULL },
	{ "no ARN: the partition by the Region", { .events = { { .arn = "", .region = "us-gov-west-1" } } },
		KS_SUBJECT_UNKNOWN, "123456789012 - " RESPOND_KEY " aws-us-gov", NULL, false, NULL },
	{ "an unknown partition", { .events = { { .arn = "arn:aws-x:iam::123456789012:user/mailer" } } },
		KS_SUBJECT_UNKNOWN, "123456789012 - " RESPOND_KEY " aws", NULL, false, NULL },
	{ "a name that IAM would not take", { .events = { { .arn = "arn:aws:iam::123456789012:user/a&b" } } },
		KS_SUBJECT_UNKNOWN, "123456789012 - " RESPOND_KEY " aws", NULL, false, NULL },
	{ "an account that is none", { .events = { { .arn = "arn:aws:iam::12345:user/mailer", .account =
		"12345" } } },
		KS_SUBJECT_UNKNOWN, "- - " RESPOND_KEY " aws", NULL, false, NULL },
	{ "another account's trail", { .events = { { .recipient = "210987654321" } } }, KS_SUBJECT_USER, KNOWN,
		NULL,
		false, "210987654321" },
	{ "calls at home and elsewhere", { .events = { { .recipient = "210987654321" },
		{ .recipient = RESPOND_ACCOUNT } },
		.n = 2 }, KS_SUBJECT_USER, KNOWN, NULL, false, NULL },
	{ "a service", { .actor = "principal:x", .events = { { .type = "AWSService", .arn = "", .key = "" } } },
		KS_SUBJECT_OUTSIDE, "123456789012 - - aws", NULL, false, NULL },
	{ "an actor that is no key id", { .actor = "key:AKIA&Status=Active" }, KS_SUBJECT_USER,
		"123456789012 mailer - aws", NULL, false, NULL },
	{ "a temporary key as the actor is none to disable", { .actor = "key:" TEMPORARY,
		.events = { { .key = TEMPORARY } }
		}, KS_SUBJECT_USER, "123456789012 mailer - aws", NULL, false, NULL },
};

static const char *dash(struct ks_arena *arena, struct ks_str s)
{
	return s.n > 0 ? ks_arena_strdup(arena, s) : "-";
}

static void test_find(void **state)
{
	const struct row *row = *state;
	struct respond_facts facts;
	const struct ks_subject *got;

	respond_facts_init(&facts, &row->incident);
	got = &facts.facts.subject;
	assert_int_equal(got->kind, row->kind);
	assert_string_equal(ks_arena_printf(&facts.arena, "%s %s %s %s", dash(&facts.arena, got->account),
		dash(&facts.arena, got->name), dash(&facts.arena, got->key_id),
		got->partition != NULL ? got->partition->name : "-"), row->subject);
	if (row->doubt == NULL)
		assert_null(got->doubt);
	else if (got->doubt == NULL || strstr(got->doubt, row->doubt) == NULL)
		fail_msg("'%s' does not hold '%s'", got->doubt != NULL ? got->doubt : "(none)", row->doubt);
	assert_int_equal(got->is_federated, row->is_federated);
	assert_true(ks_str_is(got->foreign, row->foreign != NULL ? row->foreign : ""));
	respond_facts_release(&facts);
}

static void test_sessions(void **state)
{
	struct respond_incident incident = { .events = { { .age_minutes = 9 }, { .key = TEMPORARY },
		{ .key = TEMPORARY },
		{ .type = "AssumedRole", .arn = "arn:aws:sts::123456789012:assumed-role/deploy/x", .issuer = ROLE,
			.key = "ASIAI44QH8DHBEXAMPLE" } }, .n = 4 };
	struct respond_facts facts;

	(void)state;
	respond_facts_init(&facts, &incident);
	assert_int_equal(facts.facts.subject.sessions, 2);
	assert_int_equal(facts.facts.subject.role_count, 1);
	assert_true(ks_str_is(facts.facts.subject.roles[0].name, "deploy"));
	respond_facts_release(&facts);
}

/* ---- what AWS says ---- */

struct complete_row {
	const char *name;
	struct respond_incident incident;
	const char *user, *arn;    /* AWS's word */
	const char *subject;       /* "kind name arn" */
	const char *doubt;
};

static const struct complete_row completes[] = {
	{ "complete: no record named him", { .events = { { .arn = "" } } }, "mailer", RESPOND_USER,
		"IAM user mailer " RESPOND_USER, NULL },
	{ "complete: the record is right", { .n = 1 }, "mailer", RESPOND_USER, "IAM user mailer " RESPOND_USER,
		NULL },
	{ "complete: the record names another", { .n = 1 }, "backup", "arn:aws:iam::123456789012:user/backup",
		"IAM user backup arn:aws:iam::123456789012:user/backup", "the records say " RESPOND_USER },
	{ "complete: the record says root", { .events = { { .type = "Root",
		.arn = "arn:aws:iam::123456789012:root" } } }, "mailer", RESPOND_USER,
			"IAM user mailer " RESPOND_USER,
		"and the records say arn:aws:iam::123456789012:root" },
	{ "complete: two principals, and one of them it is", { .events = { { .age_minutes = 10 },
		{ .arn = "arn:aws:iam::123456789012:user/other" } }, .n = 2 }, "mailer", RESPOND_USER,
		"IAM user mailer " RESPOND_USER, "name two principals" },
	{ "complete: no ARN, so protect cannot tell", { .events = { { .arn = "" } } }, "mailer", "",
		"IAM user mailer -", "his ARN could not be read" },
	{ "complete: no ARN, and the record has one", { .n = 1 }, "mailer", "",
		"IAM user mailer " RESPOND_USER, NULL },
	{ "complete: the ARN is of another account", { .events = { { .arn = "" } } }, "mailer",
		"arn:aws:iam::210987654321:user/mailer", "IAM user mailer -", "his ARN could not be read" },
	{ "complete: root's key has no user", { .events = { { .type = "Root",
		.arn = "arn:aws:iam::123456789012:root" } } }, "<root_account>", "", "root user - "
		"arn:aws:iam::123456789012:root", NULL },
	{ "complete: there is no key", { .actor = "principal:" RESPOND_USER, .events = { { .key = "" } } },
		"other", "", "IAM user mailer " RESPOND_USER, NULL },
};

static void test_complete(void **state)
{
	const struct complete_row *row = *state;
	struct respond_facts facts;
	struct ks_subject *got;

	respond_facts_init(&facts, &row->incident);
	got = &facts.facts.subject;
	ks_subject_complete(got, ks_str_of(row->user), ks_str_of(row->arn), &facts.arena);
	assert_string_equal(ks_arena_printf(&facts.arena, "%s %s %s", ks_subject_kind_name(got->kind),
		dash(&facts.arena, got->name), dash(&facts.arena, got->arn)), row->subject);
	if (row->doubt == NULL)
		assert_null(got->doubt);
	else if (got->doubt == NULL || strstr(got->doubt, row->doubt) == NULL)
		fail_msg("'%s' does not hold '%s'", got->doubt != NULL ? got->doubt : "(none)", row->doubt);
	respond_facts_release(&facts);
}

/* Roles of other accounts are kept apart: their names mean something else here. */
static void test_roles(void **state)
{
	struct respond_incident incident = { .events = { { .age_minutes = 9 },
		{ .type = "AssumedRole", .arn = "arn:aws:sts::123456789012:assumed-role/deploy/x", .issuer = ROLE,
			.key = TEMPORARY },
		{ .type = "AssumedRole", .arn = "arn:aws:sts::210987654321:assumed-role/deploy/x",
			.issuer = "arn:aws:iam::210987654321:role/deploy", .key = TEMPORARY } }, .n = 3 };
	struct respond_facts facts;
	const struct ks_subject *got;

	(void)state;
	respond_facts_init(&facts, &incident);
	got = &facts.facts.subject;
	assert_int_equal(got->role_count, 2);
	assert_true(ks_str_is(got->roles[0].arn, ROLE));
	assert_true(ks_str_is(got->roles[0].account, "123456789012"));
	assert_true(ks_str_is(got->roles[1].name, "deploy"));
	assert_true(ks_str_is(got->roles[1].account, "210987654321"));
	respond_facts_release(&facts);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_find, table);
	ROWS_TEST(&rows, test_sessions);
	ROWS_TEST(&rows, test_roles);
	ROWS_TABLE(&rows, test_complete, completes);
	return rows_run("subject", &rows);
}

/* lib/respond/plantext: whole plans as people see them, each beside what it must be,
 * tests/unit/plans/<name>.txt. What a plan came to instead is left in build/plans/. */
#include "lib/respond/plantext.h"

#include "tests/unit/fixture.h"
#include "tests/unit/respond.h"

#define CONTAIN "when: {decoy: either}\nsteps:\n  - notify: [oncall]\n  - disable_key\n  - " \
	"quarantine_user\n" \
	"  - pause_ses: {regions: [us-east-1, eu-west-1, us-gov-west-1]}\n"
#define CONTAIN_ALL "name: contain\nmode: approve\nwhen: {decoy: either}\nsteps: [disable_key, " \
"quarantine_user, pause_ses]\n"
#define ISSUER_ROLE "arn:aws:iam::123456789012:role/ops/deploy"
#define SESSION "ASIAIOSFODNN7EXAMPLE"

struct row {
	const char *name;            /* of the file, too */
	const char *policy;
	struct respond_incident incident;
	bool has_all;
	bool has_survey;
};

#define EVERYTHING "name: contain\nmode: enforce\nsteps:\n  - delete_key\n  - deny_all_policy\n" \
	"  - revoke_sessions: {without_approval: true}\n  - remove_login_profile\n" \
	"  - pause_ses: [us-east-1, eu-west-1]\n" \
	"  - pause_ses_config_sets\n  - delete_ses_identity\n  - tag_user: {key: \"security:state\"}\n"
#define MADE { .events = { { .age_minutes = 12, .name = "CreateEmailIdentity", \
	.sender = "win@shop.example" }, \
	{ .age_minutes = 11, .name = "VerifyDomainIdentity", .sender = "ours.example" }, \
	{ .type = "AssumedRole", .key = SESSION, .issuer = ISSUER_ROLE, \
	.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x" } }, .n = 3 }

static const struct row table[] = {
	{ "everything", EVERYTHING, MADE, false, true },
	{ "everything-offline", EVERYTHING, MADE, false, false },
	{ "named-by-aws", "name: contain\nmode: enforce\nsteps: [disable_key, quarantine_user]\n",
		{ .events = { { .arn = "" } } }, false, true },
	{ "named-otherwise", "name: contain\nmode: enforce\nsteps: [disable_key, quarantine_user]\n",
		{ .events = { { .arn = "arn:aws:iam::123456789012:user/forged" } } }, false, true },
	{ "user-key", "name: contain\nmode: approve\n" CONTAIN, { .n = 1 }, false, false },
	{ "user-key-all", "name: contain\nmode: approve\n" CONTAIN, { .n = 1 }, true, false },
	{ "missing-mode", "name: contain\n" CONTAIN, { .n = 1 }, false, false },
	{ "enforce-some-leave", "name: contain\nmode: enforce\nsteps:\n  - disable_key\n  - quarantine_user\n"
		"  - pause_ses: {regions: us-east-1, without_approval: true}\n", { .n = 1 }, false, false },
	{ "observe", "name: contain\nmode: observe\n" CONTAIN, { .n = 1 }, false, false },
	{ "decoy-key", "name: contain\nmode: approve\n" CONTAIN, { .is_decoy = true }, false, false },
	{ "offline-decoy", "name: contain\nmode: approve\n" CONTAIN, { .is_decoy = true, .is_offline = true },
		false, false },
	{ "root", CONTAIN_ALL, { .events = { { .type = "Root", .arn = "arn:aws:iam::123456789012:root" } } },
		false, false },
	{ "assumed-role", CONTAIN_ALL, { .actor = "principal:" ISSUER_ROLE, .events = { { .type = "AssumedRole",
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/build-17", .issuer = ISSUER_ROLE,
		.key = SESSION } } },
		false, false },
	{ "federated-user", CONTAIN_ALL, { .actor = "principal:" RESPOND_USER, .events = { { .type =
		"FederatedUser",
		.arn = "arn:aws:sts::123456789012:federated-user/guest", .issuer = RESPOND_USER,
		.key = SESSION } } }, false, false },
	{ "key-and-sessions", CONTAIN_ALL, { .events = { { .age_minutes = 10 }, { .key = SESSION }, { .type =
		"AssumedRole",
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x", .issuer = ISSUER_ROLE, .key =
		"ASIAI44QH8DHBEXAMPLE" } },
		.n = 3 }, false, false },
	{ "gov", "name: contain\nmode: approve\n" CONTAIN, { .events = { { .region = "us-gov-west-1",
		.arn = "arn:aws-us-gov:iam::123456789012:user/mailer" } } }, false, false },
	{ "gov-all-regions", CONTAIN_ALL, { .events = { { .region = "us-gov-west-1",
		.arn = "arn:aws-us-gov:iam::123456789012:user/mailer" } } }, false, false },
	{ "china", CONTAIN_ALL, { .events = { { .region = "cn-north-1",
		.arn = "arn:aws-cn:iam::123456789012:user/mailer" } } }, false, false },
	{ "nobody-named", CONTAIN_ALL, { .events = { { .arn = "", .type = "" } } }, false, false },
	{ "two-principals", CONTAIN_ALL, { .events = { { .age_minutes = 10 }, { .arn =
		"arn:aws:iam::123456789012:user/other" } },
		.n = 2 }, false, false },
	{ "another-account", CONTAIN_ALL, { .events = { { .recipient = "210987654321" } } }, false, false },
	{ "a-service", CONTAIN_ALL, { .actor = "principal:ses.amazonaws.com", .events = { { .type =
		"AWSService", .arn = "",
		.key = "" } } }, false, false },
	{ "files-and-age", CONTAIN_ALL, { .events = { { .where = "/var/trail/a.json", .age_minutes = 300 } } },
		false, false },
	{ "protected", "name: contain\nmode: enforce\nguards: {protect: [\"arn:aws:iam::*:user/apps/*\"]}\n"
		"steps: [disable_key]\n", { .n = 1 }, false, false },
	{ "hostile", "name: contain\nmode: approve\nsteps: [{notify: [oncall]}, disable_key]\n", { .events = { {
		.arn = "arn:aws:iam::123456789012:user/\x1b[31m&Status=Active", .where =
			"/x/\x1b]0;pwned\x07\n\xff" } } }, false, false },
};

static void load(const char *name, struct ks_buf *out)
{
	const char *top = getenv("KEYSNARE_SOURCE");
	struct ks_err err = { 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/unit/plans/%s.txt", top != NULL ? top : ".", name);
	if (ks_file_load(path, out, &err) != 0)
		ks_buf_clear(out);
}

static void keep(const char *name, const struct ks_buf *got)
{
	const char *top = getenv("KEYSNARE_SOURCE");
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/build/plans", top != NULL ? top : ".");
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/build/plans/%s.txt", top != NULL ? top : ".", name);
	file = fopen(path, "w");
	if (file == NULL)
		return;
	fwrite(got->p, 1, got->n, file);
	fclose(file);
}

static void test_render(void **state)
{
	const struct row *row = *state;
	struct respond_survey survey;
	struct respond_facts facts;
	const struct ks_policy *policy;
	struct ks_policyset set;
	struct ks_buf got, want;
	struct ks_plan plan;
	bool is_same;

	ks_buf_init(&got, 1u << 20);
	ks_buf_init(&want, 1u << 20);
	policy = respond_policy(&set, row->policy);
	respond_facts_init(&facts, &row->incident);
	respond_survey_init(&survey);
	if (row->has_survey)
		ks_survey_apply(&survey.survey, &facts.arena, &facts.facts);
	assert_true(ks_match_is(policy, &facts.facts, &want));
	ks_plan_make(policy, &facts.facts, NULL, &plan);
	if (row->incident.events[0].where == NULL)
		respond_trust_source(&plan);
	ks_plantext_render(&plan, &(struct ks_plantext_view){ ks_buf_str(&want).p, row->has_all, false }, &got);
	ks_buf_clear(&want);
	load(row->name, &want);
	is_same = ks_str_is_equal(ks_buf_str(&got), ks_buf_str(&want));
	if (!is_same)
		keep(row->name, &got);
	ks_plan_release(&plan);
	respond_facts_release(&facts);
	ks_policyset_release(&set);
	ks_buf_release(&got);
	ks_buf_release(&want);
	if (!is_same)
		fail_msg("diff tests/unit/plans/%s.txt build/plans/%s.txt", row->name, row->name);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_render, table);
	return rows_run("plantext", &rows);
}

/* lib/engine/config */
#include "lib/engine/config.h"

#include "tests/unit/fixture.h"
#include "tests/unit/respond.h"

#define ROLE "arn:aws:iam::123456789012:role/ops/responder"

/* What is wrong, "line:col: text" a line; "" for a config that is good. */
struct row {
	const char *name, *text, *problems;
};

static const struct row table[] = {
	{ "empty", "", "" },
	{ "comments only", "# nothing\n", "" },
	{ "an account", "accounts: [{id: \"123456789012\"}]\n", "" },
	{ "not a mapping", "- a\n", "1:1: the config must be a mapping, not a list" },
	{ "two documents", "store: a\n---\nstore: b\n", "3:1: a config is one document" },
	{ "not YAML", "store: [a\n", "did not find expected ',' or ']'" },
	{ "unknown key", "protects: [\"arn:x\"]\n", "1:1: unknown key 'protects' in the config: did you mean "
		"'protect'?" },
	{ "the same key twice", "store: a\nstore: b\n", "2:1: " },
	{ "unknown key of an account", "accounts:\n  - id: \"123456789012\"\n    rolle: x\n",
		"3:5: unknown key 'rolle' in an account: did you mean 'role'?" },
	{ "unknown key of a source", "sources: [{spec: a, trusted: none}]\n",
		"1:21: unknown key 'trusted' in a source: did you mean 'trust'?" },
	{ "accounts as ids", "accounts: [\"123456789012\"]\n", "1:12: an account must be a mapping, not a "
		"string" },
	{ "no accounts", "accounts: []\n", "1:11: 'accounts' must be a list of mappings, each with an 'id'" },
	{ "an account without id", "accounts: [{name: a}]\n", "1:12: an account needs its 'id'" },
	{ "an id without quotes", "accounts: [{id: 123456789012}]\n", "1:17: an account id must stand in "
		"quotes" },
	{ "an octal id", "accounts: [{id: 012345670123}]\n", "1:17: an account id must stand in quotes" },
	{ "eleven digits", "accounts: [{id: \"12345678901\"}]\n", "1:17: 'id' must be an account id" },
	{ "an account twice", "accounts:\n - id: \"123456789012\"\n - id: \"123456789012\"\n",
		"3:4: account 123456789012 stands twice in 'accounts'" },
	{ "a role of another account", "accounts: [{id: \"210987654321\", role: \"" ROLE "\"}]\n",
		"1:39: 'role' is of another account than 'id'" },
	{ "a user for a role", "accounts: [{id: \"123456789012\", role: "
		"\"arn:aws:iam::123456789012:user/a\"}]\n",
		"1:39: 'role' must be the ARN of a role" },
	{ "a role with a hostile name", "accounts: [{id: \"123456789012\", role: "
		"\"arn:aws:iam::123456789012:role/a b\"}]\n", "1:39: 'role' must be the ARN of a role" },
	{ "no partition", "accounts: [{id: \"123456789012\", role: \"arn:aws-x:iam::123456789012:role/a\"}]\n",
		"1:39: 'role': there is no such partition" },
	{ "an external id without a role", "accounts: [{id: \"123456789012\", external_id: a}]\n",
		"1:46: an 'external_id' goes with a 'role', and there is none" },
	{ "no Region", "accounts: [{id: \"123456789012\", regions: [moon]}]\n", "1:43: 'moon' is no Region" },
	{ "a Region of another partition", "accounts: [{id: \"123456789012\", role: \"" ROLE
		"\", regions: [cn-north-1]}]\n", "this Region is of another partition than the role" },
	{ "Regions of two partitions", "accounts: [{id: \"123456789012\", regions: [us-east-1, cn-north-1]}]\n",
		"1:54: this Region is of another partition" },
	{ "sources as paths", "sources: [a]\n", "1:11: a source must be a mapping, not a string" },
	{ "a source without a spec", "sources: [{trust: none}]\n", "1:11: a source needs its 'spec'" },
	{ "a source twice", "sources: [{spec: a}, {spec: ./a/../a}, {spec: a}]\n",
		"1:40: this source stands twice in 'sources'" },
	{ "trust by one word", "sources: [{spec: a, trust: aws}]\n", "1:28: 'trust' is none, or as-from-aws" },
	{ "trust by a flag", "sources: [{spec: a, trust: true}]\n", "1:28: 'trust' is none, or as-from-aws" },
	{ "a name is not protected", "protect: [alice]\n", "1:11: 'protect' holds ARNs of users and roles" },
	{ "no key an hour", "max_keys_per_hour: 0\n", "1:20: 'max_keys_per_hour' must be a whole number from "
		"1 to "
		"1000" },
	{ "settle without a unit", "settle: 8\n", "1:9: 'settle' must be a number with its unit" },
	{ "a secret itself", "webhook_secrets: [hunter2]\n", "1:19: a secret is given as env:NAME or file:PATH, "
		"never itself" },
	{ "every error is told", "a: 1\nb: 2\n", "2:1: unknown key 'b' in the config" },
};

static bool load(struct fixture *f, const char *text, struct ks_config *config, struct ks_buf *problems)
{
	struct ks_problems list;
	bool is_good;

	fixture_write(fixture_path(f, "keysnare.yml"), text, 0600);
	ks_problem_init(&list);
	is_good = ks_config_load(config, &f->ctx, f->path, &list);
	respond_problems(&list, problems);
	assert_int_equal(is_good, list.errors == 0);
	ks_problem_release(&list);
	return is_good;
}

static void test_problems(void **state)
{
	const struct row *row = *state;
	struct ks_config config;
	struct ks_buf problems;
	struct fixture f;
	bool is_good;

	fixture_init(&f);
	ks_config_init(&config);
	ks_buf_init(&problems, 1u << 20);
	is_good = load(&f, row->text, &config, &problems);
	assert_int_equal(is_good, row->problems[0] == '\0');
	assert_int_equal(config.path != NULL, is_good);
	if (!is_good) {
		const char *space = strchr(row->problems, ' ');
		size_t place = row->problems[0] >= '1' && row->problems[0] <= '9' ?
			(size_t)(space - row->problems) : 0;
		struct ks_buf want;

		ks_buf_init(&want, 4096);
		if (place > 0)
			ks_buf_addf(&want, "%.*s error:%s", (int)place, row->problems, row->problems + place);
		else
			ks_buf_adds(&want, row->problems);
		if (strstr(problems.p, want.p) == NULL)
			fail_msg("'%s' does not hold '%s'", problems.p, want.p);
		ks_buf_release(&want);
	}
	ks_buf_release(&problems);
	ks_config_release(&config);
	fixture_release(&f);
}

static const char whole[] =
	"store: sub/keysnare.db\n"
	"policies: /etc/keysnare/policies\n"
	"pause_file: stop\n"
	"accounts:\n"
	"  - id: \"123456789012\"\n"
	"    name: production\n"
	"    role: " ROLE "\n"
	"    external_id: file:secret\n"
	"    regions: [us-east-1, eu-west-1]\n"
	"  - id: \"210987654321\"\n"
	"sources:\n"
	"  - spec: logs\n"
	"    trust: as-from-aws\n"
	"  - spec: \"-\"\n"
	"  - spec: sqs:https://example.org/q\n"
	"    trust: as-from-aws\n"
	"  - spec: other\n"
	"    trust: none\n"
	"protect: [\"arn:aws:iam::*:role/aws-service-role/*\", AKIAIOSFODNN7EXAMPLE]\n"
	"max_keys_per_hour: 5\n"
	"settle: 2s\n"
	"approval: 1h\n"
	"intel: internal.txt\n"
	"notifiers: [\"oncall=webhook:https://example.org/hook\"]\n"
	"webhook_secrets: [env:HOOK, file:hook]\n";

static void assert_path(const struct fixture *f, const char *got, const char *name)
{
	char want[256], real[4096];

	assert_non_null(realpath(f->dir, real));
	snprintf(want, sizeof(want), "%.100s/%s", real, name);
	assert_string_equal(got, want);
}

static void test_values(void **state)
{
	struct ks_config config;
	struct ks_buf problems;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	ks_config_init(&config);
	ks_buf_init(&problems, 1u << 20);
	if (!load(&f, whole, &config, &problems))
		fail_msg("%s", problems.p);
	assert_path(&f, config.store, "sub/keysnare.db");
	assert_string_equal(config.policies, "/etc/keysnare/policies");
	assert_path(&f, config.pause_file, "stop");
	assert_int_equal(config.account_count, 2);
	assert_true(ks_str_is(config.accounts[0].name, "production"));
	assert_true(ks_str_is(config.accounts[0].role, ROLE));
	assert_path(&f, config.accounts[0].external_id.p + 5, "secret");
	assert_int_equal(config.accounts[0].region_count, 2);
	assert_true(ks_str_is(config.accounts[1].id, "210987654321"));
	assert_int_equal(config.accounts[1].role.n, 0);
	assert_int_equal(config.source_count, 4);
	assert_path(&f, config.sources[0].spec, "logs");
	assert_string_equal(config.sources[1].spec, "-");
	assert_int_equal(config.protect.n, 2);
	assert_true(ks_pattern_is_match(&config.protected[0],
		KS_STR("arn:aws:iam::1:role/aws-service-role/x/y")));
	assert_int_equal(config.max_keys_per_hour, 5);
	assert_int_equal(config.settle_ms, 2000);
	assert_int_equal(config.approval_ms, 3600000);
	assert_int_equal(config.intel_count, 1);
	assert_path(&f, config.intel[0], "internal.txt");
	assert_string_equal(config.notifiers[0].name, "oncall");
	assert_string_equal(config.notifiers[0].kind, "webhook");
	assert_string_equal(config.notifiers[0].target, "https://example.org/hook");
	assert_string_equal(config.webhook_secrets[0], "env:HOOK");
	assert_path(&f, config.webhook_secrets[1] + 5, "hook");
	ks_buf_release(&problems);
	ks_config_release(&config);
	fixture_release(&f);
}

/* A source is trusted as the directory that it is, by whatever name. */
static void test_trust(void **state)
{
	struct ks_config config;
	struct ks_buf problems;
	struct fixture f;
	char path[128];

	(void)state;
	fixture_init(&f);
	ks_config_init(&config);
	assert_false(ks_config_is_trusted(&config, f.dir));
	ks_buf_init(&problems, 1u << 20);
	assert_int_equal(mkdir(fixture_path(&f, "logs"), 0700), 0);
	assert_int_equal(mkdir(fixture_path(&f, "logs/sub"), 0700), 0);
	assert_int_equal(mkdir(fixture_path(&f, "other"), 0700), 0);
	assert_int_equal(symlink("logs", fixture_path(&f, "link")), 0);
	assert_true(load(&f, whole, &config, &problems));
	assert_true(ks_config_is_trusted(&config, fixture_path(&f, "logs")));
	assert_true(ks_config_is_trusted(&config, fixture_path(&f, "logs/")));
	assert_true(ks_config_is_trusted(&config, fixture_path(&f, "link")));
	assert_true(ks_config_is_trusted(&config, fixture_path(&f, "other/../logs")));
	assert_false(ks_config_is_trusted(&config, fixture_path(&f, "logs/sub")));
	assert_false(ks_config_is_trusted(&config, fixture_path(&f, "other")));
	assert_false(ks_config_is_trusted(&config, f.dir));
	assert_false(ks_config_is_trusted(&config, fixture_path(&f, "absent")));
	assert_false(ks_config_is_trusted(&config, "-"));
	assert_true(ks_config_is_trusted(&config, "sqs:https://example.org/q"));
	assert_false(ks_config_is_trusted(&config, "sqs:https://example.org/other"));
	/* A directory that has the name of a queue is a directory. */
	snprintf(path, sizeof(path), "%s/sqs:https:", f.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(ks_config_is_trusted(&config, path));
	ks_buf_release(&problems);
	ks_config_release(&config);
	fixture_release(&f);
}

static const char *env(void *arg, const char *name)
{
	struct fixture *f = arg;

	if (strcmp(name, "EXTERNAL") == 0)
		return "e-1";
	if (strcmp(name, "KEYSNARE_SETTLE") == 0)
		return "3s";
	if (strcmp(name, "KEYSNARE_MAX_KEYS_PER_HOUR") == 0)
		return "7";
	if (strcmp(name, "KEYSNARE_PAUSE_FILE") == 0)
		return "/run/paused";
	return fixture_env(f, name);
}

static void test_variables(void **state)
{
	struct ks_problems problems;
	struct ks_config config;
	struct ks_buf text;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.ctx.env = env;
	ks_config_init(&config);
	ks_buf_init(&text, 1u << 20);
	assert_true(load(&f, whole, &config, &text));
	assert_int_equal(config.settle_ms, 3000);
	assert_int_equal(config.max_keys_per_hour, 7);
	assert_int_equal(config.approval_ms, 3600000);
	assert_string_equal(config.pause_file, "/run/paused");
	/* Also without a file. */
	ks_problem_init(&problems);
	assert_true(ks_config_load(&config, &f.ctx, NULL, &problems));
	assert_null(config.path);
	assert_int_equal(config.settle_ms, 3000);
	ks_problem_release(&problems);
	ks_buf_release(&text);
	ks_config_release(&config);
	fixture_release(&f);
}

static void test_unsafe(void **state)
{
	struct ks_problems problems;
	struct ks_config config;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	ks_config_init(&config);
	ks_problem_init(&problems);
	fixture_write(fixture_path(&f, "keysnare.yml"), "", 0666);
	assert_false(ks_config_load(&config, &f.ctx, f.path, &problems));
	assert_non_null(strstr(KS_VEC_AT(&problems.list, struct ks_problem, 0)->err.message, "chmod o-w"));
	assert_int_equal(chmod(f.path, 0664), 0);
	assert_true(ks_config_load(&config, &f.ctx, f.path, &problems));
	ks_problem_release(&problems);
	ks_config_release(&config);
	fixture_release(&f);
}

/* What it says when nothing can be acted on, and what comes out otherwise. */
struct mandate_row {
	const char *name, *text;     /* NULL: no config */
	const char *message;         /* NULL: a mandate */
	const char *external_id, *notifier;
};

#define ACCOUNT "accounts: [{id: \"123456789012\", role: \"" ROLE "\""

static const struct mandate_row mandates[] = {
	{ "no config", NULL, "'keysnare init' writes one, then name your account in it under 'accounts'", NULL,
		NULL },
	{ "no accounts", "settle: 1s\n", "names no account in which keysnare may act: write into it", NULL,
		NULL },
	{ "without an external id", ACCOUNT "}]\n", NULL, "", NULL },
	{ "a notifier with a target", ACCOUNT "}]\nnotifiers: [\"webhook:https://e.example/hook?a=b\"]\n", NULL,
		"", "webhook" },
	{ "one with a name", ACCOUNT "}]\nnotifiers: [\"oncall=webhook:https://e.example/hook\"]\n", NULL, "",
		"oncall" },
	{ "one without a target", ACCOUNT "}]\nnotifiers: [stdout]\n", NULL, "", "stdout" },
	{ "an external id", ACCOUNT ", external_id: x-1}]\n", NULL, "x-1", NULL },
	{ "one by variable", ACCOUNT ", external_id: env:EXTERNAL}]\n", NULL, "e-1", NULL },
	{ "one by file", ACCOUNT ", external_id: file:id}]\n", NULL, "f-1", NULL },
	{ "a variable that is not set", ACCOUNT ", external_id: env:NOTHING}]\n", "external_id of account "
		"123456789012: variable 'NOTHING' is not set", NULL, NULL },
	{ "a file that is not there", ACCOUNT ", external_id: file:nothing}]\n", "external_id of account "
		"123456789012: ", NULL, NULL },
	{ "an empty file", ACCOUNT ", external_id: file:empty}]\n", "is empty", NULL, NULL },
};

static void test_mandate(void **state)
{
	const struct mandate_row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_mandate mandate;
	struct ks_config config;
	struct ks_err err = { 0 };
	struct ks_buf problems;
	struct fixture f;
	int rc;

	fixture_init(&f);
	f.ctx.env = env;
	ks_config_init(&config);
	ks_buf_init(&problems, 1u << 20);
	fixture_write(fixture_path(&f, "id"), "f-1\n", 0600);
	fixture_write(fixture_path(&f, "empty"), "\n", 0600);
	if (row->text != NULL && !load(&f, row->text, &config, &problems))
		fail_msg("%s", problems.p);
	rc = ks_config_mandate(&config, &(struct ks_config_office){ .ctx = &f.ctx,
		.store_path = "/s/keysnare.db", .who = KS_STR("alice"), .started_ms = 5 }, &arena, &mandate, &err);
	assert_int_equal(rc, row->message != NULL ? -1 : 0);
	if (row->message != NULL) {
		assert_int_equal(err.code, KS_ERR_CONFIG);
		if (strstr(err.message, row->message) == NULL)
			fail_msg("'%s' does not hold '%s'", err.message, row->message);
	} else {
		assert_int_equal(mandate.account_count, 1);
		assert_int_equal(mandate.notifier_count, row->notifier != NULL);
		if (row->notifier != NULL)
			assert_string_equal(mandate.notifiers[0], row->notifier);
		assert_true(ks_str_is(mandate.accounts[0].external_id, row->external_id));
		assert_string_equal(mandate.pause_path, "/run/paused");
		assert_int_equal(mandate.settle_ms, 3000);
		assert_int_equal(mandate.most_keys, 7);
		assert_int_equal(mandate.started_ms, 5);
		assert_true(ks_str_is(mandate.who, "alice"));
	}
	ks_buf_release(&problems);
	ks_config_release(&config);
	ks_arena_release(&arena);
	fixture_release(&f);
}

static void test_pause_path(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_config config;

	(void)state;
	ks_config_init(&config);
	assert_string_equal(ks_config_pause_path(&config, "/s/keysnare.db", &arena), "/s/paused");
	assert_string_equal(ks_config_pause_path(&config, "keysnare.db", &arena), "./paused");
	ks_config_release(&config);
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_problems, table);
	ROWS_TEST(&rows, test_values);
	ROWS_TEST(&rows, test_trust);
	ROWS_TEST(&rows, test_variables);
	ROWS_TEST(&rows, test_unsafe);
	ROWS_TABLE(&rows, test_mandate, mandates);
	ROWS_TEST(&rows, test_pause_path);
	return rows_run("config", &rows);
}

/* keysnare init: makes the store and a config to fill in. */
#include "cmd/keysnare/command.h"

#include "lib/aws/account.h"
#include "lib/base/file.h"
#include "lib/codec/json.h"
#include "lib/decoy/keyid.h"
#include "lib/engine/config.h"
#include "lib/store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX 65536u

/* Lines that begin with "# " are prose; without the "#" the others are config. */
static const char head[] =
	"# The config of keysnare. What stands behind # is not in force. 'keysnare help' and README.md say "
		"more.\n"
	"# Paths are relative to this file. Flags and KEYSNARE_* variables go before what stands here.\n"
	"\n";

static const char accounts_head[] =
	"\n"
	"# The AWS accounts in which keysnare may act, and no others. Without one nothing can be contained.\n"
	"# role: what the AWS keys in use assume to act in the account; left out, they act themselves.\n"
	"# external_id: env:NAME, file:PATH, or the id itself. regions: left out, wherever SES is.\n";

static const char accounts_none[] =
	"#accounts:\n"
	"#  - id: \"123456789012\"\n"
	"#    name: production\n"
	"#    role: arn:aws:iam::123456789012:role/keysnare-responder\n"
	"#    external_id: env:KEYSNARE_EXTERNAL_ID\n"
	"#    regions: [us-east-1, eu-west-1]\n";

static const char tail[] =
	"\n"
	"# What 'keysnare watch' follows when it is given nothing: the event history, a bucket that a trail is\n"
	"# delivered to, a queue, a directory. One is enough; 'keysnare watch -h' says what each can and "
		"costs.\n"
	"# Records that lie in a directory can be forged by whoever can write there, so nothing is contained "
		"for\n"
	"# them. trust: as-from-aws says that nobody can but AWS, and people who may act anyway. stale: see "
		"below,\n"
	"# for this source alone. buckets: whose objects a queue's messages may name, though no account above "
		"owns\n"
	"# them.\n"
	"#sources:\n"
	"#  - spec: \"lookup:\"\n"
	"#  - spec: s3://my-trails/AWSLogs\n"
	"#    stale: 2h\n"
	"#  - spec: sqs:https://sqs.eu-west-1.amazonaws.com/123456789012/trail\n"
	"#    buckets: [trails-of-another-account]\n"
	"#  - spec: /var/log/cloudtrail\n"
	"#    trust: none\n"
	"\n"
	"# Never touched, whatever the policies say: ARNs of users and roles, access key ids; * and ? are "
		"wildcards.\n"
	"#protect: [\"arn:aws:iam::123456789012:user/break-glass\", "
		"\"arn:aws:iam::*:role/aws-service-role/*\"]\n"
	"\n"
	"# How many real keys may be acted on within an hour without somebody's approval. Decoys are not "
		"counted.\n"
	"#max_keys_per_hour: 3\n"
	"\n"
	"# How long IAM may take until a change holds everywhere, and how long an approval is good for.\n"
	"#settle: 8s\n"
	"#approval: 4h\n"
	"\n"
	"# While this file is there nothing is sent to AWS to contain: 'keysnare respond pause', 'respond "
		"resume'.\n"
	"#pause_file: paused\n"
	"\n"
	"# Lists of addresses. Those of internal.txt, own.txt and own-scanner.txt are your own machines: an "
		"incident\n"
	"# with one of them waits for an approval.\n"
	"#intel: [internal.txt]\n"
	"#geoip: [GeoLite2-Country.mmdb, GeoLite2-ASN.mmdb]\n"
	"\n"
	"# Who is told: left out, standard output. As mappings, or as short as 'keysnare watch --notify' has "
		"them.\n"
	"# Kinds: stdout exec webhook slack teams pagerduty sns email syslog eventbridge securityhub; "
		"README.md has\n"
	"# their settings. level: notices of this level and above. Secrets only by reference: env:NAME, "
		"file:PATH.\n"
	"# 'keysnare notify test --all' shows whether a notice arrives.\n"
	"#notifiers:\n"
	"#  - {name: oncall, kind: pagerduty, secret: env:PD_KEY, level: high}\n"
	"#  - {name: chat, kind: slack, secret: file:slack.url}\n"
	"#  - {name: mail, kind: email, target: \"smtp://mail.example.org:587\", from: keysnare@example.org,\n"
	"#     to: [oncall@example.org], user: keysnare, secret: env:MAIL_PASSWORD}\n"
	"#  - \"hook=webhook:https://alerts.example.org/hook\"\n"
	"# What signs the notices of webhooks in short form: one for all, or one each.\n"
	"#webhook_secrets: [env:HOOK_KEY]\n"
	"\n"
	"# A source without records for so long is an alarm. Left out: three times its longest pause so far.\n"
	"#stale: 6h\n"
	"\n"
	"# A sign of life at this interval, and to whom. Left out: none; everybody.\n"
	"#heartbeat: 1h\n"
	"#heartbeat_to: [chat]\n"
	"\n"
	"# When a critical incident that nobody acknowledged is told again (a high one after four times that), "
		"how\n"
	"# often (0: never), and to whom. Left out: as here, and everybody.\n"
	"#remind_after: 15m\n"
	"#remind_most: 3\n"
	"#remind_to: [oncall]\n"
	"\n"
	"# Where a running 'keysnare watch' shows metrics for Prometheus and its health, to this machine "
		"alone.\n"
	"#listen: 127.0.0.1:9464\n"
	"\n"
	"# The log lines of watch: text, or json, which has one for each request to AWS, too.\n"
	"#log_format: json\n"
	"\n"
	"# Rules and response policies of your own instead of the shipped ones.\n"
	"#policies: policies\n";

static void add_quoted(struct ks_buf *out, const char *text)
{
	struct ks_json *json = ks_json_new_object();
	struct ks_buf line;

	/* A string of JSON is one of YAML. */
	ks_buf_init(&line, CONFIG_MAX);
	ks_json_add_text(json, "a", text);
	ks_json_render(json, &line);
	ks_buf_add(out, ks_str_sub(ks_buf_str(&line), 5, line.n - 6));
	ks_buf_release(&line);
	ks_json_free(json);
}

/* Whether the config finds the store without being told. */
static bool is_beside(const char *store, const char *config)
{
	const char *a = strrchr(store, '/'), *b = strrchr(config, '/');
	size_t n = a != NULL ? (size_t)(a - store) : 0, m = b != NULL ? (size_t)(b - config) : 0;

	return n == m && strncmp(store, config, n) == 0 && strcmp(config + m + (b != NULL), KS_CONFIG_NAME) == 0;
}

static void add_store(const char *store, const char *config, struct ks_buf *out)
{
	char cwd[4096];

	ks_buf_adds(out, "# Where decoys and incidents are kept.\n");
	if (is_beside(store, config)) {
		ks_buf_adds(out, "#store: ");
		add_quoted(out, strrchr(store, '/') != NULL ? strrchr(store, '/') + 1 : store);
	} else {
		struct ks_buf whole;

		ks_buf_init(&whole, 2 * sizeof(cwd));
		if (store[0] != '/' && realpath(".", cwd) != NULL)
			ks_file_join(&whole, cwd, store);
		else
			ks_buf_adds(&whole, store);
		ks_buf_adds(out, "store: ");
		add_quoted(out, ks_buf_str(&whole).p);
		ks_buf_release(&whole);
	}
	ks_buf_addc(out, '\n');
}

static int ask_aws(const struct ks_app *app, struct ks_arena *arena, const char **out, struct ks_err *err)
{
	struct ks_account account = { .id = { NULL, 0 } };
	struct ks_settings settings;
	struct ks_sts_identity self;
	struct ks_client *client;
	int rc = ks_settings_load(app->ctx, NULL, NULL, &settings, err);

	if (rc == 0) {
		client = ks_client_new(&settings);
		rc = ks_sts_get_caller_identity_in(client, ks_account_region(&settings, &account, arena), arena,
			&self, err);
		ks_client_free(client);
	}
	ks_settings_release(&settings);
	if (rc == 0)
		*out = ks_arena_strdup(arena, self.account);
	return rc;
}

/* The accounts to write down: those that were given, and the one that the AWS keys in use are of. */
static int find_accounts(const struct ks_app *app, const struct ks_opt_args *args, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	const char *value;
	size_t cursor = 0;
	uint64_t number;

	while ((value = ks_opt_list_next(args, "account", &cursor)) != NULL)
		*(const char **)ks_vec_push(out) = value;
	if (ks_opt_has(args, "account-from-aws") && ask_aws(app, arena, ks_vec_push(out), err) != 0)
		return -1;
	for (size_t i = 0; i < out->n; i++) {
		value = *KS_VEC_AT(out, const char *, i);
		if (!ks_keyid_parse_account(ks_str_of(value), &number))
			return ks_err_set(err, KS_ERR_USAGE, "'%s' is no account id: twelve digits", value);
		for (size_t k = 0; k < i; k++)
			if (strcmp(value, *KS_VEC_AT(out, const char *, k)) == 0)
				return ks_err_set(err, KS_ERR_USAGE, "account %s is named twice", value);
	}
	return 0;
}

static int write_config(const struct ks_app *app, const struct ks_vec *accounts, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, CONFIG_MAX);
	ks_buf_adds(&text, head);
	add_store(app->store_path, app->config_path, &text);
	ks_buf_adds(&text, accounts_head);
	ks_buf_adds(&text, accounts->n > 0 ? "accounts:\n" : accounts_none);
	for (size_t i = 0; i < accounts->n; i++)
		ks_buf_addf(&text, "  - id: \"%s\"\n", *KS_VEC_AT(accounts, const char *, i));
	ks_buf_adds(&text, tail);
	rc = ks_file_create(app->config_path, ks_buf_str(&text), 0600, err);
	ks_buf_release(&text);
	return rc;
}

static int make_dir(const char *path, struct ks_err *err)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int rc;

	if (slash == NULL || slash == path)
		return 0;
	dir = strndup(path, (size_t)(slash - path));
	rc = dir == NULL || ks_file_is_there(dir) ? 0 : ks_file_make_dirs(dir, 0700, err);
	free(dir);
	return rc;
}

static void print(const struct ks_app *app, bool made_store, bool made_config, const struct ks_vec *accounts)
{
	const char *c = app->config_path;

	if (app->format != KS_FORMAT_TEXT) {
		struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array();
		struct ks_buf line;

		ks_buf_init(&line, CONFIG_MAX);
		ks_json_add_text(json, "store", app->store_path);
		ks_json_add_bool(json, "store_made", made_store);
		ks_json_add_text(json, "config", c);
		ks_json_add_bool(json, "config_made", made_config);
		for (size_t i = 0; i < accounts->n; i++)
			ks_json_add_text(list, NULL, *KS_VEC_AT(accounts, const char *, i));
		ks_json_add(json, "accounts", list);
		ks_json_render(json, &line);
		printf("%s\n", ks_buf_str(&line).p);
		ks_buf_release(&line);
		ks_json_free(json);
		return;
	}
	printf("store   %s  %s\n", app->store_path, made_store ? "made" : "was there, left as it is");
	printf("config  %s  %s\n", c, made_config ? "made" : "was there, left as it is");
	if (made_config && accounts->n > 0)
		printf("keysnare may act in account %s, as far as a response policy and its guards let it\n",
			*KS_VEC_AT(accounts, const char *, 0));
	else if (made_config)
		printf("nothing can be contained yet: name your accounts in the config under 'accounts'\n");
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_vec accounts = KS_VEC_OF(const char *);
	bool had_store = ks_file_is_there(app->store_path), had_config = app->config->path != NULL;
	struct ks_arena arena = { NULL };
	struct ks_db *db = NULL;
	struct ks_err err = { 0 };
	int rc;

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_init, "'init' takes no arguments");
	rc = find_accounts(app, args, &arena, &accounts, &err);
	if (rc == 0 && had_config && accounts.n > 0)
		rc = ks_err_set(&err, KS_ERR_EXISTS, "there is a config '%s', and it is never changed here: write "
			"account %s into it under 'accounts'", app->config_path, *KS_VEC_AT(&accounts, const char *, 0));
	if (rc == 0)
		rc = ks_schema_open(app->ctx, app->store_path, KS_DB_CREATE, &db, &err);
	ks_db_close(db);
	if (rc == 0 && !had_config && make_dir(app->config_path, &err) == 0)
		rc = write_config(app, &accounts, &err);
	else if (rc == 0 && !had_config)
		rc = -1;
	if (rc == 0)
		print(app, !had_store, !had_config, &accounts);
	ks_vec_release(&accounts);
	ks_arena_release(&arena);
	return rc != 0 ? ks_command_fail(&err) : KS_EXIT_DONE;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_LIST,
		.name = "account",
		.metavar = "ID",
		.help = "an AWS account in which keysnare may act; goes into the config" },
	{ .kind = KS_OPT_FLAG,
		.name = "account-from-aws",
		.help = "likewise the account that the AWS keys in use are of; asks STS, which needs no "
			"permission" },
};

const struct ks_command ks_cmd_init = {
	.name = "init",
	.arguments = "",
	.summary = "make the store and a config to fill in",
	.about =
		"Makes what is missing and leaves alone what is there; nothing is asked. The config is a file of "
		"comments until you fill it in: above all, the AWS accounts in which keysnare may act. Without a "
		"config, or without accounts in it, decoys can be planted offline, trails be read and incidents be "
		"handled, and nothing is ever contained.\n"
		"\n"
		"The store is where --store, KEYSNARE_STORE or the config says, the config where --config or "
		"KEYSNARE_CONFIG says, else keysnare.yml beside the store. Both are private to you.",
	.examples =
		"keysnare init\tstore and config in ~/.local/share/keysnare\n"
		"keysnare init --account-from-aws\tfor the account that your AWS keys are of\n"
		"keysnare init --config /etc/keysnare/keysnare.yml --store /var/lib/keysnare/keysnare.db\tfor a "
		"service",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
	.config = KS_CONFIG_MAY_LACK,
};

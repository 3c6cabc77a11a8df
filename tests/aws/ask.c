/* One typed call of lib/aws, for the tests beside this file: ask REGION CALL [ARGUMENT…]. Prints what came
 * back, a value a line; an error as "code N, aws CODE, status N, known|unknown: message" with status 1. */
#include "lib/aws/account.h"
#include "lib/aws/client.h"
#include "lib/aws/cloudtrail.h"
#include "lib/aws/fault.h"
#include "lib/aws/iam.h"
#include "lib/aws/ses.h"
#include "lib/aws/sts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ask {
	struct ks_settings *settings;
	struct ks_client *client;
	const char *region;
	char **args; /* NULL at the end */
	struct ks_arena arena;
	struct ks_vec list;
};

static void print(struct ks_str s)
{
	printf(KS_STR_FMT "\n", KS_STR_ARG(s));
}

static void print_list(const struct ask *ask)
{
	for (size_t i = 0; i < ask->list.n; i++)
		print(*KS_VEC_AT(&ask->list, struct ks_str, i));
}

static bool is_on(const char *word)
{
	return word != NULL && strcmp(word, "true") == 0;
}

static struct ks_iam_holder holder_of(char **args)
{
	bool is_role = strcmp(args[0], "role") == 0;

	return (struct ks_iam_holder){ is_role ? NULL : args[1], is_role ? args[1] : NULL, args[2] };
}

static int create_user(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_tag tags[8];
	size_t n = 0;

	for (char **a = ask->args + 2; *a != NULL && a[1] != NULL && n < 8; a += 2)
		tags[n++] = (struct ks_iam_tag){ a[0], ks_str_of(a[1]) };
	return ks_iam_create_user(ask->client,
		&(struct ks_iam_new_user){ ask->args[0], ask->args[1], tags, n }, NULL, NULL, err);
}

static int tag_user(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_tag tag = { ask->args[1], ks_str_of(ask->args[2]) };

	return ks_iam_tag_user(ask->client, ask->args[0], &tag, 1, err);
}

static int get_user(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_user user;

	if (ks_iam_get_user(ask->client, ask->args[0], &ask->arena, &user, err) != 0)
		return -1;
	print(user.name);
	print(user.path);
	print(user.id);
	print(user.arn);
	printf("%lld\n", (long long)user.created_ms);
	return 0;
}

static int list_users(struct ask *ask, struct ks_err *err)
{
	struct ks_vec users = KS_VEC_OF(struct ks_iam_user);
	int rc = ks_iam_list_users(ask->client, ask->args[0], &ask->arena, &users, err);

	for (size_t i = 0; rc == 0 && i < users.n; i++)
		print(KS_VEC_AT(&users, struct ks_iam_user, i)->name);
	ks_vec_release(&users);
	return rc;
}

static int delete_user(struct ask *ask, struct ks_err *err)
{
	return ks_iam_delete_user(ask->client, ask->args[0], err);
}

static int create_key(struct ask *ask, struct ks_err *err)
{
	struct ks_credentials key = { .expires_ms = KS_TIME_NONE };

	if (ks_iam_create_access_key(ask->client, ask->args[0], &key, err) != 0)
		return -1;
	printf("%s\n", key.key_id);
	/* The one place where a test wants to see it. */
	print(ks_secret_reveal(&key.secret));
	ks_credentials_release(&key);
	return 0;
}

static int list_keys(struct ask *ask, struct ks_err *err)
{
	struct ks_vec keys = KS_VEC_OF(struct ks_iam_key);
	int rc = ks_iam_list_access_keys(ask->client, ask->args[0], &ask->arena, &keys, err);

	for (size_t i = 0; rc == 0 && i < keys.n; i++) {
		const struct ks_iam_key *key = KS_VEC_AT(&keys, struct ks_iam_key, i);

		printf(KS_STR_FMT " %s\n", KS_STR_ARG(key->id), key->is_active ? "active" : "inactive");
	}
	ks_vec_release(&keys);
	return rc;
}

static int update_key(struct ask *ask, struct ks_err *err)
{
	return ks_iam_update_access_key(ask->client, ask->args[0], ask->args[1], is_on(ask->args[2]), err);
}

static int delete_key(struct ask *ask, struct ks_err *err)
{
	return ks_iam_delete_access_key(ask->client, ask->args[0], ask->args[1], err);
}

static int last_used(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_last_used used;

	if (ks_iam_get_access_key_last_used(ask->client, ask->args[0], &ask->arena, &used, err) != 0)
		return -1;
	print(used.user);
	printf("%s\n", used.time_ms == KS_TIME_NONE ? "never" : "used");
	print(used.service);
	print(used.region);
	return 0;
}

static int put_policy(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_holder holder = holder_of(ask->args);

	return ks_iam_put_policy(ask->client, &holder, ks_str_of(ask->args[3]), err);
}

static int get_policy(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_holder holder = holder_of(ask->args);
	struct ks_str document;

	if (ks_iam_get_policy(ask->client, &holder, &ask->arena, &document, err) != 0)
		return -1;
	print(document);
	return 0;
}

static int delete_policy(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_holder holder = holder_of(ask->args);

	return ks_iam_delete_policy(ask->client, &holder, err);
}

static int list_policies(struct ask *ask, struct ks_err *err)
{
	struct ks_iam_holder holder = holder_of(ask->args);
	int rc = ks_iam_list_policies(ask->client, &holder, &ask->arena, &ask->list, err);

	print_list(ask);
	return rc;
}

static int get_login(struct ask *ask, struct ks_err *err)
{
	return ks_iam_get_login_profile(ask->client, ask->args[0], err);
}

static int delete_login(struct ask *ask, struct ks_err *err)
{
	return ks_iam_delete_login_profile(ask->client, ask->args[0], err);
}

static int whoami(struct ask *ask, struct ks_err *err)
{
	struct ks_sts_identity identity;

	if (ks_sts_get_caller_identity(ask->client, &ask->arena, &identity, err) != 0)
		return -1;
	print(identity.account);
	print(identity.arn);
	return 0;
}

/* ROLE SESSION [EXTERNAL-ID]: assumes it, and says who that is. */
static int assume(struct ask *ask, struct ks_err *err)
{
	struct ks_sts_role role = { .arn = ask->args[0],
		.session = ask->args[1],
		.seconds = 900,
		.external_id = ask->args[2] };
	struct ks_credentials keys = { .expires_ms = KS_TIME_NONE };

	if (ks_sts_assume_role(ask->client, &role, &keys, err) != 0)
		return -1;
	ks_client_set_credentials(ask->client, &keys);
	ks_credentials_release(&keys);
	return whoami(ask, err);
}

/* ID [ROLE [EXTERNAL-ID]]: a client of the account; who we are in it, and that the client is good for
 * something. */
static int open_account(struct ask *ask, struct ks_err *err)
{
	struct ks_account account = { .id = ks_str_of(ask->args[0]) };
	struct ks_account_self self;

	if (ask->args[1] != NULL)
		account.role = ks_str_of(ask->args[1]);
	if (ask->args[1] != NULL && ask->args[2] != NULL)
		account.external_id = ks_str_of(ask->args[2]);
	ks_client_free(ask->client);
	ask->client = NULL;
	if (ks_account_open(ask->settings, &account, &ask->arena, &ask->client, &self, err) != 0)
		return -1;
	print(self.base.arn);
	print(self.base_key);
	print(self.acting.arn);
	print(self.acting.user_id);
	print(self.acting_key);
	return whoami(ask, err);
}

/* SERVICE OPERATION [NAME=VALUE | NAME:=NUMBER]…: any call; the answer, of services that speak JSON. */
static int call(struct ask *ask, struct ks_err *err)
{
	struct ks_wire_parameter parameters[8];
	struct ks_client_request request = { .service = ask->args[0],
		.operation = ask->args[1],
		.region = ask->region,
		.parameters = parameters };
	struct ks_client_reply reply = { 0 };
	struct ks_buf text;

	for (char **arg = ask->args + 2; *arg != NULL && request.parameter_count < 8; arg++) {
		char *value = strchr(*arg, '=');
		bool is_literal = value > *arg && value[-1] == ':';

		value[is_literal ? -1 : 0] = '\0';
		parameters[request.parameter_count++] =
			(struct ks_wire_parameter){ *arg, ks_str_of(value + 1), is_literal };
	}
	if (ks_client_call(ask->client, &request, &reply, err) != 0)
		return -1;
	ks_buf_init(&text, 1u << 20);
	if (reply.json != NULL)
		ks_json_render(reply.json, &text);
	print(ks_buf_str(&text));
	ks_buf_release(&text);
	ks_client_release(&reply);
	return 0;
}

static int get_sending(struct ask *ask, struct ks_err *err)
{
	bool enabled;

	if (ks_ses_get_sending(ask->client, ask->region, &enabled, err) != 0)
		return -1;
	printf("%s\n", enabled ? "true" : "false");
	return 0;
}

static int update_sending(struct ask *ask, struct ks_err *err)
{
	return ks_ses_update_sending(ask->client, ask->region, is_on(ask->args[0]), err);
}

static int update_set(struct ask *ask, struct ks_err *err)
{
	return ks_ses_update_set_sending(ask->client, ask->region, ask->args[0], is_on(ask->args[1]), err);
}

static int get_account(struct ask *ask, struct ks_err *err)
{
	struct ks_ses_account account;

	if (ks_ses_get_account(ask->client, ask->region, &account, err) != 0)
		return -1;
	printf("%s %s %g %g\n", account.is_sending ? "sending" : "paused",
		account.is_production ? "production" : "sandbox", account.daily_quota, account.sent_today);
	return 0;
}

static int put_sending(struct ask *ask, struct ks_err *err)
{
	return ks_ses_put_account_sending(ask->client, ask->region, is_on(ask->args[0]), err);
}

static int list_sets(struct ask *ask, struct ks_err *err)
{
	int rc = ks_ses_list_sets(ask->client, ask->region, &ask->arena, &ask->list, err);

	print_list(ask);
	return rc;
}

static int get_set(struct ask *ask, struct ks_err *err)
{
	bool enabled;

	if (ks_ses_get_set_sending(ask->client, ask->region, ask->args[0], &enabled, err) != 0)
		return -1;
	printf("%s\n", enabled ? "true" : "false");
	return 0;
}

static int put_set(struct ask *ask, struct ks_err *err)
{
	return ks_ses_put_set_sending(ask->client, ask->region, ask->args[0], is_on(ask->args[1]), err);
}

static int list_identities(struct ask *ask, struct ks_err *err)
{
	int rc = ks_ses_list_identities(ask->client, ask->region, &ask->arena, &ask->list, err);

	print_list(ask);
	return rc;
}

static int get_identity(struct ask *ask, struct ks_err *err)
{
	struct ks_str json;

	if (ks_ses_get_identity(ask->client, ask->region, ask->args[0], &ask->arena, &json, err) != 0)
		return -1;
	print(json);
	return 0;
}

static int delete_identity(struct ask *ask, struct ks_err *err)
{
	return ks_ses_delete_identity(ask->client, ask->region, ask->args[0], err);
}

/* lookup FROM UNTIL [ATTRIBUTE VALUE]: all pages; "-" for no end. */
static int lookup(struct ask *ask, struct ks_err *err)
{
	struct ks_cloudtrail_lookup what = { .region = ask->region, .from_ms = KS_TIME_NONE,
		.until_ms = KS_TIME_NONE, .attribute = ask->args[2] };
	struct ks_vec events = KS_VEC_OF(struct ks_cloudtrail_event);
	struct ks_str token = { NULL, 0 };
	int rc = 0;

	ks_str_parse_int(ks_str_of(ask->args[0]), &what.from_ms);
	ks_str_parse_int(ks_str_of(ask->args[1]), &what.until_ms);
	if (what.attribute != NULL)
		what.value = ks_str_of(ask->args[3]);
	do
		rc = ks_cloudtrail_lookup_page(ask->client, &what, &token, &ask->arena, &events, err);
	while (rc == 0 && token.p != NULL);
	for (size_t i = 0; rc == 0 && i < events.n; i++) {
		const struct ks_cloudtrail_event *event = KS_VEC_AT(&events, struct ks_cloudtrail_event, i);

		printf(KS_STR_FMT " %lld " KS_STR_FMT "\n", KS_STR_ARG(event->id), (long long)event->time_ms,
			KS_STR_ARG(event->record));
	}
	ks_vec_release(&events);
	return rc;
}

/* All trails: name, home, where to, and what of; then whether each logs, and what. */
static int trails(struct ask *ask, struct ks_err *err)
{
	struct ks_vec list = KS_VEC_OF(struct ks_cloudtrail_trail);
	int rc = ks_cloudtrail_describe_trails(ask->client, ask->region, &ask->arena, &list, err);

	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		const struct ks_cloudtrail_trail *trail = KS_VEC_AT(&list, struct ks_cloudtrail_trail, i);
		struct ks_cloudtrail_selection chosen = { .has_reads = false };
		struct ks_cloudtrail_status status;
		const char *arn = ks_arena_strdup(&ask->arena, trail->arn);

		rc = ks_cloudtrail_get_status(ask->client, ask->region, arn, &ask->arena, &status, err);
		if (rc == 0)
			rc = ks_cloudtrail_get_selectors(ask->client, ask->region, arn, &ask->arena, &chosen, err);
		if (rc == 0)
			printf(KS_STR_FMT " " KS_STR_FMT " " KS_STR_FMT "/" KS_STR_FMT "%s%s%s%s%s%s%s%s\n",
				KS_STR_ARG(trail->name), KS_STR_ARG(trail->home_region), KS_STR_ARG(trail->bucket),
				KS_STR_ARG(trail->prefix), trail->is_multi_region ? " multi" : "",
				trail->is_organization ? " organization" : "", trail->has_global_events ? " global" : "",
				trail->has_validation ? " validated" : "", status.is_logging ? " logging" : "",
				chosen.has_reads ? " reads" : "", chosen.has_writes ? " writes" : "",
				chosen.has_ses_data ? " sending" : "");
		for (size_t j = 0; rc == 0 && j < chosen.excluded.n; j++)
			printf("  without " KS_STR_FMT "\n", KS_STR_ARG(*KS_VEC_AT(&chosen.excluded, struct ks_str, j)));
		ks_vec_release(&chosen.excluded);
	}
	ks_vec_release(&list);
	return rc;
}

static const struct row {
	const char *name;
	int (*run)(struct ask *ask, struct ks_err *err);
	int least; /* arguments */
} rows[] = {
	{ "create-user", create_user, 2 },
	{ "get-user", get_user, 1 },
	{ "list-users", list_users, 0 },
	{ "delete-user", delete_user, 1 },
	{ "tag-user", tag_user, 3 },
	{ "create-key", create_key, 1 },
	{ "list-keys", list_keys, 1 },
	{ "update-key", update_key, 3 },
	{ "delete-key", delete_key, 2 },
	{ "last-used", last_used, 1 },
	{ "put-policy", put_policy, 4 },
	{ "get-policy", get_policy, 3 },
	{ "delete-policy", delete_policy, 3 },
	{ "list-policies", list_policies, 2 },
	{ "get-login", get_login, 1 },
	{ "delete-login", delete_login, 1 },
	{ "whoami", whoami, 0 },
	{ "assume", assume, 2 },
	{ "open-account", open_account, 1 },
	{ "call", call, 2 },
	{ "get-sending", get_sending, 0 },
	{ "update-sending", update_sending, 1 },
	{ "update-set", update_set, 2 },
	{ "get-account", get_account, 0 },
	{ "put-sending", put_sending, 1 },
	{ "list-sets", list_sets, 0 },
	{ "get-set", get_set, 1 },
	{ "put-set", put_set, 2 },
	{ "list-identities", list_identities, 0 },
	{ "get-identity", get_identity, 1 },
	{ "delete-identity", delete_identity, 1 },
	{ "lookup", lookup, 2 },
	{ "trails", trails, 0 },
};

static const struct row *find(int argc, char **argv)
{
	for (size_t i = 0; argc >= 3 && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, argv[2]) == 0 && argc - 3 >= rows[i].least)
			return &rows[i];
	return NULL;
}

static void log_line(void *arg, enum ks_log_level level, const char *line)
{
	(void)arg;
	fprintf(stderr, "%d %s\n", (int)level, line);
}

static int report(const struct ks_err *err)
{
	printf("code %d, aws %s, status %d, %s: %s\n", (int)err->code, err->aws_code, err->http_status,
		ks_fault_is_unknown(err) ? "unknown" : "known", err->message);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const struct row *row = find(argc, argv);
	struct ks_settings settings = { 0 };
	struct ask ask = { .list = KS_VEC_OF(struct ks_str) };
	struct ks_err err = { 0 };
	struct ks_ctx ctx;
	int status = EXIT_SUCCESS;

	if (row == NULL) {
		fprintf(stderr, "ask REGION CALL [ARGUMENT...]\n");
		return 2;
	}
	ks_ctx_init(&ctx);
	ctx.log = (struct ks_log){ .level = KS_LOG_DEBUG, .write = log_line };
	ks_arena_init(&ask.arena);
	if (ks_settings_load(&ctx, getenv("ASK_PROFILE"), argv[1], &settings, &err) != 0) {
		status = report(&err);
		goto out;
	}
	ask.settings = &settings;
	ask.client = ks_client_new(&settings);
	ks_client_set_retry(ask.client, &(struct ks_retry){ .first_ms = 20, .most_ms = 200 });
	ask.region = argv[1];
	ask.args = argv + 3;
	if (row->run(&ask, &err) != 0)
		status = report(&err);
out:
	ks_client_free(ask.client);
	ks_settings_release(&settings);
	ks_arena_release(&ask.arena);
	ks_vec_release(&ask.list);
	return status;
}

/* Clients of AWS for notifiers. */
#include "lib/notify/desk.h"

#include "lib/aws/arn.h"
#include "lib/aws/partition.h"
#include "lib/aws/sts.h"
#include "lib/base/mem.h"
#include "lib/incident/owncall.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MS (INT64_C(45) * 60 * 1000)      /* keys of a role are good for an hour */
#define ATTEMPTS 2                             /* more are the outbox's, which knows how to wait */

static const struct ks_retry retry = { .first_ms = 200, .most_ms = 1000 };

bool ks_desk_is_final(const char *aws_code)
{
	static const char *const codes[] = { "InvalidParameter", "InvalidParameterValue",
		"ParameterValueInvalid", "ValidationError", "ValidationException", "MalformedDetail", "InvalidInput",
		"InvalidInputException", "InvalidArgument" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i], aws_code) == 0)
			return true;
	return false;
}

int ks_desk_check_region(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	const char *region = ks_notifier_setting(notifier, "region");

	*out_key = "region";
	if (region != NULL && ks_partition_of_region(ks_str_of(region)) == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no Region", region);
	return 0;
}

void ks_desk_close(void *arg)
{
	struct ks_desk *desk = arg;

	if (desk == NULL)
		return;
	ks_client_free(desk->client);
	ks_owncall_close(desk->owncall);
	ks_settings_release(&desk->settings);
	ks_arena_release(&desk->arena);
	free(desk);
}

/* Whose keys the chain has, without any account being ordered. */
static int open_own(struct ks_desk *desk, struct ks_err *err)
{
	struct ks_sts_identity *identity = &desk->self.base;
	struct ks_arn arn;

	desk->client = ks_client_new(&desk->settings);
	if (ks_sts_get_caller_identity_in(desk->client, desk->settings.region, &desk->arena, identity, err) != 0)
		return -1;
	ks_account_tell(&desk->settings, desk->client, identity);
	desk->self.acting = *identity;
	if (ks_arn_parse(identity->arn, &arn) && ks_partition_find(arn.partition) != NULL)
		ks_client_set_partition(desk->client, ks_partition_find(arn.partition));
	return 0;
}

static int open_ordered(const struct ks_notifier *notifier, struct ks_desk *desk, struct ks_err *err)
{
	struct ks_account account = *notifier->account;
	struct ks_secret id = { NULL, 0 };
	int rc = 0;

	if (ks_str_has_prefix(account.external_id, KS_STR("env:")) ||
		ks_str_has_prefix(account.external_id, KS_STR("file:"))) {
		rc = ks_notifier_resolve(notifier->ctx, account.external_id.p, &id, err);
		account.external_id = ks_secret_reveal(&id);
	}
	if (rc == 0)
		rc = ks_account_open(&desk->settings, &account, &desk->arena, &desk->client, &desk->self, err);
	else
		ks_err_wrap(err, "external_id of account " KS_STR_FMT, KS_STR_ARG(account.id));
	ks_secret_release(&id);
	return rc;
}

static int open_desk(const struct ks_notifier *notifier, const char *region, struct ks_desk *desk,
	struct ks_err *err)
{
	if (ks_settings_load(notifier->ctx, NULL, region, &desk->settings, err) != 0)
		return -1;
	if (desk->settings.region == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "there is no Region: give '%s' one in the config, with "
			"'region'", notifier->name);
	if (desk->settings.max_attempts > ATTEMPTS)
		desk->settings.max_attempts = ATTEMPTS;
	ks_owncall_open(notifier->ctx, notifier->state->office->store_path, &desk->settings, &desk->owncall);
	if ((notifier->account != NULL ? open_ordered(notifier, desk, err) : open_own(desk, err)) != 0)
		return -1;
	ks_client_set_retry(desk->client, &retry);
	desk->opened_ms = ks_ctx_now(notifier->ctx);
	return 0;
}

int ks_desk_get(const struct ks_notifier *notifier, struct ks_str region, struct ks_desk **out,
	struct ks_err *err)
{
	struct ks_desk *desk = notifier->state->own;
	int64_t age = desk != NULL ? ks_ctx_now(notifier->ctx) - desk->opened_ms : 0;
	const char *named = ks_notifier_setting(notifier, "region");

	/* A clock that was set back must not keep old keys for ever. */
	if (desk != NULL && age >= 0 && age < KEPT_MS) {
		*out = desk;
		return 0;
	}
	ks_notifier_rest(notifier);
	desk = ks_mem_alloc(sizeof(*desk));
	ks_arena_init(&desk->arena);
	if (named == NULL && region.n > 0)
		named = ks_arena_strdup(&desk->arena, region);
	if (open_desk(notifier, named, desk, err) != 0) {
		ks_desk_close(desk);
		return -1;
	}
	notifier->state->own = desk;
	*out = desk;
	return 0;
}

int ks_desk_call(const struct ks_notifier *notifier, struct ks_desk *desk,
	const struct ks_client_request *request, struct ks_client_reply *out, struct ks_notifier_answer *answer,
	struct ks_err *err)
{
	if (ks_client_call(desk->client, request, out, err) == 0)
		return 0;
	answer->is_unsent = ks_client_is_unsent(desk->client);
	answer->is_final = err->http_status == 400 && ks_desk_is_final(err->aws_code);
	/* New keys may be what helps. */
	if (err->code == KS_ERR_AUTH || err->code == KS_ERR_DENIED)
		ks_notifier_rest(notifier);
	return -1;
}

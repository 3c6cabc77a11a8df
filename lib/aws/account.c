/* Into an account: the chain's keys or a role's, and STS's word that they are of that account. */
#include "lib/aws/account.h"

#include "lib/aws/arn.h"

#include <stdio.h>
#include <string.h>

#define SESSION_SECONDS 3600

const struct ks_account *ks_account_find(const struct ks_account *accounts, size_t n, struct ks_str id)
{
	for (size_t i = 0; i < n; i++)
		if (id.n > 0 && ks_str_is_equal(accounts[i].id, id))
			return &accounts[i];
	return NULL;
}

const char *ks_account_region(const struct ks_settings *settings, const struct ks_account *account,
	struct ks_arena *arena)
{
	const struct ks_partition *partition = NULL;
	struct ks_arn arn;

	if (ks_arn_parse(account->role, &arn))
		partition = ks_partition_find(arn.partition);
	if (settings->region != NULL &&
		(partition == NULL || partition == ks_partition_of_region(ks_str_of(settings->region))))
		return settings->region;
	if (account->region_count > 0)
		return ks_arena_strdup(arena, account->regions[0]);
	if (partition == NULL)
		partition = ks_partition_find(KS_STR("aws"));
	return partition->iam_region;
}

/* The role's keys on a client of its own. */
static int assume(struct ks_client *base, struct ks_settings *settings, const struct ks_account *account,
	const char *region, struct ks_arena *arena, struct ks_client **out, struct ks_err *err)
{
	struct ks_credentials keys = { .expires_ms = KS_TIME_NONE };
	struct ks_sts_role role = { .arn = ks_arena_strdup(arena, account->role),
		.session = KS_ACCOUNT_SESSION,
		.external_id = account->external_id.n > 0 ? ks_arena_strdup(arena, account->external_id) : NULL,
		.seconds = SESSION_SECONDS,
		.region = region };

	if (ks_sts_assume_role(base, &role, &keys, err) != 0)
		return ks_err_wrap(err, "role '%s' of account " KS_STR_FMT, role.arn, KS_STR_ARG(account->id));
	*out = ks_client_new(settings);
	ks_client_set_credentials(*out, &keys);
	ks_credentials_release(&keys);
	return 0;
}

static int check(const struct ks_account *account, const struct ks_sts_identity *acting, struct ks_err *err)
{
	if (ks_str_is_equal(account->id, acting->account))
		return 0;
	if (account->role.n > 0)
		return ks_err_set(err, KS_ERR_GUARD, "role '" KS_STR_FMT "' is of account " KS_STR_FMT ", and not "
			"of "
			KS_STR_FMT ": correct 'role' or 'id' of the account in the config", KS_STR_ARG(account->role),
			KS_STR_ARG(acting->account), KS_STR_ARG(account->id));
	return ks_err_set(err, KS_ERR_GUARD, "the AWS keys in use are of account " KS_STR_FMT " (" KS_STR_FMT
		"), and not of " KS_STR_FMT ": use keys of that account, or give it a 'role' in the config",
		KS_STR_ARG(acting->account), KS_STR_ARG(acting->arn), KS_STR_ARG(account->id));
}

void ks_account_tell(const struct ks_settings *settings, const struct ks_client *client,
	const struct ks_sts_identity *identity)
{
	const struct ks_settings_witness *witness = settings->witness;

	if (witness != NULL)
		witness->acted(witness->arg, ks_str_of(ks_client_key_id(client)), identity->arn, identity->user_id);
}

void ks_account_introduce(struct ks_settings *settings, struct ks_client *client, const char *region,
	char known[KS_ACCOUNT_KNOWN])
{
	struct ks_sts_identity identity;
	struct ks_arena arena;
	struct ks_err ignored = { 0 };

	if (settings->witness == NULL ||
		(known[0] != '\0' && strcmp(known, ks_client_key_id(client)) == 0))
		return;
	ks_arena_init(&arena);
	if (ks_sts_get_caller_identity_in(client, region, &arena, &identity, &ignored) == 0) {
		ks_account_tell(settings, client, &identity);
		snprintf(known, KS_ACCOUNT_KNOWN, "%s", ks_client_key_id(client));
	}
	ks_arena_release(&arena);
}

int ks_account_open(struct ks_settings *settings, const struct ks_account *account, struct ks_arena *arena,
	struct ks_client **out, struct ks_account_self *out_self, struct ks_err *err)
{
	struct ks_client *base = ks_client_new(settings), *role = NULL, *acting = base;
	const char *region = ks_account_region(settings, account, arena);
	struct ks_account_self self = { .base = { .account = { NULL, 0 } } };
	struct ks_arn arn;
	int rc = ks_sts_get_caller_identity_in(base, region, arena, &self.base, err);

	if (rc == 0) {
		self.base_key = ks_arena_copy(arena, ks_str_of(ks_client_key_id(base)));
		ks_account_tell(settings, base, &self.base);
	}
	if (rc == 0 && account->role.n > 0)
		rc = assume(base, settings, account, region, arena, &role, err);
	self.acting = self.base;
	if (rc == 0 && role != NULL) {
		acting = role;
		rc = ks_sts_get_caller_identity_in(role, region, arena, &self.acting, err);
		if (rc == 0)
			ks_account_tell(settings, role, &self.acting);
	}
	if (rc == 0)
		rc = check(account, &self.acting, err);
	if (rc == 0 && ks_arn_parse(self.acting.arn, &arn) && ks_partition_find(arn.partition) != NULL)
		ks_client_set_partition(acting, ks_partition_find(arn.partition));
	if (rc == 0) {
		ks_client_set_account(acting, account->id);
		self.acting_key = ks_arena_copy(arena, ks_str_of(ks_client_key_id(acting)));
		if (out_self != NULL)
			*out_self = self;
		*out = acting;
	}
	if (rc != 0 || acting != base)
		ks_client_free(base);
	if (rc != 0)
		ks_client_free(role);
	return rc;
}

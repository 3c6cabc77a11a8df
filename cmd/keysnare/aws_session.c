/* Opening accounts for commands. */
#include "cmd/keysnare/aws_session.h"

#include "lib/base/mem.h"
#include "lib/engine/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without a config: the account that the keys of the chain are of. */
static int open_own(struct ks_aws_session *session, const char *account, struct ks_err *err)
{
	struct ks_account own = { .id = ks_str_of(account) };
	struct ks_sts_identity identity;
	struct ks_client *client;

	if (account == NULL) {
		client = ks_client_new(&session->settings);
		if (ks_sts_get_caller_identity(client, &session->arena, &identity, err) != 0) {
			ks_client_free(client);
			return -1;
		}
		ks_client_free(client);
		own.id = identity.account;
	}
	session->account = own.id;
	return ks_account_open(&session->settings, &own, &session->arena, &session->client, &session->self,
		err);
}

/* With a config: nothing is done in an account that it does not have. */
static int open_listed(const struct ks_app *app, struct ks_aws_session *session, const char *account,
	struct ks_err *err)
{
	struct ks_config_office office = { .ctx = app->ctx, .settings = &session->settings,
		.store_path = app->store_path, .who = KS_STR("keysnare"), .started_ms = app->started_ms };
	const struct ks_account *listed;
	struct ks_mandate mandate;

	if (ks_config_mandate(app->config, &office, &session->arena, &mandate, err) != 0)
		return -1;
	if (account == NULL && mandate.account_count > 1)
		return ks_err_set(err, KS_ERR_USAGE, "the config has %zu accounts, say in which one with --account "
			"ID",
			mandate.account_count);
	listed = account != NULL ?
		ks_account_find(mandate.accounts, mandate.account_count, ks_str_of(account)) : mandate.accounts;
	if (listed == NULL)
		return ks_err_set(err, KS_ERR_GUARD, "the config '%s' does not have the account %s, and nothing is "
			"done in others", app->config->path, account);
	session->account = ks_arena_copy(&session->arena, listed->id);
	return ks_account_open(&session->settings, listed, &session->arena, &session->client, &session->self,
		err);
}

int ks_aws_session_open(const struct ks_app *app, const char *account, const char *region,
	struct ks_aws_session *out, struct ks_err *err)
{
	*out = (struct ks_aws_session){ .client = NULL };
	ks_arena_init(&out->arena);
	if (ks_settings_load(app->ctx, NULL, NULL, &out->settings, err) != 0)
		return -1;
	/* Nobody said where we are: the decoy's Region at least tells the partition. */
	if (out->settings.region == NULL && region != NULL) {
		ks_settings_release(&out->settings);
		if (ks_settings_load(app->ctx, NULL, region, &out->settings, err) != 0)
			return -1;
	}
	ks_owncall_open(app->ctx, app->store_path, &out->settings, &out->owncall);
	if (app->config->account_count > 0)
		return open_listed(app, out, account, err);
	return open_own(out, account != NULL ? ks_arena_strdup(&out->arena, ks_str_of(account)) : NULL, err);
}

void ks_aws_session_close(struct ks_aws_session *session)
{
	if (session == NULL)
		return;
	ks_client_free(session->client);
	ks_owncall_close(session->owncall);
	ks_settings_release(&session->settings);
	ks_arena_release(&session->arena);
}

struct failed {
	char account[16];
	bool is_any;                 /* of the chain of keys, which is the same for every account */
	struct ks_err err;
};

void ks_aws_session_init_all(struct ks_aws_sessions *all, const struct ks_app *app)
{
	*all = (struct ks_aws_sessions){ .app = app, .opened = KS_VEC_OF(struct ks_aws_session *),
		.failed = KS_VEC_OF(struct failed) };
}

void ks_aws_session_close_all(struct ks_aws_sessions *all)
{
	for (size_t i = 0; i < all->opened.n; i++) {
		ks_aws_session_close(*KS_VEC_AT(&all->opened, struct ks_aws_session *, i));
		free(*KS_VEC_AT(&all->opened, struct ks_aws_session *, i));
	}
	ks_vec_release(&all->opened);
	ks_vec_release(&all->failed);
}

static const struct failed *find_failed(const struct ks_aws_sessions *all, const char *account)
{
	for (size_t i = 0; i < all->failed.n; i++) {
		const struct failed *failed = KS_VEC_AT(&all->failed, struct failed, i);

		if (failed->is_any || strcmp(failed->account, account) == 0)
			return failed;
	}
	return NULL;
}

int ks_aws_session_get(struct ks_aws_sessions *all, struct ks_str account, struct ks_str region,
	struct ks_aws_session **out, struct ks_err *err)
{
	struct ks_aws_session *session;
	const struct failed *known;
	struct failed *failed;
	struct ks_arena arena = { NULL };
	char id[16];
	int rc;

	snprintf(id, sizeof(id), KS_STR_FMT, KS_STR_ARG(account));
	for (size_t i = 0; i < all->opened.n; i++) {
		*out = *KS_VEC_AT(&all->opened, struct ks_aws_session *, i);
		if (ks_str_is_equal((*out)->account, account))
			return 0;
	}
	known = find_failed(all, id);
	if (known != NULL) {
		*err = known->err;
		return -1;
	}
	session = ks_mem_alloc(sizeof(*session));
	rc = ks_aws_session_open(all->app, id[0] != '\0' ? id : NULL,
		region.n > 0 ? ks_arena_strdup(&arena, region) : NULL, session, err);
	ks_arena_release(&arena);
	if (rc != 0) {
		ks_aws_session_close(session);
		free(session);
		failed = ks_vec_push(&all->failed);
		/* What STS says may be of the decoy's Region alone. */
		*failed = (struct failed){ .err = *err, .is_any = all->app->config->account_count == 0 &&
			err->code == KS_ERR_AUTH && err->aws_code[0] == '\0' };
		memcpy(failed->account, id, sizeof(id));
		return -1;
	}
	*(struct ks_aws_session **)ks_vec_push(&all->opened) = session;
	*out = session;
	return 0;
}

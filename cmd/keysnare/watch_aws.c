/* Settings for the sources that ask AWS. */
#include "cmd/keysnare/watch_aws.h"

#include "lib/engine/config.h"

#include <string.h>

/* Called by the threads of the sources, each for itself. */
static int give_settings(void *arg, struct ks_settings *out, struct ks_err *err)
{
	const struct ks_watch_aws *aws = arg;

	if (ks_settings_load(aws->app->ctx, NULL, NULL, out, err) != 0) {
		ks_settings_release(out);
		return -1;
	}
	out->witness = aws->witness.witness;
	return 0;
}

/* Roles are assumed where LookupEvents is asked; nothing else needs an external id. */
static bool needs_roles(const struct ks_watch_config *config)
{
	for (size_t i = 0; i < config->spec_count; i++)
		if (strncmp(config->specs[i], "lookup:", strlen("lookup:")) == 0)
			return true;
	return false;
}

int ks_watch_aws_start(struct ks_watch_aws *aws, const struct ks_app *app, struct ks_watch_config *config,
	struct ks_err *err)
{
	const struct ks_config *given = app->config;
	const struct ks_account *accounts = given->accounts;

	aws->app = app;
	ks_arena_init(&aws->arena);
	if (needs_roles(config) && ks_config_accounts(given, app->ctx, &aws->arena, &accounts, err) != 0)
		return -1;
	ks_owncall_open(app->ctx, app->store_path, &aws->witness, &aws->owncall);
	ks_owncall_set_bulk(aws->owncall);
	config->settings = give_settings;
	config->settings_arg = aws;
	config->accounts = accounts;
	config->account_count = given->account_count;
	return 0;
}

void ks_watch_aws_settle(struct ks_watch_aws *aws)
{
	ks_owncall_settle(aws->owncall);
}

void ks_watch_aws_release(struct ks_watch_aws *aws)
{
	ks_owncall_close(aws->owncall);
	ks_arena_release(&aws->arena);
	*aws = (struct ks_watch_aws){ .app = NULL };
}

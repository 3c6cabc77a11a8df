/* Settings for the sources that ask AWS. */
#include "cmd/keysnare/watch_aws.h"

#include "lib/engine/config.h"

#include <string.h>

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

	ks_arena_init(&aws->arena);
	if (needs_roles(config) && ks_config_accounts(given, app->ctx, &aws->arena, &accounts, err) != 0)
		return -1;
	ks_asker_open(&aws->asker, app);
	config->settings = ks_asker_settings;
	config->settings_arg = &aws->asker;
	config->accounts = accounts;
	config->account_count = given->account_count;
	return 0;
}

void ks_watch_aws_settle(struct ks_watch_aws *aws)
{
	ks_owncall_settle(aws->asker.owncall);
}

void ks_watch_aws_release(struct ks_watch_aws *aws)
{
	ks_asker_close(&aws->asker);
	ks_arena_release(&aws->arena);
	*aws = (struct ks_watch_aws){ .asker = { .owncall = NULL } };
}

/* Which keys the chain gives, and from where; and that they are none of our own decoys. */
#include "lib/doctor/check.h"

#include "lib/decoy/registry.h"
#include "lib/store/schema.h"

#include <string.h>

#define SOON_MS (INT64_C(15) * 60 * 1000)

/* In which file, variable or service the provider found them. */
static const char *find_place(struct ks_check_state *state, const char *source)
{
	struct ks_settings *settings = state->settings;
	const char *role = ks_settings_profile_value(settings, "role_arn");
	struct ks_arena *arena = &state->arena;

	if (strcmp(source, "environment") == 0)
		return "AWS_ACCESS_KEY_ID";
	if (strcmp(source, "shared credentials file") == 0)
		return ks_arena_printf(arena, "profile '%s' in '%s'", settings->profile,
			ks_profile_credentials_path(settings->profiles));
	if (strcmp(source, "shared config file") == 0)
		return ks_arena_printf(arena, "profile '%s' in '%s'", settings->profile,
			ks_profile_config_path(settings->profiles));
	if (strcmp(source, "assume role") == 0 && role != NULL)
		return ks_arena_printf(arena, "role %s of profile '%s'", role, settings->profile);
	return ks_arena_printf(arena, "profile '%s'", settings->profile);
}

static void check_expiry(struct ks_check_state *state, const struct ks_credentials *keys)
{
	int64_t left = keys->expires_ms - ks_ctx_now(state->ctx);
	bool is_fixed = strcmp(keys->source, "environment") == 0 ||
		strcmp(keys->source, "shared credentials file") == 0 ||
		strcmp(keys->source, "shared config file") == 0;
	char until[KS_TIME_TEXT];

	if (keys->token.n > 0 && is_fixed)
		ks_check_add(state, KS_CHECK_WARNING,
			"for watch, use a profile with a role, or keys that are renewed",
			"these keys are temporary, and nothing renews them%s%s",
			keys->expires_ms != KS_TIME_NONE ? ": they end at " : "",
			keys->expires_ms != KS_TIME_NONE ? ks_time_render(keys->expires_ms, until) : "");
	else if (keys->expires_ms == KS_TIME_NONE)
		ks_check_add(state, KS_CHECK_OK, NULL, "they do not expire");
	else
		ks_check_add(state, left < SOON_MS ? KS_CHECK_WARNING : KS_CHECK_OK, NULL,
			"good until %s, and renewed before that", ks_time_render(keys->expires_ms, until));
}

/* A decoy in one's own ~/.aws/credentials is a good bait, and no key to act with. */
static bool is_decoy(struct ks_check_state *state, const char *key_id)
{
	struct ks_err ignored = { 0 };
	struct ks_db *db = NULL;
	struct ks_decoy decoy;
	bool found = false;
	int version = 0;

	if (ks_db_open(state->store_path, KS_DB_READ, KS_SCHEMA_APPLICATION, &db, &ignored) != 0)
		return false;
	if (ks_db_version(db, &version, &ignored) != 0 || version != ks_schema_version() ||
		ks_registry_find(db, ks_str_of(key_id), &state->arena, &decoy, &found, &ignored) != 0)
		found = false;
	if (found)
		ks_check_add(state, KS_CHECK_FAILED, "name a profile with --profile or AWS_PROFILE",
			"%s is the decoy '" KS_STR_FMT "': to act with it would be to raise the alarm", key_id,
			KS_STR_ARG(decoy.name));
	ks_db_close(db);
	return found;
}

static void run(struct ks_check_state *state)
{
	struct ks_credentials keys = { .expires_ms = KS_TIME_NONE };
	struct ks_err err = { 0 };

	if (ks_credentials_get(state->settings, &keys, &err) != 0) {
		ks_check_add(state, KS_CHECK_FAILED, err.code == KS_ERR_AUTH ? NULL : ks_check_advice(&err), "%s",
			err.message);
		return;
	}
	ks_check_add(state, KS_CHECK_OK, NULL, "%s, from %s: %s", keys.key_id, keys.source,
		find_place(state, keys.source));
	check_expiry(state, &keys);
	if (!is_decoy(state, keys.key_id))
		state->client = ks_client_new(state->settings);
	ks_credentials_release(&keys);
}

const struct ks_check ks_check_keys = {
	.name = "keys",
	.summary = "AWS keys are found, from where, and how long they are good",
	.is_online = true,
	.run = run,
};

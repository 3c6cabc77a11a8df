/* Environment and profile to settings. */
#include "lib/aws/settings.h"

#include "lib/aws/partition.h"

#include <string.h>

static const char *kept(struct ks_settings *settings, struct ks_str s)
{
	return s.p != NULL ? ks_arena_strdup(&settings->arena, s) : NULL;
}

const char *ks_settings_profile_value(struct ks_settings *settings, const char *key)
{
	return kept(settings, ks_profile_get(settings->profiles, settings->profile, key));
}

/* A variable, else the profile's setting. */
static const char *value_of(struct ks_settings *settings, const char *variable, const char *key)
{
	const char *value = ks_ctx_env(settings->ctx, variable);

	return value != NULL ? value : ks_settings_profile_value(settings, key);
}

static int take_bool(struct ks_settings *settings, const char *variable, const char *key, bool *out,
	struct ks_err *err)
{
	struct ks_str value = ks_str_of(value_of(settings, variable, key));

	if (value.p == NULL)
		return 0;
	if (!ks_str_is_equal_nocase(value, KS_STR("true")) && !ks_str_is_equal_nocase(value, KS_STR("false")))
		return ks_err_set(err, KS_ERR_CONFIG, "%s (%s) is '" KS_STR_FMT "', not true or false", variable,
			key, KS_STR_ARG(value));
	*out = ks_str_is_equal_nocase(value, KS_STR("true"));
	return 0;
}

static int take_attempts(struct ks_settings *settings, struct ks_err *err)
{
	struct ks_str value = ks_str_of(value_of(settings, "AWS_MAX_ATTEMPTS", "max_attempts"));
	int64_t number;

	settings->max_attempts = KS_SETTINGS_ATTEMPTS;
	if (value.p == NULL)
		return 0;
	if (!ks_str_parse_int(value, &number) || number < 1 || number > 100)
		return ks_err_set(err, KS_ERR_CONFIG,
			"AWS_MAX_ATTEMPTS (max_attempts) is '" KS_STR_FMT "', not a number from 1 to 100",
			KS_STR_ARG(value));
	settings->max_attempts = (int)number;
	return 0;
}

static int take_profile(struct ks_settings *settings, const char *given, struct ks_err *err)
{
	const struct ks_ctx *ctx = settings->ctx;
	const char *named = given;

	if (named == NULL)
		named = ks_ctx_env(ctx, "AWS_DEFAULT_PROFILE");
	if (named == NULL)
		named = ks_ctx_env(ctx, "AWS_PROFILE");
	settings->is_profile_given = given != NULL;
	settings->profile = named != NULL ? ks_arena_strdup(&settings->arena, ks_str_of(named)) : "default";
	if (named != NULL && !ks_profile_has(settings->profiles, named))
		return ks_err_set(err, KS_ERR_CONFIG, "profile '%s' is neither in %s nor in %s", named,
			ks_profile_config_path(settings->profiles), ks_profile_credentials_path(settings->profiles));
	return 0;
}

static int take_region(struct ks_settings *settings, const char *given, struct ks_err *err)
{
	const char *region = given;

	if (region == NULL)
		region = ks_ctx_env(settings->ctx, "AWS_REGION");
	if (region == NULL)
		region = value_of(settings, "AWS_DEFAULT_REGION", "region");
	if (region != NULL && ks_partition_of_region(ks_str_of(region)) == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "'%s' is no region", region);
	settings->region = kept(settings, ks_str_of(region));
	return 0;
}

int ks_settings_load(const struct ks_ctx *ctx, const char *profile, const char *region,
	struct ks_settings *out, struct ks_err *err)
{
	*out = (struct ks_settings){ .ctx = ctx };
	ks_arena_init(&out->arena);
	if (ks_profile_load(ctx, &out->profiles, err) != 0 || take_profile(out, profile, err) != 0 ||
		take_region(out, region, err) != 0 || take_attempts(out, err) != 0 ||
		take_bool(out, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", &out->is_fips, err) != 0)
		return -1;
	out->ca_bundle = kept(out, ks_str_of(value_of(out, "AWS_CA_BUNDLE", "ca_bundle")));
	return 0;
}

void ks_settings_release(struct ks_settings *settings)
{
	ks_profile_free(settings->profiles);
	ks_arena_release(&settings->arena);
	*settings = (struct ks_settings){ 0 };
}

static bool ignores_configured(struct ks_settings *settings)
{
	const char *value =
		value_of(settings, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");

	return value != NULL && ks_str_is_equal_nocase(ks_str_of(value), KS_STR("true"));
}

const char *ks_settings_endpoint(struct ks_settings *settings, const char *service_id)
{
	char *variable = ks_arena_printf(&settings->arena, "AWS_ENDPOINT_URL_%s", service_id);
	const char *url, *services;

	if (ignores_configured(settings))
		return NULL;
	for (char *p = variable; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	url = ks_ctx_env(settings->ctx, variable);
	if (url == NULL)
		url = ks_ctx_env(settings->ctx, "AWS_ENDPOINT_URL");
	services = url == NULL ? ks_settings_profile_value(settings, "services") : NULL;
	if (services != NULL)
		url = kept(settings,
			ks_profile_find_nested(settings->profiles, KS_PROFILE_SERVICES, services, service_id,
				"endpoint_url"));
	return url != NULL ? url : ks_settings_profile_value(settings, "endpoint_url");
}

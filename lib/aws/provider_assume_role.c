/* Keys of a role that a profile names, assumed with the keys of another profile or source. Roles may be
 * chained. */
#include "lib/aws/provider.h"
#include "lib/aws/sts.h"

#include <string.h>

#define CHAIN_MOST 8

static int load_role(struct ks_settings *settings, int depth, struct ks_credentials *out,
	struct ks_err *err);

/* What a profile itself has, without asking the machine around it. With only_static, only keys. */
static int load_own(struct ks_settings *settings, bool only_static, struct ks_credentials *out,
	struct ks_err *err)
{
	static const struct ks_provider *const rows[] = { &ks_provider_shared, &ks_provider_config,
		&ks_provider_web_identity, &ks_provider_sso, &ks_provider_process };

	for (size_t i = 0; i < (only_static ? 2 : sizeof(rows) / sizeof(rows[0])); i++) {
		enum ks_provider_answer answer = rows[i]->load(settings, out, err);

		if (answer != KS_PROVIDER_NONE)
			return answer == KS_PROVIDER_FOUND ? 0 : -1;
	}
	return ks_err_set(err, KS_ERR_CONFIG, "profile '%s' has no keys", settings->profile);
}

static int load_profile(struct ks_settings *settings, const char *name, int depth,
	struct ks_credentials *out, struct ks_err *err)
{
	const char *profile = settings->profile;
	bool is_self = strcmp(profile, name) == 0, was_given = settings->is_profile_given;
	int rc;

	if (!ks_profile_has(settings->profiles, name))
		return ks_err_set(err, KS_ERR_CONFIG, "source_profile '%s' of profile '%s' is in no file", name,
			profile);
	if (depth == CHAIN_MOST)
		return ks_err_set(err, KS_ERR_CONFIG, "the source_profile of profile '%s' leads round in a circle",
			profile);
	settings->profile = name;
	settings->is_profile_given = true;
	if (!is_self && ks_settings_profile_value(settings, "role_arn") != NULL &&
		ks_settings_profile_value(settings, "web_identity_token_file") == NULL)
		rc = load_role(settings, depth + 1, out, err);
	else
		rc = load_own(settings, is_self, out, err);
	settings->profile = profile;
	settings->is_profile_given = was_given;
	return rc;
}

static int load_source(struct ks_settings *settings, const char *source, struct ks_credentials *out,
	struct ks_err *err)
{
	static const struct {
		const char *name;
		const struct ks_provider *provider;
	} rows[] = { { "Environment", &ks_provider_env }, { "EcsContainer", &ks_provider_container },
		{ "Ec2InstanceMetadata", &ks_provider_imds } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool was_given = settings->is_profile_given;
		enum ks_provider_answer answer;

		if (strcmp(rows[i].name, source) != 0)
			continue;
		settings->is_profile_given = false;
		answer = rows[i].provider->load(settings, out, err);
		settings->is_profile_given = was_given;
		if (answer == KS_PROVIDER_NONE)
			return ks_err_set(err, KS_ERR_AUTH, "credential_source '%s' has no keys", source);
		return answer == KS_PROVIDER_FOUND ? 0 : -1;
	}
	return ks_err_set(err, KS_ERR_CONFIG, "credential_source '%s' is none of AWS's", source);
}

static int assume(struct ks_settings *settings, const struct ks_credentials *source,
	struct ks_credentials *out, struct ks_err *err)
{
	const char *session = ks_settings_profile_value(settings, "role_session_name");
	const char *seconds = ks_settings_profile_value(settings, "duration_seconds");
	struct ks_sts_role role = {
		.arn = ks_settings_profile_value(settings, "role_arn"),
		.session = session != NULL ? session : ks_provider_session_name(settings),
		.external_id = ks_settings_profile_value(settings, "external_id"),
	};
	struct ks_client *client;
	int rc;

	if (seconds != NULL && !ks_str_parse_int(ks_str_of(seconds), &role.seconds))
		return ks_err_set(err, KS_ERR_CONFIG, "duration_seconds is '%s', which is no number", seconds);
	client = ks_client_new(settings);
	ks_client_set_credentials(client, source);
	rc = ks_sts_assume_role(client, &role, out, err);
	ks_client_free(client);
	return rc;
}

static int load_role(struct ks_settings *settings, int depth, struct ks_credentials *out, struct ks_err *err)
{
	const char *profile = ks_settings_profile_value(settings, "source_profile");
	const char *source = ks_settings_profile_value(settings, "credential_source");
	struct ks_credentials keys = { .expires_ms = KS_TIME_NONE };
	int rc;

	if ((profile == NULL) == (source == NULL))
		return ks_err_set(err, KS_ERR_CONFIG,
			"profile '%s' with a role_arn needs one of source_profile and credential_source",
			settings->profile);
	if (ks_settings_profile_value(settings, "mfa_serial") != NULL)
		return ks_err_set(err, KS_ERR_UNSUPPORTED,
			"the role of profile '%s' asks for a code of an MFA device: nobody is there to type it",
			settings->profile);
	if (profile != NULL)
		rc = load_profile(settings, profile, depth, &keys, err);
	else
		rc = load_source(settings, source, &keys, err);
	if (rc == 0)
		rc = assume(settings, &keys, out, err);
	ks_credentials_release(&keys);
	return rc;
}

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	if (ks_settings_profile_value(settings, "role_arn") == NULL ||
		ks_settings_profile_value(settings, "web_identity_token_file") != NULL)
		return KS_PROVIDER_NONE;
	return load_role(settings, 0, out, err) == 0 ? KS_PROVIDER_FOUND : KS_PROVIDER_FAILED;
}

const struct ks_provider ks_provider_assume_role = { .name = "assume role", .load = load };

/* What providers share. */
#include "lib/aws/provider.h"

enum ks_provider_answer ks_provider_read_static(const struct ks_settings *settings,
	enum ks_profile_kind kind, const char *profile, struct ks_credentials *out, struct ks_err *err)
{
	const struct ks_profile *files = settings->profiles;
	struct ks_str id = ks_profile_find(files, kind, profile, "aws_access_key_id");
	struct ks_str secret = ks_profile_find(files, kind, profile, "aws_secret_access_key");
	struct ks_str token = ks_profile_find(files, kind, profile, "aws_session_token");

	if (id.p == NULL)
		return KS_PROVIDER_NONE;
	if (ks_credentials_set(out, id, secret, token, KS_TIME_NONE, profile, err) != 0) {
		ks_err_set_file(err,
			kind == KS_PROFILE_CREDENTIALS ? ks_profile_credentials_path(files) :
											 ks_profile_config_path(files));
		return KS_PROVIDER_FAILED;
	}
	return KS_PROVIDER_FOUND;
}

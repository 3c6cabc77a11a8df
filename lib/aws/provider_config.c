/* Keys that stand in the shared config file. */
#include "lib/aws/provider.h"

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	return ks_provider_read_static(settings, KS_PROFILE_CONFIG, settings->profile, out, err);
}

const struct ks_provider ks_provider_config = { .name = "shared config file", .load = load };

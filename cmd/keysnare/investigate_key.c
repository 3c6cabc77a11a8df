/* keysnare investigate key. */
#include "cmd/keysnare/inquest.h"

extern const struct ks_command ks_cmd_investigate_key;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	return ks_inquest_run(app, args, &ks_cmd_investigate_key, KS_INQUIRY_KEY);
}

const struct ks_command ks_cmd_investigate_key = {
	.name = "key",
	.arguments = "ID [PATH…]",
	.summary = "everything that was signed by one access key",
	.about =
		"The calls of a key, long-term or temporary, and those of the sessions that it was given, as far as "
		"it is recorded how." KS_INQUEST_ABOUT,
	.examples =
		"keysnare investigate key AKIAIOSFODNN7EXAMPLE\tfrom the store\n"
		"keysnare investigate key AKIAIOSFODNN7EXAMPLE logs/ --since 7d\tfrom trail files\n"
		"keysnare investigate key AKIAIOSFODNN7EXAMPLE --html key.html\ta page to hand on",
	.options = ks_inquest_options,
	.option_count = KS_INQUEST_OPTIONS,
	.run = run,
};

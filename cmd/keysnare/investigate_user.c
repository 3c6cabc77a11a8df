/* keysnare investigate user. */
#include "cmd/keysnare/inquest.h"

extern const struct ks_command ks_cmd_investigate_user;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	return ks_inquest_run(app, args, &ks_cmd_investigate_user, KS_INQUIRY_USER);
}

const struct ks_command ks_cmd_investigate_user = {
	.name = "user",
	.arguments = "NAME [PATH…]",
	.summary = "everything that one principal did",
	.about =
		"NAME is any part of a principal's ARN, of its unique id with the name of a session, or "
		"of the ARN of who issued the session: a user's name, a whole ARN, a session's name; a role's ARN "
		"stands for all its sessions. Letters count in either case, as in IAM's own names. The "
		"store knows ARNs only." KS_INQUEST_ABOUT,
	.examples =
		"keysnare investigate user billing-bot logs/\twhoever has that in his name\n"
		"keysnare investigate user arn:aws:iam::123456789012:role/deploy logs/\tall sessions of a role",
	.options = ks_inquest_options,
	.option_count = KS_INQUEST_OPTIONS,
	.run = run,
};

/* keysnare investigate ip. */
#include "cmd/keysnare/inquest.h"

extern const struct ks_command ks_cmd_investigate_ip;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	return ks_inquest_run(app, args, &ks_cmd_investigate_ip, KS_INQUIRY_IP);
}

const struct ks_command ks_cmd_investigate_ip = {
	.name = "ip",
	.arguments = "ADDRESS [PATH…]",
	.summary = "everything that came from one address or network",
	.about =
		"ADDRESS is IPv4 or IPv6, in any spelling (::ffff:198.51.100.7 is 198.51.100.7), or "
		"a network such as 198.51.100.0/24." KS_INQUEST_ABOUT,
	.examples =
		"keysnare investigate ip 198.51.100.7\tfrom the store\n"
		"keysnare investigate ip 2001:db8::/32 logs/ --format json\ta network, for other programs",
	.options = ks_inquest_options,
	.option_count = KS_INQUEST_OPTIONS,
	.run = run,
};

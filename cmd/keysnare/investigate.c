/* keysnare investigate: everything that one key, principal or address did. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_investigate_key;
extern const struct ks_command ks_cmd_investigate_user;
extern const struct ks_command ks_cmd_investigate_ip;

static const struct ks_command *const subs[] = { &ks_cmd_investigate_key, &ks_cmd_investigate_user,
	&ks_cmd_investigate_ip };

const struct ks_command ks_cmd_investigate = {
	.name = "investigate",
	.arguments = "",
	.summary = "everything that one key, principal or address did",
	.about =
		"Adds up what one access key, one principal or one address did, from the store or from trail files, "
		"and says who else shares its addresses, agents and sessions.",
	.examples =
		"keysnare investigate key AKIAIOSFODNN7EXAMPLE\twhat a key did\n"
		"keysnare investigate user billing-bot logs/\twhat a user did\n"
		"keysnare investigate ip 198.51.100.7 logs/\twhat came from an address",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};

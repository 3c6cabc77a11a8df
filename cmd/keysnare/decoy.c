/* keysnare decoy: the fleet of decoys. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_decoy_list;
extern const struct ks_command ks_cmd_decoy_show;
extern const struct ks_command ks_cmd_decoy_check;
extern const struct ks_command ks_cmd_decoy_rotate;
extern const struct ks_command ks_cmd_decoy_finish;
extern const struct ks_command ks_cmd_decoy_retire;
extern const struct ks_command ks_cmd_decoy_trip;
extern const struct ks_command ks_cmd_decoy_import;
extern const struct ks_command ks_cmd_decoy_export;

static const struct ks_command *const subs[] = {
	&ks_cmd_decoy_list, &ks_cmd_decoy_show, &ks_cmd_decoy_check, &ks_cmd_decoy_rotate,
	&ks_cmd_decoy_finish, &ks_cmd_decoy_retire, &ks_cmd_decoy_trip, &ks_cmd_decoy_import,
	&ks_cmd_decoy_export,
};

const struct ks_command ks_cmd_decoy = {
	.name = "decoy",
	.arguments = "",
	.summary = "look after the decoys that were planted",
	.about =
		"The decoys that the store knows: those that plant made, and those that were imported. A decoy "
		"is named by its name or by its key id.",
	.examples =
		"keysnare decoy list\twhich decoys there are, and where\n"
		"keysnare decoy check\twhether every bait is still in its place\n"
		"keysnare decoy rotate web01\tgive one a new key, in the same place\n"
		"keysnare decoy trip web01\tuse one, and see whether the alarm comes\n"
		"keysnare decoy retire web01\ttake one away again",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};

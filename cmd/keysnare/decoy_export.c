/* keysnare decoy export: the decoys as JSON lines, for another store. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"

extern const struct ks_command ks_cmd_decoy_export;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_decoy_view_fleet fleet;
	struct ks_err err = { 0 };

	if (ks_decoy_view_open(app, KS_DB_READ, &args->arguments, &fleet, &err) != 0)
		return ks_command_fail(&err);
	for (size_t i = 0; i < fleet.chosen.n; i++) {
		struct ks_json *json = ks_decoy_view_json(KS_VEC_AT(&fleet.chosen, struct ks_decoy, i));

		ks_printer_line(stdout, json);
		ks_json_free(json);
	}
	ks_decoy_view_close(&fleet);
	return KS_EXIT_DONE;
}

const struct ks_command ks_cmd_decoy_export = {
	.name = "export",
	.arguments = "[NAME…]",
	.summary = "write the decoys as JSON lines, for another store",
	.about =
		"One JSON object a line for each decoy, or for those that are named, whatever --format says. It "
		"is what 'decoy import' reads. There is never a secret in it, but it tells which keys are "
		"decoys and where they are: treat it so.",
	.examples =
		"keysnare decoy export > decoys.jsonl\tall of them\n"
		"keysnare decoy export | ssh hunter keysnare decoy import --from -\tinto the store of another "
		"host",
	.run = run,
};

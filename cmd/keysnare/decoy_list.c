/* keysnare decoy list: which decoys there are, and where. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"

extern const struct ks_command ks_cmd_decoy_list;

/* What is under way with a decoy that is in the list, or may be left: not a settled one. */
static const struct ks_minting *trouble_of(const struct ks_decoy_view_fleet *fleet,
	const struct ks_decoy *decoy)
{
	const struct ks_minting *minting = ks_decoy_view_minting(fleet, decoy);

	return minting != NULL && minting->goal != KS_MINTING_SETTLED ? minting : NULL;
}

/* A decoy that has no key yet. */
static struct ks_json *json_of(const struct ks_minting *minting)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "name", minting->name);
	ks_json_add_null(json, "key_id");
	ks_json_add_text(json, "kind", "live");
	ks_json_add_text(json, "state", "unfinished");
	ks_json_add_str(json, "account", minting->account);
	ks_json_add_str(json, "user_name", minting->user_name);
	ks_json_add_str(json, "user_id", minting->user_id.n > 0 ? minting->user_id : (struct ks_str){ NULL, 0 });
	return json;
}

static void add_unfinished(struct ks_json *json, const struct ks_minting *minting)
{
	ks_json_add_text(json, "under_way", ks_minting_goal_name(minting->goal));
	ks_json_add_text(json, "stage", ks_minting_stage_text(minting));
	ks_json_add_str(json, "trouble", minting->trouble.n > 0 ? minting->trouble : (struct ks_str){ NULL, 0 });
}

static void print_json(const struct ks_decoy_view_fleet *fleet, bool is_lines)
{
	struct ks_printer printer = ks_printer_begin(stdout, is_lines);
	struct ks_json *json;

	for (size_t i = 0; i < fleet->all.n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(&fleet->all, struct ks_decoy, i);

		json = ks_decoy_view_json(decoy);
		if (trouble_of(fleet, decoy) != NULL)
			add_unfinished(json, trouble_of(fleet, decoy));
		ks_printer_add(&printer, json);
	}
	for (size_t i = 0; i < fleet->unfinished.n; i++) {
		json = json_of(KS_VEC_AT(&fleet->unfinished, struct ks_minting, i));
		add_unfinished(json, KS_VEC_AT(&fleet->unfinished, struct ks_minting, i));
		ks_printer_add(&printer, json);
	}
	ks_printer_end(&printer);
}

/* The names decide how wide their column is; what varies without bound comes last. */
static void print_row(const struct ks_decoy *decoy, int width, int bait_width)
{
	ks_decoy_view_print(stdout, decoy->name, width);
	printf("  " KS_STR_FMT "  %-7s  %-8s  ", KS_STR_ARG(decoy->key_id), ks_registry_kind_name(decoy->kind),
		ks_registry_state_name(decoy->state));
	ks_decoy_view_print(stdout, decoy->bait.n > 0 ? decoy->bait : KS_STR("-"), bait_width);
	printf("  ");
	ks_decoy_view_print(stdout, decoy->placement, 0);
	if (decoy->label.n > 0 && !ks_str_is_equal(decoy->label, decoy->placement)) {
		printf("  (");
		ks_decoy_view_print(stdout, decoy->label, 0);
		printf(")");
	}
	printf("\n");
}

/* What was interrupted, each once. */
static void print_unfinished(const struct ks_decoy_view_fleet *fleet)
{
	for (size_t i = 0; i < fleet->mintings.n; i++) {
		const struct ks_minting *minting = KS_VEC_AT(&fleet->mintings, struct ks_minting, i);

		if (minting->goal != KS_MINTING_SETTLED)
			ks_decoy_view_unfinished(stdout, minting);
		else if (ks_decoy_view_is_left(fleet, minting))
			printf("'" KS_STR_FMT "' is retired, and its %s '" KS_STR_FMT "' is still in account " KS_STR_FMT
				": 'keysnare decoy retire " KS_STR_FMT "' takes %s away\n", KS_STR_ARG(minting->name),
				minting->is_user_made ? "user" : "key of user", KS_STR_ARG(minting->user_name),
				KS_STR_ARG(minting->account), KS_STR_ARG(minting->name), minting->is_user_made ? "the user" :
				"the key");
	}
}

static void print_text(const struct ks_decoy_view_fleet *fleet)
{
	const struct ks_vec *decoys = &fleet->all;
	int width = 4, bait_width = 16;
	size_t planned = 0;

	for (size_t i = 0; i < decoys->n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(decoys, struct ks_decoy, i);

		width = (int)decoy->name.n > width ? (int)decoy->name.n : width;
		bait_width = (int)decoy->bait.n > bait_width ? (int)decoy->bait.n : bait_width;
	}
	if (decoys->n > 0)
		printf("%-*s  %-20s  %-7s  %-8s  %-*s  %s\n", width, "NAME", "KEY ID", "KIND", "STATE",
			bait_width, "BAIT", "PLACEMENT");
	for (size_t i = 0; i < decoys->n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(decoys, struct ks_decoy, i);

		print_row(decoy, width, bait_width);
		planned += decoy->state == KS_DECOY_PLANNED && trouble_of(fleet, decoy) == NULL;
	}
	print_unfinished(fleet);
	if (planned > 0)
		fprintf(stderr, "%zu left as 'planned': plant was interrupted there. The key is watched; "
			"'keysnare decoy check' tells whether its bait was written.\n", planned);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_decoy_view_fleet fleet;
	struct ks_err err = { 0 };

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_decoy_list, "unexpected argument '%s'",
			*KS_VEC_AT(&args->arguments, const char *, 0));
	if (ks_decoy_view_open_any(app, KS_DB_READ, &args->arguments, &fleet, &err) != 0)
		return ks_command_fail(&err);
	if (app->format == KS_FORMAT_TEXT)
		print_text(&fleet);
	else
		print_json(&fleet, app->format == KS_FORMAT_JSONL);
	if (fleet.all.n == 0 && fleet.unfinished.n == 0)
		fprintf(stderr, "no decoys yet: 'keysnare plant -h' shows how to make one\n");
	ks_decoy_view_close(&fleet);
	return KS_EXIT_DONE;
}

const struct ks_command ks_cmd_decoy_list = {
	.name = "list",
	.arguments = "",
	.summary = "list the decoys that were planted",
	.about =
		"One line a decoy, oldest first. The state is 'planted' when the bait is in its place, "
		"'printed' when it went to standard output, 'imported' when it was made elsewhere, 'retired' when "
		"it was taken away (its key is watched all the same), 'planned' when plant was interrupted. "
		"--format json or jsonl gives every detail.\n"
		"\n"
		"When something that is made in AWS was interrupted, the lines below the table say how far it came, "
		"what may be there, and what to do: 'decoy finish' goes on, 'decoy retire' takes it away.",
	.examples =
		"keysnare decoy list\ta table\n"
		"keysnare decoy list --format jsonl\tone JSON object a line",
	.run = run,
};

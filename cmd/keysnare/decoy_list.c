/* keysnare decoy list: which decoys there are, and where. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_view.h"

#include "lib/store/schema.h"

extern const struct ks_command ks_cmd_decoy_list;

/* A store that is not there yet holds no decoys. */
static int load(struct ks_app *app, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_db *db = NULL;
	int rc = ks_schema_open(app->ctx, app->store_path, KS_DB_READ, &db, err);

	if (rc != 0 && err->code == KS_ERR_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = ks_registry_list(db, arena, out, err);
	ks_db_close(db);
	return rc;
}

static void print_json(const struct ks_vec *decoys, bool is_lines)
{
	struct ks_json *all = ks_json_new_array();

	for (size_t i = 0; i < decoys->n; i++) {
		struct ks_json *json = ks_decoy_view_json(KS_VEC_AT(decoys, struct ks_decoy, i));

		if (is_lines) {
			ks_decoy_view_line(stdout, json);
			ks_json_free(json);
		} else {
			ks_json_add(all, NULL, json);
		}
	}
	if (!is_lines)
		ks_decoy_view_line(stdout, all);
	ks_json_free(all);
}

/* The names decide how wide their column is; what varies without bound comes last. */
static void print_text(const struct ks_vec *decoys)
{
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

		ks_decoy_view_print(stdout, decoy->name, width);
		printf("  " KS_STR_FMT "  %-7s  %-8s  ", KS_STR_ARG(decoy->key_id),
			ks_registry_kind_name(decoy->kind), ks_registry_state_name(decoy->state));
		ks_decoy_view_print(stdout, decoy->bait.n > 0 ? decoy->bait : KS_STR("-"), bait_width);
		printf("  ");
		ks_decoy_view_print(stdout, decoy->placement, 0);
		if (decoy->label.n > 0 && !ks_str_is_equal(decoy->label, decoy->placement)) {
			printf("  (");
			ks_decoy_view_print(stdout, decoy->label, 0);
			printf(")");
		}
		printf("\n");
		planned += decoy->state == KS_DECOY_PLANNED;
	}
	if (planned > 0)
		fprintf(stderr, "%zu left as 'planned': plant was interrupted there. The key is watched; "
			"'keysnare decoy check' tells whether its bait was written.\n", planned);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_vec decoys = KS_VEC_OF(struct ks_decoy);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_decoy_list, "unexpected argument '%s'",
			*KS_VEC_AT(&args->arguments, const char *, 0));
	if (load(app, &arena, &decoys, &err) != 0) {
		status = ks_command_fail(&err);
	} else {
		if (app->format == KS_FORMAT_TEXT)
			print_text(&decoys);
		else
			print_json(&decoys, app->format == KS_FORMAT_JSONL);
		if (decoys.n == 0)
			fprintf(stderr, "no decoys yet: 'keysnare plant -h' shows how to make one\n");
	}
	ks_vec_release(&decoys);
	ks_arena_release(&arena);
	return status;
}

const struct ks_command ks_cmd_decoy_list = {
	.name = "list",
	.arguments = "",
	.summary = "list the decoys that were planted",
	.about =
		"One line a decoy, oldest first. The state is 'planted' when the bait is in its place, "
		"'printed' when it went to standard output, 'imported' when it was made elsewhere, 'retired' when "
		"it was taken away (its key is watched all the same), 'planned' when plant was interrupted. "
		"--format json or jsonl gives every detail.",
	.examples =
		"keysnare decoy list\ta table\n"
		"keysnare decoy list --format jsonl\tone JSON object a line",
	.run = run,
};

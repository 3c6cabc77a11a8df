/* keysnare decoy show: all that the store knows of a decoy. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/base/time.h"
#include "lib/incident/silentuse.h"

extern const struct ks_command ks_cmd_decoy_show;

static void print_text(const struct ks_decoy *decoy)
{
	char created[KS_TIME_TEXT], changed[KS_TIME_TEXT];

	printf("decoy '" KS_STR_FMT "'\n", KS_STR_ARG(decoy->name));
	printf("  state    %s since %s\n", ks_registry_state_name(decoy->state),
		ks_time_render(decoy->changed_ms, changed));
	ks_decoy_view_row(stdout, "key id", decoy->key_id);
	printf("  kind     %s\n", ks_registry_kind_name(decoy->kind));
	ks_decoy_view_row(stdout, "account", decoy->account);
	ks_decoy_view_row(stdout, "user", decoy->user_name);
	ks_decoy_view_row(stdout, "user id", decoy->user_id);
	ks_decoy_view_row(stdout, "rights", decoy->rights);
	ks_decoy_view_row(stdout, "region", decoy->region);
	ks_decoy_view_row(stdout, "label", decoy->label);
	ks_decoy_view_row(stdout, "bait", decoy->bait);
	ks_decoy_view_row(stdout, "where", decoy->placement);
	if (decoy->form == KS_PLACEMENT_FILE || decoy->form == KS_PLACEMENT_SECTION)
		printf("  written  %lld bytes at %lld, mode %04o\n", (long long)decoy->written_size,
			(long long)decoy->written_offset, (unsigned)decoy->file_mode);
	ks_decoy_view_row(stdout, "replaces", decoy->replaces);
	printf("  created  %s\n", ks_time_render(decoy->created_ms, created));
}

/* What 'watch' heard of IAM about its last use; nothing where it never asked. */
static void print_last_use(const struct ks_silentuse *use)
{
	char used[KS_TIME_TEXT], asked[KS_TIME_TEXT], raised[KS_TIME_TEXT];

	if (use->asked_ms != KS_TIME_NONE && use->used_ms == KS_TIME_NONE)
		printf("  last use never, says IAM as of %s\n", ks_time_render(use->asked_ms, asked));
	else if (use->asked_ms != KS_TIME_NONE)
		printf("  last use %s, " KS_STR_FMT " in " KS_STR_FMT ", says IAM as of %s\n",
			ks_time_render(use->used_ms, used), KS_STR_ARG(use->service), KS_STR_ARG(use->region),
			ks_time_render(use->asked_ms, asked));
	if (use->wait_until_ms != KS_TIME_NONE)
		printf("           an event may still explain it until %s\n",
			ks_time_render(use->wait_until_ms, raised));
	if (use->raised_ms != KS_TIME_NONE)
		printf("           no event explains the use of %s: incident %lld\n",
			ks_time_render(use->raised_ms, raised), (long long)use->incident);
	if (use->error.n > 0)
		ks_decoy_view_row(stdout, "not told", use->error);
}

static void add_last_use(struct ks_json *json, const struct ks_silentuse *use)
{
	struct ks_json *part = ks_json_new_object();

	ks_json_add_time(part, "asked", use->asked_ms);
	ks_json_add_time(part, "used", use->used_ms);
	ks_json_add_str(part, "service", use->service);
	ks_json_add_str(part, "region", use->region);
	ks_json_add_str(part, "error", use->error);
	ks_json_add_time(part, "waits_until", use->wait_until_ms);
	ks_json_add_time(part, "unexplained", use->raised_ms);
	if (use->incident != 0)
		ks_json_add_int(part, "incident", use->incident);
	else
		ks_json_add_null(part, "incident");
	ks_json_add(json, "last_use", part);
}

static struct ks_json *json_of(const struct ks_decoy *decoy)
{
	struct ks_json *json = ks_decoy_view_json(decoy);
	bool is_written = decoy->form == KS_PLACEMENT_FILE || decoy->form == KS_PLACEMENT_SECTION;
	char changed[KS_TIME_TEXT];

	ks_json_add_text(json, "changed", ks_time_render(decoy->changed_ms, changed));
	if (is_written) {
		ks_json_add_int(json, "written_offset", decoy->written_offset);
		ks_json_add_int(json, "written_size", decoy->written_size);
	} else {
		ks_json_add_null(json, "written_offset");
		ks_json_add_null(json, "written_size");
	}
	return json;
}

static void print(const struct ks_app *app, struct ks_decoy_view_fleet *fleet)
{
	const struct ks_vec *decoys = &fleet->chosen;
	struct ks_printer printer = ks_printer_begin(stdout, app->format != KS_FORMAT_JSON);

	for (size_t i = 0; i < decoys->n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(decoys, struct ks_decoy, i);
		const struct ks_minting *minting = ks_decoy_view_minting(fleet, decoy);
		struct ks_silentuse use;
		struct ks_err ignored = { 0 };
		bool is_asked = false;

		ks_silentuse_find(fleet->db, decoy->key_id, &fleet->arena, &use, &is_asked, &ignored);
		if (app->format != KS_FORMAT_TEXT) {
			struct ks_json *json = json_of(decoy);

			if (is_asked)
				add_last_use(json, &use);
			ks_printer_add(&printer, json);
			continue;
		}
		print_text(decoy);
		if (is_asked)
			print_last_use(&use);
		if (minting != NULL && minting->goal != KS_MINTING_SETTLED)
			ks_decoy_view_unfinished(stdout, minting);
	}
	ks_printer_end(&printer);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_decoy_view_fleet fleet;
	struct ks_err err = { 0 };

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_decoy_show, "say which decoy, by name or key id");
	if (ks_decoy_view_open(app, KS_DB_READ, &args->arguments, &fleet, &err) != 0)
		return ks_command_fail(&err);
	print(app, &fleet);
	ks_decoy_view_close(&fleet);
	return KS_EXIT_DONE;
}

const struct ks_command ks_cmd_decoy_show = {
	.name = "show",
	.arguments = "NAME…",
	.summary = "show all that the store knows of a decoy",
	.about =
		"What is known of one or more decoys, each by its name or its key id. The secret is not among "
		"it: the store has never had it. What became of the bait is for 'decoy check' to say. Of a live "
		"decoy it also says what IAM told a running 'watch' about its last use.",
	.examples =
		"keysnare decoy show web01\tby name\n"
		"keysnare decoy show AKIARTX3GSDSSFJ45C3O --format json\tby key id",
	.run = run,
};

/* keysnare respond pause: nothing is sent to contain, until somebody resumes. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/incident_view.h"

#include "lib/base/text.h"
#include "lib/codec/json.h"
#include "lib/engine/config.h"
#include "lib/respond/pause.h"

#include <stdio.h>

extern const struct ks_command ks_cmd_respond_pause;

static void print(const struct ks_app *app, const char *path, const char *says, bool is_new)
{
	struct ks_buf line;

	ks_buf_init(&line, 1u << 20);
	if (app->format == KS_FORMAT_TEXT) {
		ks_text_add_terminal(&line, ks_str_of(says));
		printf("%s %s\n", is_new ? "paused" : "was paused already", ks_buf_str(&line).p);
		ks_buf_clear(&line);
		ks_text_add_terminal(&line, ks_str_of(path));
		printf("nothing is sent to AWS to contain or to undo while there is %s\n"
			"trails are read and notices are sent as before; 'keysnare respond resume' ends the pause\n",
			ks_buf_str(&line).p);
	} else {
		struct ks_json *json = ks_json_new_object();

		ks_json_add_bool(json, "paused", true);
		ks_json_add_bool(json, "changed", is_new);
		ks_json_add_text(json, "file", path);
		ks_json_add_text(json, "says", says);
		ks_json_render(json, &line);
		printf("%s\n", ks_buf_str(&line).p);
		ks_json_free(json);
	}
	ks_buf_release(&line);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct ks_str reason;
	struct ks_buf who;
	const char *path;
	bool is_new;
	int rc;

	if (args->arguments.n > 1)
		return ks_command_usage(&ks_cmd_respond_pause, "give the reason as one argument, in quotes");
	reason = ks_str_of(args->arguments.n == 1 ? *KS_VEC_AT(&args->arguments, const char *, 0) : NULL);
	ks_buf_init(&who, 1024);
	path = ks_config_pause_path(app->config, app->store_path, &arena);
	rc = ks_pause_set(path, ks_incident_view_who(app, args, &who), reason, ks_ctx_now(app->ctx), &is_new,
		&err);
	if (rc == 0)
		print(app, path, ks_pause_read(path, &arena), is_new);
	ks_buf_release(&who);
	ks_arena_release(&arena);
	return rc != 0 ? ks_command_fail(&err) : KS_EXIT_DONE;
}

static const struct ks_opt options[] = { KS_INCIDENT_VIEW_WHO };

const struct ks_command ks_cmd_respond_pause = {
	.name = "pause",
	.arguments = "[REASON]",
	.summary = "stop acting: nothing is sent to AWS to contain",
	.about =
		"Writes the pause file. While it is there, no program on this store or with this config sends a "
			"step "
		"or takes one back, approved or not; what runs stops before its next step. Trails are read, "
			"incidents "
		"are kept and notices are sent as before. Who paused, when and why is told wherever something is "
		"refused for it. Pausing twice changes nothing.\n"
		"\n"
		"The file is 'paused' beside the store, unless pause_file of the config or KEYSNARE_PAUSE_FILE says "
		"otherwise; making one by hand (touch) does as well.",
	.examples =
		"keysnare respond pause\tat once\n"
		"keysnare respond pause 'release until 18:00, ask Kim first'\twith a reason, which whoever is "
			"refused "
		"will read",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

/* keysnare respond resume: ends a pause. */
#include "cmd/keysnare/command.h"

#include "lib/base/text.h"
#include "lib/codec/json.h"
#include "lib/engine/config.h"
#include "lib/respond/pause.h"

#include <stdio.h>

extern const struct ks_command ks_cmd_respond_resume;

static void print(const struct ks_app *app, const char *path, const char *said, bool was_there)
{
	struct ks_buf line;

	ks_buf_init(&line, 1u << 20);
	if (app->format == KS_FORMAT_TEXT) {
		ks_text_add_terminal(&line, ks_str_of(said));
		if (was_there)
			printf("resumed; it was paused %s\n", ks_buf_str(&line).p);
		else
			printf("nothing was paused\n");
	} else {
		struct ks_json *json = ks_json_new_object();

		ks_json_add_bool(json, "paused", false);
		ks_json_add_bool(json, "changed", was_there);
		ks_json_add_text(json, "file", path);
		ks_json_add_text(json, "said", said);
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
	const char *path, *said;
	bool was_there;
	int rc;

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_respond_resume, "'resume' takes no arguments");
	path = ks_config_pause_path(app->config, app->store_path, &arena);
	said = ks_pause_read(path, &arena);
	rc = ks_pause_clear(path, &was_there, &err);
	if (rc == 0)
		print(app, path, said, was_there);
	ks_arena_release(&arena);
	return rc != 0 ? ks_command_fail(&err) : KS_EXIT_DONE;
}

const struct ks_command ks_cmd_respond_resume = {
	.name = "resume",
	.arguments = "",
	.summary = "act again after a pause",
	.about =
		"Removes the pause file and says what stood in it. Plans that were approved before the pause and "
			"are "
		"still good can be run then; nothing is caught up on by itself. Resuming twice changes nothing.",
	.examples = "keysnare respond resume\tsays who had paused, and why",
	.run = run,
};

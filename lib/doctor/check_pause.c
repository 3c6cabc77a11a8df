/* The pause file: while it is there nothing is sent. */
#include "lib/doctor/check.h"

#include "lib/base/file.h"

#define PAUSE_MOST 4096

static void run(struct ks_check_state *state)
{
	struct ks_err err = { 0 };
	struct ks_buf text;

	if (state->pause_path == NULL || !ks_file_is_there(state->pause_path)) {
		ks_check_add(state, KS_CHECK_OK, NULL, "containment is not paused");
		return;
	}
	ks_buf_init(&text, PAUSE_MOST);
	if (ks_file_load(state->pause_path, &text, &err) != 0)
		ks_buf_clear(&text);
	struct ks_str why = ks_str_trim(ks_buf_str(&text));
	ks_check_add(state, KS_CHECK_WARNING, "keysnare respond resume",
		"containment is paused by '%s'%s" KS_STR_FMT, state->pause_path, why.n > 0 ? ": " : "",
		KS_STR_ARG(why));
	ks_buf_release(&text);
}

const struct ks_check ks_check_pause = {
	.name = "pause",
	.summary = "nobody has paused containment",
	.run = run,
};

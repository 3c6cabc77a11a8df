/* The pause file: while it is there nothing is sent. */
#include "lib/doctor/check.h"

#include "lib/respond/pause.h"

static void run(struct ks_check_state *state)
{
	const char *paused = ks_pause_read(state->pause_path, &state->arena);

	if (paused == NULL)
		ks_check_add(state, KS_CHECK_OK, NULL, "containment is not paused");
	else
		ks_check_add(state, KS_CHECK_WARNING, "keysnare respond resume", "containment is paused %s ('%s')",
			paused, state->pause_path);
}

const struct ks_check ks_check_pause = {
	.name = "pause",
	.summary = "nobody has paused containment",
	.run = run,
};

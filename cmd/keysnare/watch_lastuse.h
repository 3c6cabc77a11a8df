/*
 * What keysnare watch adds about uses that no trail records: asks IAM when each live decoy was used last,
 * and
 * says on stderr what came of it.
 */
#ifndef KS_CMD_WATCH_LASTUSE_H
#define KS_CMD_WATCH_LASTUSE_H

#include "cmd/keysnare/command.h"

#include "lib/engine/lastuse.h"
#include "lib/engine/watch.h"

struct ks_watch_lastuse {
	const struct ks_app *app;
	struct ks_settings settings;
	struct ks_arena arena;           /* of the accounts */
	struct ks_lastuse *lastuse;      /* NULL: nothing is asked */
};

/* Begins, unless the option says never or the run reads once. The config is filled, its settings too;
 * lastuse
 * is zeroed before. What AWS or the config lacks is said, and no error. Errors: USAGE (the option); the
 * store's. */
int ks_watch_lastuse_start(struct ks_watch_lastuse *lastuse, const struct ks_app *app,
	const struct ks_opt_args *args, const struct ks_watch_config *config, struct ks_err *err);
void ks_watch_lastuse_finish(struct ks_watch_lastuse *lastuse);

#define KS_WATCH_LASTUSE_OPTION \
	{ .kind = KS_OPT_VALUE, .name = "last-use", .metavar = "TIME", .fallback = "15m", \
		.help = "ask IAM so often when each live decoy was used last, two keys a second at most; " \
			"0: never. Not with --once" }

#endif

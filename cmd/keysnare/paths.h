/*
 * Where things are: the shipped policies and templates, and the store. Asked once, by main.c.
 */
#ifndef KS_CMD_PATHS_H
#define KS_CMD_PATHS_H

#include "lib/base/ctx.h"
#include "lib/base/opt.h"

struct ks_paths {
	struct ks_buf policies;    /* --policies, KEYSNARE_POLICIES, else policies/ of the data directory */
	struct ks_buf templates;   /* templates/ of the data directory */
	struct ks_buf store; /* --store, KEYSNARE_STORE, XDG_DATA_HOME/…, ~/.local/share/keysnare/keysnare.db */
};

void ks_paths_init(struct ks_paths *paths);
void ks_paths_release(struct ks_paths *paths);

/* Fills all three. The data directory is KEYSNARE_DATADIR, else what lies beside the running program (the
 * source tree for build/<variant>/keysnare, ../share/keysnare when installed), else the prefix it was built
 * for. A directory that somebody named must be there. Errors: USAGE for an option, CONFIG for a variable. */
int ks_paths_find(struct ks_paths *paths, const struct ks_ctx *ctx, const struct ks_opt_args *args,
	struct ks_err *err);

#endif

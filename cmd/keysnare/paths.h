/*
 * Where things are: the shipped policies and templates, the store, and the config, which is read here since
 * it may say where the others are. Asked once, by main.c.
 */
#ifndef KS_CMD_PATHS_H
#define KS_CMD_PATHS_H

#include "cmd/keysnare/command.h"

#include "lib/engine/config.h"

struct ks_paths_found {
	/* --policies, KEYSNARE_POLICIES, the config's, else policies/ of the data directory */
	struct ks_buf policies;
	struct ks_buf templates;   /* templates/ of the data directory */
	struct ks_buf drills;      /* drills/ likewise */
	/* --store, KEYSNARE_STORE, the config's, XDG_DATA_HOME/…, ~/.local/share/keysnare/keysnare.db */
	struct ks_buf store;
	/* --config, KEYSNARE_CONFIG, else keysnare.yml beside the store: where it is, or would be made */
	struct ks_buf config_path;
	struct ks_config config;   /* what it says; as without one when there is none */
};

void ks_paths_init(struct ks_paths_found *paths);
void ks_paths_release(struct ks_paths_found *paths);

/* Fills all of it; need says what is done about the config. The data directory is KEYSNARE_DATADIR, else
 * what lies beside the running program (the
 * source tree for build/<variant>/keysnare, ../share/keysnare when installed), else the prefix it was built
 * for. A directory or a config that somebody named must be there. Errors: USAGE for an option, CONFIG for a
 * variable and for a config with problems; these are told one by one on stderr, and err counts them. */
int ks_paths_find(struct ks_paths_found *paths, const struct ks_ctx *ctx, const struct ks_opt_args *args,
	enum ks_config_need need, struct ks_err *err);

#endif

/*
 * Where log lines go: standard error, as text or as lines of JSON. Under systemd's journal each line says
 * how bad it is ("<3>", sd-daemon(3)), which the journal takes off and keeps.
 */
#ifndef KS_CMD_LOGSINK_H
#define KS_CMD_LOGSINK_H

#include "cmd/keysnare/command.h"

/* Lines of text, from WARNING up, until it is known what is wanted. */
void ks_logsink_init(struct ks_ctx *ctx);

/* What is wanted: by --log-format, KEYSNARE_LOG_FORMAT, the config's log_format; else JSON where a watch
 * writes JSON anyway. In JSON, INFO is told without -v. */
void ks_logsink_choose(struct ks_ctx *ctx, const struct ks_app *app, const struct ks_opt_args *args,
	bool is_watch);

/* What a line on standard error begins with: "<3>" and the like for the journal, else nothing. */
const char *ks_logsink_prefix(enum ks_log_level level);

#endif

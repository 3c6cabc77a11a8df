/*
 * Where log lines go: standard error, as text or as lines of JSON. Under systemd's journal each line says
 * how bad it is ("<3>", sd-daemon(3)), which the journal takes off and keeps.
 */
#ifndef KS_CMD_LOGSINK_H
#define KS_CMD_LOGSINK_H

#include "cmd/keysnare/command.h"

#include "lib/codec/json.h"

/* Lines of text, from WARNING up, until it is known what is wanted. */
void ks_logsink_init(struct ks_ctx *ctx);

/* What is wanted: by --log-format, KEYSNARE_LOG_FORMAT, the config's log_format; else JSON where a watch
 * writes JSON anyway. In JSON, INFO is told without -v. */
void ks_logsink_choose(struct ks_ctx *ctx, const struct ks_app *app, const struct ks_opt_args *args,
	bool is_watch);

/* Whether what a watch says on standard error is JSON: its log lines are, or --format says so. */
bool ks_logsink_is_json(const struct ks_app *app);

/* A line about how it goes, with time, level and status; the caller adds to it. end writes it, in one piece,
 * and frees it. */
struct ks_json *ks_logsink_begin(const struct ks_app *app, enum ks_log_level level, const char *status);
void ks_logsink_end(struct ks_json *json, enum ks_log_level level);

/* What a line on standard error begins with: "<3>" and the like for the journal, else nothing. */
const char *ks_logsink_prefix(enum ks_log_level level);

#endif

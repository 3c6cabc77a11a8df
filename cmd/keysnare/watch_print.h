/*
 * What keysnare watch says on stderr while it runs: lines for people, or JSON objects with --format json or
 * jsonl. Standard output is for notices alone.
 */
#ifndef KS_CMD_WATCH_PRINT_H
#define KS_CMD_WATCH_PRINT_H

#include "cmd/keysnare/command.h"

#include "lib/engine/watch.h"
#include "lib/notify/delivery.h"

struct ks_watch_print {
	const struct ks_app *app;
	const struct ks_watch_config *config;
	struct ks_vec incidents;         /* of this run: id and level */
};

/* config is borrowed: its watchlist and database are asked. */
void ks_watch_print_begin(struct ks_watch_print *print, const struct ks_app *app,
	const struct ks_watch_config *config);
void ks_watch_print_release(struct ks_watch_print *print);    /* zeroed is fine */

void ks_watch_print_news(struct ks_watch_print *print, enum ks_watch_news what, int64_t n);
void ks_watch_print_problem(struct ks_watch_print *print, const char *name, uint64_t offset,
	const struct ks_err *err);
void ks_watch_print_end(struct ks_watch_print *print, const struct ks_watch_summary *summary,
	const struct ks_delivery_summary *delivered);

#endif

/*
 * What keysnare watch says on stderr while it runs: lines for people, or JSON objects where log
 * lines are JSON and with --format json or jsonl. Standard output is for notices alone.
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
	struct ks_buf problem_name;      /* what could not be read last, in text */
	uint64_t problems;               /* of it, since it is the last one */
	int64_t problem_ms;              /* when that began */
	uint64_t undecided;              /* named */
	struct ks_vec unread;            /* int64_t: places of sources that could not be read */
};

/* config is borrowed: its watchlist and database are asked. */
void ks_watch_print_begin(struct ks_watch_print *print, const struct ks_app *app,
	const struct ks_watch_config *config);
void ks_watch_print_release(struct ks_watch_print *print);    /* zeroed is fine */

void ks_watch_print_news(struct ks_watch_print *print, enum ks_watch_news what, int64_t n);
/* The first few of a file come one by one; the rest are counted, and said with the next file's, at the end,
 * or by settle once some seconds are over. Programs get all. */
void ks_watch_print_problem(struct ks_watch_print *print, const char *name, uint64_t offset,
	const struct ks_err *err);
/* The first KS_LIMIT_UNDECIDED of a run one by one; programs get all. */
void ks_watch_print_undecided(struct ks_watch_print *print, const struct ks_rule *rule,
	struct ks_str event_id, const char *source, uint64_t offset);
void ks_watch_print_settle(struct ks_watch_print *print);
void ks_watch_print_end(struct ks_watch_print *print, const struct ks_watch_summary *summary,
	const struct ks_delivery_summary *delivered);

#endif

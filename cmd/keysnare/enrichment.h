/*
 * What commands know of addresses and actors: the shipped address lists, and those and the databases that
 * the user names.
 */
#ifndef KS_CMD_ENRICHMENT_H
#define KS_CMD_ENRICHMENT_H

#include "cmd/keysnare/command.h"

#include "lib/engine/enrich.h"

/* Where the shipped lists are below the policies directory. */
#define KS_ENRICHMENT_LISTS "intel/addresses"

struct ks_enrichment {
	struct ks_enrich_sources sources;
	struct ks_netlist *lists;
	size_t shipped;              /* categories of the shipped lists; those of the user's come behind them */
	uint64_t problems;           /* lines of lists that could not be read; they are told on stderr */
};

/* Reads --intel and --geoip, and the shipped lists where a rule of the program needs them (NULL: in
 * any case). A line of a list
 * that is none is told and counted, and the rest goes on. Errors: USAGE (a path that cannot be read),
 * CONFIG (a broken database). release also after an error. */
int ks_enrichment_load(struct ks_enrichment *enrichment, const struct ks_app *app,
	const struct ks_opt_args *args, const struct ks_program *program, struct ks_err *err);
void ks_enrichment_release(struct ks_enrichment *enrichment);

/* Warns of categories (the first 20) of the user's lists that no rule of the program reads: a list under
 * a name that means nothing does nothing. */
void ks_enrichment_tell_unread(const struct ks_enrichment *enrichment, const struct ks_app *app,
	const struct ks_program *program);

/* Says at the end whether a database turned out to be damaged, which counts as a problem. */
void ks_enrichment_end(struct ks_enrichment *enrichment);

/* A stretch of time such as 30m, 24h or 7d; option is its name. Errors: USAGE. */
int ks_enrichment_time(const struct ks_app *app, const struct ks_opt_args *args, const char *option,
	const char *fallback, int64_t *out_ms, struct ks_err *err);

/* Rows for the commands' tables of options. */
#define KS_ENRICHMENT_OPTIONS \
	{ .kind = KS_OPT_LIST, \
		.name = "intel", \
		.metavar = "PATH", \
		.help = "address lists beside the shipped ones, a file or a directory of .txt: ip.category" }, \
	{ .kind = KS_OPT_LIST, \
		.name = "geoip", \
		.metavar = "FILE", \
		.help = "a MaxMind database (.mmdb) of countries or networks: ip.country, ip.asn" }
#define KS_ENRICHMENT_LEARNING \
	{ .kind = KS_OPT_VALUE, \
		.name = "learning-time", \
		.metavar = "TIME", \
		.fallback = "7d", \
		.help = "history that there must be before anything counts as first seen" }

#endif

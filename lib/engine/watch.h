/*
 * Follows sources: reads what is new, puts what the rules say into the store, batch by batch, and goes on
 * until it is stopped. A batch holds the events and how far they were read, in one transaction: after a
 * crash at any moment reading goes on behind the last one that was committed.
 *
 * A decoy that is planted meanwhile counts within a second. No batch is committed that was read without a
 * decoy which the store had by then, or a session of one: it is read again. When a decoy or a session of one
 * becomes known, by what is read or by another who writes to the store, what was read or changed during the
 * last hour is looked at once more for it, at most KS_WATCH_LOOK_BACK_BYTES as stored, and so are all stored
 * events of the session; that this was done is remembered, so that it survives a crash as well.
 *
 * What is read until a source had nothing more for the first time is marked as of its first run, whatever
 * is started anew meanwhile: nothing is done about that without somebody's approval. With is_once it ends
 * when every source has nothing more; one that cannot be asked is told, and not waited for for ever. It
 * ends likewise when all sources have come to an end, as standard input does.
 *
 * Where a rule reads a field below actor., every record is looked at: what is new is told by what was
 * there before; the records of some services are enough for KS_WANTS_SERVICES (wants.h). Otherwise nothing
 * is learned of actors.
 */
#ifndef KS_ENGINE_WATCH_H
#define KS_ENGINE_WATCH_H

#include "lib/aws/account.h"
#include "lib/base/ctx.h"
#include "lib/engine/ingest.h"
#include "lib/trail/source.h"
#include "lib/engine/sentry.h"

struct ks_health;

#define KS_WATCH_LOOK_BACK_MS (INT64_C(3600) * 1000)
#define KS_WATCH_LOOK_BACK_BYTES (UINT64_C(1) << 30)

/* All borrowed. */
struct ks_watch_config {
	const struct ks_ctx *ctx;
	struct ks_db *db;                     /* open for writing */
	const struct ks_program *program;
	struct ks_watchlist *watchlist;       /* the store's decoys and sessions are added */
	const char *const *specs;             /* of the sources */
	size_t spec_count;
	const enum ks_evidence_trust *trusts; /* one each; NULL: records of all can be forged */
	const char *const *notifiers;         /* names */
	size_t notifier_count;
	struct ks_enrich_sources sources;
	int64_t learn_ms;                     /* of novelty (lib/intel/novelty.h); 0: KS_NOVELTY_LEARN_MS */
	int64_t poll_ms, quiet_ms;
	bool is_once;                         /* reads what is there, then ends */
	const struct ks_account *accounts;    /* of the config: AWS's own word counts for these */
	size_t account_count;
	/* one each, for sources that are told of objects; NULL: none */
	const struct ks_source_buckets *buckets;
	/* AWS's settings for one thread of a source; NULL: there are none. */
	int (*settings)(void *arg, struct ks_settings *out, struct ks_err *err);
	void *settings_arg;
	struct ks_sentry *sentry;             /* hears how sources and the store are; NULL: nobody does */
	struct ks_health *health;             /* is told how the watch is; NULL: nobody asks */
};

enum ks_watch_news {
	KS_WATCH_STARTED,          /* n: decoys and sessions known */
	KS_WATCH_CAUGHT_UP,        /* there is nothing more to read for now; n: records so far */
	KS_WATCH_UNREAD,           /* instead, of a source that cannot be asked; n: its place among the specs */
	KS_WATCH_INCIDENT,         /* n: id of an incident that was opened or changed */
	KS_WATCH_DECOYS,           /* n: decoys that became known */
	KS_WATCH_LOOKED_BACK,      /* n: files that were looked at again */
	KS_WATCH_LOOKED_SHORT,     /* there was more to look at again than the budget allows */
	KS_WATCH_LOCKED,           /* the store is locked by somebody; once, until it is free */
	KS_WATCH_FREE,             /* it is free again */
	KS_WATCH_FULL,             /* no room for the store; once, until there is some */
	KS_WATCH_ROOM,             /* there is room again */
};

/* Rules that hold from here on. */
struct ks_watch_rules {
	const struct ks_program *program;
	struct ks_enrich_sources sources;
};

struct ks_watch_sink {
	void (*news)(void *arg, enum ks_watch_news what, int64_t n);
	/* Something cannot be read: a file, a directory, or a place in a text. */
	void (*problem)(void *arg, const char *name, uint64_t offset, const struct ks_err *err);
	/* A verdict hit a limit: perhaps a finding is lost. */
	void (*undecided)(void *arg, const struct ks_rule *rule, struct ks_str event_id, const char *source,
		uint64_t offset);
	void (*committed)(void *arg);         /* a batch; there may be notices to send; may be NULL */
	bool (*goes_on)(void *arg);           /* false ends the watch; may be NULL */
	/* Asked between two pieces, often: whether there are other rules from here on. out has the present ones;
	 * both have to last until reloaded says that the former are no longer used. What was read before is not
	 * judged again; what correlations remember is kept, by the ids of rules. May be NULL, both. */
	bool (*reload)(void *arg, struct ks_watch_rules *out);
	void (*reloaded)(void *arg);
	void *arg;
};

struct ks_watch_summary {
	struct ks_ingest_summary ingest;
	uint64_t pieces;                      /* files taken up */
	uint64_t records;                     /* CloudTrail records among what was read */
	uint64_t bytes;                       /* text that was read */
	uint64_t problems;
	uint64_t batches;                     /* committed */
	uint64_t asides;                      /* messages that nobody can read, and were kept for people */
};

/* Errors: USAGE (a source), the store's (damaged, read-only; a locked one is waited for, and room for a full
 * one, but for is_once). A stop is no
 * error. out is filled in any case. */
int ks_watch_run(const struct ks_watch_config *config, const struct ks_watch_sink *sink,
	struct ks_watch_summary *out, struct ks_err *err);

#endif

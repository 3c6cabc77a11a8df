/*
 * Reads trails once, on all cores, and gives back what the rules found: in order of time, every event
 * once, the same whatever the number of threads, the way the trails are split, or their compression.
 * Writes nothing; what is to be saved is gathered for the caller.
 */
#ifndef KS_ENGINE_HUNT_H
#define KS_ENGINE_HUNT_H

#include "lib/base/ctx.h"
#include "lib/base/walk.h"
#include "lib/engine/enrich.h"
#include "lib/engine/gather.h"
#include "lib/engine/watchlist.h"
#include "lib/report/format.h"
#include "lib/sigma/program.h"
#include "lib/trail/depot.h"
#include "lib/trail/mask.h"

/* Files that lie in a bucket: those of the request from first on, as many as the depot has. */
struct ks_hunt_depot {
	size_t first;
	struct ks_depot *depot;
};

struct ks_hunt_request {
	const struct ks_walk *files;           /* what to read; the path "-" is standard input */
	const struct ks_hunt_depot *depots;    /* by first */
	size_t depot_count;
	const struct ks_program *program;
	struct ks_watchlist *watchlist;        /* learned sessions are added */
	const struct ks_formatter *format;        /* how findings are written */
	int64_t since_ms, until_ms;            /* KS_TIME_NONE: no bound; both inclusive, by event time */
	unsigned jobs;                         /* threads; at least 1 */
	bool has_color;
	bool is_exhaustive; /* every rule on every record, by no fast path: for proving that they lose nothing */
	enum ks_mask_form mask;                /* which vector code, or none */
	const char *inflate;                   /* name of a back end, or NULL */
	struct ks_enrich_sources sources;
	/* What is known of actors so far, and gets to know all that the trails tell; NULL: actor. is not known.
	 * Wanted only where a rule reads it (ks_enrich_wanted): the trails are read once more for it, unless few
	 * records tell what is asked (KS_WANTS_SERVICES). */
	struct ks_novelty *novelty;
	const enum ks_evidence_trust *trusts;  /* one for each of files, for the gather; NULL: none is trusted */
	struct ks_gather *gather;              /* gets the events that met a rule; NULL: not wanted */
};

struct ks_hunt_summary {
	uint64_t files, bytes_in, bytes;       /* read; compressed; text */
	uint64_t records;                      /* CloudTrail records among them */
	uint64_t findings;                     /* given back */
	uint64_t duplicates;                   /* findings folded because their event came more than once */
	uint64_t untimed;                      /* events without a time: left out of correlations */
	uint64_t overflow;                     /* events for which the window of a correlation had no room */
	uint64_t shortened;                    /* findings of correlations that do not list all their events */
	uint64_t undecided;                    /* verdicts that hit a limit: perhaps lost findings */
	uint64_t unreadable;                   /* problems: files and parts of files that were not read */
	uint64_t skipped; /* files below a directory that are no trails, and what is no file */
	bool has_unfollowed;                   /* sessions were handed out deeper than they are followed */
	double seconds;
};

/* What became known of one decoy that was used. */
struct ks_hunt_leak {
	struct ks_watched decoy;
	uint64_t calls;                        /* events signed by it or a session of its */
	int64_t first_ms, last_ms;             /* KS_TIME_NONE when no time could be read */
	uint64_t addresses;                    /* different source addresses */
	const char *address;                   /* the first of them; may be "" */
};

/* How far it is. */
struct ks_hunt_progress {
	uint64_t bytes, bytes_all; /* read, as they lie in the files; all: 0 where that is not known */
	size_t files, files_all;   /* begun */
};

/* Who is told, from the calling thread. Findings come in order; problems before them, by file and offset. */
struct ks_hunt_sink {
	/* text: the finding; about: what is said once of its event, behind the last finding about it (empty
	 * for formats that say it all in text); event: the event's identity. All borrowed for the call. */
	void (*finding)(void *arg, struct ks_str text, struct ks_str about, const char *event);
	/* Paths are borrowed for the call as well. */
	void (*problem)(void *arg, const char *path, uint64_t offset, const struct ks_err *err);
	void (*leak)(void *arg, const struct ks_hunt_leak *leak);            /* after the findings */
	/* After the problems: the first KS_LIMIT_UNDECIDED by place; the summary has their number. */
	void (*undecided)(void *arg, const struct ks_rule *rule, const char *event_id, const char *path,
		uint64_t offset);
	void (*progress)(void *arg, const struct ks_hunt_progress *progress); /* NULL: not wanted */
	void *arg;
};

/* Errors: IO (the temporary file), STATE (stopped by a signal; what was found until then was given
 * back). What cannot be read is no error but a problem. */
int ks_hunt_run(const struct ks_ctx *ctx, const struct ks_hunt_request *request,
	const struct ks_hunt_sink *sink, struct ks_hunt_summary *out, struct ks_err *err);

#endif

/*
 * What the parts of the watch share: watch.c is the loop, watch_batch.c one transaction, watch_piece.c the
 * reading of one piece, watch_lookback.c the second look at what was read before a decoy was known.
 */
#ifndef KS_ENGINE_WATCH_PARTS_H
#define KS_ENGINE_WATCH_PARTS_H

#include "lib/engine/correlator.h"
#include "lib/engine/reader.h"
#include "lib/engine/watch.h"
#include "lib/trail/source.h"

#define KS_WATCH_OWN_SOURCE "watch"        /* checkpoints of our own */
#define KS_WATCH_LOOKED_PART "looked-back"

#define KS_WATCH_BATCH_EVENTS 500u         /* a batch is committed with so many events */
#define KS_WATCH_BATCH_TEXT (1u << 20)     /* or when so much text was read since its first */
#define KS_WATCH_BATCH_MS 100              /* or after that, since it keeps others from writing */
#define KS_WATCH_BATCH_WANTED_MS 5         /* or after that, when others wait */
#define KS_WATCH_BATCH_PIECES 256u         /* files without an event, likewise */

struct ks_watch {
	const struct ks_watch_config *config;      /* now */
	struct ks_watch_config now;        /* as it was given, with the rules that hold */
	const struct ks_watch_sink *sink;
	struct ks_watch_summary summary;
	struct ks_correlator *correlator;
	struct ks_ingest *ingest;
	struct ks_wants wants;
	struct ks_novelty *novelty;        /* NULL: no rule asks for it */
	struct ks_noveltystore *novelties;
	struct ks_wants_times times;       /* of events that tell it nothing new */
	struct ks_anchors anchors;         /* what the reader looks for at the moment */
	struct ks_reader reader;
	struct ks_source *sources;
	size_t source_count;
	bool *is_first;                    /* of each source: it never had nothing more */
	bool *must_end_first;              /* of each: it is over, and that is not written down */

	volatile sig_atomic_t halt;        /* ends the reading of the piece at hand */
	struct ks_source *source;          /* where that comes from */
	struct ks_source_piece piece;
	uint64_t last_offset;              /* of the event taken last */
	bool has_broken_off;               /* the disk or the network gave up in the middle of it */

	bool is_open;                      /* a transaction is */
	size_t events, pieces;             /* in the batch */
	size_t asides;                     /* that go with its commit */
	uint64_t batch_from, text; /* text of the piece that belongs to earlier batches; of pieces before it */
	int64_t open_ms;

	int64_t foreign;                   /* the store's number for others' changes */
	char newest[KS_KEYSET_ID + 1];     /* decoy that was added last */
	struct ks_keyset fresh;            /* ids that are still to be looked back for */
	bool looks_for_all;                /* all of them are */
	bool waits_for_looked;             /* what sources fetch for the look back is not all there */
	bool must_save_looked;             /* the look back is done, and not written down */
	char looked[32];                   /* the ids that it was for */
	bool is_locked, is_full, is_caught_up;
	uint64_t *records;                 /* of each source, since the program began */
	int64_t tick_ms, pages_ms;         /* when time was looked at last, and pages */
	int64_t unsynced_ms;               /* the first commit since the disk was waited for; none: NONE */
	int64_t sweep_ms;                  /* likewise checkpoints, and what is kept for a look back */
	uint64_t kept;                     /* bytes for that, since then */
	int64_t gauge_ms;                 /* likewise sources, to say how they are */
	int64_t trim_ms;                   /* when memory was given back last */
	int64_t piece_ms;                  /* when the first piece of the batch was taken up; 0: none was */
	struct ks_watch_summary counted;   /* what is in the metrics */
	struct ks_ingest_summary earlier;  /* under rules that hold no more */
	bool has_overflow;                 /* some group was too full */
	bool is_drained;                   /* is_once: all that waited was told */
	bool has_failed;
	struct ks_err err;                 /* why */
};

/* A source's own word on how far it was read. */
struct ks_watch_saving {
	struct ks_watch *watch;
	const char *spec;
};

/* ---- watch.c */
bool ks_watch_is_stopping(const struct ks_watch *w);
void ks_watch_news(struct ks_watch *w, enum ks_watch_news what, int64_t n);
void ks_watch_tell_problem(void *arg, const char *name, const struct ks_err *err);
/* Behind whatever may have changed what is known of actors, or have made it forgotten. */
void ks_watch_update_times(struct ks_watch *w);
/* Whether it is time for something that is done now and then. */
bool ks_watch_is_over(int64_t *last_ms, int64_t now, int64_t pause);

/* ---- watch_batch.c */
int ks_watch_batch_open(struct ks_watch *w, struct ks_err *err);
/* Commits what was read, unless it was read without a decoy that the store has by now. */
void ks_watch_batch_commit(struct ks_watch *w);
/* Between batches: the disk is waited for when that was not done for long. */
void ks_watch_batch_settle(struct ks_watch *w);
/* The batch is lost: everything since the last commit is read again. A locked or full store is asked again
 * later; anything else ends the watch. */
void ks_watch_batch_drop(struct ks_watch *w, const struct ks_err *err);
/* Adds decoys that the store got since it was looked at, and sessions of decoys: what others learned, and
 * what was known before their key was a decoy's. *out_has when there are some. */
int ks_watch_batch_renew(struct ks_watch *w, bool *out_has, struct ks_err *err);

/* The live decoys of the store, for sources that ask about each: struct ks_source_decoy. */
int ks_watch_batch_decoys(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* ---- watch_health.c */
/* Tells the sentry how the sources are, now and then. */
/* The store could not be written, for a reason that may pass; or it was. */
void ks_watch_health_blocked(struct ks_watch *w, const struct ks_err *err);
void ks_watch_health_stored(struct ks_watch *w);
/* Something was put aside. */
void ks_watch_health_aside(struct ks_watch *w, const char *spec, const struct ks_source_aside *aside);

/* ---- watch_piece.c */
void ks_watch_piece_begin(struct ks_watch *w);     /* makes the reader, once */
void ks_watch_piece_read(struct ks_watch *w, struct ks_source *source, const struct ks_source_piece *piece);

/* ---- watch_gauge.c */
void ks_watch_gauge_beat(struct ks_watch *w);     /* the loop gets on; often */
void ks_watch_gauge_committed(struct ks_watch *w, int64_t began_ms);
void ks_watch_gauge_dropped(struct ks_watch *w, const struct ks_err *err);
void ks_watch_gauge_caught_up(struct ks_watch *w);

/* ---- watch_reload.c */
/* What is made of the rules: build, then open; release undoes both. Errors of open are the store's. */
void ks_watch_reload_build(struct ks_watch *w);
int ks_watch_reload_open(struct ks_watch *w, struct ks_err *err);
void ks_watch_reload_release(struct ks_watch *w);
/* What was put into the store so far. */
struct ks_ingest_summary ks_watch_reload_sum(const struct ks_watch *w);
/* Between two pieces: false when the rules are still the same. */
bool ks_watch_reload_run(struct ks_watch *w);

/* ---- watch_lookback.c */
/* What the reader looks for: these ids only, or with NULL all that the rules want. */
void ks_watch_lookback_aim(struct ks_watch *w, const struct ks_keyset *keys);
/* Looks at what was read lately, and at what is stored, for ids that were not known then. */
void ks_watch_lookback_run(struct ks_watch *w);
/* Writes down that the look back is done, once sources have brought all of it. True when it did. */
bool ks_watch_lookback_end(struct ks_watch *w);
/* Whether ids became known that were not looked back for: before a crash, or while nobody watched. */
int ks_watch_lookback_compare(struct ks_watch *w, struct ks_err *err);

#endif

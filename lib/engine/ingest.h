/*
 * What goes into the store: events in, evidence, findings, incidents, journal and outgoing notices out.
 * All of a batch, with the checkpoint of its source, is one transaction: what was not committed is read
 * again, and reading an event again changes nothing. Events may come late, twice and in any order.
 *
 * A record of a call that we made ourselves (lib/incident/owncall.h) is kept where it meets a rule, and
 * makes no finding: nobody is to be told of it.
 *
 * Rules are evaluated here once more, so that whoever reads trails hands over every event that may matter.
 * An event that meets no rule, and hands out no session, leaves no trace. One that meets only rules which
 * feed correlations is kept for as long as these can need it: commits drop a bit of what can matter no more
 * now and then, as pruner.h has it.
 *
 * A temporary key that the holder of a long-term key is given is learned at once, through any number of
 * others: it counts from the next event on, and stored events of it are looked at again and moved to the
 * incident of the long-term key. Of a decoy's, trails that were read before it was known hold more:
 * ks_ingest_learned names it, so that the reader can look back. (What matters of another key's session met
 * a rule, and so is stored.)
 */
#ifndef KS_ENGINE_INGEST_H
#define KS_ENGINE_INGEST_H

#include "lib/base/ctx.h"
#include "lib/engine/enrich.h"
#include "lib/engine/grant.h"
#include "lib/engine/wants.h"
#include "lib/engine/watchlist.h"
#include "lib/incident/evidence.h"
#include "lib/incident/finding.h"
#include "lib/intel/noveltystore.h"
#include "lib/sigma/program.h"
#include "lib/store/db.h"
#include "lib/trail/event.h"

#define KS_INGEST_QUIET_MS (INT64_C(24) * 3600 * 1000)
#define KS_INGEST_PAGE_MS (INT64_C(3600) * 1000)

struct ks_ingest;

/* A finding that several events make together. All borrowed for the call. */
struct ks_ingest_correlated {
	const char *id;                  /* 32 hex digits: rule, group and window anchor */
	struct ks_str rule_id, rule_title;
	enum ks_level level;
	int64_t time_ms;                 /* of the event that completed it */
	const struct ks_str *matched;    /* identities of stored events, by time; at least one */
	size_t matched_count;
	struct ks_str met;               /* that of the event with which the condition first held: whose it is */
	struct ks_str json;              /* the finding as DESIGN 4 has it */
};

/* Correlations, as the ingest calls them; all within the batch's transaction. */
struct ks_ingest_correlator {
	/* Whether a rule makes findings of its own (false: it only feeds correlations). */
	bool (*is_reported)(const void *arg, size_t rule);
	/* The event met the rule and its evidence is stored; view shows it to the program. It hands what
	 * comes of it to ks_ingest_add_correlated. Called again for events that are stored when a session
	 * was learned late: adding the same hit twice must change nothing. */
	int (*hit)(const void *arg, struct ks_ingest *ingest, size_t rule, struct ks_event *event,
		const struct ks_view *view, struct ks_err *err);
	/* Every event of the batch was taken: called once by ks_ingest_commit, before notices are planned. A
	 * correlator looks at the groups that got hits only now, once for the batch; NULL: nothing to do. */
	int (*flush)(const void *arg, struct ks_ingest *ingest, struct ks_err *err);
	/* The batch is gone, committed or not; NULL: nothing to do. */
	void (*forget)(const void *arg);
	const void *arg;
};

/* All borrowed for as long as the ingest lives. */
struct ks_ingest_config {
	const struct ks_ctx *ctx;
	struct ks_db *db;                              /* open for writing */
	const struct ks_program *program;
	const struct ks_wants *wants;                  /* of the program */
	struct ks_watchlist *watchlist;                /* learned sessions are added */
	const struct ks_ingest_correlator *correlator; /* NULL: none */
	struct ks_enrich_sources sources;              /* of fields below ip. */
	struct ks_noveltystore *novelty;               /* NULL: actor. is not known, and not learned */
	const char *const *notifiers;                  /* names: each gets every notice */
	size_t notifier_count;
	/* A verdict hit a limit: perhaps a finding is lost. NULL: it is only counted. */
	void (*undecided)(void *arg, const struct ks_rule *rule, struct ks_str event_id, const char *source,
		uint64_t offset);
	void *undecided_arg;
	int64_t quiet_ms; /* an actor that was quiet for so long starts anew; 0: KS_INGEST_QUIET_MS */
	int64_t page_ms; /* incidents that join a page within it are told together; 0: KS_INGEST_PAGE_MS */
	bool is_light;   /* a commit does not wait for the disk: the caller does, with ks_db_sync */
};

struct ks_ingest_summary {
	uint64_t events;                 /* that became part of a finding */
	int64_t kept;                    /* that were stored for correlations, and are part of none yet */
	uint64_t own;                    /* records of our own calls: stored, and part of no finding */
	uint64_t copies;                 /* of events that were there */
	uint64_t findings;               /* made */
	uint64_t opened, reopened;       /* incidents */
	uint64_t notices;                /* outbox rows */
	uint64_t undecided;              /* verdicts that hit a limit */
};

/* Adds the sessions that the store knows to the watchlist. */
int ks_ingest_open(const struct ks_ingest_config *config, struct ks_ingest **out, struct ks_err *err);
void ks_ingest_close(struct ks_ingest *ingest);    /* NULL is fine; aborts what is open */

/* Takes the store's write lock. */
int ks_ingest_begin(struct ks_ingest *ingest, struct ks_err *err);

/* Where the events come from that follow: until it is said, they can be forged and are of no first run. It
 * is for whoever opened the source to say, and by that. */
struct ks_ingest_origin {
	enum ks_evidence_trust trust;
	bool is_backlog;                 /* in the first run over the source */
	/* Twelve digits, borrowed until the next origin: AWS wrote it, and records that are of this account are
	 * as good as fetched from there; trust is that of all others. Empty: there is no such account. */
	struct ks_str account;
};
void ks_ingest_set_origin(struct ks_ingest *ingest, const struct ks_ingest_origin *origin);

/* How far the record of an event can be believed that came from there. */
enum ks_evidence_trust ks_ingest_trust(const struct ks_ingest_origin *origin, const struct ks_event *event);

/* One event, whatever its order. source: path or object; offset: of the record in its text. The event is
 * enriched here: hand it over as the reader gives it. An error leaves the batch unusable: abort it. */
int ks_ingest_event(struct ks_ingest *ingest, struct ks_event *event, const char *source, uint64_t offset,
	struct ks_err *err);

/* What was handed out, by a record that is not at hand any more. */
int ks_ingest_grant(struct ks_ingest *ingest, const struct ks_grant *grant, struct ks_err *err);

/* Sessions that are in the watchlist, and were not when their stored events were judged: these are looked at
 * again. What is the id of no session is passed over. */
int ks_ingest_look_back(struct ks_ingest *ingest, const struct ks_keyset *keys, struct ks_err *err);

/* For correlators. A finding that is there gets the new events and text. */
int ks_ingest_add_correlated(struct ks_ingest *ingest, const struct ks_ingest_correlated *found,
	struct ks_err *err);

/* For correlators: a finding gives way to another one that was added, in whatever incident it is. */
int ks_ingest_replace(struct ks_ingest *ingest, struct ks_str old_id, struct ks_str new_id,
	struct ks_err *err);

/* For correlators: the condition of a finding does not hold any longer. */
int ks_ingest_withdraw(struct ks_ingest *ingest, struct ks_str id, struct ks_err *err);

/* How far a source was read; value is any bytes. set belongs into a batch; get works anywhere, and leaves
 * out->p NULL when there is none (else in the arena). */
int ks_ingest_checkpoint(struct ks_ingest *ingest, struct ks_str source, struct ks_str part,
	struct ks_str value, struct ks_err *err);
int ks_ingest_checkpoint_get(struct ks_ingest *ingest, struct ks_str source, struct ks_str part,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err);

/* Ends snoozes that are over, plans the notices, commits. On failure nothing of the batch is left. */
int ks_ingest_commit(struct ks_ingest *ingest, struct ks_err *err);
void ks_ingest_abort(struct ks_ingest *ingest);

/* For the end of a run, outside of a batch: drops all that can matter no more, up to a million rows looked
 * at. */
int ks_ingest_tidy(struct ks_ingest *ingest, struct ks_err *err);

/* Whether an empty batch would have something to do by now: a snooze or a suppression is over, an incident
 * was never told; with_pages: or notices wait for their page, all of which the next batch looks at. */
int ks_ingest_is_due(struct ks_ingest *ingest, bool with_pages, bool *out, struct ks_err *err);

/* From here on no notice waits for its page: there will be no later batch. */
void ks_ingest_hurry(struct ks_ingest *ingest);

/* The sessions of decoys that the last committed batch learned: KS_KEYSET_ID characters and a NUL each.
 * Valid until the next begin. */
struct ks_vec ks_ingest_learned(const struct ks_ingest *ingest);

/* The database, for correlators; the sum of what was committed since open. */
struct ks_db *ks_ingest_db(const struct ks_ingest *ingest);
const struct ks_ctx *ks_ingest_ctx(const struct ks_ingest *ingest);
struct ks_ingest_summary ks_ingest_summary(const struct ks_ingest *ingest);
void ks_ingest_add_summary(struct ks_ingest_summary *to, const struct ks_ingest_summary *from);

/* The incidents that the last committed batch opened or changed (int64_t, ascending). Valid until begin. */
struct ks_vec ks_ingest_touched(const struct ks_ingest *ingest);

/* Likewise those that its events belong to, whether they brought anything new or not. */
struct ks_vec ks_ingest_concerned(const struct ks_ingest *ingest);

#endif

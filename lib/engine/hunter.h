/*
 * One pass of a hunt over the files, by several threads. Not for anyone but hunt.c.
 */
#ifndef KS_ENGINE_HUNTER_H
#define KS_ENGINE_HUNTER_H

#include "lib/base/sorter.h"
#include "lib/engine/chains.h"
#include "lib/engine/hunt.h"
#include "lib/engine/wants.h"

#include <pthread.h>
#include <stdatomic.h>

#define KS_HUNTER_FIRST_LOOK 0u    /* the pass that only takes in what actors do */
#define KS_HUNTER_PASSES 250u      /* sessions of sessions of sessions …: one pass a level */

/* A temporary key id that a decoy's holder got. */
struct ks_hunter_session {
	char id[KS_KEYSET_ID + 1];
	char parent[KS_KEYSET_ID + 1];
};

struct ks_hunter_problem {
	size_t file;
	uint64_t offset;
	struct ks_err err;
};

/* A verdict that hit a limit. */
struct ks_hunter_undecided {
	size_t file;
	uint64_t offset;
	const struct ks_rule *rule;
	char event_id[KS_EVENT_ID];
};

/* What goes with a finding through the sorter, in front of its text. */
struct ks_hunter_note {
	int64_t time_ms;
	char event[KS_EVENT_ID];
	char key_id[KS_KEYSET_ID + 1];     /* the decoy's id, or "" */
	bool is_use;                       /* the decoy or a session of its signed the call */
	bool is_withdrawn;                 /* no finding: an earlier pass, which knew less, may have made one */
	char address[64];
	size_t head_n; /* bytes of the finding's own text; what follows is said of its event */
};

/* Bytes of a sorting key that make two findings the same one. */
size_t ks_hunter_same(const struct ks_hunt_request *request);

/* Shared by the threads of a pass. */
struct ks_hunter {
	const struct ks_ctx *ctx;
	const struct ks_hunt_request *request;
	const struct ks_wants *wants;
	struct ks_anchors anchors;
	const uint32_t *order;             /* files, the largest first, then small ones; then depots */
	int *fds;                          /* spooled input and pipes by file, or -1; NULL: there are none */
	unsigned pass;                     /* 1, then one more for each time that sessions were learned */

	atomic_size_t next;                /* of order */
	atomic_uint running;
	atomic_int idle;                   /* threads that were asked for and have no file */
	atomic_uint_fast64_t done;         /* compressed bytes */
	pthread_mutex_t lock;              /* of everything below */
	struct ks_sorter *sorter;
	struct ks_chains *chains;
	struct ks_sorter *waiting;         /* events that cannot be judged before all trails were read */
	struct ks_vec sessions;            /* struct ks_hunter_session */
	struct ks_vec problems;            /* struct ks_hunter_problem */
	struct ks_vec undecided;           /* struct ks_hunter_undecided: the first in order, of this pass */
	struct ks_hunt_summary *summary;
	struct ks_err err;                 /* why the pass failed, when it did */
	bool has_failed;
};

/* What a note says of the event itself; those of chains come without. */
void ks_hunter_note_event(struct ks_hunter_note *note, const struct ks_event *event);

/* Sorts a finding in among the others, with key and text as room to work in. False when it is too long. */
bool ks_hunter_hand_in(struct ks_hunter *hunter, const struct ks_finding *finding,
	struct ks_hunter_note note, struct ks_buf *key, struct ks_buf *text);

/* Which of the request's depots has a file; NULL: none. */
const struct ks_hunt_depot *ks_hunter_depot(const struct ks_hunt_request *request, size_t file);

/* Runs one pass to its end. */
void ks_hunter_run(struct ks_hunter *hunter, const struct ks_hunt_sink *sink);

/* Whether what is new is told by few records: then the first pass learns on the way, and the events that ask
 * for it wait until it is over. */
bool ks_hunter_learns_on_the_way(const struct ks_hunter *hunter);

/* Judges those that wait. */
void ks_hunter_judge_waiting(struct ks_hunter *hunter);

#endif

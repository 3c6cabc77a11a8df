/*
 * The correlations of a hunt: what the threads saw of the rules that correlations build on, sorted on disk
 * where it is much, and evaluated once everything was read. The chains come out as findings. An event counts
 * as the last pass over the trails saw it, which knew the most sessions of decoys.
 *
 * A correlation that others are built on hands them a hit for each instant at which its condition holds,
 * with the fields of that instant's last event; what they list are all events of its chain. The lists are
 * kept in memory, KS_LIMIT_INNER bytes of them; past that a chain lists less than it could, and counts as
 * shortened.
 */
#ifndef KS_ENGINE_CHAINS_H
#define KS_ENGINE_CHAINS_H

#include "lib/base/map.h"
#include "lib/engine/hopper.h"
#include "lib/incident/finding.h"
#include "lib/sigma/member.h"
#include "lib/sigma/program.h"

#define KS_CHAINS_NOTE 256u /* most bytes of a note */

struct ks_chains {
	const struct ks_program *program;
	struct ks_sorter sorters[KS_CORRELATION_DEPTH + 1]; /* by the depth of the correlation */
	struct ks_map inner; /* id of a finding that others are built on to its names (struct ks_vec *) */
	struct ks_arena inner_text;
	size_t inner_bytes;
	struct ks_map again; /* identity of an event that was read again, to the last such pass */
	struct ks_hopper hopper; /* hits that may never matter */
	bool is_whole; /* groups without a finding are asked for as well: nothing is left out */
	struct ks_buf key, payload, copy; /* of the hit at hand */
	uint64_t untimed; /* hits without a time that could be read: left out */
	uint64_t overflow; /* hits for which a window had no room: not counted in it */
	uint64_t shortened; /* findings that do not list all of their events */
};

/* One event that met one rule. */
struct ks_chains_hit {
	const struct ks_finding *finding; /* as if the rule were met alone */
	const struct ks_view *view; /* of the event */
	struct ks_event *event; /* the finding's, which gets its identity when one is needed; NULL: it has it */
	unsigned pass; /* 1, 2 … */
	const void *note; /* what the caller wants back with a chain: note_n bytes */
	size_t note_n;
};

/* program is borrowed. dir: for temporary files; borrowed. */
void ks_chains_init(struct ks_chains *chains, const struct ks_program *program, const char *dir);
void ks_chains_release(struct ks_chains *chains);

/* Takes what the event is to every correlation that the rule is part of. Errors: IO, LIMIT. */
int ks_chains_add(struct ks_chains *chains, const struct ks_chains_hit *hit, struct ks_err *err);

/* A later pass reads the event again: what earlier ones made of it no longer counts. */
void ks_chains_read_again(struct ks_chains *chains, const struct ks_event *event, unsigned pass);

/* One group of a correlation, after its chains. Borrowed for the call. */
struct ks_chains_group {
	const struct ks_correlation *correlation;
	struct ks_str label; /* ks_member_label: bytes of records */
	uint64_t hits;
	const uint64_t *parts; /* hits by rule of the correlation */
	const char *measure; /* the largest count of a window; of values, the first that held, or the last */
	uint64_t chains;
	uint64_t overflow; /* hits for which a window had no room */
};

/* Who is told of each chain, in no useful order, silent correlations included. finding: of the
 * correlation, on the event with which its condition first held; note: the one that came with that event.
 * Borrowed for the call. */
struct ks_chains_sink {
	void (*chain)(void *arg, const struct ks_finding *finding, const void *note);
	void *arg;
	/* What a group came to, whether it made findings or not; NULL: not wanted. */
	void (*group)(void *arg, const struct ks_chains_group *group);
};

/* Evaluates everything; nothing can be added after that. Errors: IO. */
int ks_chains_finish(struct ks_chains *chains, const struct ks_chains_sink *sink, struct ks_err *err);

#endif

/*
 * Hits of correlations that wait until it is known which of them can matter. Most never do: a role is taken
 * on, and nobody uses its key for mail. So a hit comes here as a copy in short, and what is dear about it
 * (hashes, texts for people) is made once its group had, within the timespan of the correlation, as many
 * hits or as many different rules as the condition asks for at least. The rest is left out, which changes
 * no chain: a window that misses hits cannot hold.
 *
 * Groups are told apart by a hash. Where two have the same one, hits that do not matter come out: it costs
 * time, and nothing else. Past MOST hits in a window all further ones of the group come out, so that whoever
 * counts what does not fit in a window counts the same.
 *
 * Memory: what waits is sorted and kept within KS_LIMIT_HITS, past that in temporary files.
 */
#ifndef KS_ENGINE_HOPPER_H
#define KS_ENGINE_HOPPER_H

#include "lib/base/buf.h"
#include "lib/base/sorter.h"
#include "lib/sigma/program.h"

#define KS_HOPPER_COPY 65536u /* most bytes of a copy */

struct ks_hopper {
	const struct ks_program *program;
	struct ks_sorter order; /* by correlation, group and time */
	struct ks_buf held; /* the copies that came last */
	uint64_t written; /* bytes of those before, in the file */
	const char *dir;
	int fd; /* or -1 */
};

struct ks_hopper_hit {
	const struct ks_correlation *correlation; /* one of the program's that ks_hopper_takes */
	size_t part; /* which of its rules was met */
	uint64_t group; /* the same for all hits of a group */
	int64_t time_ms;
	struct ks_str copy; /* at most KS_HOPPER_COPY bytes */
};

/* program is borrowed. dir: for temporary files; borrowed. */
void ks_hopper_init(struct ks_hopper *hopper, const struct ks_program *program, const char *dir);
void ks_hopper_release(struct ks_hopper *hopper);

/* Whether hits of a correlation can wait: it is made of rules alone, nothing is built on it, and it asks for
 * two or more hits, values or rules. */
bool ks_hopper_takes(const struct ks_correlation *correlation);

/* Takes a hit. Errors: IO. */
int ks_hopper_add(struct ks_hopper *hopper, const struct ks_hopper_hit *hit, struct ks_err *err);

/* Gives out those that can matter, in no useful order; borrowed for the call. Nothing can be added after
 * that. Errors: IO, and take's own. */
int ks_hopper_sift(struct ks_hopper *hopper,
	int (*take)(void *arg, const struct ks_hopper_hit *hit, struct ks_err *err), void *arg,
	struct ks_err *err);

#endif

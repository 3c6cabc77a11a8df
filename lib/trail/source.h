/*
 * Where records come from, for those who follow them: one row and one file a kind (sources.def). A source
 * hands out pieces to read (files, objects, messages) one after the other, and remembers how far each was
 * read. What it remembers is bytes that the caller stores in the same transaction as the events: what was
 * not committed is handed out again.
 *
 * No function of a source waits for a network: what comes from one is fetched ahead by threads of its own
 * (fetcher.h), and poll_fd says when there is something. A source that fails goes on trying, later and
 * later; its health says since when, and it is told once (problem) for each outage.
 */
#ifndef KS_TRAIL_SOURCE_H
#define KS_TRAIL_SOURCE_H

#include "lib/aws/account.h"
#include "lib/base/arena.h"
#include "lib/base/ctx.h"
#include "lib/base/str.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* Something to read. name is borrowed until the next piece is asked for. */
struct ks_source_piece {
	const char *name;        /* path or object, for people and as the place of evidence */
	int fd;                  /* at its beginning; the taker closes it */
	uint64_t from;           /* text offset to begin at */
	uint64_t done;           /* records that begin before it were taken already */
	bool is_settled;         /* nobody writes it any more: what is open at its end is damage */
	bool is_again;           /* was read before: a look back */
	bool is_retry;           /* could not be read before, which was told */
	/* Twelve digits, borrowed like name: AWS itself wrote this, as of this account, and nobody else could
	 * have. Records of other accounts in it can be forged, like all where it is empty. */
	struct ks_str account;
};

/* What cannot be read and never will be: it is kept for people, and the feed goes on. */
struct ks_source_aside {
	const char *name;        /* a message's id, an object */
	struct ks_str body;      /* the beginning of it: hostile */
	const char *why;
};

/* What was read and cannot be had again: it is kept for a look back. */
struct ks_source_keepsake {
	int64_t place;           /* among those of its source: grows; 0 before it is kept */
	const char *name;        /* as of its piece; and the account */
	struct ks_str account;
	struct ks_str bytes;     /* all of it; p NULL: they are not to be had any more */
};

/* A live decoy, for sources that ask AWS about each. */
struct ks_source_decoy {
	struct ks_str key_id, account, user;
};

/* How a source is. Texts are borrowed until it is asked for something else. */
struct ks_source_health {
	int64_t heard_ms;        /* when it last answered, with or without news; KS_TIME_NONE: never */
	int64_t newest_ms;       /* when AWS wrote the newest thing that was handed out; KS_TIME_NONE */
	int64_t behind;          /* things that wait to be read, as far as the source says; -1: it does not */
	unsigned failures;       /* attempts in a row that failed */
	int64_t failing_ms;      /* since when; KS_TIME_NONE: it works */
	const char *error;       /* of the last of them; NULL */
};

enum ks_source_end {
	KS_SOURCE_PARTLY,        /* so far; more of the piece will follow */
	KS_SOURCE_READ,          /* to its end */
	KS_SOURCE_OPEN,          /* to its end, which is in the middle of something */
	KS_SOURCE_OTHER,         /* it is no trail, or of a kind that is not read */
	KS_SOURCE_LATER,         /* it cannot be read now: nothing changes, it is handed out again later */
};

/* How far the piece at hand was read. */
struct ks_source_reach {
	enum ks_source_end end;
	uint64_t top, done;      /* as ks_cutter_reach has them */
	bool is_told;            /* people were told that it is open */
	bool is_gzip;
};

/* Buckets by name; borrowed. */
struct ks_source_buckets {
	const char *const *names;
	size_t n;
};

struct ks_source_config {
	const struct ks_ctx *ctx;
	int64_t poll_ms;         /* looks for something new at least so often */
	bool is_once; /* everything that is there, then nothing more: no file counts as being written */
	/* A checkpoint of this source that was stored, in the arena; p NULL when there is none. */
	int (*recall)(void *arg, struct ks_str part, struct ks_arena *arena, struct ks_str *out,
		struct ks_err *err);
	/* Something cannot be read; told once, until it could be read or has changed. */
	void (*problem)(void *arg, const char *name, const struct ks_err *err);
	/* Keeps something for people, within the transaction that save is called in. */
	int (*aside)(void *arg, const struct ks_source_aside *aside, struct ks_err *err);
	/* Keeps something for a look back, within the transaction that save is called in. */
	int (*keep)(void *arg, const struct ks_source_keepsake *kept, struct ks_err *err);
	/* The last that was kept since then, and before inout->place unless that is 0, in the arena. */
	int (*kept)(void *arg, int64_t since_ms, struct ks_arena *arena, struct ks_source_keepsake *inout,
		bool *out_has, struct ks_err *err);
	/* AWS's settings for one thread; to be released by whoever asked. NULL: there are none. */
	int (*settings)(void *arg, struct ks_settings *out, struct ks_err *err);
	/* The live decoys that are known by now, pushed on out (struct ks_source_decoy), in the arena. NULL:
	 * none are. */
	int (*decoys)(void *arg, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);
	const struct ks_account *accounts;           /* of the config; borrowed */
	size_t account_count;
	struct ks_source_buckets buckets;            /* objects are read from these, whoever owns them */
	bool is_declared;                            /* the config says that its records can be believed */
	void *arg;
};

/* A checkpoint that is to be stored. */
typedef int ks_source_save_fn(void *arg, struct ks_str part, struct ks_str value, struct ks_err *err);

struct ks_source_row {
	const char *name;                                /* "dir" */
	const char *usage;                               /* how one is named: "lookup:" */
	bool (*is_mine)(const char *spec);
	int (*open)(const struct ks_source_config *config, const char *spec, void **out, struct ks_err *err);
	void (*close)(void *state);
	int (*next)(void *state, struct ks_source_piece *out, bool *out_has, struct ks_err *err);
	void (*reached)(void *state, const struct ks_source_reach *reach);
	int (*save)(void *state, ks_source_save_fn *save, void *arg, struct ks_err *err);
	void (*settle)(void *state, bool is_committed);
	bool (*must_save)(const void *state);            /* NULL: never */
	bool (*look_back)(void *state, int64_t since_ms, uint64_t budget);
	bool (*is_looking)(const void *state);           /* NULL: what it looks back for comes at once */
	bool (*is_gone)(const void *state, struct ks_str part);
	int (*poll_fd)(const void *state);
	int64_t (*next_ms)(const void *state);
	bool (*is_drained)(const void *state);
	bool (*is_over)(const void *state);              /* NULL: never */
	void (*health)(const void *state, struct ks_source_health *out);
	bool is_consumed;                                /* what settled as committed is not to be had again */
};

struct ks_source {
	const struct ks_source_row *row;
	void *state;
	char *spec;              /* as it was given: what checkpoints are kept under */
};

/* Opens what spec names. The config is copied; its ctx is borrowed. Errors: USAGE when no row takes it,
 * NOTFOUND, IO. */
int ks_source_open(const struct ks_source_config *config, const char *spec, struct ks_source *out,
	struct ks_err *err);
void ks_source_close(struct ks_source *source);              /* zeroed is fine */

/* The next piece; *out_has false when there is nothing at the moment. Look-back pieces come first. Errors:
 * those of recall. */
int ks_source_next(struct ks_source *source, struct ks_source_piece *out, bool *out_has, struct ks_err *err);

/* The piece at hand was read so far. Of a look back nothing is remembered. */
void ks_source_reached(struct ks_source *source, const struct ks_source_reach *reach);

/* Hands over the checkpoints that changed since they were settled last; settle says whether they were
 * committed. If not, everything is handed out again from what was. */
int ks_source_save(struct ks_source *source, ks_source_save_fn *save, void *arg, struct ks_err *err);
void ks_source_settle(struct ks_source *source, bool is_committed);

/* Whether it has something to keep that is not to wait for news: save is to be called soon. */
bool ks_source_must_save(const struct ks_source *source);

/* Hands out once more what was read or changed since then, the latest first, up to a budget of bytes as
 * stored. False when there was more than that. */
bool ks_source_look_back(struct ks_source *source, int64_t since_ms, uint64_t budget);

/* Whether some of a look back is still to come: it is fetched, and is handed out as soon as it is there. */
bool ks_source_is_looking(const struct ks_source *source);

/* Whether what a checkpoint is about is not there any more; false when that is not known for sure. */
bool ks_source_is_gone(const struct ks_source *source, struct ks_str part);

int ks_source_poll_fd(const struct ks_source *source);       /* readable when there may be news; or -1 */
/* When it wants to be asked again at the latest. */
int64_t ks_source_next_ms(const struct ks_source *source);

/* Whether all that was there at its last look was handed out, and it has looked; not so while something is
 * on its way, or while the look fails. */
bool ks_source_is_drained(const struct ks_source *source);

/* Whether nothing will ever come any more. */
bool ks_source_is_over(const struct ks_source *source);

void ks_source_health(const struct ks_source *source, struct ks_source_health *out);

#endif

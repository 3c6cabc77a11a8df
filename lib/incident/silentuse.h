/*
 * Use of a decoy that no event tells of: SMTP and some probes never reach CloudTrail, but IAM knows when a
 * key was used last, for which service and in which Region. Here is what IAM said of each key, which uses
 * are still to be explained, and which were raised. Who asks is engine/lastuse.h.
 *
 * IAM shows only the first of the uses within a quarter of an hour, and an event may come a quarter of an
 * hour late: only after both is a use that no stored event of the key explains an incident. What is waited
 * for stands in the store, so that a restart neither loses nor repeats it. A use is explained by an event of
 * the key at that time or later, or by a call that we made with it on purpose (trip.h).
 *
 * Each function but due, next and find is a transaction of its own. Errors are the store's.
 */
#ifndef KS_INCIDENT_SILENTUSE_H
#define KS_INCIDENT_SILENTUSE_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/codec/json.h"
#include "lib/sigma/rule.h"
#include "lib/store/db.h"

#define KS_SILENTUSE_SAMPLING_MS (INT64_C(15) * 60 * 1000)   /* that IAM makes one of */
#define KS_SILENTUSE_LATENCY_MS (INT64_C(15) * 60 * 1000)    /* that a trail may take */
#define KS_SILENTUSE_SLACK_MS (INT64_C(2) * 60 * 1000)       /* between IAM's clock and the trail's */

/* A live decoy that IAM is to be asked about. */
struct ks_silentuse_key {
	struct ks_str key_id, account;   /* account: twelve digits */
};

/* Those whose time has come, the longest due first, at most limit; pushed on out. Decoys that are new are
 * due
 * at once; retired ones and those of which AWS knows nothing never. far_ms: nobody is asked later than so
 * far
 * ahead, whatever clock was there when it was written. */
int ks_silentuse_due(struct ks_db *db, int64_t now_ms, int64_t far_ms, size_t limit, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);

/* When the next one is due, or a use is to be judged; KS_TIME_NONE: never, as it is. */
int ks_silentuse_next(struct ks_db *db, int64_t *out_ms, struct ks_err *err);

/* What IAM said of a key, or why it said nothing. */
struct ks_silentuse_answer {
	struct ks_str key_id;
	int64_t asked_ms;
	int64_t again_ms;                /* when to ask again */
	bool has_failed;
	struct ks_str error;             /* then: why */
	int64_t used_ms;                 /* else; KS_TIME_NONE: never used */
	struct ks_str service, region;   /* as IAM has them: "ses", "us-east-1", "N/A" */
};

/* All in one transaction. Answers about keys that are no decoys any more are left out. */
int ks_silentuse_take(struct ks_db *db, const struct ks_silentuse_answer *answers, size_t n,
	struct ks_err *err);

struct ks_silentuse_verdict {
	size_t raised;                   /* uses that are incidents now */
	size_t explained;                /* uses that were raised, and that an event tells of by now */
	int64_t incident;                /* one of them; 0: none */
};

/* Judges the uses whose time is over, and looks whether events came for those that were raised. An incident
 * of the key that was quiet for longer than quiet_ms is left alone, and another one is opened. */
int ks_silentuse_judge(struct ks_db *db, int64_t now_ms, int64_t quiet_ms, struct ks_silentuse_verdict *out,
	struct ks_err *err);

/* What the store knows of a key. Texts live in the arena it was read into. */
struct ks_silentuse {
	int64_t asked_ms;                /* of the last answer; KS_TIME_NONE: there was none */
	int64_t used_ms;                 /* KS_TIME_NONE: never */
	struct ks_str service, region;
	struct ks_str error;             /* of the last attempt; p NULL: it was answered */
	int64_t wait_until_ms;           /* a use is to be explained until then; KS_TIME_NONE: none is */
	int64_t raised_ms;               /* the last use that no event explains; KS_TIME_NONE: none */
	int64_t incident;                /* that came of it */
};
int ks_silentuse_find(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena,
	struct ks_silentuse *out, bool *out_found, struct ks_err *err);

/* Adds "silent_uses" to a notice of an incident that has some: [{"used":"…","service":"ses","region":"…",
 * "explained_by":"event id"|null}, …]. */
int ks_silentuse_describe(struct ks_db *db, struct ks_json *notice, int64_t incident, struct ks_err *err);

#endif

/*
 * What is made in AWS for a live decoy: one user, its rights and its key, for one place. The row is
 * written before anything is asked of AWS, and says how far things are known to have come; the call
 * behind a stage may have been sent, answered or not. So whatever is killed in between, the store knows
 * what may exist, and by which mark the user is told from somebody else's. The row stays as long as AWS
 * may have anything of it.
 */
#ifndef KS_DECOY_MINTING_H
#define KS_DECOY_MINTING_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"
#include "lib/store/seat.h"

/* What is under way. SETTLED: nothing; the stage is PLACED or REMOVED. */
enum ks_minting_goal { KS_MINTING_SETTLED, KS_MINTING_PLANT, KS_MINTING_ROTATE, KS_MINTING_RETIRE };

/*
 * The last thing that is known to be done:
 *   plant:  START, USER, POLICY (or none wanted), KEY (its row is among the decoys), PLACED
 *   rotate: START, KEY (the new one's row is there), PLACED (the new one is in place, the old one not gone)
 *   retire: START (the bait may still be there), PLACED (it is gone, what AWS has may be there), REMOVED
 */
enum ks_minting_stage {
	KS_MINTING_START, KS_MINTING_USER, KS_MINTING_POLICY, KS_MINTING_KEY, KS_MINTING_PLACED,
	KS_MINTING_REMOVED,
};

struct ks_minting {
	int64_t id;
	struct ks_str name;              /* of the decoy, as it is or will be */
	enum ks_minting_goal goal;
	enum ks_minting_stage stage;
	int64_t owner;                   /* seat of the process at work; 0: none */
	struct ks_str account, region;
	struct ks_str user_name;
	struct ks_str user_id, user_arn; /* "" until AWS has told them */
	bool is_user_made;               /* by us: it goes with the decoy */
	struct ks_str mark;              /* value of the tag of a user that we make */
	struct ks_str rights;            /* "none", "ses-read" */
	struct ks_str policy;            /* name of the inline policy, "" for none */
	struct ks_str keys_before;       /* ids of other keys of the user, with blanks between them */
	struct ks_str label, bait;
	struct ks_str template_path;     /* of a bait of one's own; "" for a shipped one */
	struct ks_str path;              /* where the bait goes; "" when it is printed */
	bool keeps_old;                  /* rotate: the old key stays active */
	bool is_untouched;               /* not stored: AWS surely made nothing in this run */
	struct ks_str trouble;           /* what stopped it last, for people; "" for nothing */
	int64_t created_ms, changed_ms;
};

/* Adds a row, owned by seat, and sets its id and a name that no decoy has; texts may have p NULL for "".
 * The name is owned by arena. */
int ks_minting_add(struct ks_db *db, const struct ks_seat *seat, struct ks_arena *arena,
	struct ks_minting *minting, struct ks_err *err);

/* Writes all that may change: name, goal, stage, the user, keys_before, keeps_old, trouble. changed_ms is
 * set to now_ms. Errors: CONFLICT when the row has another owner by now. */
int ks_minting_save(struct ks_db *db, struct ks_minting *minting, int64_t now_ms, struct ks_err *err);

/* Makes the seat the owner; at the same time takes over what a process that ended left. Errors: STATE when
 * another process is at work on it. */
int ks_minting_claim(struct ks_db *db, const struct ks_seat *seat, struct ks_minting *minting,
	struct ks_err *err);
int ks_minting_let_go(struct ks_db *db, struct ks_minting *minting, struct ks_err *err);

/* A row that nothing was made for, or of which everything is gone again. */
int ks_minting_forget(struct ks_db *db, int64_t id, struct ks_err *err);

/* *out_found says whether it is there. */
int ks_minting_find(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_minting *out,
	bool *out_found, struct ks_err *err);
/* All of them, oldest first, pushed to out (of struct ks_minting). */
int ks_minting_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

const char *ks_minting_goal_name(enum ks_minting_goal goal);        /* "plant" … */
/* What a stage means for people: "nothing is known of its user yet" … */
const char *ks_minting_stage_text(const struct ks_minting *minting);

#endif

/*
 * Which of many rules an event may meet, by the values of its fields: hundreds of rules may ask for the same
 * call, each for another bucket or role, and an event has nothing to do with nearly all of them. A rule is
 * found by something that it cannot do without (lib/sigma/need.h) in a field of the record other than
 * eventName and eventSource; rules without such a thing are always picked. Immutable once made.
 */
#ifndef KS_ENGINE_PICK_H
#define KS_ENGINE_PICK_H

#include "lib/base/vec.h"
#include "lib/sigma/need.h"
#include "lib/sigma/value.h"

#define KS_PICK_LEAST 16u        /* rules; below that, evaluating each is no slower */

struct ks_pick;

/* What one thread picks with. */
struct ks_picker {
	struct ks_vec hits, rules;   /* uint32_t; rules is the answer */
	struct ks_vec is_hit;        /* bool, by number: so that a record with many values hits each rule once */
};

void ks_pick_init(struct ks_picker *picker);
void ks_pick_release(struct ks_picker *picker);

/* Makes one of these rules, which ascend. It lives in arena and borrows program. NULL, and nothing is in
 * arena, when it would spare little, or rules ask for more than *budget values; those that it holds, and
 * some for each field, are taken from that (some 60 bytes for each). */
const struct ks_pick *ks_pick_make(const struct ks_program *program, const uint32_t *rules, size_t n,
	size_t *budget, struct ks_arena *arena);

/* Those that may be met by what the view shows, ascending, in picker->rules: every rule whose verdict is yes
 * or undecided is among them. */
void ks_pick_ask(const struct ks_pick *pick, const struct ks_view *view, struct ks_picker *picker);

#endif

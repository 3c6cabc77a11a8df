/*
 * What the rules of a program want to see: turned into anchors for the trail's first look, and into a
 * short list of rules for each event that comes out of it. Immutable once built; what a thread remembers
 * is its own.
 */
#ifndef KS_ENGINE_WANTS_H
#define KS_ENGINE_WANTS_H

#include "lib/base/map.h"
#include "lib/engine/pick.h"
#include "lib/engine/wanted.h"
#include "lib/intel/novelty.h"
#include "lib/sigma/need.h"
#include "lib/trail/anchor.h"
#include "lib/trail/event.h"

/* What a rule needs besides its names and services: nothing, or these together. */
enum ks_wants_besides { KS_WANTS_KEYED = 1, KS_WANTS_FAILED = 2, KS_WANTS_BESIDES = 4 };

struct ks_wants {
	const struct ks_program *program;
	struct ks_need *needs;             /* one a rule */
	struct ks_wanted names[KS_WANTS_BESIDES], sources[KS_WANTS_BESIDES];   /* by what rules want besides */
	struct ks_wanted others[KS_ANCHOR_OTHERS];                             /* of other members */
	struct ks_vec phrases;             /* struct ks_phrase: instead of those whose texts are seldom */
	struct ks_arena arena;             /* of all that is wanted */
	bool has_grants;                   /* calls that hand out temporary keys are wanted as well */
	bool is_every;                     /* some rule wants every record */
	/* uint32_t: rules that want every record as well, but only a few plain members of it (wants_sift.h) */
	struct ks_vec sifted;
	/* Of what is new for actors: */
	struct ks_vec learned;             /* const struct ks_pattern *: services that rules ask it of */
	bool learns_every;                 /* some rule asks in a way that only every record tells */
	bool *asks_actor;                  /* one a rule: whether it reads a field below actor. */
	uint32_t name_path, source_path;   /* of eventName and eventSource among the paths, or UINT32_MAX */
	bool *is_other;                    /* one a path: it is one of ks_anchor_others */
};

/* What a rule needs of the fields that can be looked at cheaply: eventName, eventSource and all below decoy.
 * and responder.; where these say nothing, also of userAgent, errorCode, sourceIPAddress, userIdentity.type
 * and userIdentity.arn. out is initialized. */
void ks_wants_need(const struct ks_program *program, size_t rule, struct ks_need *out);

/* What a rule must be told of actors. SERVICES: it reads no other such field than actor.first_seen.service,
 * and can only be met in services that it names; patterns without wildcards for these are added to services
 * (const struct ks_pattern *), which may be NULL. So only the records of these services tell it. */
enum ks_wants_actors { KS_WANTS_NO_ACTORS, KS_WANTS_SERVICES, KS_WANTS_ACTORS };
enum ks_wants_actors ks_wants_actors(const struct ks_program *program, size_t rule, struct ks_vec *services);

void ks_wants_init(struct ks_wants *wants, const struct ks_program *program);
void ks_wants_release(struct ks_wants *wants);

/* Whether a need that is not every record lets nearly every record through all the same: an anchor that need
 * only be there, or a pattern that fits nearly any name or service ("*", "*e*", "*.amazonaws.com"). Gives
 * the item of the rule, or of a filter, that it comes from; NULL when the need narrows something down. */
const struct ks_item *ks_wants_wide(const struct ks_program *program, size_t rule,
	const struct ks_need *need);

/* Wants the calls that hand out temporary keys to the holders of others, besides what rules want: for those
 * who keep incidents and so have to know whose key is whose. */
void ks_wants_grants(struct ks_wants *wants);

/* Limits what is learned to what rules ask for, unless that is everything. */
void ks_wants_limit(const struct ks_wants *wants, struct ks_novelty *novelty);

/* The anchors for a trail, without those for learning: with rules to sift, for every record. They borrow
 * wants and keys. */
struct ks_anchors ks_wants_anchors(const struct ks_wants *wants, const struct ks_keyset *keys);

/* Times that tell nothing new, for the anchors of one thread. */
struct ks_wants_times {
	struct ks_novelty_range range;
	struct ks_anchor_times text;
};

/* Adds what is needed for learning to the anchors of one thread, which borrow times. */
void ks_wants_learn(const struct ks_wants *wants, struct ks_anchors *anchors, struct ks_wants_times *times);

/* Sets times from what is known by now. Until then, and with what was known before, more is read. */
void ks_wants_update(const struct ks_novelty *novelty, struct ks_wants_times *times);

/* The rules that an event of some name and service can meet. */
struct ks_route {
	uint32_t *rules;                   /* ascending */
	size_t n;
	const struct ks_pick *pick;        /* of them, once it was taken so often that this pays; or NULL */
	unsigned taken;
};

/* Many routes have the same rules. */
struct ks_wants_pick {
	const struct ks_route *route;      /* the first that has them */
	const struct ks_pick *pick;        /* NULL: it would spare little */
};

/* Routes that one thread has worked out. */
struct ks_routes {
	const struct ks_wants *wants;
	struct ks_map by_name; /* eventSource and eventName to struct ks_route * in the arena */
	struct ks_buf key;
	struct ks_arena arena;
	struct ks_route all;
	struct ks_picker picker;
	struct ks_route picked;
	struct ks_vec picks;               /* struct ks_wants_pick: for routes that were taken often */
	size_t budget;                     /* values that further ones may hold */
};

void ks_wants_begin(struct ks_routes *routes, const struct ks_wants *wants);
void ks_wants_end(struct ks_routes *routes);

/* What the caller knows of the event besides. */
enum ks_wants_known {
	KS_WANTS_NOBODYS = 1,              /* it has no field below decoy. or responder. */
	KS_WANTS_NO_OTHER = 2,             /* nothing of what rules ask of ks_anchor_others is in it */
};

/* The rules to evaluate for what this view shows: a superset of those that are met. Valid until the next
 * call. known: bits of enum ks_wants_known. */
const struct ks_route *ks_wants_route(struct ks_routes *routes, const struct ks_view *view, unsigned known);

#endif

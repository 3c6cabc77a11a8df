/*
 * How a drill went: what its scenario expected against what the engine found and what people did, with the
 * times of both, and findings of level high and above that nobody expected.
 *
 * A time counts from the actor's first step, by the drill's clock; people's own times, of commands that they
 * gave meanwhile, are brought to it.
 */
#ifndef KS_DRILL_SCORE_H
#define KS_DRILL_SCORE_H

#include "lib/drill/drillbook.h"
#include "lib/drill/scenario.h"
#include "lib/sigma/ruleset.h"

/* Not played: it did not come, and the drill broke off, or is still going on, before it had to. */
enum ks_score_outcome { KS_SCORE_MET, KS_SCORE_LATE, KS_SCORE_MISSED, KS_SCORE_UNPLAYED };

/* Texts live in the score's arena. */
struct ks_score_row {
	enum ks_score_outcome outcome;
	const char *what;            /* "finding", "incident", "notice", "plan", "contained", "none" */
	struct ks_str subject;       /* rule, level, policy */
	int64_t within_ms;           /* allowed; 0: whenever */
	int64_t took_ms;             /* KS_TIME_NONE: it did not come */
	const char *note;            /* more, or NULL */
};

/* A finding of level high or above that was not expected. */
struct ks_score_false {
	struct ks_str rule_id, title;
	int64_t incident;
	enum ks_level level;
};

/* What happened, for the report: of the engine and of people, in order of the drill's time. */
struct ks_score_entry {
	int64_t at_ms;               /* by the drill's clock */
	struct ks_str who;           /* "thief", "engine", "facilitator", or who acted */
	const char *kind;            /* "step", "finding", "incident", "notice", "plan", "inject", "journal" … */
	int64_t incident;            /* 0: none */
	enum ks_level level;
	struct ks_str text;
	bool is_containment;         /* people ended the matter by it */
};

struct ks_score_hash {               /* of evidence */
	struct ks_str event_id, hash;
	int64_t time_ms;
};

struct ks_score {
	struct ks_drillbook book;
	struct ks_scenario scenario;
	struct ks_vec rows;          /* struct ks_score_row */
	struct ks_vec falses;        /* struct ks_score_false */
	struct ks_vec entries;       /* struct ks_score_entry */
	struct ks_vec hashes;        /* struct ks_score_hash: of every stored event */
	struct ks_vec moments;       /* struct ks_drillbook_moment */
	size_t met, late, missed, unplayed;
	int64_t played_ms;           /* how far the drill got, by its clock; INT64_MAX: to its end */
	int64_t detect_ms, notify_ms, contain_ms;    /* since the actor's first step; KS_TIME_NONE: never */
	struct ks_arena arena;
};

/* Reads a drill's store. rules: in use, for names. Release it in any case. Errors: STATE (no drill), PARSE
 * (its scenario), the store's. */
int ks_score_make(struct ks_db *db, const struct ks_ruleset *rules, struct ks_score *out,
	struct ks_err *err);
void ks_score_release(struct ks_score *score);

/* The rule that a scenario means by a name or an id; NULL: there is none. */
const struct ks_rule *ks_score_find_rule(const struct ks_ruleset *rules, struct ks_str name);

const char *ks_score_outcome_name(enum ks_score_outcome outcome);    /* "met", …, "not played" */

/* "1:02:03", "2d 0:10:00", "-" for KS_TIME_NONE. */
void ks_score_add_span(int64_t ms, struct ks_buf *out);

#endif

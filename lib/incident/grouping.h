/*
 * How findings become incidents: one incident per actor until it was quiet, by the time of events, so that
 * it does not matter in which order they come. An event between two incidents of its actor makes them one;
 * one that turns out to be another actor's is moved; one for a closed incident opens it again.
 *
 * Everything here belongs into the caller's transaction, and what it decides is journaled. Errors are the
 * store's.
 */
#ifndef KS_INCIDENT_GROUPING_H
#define KS_INCIDENT_GROUPING_H

#include "lib/incident/incident.h"
#include "lib/incident/suppress.h"

/* Circumstances, the same for a batch. */
struct ks_grouping {
	struct ks_db *db;
	int64_t now_ms;
	int64_t quiet_ms;
	bool is_telling;                 /* somebody will be told: new levels wait to be told */
	struct ks_vec *touched;          /* int64_t: ids of incidents that changed are pushed, repeats and all */
	struct ks_vec *heirs;            /* likewise, of those that were opened for what went over to them */
};

/* One finding with all its evidence. */
struct ks_grouping_item {
	struct ks_str id, rule_id, rule_title;   /* of the finding */
	enum ks_level level;
	int64_t time_ms;
	struct ks_str json;
	bool is_correlated;
	const struct ks_evidence *events;        /* stored already, by time */
	size_t event_count;                      /* at least 1 */
	const struct ks_evidence *owner;         /* one of them: its actor is whose finding it is */
	const struct ks_suppression *suppression;  /* what covers it, or NULL */
};

struct ks_grouping_result {
	int64_t incident_id;
	bool is_new;                     /* the finding */
	bool is_opened, is_reopened;     /* the incident */
};

/* Puts a finding into its actor's incident. One that is there gets the text and the events that are new,
 * and moves when its actor is another by now; what was told of it where it was is not told again. Events of
 * other actors are its evidence, and link by their addresses, but the incident does not count them. */
int ks_grouping_add(const struct ks_grouping *grouping, const struct ks_grouping_item *item,
	struct ks_grouping_result *out, struct ks_err *err);

/* A temporary key turned out to be somebody's: its events name another actor by now, and their findings go
 * over to that one's incident. An incident that loses all of them becomes a part of the other; one that is
 * opened for them takes over what people decided about it. */
int ks_grouping_roll_up(const struct ks_grouping *grouping, struct ks_str key_id, struct ks_err *err);

/* A finding gives way to another one that tells the same better. An incident that loses its last finding so
 * becomes a part of the other's. Nothing happens when the old one is not there. */
int ks_grouping_replace(const struct ks_grouping *grouping, struct ks_str old_id, struct ks_str new_id,
	struct ks_err *err);

/* A finding turned out to be none. Its incident stays, and its journal says so ("withdrawn"). Nothing
 * happens when it is not there. */
int ks_grouping_withdraw(const struct ks_grouping *grouping, struct ks_str id, struct ks_err *err);

/* What time brings. Snoozes that are over: the incident is open again, and waits to be told if something
 * came meanwhile. Suppressions that ended let go of what they covered, unless others cover all of it. What
 * nobody was told yet, or got graver while there was nobody to tell, waits to be told. */
int ks_grouping_wake(const struct ks_grouping *grouping, struct ks_err *err);

/* Whether waking would change anything, or whether notices wait for their page. Both only read. */
int ks_grouping_is_due(const struct ks_grouping *grouping, bool *out, struct ks_err *err);
int ks_grouping_is_waiting(const struct ks_grouping *grouping, bool *out, struct ks_err *err);

#endif

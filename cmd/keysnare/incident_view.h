/*
 * What the incident commands share: the store, ids and names from the command line, and how an incident is
 * shown. Text of records is escaped here for the place that it goes to.
 */
#ifndef KS_CMD_INCIDENT_VIEW_H
#define KS_CMD_INCIDENT_VIEW_H

#include "cmd/keysnare/command.h"

#include "lib/base/arena.h"
#include "lib/codec/json.h"
#include "lib/decoy/registry.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/incident.h"
#include "lib/incident/link.h"
#include "lib/store/db.h"

#include <stdio.h>

/* The options of all commands that change an incident. */
#define KS_INCIDENT_VIEW_WHO \
	{ .kind = KS_OPT_VALUE, .name = "who", .short_name = 'w', .metavar = "NAME", \
		.fallback = "who is logged in", .help = "whose doing it is, for the journal" }

/* The incident that an argument names. Errors: USAGE. */
int ks_incident_view_id(const char *argument, int64_t *out, struct ks_err *err);

/* --who, else USER, else the name of the user that runs this. Borrowed from buf. */
struct ks_str ks_incident_view_who(const struct ks_app *app, const struct ks_opt_args *args,
	struct ks_buf *buf);

/* A moment in the future: a time, or how long from now ("4h", "7d"). Errors: USAGE, naming the option. */
int ks_incident_view_until(const struct ks_app *app, const char *option, const char *value, int64_t *out_ms,
	struct ks_err *err);

/* An incident with what belongs to it. */
struct ks_incident_view {
	struct ks_incident incident;
	bool has_decoy;                  /* the registry knows the decoy */
	struct ks_decoy decoy;
	struct ks_vec linked;            /* int64_t, ascending: the first that stand on the same page */
	size_t linked_count;             /* all of them */
	int64_t page;                    /* the first incident of its page, itself when it stands alone */
	struct ks_vec addresses;         /* struct ks_str */
	struct ks_drillcase drillcase;
};

/* Where views come from; one for all that are shown together, so that each page is looked at once. */
struct ks_incident_view_from {
	struct ks_db *db;
	struct ks_linker *linker;
	int64_t now_ms;
	size_t most_linked;              /* named one by one */
};
#define KS_INCIDENT_VIEW_LINKED 50u  /* where many incidents are shown */

/* A suppression that is over by now is left out. Errors: NOTFOUND. */
int ks_incident_view_load(const struct ks_incident_view_from *from, int64_t id, struct ks_arena *arena,
	struct ks_incident_view *out, struct ks_err *err);
void ks_incident_view_release(struct ks_incident_view *view);

/* The incident's own members: what list and show have in common. */
struct ks_json *ks_incident_view_json(const struct ks_incident_view *view);

/* "critical", "unrated" … in its color, padded to width. */
void ks_incident_view_level(FILE *to, enum ks_level level, bool has_color, int width);
const char *ks_incident_view_level_name(enum ks_level level);

/* Escaped text, cut after longest characters (0: never), padded to width. */
void ks_incident_view_text(FILE *to, struct ks_str text, size_t longest, int width);

/* A time, or "-", padded to width. */
void ks_incident_view_time(FILE *to, int64_t ms, int width);

/* One line an incident, under a head, with columns as wide as they have to be (of struct
 * ks_incident_view). */
void ks_incident_view_table(const struct ks_app *app, const struct ks_vec *views);

#endif

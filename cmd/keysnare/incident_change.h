/*
 * How the commands that change incidents run: the store, who does it, one incident after the other.
 */
#ifndef KS_CMD_INCIDENT_CHANGE_H
#define KS_CMD_INCIDENT_CHANGE_H

#include "cmd/keysnare/incident_view.h"

typedef int ks_incident_change_fn(struct ks_db *db, const struct ks_incident_change *change,
	struct ks_err *err);

struct ks_incident_change_order {
	const struct ks_opt_args *args;  /* the ids are its first arguments */
	size_t id_count;
	ks_incident_change_fn *verb;
	const char *done;                /* "acknowledged": what is printed of each */
	const char *text;                /* for the change; NULL: nothing */
	int64_t until_ms;
};

/* Changes them all, and says so, a line each. One that cannot be changed is named on stderr; the others are
 * changed all the same. Returns an enum ks_exit. */
int ks_incident_change_run(struct ks_app *app, const struct ks_incident_change_order *order);

#endif

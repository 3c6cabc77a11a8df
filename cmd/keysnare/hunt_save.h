/*
 * hunt --save: what the hunt found goes into the store, and the incidents that it comes to are printed.
 */
#ifndef KS_CMD_HUNT_SAVE_H
#define KS_CMD_HUNT_SAVE_H

#include "cmd/keysnare/command.h"

#include "lib/engine/hunt.h"
#include "lib/store/db.h"

struct ks_hunt_save {
	struct ks_db *db;                /* NULL: nothing is to be saved */
	struct ks_gather gather;
};

/* Opens the store, which is made when it is missing, and has the request gather. Without is_wanted nothing
 * happens, here and in end. */
int ks_hunt_save_begin(struct ks_hunt_save *save, struct ks_app *app, bool is_wanted,
	struct ks_hunt_request *request, struct ks_err *err);

/* Saves, and prints the incidents: as text on stdout, else one line about them on stderr. */
int ks_hunt_save_end(struct ks_hunt_save *save, struct ks_app *app, const struct ks_hunt_request *request,
	struct ks_err *err);

void ks_hunt_save_release(struct ks_hunt_save *save);

#endif

/*
 * Settings for the threads of a command that asks AWS, each for itself, all told to one recorder of our own
 * calls.
 */
#ifndef KS_CMD_ASKER_H
#define KS_CMD_ASKER_H

#include "cmd/keysnare/command.h"

#include "lib/aws/settings.h"
#include "lib/incident/owncall.h"

struct ks_asker {
	const struct ks_app *app;
	struct ks_settings witness;      /* empty but for the recorder */
	struct ks_owncall *owncall;      /* NULL: not open */
};

/* Opens the recorder; nothing when it is open. */
void ks_asker_open(struct ks_asker *asker, const struct ks_app *app);
void ks_asker_close(struct ks_asker *asker);     /* zeroed is fine; writes what is left */

/* With an asker: settings of the usual chain, told to its recorder. Any thread may ask. Errors: those of
 * ks_settings_load. */
int ks_asker_settings(void *asker, struct ks_settings *out, struct ks_err *err);

#endif

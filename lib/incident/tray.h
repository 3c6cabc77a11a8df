/*
 * What lies in the outbox, looked at from outside: how much for each notifier, and the fate of one notice.
 * Errors are the store's.
 */
#ifndef KS_INCIDENT_TRAY_H
#define KS_INCIDENT_TRAY_H

#include "lib/incident/outbox.h"

struct ks_tray {
	struct ks_str notifier;
	int64_t waiting;                 /* or being sent */
	int64_t dead;                    /* of incidents that are not closed, or of none */
	int64_t sent_ms;                 /* when the last one arrived; KS_TIME_NONE */
};

/* One for each notifier that the outbox names, in order of name, pushed on out. */
int ks_tray_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* The newest notice of a kind for a notifier; out->id 0: there is none. Texts live in arena. */
int ks_tray_newest(struct ks_db *db, struct ks_str notifier, const char *kind, struct ks_arena *arena,
	struct ks_notice *out, struct ks_err *err);

/* Takes a test away, whatever became of it: nobody is to be woken by it later. */
int ks_tray_drop_test(struct ks_db *db, int64_t id, struct ks_err *err);

#endif

/*
 * Whether an incident is an exercise: one of a drill's store, or one whose records all carry the mark of a
 * drill (drillmark.h). Everywhere where people meet an incident this is said in the same words.
 *
 * Who can write where a watch reads can write marked records, too, beside those of a real thief: an
 * incident of which only some are marked is never called an exercise, but said to be mixed.
 */
#ifndef KS_INCIDENT_DRILLCASE_H
#define KS_INCIDENT_DRILLCASE_H

#include "lib/base/buf.h"
#include "lib/store/db.h"

#include <stdbool.h>

enum ks_drillcase_kind { KS_DRILLCASE_NONE, KS_DRILLCASE_PART, KS_DRILLCASE_WHOLE };

struct ks_drillcase {
	enum ks_drillcase_kind kind;
	bool is_of_drill;                /* the store is a drill's */
	int64_t marked, events;          /* of the incident's events, those of others among them */
};

/* Whether a store is a drill's: then it is for nothing else. Errors are the store's. */
int ks_drillcase_is_of_drill(struct ks_db *db, bool *out, struct ks_err *err);

int ks_drillcase_read(struct ks_db *db, int64_t incident, struct ks_drillcase *out, struct ks_err *err);

/* Whether any record of the store carries the mark of a drill. */
int ks_drillcase_has_marks(struct ks_db *db, bool *out, struct ks_err *err);

/* Whether no finding of an incident is about an event without the mark; as cheap as can be where there is
 * one. */
int ks_drillcase_is_all_marked(struct ks_db *db, int64_t incident, bool *out, struct ks_err *err);

/* For programs: "whole", "part"; NULL: it is none. */
const char *ks_drillcase_name(const struct ks_drillcase *drillcase);

/* One sentence for people, without a name for what it is about; nothing where it is none. */
void ks_drillcase_add_text(const struct ks_drillcase *drillcase, struct ks_buf *out);

#endif

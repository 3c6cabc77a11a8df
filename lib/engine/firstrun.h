/*
 * The first run over a source: until it had nothing more for the first time. What was read in it may be a
 * story that is long over, so its events are marked (ingest.h). That it is over stands in the store, under
 * the source as it was given, so that a crash in the middle does not end it.
 */
#ifndef KS_ENGINE_FIRSTRUN_H
#define KS_ENGINE_FIRSTRUN_H

#include "lib/engine/ingest.h"

/* Whether the source is still in its first run. Errors: the store's, of both. */
int ks_firstrun_is(struct ks_ingest *ingest, const char *spec, bool *out, struct ks_err *err);

/* It is over with this batch. */
int ks_firstrun_end(struct ks_ingest *ingest, const char *spec, struct ks_err *err);

#endif

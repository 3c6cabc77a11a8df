/* First runs, as checkpoints of the watch itself. */
#include "lib/engine/firstrun.h"

#define OWN_SOURCE "watch"
#define PART "first-run-over:%s"

int ks_firstrun_is(struct ks_ingest *ingest, const char *spec, bool *out, struct ks_err *err)
{
	struct ks_str over = { NULL, 0 };
	struct ks_arena arena = { NULL };
	int rc = ks_ingest_checkpoint_get(ingest, KS_STR(OWN_SOURCE), ks_str_of(ks_arena_printf(&arena, PART,
		spec)),
		&arena, &over, err);

	if (rc == 0)
		*out = over.p == NULL;
	ks_arena_release(&arena);
	return rc;
}

int ks_firstrun_end(struct ks_ingest *ingest, const char *spec, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	int rc = ks_ingest_checkpoint(ingest, KS_STR(OWN_SOURCE), ks_str_of(ks_arena_printf(&arena, PART, spec)),
		KS_STR("1"), err);

	ks_arena_release(&arena);
	return rc;
}

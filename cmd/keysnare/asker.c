/* One recorder, many settings. */
#include "cmd/keysnare/asker.h"

void ks_asker_open(struct ks_asker *asker, const struct ks_app *app)
{
	asker->app = app;
	if (asker->owncall != NULL)
		return;
	ks_owncall_open(app->ctx, app->store_path, &asker->witness, &asker->owncall);
	ks_owncall_set_bulk(asker->owncall);
}

void ks_asker_close(struct ks_asker *asker)
{
	ks_owncall_close(asker->owncall);
	asker->owncall = NULL;
}

int ks_asker_settings(void *asker, struct ks_settings *out, struct ks_err *err)
{
	const struct ks_asker *from = asker;

	if (ks_settings_load(from->app->ctx, NULL, NULL, out, err) != 0) {
		ks_settings_release(out);
		return -1;
	}
	out->witness = from->witness.witness;
	return 0;
}

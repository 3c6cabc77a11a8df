/* One change, made to several incidents. */
#include "cmd/keysnare/incident_change.h"

#include "cmd/keysnare/printer.h"
#include "lib/incident/outbox.h"
#include "lib/store/schema.h"

#include <inttypes.h>

#define TOLD_MOST 4096u

/* Who hears of it, and from whom. */
static void add_told(struct ks_db *db, int64_t id, int64_t now_ms, struct ks_buf *out)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_arena arena = { NULL };
	struct ks_err ignored = { 0 };

	if (ks_outbox_list(db, id, &arena, &notices, &ignored) != 0)
		notices.n = 0;
	for (size_t i = 0; i < notices.n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(&notices, struct ks_notice, i);

		if (notice->created_ms != now_ms || !ks_str_is(notice->kind, "closed"))
			continue;
		ks_buf_adds(out, out->n == 0 ? "; 'keysnare watch' tells " : ", ");
		ks_buf_add(out, notice->notifier);
	}
	ks_vec_release(&notices);
	ks_arena_release(&arena);
}

static void print(const struct ks_app *app, const struct ks_incident_change_order *order, int64_t id,
	const struct ks_buf *told)
{
	struct ks_json *json;

	if (app->format == KS_FORMAT_TEXT) {
		printf("incident %" PRId64 ": %s%s\n", id, order->done, told->n > 0 ? ks_buf_str(told).p : "");
		return;
	}
	json = ks_json_new_object();
	ks_json_add_int(json, "incident", id);
	ks_json_add_text(json, "done", order->done);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

static int change_one(struct ks_app *app, struct ks_db *db, const struct ks_incident_change_order *order,
	const char *argument, struct ks_err *err)
{
	struct ks_incident_change change = { .now_ms = ks_ctx_now(app->ctx), .text = ks_str_of(order->text),
		.until_ms = order->until_ms };
	struct ks_buf who, told;
	int rc;

	ks_buf_init(&who, 1024);
	change.who = ks_incident_view_who(app, order->args, &who);
	rc = ks_incident_view_id(argument, &change.id, err);
	if (rc == 0)
		rc = order->verb(db, &change, err);
	ks_buf_init(&told, TOLD_MOST);
	if (rc == 0)
		add_told(db, change.id, change.now_ms, &told);
	if (rc == 0)
		print(app, order, change.id, &told);
	ks_buf_release(&told);
	ks_buf_release(&who);
	return rc;
}

int ks_incident_change_run(struct ks_app *app, const struct ks_incident_change_order *order)
{
	struct ks_db *db = NULL;
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (ks_schema_open(app->ctx, app->store_path, KS_DB_WRITE, &db, &err) != 0)
		return ks_command_fail(&err);
	for (size_t i = 0; i < order->id_count; i++)
		if (change_one(app, db, order, *KS_VEC_AT(&order->args->arguments, const char *, i), &err) != 0)
			status = ks_command_fail(&err);
	ks_db_close(db);
	return status;
}

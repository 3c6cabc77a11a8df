/* keysnare notify resend: notices that were given up, tried once more. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/incident_view.h"

#include "lib/incident/outbox.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>

extern const struct ks_command ks_cmd_notify_resend;

static int revive(struct ks_app *app, struct ks_db *db, const struct ks_opt_args *args, int64_t *out_n,
	struct ks_err *err)
{
	int64_t now = ks_ctx_now(app->ctx);

	*out_n = 0;
	if (args->arguments.n == 0)
		return ks_outbox_revive(db, 0, now, out_n, err);
	for (size_t i = 0; i < args->arguments.n; i++) {
		const char *text = *KS_VEC_AT(&args->arguments, const char *, i);
		int64_t id = 0, n = 0;

		if (!ks_str_parse_int(ks_str_of(text), &id) || id < 1)
			return ks_err_set(err, KS_ERR_USAGE, "'%s' is no number of a notice: incidents show theirs, "
				"'keysnare incident show'", text);
		if (ks_outbox_revive(db, id, now, &n, err) != 0)
			return -1;
		if (n == 0)
			return ks_err_set(err, KS_ERR_STATE, "notice %" PRId64 " was not given up, or there is none: "
				"'keysnare notify list' says whether any were", id);
		*out_n += n;
	}
	return 0;
}

static bool is_asked_for(const struct ks_opt_args *args, int64_t id)
{
	for (size_t i = 0; i < args->arguments.n; i++) {
		int64_t number = 0;

		if (ks_str_parse_int(ks_str_of(*KS_VEC_AT(&args->arguments, const char *, i)), &number) &&
			number == id)
			return true;
	}
	return args->arguments.n == 0;
}

/* Those that are given up and asked for; the vector is as long as there are such. */
static int list_dead(struct ks_db *db, const struct ks_opt_args *args, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	size_t n = 0;

	if (ks_outbox_list(db, 0, arena, out, err) != 0)
		return -1;
	for (size_t i = 0; i < out->n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(out, struct ks_notice, i);

		if (ks_str_is(notice->state, "dead") && is_asked_for(args, notice->id))
			*KS_VEC_AT(out, struct ks_notice, n++) = *notice;
	}
	out->n = n;
	return 0;
}

static void print_text(const struct ks_vec *notices)
{
	for (size_t i = 0; i < notices->n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(notices, struct ks_notice, i);

		printf("notice %" PRId64 " to ", notice->id);
		ks_incident_view_text(stdout, notice->notifier, 0, 0);
		fputs(", of ", stdout);
		ks_incident_view_time(stdout, notice->created_ms, 0);
		fputs(": ", stdout);
		ks_incident_view_text(stdout, notice->kind, 0, 0);
		if (notice->incident_id != 0)
			printf(", incident %" PRId64, notice->incident_id);
		putchar('\n');
	}
	if (notices->n == 0)
		printf("nothing to send again: no notice was given up\n");
	else
		printf("%zu notice%s to be sent again, by the watch that runs or the next one\n", notices->n,
			notices->n == 1 ? " is" : "s are");
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int64_t n = 0;
	int rc;

	if ((args->arguments.n == 0) != ks_opt_has(args, "all"))
		return ks_command_usage(&ks_cmd_notify_resend, "give the numbers of notices, or --all");
	rc = ks_schema_open(app->ctx, app->store_path, KS_DB_WRITE, &db, &err);
	if (rc == 0)
		rc = list_dead(db, args, &arena, &notices, &err);
	if (rc == 0)
		rc = revive(app, db, args, &n, &err);
	ks_db_close(db);
	if (rc == 0 && app->format == KS_FORMAT_TEXT)
		print_text(&notices);
	else if (rc == 0)
		printf("{\"resent\":%" PRId64 "}\n", n);
	ks_vec_release(&notices);
	ks_arena_release(&arena);
	return rc != 0 ? ks_command_fail(&err) : KS_EXIT_DONE;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "all", .help = "all that were given up" },
};

const struct ks_command ks_cmd_notify_resend = {
	.name = "resend",
	.arguments = "[NOTICE…]",
	.summary = "send again what was given up",
	.about =
		"A notice that its receiver did not take for a day, or refused for good, is given up. Each run says "
		"so, as long as the incident is not closed; the other notifiers get an alarm. Once the receiver is "
		"mended, this has such notices tried for another day, by the 'keysnare watch' that runs on the "
		"store or the next one, and says which, to whom, and from when they are. What may have arrived is "
		"marked as repeated. 'keysnare notify list' says how many there are, 'keysnare "
		"incident show' which.",
	.examples =
		"keysnare notify resend --all\tall of them\n"
		"keysnare notify resend 12 15\tthese two",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

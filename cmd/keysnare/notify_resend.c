/* keysnare notify resend: notices that were given up, tried once more. */
#include "cmd/keysnare/command.h"

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
			return ks_err_set(err, KS_ERR_STATE, "notice %" PRId64 " was not given up, or there is none",
				id);
		*out_n += n;
	}
	return 0;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int64_t n = 0;
	int rc;

	if ((args->arguments.n == 0) != ks_opt_has(args, "all"))
		return ks_command_usage(&ks_cmd_notify_resend, "give the numbers of notices, or --all");
	rc = ks_schema_open(app->ctx, app->store_path, KS_DB_WRITE, &db, &err);
	if (rc == 0)
		rc = revive(app, db, args, &n, &err);
	ks_db_close(db);
	if (rc != 0)
		return ks_command_fail(&err);
	if (app->format == KS_FORMAT_TEXT)
		printf("%" PRId64 " notice%s to be sent again, by the watch that runs or the next one\n", n,
			n == 1 ? " is" : "s are");
	else
		printf("{\"resent\":%" PRId64 "}\n", n);
	return KS_EXIT_DONE;
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
		"mended, this has such notices tried for another day, marked as repeated, by the 'keysnare watch' "
		"that runs on the store or the next one. 'keysnare notify list' says how many there are, 'keysnare "
		"incident show' which.",
	.examples =
		"keysnare notify resend --all\tall of them\n"
		"keysnare notify resend 12 15\tthese two",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

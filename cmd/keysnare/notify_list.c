/* keysnare notify list: notifiers, and what lies in the outbox for them. */
#include "cmd/keysnare/decoy_view.h"

#include "cmd/keysnare/command.h"
#include "cmd/keysnare/printer.h"

#include "lib/base/time.h"
#include "lib/engine/config.h"
#include "lib/incident/tray.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <string.h>

extern const struct ks_command ks_cmd_notify_list;

/* One line of the list. order NULL: the outbox names it, and the config does not. */
struct line {
	const char *name;
	const struct ks_notifier_order *order;
	struct ks_tray tray;
	bool lacks_secret;
};

static const char *name_of(const struct ks_notifier_order *order)
{
	return order->name != NULL ? order->name : order->kind;
}

/* Where it goes, without what may be secret: of a URL only scheme and host. */
static const char *place_of(const struct ks_notifier_order *order, struct ks_arena *arena)
{
	const char *target = order->target != NULL ? order->target : "", *host = strstr(target, "://");
	size_t n;

	if (order->secret != NULL && target[0] == '\0')
		return order->secret;
	if (host == NULL)
		return target;
	n = strcspn(host + 3, "/?#");
	for (size_t i = n; i > 0; i--)
		if (host[2 + i] == '@')
			return ks_arena_printf(arena, "%.*s://%.*s%s", (int)(host - target), target, (int)(n - i),
				host + 3 + i, host[3 + n] != '\0' ? "/…" : "");
	return ks_arena_printf(arena, "%.*s%s", (int)(host + 3 + n - target), target,
		host[3 + n] != '\0' && host[4 + n] != '\0' ? "/…" : "");
}

static const char *kinds_of(const struct ks_notifier_order *order, struct ks_arena *arena)
{
	const char *text = "";

	for (size_t i = 0; i < order->kind_count; i++)
		text = ks_arena_printf(arena, "%s%s%s", text, i > 0 ? "," : "", order->kinds[i]);
	return text;
}

static bool lacks_secret(const struct ks_app *app, const struct ks_notifier_order *order)
{
	struct ks_secret secret = { 0 };
	struct ks_err ignored = { 0 };
	bool lacks = order != NULL && order->secret != NULL &&
		ks_notifier_resolve(app->ctx, order->secret, &secret, &ignored) != 0;

	ks_secret_release(&secret);
	return lacks;
}

static int load(const struct ks_app *app, struct ks_arena *arena, struct ks_vec *lines, struct ks_err *err)
{
	struct ks_vec trays = KS_VEC_OF(struct ks_tray);
	struct ks_db *db = NULL;
	int rc = ks_schema_open(app->ctx, app->store_path, KS_DB_READ, &db, err);

	if (rc == 0)
		rc = ks_tray_list(db, arena, &trays, err);
	else if (err->code == KS_ERR_NOTFOUND)
		rc = 0;
	for (size_t i = 0; rc == 0 && i < app->config->notifier_count; i++)
		*(struct line *)ks_vec_push(lines) = (struct line){ name_of(&app->config->notifiers[i]),
			&app->config->notifiers[i], { .sent_ms = KS_TIME_NONE }, false };
	for (size_t i = 0; rc == 0 && i < trays.n; i++) {
		const struct ks_tray *tray = KS_VEC_AT(&trays, struct ks_tray, i);
		size_t k = 0;

		while (k < app->config->notifier_count &&
			!ks_str_is(tray->notifier, name_of(&app->config->notifiers[k])))
			k++;
		if (k < app->config->notifier_count)
			KS_VEC_AT(lines, struct line, k)->tray = *tray;
		else if (tray->waiting > 0 || tray->dead > 0)
			*(struct line *)ks_vec_push(lines) = (struct line){ ks_arena_strdup(arena, tray->notifier), NULL,
				*tray, false };
	}
	for (size_t i = 0; i < lines->n; i++) {
		struct line *line = KS_VEC_AT(lines, struct line, i);

		line->lacks_secret = lacks_secret(app, line->order);
	}
	ks_db_close(db);
	ks_vec_release(&trays);
	return rc;
}

static void print_text(const struct ks_vec *lines, struct ks_arena *arena)
{
	int width = 4;

	for (size_t i = 0; i < lines->n; i++) {
		int n = (int)strlen(KS_VEC_AT(lines, struct line, i)->name);

		width = n > width ? n : width;
	}
	if (lines->n > 0)
		printf("%-*s  %-11s  %-8s  %7s  %5s  %s\n", width, "NAME", "KIND", "LEVEL", "WAITING", "DEAD",
			"TARGET");
	for (size_t i = 0; i < lines->n; i++) {
		const struct line *line = KS_VEC_AT(lines, struct line, i);
		const struct ks_notifier_order *order = line->order;

		ks_decoy_view_print(stdout, ks_str_of(line->name), width);
		printf("  %-11s  %-8s  %7" PRId64 "  %5" PRId64 "  ", order != NULL ? order->kind : "?",
			order == NULL || order->level == KS_LEVEL_NONE ? "all" : ks_rule_level_name(order->level),
			line->tray.waiting, line->tray.dead);
		if (order == NULL)
			printf("(the config does not have it)");
		else
			ks_decoy_view_print(stdout, ks_str_of(place_of(order, arena)), 0);
		if (line->lacks_secret)
			printf("  secret missing");
		if (order != NULL && order->kind_count > 0)
			printf("  only %s", kinds_of(order, arena));
		printf("\n");
	}
}

static struct ks_json *json_of(const struct line *line, struct ks_arena *arena)
{
	const struct ks_notifier_order *order = line->order;
	struct ks_json *json = ks_json_new_object(), *kinds = ks_json_new_array();
	char time[KS_TIME_TEXT];

	ks_json_add_text(json, "name", line->name);
	ks_json_add_text(json, "kind", order != NULL ? order->kind : NULL);
	ks_json_add_text(json, "target", order != NULL ? place_of(order, arena) : NULL);
	ks_json_add_text(json, "secret", order != NULL ? order->secret : NULL);
	ks_json_add_bool(json, "secret_missing", line->lacks_secret);
	ks_json_add_text(json, "level", order != NULL ? ks_rule_level_name(order->level) : NULL);
	for (size_t i = 0; order != NULL && i < order->kind_count; i++)
		ks_json_add_text(kinds, NULL, order->kinds[i]);
	ks_json_add(json, "kinds", kinds);
	if (order != NULL && order->account != NULL)
		ks_json_add_str(json, "account", order->account->id);
	else
		ks_json_add_null(json, "account");
	ks_json_add_int(json, "waiting", line->tray.waiting);
	ks_json_add_int(json, "dead", line->tray.dead);
	ks_json_add_text(json, "arrived", line->tray.sent_ms != KS_TIME_NONE ?
		ks_time_render(line->tray.sent_ms, time) : NULL);
	return json;
}

static void print_json(const struct ks_vec *lines, bool is_lines, struct ks_arena *arena)
{
	struct ks_printer printer = ks_printer_begin(stdout, is_lines);

	for (size_t i = 0; i < lines->n; i++)
		ks_printer_add(&printer, json_of(KS_VEC_AT(lines, struct line, i), arena));
	ks_printer_end(&printer);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_vec lines = KS_VEC_OF(struct line);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_notify_list, "unexpected argument '%s'",
			*KS_VEC_AT(&args->arguments, const char *, 0));
	if (load(app, &arena, &lines, &err) != 0) {
		status = ks_command_fail(&err);
	} else if (app->format == KS_FORMAT_TEXT) {
		print_text(&lines, &arena);
	} else {
		print_json(&lines, app->format == KS_FORMAT_JSONL, &arena);
	}
	if (status == KS_EXIT_DONE && app->config->notifier_count == 0)
		fprintf(stderr, "the config names no notifiers: watch writes its notices to standard output, unless "
			"--notify says otherwise; 'keysnare notify -h' shows what there is\n");
	ks_vec_release(&lines);
	ks_arena_release(&arena);
	return status;
}

const struct ks_command ks_cmd_notify_list = {
	.name = "list",
	.arguments = "",
	.summary = "list the config's notifiers, and what waits for them",
	.about =
		"One line a notifier, as the config has them: the level from which on it is told, how many notices "
		"wait for it, and how many were given up and reached nobody. Of a URL only the host is shown, of a "
		"secret only where it is, and that it is missing. A notifier that the "
		"config no longer has is listed as long as something "
		"waits for it. Nothing is sent.",
	.examples =
		"keysnare notify list\ta table\n"
		"keysnare notify list --format jsonl\tone JSON object a line",
	.run = run,
};

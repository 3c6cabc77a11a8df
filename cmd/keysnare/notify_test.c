/* keysnare notify test: a marked test through the outbox to its receiver. */
#include "cmd/keysnare/command.h"

#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/receivers.h"

#include "lib/base/text.h"
#include "lib/engine/config.h"
#include "lib/notify/testnotice.h"
#include "lib/store/schema.h"

#include <string.h>

extern const struct ks_command ks_cmd_notify_test;

#define WAIT_MOST 600

/* What is to be tested. */
struct testing {
	struct ks_app *app;
	const struct ks_opt_args *args;
	struct ks_notifiers notifiers;
	struct ks_arena arena;
	struct ks_vec results;           /* struct ks_testnotice */
	size_t unusable;                 /* of them, first: their secrets are not to be had */
};

static bool is_chosen(const struct testing *t, const char *name)
{
	for (size_t i = 0; i < t->args->arguments.n; i++)
		if (strcmp(*KS_VEC_AT(&t->args->arguments, const char *, i), name) == 0)
			return true;
	return ks_opt_has(t->args, "all");
}

static int check_names(const struct testing *t, struct ks_err *err)
{
	const struct ks_config *config = t->app->config;

	for (size_t i = 0; i < t->args->arguments.n; i++) {
		const char *name = *KS_VEC_AT(&t->args->arguments, const char *, i);
		size_t k = 0;

		while (k < config->notifier_count && strcmp(ks_receivers_name(&config->notifiers[k]), name) != 0)
			k++;
		if (k == config->notifier_count)
			return ks_err_set(err, KS_ERR_USAGE, "there is no notifier '%s' in the config: 'keysnare notify "
				"list' shows those there are", name);
	}
	return 0;
}

/* Without its secret it is not tried, and the others are. */
static bool has_secret(struct testing *t, const struct ks_notifier_order *order)
{
	struct ks_secret secret = { 0 };
	struct ks_err why = { 0 };

	if (order->secret == NULL || ks_notifier_resolve(t->app->ctx, order->secret, &secret, &why) == 0) {
		ks_secret_release(&secret);
		return true;
	}
	*(struct ks_testnotice *)ks_vec_push(&t->results) = (struct ks_testnotice){ ks_receivers_name(order),
		KS_TESTNOTICE_FAILED, ks_str_of(ks_arena_strdup(&t->arena, ks_str_of(why.message))) };
	t->unusable++;
	return false;
}

static int choose(struct testing *t, struct ks_err *err)
{
	const struct ks_config *config = t->app->config;
	struct ks_vec none = KS_VEC_OF(const char *);

	if (check_names(t, err) != 0)
		return -1;
	for (size_t i = 0; i < config->notifier_count; i++) {
		struct ks_notifier_order order = ks_receivers_order(config, i);

		if (is_chosen(t, ks_receivers_name(&order)) && has_secret(t, &order) &&
			ks_notifier_add_order(&t->notifiers, t->app->ctx, &order, err) != 0)
			return -1;
	}
	if (t->notifiers.list.n == 0 && t->unusable > 0)
		return 0;
	if (t->notifiers.list.n == 0)
		return ks_err_set(err, KS_ERR_CONFIG, "the config names no notifiers: write some under 'notifiers', "
			"as 'keysnare notify -h' shows");
	return ks_notifier_set_secrets(&t->notifiers, t->app->ctx, &none, NULL, err);
}

static int send(struct testing *t, int64_t wait_ms, struct ks_err *err)
{
	const struct ks_testnotice_request request = { .ctx = t->app->ctx, .store_path = t->app->store_path,
		.notifiers = &t->notifiers, .wait_ms = wait_ms };
	struct ks_db *db = NULL;

	if (t->notifiers.list.n == 0)
		return 0;
	/* The store may not be there yet: this is often the first thing that is tried. */
	if (ks_schema_open(t->app->ctx, t->app->store_path, KS_DB_CREATE, &db, err) != 0)
		return -1;
	ks_db_close(db);
	return ks_testnotice_send(&request, &t->arena, &t->results, err);
}

static const char *const words[] = { [KS_TESTNOTICE_ARRIVED] = "arrived", [KS_TESTNOTICE_FAILED] = "failed",
	[KS_TESTNOTICE_UNTRIED] = "not tried" };

static void print_json(const struct testing *t)
{
	struct ks_printer printer = ks_printer_begin(stdout, t->app->format == KS_FORMAT_JSONL);

	for (size_t i = 0; i < t->results.n; i++) {
		const struct ks_testnotice *result = KS_VEC_AT(&t->results, struct ks_testnotice, i);
		struct ks_json *json = ks_json_new_object();

		ks_json_add_text(json, "notifier", result->notifier);
		ks_json_add_text(json, "result", words[result->end]);
		ks_json_add_str(json, "error", result->end == KS_TESTNOTICE_FAILED ? result->error :
			(struct ks_str){ NULL, 0 });
		ks_printer_add(&printer, json);
	}
	ks_printer_end(&printer);
}

static void print_text(const struct testing *t)
{
	for (size_t i = 0; i < t->results.n; i++) {
		const struct ks_testnotice *result = KS_VEC_AT(&t->results, struct ks_testnotice, i);

		printf("%s: %s", result->notifier, words[result->end]);
		if (result->end == KS_TESTNOTICE_FAILED) {
			printf(": ");
			ks_decoy_view_print(stdout, result->error, 0);
		} else if (result->end == KS_TESTNOTICE_UNTRIED) {
			printf(": no attempt has ended within --wait; other notices may wait before it ('keysnare "
				"notify list')");
		}
		printf("\n");
	}
}

static int tell(const struct testing *t)
{
	int status = KS_EXIT_DONE;

	if (t->app->format == KS_FORMAT_TEXT)
		print_text(t);
	else
		print_json(t);
	for (size_t i = 0; i < t->results.n; i++)
		if (KS_VEC_AT(&t->results, struct ks_testnotice, i)->end != KS_TESTNOTICE_ARRIVED)
			status = KS_EXIT_FAILED;
	return t->unusable > 0 ? KS_EXIT_USAGE : status;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct testing t = { .app = app, .args = args, .results = KS_VEC_OF(struct ks_testnotice) };
	const char *wait = ks_opt_value(args, "wait", "60");
	struct ks_err err = { 0 };
	int64_t seconds;
	int status;

	if ((args->arguments.n == 0) != ks_opt_has(args, "all"))
		return ks_command_usage(&ks_cmd_notify_test, "give the names of notifiers, or --all");
	if (!ks_str_parse_int(ks_str_of(wait), &seconds) || seconds < 1 || seconds > WAIT_MOST)
		return ks_command_usage(&ks_cmd_notify_test, "--wait takes seconds from 1 to %d, not '%s'",
			WAIT_MOST, wait);
	ks_arena_init(&t.arena);
	ks_notifier_init(&t.notifiers);
	if (choose(&t, &err) != 0 || send(&t, seconds * 1000, &err) != 0)
		status = ks_command_fail(&err);
	else
		status = tell(&t);
	ks_notifier_release(&t.notifiers);
	ks_vec_release(&t.results);
	ks_arena_release(&t.arena);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "all", .short_name = 'a', .help = "test every notifier of the config" },
	{ .kind = KS_OPT_VALUE, .name = "wait", .metavar = "SECONDS", .fallback = "60",
		.help = "how long to wait for the first attempt" },
};

const struct ks_command ks_cmd_notify_test = {
	.name = "test",
	.arguments = "[NAME…]",
	.summary = "send a marked test through the real path",
	.about =
		"A notice of kind \"test\" goes into the outbox of the store and is delivered from there by what "
		"delivers alerts, with the same secrets, formats and checks, whatever level and kinds the notifier "
		"is told. It says that it is a test and that nothing has happened. What became of the first attempt "
		"is printed; the notice is then taken away, so that a test that failed wakes nobody later. What "
		"else waits for these notifiers is tried as well.\n"
		"\n"
		"The exit status is 0 when every test arrived, 1 when one did not, 2 when a notifier cannot be used "
		"as the config has it; one without its secret is not tried, and the others are. "
		"Syslog by UDP gives no answer: 'arrived' means that it was sent.",
	.examples =
		"keysnare notify test pager\tone of them\n"
		"keysnare notify test --all --wait 20\tevery one, at most 20 seconds",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

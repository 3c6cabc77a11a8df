/* keysnare decoy check: whether the baits are still in their places, and give nothing away. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_check_aws.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/decoy/fingerprint.h"
#include "lib/decoy/trace.h"

#include <string.h>

extern const struct ks_command ks_cmd_decoy_check;

static const struct ks_opt options[] = {
	{ KS_OPT_FLAG, "offline", 0, NULL, "ask AWS nothing", NULL, NULL },
};

/* One run over some decoys. */
struct check {
	const struct ks_app *app;
	struct ks_decoy_view_fleet fleet;
	struct ks_neighbors neighbors;
	struct ks_canary canary;
	struct ks_aws_sessions sessions;
	bool is_offline;             /* AWS is asked nothing */
	struct ks_printer printer;
	int width;                   /* of the longest name */
	size_t checked, unwell;
};

/* What is to be said of one decoy. */
struct verdict {
	struct ks_arena arena;
	struct ks_vec tells;         /* struct ks_fingerprint_tell */
	const char *bait;            /* "unchanged", "gone" …, "unreadable", "retired" */
	const char *key;
	bool is_well;
};

#define TELL(verdict, severity, ...) \
	add_tell((verdict), (severity), ks_arena_printf(&(verdict)->arena, __VA_ARGS__))

static void add_tell(struct verdict *verdict, enum ks_fingerprint_severity severity, const char *text)
{
	struct ks_fingerprint_tell *tell = ks_vec_push(&verdict->tells);

	*tell = (struct ks_fingerprint_tell){ severity, ks_str_of(text) };
}

static void judge_bait(struct verdict *verdict, const struct ks_decoy *decoy, const struct ks_trace *trace)
{
	bool is_planned = decoy->state == KS_DECOY_PLANNED;

	verdict->bait = ks_trace_state_name(trace->state);
	switch (trace->state) {
	case KS_TRACE_MOVED:
		TELL(verdict, KS_FINGERPRINT_NOTE, "moved within its file, from byte %lld to %zu",
			(long long)decoy->written_offset, trace->offset);
		break;
	case KS_TRACE_CHANGED:
		TELL(verdict, KS_FINGERPRINT_WARNING, "the key id is there, but the bait is no longer what was "
			"planted");
		break;
	case KS_TRACE_DOUBLED:
		TELL(verdict, KS_FINGERPRINT_WARNING, "the bait is in the file more than once");
		break;
	case KS_TRACE_GONE:
		TELL(verdict, KS_FINGERPRINT_WARNING, "%s%s", is_planned ? "plant was interrupted, and " : "",
			trace->has_file ? "the file does not hold the key id any more" : "the file is not there");
		return;
	default:
		break;
	}
	if (is_planned)
		TELL(verdict, KS_FINGERPRINT_WARNING, "plant was interrupted: the bait is in its place, and not "
			"marked as planted");
}

/* Tighter is the owner's good right; looser is how a credentials file is not found every day. */
static void judge_mode(struct verdict *verdict, const struct ks_decoy *decoy, const struct ks_trace *trace)
{
	unsigned was = (unsigned)decoy->file_mode & 07777, is = (unsigned)trace->mode;

	if (trace->has_file && trace->state != KS_TRACE_GONE && is != was)
		TELL(verdict, (is & ~was) != 0 ? KS_FINGERPRINT_WARNING : KS_FINGERPRINT_NOTE,
			"mode %04o has become %04o", was, is);
}

static struct verdict judge(struct check *check, const struct ks_decoy *decoy)
{
	struct verdict verdict = { .tells = KS_VEC_OF(struct ks_fingerprint_tell), .is_well = true };
	struct ks_trace trace = { .has_file = false };
	struct ks_err err = { 0 };

	verdict.key = decoy->kind == KS_DECOY_OFFLINE ? "offline" : "not asked";
	if (decoy->state == KS_DECOY_RETIRED) {
		verdict.bait = "retired";
		return verdict;
	}
	if (ks_trace_find(check->fleet.db, decoy, &trace, &err) != 0) {
		verdict.bait = "unreadable";
		TELL(&verdict, KS_FINGERPRINT_WARNING, "%s", err.message);
	} else {
		judge_bait(&verdict, decoy, &trace);
		judge_mode(&verdict, decoy, &trace);
	}
	if (decoy->kind == KS_DECOY_LIVE && !check->is_offline)
		verdict.key = ks_decoy_check_aws(&(struct ks_decoy_check_aws){ .app = check->app,
			.db = check->fleet.db, .sessions = &check->sessions, .neighbors = &check->neighbors,
			.decoy = decoy, .arena = &verdict.arena, .tells = &verdict.tells });
	ks_fingerprint_lint(&(struct ks_fingerprint_request){
		.decoy = decoy, .file = ks_buf_str(&trace.text), .canary = &check->canary,
		.neighbors = &check->neighbors,
		.bait = trace.state == KS_TRACE_UNCHANGED || trace.state == KS_TRACE_MOVED ?
			ks_str_sub(ks_buf_str(&trace.text), trace.offset, (size_t)decoy->written_size) :
			KS_STR(""),
	}, &verdict.arena, &verdict.tells);
	for (size_t i = 0; i < verdict.tells.n; i++)
		if (KS_VEC_AT(&verdict.tells, struct ks_fingerprint_tell, i)->severity ==
			KS_FINGERPRINT_WARNING)
			verdict.is_well = false;
	ks_trace_release(&trace);
	return verdict;
}

static int width_of(const struct ks_vec *decoys)
{
	int width = (int)strlen("NAME");

	for (size_t i = 0; i < decoys->n; i++) {
		int n = (int)KS_VEC_AT(decoys, struct ks_decoy, i)->name.n;

		width = n > width ? n : width;
	}
	return width;
}

static void print_text(const struct check *check, const struct ks_decoy *decoy,
	const struct verdict *verdict)
{
	if (check->checked == 0)
		printf("%-*s  %-10s  %-9s  %s\n", check->width, "NAME", "BAIT", "KEY", "PLACEMENT");
	ks_decoy_view_print(stdout, decoy->name, check->width);
	printf("  %-10s  %-9s  ", verdict->bait, verdict->key);
	ks_decoy_view_print(stdout, decoy->placement, 0);
	printf("\n");
	for (size_t i = 0; i < verdict->tells.n; i++) {
		const struct ks_fingerprint_tell *tell =
			KS_VEC_AT(&verdict->tells, struct ks_fingerprint_tell, i);

		printf("  %s: ", ks_fingerprint_severity_name(tell->severity));
		ks_decoy_view_print(stdout, tell->text, 0);
		printf("\n");
	}
}

static void print_json(struct check *check, const struct ks_decoy *decoy, const struct verdict *verdict)
{
	static const struct {
		const char *name;
		enum ks_fingerprint_severity severity;
	} lists[] = { { "warnings", KS_FINGERPRINT_WARNING }, { "notes", KS_FINGERPRINT_NOTE } };
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "name", decoy->name);
	ks_json_add_str(json, "key_id", decoy->key_id);
	ks_json_add_str(json, "placement", decoy->placement);
	ks_json_add_bool(json, "ok", verdict->is_well);
	ks_json_add_text(json, "bait", verdict->bait);
	ks_json_add_text(json, "key", verdict->key);
	for (size_t l = 0; l < 2; l++) {
		struct ks_json *list = ks_json_new_array();

		for (size_t i = 0; i < verdict->tells.n; i++) {
			const struct ks_fingerprint_tell *tell =
				KS_VEC_AT(&verdict->tells, struct ks_fingerprint_tell, i);

			if (tell->severity == lists[l].severity)
				ks_json_add_str(list, NULL, tell->text);
		}
		ks_json_add(json, lists[l].name, list);
	}
	ks_printer_add(&check->printer, json);
}

static void check_one(struct check *check, const struct ks_decoy *decoy)
{
	struct verdict verdict = judge(check, decoy);

	if (check->app->format == KS_FORMAT_TEXT)
		print_text(check, decoy, &verdict);
	else
		print_json(check, decoy, &verdict);
	check->checked++;
	check->unwell += !verdict.is_well;
	ks_vec_release(&verdict.tells);
	ks_arena_release(&verdict.arena);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct check check = { .app = app, .is_offline = ks_opt_has(args, "offline") };
	struct ks_err err = { 0 };

	if (ks_decoy_view_open(app, KS_DB_READ, &args->arguments, &check.fleet, &err) != 0)
		return ks_command_fail(&err);
	ks_neighbors_init(&check.neighbors, &check.fleet.all);
	ks_aws_session_init_all(&check.sessions, app);
	ks_canary_init(&check.canary);
	if (ks_decoy_view_load_canary(app, &check.canary) != 0)
		ks_log_write(&app->ctx->log, KS_LOG_WARNING, "cannot tell whether accounts are publicly known "
			"for canaries");
	check.printer = ks_printer_begin(stdout, app->format != KS_FORMAT_JSON);
	check.width = width_of(&check.fleet.chosen);
	for (size_t i = 0; i < check.fleet.chosen.n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(&check.fleet.chosen, struct ks_decoy, i);

		if (args->arguments.n > 0 || decoy->state != KS_DECOY_RETIRED)
			check_one(&check, decoy);
	}
	ks_printer_end(&check.printer);
	if (check.fleet.all.n == 0)
		fprintf(stderr, "no decoys yet: 'keysnare plant -h' shows how to make one\n");
	else if (check.unwell > 0)
		fprintf(stderr, "%zu checked, %zu to look at\n", check.checked, check.unwell);
	ks_canary_release(&check.canary);
	ks_aws_session_close_all(&check.sessions);
	ks_neighbors_release(&check.neighbors);
	ks_decoy_view_close(&check.fleet);
	return check.unwell > 0 ? KS_EXIT_FAILED : KS_EXIT_DONE;
}

const struct ks_command ks_cmd_decoy_check = {
	.name = "check",
	.arguments = "[NAME…]",
	.summary = "see whether every bait is still in its place",
	.about =
		"Looks at the place of each decoy that is not retired, or of those that are named, by name or "
		"key id: whether the bait is there and to the byte what was planted (unchanged, moved within "
		"its file, changed, doubled, gone), and whether the file has become open to more people. "
		"Printed and imported decoys have no file to look at.\n"
		"\n"
		"Then it looks with the eyes of a thief who knows such keys: an account on a public list of "
		"canary accounts, a user name that is a UUID or says what it is, a telling word in path or "
		"bait, a lone default profile as canary services hand them out, two decoys in one file, key "
		"ids that are too much alike.\n"
		"\n"
		"Of live decoys AWS is asked: whether the user is there and still the same one, the key active, the "
		"rights as plant gave them, whether the user has other keys or AWS has put it under quarantine, and "
		"when the key was used last. A use that no stored event explains is a warning: SES over SMTP and "
		"a few other calls are in no trail. --offline asks nothing.\n"
		"\n"
		"Notes are worth knowing; a warning makes the exit status 1.",
	.examples =
		"keysnare decoy check\tall of them\n"
		"keysnare decoy check --offline\twithout asking AWS\n"
		"keysnare decoy check web01 --format json\tone, for a script",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

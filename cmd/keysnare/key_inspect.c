/* keysnare key inspect: kind, account and canary list of key ids. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/decoy/canary.h"
#include "lib/decoy/keyid.h"

#include <stdio.h>
#include <string.h>

extern const struct ks_command ks_cmd_key_inspect;

#define LONGEST_WORD 1024     /* of standard input; more is malformed whatever it is */

/* One run over many ids. */
struct inspection {
	const struct ks_app *app;
	struct ks_canary canary;
	struct ks_printer printer;
	bool has_malformed;
};

static void print_text(struct ks_str id, const struct ks_keyid *key, const char *list, const char *note)
{
	ks_decoy_view_print(stdout, id, KS_KEYID_SIZE);
	printf("  %-10s  %s", key->kind != NULL ? key->kind->name : "invalid",
		key->has_account ? key->account : "-           ");
	if (note != NULL)
		printf("  %s", note);
	if (list != NULL)
		printf("%s account on the public canary list '%s'", note != NULL ? ";" : " ", list);
	printf("\n");
}

static void print_json(struct inspection *run, struct ks_str id, const struct ks_keyid *key,
	const char *list, const char *note)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "id", id);
	ks_json_add_text(json, "kind", key->kind != NULL ? key->kind->name : "invalid");
	ks_json_add_text(json, "account", key->has_account ? key->account : NULL);
	ks_json_add_text(json, "canary_list", list);
	ks_json_add_text(json, "note", note != NULL ? note : "");
	ks_printer_add(&run->printer, json);
}

static void inspect(struct inspection *run, struct ks_str id)
{
	struct ks_keyid key = { .kind = NULL };
	struct ks_err err = { 0 };
	bool is_fine = ks_keyid_parse(id, &key, &err) == 0;
	const char *list = key.has_account ? ks_canary_find(&run->canary, key.account) : NULL;
	char note[sizeof(err.message)];

	run->has_malformed = run->has_malformed || !is_fine;
	if (!is_fine)
		snprintf(note, sizeof(note), "%s", err.message);
	else if (key.note != NULL)
		snprintf(note, sizeof(note), "%s; %s", key.kind->what, key.note);
	else
		snprintf(note, sizeof(note), "%s", key.kind->what);
	if (run->app->format == KS_FORMAT_TEXT)
		print_text(id, &key, list, note);
	else
		print_json(run, id, &key, list, note);
}

/* Words of standard input, parted by white space. A word that does not end is cut and inspected as what
 * it is. */
static int inspect_stdin(struct inspection *run)
{
	char word[LONGEST_WORD];
	size_t n = 0;
	int c;

	do {
		c = getchar();
		if (c != EOF && c != ' ' && (c < '\t' || c > '\r')) {
			if (n < sizeof(word))
				word[n++] = (char)c;
			continue;
		}
		if (n > 0)
			inspect(run, (struct ks_str){ word, n });
		n = 0;
	} while (c != EOF);
	return ferror(stdin) ? -1 : 0;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct inspection inspection = { .app = app };
	int status = KS_EXIT_DONE;

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_key_inspect, "give at least one id, or '-' for standard input");
	ks_canary_init(&inspection.canary);
	inspection.printer = ks_printer_begin(stdout, app->format != KS_FORMAT_JSON);
	if (ks_decoy_view_load_canary(app, &inspection.canary) != 0)
		status = KS_EXIT_USAGE;
	for (size_t i = 0; i < args->arguments.n; i++) {
		const char *id = *KS_VEC_AT(&args->arguments, const char *, i);

		if (strcmp(id, "-") != 0) {
			inspect(&inspection, ks_str_of(id));
		} else if (inspect_stdin(&inspection) != 0) {
			fprintf(stderr, "keysnare: cannot read standard input\n");
			status = KS_EXIT_USAGE;
		}
	}
	ks_printer_end(&inspection.printer);
	if (inspection.has_malformed)
		status = KS_EXIT_USAGE;
	ks_canary_release(&inspection.canary);
	return status;
}

const struct ks_command ks_cmd_key_inspect = {
	.name = "inspect",
	.arguments = "ID…",
	.summary = "tell kind, account and public canary list of key ids",
	.about =
		"Reads ids as IAM makes them, from the command line or, with '-', from standard input, and "
		"tells what they say by themselves: the kind by the prefix, the account that today's access "
		"key ids carry, and whether that account is on a public list of canary accounts. Nothing is "
		"asked of AWS.\n"
		"\n"
		"Old-style ids (fifth character I or J) carry no account. Access key ids have 20 characters; "
		"malformed ids are told with the reason, the rest goes on, and the exit status is 2.",
	.examples =
		"keysnare key inspect AKIASP2TPHJSQH3FJRUX\tone id\n"
		"grep -oh 'A[KS]IA[A-Z0-9]\\{16\\}' *.txt | keysnare key inspect - --format jsonl\tall ids in "
		"some files",
	.run = run,
};

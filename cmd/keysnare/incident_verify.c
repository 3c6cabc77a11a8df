/* keysnare incident verify: whether journals and case files are as they were written. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/casefile/caseproof.h"
#include "lib/incident/journal.h"
#include "lib/incident/witness.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

extern const struct ks_command ks_cmd_incident_verify;

/* One run. */
struct verifying {
	struct ks_app *app;
	const struct ks_opt_args *args;
	struct ks_witness_set witnesses;
	struct ks_vec ids; /* int64_t: incidents that were looked at */
	struct ks_vec tallies; /* struct tally, ascending: of each of them, and of 0 */
	int status;
};

/* Heads that were noted for one incident (0: for none that was named): how many hold, how many do not. */
struct tally {
	int64_t id;
	int64_t hold, fail;
	const struct ks_witness *first; /* that does not */
};

static int compare_tallies(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct tally *find_tally(const struct verifying *v, int64_t id)
{
	const struct tally key = { .id = id };

	return bsearch(&key, v->tallies.p, v->tallies.n, sizeof(key), compare_tallies);
}

/* Once all incidents were looked at. A head without an incident counts for the one that has it; where none
 * has it, for none. */
static void count_heads(struct verifying *v)
{
	ks_vec_push(&v->tallies);
	for (size_t i = 0; i < v->ids.n; i++)
		((struct tally *)ks_vec_push(&v->tallies))->id = *KS_VEC_AT(&v->ids, int64_t, i);
	ks_vec_sort_unique(&v->tallies, compare_tallies);
	for (size_t i = 0; i < v->witnesses.all.n; i++) {
		const struct ks_witness *witness = KS_VEC_AT(&v->witnesses.all, struct ks_witness, i);
		struct tally *tally = find_tally(v, witness->incident != 0 ? witness->incident : witness->found_in);
		enum ks_witness_verdict verdict = ks_witness_judge(witness, tally != NULL);

		if (tally == NULL || verdict == KS_WITNESS_ELSEWHERE)
			continue;
		tally->hold += verdict == KS_WITNESS_HOLDS;
		tally->fail += verdict != KS_WITNESS_HOLDS;
		if (tally->first == NULL && verdict != KS_WITNESS_HOLDS)
			tally->first = witness;
	}
}

/* Of an incident that was looked at, or 0. */
static const struct tally *tally_of(struct verifying *v, int64_t id)
{
	const struct tally *tally = find_tally(v, id);

	if (tally->fail > 0)
		v->status = KS_EXIT_FAILED;
	return tally;
}

static void tell_failure(const struct ks_witness *witness, char *out, size_t n)
{
	struct ks_buf from;

	ks_buf_init(&from, 512);
	ks_text_add_terminal(&from, ks_str_of(witness->from));
	if (witness->found_in == 0)
		snprintf(out, n, "no entry has the head %.16s… of %s: entries were changed, or cut off at the end",
			witness->hex, ks_buf_str(&from).p);
	else
		snprintf(out, n, "the head %.16s… of %s is that of entry %" PRId64 " of incident %" PRId64,
			witness->hex, ks_buf_str(&from).p, witness->found_at, witness->found_in);
	ks_buf_release(&from);
}

static void print(struct verifying *v, int64_t id, const struct ks_journal_check *check)
{
	const struct tally *heads = tally_of(v, id);
	char why[512] = "";
	struct ks_json *json;

	if (heads->first != NULL)
		tell_failure(heads->first, why, sizeof(why));
	if (v->app->format == KS_FORMAT_TEXT) {
		if (check->bad_number != 0)
			printf("incident %" PRId64 ": TAMPERED WITH: %s\n", id, check->problem);
		else if (heads->first == NULL)
			printf("incident %" PRId64 ": %" PRId64 " entr%s, sound, head %s\n", id, check->entries,
				check->entries == 1 ? "y" : "ies", check->head);
		if (heads->first != NULL)
			printf("incident %" PRId64 ": TAMPERED WITH: %s\n", id, why);
		if (heads->fail > 1)
			printf("incident %" PRId64 ": %" PRId64 " more heads are in no entry\n", id, heads->fail - 1);
		if (heads->hold > 0)
			printf("incident %" PRId64 ": %" PRId64 " head%s noted elsewhere, in the chain\n", id,
				heads->hold, heads->hold == 1 ? "" : "s");
		return;
	}
	json = ks_json_new_object();
	ks_json_add_int(json, "incident", id);
	ks_json_add_bool(json, "sound", check->bad_number == 0 && heads->fail == 0);
	ks_json_add_int(json, "entries", check->entries);
	if (check->bad_number != 0)
		ks_json_add_int(json, "bad_entry", check->bad_number);
	else
		ks_json_add_null(json, "bad_entry");
	ks_json_add_text(json, "problem",
		check->bad_number != 0 ? check->problem : heads->fail > 0 ? why : NULL);
	ks_json_add_text(json, "head", check->head);
	ks_json_add_int(json, "heads_held", heads->hold);
	ks_json_add_int(json, "heads_missing", heads->fail);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

/* Heads of no incident that no chain has. */
static void print_strays(struct verifying *v)
{
	const struct tally *heads = tally_of(v, 0);
	struct ks_json *json;
	char why[512];

	if (heads->first == NULL)
		return;
	tell_failure(heads->first, why, sizeof(why));
	if (v->app->format == KS_FORMAT_TEXT) {
		printf("TAMPERED WITH: %s\n", why);
		if (heads->fail > 1)
			printf("%" PRId64 " more heads are in no entry\n", heads->fail - 1);
		return;
	}
	json = ks_json_new_object();
	ks_json_add_null(json, "incident");
	ks_json_add_bool(json, "sound", false);
	ks_json_add_text(json, "problem", why);
	ks_json_add_int(json, "heads_missing", heads->fail);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

/* ---- journals of the store ---- */

/* The incidents that were named, or all. */
static int choose(struct ks_db *db, const struct ks_opt_args *args, struct ks_vec *out, struct ks_err *err)
{
	const struct ks_incident_filter all = { .since_ms = KS_TIME_NONE, .has_merged = true };
	struct ks_vec incidents = KS_VEC_OF(struct ks_incident);
	struct ks_arena arena = { NULL };
	struct ks_incident incident;
	bool found = true;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->arguments.n; i++) {
		int64_t *id = ks_vec_push(out);

		rc = ks_incident_view_id(*KS_VEC_AT(&args->arguments, const char *, i), id, err);
		if (rc == 0)
			rc = ks_incident_find(db, *id, &arena, &incident, &found, err);
		if (rc == 0 && !found)
			rc = ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, *id);
	}
	if (args->arguments.n == 0)
		rc = ks_incident_list(db, &all, &arena, &incidents, err);
	for (size_t i = incidents.n; i > 0; i--)
		*(int64_t *)ks_vec_push(out) = KS_VEC_AT(&incidents, struct ks_incident, i - 1)->id;
	ks_vec_release(&incidents);
	ks_arena_release(&arena);
	return rc;
}

/* Follows one chain, and lets its entries pass the heads. */
static int follow(struct verifying *v, struct ks_db *db, int64_t id, struct ks_journal_check *out,
	struct ks_err *err)
{
	struct ks_vec entries = KS_VEC_OF(struct ks_journal_entry);
	struct ks_journal_chain chain = { .check = { 0 } };
	struct ks_arena arena = { NULL };
	int rc = ks_journal_list(db, id, &arena, &entries, err);

	for (size_t i = 0; rc == 0 && i < entries.n && chain.check.bad_number == 0; i++) {
		const struct ks_journal_entry *entry = KS_VEC_AT(&entries, struct ks_journal_entry, i);

		ks_journal_follow(&chain, entry);
		if (chain.check.bad_number == 0)
			ks_witness_pass(&v->witnesses, id, entry->number, chain.last);
	}
	*out = chain.check;
	ks_vec_release(&entries);
	ks_arena_release(&arena);
	return rc;
}

static int check_store(struct verifying *v, struct ks_err *err)
{
	struct ks_vec checks = KS_VEC_OF(struct ks_journal_check);
	struct ks_db *db = NULL;
	int rc = ks_schema_open(v->app->ctx, v->app->store_path, KS_DB_READ, &db, err);

	if (rc == 0)
		rc = ks_db_begin_reading(db, err);
	if (rc == 0)
		rc = choose(db, v->args, &v->ids, err);
	if (rc == 0)
		rc = ks_witness_recall(&v->witnesses, db, v->ids.n == 1 ? *KS_VEC_AT(&v->ids, int64_t, 0) : 0, err);
	for (size_t i = 0; rc == 0 && i < v->ids.n; i++)
		rc = follow(v, db, *KS_VEC_AT(&v->ids, int64_t, i), ks_vec_push(&checks), err);
	count_heads(v);
	for (size_t i = 0; rc == 0 && i < v->ids.n; i++) {
		const struct ks_journal_check *check = KS_VEC_AT(&checks, struct ks_journal_check, i);

		print(v, *KS_VEC_AT(&v->ids, int64_t, i), check);
		if (check->bad_number != 0)
			v->status = KS_EXIT_FAILED;
	}
	if (rc == 0)
		print_strays(v);
	if (rc == 0 && v->ids.n > 0 && v->app->format == KS_FORMAT_TEXT && !ks_opt_has(v->args, "head") &&
		!ks_opt_has(v->args, "notices"))
		puts(
			"entries cut off at the end show only by heads that went out; those in this store "
			"were compared, "
			"others take --notices FILE or --head HASH");
	if (db != NULL)
		ks_db_rollback(db);
	ks_db_close(db);
	ks_vec_release(&checks);
	return rc;
}

/* ---- case files ---- */

static void print_text(const char *name, struct ks_str value)
{
	struct ks_buf text;

	ks_buf_init(&text, 4096);
	ks_text_add_terminal(&text, value);
	printf("%s " KS_STR_FMT, name, KS_STR_ARG(ks_buf_str(&text)));
	ks_buf_release(&text);
}

static void print_case(struct verifying *v, const char *path, const struct ks_caseproof *proof)
{
	bool is_sound = proof->is_whole && proof->problems.n == 0;
	struct ks_json *json, *list;

	if (v->app->format == KS_FORMAT_TEXT && proof->looks_like != NULL) {
		print_text("no case file of 'incident export':", ks_str_of(path));
		printf(" is %s\n", proof->looks_like);
		return;
	}
	if (v->app->format == KS_FORMAT_TEXT) {
		/* It is what whoever holds the journal asks for: the one thing that nobody can write anew. */
		if (proof->sha256[0] != '\0')
			printf("SHA-256 %s, to be compared with entry \"exported\" of the journal\n", proof->sha256);
		print_text("case file", ks_str_of(path));
		printf(": %s\n", is_sound ? "every byte is as it was written" : "NOT AS IT WAS WRITTEN");
		for (size_t i = 0; i < proof->problems.n; i++)
			printf("  %s\n", *KS_VEC_AT(&proof->problems, const char *, i));
		if (proof->more_problems > 0)
			printf("  %zu more\n", proof->more_problems);
		if (proof->made.n > 0) {
			print_text("made", proof->made);
			print_text(" by", proof->made_by);
			print_text(" with keysnare", proof->version);
			printf("\n");
		}
		return;
	}
	json = ks_json_new_object();
	list = ks_json_new_array();
	for (size_t i = 0; i < proof->problems.n; i++)
		ks_json_add_text(list, NULL, *KS_VEC_AT(&proof->problems, const char *, i));
	ks_json_add_text(json, "file", path);
	ks_json_add_bool(json, "sound", is_sound);
	ks_json_add_text(json, "no_case_file_but", proof->looks_like);
	ks_json_add(json, "problems", list);
	ks_json_add_int(json, "more_problems", (int64_t)proof->more_problems);
	ks_json_add_str(json, "made", proof->made);
	ks_json_add_str(json, "made_by", proof->made_by);
	ks_json_add_str(json, "version", proof->version);
	ks_json_add_text(json, "sha256", proof->sha256[0] != '\0' ? proof->sha256 : NULL);
	ks_json_add_text(json, "manifest", proof->manifest_sha256[0] != '\0' ? proof->manifest_sha256 : NULL);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

static int check_case(struct verifying *v, const char *path, struct ks_err *err)
{
	struct ks_caseproof proof;
	int rc = ks_caseproof_read(path, &v->witnesses, &proof, err);

	if (rc == 0) {
		for (size_t i = 0; i < proof.incidents.n; i++)
			*(int64_t *)ks_vec_push(&v->ids) =
				KS_VEC_AT(&proof.incidents, struct ks_caseproof_incident, i)->id;
		count_heads(v);
		print_case(v, path, &proof);
		if (!proof.is_whole || proof.problems.n > 0)
			v->status = KS_EXIT_FAILED;
		for (size_t i = 0; i < proof.incidents.n; i++) {
			const struct ks_caseproof_incident *one =
				KS_VEC_AT(&proof.incidents, struct ks_caseproof_incident, i);

			if (one->has_journal)
				print(v, one->id, &one->journal);
		}
		print_strays(v);
		if (v->app->format == KS_FORMAT_TEXT && v->status == KS_EXIT_DONE)
			puts("proved: every member is the one of the manifest, and each journal's chain holds\n"
				"not proved: that nobody wrote the evidence anew with its sums; that shows against the "
				"SHA-256 above alone,\n"
				"            nor a journal anew; that shows against heads that went out (--notices, "
				"--head)");
	}
	ks_caseproof_release(&proof);
	return rc;
}

/* ---- the command ---- */

static int load_heads(struct verifying *v, struct ks_err *err)
{
	const char *value;
	size_t cursor = 0;

	while ((value = ks_opt_list_next(v->args, "head", &cursor)) != NULL)
		if (ks_witness_add(&v->witnesses, value, err) != 0)
			return -1;
	cursor = 0;
	while ((value = ks_opt_list_next(v->args, "notices", &cursor)) != NULL) {
		size_t n = 0;

		if (ks_witness_load(&v->witnesses, value, &n, err) != 0)
			return -1;
		if (n == 0)
			return ks_err_set(err, KS_ERR_PARSE,
				"'%s' has no head of a journal in it: it takes notices as a "
				"webhook got them, or mails",
				value);
	}
	return 0;
}

/* A number is an incident; anything else is a file ("./7" where its name is a number). */
static bool is_file(const char *argument)
{
	struct ks_err ignored = { 0 };
	int64_t id;

	return ks_incident_view_id(argument, &id, &ignored) != 0;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct verifying v = { .app = app, .args = args, .ids = KS_VEC_OF(int64_t),
		.tallies = KS_VEC_OF(struct tally), .status = KS_EXIT_DONE };
	const char *first = args->arguments.n > 0 ? *KS_VEC_AT(&args->arguments, const char *, 0) : NULL;
	struct ks_err err = { 0 };
	int rc;

	if (first != NULL && is_file(first) && args->arguments.n > 1)
		return ks_command_usage(&ks_cmd_incident_verify, "give the numbers of incidents, or one case file");
	ks_witness_init(&v.witnesses);
	rc = load_heads(&v, &err);
	if (rc == 0)
		rc = first != NULL && is_file(first) ? check_case(&v, first, &err) : check_store(&v, &err);
	ks_witness_release(&v.witnesses);
	ks_vec_release(&v.ids);
	ks_vec_release(&v.tallies);
	return rc != 0 ? ks_command_fail(&err) : v.status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_LIST,
		.name = "head",
		.metavar = "HASH[@N]",
		.help = "a head that was noted elsewhere must be in the chain, as entry N where that is known" },
	{ .kind = KS_OPT_LIST,
		.name = "notices",
		.metavar = "FILE",
		.help = "every head in these notices must be, as a webhook or a mailbox kept them" },
};

const struct ks_command ks_cmd_incident_verify = {
	.name = "verify",
	.arguments = "[ID… | FILE]",
	.summary = "prove that journals and case files are as they were written",
	.about =
		"Each entry of a journal is bound to the one before it by a hash. Verify reads the chains of the "
		"incidents that are named, or of all, and names the first entry that does not hold; the exit status "
		"is then 1.\n"
		"\n"
		"Who can write into the store can write a journal anew, or cut it off. That shows "
		"against heads that "
		"were told elsewhere: every notice carries the head of its incident's journal as it "
		"was then. Verify "
		"looks for those of the notices in the store, those given by --head, and all in files "
		"that --notices "
		"names: bodies that a webhook kept (JSON, one a line or not), mails, or text with a head on a line "
		"that says \"journal\".\n"
		"\n"
		"With the case file of 'incident export' it needs no store. It names what was altered, what is "
		"missing, added or in another place, and reads no further where the archive cannot be one of ours. "
		"It unpacks nothing. A file that is none at all is said to be none, with what it is. It "
		"also says what it cannot prove: the records are bound to the journal by nothing but the "
		"archive's SHA-256, which the entry \"exported\" of the store's journal has.",
	.examples = "keysnare incident verify\tall journals of the store\n"
				"keysnare incident verify 7 --format json\tone, for other programs\n"
				"keysnare incident verify --notices told.jsonl\tagainst what a webhook kept\n"
				"keysnare incident verify case-7.tar --notices alert.eml\ta case file, against a mail",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

/* Asks the store or files, and shows the answer. */
#include "cmd/keysnare/inquest.h"

#include "cmd/keysnare/enrichment.h"
#include "cmd/keysnare/printer.h"

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/engine/config.h"
#include "lib/engine/investigator.h"
#include "lib/engine/watchlist.h"
#include "lib/report/inquiryview.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_JOBS 256
#define PAGE_MODE 0600
#define PAGE_MOST ((size_t)64 << 20)
#define PROBLEMS_SHOWN 20u

/* One run. */
struct asking {
	struct ks_app *app;
	const struct ks_opt_args *args;
	struct ks_inquiry_subject subject;
	struct ks_investigator of;
	struct ks_enrichment enrichment;
	struct ks_watchlist decoys;
	struct ks_walk files;
	struct ks_arena arena;
	const char *where;
	bool is_store;
	uint64_t problems;
	int64_t most, learn_ms;
};

static void tell_problem(void *arg, const char *path, uint64_t offset, const struct ks_err *err)
{
	struct asking *a = arg;
	struct ks_buf line;

	if (a->problems++ >= PROBLEMS_SHOWN)
		return;
	ks_buf_init(&line, 1u << 16);
	/* What could not be looked for names itself. */
	if (path != NULL) {
		ks_text_add_terminal(&line, ks_str_of(path));
		if (offset > 0)
			ks_buf_addf(&line, ": at byte %" PRIu64, offset);
		ks_buf_adds(&line, ": ");
	}
	ks_text_add_terminal(&line, ks_str_of(err->message));
	fprintf(stderr, "keysnare: %s\n", ks_buf_str(&line).p);
	ks_buf_release(&line);
}

static int read_time(const struct asking *a, const char *name, bool is_end, int64_t *out, struct ks_err *err)
{
	const char *value = ks_opt_value(a->args, name, NULL);

	*out = KS_TIME_NONE;
	return value == NULL ? 0 : ks_time_parse_user(ks_str_of(value), ks_ctx_now(a->app->ctx), is_end,
		out, err);
}

static int read_number(const struct asking *a, const char *name, int64_t fallback, int64_t most,
	int64_t *out,
	struct ks_err *err)
{
	const char *value = ks_opt_value(a->args, name, NULL);

	*out = fallback;
	if (value != NULL && (!ks_str_parse_int(ks_str_of(value), out) || *out < 1 || *out > most))
		return ks_err_set(err, KS_ERR_USAGE,
			"option '--%s' takes a number from 1 to %" PRId64 ", not '%s'", name,
			most, value);
	return 0;
}

static int read_options(struct asking *a, struct ks_err *err)
{
	int64_t cores = sysconf(_SC_NPROCESSORS_ONLN), jobs;

	if (read_number(a, "jobs", cores < 1 ? 1 : cores, MAX_JOBS, &jobs, err) != 0 ||
		read_number(a, "most", 20, 1000000, &a->most, err) != 0 ||
		ks_enrichment_time(a->app, a->args, "learning-time", "7d", &a->learn_ms, err) != 0 ||
		read_time(a, "since", false, &a->of.since_ms, err) != 0 ||
		read_time(a, "until", true, &a->of.until_ms, err) != 0)
		return -1;
	if (a->of.since_ms != KS_TIME_NONE && a->of.until_ms != KS_TIME_NONE && a->of.since_ms > a->of.until_ms)
		return ks_err_set(err, KS_ERR_USAGE, "--since is later than --until");
	a->of.jobs = (unsigned)jobs;
	return ks_enrichment_load(&a->enrichment, a->app, a->args, NULL, err);
}

static int ask_store(struct asking *a, struct ks_err *err)
{
	struct ks_db *db = NULL;
	int rc = ks_schema_open(a->app->ctx, a->app->store_path, KS_DB_READ, &db, err);

	a->where = "the store";
	a->is_store = true;
	if (rc == 0)
		rc = ks_investigator_store_ask(&a->of, db, err);
	ks_db_close(db);
	return rc;
}

/* What the store knows beside the files; without a store, nothing. */
static int ask_beside(struct asking *a, int (*ask)(struct asking *a, struct ks_db *db, struct ks_err *err),
	struct ks_err *err)
{
	struct ks_db *db = NULL;
	int rc = ks_schema_open(a->app->ctx, a->app->store_path, KS_DB_READ, &db, err);

	if (rc == 0)
		rc = ask(a, db, err);
	else if (err->code == KS_ERR_NOTFOUND)
		rc = 0;
	if (rc == 0)
		*err = (struct ks_err){ 0 };
	ks_db_close(db);
	return rc;
}

static int load_decoys(struct asking *a, struct ks_db *db, struct ks_err *err)
{
	return ks_watchlist_load(&a->decoys, db, NULL, err);
}

static int load_firsts(struct asking *a, struct ks_db *db, struct ks_err *err)
{
	return ks_firstuse_read(a->of.firsts, db, err);
}

static int ask_files(struct asking *a, struct ks_err *err)
{
	a->files.jobs = a->of.jobs;
	a->files.skips_sizes = true;
	for (size_t i = 1; i < a->args->arguments.n; i++) {
		const char *path = *KS_VEC_AT(&a->args->arguments, const char *, i);

		if (strcmp(path, "-") == 0 || strncmp(path, "s3://", 5) == 0)
			return ks_err_set(err, KS_ERR_USAGE, "'%s' may have to be read twice, and cannot be: "
				"give files or directories; 'hunt --save' fills the store from there", path);
		ks_walk_add(&a->files, path, NULL);
	}
	for (size_t i = 0; i < a->files.problems.n; i++) {
		const struct ks_walk_problem *problem = KS_VEC_AT(&a->files.problems, struct ks_walk_problem, i);

		tell_problem(a, NULL, 0, &problem->err);
	}
	a->where = ks_arena_printf(&a->arena, "%zu file%s", a->files.files.n, a->files.files.n == 1 ? "" : "s");
	a->of.decoys = &a->decoys.keys;
	return ask_beside(a, load_decoys, err) != 0 || ks_investigator_read(&a->of, &a->files, err) != 0 ? -1 :
		ask_beside(a, load_firsts, err);
}

static int ask(struct asking *a, struct ks_err *err)
{
	if ((a->args->arguments.n > 1 ? ask_files(a, err) : ask_store(a, err)) != 0)
		return -1;
	ks_firstuse_tell(a->of.firsts, a->of.since_ms, a->of.until_ms, a->of.inquiry);
	return 0;
}

/* ---- what comes out ---- */

static int write_page(const struct asking *a, const char *path, struct ks_str page, struct ks_err *err)
{
	if (strcmp(path, "-") == 0) {
		fwrite(page.p, 1, page.n, stdout);
		return 0;
	}
	if (ks_opt_has(a->args, "force") && ks_file_is_there(path))
		return ks_file_replace(path, page, err);
	if (ks_file_create(path, page, PAGE_MODE, err) == 0)
		return 0;
	return err->code != KS_ERR_EXISTS ? -1 :
		ks_err_set(err, KS_ERR_EXISTS, "'%s' is there already: --force replaces it", path);
}

/* Whether the terminal, or whatever reads, takes more than ASCII. */
static bool has_blocks(const struct ks_app *app)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *locale = NULL;

	for (size_t i = 0; i < 3 && (locale == NULL || locale[0] == '\0'); i++)
		locale = ks_ctx_env(app->ctx, names[i]);
	return locale != NULL && (strstr(locale, "UTF-8") != NULL || strstr(locale, "utf8") != NULL);
}

static int show(const struct asking *a, struct ks_err *err)
{
	const struct ks_inquiryview view = { .inquiry = a->of.inquiry, .lists = a->enrichment.lists,
		.where = a->where, .is_store = a->is_store, .since_ms = a->of.since_ms,
		.until_ms = a->of.until_ms, .learn_ms = a->learn_ms, .most = (unsigned)a->most,
		.has_blocks = has_blocks(a->app), .now_ms = ks_ctx_now(a->app->ctx) };
	const char *path = ks_opt_value(a->args, "html", NULL);
	struct ks_json *json;
	struct ks_buf out;
	int rc = 0;

	ks_buf_init(&out, PAGE_MOST);
	if (path != NULL) {
		ks_inquiryview_page(&view, &out);
		rc = write_page(a, path, ks_buf_str(&out), err);
	} else if (a->app->format == KS_FORMAT_TEXT) {
		ks_inquiryview_text(&view, &out);
		fwrite(out.p, 1, out.n, stdout);
	} else {
		json = ks_inquiryview_json(&view);
		ks_printer_line(stdout, json);
		ks_json_free(json);
	}
	ks_buf_release(&out);
	return rc;
}

int ks_inquest_run(struct ks_app *app, const struct ks_opt_args *args, const struct ks_command *command,
	enum ks_inquiry_kind kind)
{
	struct asking a = { .app = app, .args = args, .of = { .ctx = app->ctx, .problem = tell_problem } };
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (args->arguments.n == 0)
		return ks_command_usage(command, "say which %s to look for", ks_inquiry_kind_name(kind));
	ks_watchlist_init(&a.decoys);
	ks_walk_init(&a.files);
	a.of.arg = &a;
	if (ks_inquiry_parse(kind, ks_str_of(*KS_VEC_AT(&args->arguments, const char *, 0)), &a.arena,
		&a.subject,
			&err) != 0 || read_options(&a, &err) != 0) {
		status = ks_command_fail(&err);
	} else {
		a.of.inquiry = ks_inquiry_new(&a.subject);
		a.of.firsts = ks_firstuse_new(a.learn_ms);
		if (ask(&a, &err) != 0 || show(&a, &err) != 0)
			status = ks_command_fail(&err);
		else if (a.problems > 0)
			status = KS_EXIT_USAGE;
		if (a.problems > PROBLEMS_SHOWN)
			fprintf(stderr, "keysnare: … and %" PRIu64 " more that could not be read\n",
				a.problems - PROBLEMS_SHOWN);
	}
	ks_firstuse_free(a.of.firsts);
	ks_inquiry_free(a.of.inquiry);
	ks_enrichment_release(&a.enrichment);
	ks_watchlist_release(&a.decoys);
	ks_walk_release(&a.files);
	ks_arena_release(&a.arena);
	return status;
}

const struct ks_opt ks_inquest_options[KS_INQUEST_OPTIONS] = {
	{ .kind = KS_OPT_VALUE, .name = "since", .short_name = 's', .metavar = "TIME",
		.help = "only events from then on: 2026-11-21, 2026-11-21T10:15:00Z, 24h, 7d" },
	{ .kind = KS_OPT_VALUE, .name = "until", .short_name = 'u', .metavar = "TIME",
		.help = "only events up to then; a date means its whole day" },
	{ .kind = KS_OPT_VALUE, .name = "most", .short_name = 'n', .metavar = "N", .fallback = "20",
		.help = "rows of a table; JSON has them all" },
	{ .kind = KS_OPT_VALUE, .name = "html", .metavar = "FILE",
		.help = "write one self-contained HTML page there; '-' is standard output" },
	{ .kind = KS_OPT_FLAG, .name = "force", .help = "replace FILE when it is there" },
	{ .kind = KS_OPT_VALUE, .name = "jobs", .short_name = 'j', .metavar = "N", .fallback = "one a core",
		.help = "threads that read files" },
	KS_ENRICHMENT_LEARNING,
	{ .kind = KS_OPT_LIST, .name = "intel", .metavar = "PATH",
		.help = "address lists beside the shipped ones, a file or a directory of .txt" },
};

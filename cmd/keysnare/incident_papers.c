/* Writes an incident down for other programs. */
#include "cmd/keysnare/incident_papers.h"

#include "lib/base/file.h"
#include "lib/report/paper.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MODE 0600 /* it has evidence in it */

bool ks_incident_papers_has(const struct ks_opt_args *args)
{
	const struct ks_paper *paper;

	for (size_t i = 0; (paper = ks_paper_at(i)) != NULL; i++)
		if (ks_opt_has(args, paper->name))
			return true;
	return false;
}

static int refuse(const char *path, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_EXISTS, "'%s' is there already: --force replaces it", path);
}

int ks_incident_papers_check(const struct ks_incident_papers *papers, struct ks_err *err)
{
	const struct ks_paper *paper;

	for (size_t i = 0; (paper = ks_paper_at(i)) != NULL; i++) {
		const char *path = ks_opt_value(papers->args, paper->name, NULL);

		if (path != NULL && strcmp(path, "-") != 0 && !papers->has_force && ks_file_is_there(path))
			return refuse(path, err);
	}
	return 0;
}

int ks_incident_papers_put(const char *path, struct ks_str text, bool has_force, struct ks_err *err)
{
	if (strcmp(path, "-") == 0) {
		fwrite(text.p, 1, text.n, stdout);
		return 0;
	}
	if (has_force && ks_file_is_there(path))
		return ks_file_replace(path, text, err);
	if (ks_file_create(path, text, MODE, err) == 0)
		return 0;
	return err->code == KS_ERR_EXISTS ? refuse(path, err) : -1;
}

static int write_one(const struct ks_incident_papers *papers, struct ks_db *db, const struct ks_paper *paper,
	struct ks_err *err)
{
	const struct ks_paper_request request = { papers->id, papers->rules, KS_VERSION,
		ks_ctx_now(papers->app->ctx) };
	const char *path = ks_opt_value(papers->args, paper->name, NULL);
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_PAPER_SIZE);
	rc = ks_paper_render(db, paper, &request, &text, err);
	if (rc == 0)
		rc = ks_incident_papers_put(path, ks_buf_str(&text), papers->has_force, err);
	if (rc == 0 && strcmp(path, "-") != 0)
		fprintf(stderr, "keysnare: incident %" PRId64 " is in %s\n", papers->id, path);
	ks_buf_release(&text);
	return rc;
}

int ks_incident_papers_write(const struct ks_incident_papers *papers, struct ks_err *err)
{
	const struct ks_paper *paper;
	struct ks_db *db = NULL;
	int rc = ks_schema_open(papers->app->ctx, papers->app->store_path, KS_DB_READ, &db, err);

	for (size_t i = 0; rc == 0 && (paper = ks_paper_at(i)) != NULL; i++)
		if (ks_opt_has(papers->args, paper->name))
			rc = write_one(papers, db, paper, err);
	ks_db_close(db);
	return rc;
}

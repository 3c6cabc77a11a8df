/* What the commands of "drill" share. */
#include "cmd/keysnare/drill_job.h"

#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *ks_drill_job_path(const struct ks_app *app, const char *name, struct ks_arena *arena)
{
	if (strchr(name, '/') != NULL || ks_str_has_suffix(ks_str_of(name), KS_STR(".yml")) ||
		ks_str_has_suffix(ks_str_of(name), KS_STR(".yaml")))
		return name;
	return ks_arena_printf(arena, "%s/%s.yml", app->ctx->drills_dir, name);
}

void ks_drill_job_print_problems(const struct ks_problems *problems)
{
	struct ks_buf line, safe;

	ks_buf_init(&line, 1u << 16);
	ks_buf_init(&safe, 1u << 18);
	for (size_t i = 0; i < problems->list.n; i++) {
		const struct ks_problem *problem = KS_VEC_AT(&problems->list, struct ks_problem, i);

		ks_buf_clear(&line);
		ks_buf_clear(&safe);
		ks_err_render(&problem->err, &line);
		ks_text_add_terminal(&safe, ks_buf_str(&line));
		fprintf(stderr, "%s" KS_STR_FMT "\n", problem->is_warning ? "warning: " : "",
			KS_STR_ARG(ks_buf_str(&safe)));
	}
	ks_buf_release(&safe);
	ks_buf_release(&line);
}

bool ks_drill_job_load(const struct ks_app *app, const char *name, struct ks_scenario *out)
{
	struct ks_problems problems;
	bool is_good;

	ks_problem_init(&problems);
	is_good = ks_scenario_load(out, ks_drill_job_path(app, name, &out->arena), &problems);
	ks_drill_job_print_problems(&problems);
	if (!is_good && problems.list.n == 1 &&
		KS_VEC_AT(&problems.list, struct ks_problem, 0)->err.code == KS_ERR_NOTFOUND)
		fprintf(stderr, "keysnare: 'keysnare drill list' shows the scenarios\n");
	ks_problem_release(&problems);
	return is_good;
}

const char *ks_drill_job_store(const struct ks_opt_args *args, const char *directory,
	struct ks_arena *arena)
{
	return ks_opt_value(args, "store", ks_arena_printf(arena, "%s/" KS_DRILL_JOB_STORE_NAME, directory));
}

void ks_drill_job_rules(struct ks_app *app, const struct ks_opt_args *args, struct ks_ruleset *rules)
{
	const char *path;
	size_t cursor = 0;

	ks_rules_add_placeholders(app, rules, args);
	while ((path = ks_opt_list_next(args, "rules", &cursor)) != NULL)
		ks_rules_add(app, rules, path);
	if (!ks_opt_has(args, "rules"))
		ks_rules_add(app, rules, NULL);
}

int ks_drill_job_open(const struct ks_app *app, const struct ks_opt_args *args, enum ks_db_mode mode,
	struct ks_arena *arena, struct ks_drillbook *out_book, struct ks_db **out, struct ks_err *err)
{
	const char *directory = *KS_VEC_AT(&args->arguments, const char *, 0);
	const char *path = ks_drill_job_store(args, directory, arena);
	struct ks_db *db = NULL;

	if (!ks_file_is_there(path))
		return ks_err_set(err, KS_ERR_STATE, "no drill ran in '%s': there is no '%s'; give the directory "
			"that 'keysnare drill run --out' had, and its --store where it had one", directory, path);
	if (ks_schema_open(app->ctx, path, mode, &db, err) != 0)
		return -1;
	if (ks_drillbook_read(db, arena, out_book, err) != 0) {
		ks_db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

void ks_drill_job_add_offset(int64_t ms, struct ks_buf *out)
{
	int64_t s = (ms < 0 ? -ms : ms) / 1000;

	ks_buf_addc(out, ms < 0 ? '-' : '+');
	if (s >= 86400)
		ks_buf_addf(out, "%" PRId64 "d ", s / 86400);
	ks_buf_addf(out, "%" PRId64 ":%02d:%02d", s % 86400 / 3600, (int)(s % 3600 / 60), (int)(s % 60));
}

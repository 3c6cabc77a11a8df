/* Loads rules for a command, and says what is wrong with them. */
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/base/walk.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LONGEST_LINE (64u * 1024)
#define PLACEHOLDERS "placeholders.yml"

/* Told by the text; where that could be either, by the directory. A pipe can be read only once, and is
 * rules. */
static bool is_response(const char *path)
{
	struct ks_str dir = ks_str_of(path), text;
	bool is_one = false;
	struct ks_err err;
	struct ks_buf buf;
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	while (dir.n > 0 && dir.p[dir.n - 1] != '/')
		dir.n--;
	ks_buf_init(&buf, KS_LIMIT_RULE_FILE);
	if (ks_file_load(path, &buf, &err) == 0) {
		text = ks_buf_str(&buf);
		is_one = ks_policy_is_likely(text) ||
			(ks_str_has_suffix(dir, KS_STR("/respond/")) && ks_str_find(text, KS_STR("detection:")) < 0);
	}
	ks_buf_release(&buf);
	return is_one;
}

static bool is_placeholders(const struct ks_walk *walk, size_t i, struct ks_buf *path)
{
	const char *name;

	ks_walk_path(walk, i, path);
	name = strrchr(path->p, '/');
	return !KS_VEC_AT(&walk->files, struct ks_walk_file, i)->is_named &&
		name != NULL && strcmp(name, "/" PLACEHOLDERS) == 0;
}

/* policies NULL: response policies below a directory are passed over. */
static void add_path(struct ks_ruleset *ruleset, struct ks_policyset *policies, const char *path)
{
	static const char *const suffixes[] = { ".yml", ".yaml", NULL };
	struct ks_walk walk;
	struct ks_buf file;

	ks_buf_init(&file, KS_WALK_PATH);
	ks_walk_init(&walk);
	ks_walk_add(&walk, path, suffixes);
	for (size_t i = 0; i < walk.files.n; i++)
		if (is_placeholders(&walk, i, &file))
			ks_ruleset_load_placeholders(ruleset, file.p);
	for (size_t i = 0; i < walk.files.n; i++) {
		bool is_named = KS_VEC_AT(&walk.files, struct ks_walk_file, i)->is_named;

		if (is_placeholders(&walk, i, &file))
			continue;
		if ((is_named && policies == NULL) || !is_response(file.p))
			ks_ruleset_load(ruleset, file.p);
		else if (policies != NULL)
			ks_policyset_load(policies, file.p);
	}
	for (size_t i = 0; i < walk.problems.n; i++) {
		struct ks_walk_problem *problem = KS_VEC_AT(&walk.problems, struct ks_walk_problem, i);

		ks_err_set_file(&problem->err, problem->path);
		ks_problem_add(&ruleset->problems, &problem->err);
	}
	/* It says what is missing. */
	if (walk.files.n == 0 && walk.problems.n == 0)
		ks_ruleset_load(ruleset, path);
	ks_walk_release(&walk);
	ks_buf_release(&file);
}

static void add_shipped_responses(const struct ks_app *app, struct ks_policyset *policies)
{
	struct ks_buf path;

	ks_buf_init(&path, 1u << 20);
	ks_file_join(&path, app->ctx->policies_dir, "respond");
	if (ks_file_is_there(ks_buf_str(&path).p))
		ks_policyset_load(policies, ks_buf_str(&path).p);
	ks_buf_release(&path);
}

static void add_shipped(const struct ks_app *app, struct ks_ruleset *ruleset, struct ks_policyset *policies)
{
	struct ks_buf path;

	ks_buf_init(&path, 1u << 20);
	ks_file_join(&path, app->ctx->policies_dir, "detect");
	add_path(ruleset, NULL, ks_buf_str(&path).p);
	ks_buf_clear(&path);
	ks_file_join(&path, app->ctx->policies_dir, "suppress");
	if (ks_file_is_there(ks_buf_str(&path).p))
		add_path(ruleset, NULL, ks_buf_str(&path).p);
	if (policies != NULL)
		add_shipped_responses(app, policies);
	ks_buf_release(&path);
}

void ks_rules_add_placeholders(const struct ks_app *app, struct ks_ruleset *ruleset,
	const struct ks_opt_args *args)
{
	struct ks_buf shipped;
	size_t cursor = 0;
	const char *path;

	ks_buf_init(&shipped, 1u << 20);
	ks_file_join(&shipped, app->ctx->policies_dir, PLACEHOLDERS);
	if (ks_file_is_there(ks_buf_str(&shipped).p))
		ks_ruleset_load_placeholders(ruleset, ks_buf_str(&shipped).p);
	while ((path = ks_opt_list_next(args, "placeholders", &cursor)) != NULL)
		ks_ruleset_load_placeholders(ruleset, path);
	ks_buf_release(&shipped);
}

void ks_rules_add(const struct ks_app *app, struct ks_ruleset *ruleset, const char *path)
{
	ks_rules_add_both(app, ruleset, NULL, path);
}

void ks_rules_add_both(const struct ks_app *app, struct ks_ruleset *ruleset, struct ks_policyset *policies,
	const char *path)
{
	if (path != NULL)
		add_path(ruleset, policies, path);
	else
		add_shipped(app, ruleset, policies);
}

void ks_rules_load_policies(const struct ks_app *app, struct ks_policyset *policies,
	const struct ks_opt_args *args)
{
	size_t cursor = 0;
	const char *path;

	if (!ks_opt_has(args, "response"))
		add_shipped_responses(app, policies);
	while ((path = ks_opt_list_next(args, "response", &cursor)) != NULL)
		ks_policyset_load(policies, path);
	ks_policyset_check(policies);
}

bool ks_rules_load_response(const struct ks_app *app, struct ks_policyset *policies,
	const struct ks_opt_args *args)
{
	ks_rules_load_policies(app, policies, args);
	ks_rules_print_errors(&policies->problems);
	return policies->problems.errors == 0;
}

void ks_rules_print_errors(const struct ks_problems *problems)
{
	struct ks_buf text, safe;

	ks_buf_init(&text, LONGEST_LINE);
	ks_buf_init(&safe, LONGEST_LINE);
	for (size_t i = 0; i < problems->list.n; i++) {
		const struct ks_problem *problem = KS_VEC_AT(&problems->list, struct ks_problem, i);

		if (problem->is_warning)
			continue;
		ks_buf_clear(&text);
		ks_buf_clear(&safe);
		ks_err_render(&problem->err, &text);
		ks_text_add_terminal(&safe, ks_buf_str(&text));
		fprintf(stderr, "keysnare: %s\n", ks_buf_str(&safe).p);
	}
	ks_buf_release(&safe);
	ks_buf_release(&text);
}

bool ks_rules_are_good(struct ks_ruleset *ruleset, struct ks_program *out)
{
	ks_ruleset_resolve(ruleset);
	ks_rules_print_errors(&ruleset->problems);
	if (ruleset->problems.errors > 0)
		return false;
	ks_program_build(out, ruleset);
	return true;
}

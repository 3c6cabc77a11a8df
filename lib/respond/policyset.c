/* Files to policies, ties between them, and the choice for an incident. */
#include "lib/respond/policyset.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/walk.h"
#include "lib/respond/match.h"

#include <stdlib.h>

#define POLICIES_MOST 1000       /* ties are looked for between all pairs */
#define WHY_MOST 4096

void ks_policyset_init(struct ks_policyset *set)
{
	*set = (struct ks_policyset){ .policies = KS_VEC_OF(struct ks_policy *) };
	ks_problem_init(&set->problems);
	ks_arena_init(&set->arena);
	ks_map_init(&set->names);
	ks_map_init(&set->loaded);
}

void ks_policyset_release(struct ks_policyset *set)
{
	if (set == NULL)
		return;
	ks_vec_release(&set->policies);
	ks_problem_release(&set->problems);
	ks_map_release(&set->names);
	ks_map_release(&set->loaded);
	ks_arena_release(&set->arena);
}

static void add_document(struct ks_policyset *set, const struct ks_yaml_node *document)
{
	struct ks_policy *policy = ks_arena_alloc(&set->arena, sizeof(*policy));
	const struct ks_policy *first;

	if (!ks_policy_parse(document, &set->arena, &set->problems, policy))
		return;
	first = ks_map_find(&set->names, policy->name);
	if (first != NULL) {
		ks_problem_add_at(&set->problems, KS_ERR_EXISTS, policy->line, policy->column,
			"duplicate name '" KS_STR_FMT "': %s:%d has it too", KS_STR_ARG(policy->name), first->file,
			first->line);
		return;
	}
	if (set->policies.n == POLICIES_MOST) {
		ks_problem_add_at(&set->problems, KS_ERR_LIMIT, policy->line, policy->column,
			"more than %d response policies", POLICIES_MOST);
		return;
	}
	ks_map_put(&set->names, policy->name, policy);
	*(struct ks_policy **)ks_vec_push(&set->policies) = policy;
}

int ks_policyset_add(struct ks_policyset *set, const char *file, struct ks_str text)
{
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	size_t errors = set->problems.errors;
	struct ks_err err = { 0 };

	set->problems.file = ks_arena_strdup(&set->arena, ks_str_of(file));
	set->files++;
	if (ks_yaml_parse(text, &set->arena, &documents, &err) != 0)
		ks_problem_add(&set->problems, &err);
	else if (documents.n == 0)
		ks_problem_warn_at(&set->problems, 0, 0, "the file holds no response policy");
	for (size_t i = 0; i < documents.n; i++)
		add_document(set, *KS_VEC_AT(&documents, struct ks_yaml_node *, i));
	set->problems.file = NULL;
	ks_vec_release(&documents);
	return set->problems.errors == errors ? 0 : -1;
}

static void load_file(struct ks_policyset *set, const char *path)
{
	char *real = realpath(path, NULL);
	bool is_old = real != NULL && ks_map_put(&set->loaded, ks_str_of(real), set) != NULL;
	struct ks_err err = { 0 };
	struct ks_buf text;

	free(real);
	if (is_old)
		return;
	ks_buf_init(&text, KS_LIMIT_RULE_FILE);
	if (ks_file_load(path, &text, &err) == 0) {
		ks_policyset_add(set, path, ks_buf_str(&text));
	} else {
		ks_err_set_file(&err, path);
		ks_problem_add(&set->problems, &err);
	}
	ks_buf_release(&text);
}

int ks_policyset_load(struct ks_policyset *set, const char *path)
{
	static const char *const suffixes[] = { ".yml", ".yaml", NULL };
	size_t errors = set->problems.errors;
	struct ks_walk walk;
	struct ks_buf file;

	ks_walk_init(&walk);
	ks_walk_add(&walk, path, suffixes);
	for (size_t i = 0; i < walk.problems.n; i++) {
		struct ks_walk_problem *problem = KS_VEC_AT(&walk.problems, struct ks_walk_problem, i);

		ks_err_set_file(&problem->err, problem->path);
		ks_problem_add(&set->problems, &problem->err);
	}
	if (walk.files.n == 0 && walk.problems.n == 0) {
		struct ks_err err = { 0 };

		ks_err_set(&err, KS_ERR_NOTFOUND, "no response policies (*.yml, *.yaml) here");
		ks_err_set_file(&err, path);
		ks_problem_add(&set->problems, &err);
	}
	ks_buf_init(&file, KS_WALK_PATH);
	for (size_t i = 0; i < walk.files.n; i++) {
		ks_walk_path(&walk, i, &file);
		load_file(set, file.p);
	}
	ks_buf_release(&file);
	ks_walk_release(&walk);
	return set->problems.errors == errors ? 0 : -1;
}

int ks_policyset_check(struct ks_policyset *set)
{
	size_t errors = set->problems.errors;

	for (size_t i = 0; i < set->policies.n; i++) {
		const struct ks_policy *b = *KS_VEC_AT(&set->policies, struct ks_policy *, i);

		for (size_t k = 0; k < i; k++) {
			const struct ks_policy *a = *KS_VEC_AT(&set->policies, struct ks_policy *, k);

			if (ks_match_compare(a, b) != 0 || !ks_match_can_meet(a, b))
				continue;
			set->problems.file = b->file;
			ks_problem_add_at(&set->problems, KS_ERR_CONFLICT, b->line, b->column,
				"'" KS_STR_FMT "' and '" KS_STR_FMT "' (%s:%d) are equally specific and can meet the same "
				"incident: tell them apart by account, rule, level or decoy", KS_STR_ARG(b->name),
				KS_STR_ARG(a->name), a->file, a->line);
			set->problems.file = NULL;
			/* One tie is enough to say of a policy. */
			break;
		}
	}
	return set->problems.errors == errors ? 0 : -1;
}

const struct ks_policy *ks_policyset_choose(const struct ks_policyset *set, const struct ks_facts *facts,
	struct ks_arena *arena, struct ks_vec *out_verdicts)
{
	const struct ks_policy *best = NULL;
	struct ks_buf why;

	ks_buf_init(&why, WHY_MOST);
	for (size_t i = 0; i < set->policies.n; i++) {
		const struct ks_policy *policy = *KS_VEC_AT(&set->policies, struct ks_policy *, i);
		bool is_match = ks_match_is(policy, facts, &why);

		if (out_verdicts != NULL)
			*(struct ks_policyset_verdict *)ks_vec_push(out_verdicts) =
				(struct ks_policyset_verdict){ policy, is_match, ks_arena_strdup(arena, ks_buf_str(&why)) };
		if (is_match && (best == NULL || ks_match_compare(policy, best) < 0))
			best = policy;
	}
	ks_buf_release(&why);
	return best;
}

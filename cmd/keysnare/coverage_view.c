/* Rules by technique and by stage; calls that no rule looks at. */
#include "cmd/keysnare/coverage_view.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/intel/attack.h"

#include <stdio.h>

#define LONGEST_LINE (1u << 20)

/* One view. */
struct view {
	const struct ks_vec *rows;   /* struct ks_coverage_view_row */
	struct ks_attack attack;
	struct ks_arena arena;
	struct ks_vec techniques;    /* struct ks_str, sorted, each once */
	struct ks_buf line;
};

struct ks_str ks_coverage_view_name(const struct ks_rule *rule)
{
	return rule->name.n > 0 ? rule->name : rule->id.n > 0 ? rule->id : rule->title;
}

void ks_coverage_view_techniques(const struct ks_rule *rule, struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < rule->tags.n; i++) {
		char id[16];

		if (ks_attack_parse_tag(rule->tags.p[i], id))
			*(struct ks_str *)ks_vec_push(out) = ks_arena_copy(arena, ks_str_of(id));
	}
}

static int compare(const void *a, const void *b)
{
	return ks_str_compare(*(const struct ks_str *)a, *(const struct ks_str *)b);
}

static int open_view(struct view *view, const struct ks_app *app, const struct ks_vec *rows,
	struct ks_err *err)
{
	struct ks_buf path;
	int rc = 0;

	*view = (struct view){ .rows = rows, .techniques = KS_VEC_OF(struct ks_str) };
	ks_attack_init(&view->attack);
	ks_buf_init(&view->line, LONGEST_LINE);
	ks_buf_init(&path, LONGEST_LINE);
	ks_file_join(&path, app->ctx->policies_dir, KS_ATTACK_FILE);
	if (ks_file_is_there(ks_buf_str(&path).p))
		rc = ks_attack_load(&view->attack, ks_buf_str(&path).p, err);
	for (size_t i = 0; i < rows->n; i++)
		ks_coverage_view_techniques(KS_VEC_AT(rows, struct ks_coverage_view_row, i)->rule, &view->arena,
			&view->techniques);
	ks_vec_sort_unique(&view->techniques, compare);
	ks_buf_release(&path);
	return rc;
}

static void close_view(struct view *view)
{
	ks_attack_release(&view->attack);
	ks_arena_release(&view->arena);
	ks_vec_release(&view->techniques);
	ks_buf_release(&view->line);
}

static bool has_technique(const struct ks_rule *rule, struct ks_str technique)
{
	for (size_t i = 0; i < rule->tags.n; i++) {
		char id[16];

		if (ks_attack_parse_tag(rule->tags.p[i], id) && ks_str_is(technique, id))
			return true;
	}
	return false;
}

/* What the rules of one line have in common: a technique, a stage, a call, or that any call will do. */
struct common {
	struct ks_str technique;     /* p NULL: not by technique */
	unsigned stage;              /* 0: not by stage */
	size_t call;                 /* with is_call */
	bool is_call;
};

static bool is_common(const struct ks_coverage_view_row *row, const struct common *common)
{
	if (common->technique.p != NULL)
		return has_technique(row->rule, common->technique);
	if (common->is_call)
		return row->coverage.calls[common->call] != 0;
	return common->stage != 0 ? (row->coverage.stages & common->stage) != 0 : row->coverage.is_any_call;
}

/* The names of the rules, behind each other, into the line; how many there are. */
static size_t add_rules(struct view *view, const struct common *common)
{
	size_t n = 0;

	ks_buf_clear(&view->line);
	for (size_t i = 0; i < view->rows->n; i++) {
		const struct ks_coverage_view_row *row = KS_VEC_AT(view->rows, struct ks_coverage_view_row, i);

		if (!is_common(row, common))
			continue;
		ks_buf_adds(&view->line, n++ > 0 ? ", " : "");
		ks_text_add_terminal(&view->line, ks_coverage_view_name(row->rule));
	}
	return n;
}

static void print_techniques(struct view *view)
{
	printf("ATT&CK TECHNIQUES\n");
	for (size_t i = 0; i < view->techniques.n; i++) {
		struct ks_str id = *KS_VEC_AT(&view->techniques, struct ks_str, i);
		const char *name = ks_attack_find(&view->attack, id);
		size_t n = add_rules(view, &(struct common){ .technique = id });

		printf("  %-9s  %s%s%zu rule%s\n             %s\n", id.p, name != NULL ? name : "", name != NULL ?
			": " : "", n, n == 1 ? "" : "s", ks_buf_str(&view->line).p);
	}
	if (view->techniques.n == 0)
		printf("  none: no rule has a tag like attack.t1526\n");
}

/* Calls of a stage that no rule looks at by name, decoys aside. */
static void print_gaps(const struct view *view, unsigned stage)
{
	const struct ks_stage_row *call;
	const char *front = "      with real keys, no rule for ";

	for (size_t i = 0; (call = ks_stage_row(i)) != NULL; i++) {
		const struct common common = { .call = i, .is_call = true };
		bool is_covered = false;

		for (size_t k = 0; k < view->rows->n && !is_covered; k++) {
			const struct ks_coverage_view_row *row = KS_VEC_AT(view->rows, struct ks_coverage_view_row, k);

			is_covered = row->coverage.is_real && is_common(row, &common);
		}
		if (is_covered || (call->stages & stage) == 0)
			continue;
		printf("%s" KS_STR_FMT ":%s", front, KS_STR_ARG(ks_str_sub(ks_str_of(call->event_source), 0,
			(size_t)ks_str_find(ks_str_of(call->event_source), KS_STR(".")))), call->event_name);
		front = ", ";
	}
	if (front[0] == ',')
		printf("\n");
}

static void print_stages(struct view *view)
{
	size_t n = add_rules(view, &(struct common){ 0 });

	printf("\nSTAGES OF A THEFT\n");
	if (n > 0)
		printf("  any call, at every stage: %zu rule%s\n      %s\n", n, n == 1 ? "" : "s",
			ks_buf_str(&view->line).p);
	for (unsigned stage = 1; stage < KS_STAGE_OTHER; stage <<= 1) {
		n = add_rules(view, &(struct common){ .stage = stage });
		printf("  %s: %zu rule%s\n", ks_stage_name((enum ks_stage)stage), n, n == 1 ? "" : "s");
		if (n > 0)
			printf("      %s\n", ks_buf_str(&view->line).p);
		print_gaps(view, stage);
	}
}

int ks_coverage_view_print(const struct ks_app *app, const struct ks_vec *rows, struct ks_err *err)
{
	struct view view;
	int rc = open_view(&view, app, rows, err);

	if (rc == 0) {
		print_techniques(&view);
		print_stages(&view);
	}
	close_view(&view);
	return rc;
}

static struct ks_json *list_rules(const struct view *view, const struct common *common)
{
	struct ks_json *list = ks_json_new_array();

	for (size_t i = 0; i < view->rows->n; i++) {
		const struct ks_coverage_view_row *row = KS_VEC_AT(view->rows, struct ks_coverage_view_row, i);

		if (is_common(row, common))
			ks_json_add_str(list, NULL, ks_coverage_view_name(row->rule));
	}
	return list;
}

static void add_calls(const struct view *view, unsigned stage, struct ks_json *parent)
{
	struct ks_json *calls = ks_json_new_array();
	const struct ks_stage_row *call;

	for (size_t i = 0; (call = ks_stage_row(i)) != NULL; i++) {
		struct ks_json *one;

		if ((call->stages & stage) == 0)
			continue;
		one = ks_json_new_object();
		ks_json_add_text(one, "source", call->event_source);
		ks_json_add_text(one, "name", call->event_name);
		ks_json_add(one, "rules", list_rules(view, &(struct common){ .call = i, .is_call = true }));
		ks_json_add(calls, NULL, one);
	}
	ks_json_add(parent, "calls", calls);
}

int ks_coverage_view_json(const struct ks_app *app, const struct ks_vec *rows, struct ks_json **out,
	struct ks_err *err)
{
	struct view view;
	int rc = open_view(&view, app, rows, err);
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array();

	for (size_t i = 0; i < view.techniques.n; i++) {
		struct ks_str id = *KS_VEC_AT(&view.techniques, struct ks_str, i);
		struct ks_json *one = ks_json_new_object();

		ks_json_add_str(one, "id", id);
		ks_json_add_text(one, "name", ks_attack_find(&view.attack, id));
		ks_json_add(one, "rules", list_rules(&view, &(struct common){ .technique = id }));
		ks_json_add(list, NULL, one);
	}
	ks_json_add(json, "techniques", list);
	ks_json_add(json, "any_call", list_rules(&view, &(struct common){ 0 }));
	list = ks_json_new_array();
	for (unsigned stage = 1; stage < KS_STAGE_OTHER; stage <<= 1) {
		struct ks_json *one = ks_json_new_object();

		ks_json_add_text(one, "stage", ks_stage_name((enum ks_stage)stage));
		ks_json_add(one, "rules", list_rules(&view, &(struct common){ .stage = stage }));
		add_calls(&view, stage, one);
		ks_json_add(list, NULL, one);
	}
	ks_json_add(json, "stages", list);
	close_view(&view);
	if (rc == 0)
		*out = json;
	else
		ks_json_free(json);
	return rc;
}

/* Loads address lists and databases for a command, and says what is wrong with them. */
#include "cmd/keysnare/enrichment.h"

#include "lib/base/file.h"
#include "lib/base/walk.h"
#include "lib/engine/config.h"

#include <stdio.h>
#include <string.h>

#define CATEGORY_FIELD "ip.category"
#define UNREAD_MAX 20u         /* most categories that are warned of */

static void tell_problem(void *arg, const struct ks_err *err)
{
	struct ks_enrichment *enrichment = arg;

	ks_command_fail(err);
	enrichment->problems++;
}

/* A path that somebody named must be there; what lies in a directory and cannot be read is a problem of its
 * own. */
static int add_lists(struct ks_enrichment *enrichment, const char *path, struct ks_err *err)
{
	static const char *const suffixes[] = { KS_NETLIST_SUFFIX, NULL };
	const struct ks_netlist_sink sink = { tell_problem, enrichment };
	struct ks_walk walk;
	struct ks_buf file;
	int rc = 0;

	ks_buf_init(&file, KS_WALK_PATH);
	ks_walk_init(&walk);
	ks_walk_add(&walk, path, suffixes);
	for (size_t i = 0; rc == 0 && i < walk.problems.n; i++) {
		*err = KS_VEC_AT(&walk.problems, struct ks_walk_problem, i)->err;
		ks_err_set_file(err, KS_VEC_AT(&walk.problems, struct ks_walk_problem, i)->path);
		rc = -1;
	}
	for (size_t i = 0; rc == 0 && i < walk.files.n; i++) {
		ks_walk_path(&walk, i, &file);
		rc = ks_netlist_load(enrichment->lists, file.p, &sink, err);
		if (rc != 0)
			ks_err_set_file(err, file.p);
	}
	if (rc == 0 && walk.files.n == 0)
		rc = ks_err_set(err, KS_ERR_USAGE, "there is no file that ends in " KS_NETLIST_SUFFIX " below '%s'",
			path);
	if (rc != 0)
		err->code = KS_ERR_USAGE;
	ks_walk_release(&walk);
	ks_buf_release(&file);
	return rc;
}

static int add_shipped(struct ks_enrichment *enrichment, const struct ks_app *app, struct ks_err *err)
{
	struct ks_buf path;
	int rc = 0;

	ks_buf_init(&path, 1u << 20);
	ks_file_join(&path, app->ctx->policies_dir, KS_ENRICHMENT_LISTS);
	if (ks_file_is_there(ks_buf_str(&path).p))
		rc = add_lists(enrichment, ks_buf_str(&path).p, err);
	ks_buf_release(&path);
	return rc;
}

static int open_geo(struct ks_enrichment *enrichment, const char *path, struct ks_err *err)
{
	if (ks_geo_open(enrichment->sources.geo, path, err) == 0)
		return 0;
	if (err->code != KS_ERR_CONFIG)
		err->code = KS_ERR_USAGE;
	return -1;
}

int ks_enrichment_load(struct ks_enrichment *enrichment, const struct ks_app *app,
	const struct ks_opt_args *args, const struct ks_program *program, struct ks_err *err)
{
	const struct ks_str *names;
	const char *value;
	size_t cursor = 0;

	*enrichment = (struct ks_enrichment){ .lists = ks_netlist_new() };
	enrichment->sources = (struct ks_enrich_sources){ enrichment->lists, ks_geo_new() };
	if ((program == NULL || (ks_enrich_wanted(program) & KS_ENRICH_CATEGORY) != 0) &&
		add_shipped(enrichment, app, err) != 0)
		return -1;
	enrichment->shipped = ks_netlist_categories(enrichment->lists, &names);
	while ((value = ks_opt_list_next(args, "intel", &cursor)) != NULL)
		if (add_lists(enrichment, value, err) != 0)
			return -1;
	for (size_t i = 0; i < app->config->intel_count; i++)
		if (add_lists(enrichment, app->config->intel[i], err) != 0)
			return ks_err_wrap(err, "'intel' of the config");
	cursor = 0;
	while ((value = ks_opt_list_next(args, "geoip", &cursor)) != NULL)
		if (open_geo(enrichment, value, err) != 0)
			return ks_err_wrap(err, "--geoip");
	for (size_t i = 0; i < app->config->geoip_count; i++)
		if (open_geo(enrichment, app->config->geoip[i], err) != 0)
			return ks_err_wrap(err, "'geoip' of the config");
	ks_netlist_build(enrichment->lists);
	return 0;
}

void ks_enrichment_release(struct ks_enrichment *enrichment)
{
	ks_netlist_free(enrichment->lists);
	ks_geo_free(enrichment->sources.geo);
	*enrichment = (struct ks_enrichment){ .problems = 0 };
}

/* Whether an item of a rule, or of a filter in it, tells the category from others; what is no plain text
 * counts as if it did. */
static bool reads_category(const struct ks_program *program, const struct ks_item *item, struct ks_str name)
{
	if (!ks_str_is(program->paths[item->field], CATEGORY_FIELD))
		return false;
	for (size_t i = 0; i < item->test_count; i++)
		if (item->tests[i].kind != KS_TEST_STRING || ks_pattern_is_match(&item->tests[i].u.pattern, name))
			return true;
	return false;
}

static bool has_category(const struct ks_program *program, const uint32_t *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ks_str_is(program->paths[fields[i]], CATEGORY_FIELD))
			return true;
	return false;
}

/* Whether a correlation counts or groups by the category, which is to read all of them. */
static bool is_counted(const struct ks_program *program)
{
	for (size_t i = 0; i < program->correlation_count; i++) {
		const struct ks_correlation *correlation = program->correlations[i];

		for (size_t j = 0; j < correlation->part_count; j++)
			if (has_category(program, correlation->parts[j].group, correlation->group_count) ||
				has_category(program, correlation->parts[j].fields, correlation->field_count))
				return true;
	}
	return false;
}

static bool is_read_by(const struct ks_program *program, const struct ks_rule *rule, struct ks_str name)
{
	for (size_t i = 0; i < rule->detection.item_count; i++)
		if (reads_category(program, &rule->detection.items[i], name))
			return true;
	return false;
}

static bool is_read(const struct ks_program *program, struct ks_str name)
{
	for (size_t i = 0; i < program->rule_count; i++)
		if (is_read_by(program, program->rules[i], name))
			return true;
	for (size_t i = 0; i < program->filter_count; i++)
		if (program->filters[i]->applied > 0 && is_read_by(program, &program->filters[i]->head, name))
			return true;
	return is_counted(program);
}

void ks_enrichment_tell_unread(const struct ks_enrichment *enrichment, const struct ks_app *app,
	const struct ks_program *program)
{
	const struct ks_str *names;
	size_t n = ks_netlist_categories(enrichment->lists, &names), unread = 0;

	for (size_t i = enrichment->shipped; i < n && unread < UNREAD_MAX; i++)
		if (!is_read(program, names[i]) && !ks_guard_is_own(names[i])) {
			ks_log_write(&app->ctx->log, KS_LOG_WARNING, "no rule reads the category '" KS_STR_FMT
				"' of the address lists, which one has from its lines or from its file's name",
				KS_STR_ARG(names[i]));
			unread++;
		}
}

void ks_enrichment_end(struct ks_enrichment *enrichment)
{
	const char *damaged = enrichment->sources.geo != NULL ? ks_geo_damaged(enrichment->sources.geo) : NULL;
	struct ks_err err = { 0 };

	if (damaged == NULL)
		return;
	ks_err_set(&err, KS_ERR_CONFIG, "'%s' is damaged: some addresses could not be looked up", damaged);
	tell_problem(enrichment, &err);
}

int ks_enrichment_time(const struct ks_app *app, const struct ks_opt_args *args, const char *option,
	const char *fallback, int64_t *out_ms, struct ks_err *err)
{
	const char *value = ks_opt_value(args, option, fallback);
	int64_t then, now = ks_ctx_now(app->ctx);

	if (strpbrk(value, "-:T") != NULL || ks_time_parse_user(ks_str_of(value), now, false, &then, err) != 0 ||
		then > now)
		return ks_err_set(err, KS_ERR_USAGE, "option '--%s' takes a time such as 30m, 24h or 7d, not '%s'",
			option, value);
	*out_ms = now - then;
	return 0;
}

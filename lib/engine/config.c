/* keysnare.yml as values, and the mandate that comes out of them. */
#include "lib/engine/config.h"

#include "lib/aws/arn.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/decoy/keyid.h"
#include "lib/incident/reminder.h"
#include "lib/net/serve.h"
#include "lib/engine/orders.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ACCOUNTS_MOST 1000u
#define SOURCES_MOST 1000u
#define KEYS_MOST 1000
#define REMINDERS_MOST 100
#define LONGEST_REFERENCE 4096u
#define LONGEST_EXTERNAL_ID 1224u          /* of STS */

static const char *const top_keys[] = { "store", "policies", "accounts", "sources", "protect",
	"max_keys_per_hour", "settle", "approval", "pause_file", "intel", "geoip", "notifiers",
	"webhook_secrets", "stale", "heartbeat", "heartbeat_to", "remind_after", "remind_most", "remind_to",
	"listen", "log_format" };
static const char *const account_keys[] = { "id", "name", "role", "external_id", "regions" };
static const char *const source_keys[] = { "spec", "trust", "stale", "buckets" };
static const char *const trusts[] = { "none", KS_CONFIG_TRUST };

/* A config on its way. */
struct reader {
	struct ks_arena *arena;
	struct ks_problems *problems;
	struct ks_config *out;
	const char *dir;             /* what relative paths are relative to */
};

void ks_config_init(struct ks_config *config)
{
	*config = (struct ks_config){ .settle_ms = KS_MANDATE_SETTLE_MS, .approval_ms = KS_MANDATE_APPROVAL_MS,
		.remind_ms = KS_REMINDER_AFTER_MS, .remind_most = KS_REMINDER_MOST };
	ks_arena_init(&config->arena);
}

void ks_config_release(struct ks_config *config)
{
	ks_arena_release(&config->arena);
	*config = (struct ks_config){ .path = NULL };
}

static void fail(struct reader *r, const struct ks_yaml_node *node, const char *message)
{
	ks_problem_add_at(r->problems, KS_ERR_CONFIG, node->line, node->column, "%s", message);
}

/* ---- values ------------------------------------------------------------------------------------ */

static const char *whole_path(struct reader *r, struct ks_str path)
{
	return path.p[0] == '/' ? ks_arena_strdup(r->arena, path) :
		ks_arena_printf(r->arena, "%s%s" KS_STR_FMT, r->dir, strcmp(r->dir, "/") == 0 ? "" : "/",
			KS_STR_ARG(path));
}

static bool has_nul(struct ks_str s)
{
	return s.n > 0 && memchr(s.p, '\0', s.n) != NULL;
}

static void read_path(struct reader *r, const struct ks_yaml_node *node, const char *what, const char **out)
{
	struct ks_str path;

	if (node == NULL || !ks_entry_text(node, what, r->problems, &path))
		return;
	if (has_nul(path))
		fail(r, node, "a path holds no NUL");
	else
		*out = whole_path(r, path);
}

/* How the strings of a list are taken: as they are, as paths, or as references to secrets. */
enum form { FORM_TEXT, FORM_PATH, FORM_REFERENCE };

static const char *take_reference(struct reader *r, struct ks_str text)
{
	if (!ks_str_has_prefix(text, KS_STR("file:")) || text.n == 5)
		return ks_arena_strdup(r->arena, text);
	return ks_arena_printf(r->arena, "file:%s", whole_path(r, ks_str_sub(text, 5, text.n)));
}

static void read_list(struct reader *r, const struct ks_yaml_node *node, const char *what, enum form form,
	const char *const **out, size_t *out_n)
{
	struct ks_entry_list list = { NULL, NULL, 0 };
	const char **texts;

	if (node == NULL || !ks_entry_strings(node, what, r->arena, r->problems, &list))
		return;
	texts = ks_arena_alloc(r->arena, list.n * sizeof(*texts));
	for (size_t i = 0; i < list.n; i++) {
		if (has_nul(list.p[i]))
			fail(r, list.nodes[i], "this holds a NUL");
		if (form == FORM_REFERENCE && !ks_str_has_prefix(list.p[i], KS_STR("env:")) &&
			!ks_str_has_prefix(list.p[i], KS_STR("file:")))
			fail(r, list.nodes[i], "a secret is given as env:NAME or file:PATH, never itself");
		texts[i] = form == FORM_TEXT ? ks_arena_strdup(r->arena, list.p[i]) :
			form == FORM_PATH ? whole_path(r, list.p[i]) : take_reference(r, list.p[i]);
	}
	*out = texts;
	*out_n = list.n;
}

/* ---- accounts ---------------------------------------------------------------------------------- */

static void read_id(struct reader *r, const struct ks_yaml_node *node, struct ks_account *out)
{
	uint64_t number;

	if (node->kind == KS_YAML_SEQUENCE || node->kind == KS_YAML_MAPPING ||
		!ks_keyid_parse_account(node->text, &number))
		fail(r, node, "'id' must be an account id: twelve digits, in quotes");
	else if (node->is_plain)
		fail(r, node, "an account id must stand in quotes: YAML takes some of them for numbers");
	else
		out->id = node->text;
}

/* What is wrong with a role's ARN; NULL when nothing is. */
static const char *judge_role(struct ks_str role, struct ks_str id)
{
	struct ks_str type, rest;
	struct ks_arn arn;

	if (has_nul(role) || !ks_arn_parse(role, &arn) || !ks_str_is(arn.service, "iam") || arn.region.n > 0 ||
		!ks_arn_split(&arn, &type, &rest) || !ks_str_is(type, "role") || !ks_arn_is_name(ks_arn_last(rest)))
		return "'role' must be the ARN of a role";
	if (ks_partition_find(arn.partition) == NULL)
		return "'role': there is no such partition";
	if (id.n > 0 && !ks_str_is_equal(arn.account, id))
		return "'role' is of another account than 'id'";
	return NULL;
}

static void read_role(struct reader *r, const struct ks_yaml_node *node, struct ks_account *out)
{
	const char *wrong;

	if (node == NULL || !ks_entry_text(node, "'role'", r->problems, &out->role))
		return;
	wrong = judge_role(out->role, out->id);
	if (wrong != NULL)
		fail(r, node, wrong);
}

static void read_external_id(struct reader *r, const struct ks_yaml_node *node, struct ks_account *out)
{
	struct ks_str text;

	if (node == NULL || !ks_entry_text(node, "'external_id'", r->problems, &text))
		return;
	if (has_nul(text) || text.n > LONGEST_EXTERNAL_ID)
		fail(r, node, "this can be no external id");
	else
		out->external_id = ks_str_of(take_reference(r, text));
	if (out->role.n == 0)
		fail(r, node, "an 'external_id' goes with a 'role', and there is none");
}

static void read_regions(struct reader *r, const struct ks_yaml_node *node, struct ks_account *out)
{
	struct ks_entry_list list = { NULL, NULL, 0 };
	const struct ks_partition *partition = NULL;
	struct ks_arn arn;

	if (node == NULL || !ks_entry_strings(node, "'regions'", r->arena, r->problems, &list))
		return;
	if (ks_arn_parse(out->role, &arn))
		partition = ks_partition_find(arn.partition);
	for (size_t i = 0; i < list.n; i++) {
		const struct ks_partition *own = ks_partition_of_region(list.p[i]);

		if (own == NULL)
			ks_problem_add_at(r->problems, KS_ERR_CONFIG, list.nodes[i]->line, list.nodes[i]->column,
				"'" KS_STR_FMT "' is no Region", KS_STR_ARG(list.p[i]));
		else if (partition != NULL && own != partition)
			fail(r, list.nodes[i], "this Region is of another partition than the role");
		partition = partition != NULL ? partition : own;
	}
	out->regions = list.p;
	out->region_count = list.n;
}

static void read_account(struct reader *r, const struct ks_yaml_node *node, struct ks_account *out)
{
	const struct ks_yaml_node *id = ks_yaml_find(node, "id"), *name = ks_yaml_find(node, "name");

	if (!ks_entry_check(node, "an account", account_keys, COUNT(account_keys), r->problems) &&
		node->kind != KS_YAML_MAPPING)
		return;
	if (id == NULL)
		fail(r, node, "an account needs its 'id'");
	else
		read_id(r, id, out);
	if (name != NULL)
		ks_entry_text(name, "'name'", r->problems, &out->name);
	read_role(r, ks_yaml_find(node, "role"), out);
	read_external_id(r, ks_yaml_find(node, "external_id"), out);
	read_regions(r, ks_yaml_find(node, "regions"), out);
}

static void read_accounts(struct reader *r, const struct ks_yaml_node *node)
{
	struct ks_account *accounts;

	if (node->kind != KS_YAML_SEQUENCE || node->n == 0 || node->n > ACCOUNTS_MOST) {
		fail(r, node, "'accounts' must be a list of mappings, each with an 'id'");
		return;
	}
	accounts = ks_arena_alloc(r->arena, node->n * sizeof(*accounts));
	for (size_t i = 0; i < node->n; i++) {
		read_account(r, node->items[i], &accounts[i]);
		if (ks_account_find(accounts, i, accounts[i].id) != NULL)
			ks_problem_add_at(r->problems, KS_ERR_CONFIG, node->items[i]->line, node->items[i]->column,
				"account " KS_STR_FMT " stands twice in 'accounts'", KS_STR_ARG(accounts[i].id));
	}
	r->out->accounts = accounts;
	r->out->account_count = node->n;
}

/* ---- sources ----------------------------------------------------------------------------------- */

/* Whether it names something else than a directory. */
static bool is_remote(struct ks_str spec)
{
	return ks_str_is(spec, "-") || ks_str_has_prefix(spec, KS_STR("s3://")) ||
		ks_str_has_prefix(spec, KS_STR("sqs:")) || ks_str_has_prefix(spec, KS_STR("lookup:"));
}

static void read_trust(struct reader *r, const struct ks_yaml_node *node, struct ks_config_source *out)
{
	for (size_t i = 0; i < COUNT(trusts); i++)
		if (node->kind == KS_YAML_STRING && ks_str_is(node->text, trusts[i])) {
			out->is_trusted = i > 0;
			return;
		}
	fail(r, node, "'trust' is none, or " KS_CONFIG_TRUST " where nobody can write but AWS and who may act "
		"anyway");
}

static void read_source(struct reader *r, const struct ks_yaml_node *node, struct ks_config_source *out)
{
	const struct ks_yaml_node *spec = ks_yaml_find(node, "spec"), *trust = ks_yaml_find(node, "trust");
	const struct ks_yaml_node *stale = ks_yaml_find(node, "stale"), *buckets = ks_yaml_find(node, "buckets");
	struct ks_str text;

	if (!ks_entry_check(node, "a source", source_keys, COUNT(source_keys), r->problems) &&
		node->kind != KS_YAML_MAPPING)
		return;
	if (spec == NULL)
		fail(r, node, "a source needs its 'spec': what is given to 'watch'");
	else if (ks_entry_text(spec, "'spec'", r->problems, &text) && has_nul(text))
		fail(r, spec, "a path holds no NUL");
	else if (spec->kind == KS_YAML_STRING && text.n > 0)
		out->spec = is_remote(text) ? ks_arena_strdup(r->arena, text) : whole_path(r, text);
	if (trust != NULL)
		read_trust(r, trust, out);
	if (stale != NULL)
		ks_entry_duration(stale, "'stale'", r->problems, &out->stale_ms);
	if (buckets == NULL)
		return;
	read_list(r, buckets, "'buckets'", FORM_TEXT, &out->buckets, &out->bucket_count);
	if (out->spec != NULL && strncmp(out->spec, "sqs:", 4) != 0)
		fail(r, buckets, "'buckets' goes with a queue (sqs:…), whose messages name objects");
}

static void read_sources(struct reader *r, const struct ks_yaml_node *node)
{
	struct ks_config_source *sources;

	if (node->kind != KS_YAML_SEQUENCE || node->n == 0 || node->n > SOURCES_MOST) {
		fail(r, node, "'sources' must be a list of mappings, each with a 'spec'");
		return;
	}
	sources = ks_arena_alloc(r->arena, node->n * sizeof(*sources));
	for (size_t i = 0; i < node->n; i++) {
		read_source(r, node->items[i], &sources[i]);
		for (size_t k = 0; k < i && sources[i].spec != NULL; k++)
			if (sources[k].spec != NULL && strcmp(sources[k].spec, sources[i].spec) == 0)
				fail(r, node->items[i], "this source stands twice in 'sources'");
	}
	r->out->sources = sources;
	r->out->source_count = node->n;
}

/* ---- the whole --------------------------------------------------------------------------------- */

static void read_limits(struct reader *r, const struct ks_yaml_node *keys, const struct ks_yaml_node *settle,
	const struct ks_yaml_node *approval)
{
	if (keys != NULL)
		ks_entry_count(keys, "'max_keys_per_hour'", 1, KEYS_MOST, r->problems, &r->out->max_keys_per_hour);
	if (settle != NULL)
		ks_entry_duration(settle, "'settle'", r->problems, &r->out->settle_ms);
	if (approval != NULL)
		ks_entry_duration(approval, "'approval'", r->problems, &r->out->approval_ms);
}

/* What people are told of keysnare itself, and again. */
static void read_vigil(struct reader *r, const struct ks_yaml_node *top)
{
	struct ks_config *out = r->out;
	const struct {
		const char *key, *what;
		int64_t *ms;
	} times[] = {
		{ "stale", "'stale'", &out->stale_ms },
		{ "heartbeat", "'heartbeat'", &out->heartbeat_ms },
		{ "remind_after", "'remind_after'", &out->remind_ms },
	};
	const struct ks_yaml_node *most = ks_yaml_find(top, "remind_most");

	for (size_t i = 0; i < COUNT(times); i++)
		if (ks_yaml_find(top, times[i].key) != NULL)
			ks_entry_duration(ks_yaml_find(top, times[i].key), times[i].what, r->problems, times[i].ms);
	if (most != NULL)
		ks_entry_count(most, "'remind_most'", 0, REMINDERS_MOST, r->problems, &out->remind_most);
	read_list(r, ks_yaml_find(top, "heartbeat_to"), "'heartbeat_to'", FORM_TEXT, &out->heartbeat_to,
		&out->heartbeat_to_count);
	read_list(r, ks_yaml_find(top, "remind_to"), "'remind_to'", FORM_TEXT, &out->remind_to,
		&out->remind_to_count);
}

static void read_listen(struct reader *r, const struct ks_yaml_node *node)
{
	struct ks_err err = { 0 };
	struct ks_str text;

	if (node == NULL || !ks_entry_text(node, "'listen'", r->problems, &text))
		return;
	if (ks_serve_check(ks_arena_strdup(r->arena, text), &err) != 0)
		fail(r, node, err.message);
	else
		r->out->listen = ks_arena_strdup(r->arena, text);
}

static void read_log_format(struct reader *r, const struct ks_yaml_node *node)
{
	struct ks_str text;

	if (node == NULL || !ks_entry_text(node, "'log_format'", r->problems, &text))
		return;
	if (!ks_str_is(text, "text") && !ks_str_is(text, "json"))
		fail(r, node, "'log_format' is text or json");
	else
		r->out->log_format = ks_arena_strdup(r->arena, text);
}

static void read_document(struct reader *r, const struct ks_yaml_node *top)
{
	struct ks_config *out = r->out;
	const struct ks_yaml_node *accounts = ks_yaml_find(top, "accounts");
	const struct ks_yaml_node *sources = ks_yaml_find(top, "sources");
	const struct ks_yaml_node *protect = ks_yaml_find(top, "protect");

	if (!ks_entry_check(top, "the config", top_keys, COUNT(top_keys), r->problems) &&
		top->kind != KS_YAML_MAPPING)
		return;
	read_path(r, ks_yaml_find(top, "store"), "'store'", &out->store);
	read_path(r, ks_yaml_find(top, "policies"), "'policies'", &out->policies);
	read_path(r, ks_yaml_find(top, "pause_file"), "'pause_file'", &out->pause_file);
	if (accounts != NULL)
		read_accounts(r, accounts);
	if (sources != NULL)
		read_sources(r, sources);
	if (protect != NULL)
		ks_entry_protect(protect, r->arena, r->problems, &r->out->protect, &r->out->protected);
	read_limits(r, ks_yaml_find(top, "max_keys_per_hour"), ks_yaml_find(top, "settle"),
		ks_yaml_find(top, "approval"));
	read_vigil(r, top);
	read_listen(r, ks_yaml_find(top, "listen"));
	read_log_format(r, ks_yaml_find(top, "log_format"));
	read_list(r, ks_yaml_find(top, "intel"), "'intel'", FORM_PATH, &out->intel, &out->intel_count);
	read_list(r, ks_yaml_find(top, "geoip"), "'geoip'", FORM_PATH, &out->geoip, &out->geoip_count);
	if (ks_yaml_find(top, "notifiers") != NULL)
		ks_orders_read(&(struct ks_orders_request){ ks_yaml_find(top, "notifiers"), r->dir, out->accounts,
			out->account_count, r->arena, r->problems }, &out->notifiers, &out->notifier_count);
	read_list(r, ks_yaml_find(top, "webhook_secrets"), "'webhook_secrets'", FORM_REFERENCE,
		&out->webhook_secrets, &out->webhook_secret_count);
}

/* Whoever can write it decides whom keysnare acts on. */
static int check_mode(const char *path, struct ks_err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return ks_err_set_errno(err, "cannot read the config '%s'", path);
	if (S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH) != 0)
		return ks_err_set(err, KS_ERR_CONFIG, "everybody may write this config, and so decide what is acted "
			"on: chmod o-w '%s'", path);
	return 0;
}

/* The directory that a file is in, whole and without links. */
static const char *find_dir(const char *path, struct ks_arena *arena)
{
	const char *slash = strrchr(path, '/');
	const char *dir = slash == NULL ? "." : slash == path ? "/" :
		ks_arena_strdup(arena, (struct ks_str){ path, (size_t)(slash - path) });
	char *real = realpath(dir, NULL);
	const char *out = real != NULL ? ks_arena_strdup(arena, ks_str_of(real)) : dir;

	free(real);
	return out;
}

static void read_file(struct reader *r, const char *path)
{
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_err err = { 0 };
	struct ks_buf text;

	ks_buf_init(&text, KS_LIMIT_RULE_FILE);
	if (check_mode(path, &err) != 0 || ks_file_load(path, &text, &err) != 0 ||
		ks_yaml_parse(ks_buf_str(&text), r->arena, &documents, &err) != 0) {
		/* All of them are the caller's to put right. */
		err.code = KS_ERR_CONFIG;
		ks_problem_add(r->problems, &err);
	} else if (documents.n > 1) {
		fail(r, *KS_VEC_AT(&documents, struct ks_yaml_node *, 1), "a config is one document");
	} else if (documents.n == 1) {
		read_document(r, *KS_VEC_AT(&documents, struct ks_yaml_node *, 0));
	}
	ks_buf_release(&text);
	ks_vec_release(&documents);
}

/* A variable goes before the file. It is read as what stands there would be. */
static const struct ks_yaml_node *variable(struct reader *r, const struct ks_ctx *ctx, const char *name,
	enum ks_yaml_kind kind)
{
	const char *value = ks_ctx_env(ctx, name);
	struct ks_yaml_node *node;

	if (value == NULL)
		return NULL;
	node = ks_arena_alloc(r->arena, sizeof(*node));
	node->kind = kind;
	node->text = ks_arena_copy(r->arena, ks_str_of(value));
	r->problems->file = name;
	return node;
}

static void read_variables(struct reader *r, const struct ks_ctx *ctx)
{
	char cwd[PATH_MAX];

	r->dir = realpath(".", cwd) != NULL ? cwd : ".";
	read_limits(r, variable(r, ctx, "KEYSNARE_MAX_KEYS_PER_HOUR", KS_YAML_NUMBER), NULL, NULL);
	read_limits(r, NULL, variable(r, ctx, "KEYSNARE_SETTLE", KS_YAML_STRING), NULL);
	read_limits(r, NULL, NULL, variable(r, ctx, "KEYSNARE_APPROVAL", KS_YAML_STRING));
	read_path(r, variable(r, ctx, "KEYSNARE_PAUSE_FILE", KS_YAML_STRING), "the path", &r->out->pause_file);
	r->problems->file = NULL;
}

bool ks_config_load(struct ks_config *config, const struct ks_ctx *ctx, const char *path,
	struct ks_problems *problems)
{
	struct ks_config fresh;
	struct reader r = { .problems = problems, .out = &fresh };
	size_t errors = problems->errors;

	ks_config_init(&fresh);
	r.arena = &fresh.arena;
	if (path != NULL) {
		fresh.path = ks_arena_strdup(r.arena, ks_str_of(path));
		r.dir = find_dir(path, r.arena);
		problems->file = path;
		read_file(&r, path);
		problems->file = NULL;
	}
	read_variables(&r, ctx);
	if (problems->errors != errors) {
		ks_config_release(&fresh);
		return false;
	}
	ks_config_release(config);
	*config = fresh;
	return true;
}

/* ---- questions --------------------------------------------------------------------------------- */

static bool is_same_directory(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISDIR(x.st_mode) && x.st_dev == y.st_dev &&
		x.st_ino == y.st_ino;
}

static bool is_source(const struct ks_config_source *source, const char *spec)
{
	bool has_path = !is_remote(ks_str_of(spec));

	if (is_remote(ks_str_of(source->spec)) == has_path)
		return false;
	return has_path ? is_same_directory(source->spec, spec) : strcmp(source->spec, spec) == 0;
}

const struct ks_config_source *ks_config_find_source(const struct ks_config *config, const char *spec)
{
	for (size_t i = 0; i < config->source_count; i++)
		if (strcmp(config->sources[i].spec, spec) == 0)
			return &config->sources[i];
	return NULL;
}

bool ks_config_is_trusted(const struct ks_config *config, const char *spec)
{
	for (size_t i = 0; i < config->source_count; i++)
		if (config->sources[i].is_trusted && is_source(&config->sources[i], spec))
			return true;
	return false;
}

int64_t ks_config_stale_after(const struct ks_config *config, const char *spec)
{
	for (size_t i = 0; i < config->source_count; i++)
		if (config->sources[i].stale_ms > 0 && is_source(&config->sources[i], spec))
			return config->sources[i].stale_ms;
	return 0;
}

const char *ks_config_pause_path(const struct ks_config *config, const char *store_path,
	struct ks_arena *arena)
{
	const char *slash = strrchr(store_path, '/');
	struct ks_str dir = slash == NULL ? KS_STR("./") :
		(struct ks_str){ store_path, (size_t)(slash - store_path) + 1 };

	return config->pause_file != NULL ? config->pause_file :
		ks_arena_printf(arena, KS_STR_FMT KS_CONFIG_PAUSE_NAME, KS_STR_ARG(dir));
}

static int read_secret_file(const char *path, struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, LONGEST_REFERENCE);
	rc = ks_file_load(path, &text, err);
	if (rc != 0)
		err->code = KS_ERR_CONFIG;
	else
		*out = ks_arena_copy(arena, ks_str_trim(ks_buf_str(&text)));
	ks_buf_wipe(&text);
	return rc;
}

/* The external id itself. */
static int resolve(const struct ks_ctx *ctx, struct ks_account *account, struct ks_arena *arena,
	struct ks_err *err)
{
	const char *text = ks_arena_strdup(arena, account->external_id);
	struct ks_str value = account->external_id;
	int rc = 0;

	if (strncmp(text, "env:", 4) == 0) {
		value = ks_str_of(ks_ctx_env(ctx, text + 4));
		if (value.n == 0)
			rc = ks_err_set(err, KS_ERR_CONFIG, "variable '%s' is not set", text + 4);
	} else if (strncmp(text, "file:", 5) == 0) {
		rc = read_secret_file(text + 5, arena, &value, err);
		if (rc == 0 && value.n == 0)
			rc = ks_err_set(err, KS_ERR_CONFIG, "file '%s' is empty", text + 5);
	}
	if (rc != 0)
		return ks_err_wrap(err, "external_id of account " KS_STR_FMT, KS_STR_ARG(account->id));
	account->external_id = value;
	return 0;
}

int ks_config_accounts(const struct ks_config *config, const struct ks_ctx *ctx, struct ks_arena *arena,
	const struct ks_account **out, struct ks_err *err)
{
	struct ks_account *accounts = ks_arena_alloc(arena, config->account_count * sizeof(*accounts) + 1);

	for (size_t i = 0; i < config->account_count; i++) {
		accounts[i] = config->accounts[i];
		if (accounts[i].external_id.n > 0 && resolve(ctx, &accounts[i], arena, err) != 0)
			return -1;
	}
	*out = accounts;
	return 0;
}

int ks_config_mandate(const struct ks_config *config, const struct ks_config_office *office,
	struct ks_arena *arena, struct ks_mandate *out, struct ks_err *err)
{
	const struct ks_account *accounts;
	const char **names;

	if (config->path == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "there is no config, so there is no account in which keysnare "
			"may act: 'keysnare init' writes one, then name your account in it under 'accounts', or give "
				"the "
			"file with --config");
	if (config->account_count == 0)
		return ks_err_set(err, KS_ERR_CONFIG, "the config '%s' names no account in which keysnare may act: "
			"write into it, with your number: accounts: [{id: \"123456789012\"}]", config->path);
	if (ks_config_accounts(config, office->ctx, arena, &accounts, err) != 0)
		return -1;
	names = ks_arena_alloc(arena, config->notifier_count * sizeof(*names) + 1);
	for (size_t i = 0; i < config->notifier_count; i++)
		names[i] = config->notifiers[i].name != NULL ? config->notifiers[i].name : config->notifiers[i].kind;
	*out = (struct ks_mandate){
		.ctx = office->ctx,
		.settings = office->settings,
		.accounts = accounts,
		.account_count = config->account_count,
		.protect = config->protected,
		.protect_texts = config->protect.p,
		.protect_count = config->protect.n,
		.lists = office->lists,
		.notifiers = names,
		.notifier_count = config->notifier_count,
		.most_keys = config->max_keys_per_hour,
		.settle_ms = config->settle_ms,
		.approval_ms = config->approval_ms,
		.pause_path = ks_config_pause_path(config, office->store_path, arena),
		.who = office->who,
		.started_ms = office->started_ms,
	};
	return 0;
}

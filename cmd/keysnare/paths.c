/* Finding the shipped files and the store, so that the program works from the source tree, installed, and
 * moved. */
#include "cmd/keysnare/paths.h"

#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_CAP 8192u

void ks_paths_init(struct ks_paths_found *paths)
{
	ks_buf_init(&paths->policies, PATH_CAP);
	ks_buf_init(&paths->templates, PATH_CAP);
	ks_buf_init(&paths->drills, PATH_CAP);
	ks_buf_init(&paths->store, PATH_CAP);
	ks_buf_init(&paths->config_path, PATH_CAP);
	ks_config_init(&paths->config);
}

void ks_paths_release(struct ks_paths_found *paths)
{
	ks_buf_release(&paths->policies);
	ks_buf_release(&paths->templates);
	ks_buf_release(&paths->drills);
	ks_buf_release(&paths->store);
	ks_buf_release(&paths->config_path);
	ks_config_release(&paths->config);
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void set(struct ks_buf *out, const char *dir, const char *name)
{
	ks_buf_clear(out);
	ks_file_join(out, dir, name);
}

/* Takes the directories from below base when the templates are there. */
static bool take_data(struct ks_paths_found *paths, const char *base, const char *policies,
	const char *templates, const char *drills)
{
	struct ks_buf probe;
	bool is_there;

	ks_buf_init(&probe, PATH_CAP);
	set(&probe, base, templates);
	is_there = is_dir(probe.p);
	ks_buf_release(&probe);
	if (!is_there)
		return false;
	set(&paths->policies, base, policies);
	set(&paths->templates, base, templates);
	set(&paths->drills, base, drills);
	return true;
}

/* Looks beside the program: build/<variant>/keysnare in the source tree, or <prefix>/bin/keysnare. */
static bool find_beside_program(struct ks_paths_found *paths)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	for (int up = 0; n > 0 && up < 3; up++) {
		char *slash;

		exe[n] = '\0';
		slash = strrchr(exe, '/');
		if (slash == NULL || slash == exe)
			return false;
		*slash = '\0';
		n = slash - exe;
		/* One up is the directory of the program, two its prefix, three the top of the source tree. */
		if (up == 1 && take_data(paths, exe, "share/keysnare/policies", "share/keysnare/templates",
				"share/keysnare/drills"))
			return true;
		if (up == 2 && take_data(paths, exe, "policies", "lib/decoy/templates", "examples/drills"))
			return true;
	}
	return false;
}

static int find_data(struct ks_paths_found *paths, const struct ks_ctx *ctx, struct ks_err *err)
{
	const char *named = ks_ctx_env(ctx, "KEYSNARE_DATADIR");

	if (named != NULL && !take_data(paths, named, "policies", "templates", "drills"))
		return ks_err_set(err, KS_ERR_CONFIG, "KEYSNARE_DATADIR: there is no '%s/templates'", named);
	if (named == NULL && !find_beside_program(paths)) {
		set(&paths->policies, KS_DATADIR, "policies");
		set(&paths->templates, KS_DATADIR, "templates");
		set(&paths->drills, KS_DATADIR, "drills");
	}
	return 0;
}

static int find_policies(struct ks_paths_found *paths, const struct ks_ctx *ctx,
	const struct ks_opt_args *args,
	struct ks_err *err)
{
	const char *option = ks_opt_value(args, "policies", NULL);
	const char *variable = ks_ctx_env(ctx, "KEYSNARE_POLICIES");
	const char *named = option != NULL ? option : variable != NULL ? variable : paths->config.policies;

	if (named == NULL)
		return 0;
	if (!is_dir(named))
		return ks_err_set(err, option != NULL ? KS_ERR_USAGE : KS_ERR_CONFIG, "%s: '%s' is not a directory",
			option != NULL ? "--policies" : variable != NULL ? "KEYSNARE_POLICIES" :
			"'policies' of the config", named);
	ks_buf_clear(&paths->policies);
	ks_buf_adds(&paths->policies, named);
	return 0;
}

static int find_store(struct ks_paths_found *paths, const struct ks_ctx *ctx, const struct ks_opt_args *args,
	struct ks_err *err)
{
	const char *named = ks_opt_value(args, "store", ks_ctx_env(ctx, "KEYSNARE_STORE"));
	const char *data = ks_ctx_env(ctx, "XDG_DATA_HOME");
	const char *home = ks_ctx_env(ctx, "HOME");
	const struct passwd *user;

	if (named != NULL && named[0] == '\0')
		return ks_err_set(err, KS_ERR_USAGE, "--store needs a path");
	if (named != NULL) {
		ks_buf_adds(&paths->store, named);
	} else if (data != NULL && data[0] == '/') {
		set(&paths->store, data, "keysnare/keysnare.db");
	} else {
		/* A service may run without HOME. */
		if (home == NULL && (user = getpwuid(getuid())) != NULL)
			home = user->pw_dir;
		set(&paths->store, home != NULL ? home : ".", ".local/share/keysnare/keysnare.db");
	}
	return 0;
}

/* True when somebody named it. */
static bool find_config_path(struct ks_paths_found *paths, const struct ks_ctx *ctx,
	const struct ks_opt_args *args)
{
	const char *named = ks_opt_value(args, "config", ks_ctx_env(ctx, "KEYSNARE_CONFIG"));
	const char *slash = strrchr(paths->store.p, '/');

	if (named != NULL)
		ks_buf_adds(&paths->config_path, named);
	else if (slash == NULL)
		ks_buf_adds(&paths->config_path, KS_CONFIG_NAME);
	else
		ks_buf_addf(&paths->config_path, "%.*s" KS_CONFIG_NAME, (int)(slash - paths->store.p) + 1,
			paths->store.p);
	return named != NULL;
}

static int load_config(struct ks_paths_found *paths, const struct ks_ctx *ctx, bool must_be,
	struct ks_err *err)
{
	const char *path = paths->config_path.p;
	struct ks_problems problems;
	int rc = 0;

	if (!ks_file_is_there(path)) {
		if (must_be)
			return ks_err_set(err, KS_ERR_CONFIG, "there is no config '%s': 'keysnare init --config %s' "
				"writes "
				"one", path, path);
		path = NULL;
	}
	ks_problem_init(&problems);
	if (!ks_config_load(&paths->config, ctx, path, &problems)) {
		ks_rules_print_errors(&problems);
		rc = ks_err_set(err, KS_ERR_CONFIG, "the config has %zu error%s: nothing was done", problems.errors,
			problems.errors == 1 ? "" : "s");
	}
	ks_problem_release(&problems);
	return rc;
}

int ks_paths_find(struct ks_paths_found *paths, const struct ks_ctx *ctx, const struct ks_opt_args *args,
	enum ks_config_need need, struct ks_err *err)
{
	bool is_named;

	if (find_store(paths, ctx, args, err) != 0)
		return -1;
	is_named = find_config_path(paths, ctx, args);
	if (need != KS_CONFIG_IS_UNREAD &&
		load_config(paths, ctx, is_named && need == KS_CONFIG_IS_READ, err) != 0)
		return -1;
	if (paths->config.store != NULL && ks_opt_value(args, "store", ks_ctx_env(ctx,
		"KEYSNARE_STORE")) == NULL) {
		ks_buf_clear(&paths->store);
		ks_buf_adds(&paths->store, paths->config.store);
	}
	if (find_data(paths, ctx, err) != 0)
		return -1;
	return find_policies(paths, ctx, args, err);
}

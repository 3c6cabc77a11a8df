/* Finding the shipped files and the store, so that the program works from the source tree, installed, and
 * moved. */
#include "cmd/keysnare/paths.h"

#include "lib/base/file.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_CAP 8192u

void ks_paths_init(struct ks_paths *paths)
{
	ks_buf_init(&paths->policies, PATH_CAP);
	ks_buf_init(&paths->templates, PATH_CAP);
	ks_buf_init(&paths->store, PATH_CAP);
}

void ks_paths_release(struct ks_paths *paths)
{
	ks_buf_release(&paths->policies);
	ks_buf_release(&paths->templates);
	ks_buf_release(&paths->store);
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

/* Takes both directories from below base when the templates are there. */
static bool take_data(struct ks_paths *paths, const char *base, const char *policies, const char *templates)
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
	return true;
}

/* Looks beside the program: build/<variant>/keysnare in the source tree, or <prefix>/bin/keysnare. */
static bool find_beside_program(struct ks_paths *paths)
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
		if (up == 1 && take_data(paths, exe, "share/keysnare/policies", "share/keysnare/templates"))
			return true;
		if (up == 2 && take_data(paths, exe, "policies", "lib/decoy/templates"))
			return true;
	}
	return false;
}

static int find_data(struct ks_paths *paths, const struct ks_ctx *ctx, struct ks_err *err)
{
	const char *named = ks_ctx_env(ctx, "KEYSNARE_DATADIR");

	if (named != NULL && !take_data(paths, named, "policies", "templates"))
		return ks_err_set(err, KS_ERR_CONFIG, "KEYSNARE_DATADIR: there is no '%s/templates'", named);
	if (named == NULL && !find_beside_program(paths)) {
		set(&paths->policies, KS_DATADIR, "policies");
		set(&paths->templates, KS_DATADIR, "templates");
	}
	return 0;
}

static int find_policies(struct ks_paths *paths, const struct ks_ctx *ctx, const struct ks_opt_args *args,
	struct ks_err *err)
{
	const char *option = ks_opt_value(args, "policies", NULL);
	const char *variable = ks_ctx_env(ctx, "KEYSNARE_POLICIES");
	const char *named = option != NULL ? option : variable;

	if (named == NULL)
		return 0;
	if (!is_dir(named))
		return ks_err_set(err, option != NULL ? KS_ERR_USAGE : KS_ERR_CONFIG, "%s: '%s' is not a directory",
			option != NULL ? "--policies" : "KEYSNARE_POLICIES", named);
	ks_buf_clear(&paths->policies);
	ks_buf_adds(&paths->policies, named);
	return 0;
}

static int find_store(struct ks_paths *paths, const struct ks_ctx *ctx, const struct ks_opt_args *args,
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

int ks_paths_find(struct ks_paths *paths, const struct ks_ctx *ctx, const struct ks_opt_args *args,
	struct ks_err *err)
{
	if (find_data(paths, ctx, err) != 0 || find_policies(paths, ctx, args, err) != 0)
		return -1;
	return find_store(paths, ctx, args, err);
}

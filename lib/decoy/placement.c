/* Where a bait goes, and what it must not disturb there. Which key it holds is not known here. */
#include "lib/decoy/placement.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/time.h"
#include "lib/codec/hash.h"
#include "lib/codec/ini.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const app_markers[] = {
	"artisan", "composer.json", "package.json", "manage.py", "pyproject.toml", "requirements.txt",
	"Gemfile", "pom.xml",
	"build.gradle", "build.gradle.kts", "go.mod", "Cargo.toml", "mix.exs", "deno.json", "Procfile",
	"wp-config.php", "wp-settings.php", "main.tf", ".terraform.lock.hcl", "docker-compose.yml",
	"docker-compose.yaml", "compose.yml", "compose.yaml",
};

static const char *const vcs_roots[] = { ".git", ".hg", ".svn", ".jj" };

/* Endings of copies that no framework reads. */
static const char *const dead_endings[] = {
	".bak", ".backup", ".old", ".orig", ".save", ".swp", ".copy", ".tmp", ".example", ".sample",
	".dist", ".template", "~",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ks_str base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return ks_str_of(slash != NULL ? slash + 1 : path);
}

/* The directory of an absolute path. */
static char *dir_of(struct ks_arena *arena, const char *path)
{
	size_t n = strlen(path) - base_of(path).n;

	return ks_arena_strdup(arena, (struct ks_str){ path, n > 1 ? n - 1 : n });
}

/* Absolute, with the directory's links resolved as far as it exists; the last name stays as it is. */
static int absolute(const struct ks_ctx *ctx, const char *path, struct ks_arena *arena, const char **out,
	struct ks_err *err)
{
	const char *home = ks_ctx_env(ctx, "HOME");
	struct ks_str base;
	char *real, *dir;

	if (strncmp(path, "~/", 2) == 0 && home != NULL)
		path = ks_arena_printf(arena, "%s/%s", home, path + 2);
	if (path[0] != '/') {
		char *cwd = getcwd(NULL, 0);

		if (cwd == NULL)
			return ks_err_set_errno(err, "cannot tell the current directory");
		path = ks_arena_printf(arena, "%s/%s", cwd, path);
		free(cwd);
	}
	base = base_of(path);
	if (base.n == 0 || ks_str_is(base, ".") || ks_str_is(base, ".."))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is a directory, name the file", path);
	dir = dir_of(arena, path);
	real = realpath(dir, NULL);
	*out = ks_arena_printf(arena, "%s/" KS_STR_FMT, real == NULL ? dir :
		strcmp(real, "/") == 0 ? "" : real, KS_STR_ARG(base));
	free(real);
	return 0;
}

/* The directory is there, or may be made. */
static int plan_dir(struct ks_placement *plan, struct ks_err *err)
{
	char *dir = dir_of(&plan->arena, plan->path);
	char *above = dir_of(&plan->arena, dir);
	struct stat st;

	if (stat(dir, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			return ks_err_set(err, KS_ERR_IO, "'%s' is not a directory", dir);
		return 0;
	}
	if (errno != ENOENT)
		return ks_err_set_errno(err, "cannot look at '%s'", dir);
	if (base_of(dir).p[0] != '.' || stat(above, &st) != 0 || ks_file_is_there(dir))
		return ks_err_set(err, KS_ERR_NOTFOUND, "directory '%s' does not exist, make it first", dir);
	plan->made_dir = dir;
	return 0;
}

/* The one section that a rendered bait holds. */
static int plan_section(struct ks_placement *plan, struct ks_str rendered, struct ks_err *err)
{
	struct ks_str name, another;

	if (!ks_ini_next_section(&rendered, &name) || name.n == 0)
		return ks_err_set(err, KS_ERR_PARSE, "the bait has no section");
	if (ks_ini_next_section(&rendered, &another))
		return ks_err_set(err, KS_ERR_PARSE, "the bait has more than one section");
	if (ks_str_is_equal_nocase(name, KS_STR("default")))
		return ks_err_set(err, KS_ERR_USAGE, "the default profile is never used: every program would "
			"pick it up");
	plan->section = ks_arena_copy(&plan->arena, name);
	return 0;
}

/* The last "#1700000000" line of a history, or -1: its commands carry no times. */
static int64_t last_time(struct ks_str history)
{
	struct ks_str line;
	int64_t last = -1, seconds;

	while (ks_str_next(&history, '\n', &line))
		if (line.n > 1 && line.p[0] == '#' && line.p[1] >= '0' && line.p[1] <= '9' &&
			ks_str_parse_int(ks_str_sub(line, 1, line.n), &seconds) && seconds >= 0)
			last = seconds;
	return last;
}

/* Lines behind a history; the longer the line, the longer somebody typed. */
static void fit_history(struct ks_buf *content, struct ks_str text, struct ks_str rendered, int64_t now)
{
	int64_t at = last_time(text), limit = at > now ? at : now;
	struct ks_str line;

	ks_buf_reserve(content, 16 * rendered.n + 2);
	if (text.n > 0 && text.p[text.n - 1] != '\n')
		ks_buf_addc(content, '\n');
	while (rendered.n > 0 && ks_str_next(&rendered, '\n', &line)) {
		if (at >= 0) {
			at += 4 + (int64_t)line.n / 3;
			ks_buf_addf(content, "#%" PRId64 "\n", at < limit ? at : limit);
		}
		ks_buf_add(content, line);
		ks_buf_addc(content, '\n');
	}
}

/* Content behind text: set off by an empty line, with the line ends that text has. */
static void fit_content(struct ks_buf *content, struct ks_str text, struct ks_str rendered)
{
	bool has_crlf = ks_str_find(text, KS_STR("\r\n")) >= 0;
	const char *newline = has_crlf ? "\r\n" : "\n";

	ks_buf_reserve(content, 2 * rendered.n + 4);
	if (text.n > 0 && text.p[text.n - 1] != '\n')
		ks_buf_adds(content, newline);
	if (text.n > 0 && !ks_str_has_suffix(text, KS_STR("\n\n")) &&
		!ks_str_has_suffix(text, KS_STR("\n\r\n")))
		ks_buf_adds(content, newline);
	for (size_t i = 0; i < rendered.n; i++) {
		if (has_crlf && rendered.p[i] == '\n' && (i == 0 || rendered.p[i - 1] != '\r'))
			ks_buf_addc(content, '\r');
		ks_buf_addc(content, rendered.p[i]);
	}
}

static int plan_join(const struct ks_ctx *ctx, struct ks_placement *plan, enum ks_bait_merge merge,
	struct ks_str rendered, const struct stat *st, struct ks_err *err)
{
	struct ks_buf text;
	int rc = -1;

	ks_buf_init(&text, KS_LIMIT_BAIT);
	if (ks_file_load(plan->path, &text, err) != 0)
		goto out;
	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) {
		ks_err_set(err, KS_ERR_PARSE, "'%s' is not a text file", plan->path);
		goto out;
	}
	if (merge == KS_BAIT_INI_SECTION && ks_ini_has_section(ks_buf_str(&text), plan->section)) {
		ks_err_set(err, KS_ERR_EXISTS, "'%s' has a section [" KS_STR_FMT "] already", plan->path,
			KS_STR_ARG(plan->section));
		goto out;
	}
	plan->form = KS_PLACEMENT_SECTION;
	plan->mode = st->st_mode & 07777;
	plan->is_too_open = (st->st_mode & 077) != 0;
	plan->offset = text.n;
	ks_hash_sha256(ks_buf_str(&text), plan->before);
	if (merge == KS_BAIT_HISTORY)
		fit_history(&plan->content, ks_buf_str(&text), rendered, ks_ctx_now(ctx) / KS_TIME_SECOND);
	else
		fit_content(&plan->content, ks_buf_str(&text), rendered);
	rc = 0;
out:
	ks_buf_wipe(&text);      /* other people's keys */
	return rc;
}

/* What is at the path now decides between a new file and a section. */
static int plan_file(const struct ks_ctx *ctx, struct ks_placement *plan, const struct ks_bait *bait,
	struct ks_str rendered, struct ks_err *err)
{
	struct stat st;

	if (stat(plan->path, &st) != 0) {
		if (errno != ENOENT)
			return ks_err_set_errno(err, "cannot look at '%s'", plan->path);
		if (ks_file_is_there(plan->path))
			return ks_err_set(err, KS_ERR_EXISTS, "'%s' is a link to nothing", plan->path);
		plan->form = KS_PLACEMENT_FILE;
		plan->mode = bait->mode;
		ks_buf_reserve(&plan->content, rendered.n);
		ks_buf_add(&plan->content, rendered);
		return 0;
	}
	if (bait->merge == KS_BAIT_OWN)
		return ks_err_set(err, KS_ERR_EXISTS, "'%s' is there already, and nothing is overwritten",
			plan->path);
	if (!S_ISREG(st.st_mode))
		return ks_err_set(err, KS_ERR_IO, "'%s' is not a regular file", plan->path);
	/* The new content comes in a new file, which only root can give to somebody else. */
	if (st.st_uid != geteuid() && geteuid() != 0)
		return ks_err_set(err, KS_ERR_DENIED, "'%s' belongs to another user", plan->path);
	return plan_join(ctx, plan, bait->merge, rendered, &st, err);
}

int ks_placement_plan(const struct ks_ctx *ctx, const struct ks_bait *bait, struct ks_str rendered,
	const char *path, struct ks_placement *out, struct ks_err *err)
{
	struct ks_placement plan = { .section = KS_STR("") };

	ks_arena_init(&plan.arena);
	ks_buf_init(&plan.content, 3 * KS_LIMIT_BAIT);
	if (absolute(ctx, path, &plan.arena, &plan.path, err) != 0 || plan_dir(&plan, err) != 0 ||
		(bait->merge == KS_BAIT_INI_SECTION && plan_section(&plan, rendered, err) != 0) ||
		plan_file(ctx, &plan, bait, rendered, err) != 0) {
		ks_placement_release(&plan);
		return -1;
	}
	plan.app_marker = ks_placement_find_app(&plan.arena, plan.path);
	*out = plan;
	return 0;
}

void ks_placement_release(struct ks_placement *placement)
{
	if (placement == NULL)
		return;
	ks_buf_wipe(&placement->content);
	ks_arena_release(&placement->arena);
}

static int apply_section(const struct ks_placement *plan, struct ks_err *err)
{
	unsigned char now[KS_HASH_SIZE];
	struct ks_buf text;
	int rc = -1;

	ks_buf_init(&text, 4 * KS_LIMIT_BAIT);
	if (ks_file_load(plan->path, &text, err) != 0)
		goto out;
	ks_hash_sha256(ks_buf_str(&text), now);
	if (memcmp(now, plan->before, sizeof(now)) != 0) {
		ks_err_set(err, KS_ERR_CONFLICT, "'%s' has just changed, try again", plan->path);
		goto out;
	}
	ks_buf_add(&text, ks_buf_str(&plan->content));
	rc = ks_file_replace(plan->path, ks_buf_str(&text), err);
out:
	ks_buf_wipe(&text);
	return rc;
}

int ks_placement_apply(const struct ks_placement *placement, struct ks_err *err)
{
	if (placement->form == KS_PLACEMENT_SECTION)
		return apply_section(placement, err);
	if (placement->made_dir != NULL && ks_file_make_dirs(placement->made_dir, 0700, err) != 0)
		return -1;
	if (ks_file_create(placement->path, ks_buf_str(&placement->content), placement->mode, err) == 0)
		return 0;
	if (placement->made_dir != NULL)
		rmdir(placement->made_dir);
	return -1;
}

bool ks_placement_is_applied(const struct ks_placement *placement)
{
	struct ks_err ignored;
	struct ks_buf text;
	bool is_there;

	ks_buf_init(&text, 4 * KS_LIMIT_BAIT);
	is_there = ks_file_load(placement->path, &text, &ignored) == 0 &&
		ks_str_is_equal(ks_str_sub(ks_buf_str(&text), placement->offset, placement->content.n),
			ks_buf_str(&placement->content));
	ks_buf_wipe(&text);
	return is_there;
}

bool ks_placement_has_section(const struct ks_ctx *ctx, const char *path, struct ks_str section)
{
	struct ks_arena arena = { NULL };
	struct ks_err ignored;
	const char *file;
	struct ks_buf text;
	bool has;

	ks_buf_init(&text, KS_LIMIT_BAIT);
	has = absolute(ctx, path, &arena, &file, &ignored) == 0 && ks_file_load(file, &text, &ignored) == 0 &&
		ks_ini_has_section(ks_buf_str(&text), section);
	ks_buf_wipe(&text);
	ks_arena_release(&arena);
	return has;
}

/* The first of names that is in dir, as a path in arena. */
static const char *find_in(struct ks_arena *arena, const char *dir, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *path = ks_arena_printf(arena, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, names[i]);

		if (ks_file_is_there(path))
			return path;
	}
	return NULL;
}

/* Names under which a framework, WordPress, Terraform, Spring or Compose finds a file by itself. */
static bool is_known(struct ks_str base)
{
	static const char *const names[] = {
		".env", "wp-config.php", "terraform.tfvars", "docker-compose.yml", "docker-compose.yaml",
		"compose.yml", "compose.yaml", "docker-compose.override.yml",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (ks_str_is(base, names[i]))
			return true;
	return ks_str_has_prefix(base, KS_STR(".env.")) || ks_str_has_suffix(base, KS_STR(".auto.tfvars")) ||
		(ks_str_has_prefix(base, KS_STR("application")) && ks_str_has_suffix(base, KS_STR(".properties")));
}

static bool is_loaded(struct ks_str base)
{
	if (!is_known(base))
		return false;
	for (size_t i = 0; i < COUNT(dead_endings); i++)
		if (ks_str_has_suffix(base, ks_str_of(dead_endings[i])))
			return false;
	return true;
}

const char *ks_placement_find_app(struct ks_arena *arena, const char *path)
{
	char *dir = dir_of(arena, path);
	const char *found, *above = NULL;

	if (!is_loaded(base_of(path)))
		return NULL;
	found = find_in(arena, dir, app_markers, COUNT(app_markers));
	/* Without a repository there is no telling where an application ends: only its own directory counts
	 * then. */
	while (found == NULL) {
		if (above == NULL)
			above = find_in(arena, dir, app_markers, COUNT(app_markers));
		if (find_in(arena, dir, vcs_roots, COUNT(vcs_roots)) != NULL)
			return above;
		if (strcmp(dir, "/") == 0)
			return NULL;
		dir = dir_of(arena, dir);
	}
	return found;
}

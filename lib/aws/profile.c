/* The shared config and credentials files. */
#include "lib/aws/profile.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/codec/ini.h"

#include <stdlib.h>
#include <string.h>

struct ks_profile {
	struct ks_buf config, credentials; /* the texts */
	struct ks_buf config_path, credentials_path;
};

static void set_path(const struct ks_ctx *ctx, const char *variable, const char *usual, struct ks_buf *out)
{
	const char *home = ks_ctx_env(ctx, "HOME"), *given = ks_ctx_env(ctx, variable);

	if (given == NULL)
		given = usual;
	if (given[0] == '~' && given[1] == '/' && home != NULL)
		ks_file_join(out, home, given + 2);
	else
		ks_buf_adds(out, given);
}

static int load_file(const char *path, struct ks_buf *out, struct ks_err *err)
{
	struct ks_err why = { 0 };

	if (ks_file_load(path, out, &why) == 0 || why.code == KS_ERR_NOTFOUND)
		return 0;
	*err = why;
	return ks_err_set_file(err, path);
}

int ks_profile_load(const struct ks_ctx *ctx, struct ks_profile **out, struct ks_err *err)
{
	struct ks_profile *profile = ks_mem_alloc(sizeof(*profile));

	ks_buf_init(&profile->config, KS_LIMIT_AWS_FILE);
	ks_buf_init(&profile->credentials, KS_LIMIT_AWS_FILE);
	ks_buf_init(&profile->config_path, KS_LIMIT_AWS_FILE);
	ks_buf_init(&profile->credentials_path, KS_LIMIT_AWS_FILE);
	set_path(ctx, "AWS_CONFIG_FILE", "~/.aws/config", &profile->config_path);
	set_path(ctx, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", &profile->credentials_path);
	if (load_file(profile->config_path.p, &profile->config, err) != 0 ||
		load_file(profile->credentials_path.p, &profile->credentials, err) != 0) {
		ks_profile_free(profile);
		return -1;
	}
	*out = profile;
	return 0;
}

void ks_profile_free(struct ks_profile *profile)
{
	if (profile == NULL)
		return;
	ks_buf_wipe(&profile->config);
	ks_buf_wipe(&profile->credentials);
	ks_buf_release(&profile->config_path);
	ks_buf_release(&profile->credentials_path);
	free(profile);
}

/* "profile x" with the word of its kind in front, and quotes around a name with blanks. */
static bool is_section(struct ks_str section, enum ks_profile_kind kind, const char *name)
{
	static const char *const words[] = { "profile", "sso-session", "services", NULL };
	struct ks_str word = ks_str_of(words[kind]), rest;

	if (word.p == NULL || (kind == KS_PROFILE_CONFIG && ks_str_is(section, "default")))
		return ks_str_is(section, name);
	if (!ks_str_has_prefix(section, word))
		return false;
	rest = ks_str_sub(section, word.n, section.n);
	if (rest.n == 0 || (rest.p[0] != ' ' && rest.p[0] != '\t'))
		return false;
	rest = ks_str_trim(rest);
	if (rest.n >= 2 && (rest.p[0] == '"' || rest.p[0] == '\'') && rest.p[rest.n - 1] == rest.p[0])
		rest = ks_str_sub(rest, 1, rest.n - 2);
	return ks_str_is(rest, name);
}

struct ks_str ks_profile_find_nested(const struct ks_profile *profile, enum ks_profile_kind kind,
	const char *name, const char *parent, const char *key)
{
	const struct ks_buf *text = kind == KS_PROFILE_CREDENTIALS ? &profile->credentials : &profile->config;
	struct ks_ini walk = { .rest = ks_buf_str(text) };
	struct ks_str found = { NULL, 0 };
	struct ks_ini_entry entry;

	while (ks_ini_next(&walk, &entry)) {
		if (!ks_str_is_equal_nocase(entry.key, ks_str_of(key)) || entry.value.n == 0 ||
			(entry.parent.p != NULL) != (parent != NULL) || !is_section(entry.section, kind, name))
			continue;
		if (parent == NULL || ks_str_is_equal_nocase(entry.parent, ks_str_of(parent)))
			found = entry.value;
	}
	return found;
}

struct ks_str ks_profile_find(const struct ks_profile *profile, enum ks_profile_kind kind, const char *name,
	const char *key)
{
	return ks_profile_find_nested(profile, kind, name, NULL, key);
}

struct ks_str ks_profile_get(const struct ks_profile *profile, const char *name, const char *key)
{
	struct ks_str found = ks_profile_find(profile, KS_PROFILE_CREDENTIALS, name, key);

	return found.p != NULL ? found : ks_profile_find(profile, KS_PROFILE_CONFIG, name, key);
}

static bool has_section(const struct ks_buf *text, enum ks_profile_kind kind, const char *name)
{
	struct ks_str rest = ks_buf_str(text), section;

	while (ks_ini_next_section(&rest, &section))
		if (is_section(section, kind, name))
			return true;
	return false;
}

bool ks_profile_has(const struct ks_profile *profile, const char *name)
{
	return has_section(&profile->config, KS_PROFILE_CONFIG, name) ||
		has_section(&profile->credentials, KS_PROFILE_CREDENTIALS, name);
}

const char *ks_profile_config_path(const struct ks_profile *profile)
{
	return profile->config_path.p;
}

const char *ks_profile_credentials_path(const struct ks_profile *profile)
{
	return profile->credentials_path.p;
}

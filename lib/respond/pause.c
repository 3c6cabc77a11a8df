/* The pause file. */
#include "lib/respond/pause.h"

#include "lib/base/file.h"
#include "lib/base/time.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_TEXT 1000u         /* of what it says, as shown */
#define LARGEST_FILE 65536u

/* One line without control characters; bytes of UTF-8 are left alone. */
static const char *clean(struct ks_str text, struct ks_arena *arena)
{
	char *line = ks_arena_strdup(arena, ks_str_trim(text));

	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if (strlen(line) > LONGEST_TEXT)
		line[LONGEST_TEXT] = '\0';
	return line;
}

const char *ks_pause_read(const char *path, struct ks_arena *arena)
{
	struct ks_err why = { 0 };
	struct ks_buf text;
	struct stat st;
	const char *says;

	/* Not even whether it is there can be told otherwise: better safe. */
	if (lstat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ? NULL :
			ks_arena_printf(arena, "by a file that cannot be looked at (%s)", strerror(errno));
	ks_buf_init(&text, LARGEST_FILE);
	if (ks_file_load(path, &text, &why) != 0)
		says = ks_arena_printf(arena, "by a file that cannot be read (%s)", why.message);
	else
		says = clean(ks_buf_str(&text), arena);
	ks_buf_release(&text);
	return says[0] != '\0' ? says : "by a file that does not say by whom or why";
}

int ks_pause_set(const char *path, struct ks_str who, struct ks_str reason, int64_t now_ms, bool *out_is_new,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_err why = { 0 };
	char when[KS_TIME_TEXT];
	const char *line = ks_arena_printf(&arena, "by " KS_STR_FMT " since %s: " KS_STR_FMT, KS_STR_ARG(who),
		ks_time_render(now_ms, when), KS_STR_ARG(reason.n > 0 ? reason : KS_STR("no reason was given")));
	const char *slash = strrchr(path, '/');
	int rc = 0;

	if (slash != NULL && slash != path)
		rc = ks_file_make_dirs(ks_arena_strdup(&arena, (struct ks_str){ path, (size_t)(slash - path) }),
			0700,
			err);
	if (rc == 0) {
		line = ks_arena_printf(&arena, "%s\n", clean(ks_str_of(line), &arena));
		rc = ks_file_create(path, ks_str_of(line), 0600, &why);
		*out_is_new = rc == 0;
		if (rc != 0 && why.code == KS_ERR_EXISTS)
			rc = 0;
		if (rc != 0)
			*err = why;
	}
	ks_arena_release(&arena);
	return rc;
}

int ks_pause_clear(const char *path, bool *out_was_there, struct ks_err *err)
{
	bool was_there = unlink(path) == 0;

	if (!was_there && errno != ENOENT && errno != ENOTDIR)
		return ks_err_set_errno(err, "cannot remove the pause file '%s'", path);
	*out_was_there = was_there;
	return 0;
}

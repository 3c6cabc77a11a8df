/* inotify: watches by number, events as paths. */
#include "lib/trail/inotify.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define ROOM (64u * 1024)
#define LONGEST_PATH (64u * 1024)
#define WATCHED (IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_MOVE_SELF | IN_DELETE_SELF)

void ks_inotify_init(struct ks_inotify *notify, bool is_wanted)
{
	*notify = (struct ks_inotify){ .fd = -1, .dirs = KS_VEC_OF(char *) };
	ks_buf_init(&notify->path, LONGEST_PATH);
	if (is_wanted)
		notify->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (notify->fd >= 0)
		notify->events = ks_mem_alloc(ROOM);
}

void ks_inotify_release(struct ks_inotify *notify)
{
	if (notify == NULL || notify->dirs.size == 0)
		return;
	if (notify->fd >= 0)
		close(notify->fd);
	for (size_t i = 0; i < notify->dirs.n; i++)
		free(*KS_VEC_AT(&notify->dirs, char *, i));
	ks_vec_release(&notify->dirs);
	ks_buf_release(&notify->path);
	free(notify->events);
	*notify = (struct ks_inotify){ .fd = -1 };
}

void ks_inotify_add(struct ks_inotify *notify, const char *path)
{
	char **place;
	int wd;

	if (notify->fd < 0 || notify->is_full)
		return;
	wd = inotify_add_watch(notify->fd, path, WATCHED);
	if (wd < 0) {
		notify->is_full = errno == ENOSPC;
		return;
	}
	while (notify->dirs.n <= (size_t)wd)
		ks_vec_push(&notify->dirs);
	place = KS_VEC_AT(&notify->dirs, char *, wd);
	if (*place != NULL && strcmp(*place, path) == 0)
		return;
	free(*place);
	*place = ks_mem_copy(path, strlen(path));
}

static bool fill(struct ks_inotify *notify)
{
	ssize_t got;

	if (notify->at < notify->n)
		return true;
	if (notify->fd < 0)
		return false;
	while ((got = read(notify->fd, notify->events, ROOM)) < 0 && errno == EINTR)
		;
	notify->at = 0;
	notify->n = got > 0 ? (size_t)got : 0;
	return got > 0;
}

const char *ks_inotify_next(struct ks_inotify *notify, bool *out_wants_walk)
{
	struct inotify_event event;

	while (fill(notify)) {
		const char *name = notify->events + notify->at + sizeof(event);
		char **dir;

		memcpy(&event, notify->events + notify->at, sizeof(event));
		notify->at += sizeof(event) + event.len;
		if (event.wd < 0 || (size_t)event.wd >= notify->dirs.n ||
			(event.mask & (IN_Q_OVERFLOW | IN_ISDIR | IN_MOVE_SELF | IN_DELETE_SELF)) != 0) {
			*out_wants_walk = true;
			continue;
		}
		dir = KS_VEC_AT(&notify->dirs, char *, event.wd);
		if ((event.mask & IN_IGNORED) != 0) {
			free(*dir);
			*dir = NULL;
		}
		if (*dir == NULL)
			continue;
		ks_buf_clear(&notify->path);
		if (event.len > 0)
			ks_file_join(&notify->path, *dir, name);
		else
			ks_buf_adds(&notify->path, *dir);
		return ks_buf_str(&notify->path).p;
	}
	return NULL;
}

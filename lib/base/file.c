/* Whole-file reads and atomic writes. */
#include "lib/base/file.h"

#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP (64u * 1024)

int ks_file_load(const char *path, struct ks_buf *out, struct ks_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = -1;

	if (fd < 0)
		return ks_err_set_errno(err, "cannot open '%s'", path);
	for (;;) {
		size_t room = out->max - out->n < READ_STEP ? out->max - out->n : READ_STEP;
		char *to = ks_buf_reserve(out, room > 0 ? room : 1);
		ssize_t got = to != NULL ? read(fd, to, room) : 0;
		char extra;

		/* At the cap only the end of the file may come. */
		if (to == NULL)
			got = read(fd, &extra, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			ks_err_set_errno(err, "cannot read '%s'", path);
			break;
		}
		if (got > 0 && to == NULL) {
			ks_err_set(err, KS_ERR_LIMIT, "'%s' is larger than %zu bytes", path, out->max);
			break;
		}
		if (got == 0) {
			out->is_full = false;
			rc = 0;
			break;
		}
		out->n += (size_t)got;
		out->p[out->n] = '\0';
	}
	close(fd);
	return rc;
}

bool ks_file_is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

void ks_file_join(struct ks_buf *out, const char *dir, const char *name)
{
	size_t n = strlen(dir);

	ks_buf_adds(out, dir);
	if (n > 0 && dir[n - 1] != '/')
		ks_buf_addc(out, '/');
	ks_buf_adds(out, name);
}

int ks_file_make_dirs(const char *path, mode_t mode, struct ks_err *err)
{
	char *copy = ks_mem_copy(path, strlen(path));
	struct stat st;
	int rc = 0;

	for (char *p = copy; rc == 0 && p != NULL && *p != '\0';) {
		char *slash = strchr(p + 1, '/');

		if (slash != NULL)
			*slash = '\0';
		if (mkdir(copy, mode) != 0 && !(errno == EEXIST && stat(copy, &st) == 0 && S_ISDIR(st.st_mode)))
			rc = ks_err_set_errno(err, "cannot make directory '%s'", copy);
		if (slash != NULL)
			*slash = '/';
		p = slash;
	}
	free(copy);
	return rc;
}

static void dir_of(const char *path, struct ks_buf *out)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		ks_buf_addc(out, '.');
	else
		ks_buf_add(out, (struct ks_str){ path, slash == path ? 1 : (size_t)(slash - path) });
}

static int write_all(int fd, struct ks_str content)
{
	while (content.n > 0) {
		ssize_t put = write(fd, content.p, content.n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		content = ks_str_sub(content, (size_t)put, content.n);
	}
	return 0;
}

int ks_file_write(int fd, struct ks_str content, struct ks_err *err)
{
	return write_all(fd, content) == 0 ? 0 : ks_err_set_errno(err, "cannot write");
}

bool ks_file_write_at(int fd, struct ks_str content, uint64_t *at)
{
	while (content.n > 0) {
		ssize_t put = pwrite(fd, content.p, content.n, (off_t)*at);

		if (put < 0 && errno != EINTR)
			return false;
		if (put < 0)
			continue;
		*at += (uint64_t)put;
		content = ks_str_sub(content, (size_t)put, content.n);
	}
	return true;
}

int ks_file_open_temporary(const char *dir, struct ks_err *err)
{
	struct ks_buf name;
	int fd;

	ks_buf_init(&name, 1u << 16);
	ks_buf_addf(&name, "%s/keysnare-XXXXXX", dir);
	fd = mkostemp(name.p, O_CLOEXEC);
	if (fd < 0)
		ks_err_set_errno(err, "cannot make a temporary file in '%s'", dir);
	else
		unlink(name.p);
	ks_buf_release(&name);
	return fd;
}

/* A temporary file with the content in the directory of path; its name is left in out_name. The name says
 * nothing of who wrote it: it may lie beside a bait for a moment. */
static int write_beside(const char *path, struct ks_str content, const struct stat *like, mode_t mode,
	struct ks_buf *out_name, struct ks_err *err)
{
	int fd, rc = 0;

	dir_of(path, out_name);
	ks_buf_adds(out_name, "/.tmpXXXXXX");
	fd = mkstemp(out_name->p);
	if (fd < 0) {
		ks_buf_clear(out_name);
		return ks_err_set_errno(err, "cannot write beside '%s'", path);
	}
	if ((like != NULL && fchown(fd, like->st_uid, like->st_gid) != 0) || fchmod(fd, mode) != 0 ||
		write_all(fd, content) != 0 || fsync(fd) != 0)
		rc = ks_err_set_errno(err, "cannot write '%s'", path);
	if (close(fd) != 0 && rc == 0)
		rc = ks_err_set_errno(err, "cannot write '%s'", path);
	if (rc != 0)
		unlink(out_name->p);
	return rc;
}

static int sync_dir(const char *path, struct ks_err *err)
{
	struct ks_buf dir;
	int fd, rc = 0;

	ks_buf_init(&dir, 1u << 16);
	dir_of(path, &dir);
	fd = open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		rc = ks_err_set_errno(err, "cannot sync '%s'", dir.p);
	if (fd >= 0)
		close(fd);
	ks_buf_release(&dir);
	return rc;
}

/* Gives the file its name. link(2) refuses to replace, so nobody's file is lost even when it appeared a
 * moment ago. */
static int give_name(const char *temporary, const char *path, struct ks_err *err)
{
	if (link(temporary, path) == 0)
		return sync_dir(path, err);
	if (errno == EEXIST)
		return ks_err_set(err, KS_ERR_EXISTS, "'%s' is there already", path);
	return ks_err_set_errno(err, "cannot create '%s'", path);
}

int ks_file_create(const char *path, struct ks_str content, mode_t mode, struct ks_err *err)
{
	struct ks_buf temporary;
	int rc = -1;

	ks_buf_init(&temporary, 1u << 16);
	if (ks_file_is_there(path)) {
		ks_err_set(err, KS_ERR_EXISTS, "'%s' is there already", path);
		goto out;
	}
	if (write_beside(path, content, NULL, mode, &temporary, err) != 0)
		goto out;
	rc = give_name(temporary.p, path, err);
	unlink(temporary.p);
out:
	ks_buf_release(&temporary);
	return rc;
}

int ks_file_begin(const char *path, mode_t mode, struct ks_file_draft *out, struct ks_err *err)
{
	struct ks_file_draft draft = { .fd = -1 };

	ks_buf_init(&draft.name, 1u << 16);
	dir_of(path, &draft.name);
	ks_buf_adds(&draft.name, "/.tmpXXXXXX");
	draft.fd = mkostemp(draft.name.p, O_CLOEXEC);
	if (draft.fd < 0) {
		ks_buf_release(&draft.name);
		return ks_err_set_errno(err, "cannot write beside '%s'", path);
	}
	if (fchmod(draft.fd, mode) != 0) {
		ks_err_set_errno(err, "cannot write '%s'", path);
		ks_file_drop(&draft);
		return -1;
	}
	*out = draft;
	return 0;
}

int ks_file_publish(struct ks_file_draft *draft, const char *path, bool is_replacing, struct ks_err *err)
{
	int rc;

	if (fsync(draft->fd) != 0)
		rc = ks_err_set_errno(err, "cannot write '%s'", path);
	else if (!is_replacing)
		rc = give_name(draft->name.p, path, err);
	else if (rename(draft->name.p, path) != 0)
		rc = ks_err_set_errno(err, "cannot replace '%s'", path);
	else
		rc = sync_dir(path, err);
	ks_file_drop(draft);
	return rc;
}

void ks_file_drop(struct ks_file_draft *draft)
{
	close(draft->fd);
	unlink(draft->name.p);
	ks_buf_release(&draft->name);
}

int ks_file_replace(const char *path, struct ks_str content, struct ks_err *err)
{
	struct ks_buf temporary;
	char *real = realpath(path, NULL);
	struct stat st;
	int rc = -1;

	ks_buf_init(&temporary, 1u << 16);
	if (real == NULL || stat(real, &st) != 0) {
		ks_err_set_errno(err, "cannot open '%s'", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		ks_err_set(err, KS_ERR_IO, "'%s' is not a regular file", path);
		goto out;
	}
	if (st.st_nlink > 1) {
		ks_err_set(err, KS_ERR_IO, "'%s' has other names (hard links), which would keep the old content",
			path);
		goto out;
	}
	if (write_beside(real, content, &st, st.st_mode & 07777, &temporary, err) != 0)
		goto out;
	if (rename(temporary.p, real) != 0) {
		ks_err_set_errno(err, "cannot replace '%s'", path);
		unlink(temporary.p);
		goto out;
	}
	rc = sync_dir(real, err);
out:
	free(real);
	ks_buf_release(&temporary);
	return rc;
}

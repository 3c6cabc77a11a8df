/* Ordered directory walks. */
#include "lib/base/walk.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void ks_walk_init(struct ks_walk *list)
{
	*list = (struct ks_walk){ .files = KS_VEC_OF(struct ks_walk_file),
		.problems = KS_VEC_OF(struct ks_walk_problem), .dirs = KS_VEC_OF(char *) };
}

void ks_walk_release(struct ks_walk *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->files.n; i++)
		free(KS_VEC_AT(&list->files, struct ks_walk_file, i)->path);
	for (size_t i = 0; i < list->problems.n; i++)
		free(KS_VEC_AT(&list->problems, struct ks_walk_problem, i)->path);
	for (size_t i = 0; i < list->dirs.n; i++)
		free(*KS_VEC_AT(&list->dirs, char *, i));
	ks_vec_release(&list->files);
	ks_vec_release(&list->problems);
	ks_vec_release(&list->dirs);
}

void ks_walk_add_problem(struct ks_walk *list, const char *path, const struct ks_err *err)
{
	struct ks_walk_problem *problem = ks_vec_push(&list->problems);

	*problem = (struct ks_walk_problem){ .path = ks_mem_copy(path, strlen(path)), .err = *err };
}

static void add_problem(struct ks_walk *list, const char *path, const char *what)
{
	struct ks_err err = { 0 };

	ks_err_set_errno(&err, "cannot %s '%s'", what, path);
	ks_walk_add_problem(list, path, &err);
}

void ks_walk_add_found(struct ks_walk *list, const char *path, uint64_t size, bool is_named)
{
	struct ks_walk_file *entry = ks_vec_push(&list->files);

	*entry =
		(struct ks_walk_file){ .path = ks_mem_copy(path, strlen(path)), .size = size, .is_named = is_named };
}

static bool has_suffix(const char *name, const char *const *suffixes)
{
	if (suffixes == NULL)
		return true;
	for (; *suffixes != NULL; suffixes++)
		if (ks_str_has_suffix(ks_str_of(name), ks_str_of(*suffixes)))
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in one directory, sorted; the strings are the vector's to free. False when it could not be
 * read. */
static bool read_names(const char *path, struct ks_vec *names)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool is_whole;

	if (dir == NULL)
		return false;
	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		*(char **)ks_vec_push(names) = ks_mem_copy(entry->d_name, strlen(entry->d_name));
	}
	is_whole = errno == 0;
	closedir(dir);
	ks_vec_sort(names, compare_names);
	return is_whole;
}

/* Looks at one entry; a directory is pushed on the stack for later. */
static void visit(struct ks_walk *list, struct ks_vec *stack, const char *path, const char *name,
	const char *const *suffixes)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		add_problem(list, path, "look at");
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		*(char **)ks_vec_push(stack) = ks_mem_copy(path, strlen(path));
		return;
	}
	if (!has_suffix(name, suffixes))
		return;
	if (S_ISLNK(st.st_mode) && stat(path, &st) != 0) {
		add_problem(list, path, "follow the link");
		return;
	}
	if (S_ISREG(st.st_mode))
		ks_walk_add_found(list, path, (uint64_t)st.st_size, false);
	else
		list->skipped++;
}

static void walk(struct ks_walk *list, const char *top, const char *const *suffixes)
{
	struct ks_vec stack = KS_VEC_OF(char *);
	struct ks_vec names = KS_VEC_OF(char *);
	struct ks_buf path;

	ks_buf_init(&path, 1u << 20);
	*(char **)ks_vec_push(&stack) = ks_mem_copy(top, strlen(top));
	while (stack.n > 0) {
		char *dir = *KS_VEC_AT(&stack, char *, --stack.n);

		ks_vec_clear(&names);
		if (!read_names(dir, &names))
			add_problem(list, dir, "read directory");
		for (size_t i = 0; i < names.n; i++) {
			char *name = *KS_VEC_AT(&names, char *, i);

			ks_buf_clear(&path);
			ks_file_join(&path, dir, name);
			visit(list, &stack, path.p, name, suffixes);
			free(name);
		}
		*(char **)ks_vec_push(&list->dirs) = dir;
	}
	ks_buf_release(&path);
	ks_vec_release(&names);
	ks_vec_release(&stack);
}

static int compare_entries(const void *a, const void *b)
{
	const struct ks_walk_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void ks_walk_add(struct ks_walk *list, const char *path, const char *const *suffixes)
{
	size_t before = list->files.n;
	struct stat st;

	if (strcmp(path, "-") == 0) {
		ks_walk_add_found(list, path, 0, true);
	} else if (stat(path, &st) != 0) {
		add_problem(list, path, "open");
	} else if (S_ISDIR(st.st_mode)) {
		walk(list, path, suffixes);
	} else if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		ks_walk_add_found(list, path, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, true);
	} else {
		list->skipped++;
	}
	if (list->files.n > before + 1)
		qsort(KS_VEC_AT(&list->files, struct ks_walk_file, before), list->files.n - before,
			sizeof(struct ks_walk_file), compare_entries);
}

/* Lists of files, and their order. */
#include "lib/base/walk.h"

#include "lib/base/mem.h"
#include "lib/base/walk_tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void ks_walk_init(struct ks_walk *list)
{
	*list = (struct ks_walk){ .files = KS_VEC_OF(struct ks_walk_file), .stems = KS_VEC_OF(const char *),
		.problems = KS_VEC_OF(struct ks_walk_problem), .dirs = KS_VEC_OF(char *), .jobs = 1 };
	ks_arena_init(&list->texts);
}

void ks_walk_release(struct ks_walk *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->problems.n; i++)
		free(KS_VEC_AT(&list->problems, struct ks_walk_problem, i)->path);
	for (size_t i = 0; i < list->dirs.n; i++)
		free(*KS_VEC_AT(&list->dirs, char *, i));
	ks_vec_release(&list->files);
	ks_vec_release(&list->stems);
	ks_arena_release(&list->texts);
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

/* ---- paths --------------------------------------------------------------------------------------- */

static const char *stem_at(const struct ks_walk *list, uint32_t stem)
{
	return *KS_VEC_AT(&list->stems, const char *, stem);
}

/* The last stem, if that is what it is, or another one. */
static uint32_t stem_of(struct ks_walk *list, struct ks_str text)
{
	size_t n = list->stems.n;

	if (n == 0 || !ks_str_is_equal(ks_str_of(stem_at(list, (uint32_t)(n - 1))), text))
		*(const char **)ks_vec_push(&list->stems) = ks_arena_pack(&list->texts, text);
	return (uint32_t)(list->stems.n - 1);
}

static void add_file(struct ks_walk *list, const struct ks_walk_file *file)
{
	struct ks_walk_file *entry = ks_vec_push(&list->files);

	*entry = *file;
	entry->tail = ks_arena_pack(&list->texts, ks_str_of(file->tail));
}

void ks_walk_path(const struct ks_walk *list, size_t i, struct ks_buf *out)
{
	const struct ks_walk_file *file = KS_VEC_AT(&list->files, struct ks_walk_file, i);

	ks_buf_clear(out);
	ks_buf_adds(out, stem_at(list, file->stem));
	ks_buf_adds(out, file->tail);
}

void ks_walk_add_found(struct ks_walk *list, const char *path, uint64_t size, bool is_named)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash + 1 - path) : 0;

	add_file(list, &(struct ks_walk_file){ .tail = path + n, .size = size, .is_named = is_named,
		.stem = stem_of(list, (struct ks_str){ path, n }) });
}

/* By the bytes of the whole path. */
static int compare_paths(const void *a, const void *b, void *arg)
{
	const struct ks_walk_file *x = a, *y = b;
	const char *p, *q, *p_next = x->tail, *q_next = y->tail;

	if (x->stem == y->stem)
		return strcmp(x->tail, y->tail);
	for (p = stem_at(arg, x->stem), q = stem_at(arg, y->stem);; p++, q++) {
		if (*p == '\0' && p_next != NULL) {
			p = p_next;
			p_next = NULL;
		}
		if (*q == '\0' && q_next != NULL) {
			q = q_next;
			q_next = NULL;
		}
		if (*p != *q || *p == '\0')
			return (unsigned char)*p - (unsigned char)*q;
	}
}

/* ---- what is asked for ---------------------------------------------------------------------------- */

/* They mostly are, and sorting takes memory. */
static bool is_sorted(struct ks_walk *list, size_t from)
{
	for (size_t i = from; i + 1 < list->files.n; i++)
		if (compare_paths(KS_VEC_AT(&list->files, struct ks_walk_file, i),
				KS_VEC_AT(&list->files, struct ks_walk_file, i + 1), list) > 0)
			return false;
	return true;
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
		ks_walk_tree_add(list, path, suffixes);
	} else if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		ks_walk_add_found(list, path, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, true);
	} else {
		list->skipped++;
	}
	if (!is_sorted(list, before))
		qsort_r(KS_VEC_AT(&list->files, struct ks_walk_file, before), list->files.n - before,
			sizeof(struct ks_walk_file), compare_paths, list);
}

/* Ordered directory walks. */
#include "lib/base/walk.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE 16384u /* bytes of texts that are asked for at a time */

void ks_walk_init(struct ks_walk *list)
{
	*list = (struct ks_walk){ .files = KS_VEC_OF(struct ks_walk_file), .stems = KS_VEC_OF(const char *),
		.problems = KS_VEC_OF(struct ks_walk_problem), .dirs = KS_VEC_OF(char *) };
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

/* Many short strings, without gaps between them. */
static const char *keep(struct ks_walk *list, struct ks_str text)
{
	char *copy;

	if (list->room_n <= text.n) {
		list->room_n = text.n < PIECE ? PIECE : text.n + 1;
		list->room = ks_arena_alloc(&list->texts, list->room_n);
	}
	copy = list->room;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	list->room += text.n + 1;
	list->room_n -= text.n + 1;
	return copy;
}

/* The last stem, if that is what it is, or another one. */
static uint32_t stem_of(struct ks_walk *list, struct ks_str text)
{
	size_t n = list->stems.n;

	if (n == 0 || !ks_str_is_equal(ks_str_of(stem_at(list, (uint32_t)(n - 1))), text))
		*(const char **)ks_vec_push(&list->stems) = keep(list, text);
	return (uint32_t)(list->stems.n - 1);
}

static void add_file(struct ks_walk *list, const struct ks_walk_file *file)
{
	struct ks_walk_file *entry = ks_vec_push(&list->files);

	*entry = *file;
	entry->tail = keep(list, ks_str_of(file->tail));
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

/* ---- directories --------------------------------------------------------------------------------- */

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

/* A directory that is looked through. */
struct room {
	const char *path;
	DIR *dir;
	struct ks_vec names;    /* const char *, sorted */
	struct ks_arena texts;  /* of the names */
	struct ks_buf buf;
	size_t shared;          /* bytes that all names begin with */
	int64_t stem;           /* of the files in it; -1: none so far */
};

/* The names in the directory. False when it could not be read. */
static bool read_names(struct room *room)
{
	struct dirent *entry;
	const char *first, *last;

	ks_arena_clear(&room->texts);
	ks_vec_clear(&room->names);
	room->shared = 0;
	room->stem = -1;
	room->dir = opendir(room->path);
	if (room->dir == NULL)
		return false;
	while (errno = 0, (entry = readdir(room->dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		*(const char **)ks_vec_push(&room->names) = ks_arena_strdup(&room->texts, ks_str_of(entry->d_name));
	}
	if (errno != 0)
		return false;
	ks_vec_sort(&room->names, compare_names);
	if (room->names.n < 2)
		return true;
	first = *KS_VEC_AT(&room->names, const char *, 0);
	last = *KS_VEC_AT(&room->names, const char *, room->names.n - 1);
	while (first[room->shared] != '\0' && first[room->shared] == last[room->shared])
		room->shared++;
	return true;
}

static const char *join(struct room *room, const char *name)
{
	ks_buf_clear(&room->buf);
	ks_file_join(&room->buf, room->path, name);
	return room->buf.p;
}

static void add_entry(struct ks_walk *list, struct room *room, const char *name, uint64_t size)
{
	if (room->stem < 0) {
		join(room, name);
		room->stem = stem_of(list,
			ks_str_sub(ks_buf_str(&room->buf), 0, room->buf.n - strlen(name) + room->shared));
	}
	add_file(list, &(struct ks_walk_file){ .tail = name + room->shared, .size = size,
		.stem = (uint32_t)room->stem });
}

/* Looks at one entry; a directory is pushed on the stack for later. */
static void visit(struct ks_walk *list, struct ks_vec *stack, struct room *room, const char *name,
	const char *const *suffixes)
{
	struct stat st;

	if (fstatat(dirfd(room->dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		add_problem(list, join(room, name), "look at");
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		join(room, name);
		*(char **)ks_vec_push(stack) = ks_mem_copy(room->buf.p, room->buf.n);
		return;
	}
	if (!has_suffix(name, suffixes))
		return;
	if (S_ISLNK(st.st_mode) && fstatat(dirfd(room->dir), name, &st, 0) != 0) {
		add_problem(list, join(room, name), "follow the link");
		return;
	}
	if (S_ISREG(st.st_mode))
		add_entry(list, room, name, (uint64_t)st.st_size);
	else
		list->skipped++;
}

/* So that directories come off the stack in the order of their names. */
static void turn_around(struct ks_vec *stack, size_t from)
{
	for (size_t i = from, j = stack->n; i + 1 < j; i++) {
		char **a = KS_VEC_AT(stack, char *, i), **b = KS_VEC_AT(stack, char *, --j), *kept = *a;

		*a = *b;
		*b = kept;
	}
}

static void walk(struct ks_walk *list, const char *top, const char *const *suffixes)
{
	struct ks_vec stack = KS_VEC_OF(char *);
	struct room room = { .names = KS_VEC_OF(const char *) };

	ks_buf_init(&room.buf, KS_WALK_PATH);
	ks_arena_init(&room.texts);
	*(char **)ks_vec_push(&stack) = ks_mem_copy(top, strlen(top));
	while (stack.n > 0) {
		char *dir = *KS_VEC_AT(&stack, char *, --stack.n);
		size_t below = stack.n;

		room.path = dir;
		if (!read_names(&room))
			add_problem(list, dir, "read directory");
		for (size_t i = 0; i < room.names.n; i++)
			visit(list, &stack, &room, *KS_VEC_AT(&room.names, const char *, i), suffixes);
		turn_around(&stack, below);
		if (room.dir != NULL)
			closedir(room.dir);
		*(char **)ks_vec_push(&list->dirs) = dir;
	}
	ks_arena_release(&room.texts);
	ks_buf_release(&room.buf);
	ks_vec_release(&room.names);
	ks_vec_release(&stack);
}

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
		walk(list, path, suffixes);
	} else if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		ks_walk_add_found(list, path, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, true);
	} else {
		list->skipped++;
	}
	if (!is_sorted(list, before))
		qsort_r(KS_VEC_AT(&list->files, struct ks_walk_file, before), list->files.n - before,
			sizeof(struct ks_walk_file), compare_paths, list);
}

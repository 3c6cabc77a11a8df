/* Directories are taken from a stack by whoever has nothing to do, and told in order at the end: a place is
 * a directory and what was found in it. */
#include "lib/base/walk_tree.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An entry of a directory. */
struct name {
	const char *text;
	unsigned char type;     /* as readdir has it */
};

/* A directory, and what was found in it. */
struct place {
	char *path;
	struct ks_vec below;    /* struct place *, in the order of names */
	struct ks_vec files;    /* struct ks_walk_file, likewise; stem not set */
	struct ks_vec problems; /* struct ks_walk_problem */
	const char *stem;       /* of the files */
	uint64_t skipped;
};

/* What the threads share. */
struct tree {
	struct ks_walk *walk;
	const char *const *suffixes;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct ks_vec stack;    /* struct place *: nobody has looked into them */
	size_t busy;            /* threads that look into one */
	struct ks_vec helpers;  /* pthread_t */
};

/* What one thread works with. */
struct looker {
	struct tree *tree;
	struct place *place;
	DIR *dir;
	struct ks_vec names;    /* struct name, sorted */
	struct ks_arena texts;  /* of the names */
	struct ks_buf path;     /* of an entry */
	size_t shared;          /* bytes that all names begin with */
	struct ks_arena *kept;  /* stems and tails */
};

static struct place *place_new(const char *path)
{
	struct place *place = ks_mem_alloc(sizeof(*place));

	*place = (struct place){ .path = ks_mem_copy(path, strlen(path)), .below = KS_VEC_OF(struct place *),
		.files = KS_VEC_OF(struct ks_walk_file), .problems = KS_VEC_OF(struct ks_walk_problem) };
	return place;
}

/* ---- one directory ------------------------------------------------------------------------------- */

static void add_problem(struct looker *looker, const char *path, const char *what)
{
	struct ks_walk_problem problem = { .path = NULL };

	ks_err_set_errno(&problem.err, "cannot %s '%s'", what, path);
	problem.path = ks_mem_copy(path, strlen(path));
	*(struct ks_walk_problem *)ks_vec_push(&looker->place->problems) = problem;
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
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* The names in the directory. False when it could not be read. */
static bool read_names(struct looker *looker)
{
	struct dirent *entry;
	const char *first, *last;

	ks_arena_clear(&looker->texts);
	ks_vec_clear(&looker->names);
	looker->shared = 0;
	looker->dir = opendir(looker->place->path);
	if (looker->dir == NULL)
		return false;
	while (errno = 0, (entry = readdir(looker->dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		*(struct name *)ks_vec_push(&looker->names) = (struct name){
			ks_arena_pack(&looker->texts, ks_str_of(entry->d_name)), entry->d_type };
	}
	if (errno != 0)
		return false;
	ks_vec_sort(&looker->names, compare_names);
	if (looker->names.n < 2)
		return true;
	first = KS_VEC_AT(&looker->names, struct name, 0)->text;
	last = KS_VEC_AT(&looker->names, struct name, looker->names.n - 1)->text;
	while (first[looker->shared] != '\0' && first[looker->shared] == last[looker->shared])
		looker->shared++;
	return true;
}

static const char *join(struct looker *looker, const char *name)
{
	ks_buf_clear(&looker->path);
	ks_file_join(&looker->path, looker->place->path, name);
	return looker->path.p;
}

static void add_file(struct looker *looker, const char *name, const struct stat *st)
{
	struct place *place = looker->place;

	if (place->stem == NULL) {
		join(looker, name);
		place->stem = ks_arena_pack(looker->kept, ks_str_sub(ks_buf_str(&looker->path), 0,
			looker->path.n - strlen(name) + looker->shared));
	}
	*(struct ks_walk_file *)ks_vec_push(&place->files) = (struct ks_walk_file){
		.tail = ks_arena_pack(looker->kept, ks_str_of(name + looker->shared)),
		.size = st != NULL ? (uint64_t)st->st_size : 0, .is_unsized = st == NULL };
}

/* Looks at one entry, if readdir has not told enough; a directory is left for later. */
static void visit(struct looker *looker, const struct name *entry)
{
	const char *name = entry->text;
	int dir = dirfd(looker->dir);
	struct stat st;

	if (entry->type == DT_REG && looker->names.n > KS_WALK_SIZED && looker->tree->walk->skips_sizes) {
		if (has_suffix(name, looker->tree->suffixes))
			add_file(looker, name, NULL);
		return;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		add_problem(looker, join(looker, name), "look at");
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		*(struct place **)ks_vec_push(&looker->place->below) = place_new(join(looker, name));
		return;
	}
	if (!has_suffix(name, looker->tree->suffixes))
		return;
	if (S_ISLNK(st.st_mode) && fstatat(dir, name, &st, 0) != 0) {
		add_problem(looker, join(looker, name), "follow the link");
		return;
	}
	if (S_ISREG(st.st_mode))
		add_file(looker, name, &st);
	else
		looker->place->skipped++;
}

static void look_into(struct looker *looker, struct place *place)
{
	looker->place = place;
	if (!read_names(looker))
		add_problem(looker, place->path, "read directory");
	for (size_t i = 0; i < looker->names.n; i++)
		visit(looker, KS_VEC_AT(&looker->names, struct name, i));
	if (looker->dir != NULL)
		closedir(looker->dir);
}

/* ---- all of them --------------------------------------------------------------------------------- */

static void *help(void *arg);

/* One more, while there is more to do than who is there has begun. */
static void call_helper(struct tree *tree)
{
	pthread_t *helper;

	if (tree->helpers.n + 1 >= tree->walk->jobs || tree->stack.n < 2)
		return;
	helper = ks_vec_push(&tree->helpers);
	if (pthread_create(helper, NULL, help, tree) != 0)
		tree->helpers.n--;
}

/* Looks into directories until there is none left, nor anybody who could find another one. */
static void look(struct tree *tree, struct ks_arena *kept)
{
	struct looker looker = { .tree = tree, .kept = kept, .names = KS_VEC_OF(struct name) };

	ks_buf_init(&looker.path, KS_WALK_PATH);
	ks_arena_init(&looker.texts);
	pthread_mutex_lock(&tree->lock);
	while (tree->stack.n > 0 || tree->busy > 0) {
		struct place *place;

		if (tree->stack.n == 0) {
			pthread_cond_wait(&tree->changed, &tree->lock);
			continue;
		}
		call_helper(tree);
		place = *KS_VEC_AT(&tree->stack, struct place *, --tree->stack.n);
		tree->busy++;
		pthread_mutex_unlock(&tree->lock);
		look_into(&looker, place);
		pthread_mutex_lock(&tree->lock);
		tree->busy--;
		for (size_t i = place->below.n; i > 0; i--)
			*(struct place **)ks_vec_push(&tree->stack) = *KS_VEC_AT(&place->below, struct place *, i - 1);
		pthread_cond_broadcast(&tree->changed);
	}
	pthread_mutex_unlock(&tree->lock);
	ks_arena_release(&looker.texts);
	ks_buf_release(&looker.path);
	ks_vec_release(&looker.names);
}

static void *help(void *arg)
{
	struct tree *tree = arg;
	struct ks_arena kept;

	ks_arena_init(&kept);
	look(tree, &kept);
	/* Nobody looks into anything any more. */
	pthread_mutex_lock(&tree->lock);
	ks_arena_join(&tree->walk->texts, &kept);
	pthread_mutex_unlock(&tree->lock);
	return NULL;
}

/* Moves what was found in a directory to the walk. */
static void tell(struct ks_walk *walk, struct place *place)
{
	for (size_t i = 0; i < place->files.n; i++) {
		struct ks_walk_file *file = ks_vec_push(&walk->files);

		*file = *KS_VEC_AT(&place->files, struct ks_walk_file, i);
		file->stem = (uint32_t)walk->stems.n;
	}
	if (place->files.n > 0)
		*(const char **)ks_vec_push(&walk->stems) = place->stem;
	for (size_t i = 0; i < place->problems.n; i++)
		*(struct ks_walk_problem *)ks_vec_push(&walk->problems) =
			*KS_VEC_AT(&place->problems, struct ks_walk_problem, i);
	*(char **)ks_vec_push(&walk->dirs) = place->path;
	walk->skipped += place->skipped;
	ks_vec_release(&place->files);
	ks_vec_release(&place->problems);
}

/* Tells all, each directory before what is below it, in the order of their names. */
static void tell_all(struct ks_walk *walk, struct place *top)
{
	struct ks_vec stack = KS_VEC_OF(struct place *);

	*(struct place **)ks_vec_push(&stack) = top;
	while (stack.n > 0) {
		struct place *place = *KS_VEC_AT(&stack, struct place *, --stack.n);

		tell(walk, place);
		for (size_t i = place->below.n; i > 0; i--)
			*(struct place **)ks_vec_push(&stack) = *KS_VEC_AT(&place->below, struct place *, i - 1);
		ks_vec_release(&place->below);
		free(place);
	}
	ks_vec_release(&stack);
}

void ks_walk_tree_add(struct ks_walk *walk, const char *top, const char *const *suffixes)
{
	struct tree tree = { .walk = walk, .suffixes = suffixes, .stack = KS_VEC_OF(struct place *),
		.helpers = KS_VEC_OF(pthread_t) };
	struct place *place = place_new(top);

	pthread_mutex_init(&tree.lock, NULL);
	pthread_cond_init(&tree.changed, NULL);
	*(struct place **)ks_vec_push(&tree.stack) = place;
	look(&tree, &walk->texts);
	for (size_t i = 0; i < tree.helpers.n; i++)
		pthread_join(*KS_VEC_AT(&tree.helpers, pthread_t, i), NULL);
	pthread_cond_destroy(&tree.changed);
	pthread_mutex_destroy(&tree.lock);
	ks_vec_release(&tree.helpers);
	ks_vec_release(&tree.stack);
	tell_all(walk, place);
}

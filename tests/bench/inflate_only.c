/*
 * The reference that hunt is measured against: unpacks the same files with the same
 * library, in pieces of the same
 * size, with as many threads, and looks at none of it. Prints bytes of text and seconds.
 */
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/walk.h"
#include "lib/codec/inflate.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 64

struct share {
	const struct ks_inflate_backend *backend;
	const struct ks_walk *walk;
	const size_t *order;
	atomic_size_t *next;
	atomic_ullong *text;
};

static const struct ks_walk_file *file_at(const struct ks_walk *walk, size_t i)
{
	return KS_VEC_AT(&walk->files, struct ks_walk_file, i);
}

static const char *path_of(const struct share *share, size_t i, struct ks_buf *path)
{
	ks_walk_path(share->walk, i, path);
	return path->p;
}

static int by_size(const void *a, const void *b, void *arg)
{
	uint64_t x = file_at(arg, *(const size_t *)a)->size, y = file_at(arg, *(const size_t *)b)->size;

	return (x < y) - (x > y);
}

/* One gzip file of one member. */
static uint64_t unpack(const struct share *share, void *state, unsigned char *in, unsigned char *out,
	const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum ks_inflate_status status = KS_INFLATE_MORE;
	struct ks_inflate_io io = { in, 0, out, 0 };
	const char *why = NULL;
	uint64_t text = 0;

	share->backend->begin(state);
	while (status == KS_INFLATE_MORE) {
		if (io.in_n == 0) {
			ssize_t got = read(fd, in, KS_LIMIT_READ);

			if (got <= 0)
				break;
			io.in = in;
			io.in_n = (size_t)got;
		}
		io.out = out;
		io.out_n = KS_LIMIT_CHUNK;
		status = share->backend->step(state, &io, &why);
		text += KS_LIMIT_CHUNK - io.out_n;
	}
	close(fd);
	if (status != KS_INFLATE_END) {
		fprintf(stderr, "inflate_only: %s: %s\n", path, why != NULL ? why : "truncated");
		exit(1);
	}
	return text;
}

static void *work(void *arg)
{
	struct share *share = arg;
	unsigned char *in = ks_mem_alloc(KS_LIMIT_READ), *out = ks_mem_alloc(KS_LIMIT_CHUNK);
	void *state = share->backend->new ();
	struct ks_buf path;
	size_t i;

	ks_buf_init(&path, KS_WALK_PATH);
	while ((i = atomic_fetch_add(share->next, 1)) < share->walk->files.n)
		atomic_fetch_add(share->text,
			unpack(share, state, in, out, path_of(share, share->order[i], &path)));
	share->backend->free(state);
	ks_buf_release(&path);
	free(in);
	free(out);
	return NULL;
}

int main(int argc, char **argv)
{
	struct ks_walk walk;
	atomic_size_t next = 0;
	atomic_ullong text = 0;
	struct timespec begin, end;
	pthread_t threads[MAX_THREADS];
	int jobs = argc > 2 ? atoi(argv[2]) : 1;
	struct share share = { .backend = ks_inflate_find(argc > 3 ? argv[3] : NULL),
		.walk = &walk,
		.next = &next,
		.text = &text };
	size_t *order;

	if (argc < 2 || argc > 4 || jobs < 1 || jobs > MAX_THREADS || share.backend == NULL) {
		fputs("usage: inflate_only DIRECTORY [THREADS [LIBRARY]]\n", stderr);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ks_walk_init(&walk);
	walk.jobs = (unsigned)jobs;
	ks_walk_add(&walk, argv[1], NULL);
	order = ks_mem_alloc((walk.files.n + 1) * sizeof(*order));
	for (size_t i = 0; i < walk.files.n; i++)
		order[i] = i;
	qsort_r(order, walk.files.n, sizeof(*order), by_size, &walk);
	share.order = order;
	for (int i = 0; i < jobs; i++)
		if (pthread_create(&threads[i], NULL, work, &share) != 0)
			return 1;
	for (int i = 0; i < jobs; i++)
		pthread_join(threads[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%llu %.6f %s\n", (unsigned long long)text,
		(double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
		share.backend->name);
	free(order);
	ks_walk_release(&walk);
	return 0;
}

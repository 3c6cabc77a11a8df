/* Marks of files: samples, comparison, text form. */
#include "lib/trail/filemark.h"

#include "lib/codec/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT 512u

void ks_filemark_init(struct ks_filemark *mark)
{
	*mark = (struct ks_filemark){ .size = -1, .head = "-", .edge_hash = "-" };
}

void ks_filemark_part(const struct stat *st, char out[KS_FILEMARK_PART])
{
	snprintf(out, KS_FILEMARK_PART, "%jx:%jx", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino);
}

int64_t ks_filemark_mtime(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
}

/* Hash of n bytes at a place; false when they are not to be had. */
static bool hash_at(int fd, uint64_t at, uint32_t n, char out[KS_FILEMARK_HASH])
{
	unsigned char digest[KS_HASH_SIZE];
	char bytes[KS_FILEMARK_SAMPLE];
	size_t held = 0;

	while (held < n) {
		ssize_t got = pread(fd, bytes + held, n - held, (off_t)(at + held));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		held += (size_t)got;
	}
	ks_hash_sha256((struct ks_str){ bytes, n }, digest);
	ks_hash_hex(digest, (KS_FILEMARK_HASH - 1) / 2, out);
	return true;
}

bool ks_filemark_is_same(const struct ks_filemark *mark, int fd, const struct stat *st)
{
	char hash[KS_FILEMARK_HASH];

	if ((uint64_t)st->st_size < mark->edge || st->st_size < (off_t)mark->head_n ||
		mark->head_n > KS_FILEMARK_SAMPLE || mark->edge_n > KS_FILEMARK_SAMPLE || mark->edge < mark->edge_n)
		return false;
	if (mark->head_n > 0 && (!hash_at(fd, 0, mark->head_n, hash) || strcmp(hash, mark->head) != 0))
		return false;
	return mark->edge_n == 0 ||
		(hash_at(fd, mark->edge - mark->edge_n, mark->edge_n, hash) && strcmp(hash, mark->edge_hash) == 0);
}

static uint32_t sample_size(uint64_t n)
{
	return n < KS_FILEMARK_SAMPLE ? (uint32_t)n : KS_FILEMARK_SAMPLE;
}

void ks_filemark_sample(struct ks_filemark *mark, int fd, const struct stat *st, uint64_t edge)
{
	mark->edge = edge;
	mark->edge_n = sample_size(edge);
	if (mark->edge_n > 0 && !hash_at(fd, edge - mark->edge_n, mark->edge_n, mark->edge_hash))
		mark->edge_n = 0;
	if (mark->head_n == KS_FILEMARK_SAMPLE)
		return;
	mark->head_n = sample_size((uint64_t)st->st_size);
	if (mark->head_n > 0 && !hash_at(fd, 0, mark->head_n, mark->head))
		mark->head_n = 0;
}

void ks_filemark_render(const struct ks_filemark *mark, struct ks_buf *out)
{
	ks_buf_addf(out,
		"1 %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %d %d %d %" PRIu32 " %s %" PRIu64 " %" PRIu32
		" %s",
		mark->top, mark->done, mark->size, mark->mtime_ns, mark->is_open, mark->is_told, mark->is_other,
		mark->head_n, mark->head, mark->edge, mark->edge_n, mark->edge_hash);
}

bool ks_filemark_parse(struct ks_str text, struct ks_filemark *out)
{
	struct ks_filemark mark = { 0 };
	int is_open, is_told, is_other, end = -1;
	char copy[TEXT];

	if (text.n >= sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), KS_STR_FMT, KS_STR_ARG(text));
	if (sscanf(copy,
			"1 %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %d %d %d %" SCNu32 " %32s %" SCNu64
			" %" SCNu32 " %32s%n",
			&mark.top, &mark.done, &mark.size, &mark.mtime_ns, &is_open, &is_told, &is_other, &mark.head_n,
			mark.head, &mark.edge, &mark.edge_n, mark.edge_hash, &end) != 12 ||
		end != (int)text.n)
		return false;
	mark.is_open = is_open != 0;
	mark.is_told = is_told != 0;
	mark.is_other = is_other != 0;
	*out = mark;
	return true;
}

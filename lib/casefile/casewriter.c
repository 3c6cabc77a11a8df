/* Headers, contents and their hashes. */
#include "lib/casefile/casewriter.h"

#include "lib/base/file.h"
#include "lib/base/time.h"
#include "lib/codec/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE (256u * 1024)

void ks_casewriter_init(struct ks_casewriter *writer, int fd, int64_t now_ms)
{
	*writer = (struct ks_casewriter){ .fd = fd,
		.time_s = now_ms > 0 ? now_ms / KS_TIME_SECOND : 0,
		.members = KS_VEC_OF(struct ks_casewriter_member),
		.hash = ks_hash_new() };
}

void ks_casewriter_release(struct ks_casewriter *writer)
{
	ks_vec_release(&writer->members);
	ks_hash_free(writer->hash);
	writer->hash = NULL;
}

static int put(struct ks_casewriter *writer, struct ks_str bytes, struct ks_err *err)
{
	ks_hash_add(writer->hash, bytes);
	writer->size += bytes.n;
	return ks_file_write(writer->fd, bytes, err);
}

static int begin_member(struct ks_casewriter *writer, const char *name, uint64_t size, struct ks_err *err)
{
	char full[KS_CASEFILE_NAME + sizeof(KS_CASEFILE_TOP)];
	unsigned char header[KS_TAR_BLOCK];

	snprintf(full, sizeof(full), "%s%s", KS_CASEFILE_TOP, name);
	ks_tar_render(&(struct ks_tar_member){ .name = ks_str_of(full), .size = size, .time_s = writer->time_s },
		header);
	return put(writer, (struct ks_str){ (const char *)header, sizeof(header) }, err);
}

static int end_member(struct ks_casewriter *writer, struct ks_casewriter_member *member,
	struct ks_hash *hash, struct ks_err *err)
{
	static const char zeros[KS_TAR_BLOCK];
	unsigned char sum[KS_HASH_SIZE];

	ks_hash_end(hash, sum);
	ks_hash_hex(sum, KS_HASH_SIZE, member->sha256);
	*(struct ks_casewriter_member *)ks_vec_push(&writer->members) = *member;
	return put(writer, (struct ks_str){ zeros, ks_tar_padding(member->size) }, err);
}

static int check_size(const struct ks_casewriter_member *member, enum ks_casefile_kind kind,
	struct ks_err *err)
{
	if (member->size > ks_casefile_row(kind)->largest)
		return ks_err_set(err, KS_ERR_LIMIT, "'%s' would be too large for a case file: %llu bytes",
			member->name, (unsigned long long)member->size);
	return 0;
}

int ks_casewriter_add(struct ks_casewriter *writer, enum ks_casefile_kind kind, int64_t incident,
	struct ks_str content, struct ks_err *err)
{
	struct ks_casewriter_member member = { .size = content.n };
	struct ks_hash *hash;

	ks_casefile_name(kind, incident, member.name);
	if (check_size(&member, kind, err) != 0 || begin_member(writer, member.name, content.n, err) != 0 ||
		put(writer, content, err) != 0)
		return -1;
	hash = ks_hash_new();
	ks_hash_add(hash, content);
	return end_member(writer, &member, hash, err);
}

static int flush(struct ks_casespool *spool, struct ks_err *err)
{
	int rc = ks_file_write(spool->fd, ks_buf_str(&spool->pending), err);

	ks_buf_clear(&spool->pending);
	return rc;
}

/* All of the spool, piece by piece. */
static int copy(struct ks_casewriter *writer, struct ks_casespool *spool, struct ks_hash *hash,
	struct ks_err *err)
{
	uint64_t left = spool->size;
	char *piece = ks_buf_reserve(&spool->pending, PIECE);

	if (lseek(spool->fd, 0, SEEK_SET) != 0)
		return ks_err_set_errno(err, "cannot read a temporary file");
	while (left > 0) {
		ssize_t got = read(spool->fd, piece, left < PIECE ? (size_t)left : PIECE);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ks_err_set_errno(err, "cannot read a temporary file");
		ks_hash_add(hash, (struct ks_str){ piece, (size_t)got });
		if (put(writer, (struct ks_str){ piece, (size_t)got }, err) != 0)
			return -1;
		left -= (uint64_t)got;
	}
	return 0;
}

int ks_casewriter_add_spool(struct ks_casewriter *writer, enum ks_casefile_kind kind, int64_t incident,
	struct ks_casespool *spool, struct ks_err *err)
{
	struct ks_casewriter_member member = { .size = spool->size };
	struct ks_hash *hash;

	ks_casefile_name(kind, incident, member.name);
	if (check_size(&member, kind, err) != 0 || flush(spool, err) != 0 ||
		begin_member(writer, member.name, member.size, err) != 0)
		return -1;
	hash = ks_hash_new();
	if (copy(writer, spool, hash, err) != 0) {
		ks_hash_free(hash);
		return -1;
	}
	if (end_member(writer, &member, hash, err) != 0)
		return -1;
	return ks_casewriter_clear_spool(spool, err);
}

int ks_casewriter_end(struct ks_casewriter *writer, char out[KS_HASH_HEX], struct ks_err *err)
{
	static const char zeros[KS_TAR_END];
	unsigned char sum[KS_HASH_SIZE];

	if (put(writer, (struct ks_str){ zeros, sizeof(zeros) }, err) != 0)
		return -1;
	if (fsync(writer->fd) != 0)
		return ks_err_set_errno(err, "cannot write");
	ks_hash_end(writer->hash, sum);
	writer->hash = NULL;
	ks_hash_hex(sum, KS_HASH_SIZE, out);
	return 0;
}

/* ---- spools ---- */

int ks_casewriter_open_spool(struct ks_casespool *spool, const char *dir, struct ks_err *err)
{
	*spool = (struct ks_casespool){ .fd = ks_file_open_temporary(dir, err) };
	ks_buf_init(&spool->pending, SIZE_MAX / 2);
	return spool->fd >= 0 ? 0 : -1;
}

int ks_casewriter_spool(struct ks_casespool *spool, struct ks_str bytes, struct ks_err *err)
{
	ks_buf_add(&spool->pending, bytes);
	spool->size += bytes.n;
	return spool->pending.n >= PIECE ? flush(spool, err) : 0;
}

int ks_casewriter_spool_json(struct ks_casespool *spool, struct ks_json *json, struct ks_err *err)
{
	size_t before = spool->pending.n;

	ks_json_render(json, &spool->pending);
	ks_json_free(json);
	ks_buf_addc(&spool->pending, '\n');
	spool->size += spool->pending.n - before;
	return spool->pending.n >= PIECE ? flush(spool, err) : 0;
}

int ks_casewriter_clear_spool(struct ks_casespool *spool, struct ks_err *err)
{
	ks_buf_clear(&spool->pending);
	spool->size = 0;
	if (lseek(spool->fd, 0, SEEK_SET) != 0 || ftruncate(spool->fd, 0) != 0)
		return ks_err_set_errno(err, "cannot write a temporary file");
	return 0;
}

void ks_casewriter_close_spool(struct ks_casespool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
	ks_buf_release(&spool->pending);
}

/* Reading, and unpacking in pieces. */
#include "lib/casefile/caseinput.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/casefile/casefile.h"
#include "lib/codec/inflate.h"
#include "lib/codec/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USTAR_AT 257u                   /* of a header of tar */

struct ks_caseinput {
	int fd;
	const char *path;
	unsigned char *piece; /* as it stands in the file */
	size_t at, n; /* of the piece: what is left */
	bool is_over; /* of the file */
	const struct ks_inflate_backend *backend; /* NULL: it is not packed */
	void *state;
	bool is_in_member;
	uint64_t offset;
	struct ks_hash *hash;
};

/* More of the file, behind what is left of it. */
static int fill(struct ks_caseinput *input, struct ks_err *err)
{
	if (input->at < input->n || input->is_over)
		return 0;
	for (;;) {
		ssize_t got = read(input->fd, input->piece, KS_LIMIT_READ);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ks_err_set_errno(err, "cannot read '%s'", input->path);
		input->at = 0;
		input->n = (size_t)got;
		input->is_over = got == 0;
		return 0;
	}
}

int ks_caseinput_open(const char *path, struct ks_caseinput **out, struct ks_err *err)
{
	struct ks_caseinput *input;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return ks_err_set_errno(err, "cannot open '%s'", path);
	input = ks_mem_alloc(sizeof(*input));
	*input = (struct ks_caseinput){ .fd = fd,
		.path = path,
		.piece = ks_mem_alloc(KS_LIMIT_READ),
		.hash = ks_hash_new() };
	if (fill(input, err) != 0) {
		ks_caseinput_close(input);
		return -1;
	}
	if (input->n >= 2 && input->piece[0] == 0x1f && input->piece[1] == 0x8b) {
		input->backend = ks_inflate_find(NULL);
		input->state = input->backend->new ();
	}
	*out = input;
	return 0;
}

void ks_caseinput_close(struct ks_caseinput *input)
{
	if (input == NULL)
		return;
	if (input->backend != NULL)
		input->backend->free(input->state);
	close(input->fd);
	ks_hash_free(input->hash);
	free(input->piece);
	free(input);
}

static size_t take(struct ks_caseinput *input, unsigned char *to, size_t n)
{
	size_t have = input->n - input->at < n ? input->n - input->at : n;

	memcpy(to, input->piece + input->at, have);
	input->at += have;
	return have;
}

static int unpack(struct ks_caseinput *input, unsigned char *to, size_t n, size_t *out_n, struct ks_err *err)
{
	struct ks_inflate_io io = { .in = input->piece + input->at,
		.in_n = input->n - input->at,
		.out = to,
		.out_n = n };
	enum ks_inflate_status status;
	const char *why = "";

	if (!input->is_in_member)
		input->backend->begin(input->state);
	input->is_in_member = true;
	status = input->backend->step(input->state, &io, &why);
	input->at = input->n - io.in_n;
	*out_n = n - io.out_n;
	if (status == KS_INFLATE_BAD)
		return ks_err_set(err, KS_ERR_PARSE, "the gzip around the archive is damaged: %s", why);
	if (status == KS_INFLATE_END)
		input->is_in_member = false;
	return 0;
}

int ks_caseinput_read(struct ks_caseinput *input, unsigned char *to, size_t n, size_t *out_n,
	struct ks_err *err)
{
	*out_n = 0;
	while (*out_n < n) {
		size_t got = 0;

		if (fill(input, err) != 0)
			return -1;
		if (input->is_over && !input->is_in_member)
			break;
		if (input->backend == NULL)
			got = take(input, to + *out_n, n - *out_n);
		else if (unpack(input, to + *out_n, n - *out_n, &got, err) != 0)
			return -1;
		if (got == 0 && input->is_over)
			return ks_err_set(err, KS_ERR_PARSE, "the gzip around the archive is cut off");
		*out_n += got;
	}
	ks_hash_add(input->hash, (struct ks_str){ (const char *)to, *out_n });
	input->offset += *out_n;
	return 0;
}

uint64_t ks_caseinput_offset(const struct ks_caseinput *input)
{
	return input->offset;
}

void ks_caseinput_hash(struct ks_caseinput *input, char out[KS_HASH_HEX])
{
	unsigned char sum[KS_HASH_SIZE];

	ks_hash_end(input->hash, sum);
	input->hash = NULL;
	ks_hash_hex(sum, KS_HASH_SIZE, out);
}

static bool begins(struct ks_str text, const char *with)
{
	return ks_str_is_equal_nocase(ks_str_sub(text, 0, strlen(with)), ks_str_of(with));
}

const char *ks_caseinput_guess(const unsigned char *bytes, size_t n)
{
	static const struct { const char *begin, *name; } kinds[] = {
		{ "PK\3\4", "a ZIP archive" }, { "SQLite format 3", "a store of keysnare, or another database" },
		{ "%PDF", "a PDF" }, { "<!doctype", "a web page" }, { "<html", "a web page" },
		{ "{", "JSON: a trail, a report or a notice" }, { "[", "JSON: a trail, a report or a notice" },
		{ "\x1f\x8b", "packed twice" }, { "BZh", "packed with bzip2" }, { "\xFD" "7zXZ", "packed with xz" },
		{ "(\xB5/\xFD", "packed with zstd" }, { "From ", "a mail" }, { "Received:", "a mail" } };
	const struct ks_str all = { (const char *)bytes, n }, text = ks_str_trim(all);
	size_t plain = 0;

	if (n == 0)
		return "empty";
	/* What begins as one of ours was one, whatever became of it. */
	if (ks_str_has_prefix(all, KS_STR(KS_CASEFILE_TOP)) ||
		ks_str_find(ks_str_sub(all, 0, KS_TAR_NAME),
			ks_str_of(ks_casefile_row(KS_CASEFILE_EVENTS)->name)) >= 0)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (begins(text, kinds[i].begin))
			return kinds[i].name;
	if (n == KS_TAR_BLOCK && ks_str_is_equal(ks_str_sub(all, USTAR_AT, 5), KS_STR("ustar")))
		return "a tar archive of something else, or one that was packed anew: verify takes the file as it "
			"was written";
	while (plain < n && (bytes[plain] >= 0x20 || (bytes[plain] >= '\t' && bytes[plain] <= '\r')))
		plain++;
	return plain == n ? "text" : "no kind of file that is known here";
}

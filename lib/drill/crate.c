/* Names, wrapping and writing of a trail's files. */
#include "lib/drill/crate.h"

#include "lib/base/file.h"
#include "lib/base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define STORED_MOST 65535u       /* bytes of one block: RFC 1951, 3.2.4 */
#define FILE_MOST (256u * 1024 * 1024)

void ks_crate_add_text(const struct ks_script *script, const struct ks_script_delivery *delivery,
	struct ks_buf *out)
{
	ks_buf_adds(out, "{\"Records\":[");
	for (size_t i = 0; i < delivery->n; i++) {
		if (i > 0)
			ks_buf_addc(out, ',');
		ks_buf_add(out, KS_VEC_AT(&script->records, struct ks_script_record, delivery->records[i])->text);
	}
	ks_buf_adds(out, "]}");
}

/* RFC 1952, 8. */
static uint32_t crc32_of(struct ks_str text)
{
	uint32_t table[256], crc = UINT32_C(0xffffffff);

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? UINT32_C(0xedb88320) ^ c >> 1 : c >> 1;
		table[i] = c;
	}
	for (size_t i = 0; i < text.n; i++)
		crc = table[(crc ^ (unsigned char)text.p[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

static void add_little(uint32_t value, int bytes, struct ks_buf *out)
{
	for (int i = 0; i < bytes; i++)
		ks_buf_addc(out, (char)(value >> (8 * i) & 0xff));
}

void ks_crate_add_gzip(struct ks_str text, struct ks_buf *out)
{
	static const char head[] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, (char)0xff };
	size_t at = 0;

	ks_buf_add(out, (struct ks_str){ head, sizeof(head) });
	do {
		struct ks_str block = ks_str_sub(text, at, STORED_MOST);

		at += block.n;
		ks_buf_addc(out, at == text.n ? 1 : 0);
		add_little((uint32_t)block.n, 2, out);
		add_little(~(uint32_t)block.n & 0xffff, 2, out);
		ks_buf_add(out, block);
	} while (at < text.n);
	add_little(crc32_of(text), 4, out);
	add_little((uint32_t)text.n, 4, out);
}

static void add_dir(const struct ks_script *script, const struct ks_script_delivery *delivery,
	struct ks_buf *out)
{
	struct ks_time_parts t = ks_time_split(delivery->at_ms);

	ks_buf_addf(out, "AWSLogs/" KS_STR_FMT "/CloudTrail/" KS_STR_FMT "/%04d/%02d/%02d",
		KS_STR_ARG(script->account), KS_STR_ARG(delivery->region), t.year, t.month, t.day);
}

void ks_crate_add_path(const struct ks_script *script, const struct ks_script_delivery *delivery,
	struct ks_buf *out)
{
	struct ks_time_parts t = ks_time_split(delivery->at_ms);

	add_dir(script, delivery, out);
	ks_buf_addf(out, "/" KS_STR_FMT "_CloudTrail_" KS_STR_FMT "_%04d%02d%02dT%02d%02dZ_%s.json.gz",
		KS_STR_ARG(script->account), KS_STR_ARG(delivery->region), t.year, t.month, t.day, t.hour, t.minute,
		delivery->tail);
}

/* Under another name, outside of the trail, until it is whole. Nothing is synced: a drill is made again. */
static int write_file(const char *dir, const char *path, struct ks_str text, struct ks_err *err)
{
	struct ks_buf part;
	int fd, rc;

	ks_buf_init(&part, 1u << 14);
	ks_buf_addf(&part, "%s/.part", dir);
	fd = open(part.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	rc = fd < 0 ? ks_err_set(err, KS_ERR_IO, "cannot write '%s': %s", part.p, strerror(errno)) :
		ks_file_write(fd, text, err);
	if (fd >= 0)
		close(fd);
	if (rc == 0 && link(part.p, path) != 0)
		rc = ks_err_set(err, errno == EEXIST ? KS_ERR_EXISTS : KS_ERR_IO, "cannot write '%s': %s", path,
			strerror(errno));
	if (fd >= 0)
		unlink(part.p);
	ks_buf_release(&part);
	return rc;
}

int ks_crate_write(const char *dir, const struct ks_script *script,
	const struct ks_script_delivery *delivery, struct ks_err *err)
{
	struct ks_buf path, text, gzip;
	int rc;

	ks_buf_init(&path, 1u << 14);
	ks_buf_init(&text, FILE_MOST);
	ks_buf_init(&gzip, FILE_MOST);
	ks_buf_addf(&path, "%s/", dir);
	add_dir(script, delivery, &path);
	rc = ks_file_make_dirs(path.p, 0755, err);
	ks_buf_clear(&path);
	ks_buf_addf(&path, "%s/", dir);
	ks_crate_add_path(script, delivery, &path);
	ks_crate_add_text(script, delivery, &text);
	ks_crate_add_gzip(ks_buf_str(&text), &gzip);
	if (rc == 0)
		rc = write_file(dir, path.p, ks_buf_str(&gzip), err);
	ks_buf_release(&gzip);
	ks_buf_release(&text);
	ks_buf_release(&path);
	return rc;
}

/* Growing bytes under a cap. */
#include "lib/base/buf.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ks_buf_init(struct ks_buf *buf, size_t max)
{
	*buf = (struct ks_buf){ .max = max };
}

void ks_buf_release(struct ks_buf *buf)
{
	if (buf == NULL)
		return;
	free(buf->p);
	*buf = (struct ks_buf){ .max = buf->max };
}

void ks_buf_clear(struct ks_buf *buf)
{
	buf->n = 0;
	buf->is_full = false;
	if (buf->p != NULL)
		buf->p[0] = '\0';
}

void ks_buf_wipe(struct ks_buf *buf)
{
	if (buf != NULL && buf->p != NULL)
		explicit_bzero(buf->p, buf->cap);
	ks_buf_release(buf);
}

struct ks_str ks_buf_str(const struct ks_buf *buf)
{
	return (struct ks_str){ buf->p != NULL ? buf->p : "", buf->n };
}

char *ks_buf_reserve(struct ks_buf *buf, size_t n)
{
	size_t want;

	if (buf->is_full || n > buf->max - buf->n) {
		buf->is_full = true;
		return NULL;
	}
	want = buf->n + n + 1;
	if (want > buf->cap) {
		size_t cap = buf->cap < 64 ? 64 : buf->cap * 2;

		if (cap > buf->max + 1)
			cap = buf->max + 1;
		buf->cap = cap < want ? want : cap;
		buf->p = ks_mem_resize(buf->p, buf->cap);
		buf->p[buf->n] = '\0';
	}
	return buf->p + buf->n;
}

void ks_buf_add(struct ks_buf *buf, struct ks_str s)
{
	char *to = ks_buf_reserve(buf, s.n);

	if (to == NULL)
		return;
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	buf->n += s.n;
	buf->p[buf->n] = '\0';
}

void ks_buf_addc(struct ks_buf *buf, char c)
{
	ks_buf_add(buf, (struct ks_str){ &c, 1 });
}

void ks_buf_adds(struct ks_buf *buf, const char *c)
{
	ks_buf_add(buf, ks_str_of(c));
}

void ks_buf_addv(struct ks_buf *buf, const char *format, va_list args)
{
	va_list again;
	char *to;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0 || (to = ks_buf_reserve(buf, (size_t)n)) == NULL)
		return;
	vsnprintf(to, (size_t)n + 1, format, args);
	buf->n += (size_t)n;
}

void ks_buf_addf(struct ks_buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ks_buf_addv(buf, format, args);
	va_end(args);
}

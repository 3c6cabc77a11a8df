/*
 * struct ks_buf: owned bytes that grow, with a cap from birth. An append that would pass the cap adds
 * nothing and marks the buffer full; it stays so until cleared, so a writer may append freely and ask once
 * at the end. The bytes are always followed by a NUL that is not counted.
 */
#ifndef KS_BASE_BUF_H
#define KS_BASE_BUF_H

#include "lib/base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct ks_buf {
	char *p;
	size_t n;      /* bytes held */
	size_t cap;    /* bytes allocated */
	size_t max;    /* most that it may ever hold */
	bool is_full;  /* an append was refused */
};

void ks_buf_init(struct ks_buf *buf, size_t max);
void ks_buf_release(struct ks_buf *buf);              /* NULL, zeroed and released are fine */
void ks_buf_clear(struct ks_buf *buf);                /* keeps the memory and the cap */
void ks_buf_wipe(struct ks_buf *buf);                 /* overwrites what it held, then releases */
struct ks_str ks_buf_str(const struct ks_buf *buf);   /* borrowed until the next append */

void ks_buf_add(struct ks_buf *buf, struct ks_str s);
void ks_buf_addc(struct ks_buf *buf, char c);
void ks_buf_adds(struct ks_buf *buf, const char *c);  /* a C string */
void ks_buf_addf(struct ks_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ks_buf_addv(struct ks_buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Room for n more bytes; NULL (and full) past the cap. The caller fills them and then adds to buf->n
 * itself. */
char *ks_buf_reserve(struct ks_buf *buf, size_t n);

#endif

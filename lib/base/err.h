/*
 * struct ks_err: what went wrong, by value on the caller's stack. A function that can fail returns 0 or -1
 * and fills the err that is its last argument; on success it leaves it untouched. The err is never NULL.
 * Codes say what the caller can do; messages are lower case, without a full stop, the subject in single
 * quotes.
 */
#ifndef KS_BASE_ERR_H
#define KS_BASE_ERR_H

#include "lib/base/buf.h"

#include <stdarg.h>

enum ks_err_code {
	KS_ERR_NONE,
	KS_ERR_USAGE,        /* the command line is wrong */
	KS_ERR_CONFIG,       /* a configuration file or variable is wrong */
	KS_ERR_PARSE,        /* input that does not parse */
	KS_ERR_LIMIT,        /* input past a cap of limits.h */
	KS_ERR_IO,           /* the system refused a read or a write */
	KS_ERR_NOTFOUND,
	KS_ERR_EXISTS,
	KS_ERR_AUTH,         /* credentials missing, expired or wrong */
	KS_ERR_DENIED,       /* authenticated, and not allowed */
	KS_ERR_THROTTLED,
	KS_ERR_NET,
	KS_ERR_REMOTE,       /* the other side failed */
	KS_ERR_CONFLICT,     /* the world changed in between */
	KS_ERR_GUARD,        /* a safety rail refused */
	KS_ERR_STATE,        /* not in the state for this */
	KS_ERR_UNSUPPORTED,
	KS_ERR_FULL,         /* there is no room for what was to be written: it may be tried again later */
};

struct ks_err {
	enum ks_err_code code;
	int line;                /* 1-based; 0 when it is not about a file's line */
	int column;              /* 1-based, in bytes */
	int http_status;         /* 0 when no reply was involved */
	char aws_code[64];       /* AWS's own error code, or "" */
	char file[256];          /* path, or ""; a longer path keeps its end */
	char message[512];
};

/* Each sets *err and returns -1, so that a function can end in "return ks_err_set(…)". */
int ks_err_set(struct ks_err *err, enum ks_err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int ks_err_set_at(struct ks_err *err, enum ks_err_code code, int line, int column, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
int ks_err_set_errno(struct ks_err *err, const char *format,
	...) /* IO (NOTFOUND for ENOENT) and ": strerror" */
	__attribute__((format(printf, 2, 3)));

int ks_err_wrap(struct ks_err *err, const char *format, ...)          /* "what was being done: " in front */
	__attribute__((format(printf, 2, 3)));
int ks_err_set_file(struct ks_err *err, const char *path); /* names the file, unless one is named */

/* "file:line:col: message", leaving out what is not known. */
void ks_err_render(const struct ks_err *err, struct ks_buf *out);

#endif

/* Errors as values. */
#include "lib/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 0)))
static int set_v(struct ks_err *err, enum ks_err_code code, const char *format, va_list args)
{
	*err = (struct ks_err){ .code = code };
	vsnprintf(err->message, sizeof(err->message), format, args);
	return -1;
}

int ks_err_set(struct ks_err *err, enum ks_err_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_v(err, code, format, args);
	va_end(args);
	return -1;
}

int ks_err_set_at(struct ks_err *err, enum ks_err_code code, int line, int column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_v(err, code, format, args);
	va_end(args);
	err->line = line;
	err->column = column;
	return -1;
}

int ks_err_set_errno(struct ks_err *err, const char *format, ...)
{
	int cause = errno;
	va_list args;
	size_t n;

	va_start(args, format);
	set_v(err, cause == ENOENT ? KS_ERR_NOTFOUND : KS_ERR_IO, format, args);
	va_end(args);
	n = strlen(err->message);
	snprintf(err->message + n, sizeof(err->message) - n, ": %s", strerror(cause));
	return -1;
}

int ks_err_wrap(struct ks_err *err, const char *format, ...)
{
	char inner[sizeof(err->message)];
	va_list args;
	size_t n;

	memcpy(inner, err->message, sizeof(inner));
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	n = strlen(err->message);
	snprintf(err->message + n, sizeof(err->message) - n, ": %s", inner);
	return -1;
}

int ks_err_set_file(struct ks_err *err, const char *path)
{
	size_t n = strlen(path);

	if (err->file[0] != '\0')
		return -1;
	if (n >= sizeof(err->file))
		path += n - sizeof(err->file) + 1;
	snprintf(err->file, sizeof(err->file), "%s", path);
	return -1;
}

void ks_err_render(const struct ks_err *err, struct ks_buf *out)
{
	if (err->file[0] != '\0')
		ks_buf_addf(out, "%s:", err->file);
	if (err->line > 0)
		ks_buf_addf(out, "%d:", err->line);
	if (err->line > 0 && err->column > 0)
		ks_buf_addf(out, "%d:", err->column);
	if (out->n > 0 && out->p[out->n - 1] == ':')
		ks_buf_addc(out, ' ');
	ks_buf_adds(out, err->message);
}

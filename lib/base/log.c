/* Formats a line and hands it to the sink. */
#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>

void ks_log_write(const struct ks_log *log, enum ks_log_level level, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (log == NULL || log->write == NULL || level > log->level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log->write(log->arg, level, line);
}

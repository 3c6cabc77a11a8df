/* Formats a line and hands it to the sink. */
#include "lib/base/log.h"

#include "lib/base/buf.h"

#include <inttypes.h>
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

void ks_log_event(const struct ks_log *log, const char *name, const struct ks_log_field *fields, size_t n)
{
	struct ks_buf line;

	if (log == NULL || log->level < (log->event != NULL ? KS_LOG_INFO : KS_LOG_DEBUG))
		return;
	if (log->event != NULL) {
		log->event(log->arg, KS_LOG_INFO, name, fields, n);
		return;
	}
	ks_buf_init(&line, 4096);
	ks_buf_addf(&line, "%s:", name);
	for (size_t i = 0; i < n; i++) {
		if (fields[i].text.p == NULL)
			ks_buf_addf(&line, " %s %" PRId64, fields[i].name, fields[i].number);
		else if (fields[i].text.n > 0)
			ks_buf_addf(&line, " %s " KS_STR_FMT, fields[i].name, KS_STR_ARG(fields[i].text));
	}
	ks_log_write(log, KS_LOG_DEBUG, "%s", line.p);
	ks_buf_release(&line);
}

/*
 * Log lines. The library never prints: it hands lines to the sink of its context, and main.c decides where
 * they go. A message may quote hostile text; the sink escapes what it prints.
 */
#ifndef KS_BASE_LOG_H
#define KS_BASE_LOG_H

enum ks_log_level { KS_LOG_ERROR, KS_LOG_WARNING, KS_LOG_INFO, KS_LOG_DEBUG };

struct ks_log {
	enum ks_log_level level;                                      /* lines above it are dropped */
	void (*write)(void *arg, enum ks_log_level level, const char *line);  /* line has no newline */
	void *arg;
};

void ks_log_write(const struct ks_log *log, enum ks_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

/*
 * Log lines. The library never prints: it hands lines to the sink of its context, and main.c decides where
 * they go. A message may quote hostile text; the sink escapes what it prints.
 *
 * Levels: ERROR: somebody has to do something; WARNING: it goes on, and not as it should; INFO: what a run
 * does now and then; DEBUG: what it does all the time.
 */
#ifndef KS_BASE_LOG_H
#define KS_BASE_LOG_H

#include "lib/base/str.h"

enum ks_log_level { KS_LOG_ERROR, KS_LOG_WARNING, KS_LOG_INFO, KS_LOG_DEBUG };

/* One part of an event; text p NULL: number is meant. */
struct ks_log_field {
	const char *name;
	struct ks_str text;
	int64_t number;
};

struct ks_log {
	enum ks_log_level level;                                      /* lines above it are dropped */
	void (*write)(void *arg, enum ks_log_level level, const char *line);  /* line has no newline */
	/* Takes events with their fields; NULL: they are written as lines, "name: field value, …". */
	void (*event)(void *arg, enum ks_log_level level, const char *name, const struct ks_log_field *fields,
		size_t n);
	void *arg;
};

void ks_log_write(const struct ks_log *log, enum ks_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Something that programs read: a call to AWS. A sink of events gets it at INFO and below; lines are written
 * at DEBUG, since people would drown in them. Fields that are empty are left out of lines. */
void ks_log_event(const struct ks_log *log, const char *name, const struct ks_log_field *fields, size_t n);

#endif

/*
 * Sorts more than fits in memory: items of a key and a payload, kept in memory up to a budget and spilled
 * to an unlinked temporary file past it. Items come back in the order of their keys' bytes.
 */
#ifndef KS_BASE_SORTER_H
#define KS_BASE_SORTER_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/base/vec.h"

#include <stdint.h>

struct ks_sorter {
	struct ks_buf held;       /* items in memory, one after the other */
	struct ks_vec items;      /* where they are */
	struct ks_vec runs;       /* sorted parts of the file */
	struct ks_buf *heads;     /* the item at hand of each run, while they come back */
	size_t at;                /* next item of those in memory */
	size_t given;             /* run whose item was given out last, or SIZE_MAX */
	const char *dir;          /* where the file goes */
	size_t budget;            /* bytes of items kept in memory */
	int fd;                   /* the file, or -1 */
	uint64_t file_end;
};

/* budget: bytes of keys and payloads kept in memory. dir: for the temporary file, if one is needed;
 * borrowed. */
void ks_sorter_init(struct ks_sorter *sorter, size_t budget, const char *dir);
void ks_sorter_release(struct ks_sorter *sorter);

/* Copies both. Not after the first next. Errors: IO (no room for the temporary file). */
int ks_sorter_add(struct ks_sorter *sorter, struct ks_str key, struct ks_str payload, struct ks_err *err);

/* The next item in order: *out_has false at the end. Both are borrowed until the next call. Errors: IO. */
int ks_sorter_next(struct ks_sorter *sorter, struct ks_str *out_key, struct ks_str *out_payload,
	bool *out_has, struct ks_err *err);

#endif

/*
 * JSON on a stream, for every command: a value on a line of its own, or a list that is one array for
 * --format json and a line an element for --format jsonl.
 */
#ifndef KS_CMD_PRINTER_H
#define KS_CMD_PRINTER_H

#include "lib/codec/json.h"

#include <stdbool.h>
#include <stdio.h>

/* A value on a line of its own; it stays the caller's. */
void ks_printer_line(FILE *to, const struct ks_json *json);

struct ks_printer {
	FILE *to;
	struct ks_json *all;         /* NULL: a line each */
};

/* is_lines: each is written as it comes. */
struct ks_printer ks_printer_begin(FILE *to, bool is_lines);
/* Takes json over. */
void ks_printer_add(struct ks_printer *printer, struct ks_json *json);
/* Writes what was not written yet. */
void ks_printer_end(struct ks_printer *printer);

#endif

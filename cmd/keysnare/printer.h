/*
 * JSON on a stream, for every command: a value on a line of its own, or a list that is one array for
 * --format json and a line an element for --format jsonl, or an object with lists of any length.
 */
#ifndef KS_CMD_PRINTER_H
#define KS_CMD_PRINTER_H

#include "lib/codec/json.h"

#include "lib/base/err.h"

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

/* An object on a line of its own that is written as its members come, so that nothing of it is kept. */
struct ks_printer_object {
	FILE *to;
	bool has_members;
	bool has_elements;           /* the list at hand */
};

struct ks_printer_object ks_printer_open(FILE *to);
void ks_printer_close(struct ks_printer_object *object);
/* All members of another object, which is taken over. */
void ks_printer_members(struct ks_printer_object *object, struct ks_json *json);
/* A member that is a list: its elements come one by one, and are taken over. name needs no escapes. */
void ks_printer_list(struct ks_printer_object *object, const char *name);
void ks_printer_element(struct ks_printer_object *object, struct ks_json *json);
void ks_printer_list_end(struct ks_printer_object *object);

/* A file without a name in dir to print to first: whoever reads slowly holds nothing up, and of what fails
 * halfway nothing shows. NULL when there can be none. Errors: those of ks_file_open_temporary. */
FILE *ks_printer_open_spool(const char *dir, struct ks_err *err);
/* Closes it; is_right: what it holds goes to another stream before. Errors: IO. */
int ks_printer_close_spool(FILE *spool, bool is_right, FILE *to, struct ks_err *err);

#endif

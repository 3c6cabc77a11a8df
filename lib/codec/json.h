/*
 * JSON that we write, and JSON that AWS answers, through cJSON. It never judges a trail record: that is
 * trail/index (cJSON cuts strings at NUL and rounds integers). Strings may be hostile: they are escaped
 * here, with NUL kept and invalid UTF-8 as U+FFFD. Members keep the order in which they were added.
 */
#ifndef KS_CODEC_JSON_H
#define KS_CODEC_JSON_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct ks_json;                                  /* a node; a child belongs to its parent */

struct ks_json *ks_json_new_object(void);
struct ks_json *ks_json_new_array(void);
struct ks_json *ks_json_new_null(void);
void ks_json_free(struct ks_json *json);         /* with all below it; NULL is fine */

/* Members of an object; with key NULL, elements of an array. The key is copied. */
void ks_json_add_str(struct ks_json *parent, const char *key, struct ks_str value);   /* p NULL gives null */
void ks_json_add_text(struct ks_json *parent, const char *key, const char *value);    /* NULL gives null */
void ks_json_add_int(struct ks_json *parent, const char *key, int64_t value);
/* RFC 3339 with milliseconds where there are any; KS_TIME_NONE gives null. */
void ks_json_add_time(struct ks_json *parent, const char *key, int64_t ms);
void ks_json_add_bool(struct ks_json *parent, const char *key, bool value);
void ks_json_add_null(struct ks_json *parent, const char *key);
void ks_json_add(struct ks_json *parent, const char *key, struct ks_json *child); /* takes the child over */

void ks_json_render(const struct ks_json *json, struct ks_buf *out); /* one line, safe for a terminal */

/* Reads one JSON value with blanks around it; free it. Errors: PARSE, with the column (1-based, in bytes)
 * near which text went wrong. */
int ks_json_parse(struct ks_str text, struct ks_json **out, struct ks_err *err);

bool ks_json_is_object(const struct ks_json *json);
bool ks_json_is_array(const struct ks_json *json);
bool ks_json_is_null(const struct ks_json *json);

/* A member by its name, with case; NULL when it is not there, or object is NULL or no object. */
const struct ks_json *ks_json_find(const struct ks_json *object, const char *name);

/* The first element of an array (NULL as element), then the one after each. NULL at the end. */
const struct ks_json *ks_json_next_element(const struct ks_json *array, const struct ks_json *element);

/* The value of a member that has this type; false and out as it was when it is not there or of another type.
 * A string is borrowed. A number must be whole and within 2^53. */
bool ks_json_find_str(const struct ks_json *object, const char *name, struct ks_str *out);
bool ks_json_find_int(const struct ks_json *object, const char *name, int64_t *out);
bool ks_json_find_double(const struct ks_json *object, const char *name, double *out);
bool ks_json_find_bool(const struct ks_json *object, const char *name, bool *out);
struct ks_str ks_json_str(const struct ks_json *json);           /* p NULL when it is no string */

/* Walks the members of an object: *cursor NULL at first. The name and, for a string, the value are borrowed
 * from the object; the value of anything that is no string has p NULL. False at the end. */
bool ks_json_next(const struct ks_json *object, const struct ks_json **cursor, struct ks_str *out_name,
	struct ks_str *out_value);

#endif

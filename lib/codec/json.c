/* cJSON behind a few verbs. Strings and numbers go in as raw text, so that no byte and no digit is lost. */
#include "lib/codec/json.h"

#include "lib/base/text.h"
#include "lib/base/time.h"

#include <cjson/cJSON.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define EXACT 9007199254740992.0      /* 2^53: up to here a double holds every whole number */

static cJSON *inner(struct ks_json *json)
{
	return (cJSON *)json;
}

static struct ks_json *checked(cJSON *node)
{
	if (node == NULL) {
		fprintf(stderr, "keysnare: out of memory (JSON)\n");
		abort();
	}
	return (struct ks_json *)node;
}

struct ks_json *ks_json_new_object(void)
{
	return checked(cJSON_CreateObject());
}

struct ks_json *ks_json_new_array(void)
{
	return checked(cJSON_CreateArray());
}

struct ks_json *ks_json_new_null(void)
{
	return checked(cJSON_CreateNull());
}

void ks_json_free(struct ks_json *json)
{
	cJSON_Delete(inner(json));
}

void ks_json_add(struct ks_json *parent, const char *key, struct ks_json *child)
{
	if (key != NULL)
		cJSON_AddItemToObject(inner(parent), key, inner(child));
	else
		cJSON_AddItemToArray(inner(parent), inner(child));
}

void ks_json_add_str(struct ks_json *parent, const char *key, struct ks_str value)
{
	struct ks_buf raw;

	if (value.p == NULL) {
		ks_json_add_null(parent, key);
		return;
	}
	ks_buf_init(&raw, SIZE_MAX / 2);
	ks_buf_reserve(&raw, value.n + 2);
	ks_buf_addc(&raw, '"');
	ks_text_add_json(&raw, value);
	ks_buf_addc(&raw, '"');
	ks_json_add(parent, key, checked(cJSON_CreateRaw(raw.p)));
	ks_buf_release(&raw);
}

void ks_json_add_text(struct ks_json *parent, const char *key, const char *value)
{
	ks_json_add_str(parent, key, ks_str_of(value));
}

void ks_json_add_time(struct ks_json *parent, const char *key, int64_t ms)
{
	char text[KS_TIME_TEXT];

	ks_json_add_text(parent, key, ms != KS_TIME_NONE ? ks_time_render(ms, text) : NULL);
}

void ks_json_add_int(struct ks_json *parent, const char *key, int64_t value)
{
	char raw[24];

	snprintf(raw, sizeof(raw), "%" PRId64, value);
	ks_json_add(parent, key, checked(cJSON_CreateRaw(raw)));
}

void ks_json_add_bool(struct ks_json *parent, const char *key, bool value)
{
	ks_json_add(parent, key, checked(cJSON_CreateBool(value)));
}

void ks_json_add_null(struct ks_json *parent, const char *key)
{
	ks_json_add(parent, key, ks_json_new_null());
}

/* What is not ASCII, in names of members too, as ks_text_add_json has it. */
static void add_safe(struct ks_buf *out, struct ks_str text)
{
	for (size_t at = 0; at < text.n;) {
		size_t from = at;

		while (at < text.n && (unsigned char)text.p[at] < 0x7F)
			at++;
		ks_buf_add(out, ks_str_sub(text, from, at - from));
		from = at;
		while (at < text.n && (unsigned char)text.p[at] >= 0x7F)
			at++;
		ks_text_add_json(out, ks_str_sub(text, from, at - from));
	}
}

void ks_json_render(const struct ks_json *json, struct ks_buf *out)
{
	char *text = cJSON_PrintUnformatted((const cJSON *)json);

	if (text == NULL)
		checked(NULL);
	add_safe(out, ks_str_of(text));
	free(text);
}

int ks_json_parse(struct ks_str text, struct ks_json **out, struct ks_err *err)
{
	const char *end = NULL;
	cJSON *node = cJSON_ParseWithLengthOpts(text.n > 0 ? text.p : "", text.n, &end, 0);
	size_t read = end != NULL ? (size_t)(end - text.p) : 0;

	if (node != NULL && ks_str_trim(ks_str_sub(text, read, text.n)).n == 0) {
		*out = (struct ks_json *)node;
		return 0;
	}
	if (node == NULL)
		ks_err_set_at(err, KS_ERR_PARSE, 0, text.n > 0 ? (int)read + 1 : 1, "this is not JSON");
	else
		ks_err_set_at(err, KS_ERR_PARSE, 0, (int)read + 1, "something follows the JSON value");
	cJSON_Delete(node);
	return -1;
}

bool ks_json_is_object(const struct ks_json *json)
{
	return cJSON_IsObject((const cJSON *)json);
}

bool ks_json_is_array(const struct ks_json *json)
{
	return cJSON_IsArray((const cJSON *)json);
}

bool ks_json_is_null(const struct ks_json *json)
{
	return cJSON_IsNull((const cJSON *)json);
}

const struct ks_json *ks_json_find(const struct ks_json *object, const char *name)
{
	return (const struct ks_json *)cJSON_GetObjectItemCaseSensitive((const cJSON *)object, name);
}

const struct ks_json *ks_json_next_element(const struct ks_json *array, const struct ks_json *element)
{
	if (element != NULL)
		return (const struct ks_json *)((const cJSON *)element)->next;
	return ks_json_is_array(array) ? (const struct ks_json *)((const cJSON *)array)->child : NULL;
}

struct ks_str ks_json_str(const struct ks_json *json)
{
	return ks_str_of(cJSON_IsString((const cJSON *)json) ? ((const cJSON *)json)->valuestring : NULL);
}

bool ks_json_find_str(const struct ks_json *object, const char *name, struct ks_str *out)
{
	struct ks_str found = ks_json_str(ks_json_find(object, name));

	if (found.p != NULL)
		*out = found;
	return found.p != NULL;
}

bool ks_json_find_double(const struct ks_json *object, const char *name, double *out)
{
	const cJSON *found = (const cJSON *)ks_json_find(object, name);

	if (!cJSON_IsNumber(found))
		return false;
	*out = found->valuedouble;
	return true;
}

bool ks_json_find_int(const struct ks_json *object, const char *name, int64_t *out)
{
	double value;

	if (!ks_json_find_double(object, name, &value) || !(value >= -EXACT && value <= EXACT) ||
		(double)(int64_t)value != value)
		return false;
	*out = (int64_t)value;
	return true;
}

bool ks_json_find_bool(const struct ks_json *object, const char *name, bool *out)
{
	const cJSON *found = (const cJSON *)ks_json_find(object, name);

	if (!cJSON_IsBool(found))
		return false;
	*out = cJSON_IsTrue(found);
	return true;
}

bool ks_json_next(const struct ks_json *object, const struct ks_json **cursor, struct ks_str *out_name,
	struct ks_str *out_value)
{
	const cJSON *node = *cursor != NULL ? ((const cJSON *)*cursor)->next : ((const cJSON *)object)->child;

	if (node == NULL || node->string == NULL)
		return false;
	*cursor = (const struct ks_json *)node;
	*out_name = ks_str_of(node->string);
	*out_value = ks_str_of(cJSON_IsString(node) ? node->valuestring : NULL);
	return true;
}

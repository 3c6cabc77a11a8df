/* Groups and values of events. */
#include "lib/sigma/member.h"

#include "lib/codec/hash.h"

#include <string.h>

#define LONGEST_PART 64u /* bytes of one value in a label */
#define USUAL 200u /* bytes that most groups' values are */

/* The first value of a field; NULL when there is none but null. */
static const struct ks_value *find_value(const struct ks_view *view, uint32_t path)
{
	const struct ks_value *values;
	size_t n = view->values(view->arg, path, &values);

	return n == 0 || values[0].kind == KS_VALUE_NULL ? NULL : &values[0];
}

/* In capitals, as ids are written: groups of keys in stores of before keep their hash. */
static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The same as "%zu:". */
static void add_length(struct ks_buf *out, size_t n)
{
	char digits[24], *from = digits + sizeof(digits);

	*--from = ':';
	do
		*--from = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	ks_buf_add(out, (struct ks_str){ from, (size_t)(digits + sizeof(digits) - from) });
}

/* With its length, so that no two lists of values look alike; without case, as rules compare. */
static bool add_value(struct ks_buf *out, const struct ks_view *view, uint32_t path)
{
	const struct ks_value *value = find_value(view, path);
	char *to;

	if (value == NULL)
		return false;
	add_length(out, value->text.n);
	to = ks_buf_reserve(out, value->text.n);
	for (size_t i = 0; to != NULL && i < value->text.n; i++)
		to[i] = upper(value->text.p[i]);
	if (to != NULL) {
		out->n += value->text.n;
		out->p[out->n] = '\0';
	}
	return true;
}

static void hash(const struct ks_buf *text, char out[KS_CORRELATION_HASH])
{
	unsigned char digest[KS_HASH_SIZE];

	ks_hash_sha256(ks_buf_str(text), digest);
	ks_hash_hex(digest, (KS_CORRELATION_HASH - 1) / 2, out);
}

static bool read_number(const struct ks_view *view, uint32_t path, char out[KS_MEMBER_VALUE])
{
	const struct ks_value *value = find_value(view, path);
	struct ks_decimal number;

	if (value == NULL || (value->kind != KS_VALUE_NUMBER && value->kind != KS_VALUE_STRING) ||
		!ks_decimal_parse(value->text, &number))
		return false;
	memcpy(out, value->text.p, value->text.n);
	out[value->text.n] = '\0';
	return true;
}

bool ks_member_read(const struct ks_correlation *correlation, size_t part, const struct ks_view *view,
	struct ks_member *out)
{
	const struct ks_correlation_part *own = &correlation->parts[part];
	bool is_counted = true;
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_buf_reserve(&text, USUAL);
	for (size_t i = 0; i < correlation->group_count; i++)
		is_counted &= add_value(&text, view, own->group[i]);
	hash(&text, out->group);
	out->value[0] = '\0';
	if (ks_correlation_is_numeric(correlation->type)) {
		is_counted &= read_number(view, own->fields[0], out->value);
	} else if (correlation->field_count > 0) {
		ks_buf_clear(&text);
		for (size_t i = 0; i < correlation->field_count; i++)
			is_counted &= add_value(&text, view, own->fields[i]);
		hash(&text, out->value);
	}
	ks_buf_release(&text);
	return is_counted;
}

void ks_member_label(const struct ks_correlation *correlation, size_t part, const struct ks_view *view,
	struct ks_buf *out)
{
	struct ks_buf text;

	ks_buf_init(&text, KS_MEMBER_LABEL);
	for (size_t i = 0; i < correlation->group_count; i++) {
		const struct ks_value *value = find_value(view, correlation->parts[part].group[i]);
		struct ks_str shown = value != NULL ? value->text : KS_STR("none");

		ks_buf_adds(&text, i > 0 ? ", " : "");
		ks_buf_add(&text, ks_str_sub(correlation->group[i]->text, 0, LONGEST_PART));
		ks_buf_adds(&text, ": ");
		ks_buf_add(&text, ks_str_sub(shown, 0, LONGEST_PART));
	}
	ks_buf_add(out, correlation->group_count > 0 ? ks_buf_str(&text) : KS_STR("all events"));
	ks_buf_release(&text);
}

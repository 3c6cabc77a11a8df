/* Members by a walk over one record: strings are skipped by their quotes, what is nested by its brackets. */
#include "lib/trail/sieve.h"

#include "lib/trail/special.h"

#include <string.h>

/* How records begin that are what they look like: no envelope, no list of others. */
#define USUAL "{\"eventVersion\":\"1."

/* A record is one by these, and else an envelope of one (lib/trail/shapes.h). */
enum {
	EVENT_SOURCE = 1,
	EVENT_NAME = 2,
	CALL = EVENT_SOURCE | EVENT_NAME,
};

/* A walk over one record. */
struct walk {
	struct ks_sieve *sieve;
	const char *begin, *end;
	size_t blocks;
	unsigned says;                     /* which members of every record are there: CALL */
	uint64_t busy;                     /* blocks in which the depth may come down to that of the record */
	struct ks_mask masks;
};

void ks_sieve_init(struct ks_sieve *sieve, ks_mask_fill_fn *fill)
{
	*sieve = (struct ks_sieve){ .fill = fill };
	ks_mask_pairs_init(&sieve->pairs, 0);
}

bool ks_sieve_can(struct ks_str path)
{
	int64_t dot = ks_str_find(path, KS_STR("."));

	return path.n > 0 && (dot < 0 || (dot > 0 && (size_t)dot + 1 < path.n &&
		memchr(path.p + dot + 1, '.', path.n - (size_t)dot - 1) == NULL));
}

static uint64_t length_bit(size_t n)
{
	return UINT64_C(1) << (n < 63 ? n : 63);
}

int ks_sieve_add(struct ks_sieve *sieve, struct ks_str path)
{
	int64_t dot = ks_str_find(path, KS_STR("."));
	struct ks_sieve_field *field = &sieve->fields[sieve->n];

	for (size_t i = 0; i < sieve->n; i++)
		if (ks_str_is_equal(sieve->fields[i].path, path))
			return (int)i;
	if (sieve->n == KS_SIEVE_FIELDS || !ks_sieve_can(path))
		return -1;
	*field = (struct ks_sieve_field){ .path = path, .name = path };
	if (dot >= 0) {
		field->parent = ks_str_sub(path, 0, (size_t)dot);
		field->name = ks_str_sub(path, (size_t)dot + 1, path.n);
	}
	/* A parent's name, and that of a member with a dot in its name, tell something as well. */
	sieve->lengths |= length_bit(field->name.n) | length_bit(field->parent.n) | length_bit(path.n);
	return (int)sieve->n++;
}

/* The bracket that closes the one at p, which is so deep; NULL when there is none in the record. */
static const char *find_closing(const struct walk *walk, const char *p, int64_t depth)
{
	size_t block = (size_t)(p - walk->begin) / KS_MASK_BLOCK, at = (size_t)(p - walk->begin) % KS_MASK_BLOCK;
	uint64_t from = UINT64_MAX << at, later;
	int64_t open = 0;

	while (block < walk->blocks) {
		uint64_t opens = walk->masks.open[block] & from;

		for (uint64_t bits = opens | (walk->masks.close[block] & from); bits != 0; bits &= bits - 1) {
			open += (opens & bits & -bits) != 0 ? 1 : -1;
			if (open == 0) {
				p = walk->begin + block * KS_MASK_BLOCK + (size_t)__builtin_ctzll(bits);
				return p < walk->end ? p : NULL;
			}
		}
		/* Most is nested in the record itself: it ends in a block in which the depth comes down to that. */
		from = UINT64_MAX;
		later = ++block < walk->blocks ? walk->busy >> block : 0;
		if (depth > 1 || later == 0)
			continue;
		block += (size_t)__builtin_ctzll(later);
		open = walk->masks.depth[block] - depth;
	}
	return NULL;
}

static bool is_number(struct ks_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0' || strchr("0123456789+-.eE", text.p[i]) == NULL)
			return false;
	return text.n > 0 && text.p[0] != '+' && text.p[0] != '.' && text.p[0] != 'e' && text.p[0] != 'E';
}

/* What is neither string nor nested, at p; false for what it may not be. */
static bool take_bare(const struct walk *walk, const char *p, struct ks_value *out)
{
	const char *from = p;

	while (p < walk->end && *p != ',' && *p != '}' && *p != ']' && *p != ' ')
		p++;
	out->text = (struct ks_str){ from, (size_t)(p - from) };
	if (ks_str_is(out->text, "null"))
		out->kind = KS_VALUE_NULL;
	else if (ks_str_is(out->text, "true") || ks_str_is(out->text, "false"))
		out->kind = KS_VALUE_BOOL;
	else
		out->kind = KS_VALUE_NUMBER;
	return out->kind != KS_VALUE_NUMBER || is_number(out->text);
}

/* Whether some field is asked for by this name in this object; is_parent: some field of such an object. */
static struct ks_sieve_field *find_field(struct ks_sieve *sieve, struct ks_str parent, struct ks_str name,
	bool *is_parent, bool *is_odd)
{
	struct ks_sieve_field *found = NULL;

	*is_parent = *is_odd = false;
	if ((sieve->lengths & length_bit(name.n)) == 0)
		return NULL;
	for (size_t i = 0; i < sieve->n; i++) {
		struct ks_sieve_field *field = &sieve->fields[i];

		if (field->name.n == name.n && memcmp(field->name.p, name.p, name.n) == 0 &&
			ks_str_is_equal(field->parent, parent))
			found = field;
		if (parent.n > 0 || field->parent.n == 0)
			continue;
		*is_parent |= field->parent.n == name.n && memcmp(field->parent.p, name.p, name.n) == 0;
		/* A name with a dot in it stands for two. */
		*is_odd |= field->path.n == name.n && memcmp(field->path.p, name.p, name.n) == 0;
	}
	return found;
}

static bool read_members(struct walk *walk, const char *p, struct ks_str parent, const char **out_end);

static unsigned call_part(struct ks_str name)
{
	static const char source[] = "eventSource", call[] = "eventName";

	if (name.n == sizeof(source) - 1)
		return memcmp(name.p, source, sizeof(source) - 1) == 0 ? EVENT_SOURCE : 0;
	return name.n == sizeof(call) - 1 && memcmp(name.p, call, sizeof(call) - 1) == 0 ? EVENT_NAME : 0;
}

/* The value at p of a member. False when it has to be read exactly. */
static bool read_value(struct walk *walk, const char *p, struct ks_str parent, struct ks_str name,
	const char **out_end)
{
	struct ks_value value = { KS_VALUE_STRING, { NULL, 0 } };
	bool is_parent, is_odd, has_escape = false;
	struct ks_sieve_field *field = find_field(walk->sieve, parent, name, &is_parent, &is_odd);
	const char *end;

	if (is_odd)
		return false;
	switch (*p) {
	case '"':
		for (end = ks_special_find(p + 1, walk->end); end < walk->end && *end == '\\';
			end = ks_special_find(end + 2, walk->end)) {
			has_escape = true;
			if (walk->end - end < 2)
				return false;
		}
		value.text = (struct ks_str){ p + 1, (size_t)(end - p - 1) };
		*out_end = end + 1;
		if (end >= walk->end || (has_escape && field != NULL))
			return false;
		if (parent.n == 0)
			walk->says |= call_part(name);
		break;
	case '{':
	case '[':
		if (field != NULL || (is_parent && *p == '['))
			return false;
		if (is_parent)
			return read_members(walk, p + 1, name, out_end);
		/* One of the other kind: a record was cut off within, and swallowed what follows. */
		end = find_closing(walk, p, parent.n > 0 ? 2 : 1);
		*out_end = end != NULL ? end + 1 : p;
		return end != NULL && *end == (*p == '{' ? '}' : ']');
	default:
		if (!take_bare(walk, p, &value))
			return false;
		*out_end = value.text.p + value.text.n;
		break;
	}
	if (field == NULL)
		return true;
	if (field->n == KS_SIEVE_VALUES)
		return false;
	field->values[field->n++] = value;
	return true;
}

/* All members of an object, from behind its opening brace to behind the closing one. */
static bool read_members(struct walk *walk, const char *p, struct ks_str parent, const char **out_end)
{
	while (p < walk->end && *p == '"') {
		const char *quote = ks_special_find(p + 1, walk->end);

		if (walk->end - quote < 3 || *quote != '"' || quote[1] != ':' ||
			!read_value(walk, quote + 2, parent, (struct ks_str){ p + 1, (size_t)(quote - p - 1) }, &p))
			return false;
		if (p < walk->end && *p == '}') {
			*out_end = p + 1;
			return true;
		}
		if (p >= walk->end || *p++ != ',')
			return false;
	}
	return false;
}

bool ks_sieve_read(struct ks_sieve *sieve, struct ks_str text)
{
	size_t blocks = (text.n + KS_MASK_BLOCK - 1) / KS_MASK_BLOCK;
	struct ks_mask_state state = { .floor = 1 };
	struct walk walk;
	const char *end;

	if (blocks > KS_SIEVE_BLOCKS || !ks_str_has_prefix(text, KS_STR(USUAL)))
		return false;
	walk.sieve = sieve;
	walk.begin = text.p;
	walk.end = text.p + text.n;
	for (size_t i = 0; i < sieve->n; i++)
		sieve->fields[i].n = 0;
	walk.blocks = blocks;
	walk.says = 0;
	walk.busy = sieve->fill(text.p, blocks, &sieve->pairs, &state, &walk.masks);
	return read_members(&walk, text.p + 1, KS_STR(""), &end) && end == walk.end && walk.says == CALL;
}

/* Finding heads in notices of every form, and comparing them. */
#include "lib/incident/witness.h"

#include "lib/base/file.h"
#include "lib/codec/base64.h"
#include "lib/codec/json.h"
#include "lib/store/sql.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 16u /* nesting of bodies in JSON of others */
#define HEX (KS_HASH_HEX - 1)

void ks_witness_init(struct ks_witness_set *set)
{
	*set = (struct ks_witness_set){ .all = KS_VEC_OF(struct ks_witness) };
}

void ks_witness_release(struct ks_witness_set *set)
{
	ks_vec_release(&set->all);
	ks_arena_release(&set->arena);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_head(struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_hex(s.p[i]))
			return false;
	return s.n == HEX;
}

/* Past the limit nothing is added; whoever loads asks at the end. */
static void put(struct ks_witness_set *set, struct ks_str hex, int64_t incident, int64_t number,
	const char *from)
{
	struct ks_witness *witness;

	if (!is_head(hex) || set->all.n > KS_WITNESS_MOST)
		return;
	witness = ks_vec_push(&set->all);
	*witness = (struct ks_witness){ .incident = incident, .number = number, .from = from };
	memcpy(witness->hex, hex.p, HEX);
	set->is_sorted = false;
}

static int check_count(const struct ks_witness_set *set, struct ks_err *err)
{
	return set->all.n <= KS_WITNESS_MOST ?
		0 :
		ks_err_set(err, KS_ERR_LIMIT, "there are more than %u heads of journals", KS_WITNESS_MOST);
}

int ks_witness_add(struct ks_witness_set *set, const char *text, struct ks_err *err)
{
	struct ks_str rest = ks_str_of(text), hex;
	int64_t number = 0;

	ks_str_next(&rest, '@', &hex);
	if (!is_head(hex) || (rest.p != NULL && (!ks_str_parse_int(rest, &number) || number < 1)))
		return ks_err_set(err, KS_ERR_USAGE,
			"'%s' is no head of a journal: 64 hex digits as a notice has "
			"them, and '@' and the number of the entry where that is known",
			text);
	put(set, hex, 0, number, "--head");
	return check_count(set, err);
}

/* ---- notices ---- */

/* Bodies wherever they stand: any object with an incident and a head. */
static void gather(struct ks_witness_set *set, const struct ks_json *json, unsigned depth, const char *from)
{
	const struct ks_json *element = NULL;
	int64_t incident = 0;
	struct ks_str head, name, value;

	if (depth > DEEPEST)
		return;
	if (ks_json_is_array(json)) {
		while ((element = ks_json_next_element(json, element)) != NULL)
			gather(set, element, depth + 1, from);
	} else if (ks_json_is_object(json)) {
		if (ks_json_find_int(json, "incident", &incident) && ks_json_find_str(json, "journal", &head))
			put(set, head, incident, 0, from);
		while (ks_json_next(json, &element, &name, &value)) {
			struct ks_json *inner = NULL;
			struct ks_err ignored = { 0 };

			if (value.p == NULL)
				gather(set, element, depth + 1, from);
			else if (value.n > 1 && value.p[0] == '{' && ks_json_parse(value, &inner, &ignored) == 0)
				gather(set, inner, depth + 1, from);
			ks_json_free(inner);
		}
	}
}

static ptrdiff_t find_nocase(struct ks_str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (ks_str_is_equal_nocase(ks_str_sub(s, i, n), ks_str_of(word)))
			return (ptrdiff_t)i;
	return -1;
}

/* "incident 7" anywhere in the line. */
static void read_incident(struct ks_str line, int64_t *inout)
{
	ptrdiff_t at;

	while ((at = find_nocase(line, "incident ")) >= 0) {
		size_t n = 0;
		int64_t number;

		line = ks_str_sub(line, (size_t)at + strlen("incident "), line.n);
		while (n < line.n && line.p[n] >= '0' && line.p[n] <= '9')
			n++;
		if (n > 0 && ks_str_parse_int(ks_str_sub(line, 0, n), &number))
			*inout = number;
	}
}

/* A text at hand. */
struct reading {
	struct ks_witness_set *set;
	const char *from;
	int64_t incident; /* named last; 0: none */
	bool was_named; /* the line before said "journal": some programs put values below their names */
};

static void read_line(struct reading *r, struct ks_str line)
{
	bool is_named = find_nocase(line, "journal") >= 0;
	size_t n;

	read_incident(line, &r->incident);
	for (size_t i = 0; (is_named || r->was_named) && i<line.n; i += n> 0 ? n : 1) {
		for (n = 0; i + n < line.n && is_hex(line.p[i + n]); n++)
			;
		if (n == HEX)
			put(r->set, ks_str_sub(line, i, n), r->incident, 0, r->from);
	}
	r->was_named = is_named;
}

static void read_text(const struct reading *as, struct ks_str text)
{
	struct reading r = { .set = as->set, .from = as->from, .incident = as->incident };
	struct ks_str line;

	while (ks_str_next(&text, '\n', &line))
		read_line(&r, line);
}

/* Parts of mails, as our own have them: "Content-Transfer-Encoding: base64", an empty line, the lines. */
struct parts {
	enum { OUTSIDE, HEAD, BODY } where;
	struct ks_buf packed, part;
};

static void read_part(struct reading *r, struct parts *parts, struct ks_str line)
{
	struct ks_err ignored = { 0 };

	if (parts->where == BODY && line.n > 0 && !ks_str_has_prefix(line, KS_STR("--"))) {
		ks_buf_add(&parts->packed, line);
		return;
	}
	if (parts->where == BODY) {
		ks_buf_clear(&parts->part);
		if (ks_base64_decode(ks_buf_str(&parts->packed), &parts->part, &ignored) == 0)
			read_text(r, ks_buf_str(&parts->part));
		ks_buf_clear(&parts->packed);
		parts->where = OUTSIDE;
	}
	if (parts->where == HEAD && line.n == 0)
		parts->where = BODY;
	if (ks_str_is_equal_nocase(line, KS_STR("content-transfer-encoding: base64")))
		parts->where = HEAD;
}

static void read_lines(struct ks_witness_set *set, struct ks_str text, const char *from)
{
	struct reading r = { .set = set, .from = from };
	struct parts parts = { .where = OUTSIDE };
	struct ks_str line;

	ks_buf_init(&parts.packed, KS_WITNESS_FILE);
	ks_buf_init(&parts.part, KS_WITNESS_FILE);
	while (ks_str_next(&text, '\n', &line)) {
		struct ks_json *json = NULL;
		struct ks_err ignored = { 0 };

		line = ks_str_trim(line);
		if (line.n > 0 && (line.p[0] == '{' || line.p[0] == '[') &&
			ks_json_parse(line, &json, &ignored) == 0)
			gather(set, json, 0, from);
		else
			read_line(&r, line);
		read_part(&r, &parts, line);
		ks_json_free(json);
	}
	read_part(&r, &parts, KS_STR(""));
	ks_buf_release(&parts.packed);
	ks_buf_release(&parts.part);
}

int ks_witness_load(struct ks_witness_set *set, const char *path, size_t *out_n, struct ks_err *err)
{
	const char *from = ks_arena_strdup(&set->arena, ks_str_of(path));
	size_t before = set->all.n;
	struct ks_json *json = NULL;
	struct ks_err ignored = { 0 };
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_WITNESS_FILE);
	rc = ks_file_load(path, &text, err);
	if (rc == 0) {
		if (ks_json_parse(ks_buf_str(&text), &json, &ignored) == 0)
			gather(set, json, 0, from);
		else
			read_lines(set, ks_buf_str(&text), from);
		*out_n = set->all.n - before;
		rc = check_count(set, err);
	}
	ks_json_free(json);
	ks_buf_release(&text);
	return rc;
}

int ks_witness_recall(struct ks_witness_set *set, struct ks_db *db, int64_t incident, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db,
		"SELECT id, body FROM outbox WHERE $1 = 0 OR incident_id = $1 OR incident_id IS "
		"NULL ORDER BY id",
		KS_SQL(KS_SQL_INT(incident)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_json *json = NULL;
		struct ks_err ignored = { 0 };

		if (ks_json_parse(ks_db_column_blob(query, 1), &json, &ignored) == 0)
			gather(set, json, 0,
				ks_arena_printf(&set->arena, "notice %" PRId64, ks_db_column_int(query, 0)));
		ks_json_free(json);
		rc = check_count(set, err);
	}
	ks_db_finish(query);
	return rc;
}

/* ---- comparing ---- */

static int compare(const void *a, const void *b)
{
	return memcmp(((const struct ks_witness *)a)->hex, ((const struct ks_witness *)b)->hex, HEX);
}

void ks_witness_pass(struct ks_witness_set *set, int64_t incident, int64_t number,
	const unsigned char hash[KS_HASH_SIZE])
{
	struct ks_witness key, *at, *end = KS_VEC_AT(&set->all, struct ks_witness, set->all.n);

	if (set->all.n == 0)
		return;
	if (!set->is_sorted)
		ks_vec_sort(&set->all, compare);
	set->is_sorted = true;
	ks_hash_hex(hash, KS_HASH_SIZE, key.hex);
	at = bsearch(&key, set->all.p, set->all.n, sizeof(key), compare);
	if (at == NULL)
		return;
	while (at > KS_VEC_AT(&set->all, struct ks_witness, 0) && compare(at - 1, &key) == 0)
		at--;
	for (; at < end && compare(at, &key) == 0; at++) {
		at->found_in = incident;
		at->found_at = number;
	}
}

enum ks_witness_verdict ks_witness_judge(const struct ks_witness *witness, bool is_asked)
{
	if (witness->incident != 0 && !is_asked)
		return KS_WITNESS_ELSEWHERE;
	if (witness->found_in == 0)
		return KS_WITNESS_ABSENT;
	if ((witness->incident != 0 && witness->found_in != witness->incident) ||
		(witness->number != 0 && witness->found_at != witness->number))
		return KS_WITNESS_MOVED;
	return KS_WITNESS_HOLDS;
}

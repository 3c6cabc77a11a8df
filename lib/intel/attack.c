/* Technique names, line by line. */
#include "lib/intel/attack.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"

#include <stdio.h>

#define LONGEST_ID 9u                    /* "T1496.004" */

void ks_attack_init(struct ks_attack *attack)
{
	ks_arena_init(&attack->arena);
	ks_map_init(&attack->names);
}

void ks_attack_release(struct ks_attack *attack)
{
	if (attack == NULL)
		return;
	ks_map_release(&attack->names);
	ks_arena_release(&attack->arena);
}

static size_t count_digits(struct ks_str text, size_t from)
{
	size_t n = 0;

	while (from + n < text.n && text.p[from + n] >= '0' && text.p[from + n] <= '9')
		n++;
	return n;
}

/* Bytes of the id at the front: T, four digits, and for a sub-technique a dot and three. 0: there is
 * none. */
static size_t find_id(struct ks_str text)
{
	if (text.n == 0 || ks_str_lower(text.p[0]) != 't' || count_digits(text, 1) != 4)
		return 0;
	return text.n > 5 && text.p[5] == '.' && count_digits(text, 6) == 3 ? LONGEST_ID : 5;
}

int ks_attack_parse(struct ks_attack *attack, struct ks_str text, struct ks_err *err)
{
	struct ks_str line;

	for (int number = 1; ks_str_next(&text, '\n', &line); number++) {
		struct ks_str content = ks_str_trim(line), name;
		size_t n = find_id(content);

		if (content.n == 0 || content.p[0] == '#')
			continue;
		if (n == 0)
			return ks_err_set_at(err, KS_ERR_PARSE, number, 1,
				"a line begins with the id of a technique, as T1526 or T1496.004");
		name = ks_str_trim(ks_str_sub(content, n, content.n));
		if (name.n == 0 || content.p[n] != ' ')
			return ks_err_set_at(err, KS_ERR_PARSE, number, (int)n + 1,
				"a blank and the technique's name follow the id");
		ks_map_put(&attack->names, ks_str_sub(content, 0, n), ks_arena_strdup(&attack->arena, name));
	}
	return 0;
}

int ks_attack_load(struct ks_attack *attack, const char *path, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_LIMIT_LIST_FILE);
	rc = ks_file_load(path, &text, err);
	if (rc == 0 && ks_attack_parse(attack, ks_buf_str(&text), err) != 0)
		rc = ks_err_set_file(err, path);
	ks_buf_release(&text);
	return rc;
}

const char *ks_attack_find(const struct ks_attack *attack, struct ks_str id)
{
	return ks_map_find(&attack->names, id);
}

bool ks_attack_parse_tag(struct ks_str tag, char out[16])
{
	struct ks_str front = KS_STR("attack."), id = ks_str_sub(tag, front.n, tag.n);

	if (!ks_str_is_equal_nocase(ks_str_sub(tag, 0, front.n), front) || find_id(id) != id.n || id.n == 0)
		return false;
	snprintf(out, 16, "T" KS_STR_FMT, KS_STR_ARG(ks_str_sub(id, 1, id.n)));
	return true;
}

/* INI text: section headers, settings. */
#include "lib/codec/ini.h"

#include <string.h>

/* "[name]", also with something behind the bracket. The last bracket closes, so that "[a]b]" is the section
 * "a]b", as configparser has it. */
static bool is_header(struct ks_str line, struct ks_str *out_name)
{
	const char *end = line.n >= 2 && line.p[0] == '[' ? memrchr(line.p, ']', line.n) : NULL;

	if (end == NULL)
		return false;
	*out_name = ks_str_trim((struct ks_str){ line.p + 1, (size_t)(end - line.p) - 1 });
	return true;
}

bool ks_ini_next_section(struct ks_str *rest, struct ks_str *out_name)
{
	struct ks_str line;

	while (ks_str_next(rest, '\n', &line))
		if (is_header(ks_str_trim(line), out_name))
			return true;
	return false;
}

bool ks_ini_has_section(struct ks_str text, struct ks_str name)
{
	struct ks_str found;

	while (ks_ini_next_section(&text, &found)) {
		if (ks_str_has_prefix(found, KS_STR("profile ")))
			found = ks_str_trim(ks_str_sub(found, sizeof("profile ") - 1, found.n));
		if (ks_str_is_equal(found, name))
			return true;
	}
	return false;
}

bool ks_ini_next(struct ks_ini *walk, struct ks_ini_entry *out)
{
	struct ks_str line, name;

	while (ks_str_next(&walk->rest, '\n', &line)) {
		bool is_indented = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
		struct ks_str value = ks_str_trim(line), key;

		if (value.n == 0 || value.p[0] == '#' || value.p[0] == ';')
			continue;
		if (!is_indented && is_header(value, &name)) {
			walk->section = name;
			walk->parent = (struct ks_str){ NULL, 0 };
			continue;
		}
		if (memchr(value.p, '=', value.n) == NULL || (is_indented && walk->parent.p == NULL))
			continue;
		ks_str_next(&value, '=', &key);
		key = ks_str_trim(key);
		value = ks_str_trim(value);
		*out = (struct ks_ini_entry){ walk->section, { NULL, 0 }, key, value };
		if (is_indented)
			out->parent = walk->parent;
		else
			walk->parent = value.n == 0 ? key : (struct ks_str){ NULL, 0 };
		return true;
	}
	return false;
}

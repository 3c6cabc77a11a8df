/* Section headers of INI text. */
#include "lib/codec/ini.h"

#include <string.h>

bool ks_ini_next_section(struct ks_str *rest, struct ks_str *out_name)
{
	struct ks_str line;

	while (ks_str_next(rest, '\n', &line)) {
		const char *end;

		line = ks_str_trim(line);
		if (line.n < 2 || line.p[0] != '[')
			continue;
		/* The last bracket closes, so that "[a]b]" is the section "a]b", as configparser has it. */
		end = memrchr(line.p, ']', line.n);
		if (end == NULL)
			continue;
		*out_name = ks_str_trim((struct ks_str){ line.p + 1, (size_t)(end - line.p) - 1 });
		return true;
	}
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

/* The table of formats. */
#include "lib/report/format.h"

#include <string.h>

#define KS_FORMAT(name) extern const struct ks_formatter ks_format_##name;
#include "lib/report/formats.def"
#undef KS_FORMAT

#define KS_FORMAT(name) &ks_format_##name,
static const struct ks_formatter *const formats[] = {
#include "lib/report/formats.def"
};
#undef KS_FORMAT

const struct ks_formatter *ks_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

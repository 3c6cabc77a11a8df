/* The names of what is in a case file. */
#include "lib/casefile/casefile.h"

#include "lib/codec/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

/* In order of enum ks_casefile_kind. */
static const struct ks_casefile_row rows[] = {
	{ "events.jsonl", true, KS_TAR_LARGEST },
	{ "findings.jsonl", true, KS_TAR_LARGEST },
	{ "incident.json", true, 256 * MIB },
	{ "journal.jsonl", true, KS_TAR_LARGEST },
	{ "notices.jsonl", true, KS_TAR_LARGEST },
	{ "plans.jsonl", true, 1024 * MIB },
	{ "records.json", true, KS_TAR_LARGEST },
	{ "report.html", true, 256 * MIB },
	{ "manifest.json", false, 16 * MIB },
	{ "readme.txt", false, MIB },
	{ "sha256sums.txt", false, 16 * MIB },
};

const struct ks_casefile_row *ks_casefile_row(enum ks_casefile_kind kind)
{
	return &rows[kind];
}

const char *ks_casefile_name(enum ks_casefile_kind kind, int64_t incident, char out[KS_CASEFILE_NAME])
{
	if (rows[kind].is_of_incident)
		snprintf(out, KS_CASEFILE_NAME, "incident-%" PRId64 "/%s", incident, rows[kind].name);
	else
		snprintf(out, KS_CASEFILE_NAME, "%s", rows[kind].name);
	return out;
}

bool ks_casefile_tell(struct ks_str name, enum ks_casefile_kind *out, int64_t *out_incident)
{
	char same[KS_CASEFILE_NAME];
	struct ks_str rest, number;
	int64_t incident = 0;

	if (!ks_str_has_prefix(name, KS_STR(KS_CASEFILE_TOP)))
		return false;
	name = rest = ks_str_sub(name, strlen(KS_CASEFILE_TOP), name.n);
	if (ks_str_has_prefix(name, KS_STR("incident-"))) {
		rest = ks_str_sub(rest, strlen("incident-"), rest.n);
		if (!ks_str_next(&rest, '/', &number) || rest.p == NULL || !ks_str_parse_int(number, &incident) ||
			incident < 1)
			return false;
	}
	/* A number has one form only: the name made of it must be the same again. */
	for (size_t i = 0; i < KS_CASEFILE_KINDS; i++)
		if (rows[i].is_of_incident == (incident > 0) &&
			ks_str_is(name, ks_casefile_name((enum ks_casefile_kind)i, incident, same))) {
			*out = (enum ks_casefile_kind)i;
			*out_incident = incident;
			return true;
		}
	return false;
}

/* Keys of CloudTrail's files. */
#include "lib/trail/awslogs.h"

#include "lib/aws/arn.h"
#include "lib/base/time.h"

#include <string.h>

#define SERVICE "CloudTrail"

/* Up to the next slash; false where there is none any more. */
static bool next_part(struct ks_str path, size_t *at, struct ks_str *out)
{
	ptrdiff_t slash = ks_str_find(ks_str_sub(path, *at, path.n), KS_STR("/"));

	if (slash < 0)
		return false;
	*out = ks_str_sub(path, *at, (size_t)slash);
	*at += (size_t)slash + 1;
	return true;
}

static bool find_root(struct ks_str path, size_t *at)
{
	struct ks_str part;

	while (next_part(path, at, &part))
		if (ks_str_is(part, "AWSLogs"))
			return true;
	return false;
}

struct ks_awslogs ks_awslogs_read(struct ks_str path)
{
	struct ks_awslogs place = { .level = KS_AWSLOGS_OUTSIDE };
	struct ks_str part;
	size_t at = 0;

	if (!find_root(path, &at))
		return place;
	place.level = KS_AWSLOGS_ROOT;
	while (place.level != KS_AWSLOGS_REGION && next_part(path, &at, &part)) {
		if (place.level == KS_AWSLOGS_ROOT && ks_str_has_prefix(part, KS_STR("o-"))) {
			place.level = KS_AWSLOGS_ORG;
		} else if (place.level <= KS_AWSLOGS_ORG && ks_arn_is_account(part)) {
			place.level = KS_AWSLOGS_ACCOUNT;
			place.account = part;
		} else if (place.level == KS_AWSLOGS_ACCOUNT && ks_str_is(part, SERVICE)) {
			place.level = KS_AWSLOGS_TRAIL;
		} else if (place.level == KS_AWSLOGS_TRAIL && part.n > 0) {
			place.level = KS_AWSLOGS_REGION;
			place.region = part;
			place.base = ks_str_sub(path, 0, at);
			place.rest = ks_str_sub(path, at, path.n);
		} else {
			place.level = KS_AWSLOGS_OTHER;
			break;
		}
	}
	return place;
}

struct ks_str ks_awslogs_account(struct ks_str key)
{
	struct ks_awslogs place = ks_awslogs_read(key);
	bool is_trail = place.level == KS_AWSLOGS_TRAIL || place.level == KS_AWSLOGS_REGION;

	return is_trail ? place.account : KS_STR("");
}

bool ks_awslogs_is_below(struct ks_str path, struct ks_str prefix)
{
	bool is_closed = prefix.n == 0 || ks_str_has_suffix(prefix, KS_STR("/"));
	struct ks_str rest = ks_str_sub(path, prefix.n, path.n), part;

	if (!ks_str_has_prefix(path, prefix) || (!is_closed && !ks_str_has_prefix(rest, KS_STR("/"))))
		return false;
	rest = is_closed ? rest : ks_str_sub(rest, 1, rest.n);
	while (ks_str_next(&prefix, '/', &part))
		if (ks_str_is(part, "AWSLogs"))
			return true;
	return ks_str_has_prefix(rest, KS_STR("AWSLogs/"));
}

/* "20261121T1015Z" behind "ACCOUNT_CloudTrail_REGION_". */
static bool read_name(struct ks_str name, const struct ks_awslogs *place, int64_t *out_ms)
{
	const struct ks_str parts[] = { place->account, KS_STR("_" SERVICE "_"), place->region, KS_STR("_") };
	struct ks_str time;
	char text[20];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!ks_str_has_prefix(name, parts[i]))
			return false;
		name = ks_str_sub(name, parts[i].n, name.n);
	}
	if (!ks_str_next(&name, '_', &time) || time.n != strlen("20261121T1015Z") || time.p[8] != 'T' ||
		time.p[13] != 'Z' || !(ks_str_has_suffix(name, KS_STR(".json.gz")) ||
		ks_str_has_suffix(name, KS_STR(".json"))))
		return false;
	memcpy(text, time.p, 13);
	memcpy(text + 13, "00Z", 4);
	return ks_time_parse(ks_str_of(text), out_ms);
}

bool ks_awslogs_is_file(struct ks_str key, int64_t *out_ms)
{
	struct ks_awslogs place = ks_awslogs_read(key);
	struct ks_str part;
	size_t at = 0;

	if (place.level != KS_AWSLOGS_REGION)
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (!next_part(place.rest, &at, &part))
			return false;
	return read_name(ks_str_sub(place.rest, at, place.rest.n), &place, out_ms);
}

void ks_awslogs_add_edge(struct ks_buf *out, const struct ks_awslogs *place, int64_t ms)
{
	struct ks_time_parts t = ks_time_split(ms);

	ks_buf_add(out, place->base);
	ks_buf_addf(out, "%04d/%02d/%02d/", t.year, t.month, t.day);
	ks_buf_add(out, place->account);
	ks_buf_adds(out, "_" SERVICE "_");
	ks_buf_add(out, place->region);
	ks_buf_addf(out, "_%04d%02d%02dT%02d%02dZ", t.year, t.month, t.day, t.hour, t.minute);
}

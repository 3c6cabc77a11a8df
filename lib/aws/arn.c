/* ARNs and the names in them. */
#include "lib/aws/arn.h"

#include <string.h>

#define NAME_MOST 64
#define ACCOUNT_DIGITS 12u

bool ks_arn_parse(struct ks_str s, struct ks_arn *out)
{
	struct ks_str part[5], rest = s;
	struct ks_arn arn;

	for (size_t i = 0; i < 5; i++)
		if (!ks_str_next(&rest, ':', &part[i]) || rest.p == NULL)
			return false;
	arn = (struct ks_arn){ part[1], part[2], part[3], part[4], rest };
	if (!ks_str_is(part[0], "arn") || arn.partition.n == 0 || arn.service.n == 0 || arn.resource.n == 0)
		return false;
	*out = arn;
	return true;
}

bool ks_arn_split(const struct ks_arn *arn, struct ks_str *out_type, struct ks_str *out_rest)
{
	struct ks_str rest = arn->resource, type;

	if (!ks_str_next(&rest, '/', &type) || rest.p == NULL)
		return false;
	*out_type = type;
	*out_rest = rest;
	return true;
}

struct ks_str ks_arn_last(struct ks_str path)
{
	struct ks_str part = { NULL, 0 };

	while (ks_str_next(&path, '/', &part))
		;
	return part;
}

bool ks_arn_is_name(struct ks_str name)
{
	if (name.n == 0 || name.n > NAME_MOST)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
			(c == '\0' || strchr("+=,.@_-", c) == NULL))
			return false;
	}
	return true;
}

bool ks_arn_is_account(struct ks_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n == ACCOUNT_DIGITS;
}

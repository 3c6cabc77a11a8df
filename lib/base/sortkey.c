/* Numbers and times for sorting keys. */
#include "lib/base/sortkey.h"

#include <assert.h>

#define SIGN (UINT64_C(1) << 63)

void ks_sortkey_put(char *to, uint64_t value, unsigned bytes)
{
	assert(bytes <= sizeof(value));
	while (bytes-- > 0)
		*to++ = (char)(unsigned char)(value >> 8 * bytes);
}

void ks_sortkey_add(struct ks_buf *out, uint64_t value, unsigned bytes)
{
	char text[sizeof(value)];

	ks_sortkey_put(text, value, bytes);
	ks_buf_add(out, (struct ks_str){ text, bytes });
}

uint64_t ks_sortkey_read(const char *p, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | (unsigned char)*p++;
	return value;
}

uint64_t ks_sortkey_of_time(int64_t ms)
{
	return (uint64_t)ms ^ SIGN;
}

int64_t ks_sortkey_time(uint64_t value)
{
	return (int64_t)(value ^ SIGN);
}

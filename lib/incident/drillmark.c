/* Event ids that prove that a drill made them. */
#include "lib/incident/drillmark.h"

#include "lib/codec/hash.h"

#include <stdio.h>
#include <string.h>

#define HEAD 24u                 /* characters in front of the check, its dash included */
#define CHECK 12u

static void add_check(char id[KS_DRILLMARK_SIZE + 1])
{
	static const char salt[] = "keysnare drill ";
	unsigned char digest[KS_HASH_SIZE];
	char text[sizeof(salt) + HEAD];

	memcpy(text, salt, sizeof(salt) - 1);
	memcpy(text + sizeof(salt) - 1, id, HEAD);
	ks_hash_sha256((struct ks_str){ text, sizeof(salt) - 1 + HEAD }, digest);
	ks_hash_hex(digest, CHECK / 2, id + HEAD);
}

void ks_drillmark_make(uint32_t drill, uint64_t chance, char out[KS_DRILLMARK_SIZE + 1])
{
	snprintf(out, KS_DRILLMARK_SIZE + 1, "%08x-%04x-4%03x-%x%03x-", (unsigned)(chance & 0xffffffff),
		(unsigned)(drill >> 14 & 0xffff), (unsigned)(drill >> 2 & 0xfff), 8u | (unsigned)(drill & 3),
		(unsigned)(chance >> 32 & 0xfff));
	add_check(out);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ks_drillmark_read(struct ks_str event_id, uint32_t *out_drill)
{
	char again[KS_DRILLMARK_SIZE + 1];
	uint32_t drill = 0;

	if (event_id.n != KS_DRILLMARK_SIZE || event_id.p[HEAD - 1] != '-')
		return false;
	memcpy(again, event_id.p, KS_DRILLMARK_SIZE);
	again[KS_DRILLMARK_SIZE] = '\0';
	add_check(again);
	if (memcmp(again, event_id.p, KS_DRILLMARK_SIZE) != 0)
		return false;
	/* The digits of the number: four, three behind the version, and two bits of the next one. */
	for (size_t i = 9; i < 18; i++)
		if (i != 13 && i != 14)
			drill = drill << 4 | (uint32_t)(digit(event_id.p[i]) & 15);
	*out_drill = drill << 2 | (uint32_t)(digit(event_id.p[19]) & 3);
	return true;
}

/* Any bytes as a list of decoys: JSON lines or CSV. */
#include "lib/decoy/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_roster roster;
	struct ks_err err = { 0 };

	ks_roster_init(&roster);
	ks_roster_parse(&roster, (struct ks_str){ (const char *)data, size }, 1, &err);
	ks_roster_release(&roster);
	return 0;
}

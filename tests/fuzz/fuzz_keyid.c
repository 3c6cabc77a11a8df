/* Any bytes as a key id, and as a list of accounts. An id that parses has a kind and a whole account or
 * none. */
#include "lib/decoy/canary.h"
#include "lib/decoy/keyid.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_str text = { (const char *)data, size };
	struct ks_canary canary;
	struct ks_keyid key;
	struct ks_err err = { 0 };

	if (ks_keyid_parse(text, &key, &err) == 0 &&
		(key.kind == NULL || strlen(key.account) != (key.has_account ? KS_KEYID_ACCOUNT : 0)))
		abort();
	ks_canary_init(&canary);
	ks_canary_parse(&canary, text, &err);
	ks_canary_release(&canary);
	return 0;
}

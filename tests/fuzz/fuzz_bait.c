/* Any bytes as a template: parsed, and rendered when that went well. */
#include "lib/decoy/bait.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int zero(void *arg, void *out, size_t n)
{
	(void)arg;
	memset(out, 0, n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_bait_values values = { .access_key_id = { "AKIA", 4 }, .region = { "us-east-1", 9 } };
	struct ks_bait bait = { .mode = 0 };
	struct ks_err err = { 0 };
	struct ks_ctx ctx;
	struct ks_buf out;

	ks_ctx_init(&ctx);
	ctx.random = zero;
	ks_buf_init(&out, 1u << 16);
	if (ks_bait_parse(KS_STR("fuzz"), (struct ks_str){ (const char *)data, size }, &bait, &err) == 0)
		ks_bait_render(&bait, &ctx, &values, &out, &err);
	ks_buf_release(&out);
	ks_bait_release(&bait);
	return 0;
}

/* XML replies, and what an error is made of: any bytes as an answer of AWS. */
#include "lib/aws/fault.h"
#include "lib/codec/xml.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ks_str text = { (const char *)data, n };
	struct ks_http_reply reply = { .status = 400 };
	const struct ks_xml *root = NULL;
	struct ks_err err = { 0 };
	struct ks_arena arena;

	ks_arena_init(&arena);
	if (ks_xml_parse(text, &arena, &root, &err) == 0)
		(void)ks_xml_text(root, "Error/Code");
	ks_buf_init(&reply.headers, 1u << 16);
	ks_buf_init(&reply.body, 1u << 20);
	ks_buf_add(&reply.body, text);
	if (ks_fault_set(&err, &reply, "asked") != -1 || err.code == KS_ERR_NONE)
		__builtin_trap();
	(void)ks_fault_is_unknown(&err);
	ks_http_release(&reply);
	ks_arena_release(&arena);
	return 0;
}

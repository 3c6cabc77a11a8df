/* The shared files of the AWS tools, and a request as text: what people and other programs write. */
#include "lib/codec/ini.h"
#include "lib/codec/message.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ks_str text = { (const char *)data, n };
	struct ks_ini walk = { .rest = text };
	struct ks_ini_entry entry;
	struct ks_message message;
	struct ks_err err = { 0 };
	struct ks_arena arena;

	/* A setting is a part of the text, and one line gives one at most. */
	while (ks_ini_next(&walk, &entry))
		if (entry.key.p < text.p || entry.key.p + entry.key.n > text.p + n ||
			(entry.value.n > 0 && entry.value.p + entry.value.n > text.p + n))
			__builtin_trap();
	ks_arena_init(&arena);
	if (ks_message_parse(text, &arena, &message, &err) == 0 &&
		(message.method.n == 0 || message.path.n == 0))
		__builtin_trap();
	ks_message_release(&message);
	ks_arena_release(&arena);
	return 0;
}

/* Any bytes as the body of a message. What comes out of it has the form that requests need, and a body in an
 * envelope of SNS says the same as alone. */
#include "lib/trail/envelope.h"

#include "lib/base/buf.h"
#include "lib/base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ks_envelope *envelope)
{
	for (size_t i = 0; i < envelope->objects.n; i++) {
		const struct ks_envelope_object *object = KS_VEC_AT(&envelope->objects, struct ks_envelope_object,
			i);

		if (!ks_envelope_is_bucket(object->bucket) || !ks_envelope_is_key(object->key) || object->size < -1)
			abort();
	}
	for (size_t i = 0; i < envelope->texts.n; i++)
		if (KS_VEC_AT(&envelope->texts, struct ks_str, i)->n == 0)
			abort();
	if (envelope->account.n != 0 && envelope->account.n != 12)
		abort();
	if (envelope->form == NULL && envelope->poison == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_str body = { (const char *)data, size };
	struct ks_arena arena = { NULL };
	struct ks_envelope alone, packed;
	struct ks_buf text;

	ks_envelope_read(body, &arena, &alone);
	check(&alone);
	ks_buf_init(&text, SIZE_MAX / 2);
	ks_buf_adds(&text, "{\"Type\":\"Notification\",\"Message\":\"");
	ks_text_add_json(&text, body);
	ks_buf_adds(&text, "\"}");
	ks_envelope_read(ks_buf_str(&text), &arena, &packed);
	check(&packed);
	if (packed.account.n != 0)
		abort();
	/* One level less is left for it. */
	if (alone.poison == NULL && packed.poison == NULL &&
		(alone.texts.n != packed.texts.n || alone.objects.n != packed.objects.n))
		abort();
	ks_envelope_release(&alone);
	ks_envelope_release(&packed);
	ks_buf_release(&text);
	ks_arena_release(&arena);
	return 0;
}

/* Lengths first, then the texts one after the other, a NUL behind each. */
#include "lib/engine/hitcopy.h"

#include "lib/engine/hittext.h"

#include <assert.h>
#include <string.h>

/* A copy starts with this; what the values are, the note, the texts and the values follow. */
struct head {
	uint64_t offset;
	uint32_t texts[KS_HITTEXT_ALL]; /* length + 1; 0: there is none */
	uint32_t value_count, note_n;
	uint32_t pass;
	int read_only;
};

struct value_head {
	uint32_t path, kind, n;
};

static char *put(char *to, const void *from, size_t n)
{
	if (n > 0)
		memcpy(to, from, n);
	return to + n;
}

static char *put_text(char *to, struct ks_str text)
{
	to = put(to, text.p, text.n);
	*to++ = '\0';
	return to;
}

bool ks_hitcopy_pack(const struct ks_chains_hit *hit, const struct ks_hitcopy_value *values,
	size_t value_count, size_t most, struct ks_buf *out)
{
	struct head head = { .offset = hit->finding->offset, .value_count = (uint32_t)value_count,
		.note_n = (uint32_t)hit->note_n, .pass = hit->pass, .read_only = hit->finding->event->read_only };
	size_t n = sizeof(head) + value_count * sizeof(struct value_head) + hit->note_n;
	struct ks_str texts[KS_HITTEXT_ALL];
	char *to;

	assert(value_count <= KS_HITCOPY_VALUES);
	ks_hittext_list(hit->finding, texts);
	for (size_t i = 0; i < KS_HITTEXT_ALL; i++) {
		head.texts[i] = texts[i].p != NULL ? (uint32_t)texts[i].n + 1 : 0;
		n += head.texts[i];
	}
	for (size_t i = 0; i < value_count; i++)
		n += values[i].value.text.n + 1;
	to = n <= most ? ks_buf_reserve(out, n) : NULL;
	if (to == NULL)
		return false;
	to = put(to, &head, sizeof(head));
	for (size_t i = 0; i < value_count; i++) {
		struct value_head one = { values[i].path, (uint32_t)values[i].value.kind,
			(uint32_t)values[i].value.text.n };

		to = put(to, &one, sizeof(one));
	}
	to = put(to, hit->note, hit->note_n);
	for (size_t i = 0; i < KS_HITTEXT_ALL; i++)
		if (texts[i].p != NULL)
			to = put_text(to, texts[i]);
	for (size_t i = 0; i < value_count; i++)
		to = put_text(to, values[i].value.text);
	*to = '\0';
	out->n += n;
	return true;
}

static size_t values_of(void *arg, uint32_t path, const struct ks_value **out)
{
	const struct ks_hitcopy *hit = arg;

	for (size_t i = 0; i < hit->value_count; i++)
		if (hit->values[i].path == path) {
			*out = &hit->values[i].value;
			return 1;
		}
	return 0;
}

void ks_hitcopy_unpack(struct ks_str copy, int64_t time_ms, struct ks_hitcopy *out)
{
	const char *heads = copy.p + sizeof(struct head), *p;
	struct ks_str texts[KS_HITTEXT_ALL];
	struct head head;

	memcpy(&head, copy.p, sizeof(head));
	*out = (struct ks_hitcopy){ .value_count = head.value_count, .pass = head.pass };
	p = heads + head.value_count * sizeof(struct value_head);
	out->note = (struct ks_str){ p, head.note_n };
	p += head.note_n;
	for (size_t i = 0; i < KS_HITTEXT_ALL; i++) {
		texts[i] = head.texts[i] > 0 ? (struct ks_str){ p, head.texts[i] - 1 } : (struct ks_str){ NULL, 0 };
		p += head.texts[i];
	}
	for (size_t i = 0; i < head.value_count; i++) {
		struct value_head one;

		memcpy(&one, heads + i * sizeof(one), sizeof(one));
		out->values[i] = (struct ks_hitcopy_value){ one.path,
			{ (enum ks_value_kind)one.kind, { p, one.n } } };
		p += one.n + 1;
	}
	ks_hittext_restore(texts, KS_HITTEXT_ALL, &out->event, &out->finding);
	out->event.time_ms = time_ms;
	out->event.read_only = head.read_only;
	out->finding.offset = head.offset;
	out->view = (struct ks_view){ values_of, out };
}

/* Names of events: "e", time as eight bytes, identity, event id. Of findings: "f", id. */
#include "lib/engine/matched.h"

#include "lib/base/limits.h"
#include "lib/base/sortkey.h"

#include <string.h>

#define AT_IDENTITY 9u
#define AT_ID (AT_IDENTITY + KS_EVENT_ID - 1)
#define MOST_NAMES (16u * KS_LIMIT_MATCHED)

void ks_matched_init(struct ks_matched *matched)
{
	*matched = (struct ks_matched){ .names = KS_VEC_OF(struct ks_str) };
	ks_arena_init(&matched->arena);
	ks_map_init(&matched->seen);
}

void ks_matched_release(struct ks_matched *matched)
{
	ks_arena_release(&matched->arena);
	ks_vec_release(&matched->names);
	ks_map_release(&matched->seen);
}

void ks_matched_name(struct ks_buf *out, struct ks_str finding, const struct ks_event *event)
{
	if (finding.n > 0) {
		ks_buf_addc(out, 'f');
		ks_buf_add(out, finding);
		return;
	}
	ks_buf_addc(out, 'e');
	ks_sortkey_add(out, ks_sortkey_of_time(event->time_ms), 8);
	ks_buf_add(out, (struct ks_str){ event->identity, KS_EVENT_ID - 1 });
	ks_buf_add(out, event->event_id);
}

void ks_matched_add(struct ks_matched *matched, struct ks_str name)
{
	if (matched->names.n >= MOST_NAMES) {
		matched->is_cut = true;
		return;
	}
	if (ks_map_put(&matched->seen, ks_matched_identity(name), matched) == NULL)
		*(struct ks_str *)ks_vec_push(&matched->names) = ks_arena_copy(&matched->arena, name);
}

static int compare_names(const void *a, const void *b)
{
	return ks_str_compare(*(const struct ks_str *)a, *(const struct ks_str *)b);
}

void ks_matched_list(struct ks_matched *matched, const struct ks_window_chain *chain,
	const struct ks_event *met, void (*inner)(void *arg, struct ks_str finding, struct ks_matched *out),
	void *arg)
{
	struct ks_buf name;

	for (size_t i = 0; i < chain->name_count; i++) {
		struct ks_str text = chain->names[i];

		if (text.p[0] == 'f') {
			matched->has_inner = true;
			inner(arg, ks_str_sub(text, 1, text.n), matched);
		} else {
			ks_matched_add(matched, text);
		}
	}
	/* Should the list of a finding be lost, there is still one event to show. */
	if (matched->has_inner) {
		ks_buf_init(&name, KS_LIMIT_LINE);
		ks_matched_name(&name, (struct ks_str){ NULL, 0 }, met);
		ks_matched_add(matched, ks_buf_str(&name));
		ks_buf_release(&name);
	}
	ks_vec_sort(&matched->names, compare_names);
}

const struct ks_str *ks_matched_ids(struct ks_matched *matched, size_t *out_count)
{
	size_t n = matched->names.n < KS_LIMIT_MATCHED ? matched->names.n : KS_LIMIT_MATCHED;
	struct ks_str *ids = ks_arena_alloc(&matched->arena, (n + 1) * sizeof(*ids));

	for (size_t i = 0; i < n; i++) {
		struct ks_str name = *KS_VEC_AT(&matched->names, struct ks_str, i);

		ids[i] = name.n > AT_ID ? ks_str_sub(name, AT_ID, name.n) : ks_matched_identity(name);
	}
	*out_count = n;
	return ids;
}

uint64_t ks_matched_count(const struct ks_matched *matched, const struct ks_window_chain *chain)
{
	return matched->has_inner ? matched->names.n : chain->hits;
}

struct ks_str ks_matched_identity(struct ks_str name)
{
	return ks_str_sub(name, AT_IDENTITY, KS_EVENT_ID - 1);
}

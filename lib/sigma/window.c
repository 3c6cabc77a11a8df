/* The sliding window over one group's hits. */
#include "lib/sigma/window.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <stdlib.h>
#include <string.h>

#define FEW_VALUES 1024u /* values that are remembered though they left the window */

/* A hit in the window. */
struct ks_window_entry {
	int64_t time_ms;
	char *text; /* owned: name, then value */
	size_t name_n, value_n;
	size_t count; /* place of its value in counts */
};

static struct ks_window_entry *entry_at(const struct ks_window *window, size_t i)
{
	return KS_VEC_AT(&window->entries, struct ks_window_entry, window->first + i);
}

static size_t entry_count(const struct ks_window *window)
{
	return window->entries.n - window->first;
}

static struct ks_str name_of(const struct ks_window_entry *entry)
{
	return (struct ks_str){ entry->text, entry->name_n };
}

static struct ks_str value_of(const struct ks_window_entry *entry)
{
	return (struct ks_str){ entry->text + entry->name_n, entry->value_n };
}

void ks_window_init(struct ks_window *window, const struct ks_correlation *correlation,
	const struct ks_window_sink *sink)
{
	*window = (struct ks_window){ .correlation = correlation,
		.sink = sink,
		.entries = KS_VEC_OF(struct ks_window_entry),
		.counts = KS_VEC_OF(uint64_t),
		.names = KS_VEC_OF(struct ks_str),
		.now_ms = KS_TIME_NONE };
	ks_map_init(&window->values);
	ks_arena_init(&window->arena);
}

static void clear_entries(struct ks_window *window)
{
	for (size_t i = 0; i < entry_count(window); i++)
		free(entry_at(window, i)->text);
	ks_vec_clear(&window->entries);
	window->first = 0;
}

void ks_window_release(struct ks_window *window)
{
	if (window == NULL || window->correlation == NULL)
		return;
	clear_entries(window);
	ks_vec_release(&window->entries);
	ks_map_release(&window->values);
	ks_vec_release(&window->counts);
	ks_vec_release(&window->names);
	ks_arena_release(&window->arena);
}

static void count_value(struct ks_window *window, struct ks_window_entry *entry)
{
	uintptr_t place = (uintptr_t)ks_map_find(&window->values, value_of(entry));

	if (place == 0) {
		*(uint64_t *)ks_vec_push(&window->counts) = 0;
		place = window->counts.n;
		ks_map_put(&window->values, value_of(entry), (void *)place);
	}
	entry->count = place - 1;
	window->distinct += (*KS_VEC_AT(&window->counts, uint64_t, entry->count))++ == 0;
}

/* Forgets values that left the window, now and then: it costs as much as the hits that came since. */
static void trim_values(struct ks_window *window)
{
	if (window->counts.n < FEW_VALUES + 2 * window->distinct)
		return;
	ks_map_release(&window->values);
	ks_map_init(&window->values);
	ks_vec_clear(&window->counts);
	window->distinct = 0;
	for (size_t i = 0; i < entry_count(window); i++)
		count_value(window, entry_at(window, i));
}

static void drop_first(struct ks_window *window)
{
	struct ks_window_entry *entry = entry_at(window, 0);

	window->distinct -= --*KS_VEC_AT(&window->counts, uint64_t, entry->count) == 0;
	free(entry->text);
	window->first++;
	window->first_number++;
	/* The rest moves to the front once it is the smaller part. */
	if (window->first > entry_count(window)) {
		size_t n = entry_count(window);

		if (n > 0)
			memmove(window->entries.p, entry_at(window, 0), n * sizeof(*entry));
		window->entries.n = n;
		window->first = 0;
	}
}

static void close_chain(struct ks_window *window)
{
	if (!window->is_open)
		return;
	window->is_open = false;
	window->chain.names = window->names.p;
	window->chain.name_count = window->names.n;
	window->sink->closed(window->sink->arg, &window->chain);
	ks_vec_clear(&window->names);
	ks_arena_clear(&window->arena);
}

static void open_chain(struct ks_window *window)
{
	window->is_open = true;
	window->chain =
		(struct ks_window_chain){ .anchor_ms = entry_at(window, 0)->time_ms, .met_ms = window->now_ms };
	memcpy(window->chain.met, window->last, sizeof(window->last));
	window->told = window->first_number;
	if (window->sink->opened != NULL)
		window->sink->opened(window->sink->arg);
}

/* Whether a window that ends at a time shares an instant with the chain at hand. */
static bool is_joined(const struct ks_window *window, int64_t end_ms)
{
	return window->is_open && end_ms - window->correlation->timespan_ms <= window->chain.sure_ms;
}

/* All hits of this instant are there: whether the condition holds in the window that ends here. */
static void settle(struct ks_window *window)
{
	size_t n = entry_count(window), i;
	uint64_t count = window->correlation->type == KS_CORRELATION_VALUE_COUNT ? window->distinct : n;

	if (!is_joined(window, window->now_ms))
		close_chain(window);
	if (n == 0 || !ks_correlation_holds(window->correlation, count))
		return;
	if (!window->is_open)
		open_chain(window);
	i = window->told > window->first_number ? (size_t)(window->told - window->first_number) : 0;
	for (; i < n; i++) {
		window->chain.hits++;
		if (window->names.n < KS_LIMIT_MATCHED)
			*(struct ks_str *)ks_vec_push(&window->names) =
				ks_arena_copy(&window->arena, name_of(entry_at(window, i)));
	}
	window->told = window->first_number + n;
	window->chain.sure_ms = window->chain.last_ms = window->now_ms;
}

static void push(struct ks_window *window, const struct ks_window_hit *hit)
{
	struct ks_window_entry *entry = ks_vec_push(&window->entries);

	*entry = (struct ks_window_entry){ .time_ms = hit->time_ms,
		.name_n = hit->name.n,
		.value_n = hit->value.n,
		.text = ks_mem_alloc(hit->name.n + hit->value.n + 1) };
	if (hit->name.n > 0)
		memcpy(entry->text, hit->name.p, hit->name.n);
	if (hit->value.n > 0)
		memcpy(entry->text + hit->name.n, hit->value.p, hit->value.n);
	count_value(window, entry);
}

bool ks_window_add(struct ks_window *window, const struct ks_window_hit *hit)
{
	if (hit->time_ms == window->now_ms && ks_str_is(hit->identity, window->last))
		return false;
	if (hit->time_ms != window->now_ms) {
		if (window->now_ms != KS_TIME_NONE)
			settle(window);
		window->now_ms = hit->time_ms;
		while (entry_count(window) > 0 &&
			entry_at(window, 0)->time_ms < hit->time_ms - window->correlation->timespan_ms)
			drop_first(window);
		trim_values(window);
	}
	if (entry_count(window) == KS_LIMIT_WINDOW) {
		drop_first(window);
		window->overflow++;
	}
	memset(window->last, 0, sizeof(window->last));
	if (hit->identity.n > 0)
		memcpy(window->last, hit->identity.p,
			hit->identity.n < sizeof(window->last) ? hit->identity.n : sizeof(window->last) - 1);
	push(window, hit);
	return true;
}

void ks_window_end(struct ks_window *window)
{
	if (window->now_ms != KS_TIME_NONE)
		settle(window);
	close_chain(window);
	clear_entries(window);
	ks_map_release(&window->values);
	ks_map_init(&window->values);
	ks_vec_clear(&window->counts);
	window->distinct = 0;
	window->now_ms = KS_TIME_NONE;
	window->first_number = window->told = 0;
}

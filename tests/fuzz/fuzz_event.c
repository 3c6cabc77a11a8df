/* Any JSON as something that holds records: each has an identity, its text is JSON again, and no
 * record has a field of a reserved name. */
#include "lib/trail/event.h"
#include "lib/trail/shapes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void found(void *arg, const struct ks_index *index, uint32_t node)
{
	static const char *const names[] = { "decoy.name", "key.kind", "ip.", "principal.a.b", "actor.x",
		"eventName", "userIdentity.accessKeyId", "requestParameters" };
	struct ks_arena *arena = arg;
	struct ks_str paths[sizeof(names) / sizeof(names[0])];
	const struct ks_value *values;
	struct ks_index again;
	struct ks_event event;
	struct ks_view view;
	struct ks_err err;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		paths[i] = ks_str_of(names[i]);
	ks_event_init(&event, index, node, arena);
	ks_event_identify(&event);
	ks_index_init(&again);
	if (strlen(event.identity) != KS_EVENT_ID - 1 ||
		ks_index_build(&again, ks_event_raw(&event), NULL, &err) != 0)
		abort();
	ks_index_release(&again);
	view = ks_event_view(&event, paths, sizeof(paths) / sizeof(paths[0]));
	for (uint32_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (view.values(view.arg, i, &values) > 0 && i < 5)
			abort();
	ks_event_get(&event, "requestParameters.x");
	ks_event_release(&event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_str text = { (const char *)data, size };
	struct ks_shapes shapes;
	struct ks_arena arena;
	struct ks_index index;
	struct ks_err err;

	ks_arena_init(&arena);
	ks_shapes_init(&shapes, &arena);
	ks_index_init(&index);
	if (ks_index_build(&index, text, NULL, &err) == 0)
		ks_shapes_unwrap(&shapes, &index, 0, found, &arena);
	ks_index_release(&index);
	ks_shapes_release(&shapes);
	ks_arena_release(&arena);
	return 0;
}

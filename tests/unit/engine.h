/*
 * What tests of the engine share: a record as text, and an event made of it.
 */
#ifndef KS_TEST_ENGINE_H
#define KS_TEST_ENGINE_H

#include "lib/trail/event.h"

#include "tests/unit/fixture.h"

#define DECOY "AKIARTX3GSDSSFJ45C3O"
#define OTHER "AKIARTX3GSDSRBY6LW7Q"
#define SESSION "ASIARTX3GSDS5JX55JEO"

struct engine_event {
	struct ks_arena arena;
	struct ks_index index;
	struct ks_event event;
};

static inline void engine_event_init(struct engine_event *e, const char *json)
{
	struct ks_err err = { 0 };

	ks_arena_init(&e->arena);
	ks_index_init(&e->index);
	assert_int_equal(ks_index_build(&e->index, ks_str_of(json), NULL, &err), 0);
	ks_event_init(&e->event, &e->index, 0, &e->arena);
	ks_event_identify(&e->event);
}

static inline void engine_event_release(struct engine_event *e)
{
	ks_event_release(&e->event);
	ks_index_release(&e->index);
	ks_arena_release(&e->arena);
}

#endif

/* Decoys by key id. */
#include "lib/engine/watchlist.h"

#include "lib/decoy/registry.h"
#include "lib/incident/session.h"

#define UNNAMED UINT32_MAX

void ks_watchlist_init(struct ks_watchlist *list)
{
	*list = (struct ks_watchlist){ .rows = KS_VEC_OF(struct ks_watched) };
	ks_keyset_init(&list->keys);
	ks_arena_init(&list->arena);
}

void ks_watchlist_release(struct ks_watchlist *list)
{
	if (list == NULL)
		return;
	ks_keyset_release(&list->keys);
	ks_vec_release(&list->rows);
	ks_arena_release(&list->arena);
}

static const char *kept(struct ks_watchlist *list, const char *text)
{
	return text != NULL ? ks_arena_strdup(&list->arena, ks_str_of(text)) : NULL;
}

static uint32_t add_row(struct ks_watchlist *list, const struct ks_watched *decoy)
{
	struct ks_watched *row = ks_vec_push(&list->rows);

	*row = (struct ks_watched){ kept(list, decoy->key_id), kept(list, decoy->name),
		kept(list, decoy->placement), kept(list, decoy->label) };
	return (uint32_t)list->rows.n - 1;
}

int ks_watchlist_add(struct ks_watchlist *list, const struct ks_watched *decoy, struct ks_err *err)
{
	struct ks_str id = ks_str_of(decoy->key_id);

	if (decoy->name == NULL)
		return ks_keyset_add(&list->keys, id, UNNAMED, err);
	if (ks_keyset_find(&list->keys, id) >= 0)
		return 0;
	if (ks_keyset_add(&list->keys, id, (uint32_t)list->rows.n, err) != 0)
		return -1;
	add_row(list, decoy);
	return 0;
}

int ks_watchlist_load(struct ks_watchlist *list, struct ks_db *db, struct ks_keyset *out_new,
	struct ks_err *err)
{
	struct ks_vec decoys = KS_VEC_OF(struct ks_decoy);
	struct ks_arena arena;
	int rc;

	ks_arena_init(&arena);
	rc = ks_registry_list(db, &arena, &decoys, err);
	for (size_t i = 0; rc == 0 && i < decoys.n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(&decoys, struct ks_decoy, i);

		if (ks_keyset_find(&list->keys, decoy->key_id) >= 0)
			continue;
		rc = ks_watchlist_add(list, &(struct ks_watched){
			.key_id = ks_arena_strdup(&arena, decoy->key_id),
			.name = ks_arena_strdup(&arena, decoy->name),
			.placement = ks_arena_strdup(&arena, decoy->placement),
			.label = decoy->label.n > 0 ? ks_arena_strdup(&arena, decoy->label) : NULL,
		}, err);
		if (rc == 0 && out_new != NULL)
			rc = ks_keyset_add(out_new, decoy->key_id, 0, err);
	}
	ks_vec_release(&decoys);
	ks_arena_release(&arena);
	return rc;
}

bool ks_watchlist_learn(struct ks_watchlist *list, struct ks_str session, struct ks_str parent)
{
	int64_t number = ks_keyset_find(&list->keys, parent);
	struct ks_err err;

	if (number < 0 || ks_keyset_find(&list->keys, session) >= 0)
		return false;
	/* A session shows its parent: one that had no name of its own gets a row now. */
	if (number == UNNAMED) {
		char *id = ks_arena_strdup(&list->arena, parent);

		number = add_row(list, &(struct ks_watched){ .key_id = id, .name = id });
	}
	if (ks_keyset_add(&list->keys, session, (uint32_t)number, &err) != 0)
		return false;
	list->sessions++;
	return true;
}

int ks_watchlist_follow(struct ks_watchlist *list, struct ks_db *db, enum ks_watchlist_scope scope,
	struct ks_keyset *out_new, struct ks_err *err)
{
	struct ks_vec sessions = KS_VEC_OF(struct ks_session);
	struct ks_arena arena = { NULL };
	int rc = 0;

	if (list->keys.n > 0)
		rc = scope == KS_WATCHLIST_STORED ? ks_session_list_decoys(db, &arena, &sessions, err) :
											ks_session_list(db, &arena, &sessions, err);
	for (size_t i = 0; rc == 0 && i < sessions.n; i++) {
		const struct ks_session *session = KS_VEC_AT(&sessions, struct ks_session, i);

		if (ks_watchlist_learn(list, session->key_id, session->parent_key) && out_new != NULL)
			rc = ks_keyset_add(out_new, session->key_id, 0, err);
	}
	ks_vec_release(&sessions);
	ks_arena_release(&arena);
	return rc;
}

bool ks_watchlist_find(const struct ks_watchlist *list, struct ks_str id, struct ks_arena *arena,
	struct ks_watched *out)
{
	int64_t number = ks_keyset_find(&list->keys, id);

	if (number < 0)
		return false;
	if (number != UNNAMED) {
		*out = *KS_VEC_AT(&list->rows, struct ks_watched, number);
		return true;
	}
	*out = (struct ks_watched){ .key_id = ks_arena_strdup(arena, id) };
	out->name = out->key_id;
	return true;
}

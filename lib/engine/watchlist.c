/* Decoys by key id. */
#include "lib/engine/watchlist.h"

#include "lib/decoy/registry.h"
#include "lib/incident/session.h"

#define UNNAMED UINT32_MAX
#define OWN (UINT32_MAX - 1) /* an id of an identity of ours */

void ks_watchlist_init(struct ks_watchlist *list)
{
	*list = (struct ks_watchlist){ .rows = KS_VEC_OF(struct ks_watched) };
	ks_keyset_init(&list->keys);
	ks_map_init(&list->users);
	ks_ownlist_init(&list->own);
	ks_arena_init(&list->arena);
}

void ks_watchlist_release(struct ks_watchlist *list)
{
	if (list == NULL)
		return;
	ks_keyset_release(&list->keys);
	ks_vec_release(&list->rows);
	ks_map_release(&list->users);
	ks_ownlist_release(&list->own);
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
		kept(list, decoy->placement), kept(list, decoy->label), kept(list, decoy->user_id),
		kept(list, decoy->user_arn) };
	return (uint32_t)list->rows.n - 1;
}

/* What is no id of AWS's, as an emulator makes them, is found by exact look-up alone: the first look at a
 * trail does not stop at it. */
static void add_user(struct ks_watchlist *list, uint32_t number)
{
	const struct ks_watched *row = KS_VEC_AT(&list->rows, struct ks_watched, number);
	void *value = (void *)((uintptr_t)number + 1);
	size_t before = list->keys.n;
	struct ks_err ignored;

	if (row->user_id != NULL) {
		ks_map_put(&list->users, ks_str_of(row->user_id), value);
		ks_keyset_add_user(&list->keys, ks_str_of(row->user_id), number, &ignored);
		list->user_ids += list->keys.n - before;
	}
	if (row->user_arn != NULL)
		ks_map_put(&list->users, ks_str_of(row->user_arn), value);
}

bool ks_watchlist_find_user(const struct ks_watchlist *list, struct ks_str id_or_arn, struct ks_watched *out)
{
	uintptr_t number = id_or_arn.n > 0 ? (uintptr_t)ks_map_find(&list->users, id_or_arn) : 0;

	if (number == 0)
		return false;
	*out = *KS_VEC_AT(&list->rows, struct ks_watched, number - 1);
	return true;
}

static const char *some(struct ks_arena *arena, struct ks_str text)
{
	return text.n > 0 ? ks_arena_strdup(arena, text) : NULL;
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
	add_user(list, add_row(list, decoy));
	return 0;
}

int ks_watchlist_load(struct ks_watchlist *list, struct ks_db *db, struct ks_keyset *out_new,
	struct ks_err *err)
{
	struct ks_vec decoys = KS_VEC_OF(struct ks_decoy);
	struct ks_err ignored;
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
			.label = some(&arena, decoy->label),
			.user_id = some(&arena, decoy->user_id),
			.user_arn = some(&arena, decoy->user_arn),
		}, err);
		if (rc == 0 && out_new != NULL)
			rc = ks_keyset_add(out_new, decoy->key_id, 0, err);
		if (rc == 0 && out_new != NULL && decoy->user_id.n > 0)
			ks_keyset_add_user(out_new, decoy->user_id, 0, &ignored);
	}
	ks_vec_release(&decoys);
	ks_arena_release(&arena);
	return rc;
}

/* What is no id of AWS's is passed over: records of such an identity are only judged where some rule wants
 * them anyway. */
static void look_for(struct ks_watchlist *list, struct ks_str id, struct ks_keyset *out_new)
{
	bool is_key = ks_str_has_prefix(id, KS_STR("AKIA"));
	struct ks_err ignored;
	size_t before = list->keys.n;

	if (is_key)
		ks_keyset_add(&list->keys, id, OWN, &ignored);
	else
		ks_keyset_add_user(&list->keys, id, OWN, &ignored);
	if (list->keys.n == before)
		return;
	list->own_ids++;
	if (out_new != NULL && is_key)
		ks_keyset_add(out_new, id, 0, &ignored);
	else if (out_new != NULL)
		ks_keyset_add_user(out_new, id, 0, &ignored);
}

int ks_watchlist_load_own(struct ks_watchlist *list, struct ks_db *db, int64_t now_ms,
	struct ks_keyset *out_new, struct ks_err *err)
{
	struct ks_ownlist *own = &list->own;

	if (ks_ownlist_load(own, db, now_ms, err) != 0)
		return -1;
	for (; list->own_looked < own->identities.n; list->own_looked++)
		look_for(list, KS_VEC_AT(&own->identities, struct ks_ownlist_identity, list->own_looked)->unique_id,
			out_new);
	for (; list->own_keys < own->keys.entries.n; list->own_keys++)
		look_for(list, KS_VEC_AT(&own->keys.entries, struct ks_map_entry, list->own_keys)->key, out_new);
	return 0;
}

bool ks_watchlist_learn(struct ks_watchlist *list, struct ks_str session, struct ks_str parent)
{
	int64_t number = ks_keyset_find(&list->keys, parent);
	struct ks_err err;

	if (number < 0 || number == OWN || ks_keyset_find(&list->keys, session) >= 0)
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

	if (number < 0 || number == OWN)
		return false;
	if (number != UNNAMED) {
		*out = *KS_VEC_AT(&list->rows, struct ks_watched, number);
		return true;
	}
	*out = (struct ks_watched){ .key_id = ks_arena_strdup(arena, id) };
	out->name = out->key_id;
	return true;
}

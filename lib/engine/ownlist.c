/* Our own identities and calls, in memory. */
#include "lib/engine/ownlist.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/incident/owncall.h"

#include <stdlib.h>

#define ROOM_LEAST 64u

void ks_ownlist_init(struct ks_ownlist *list)
{
	*list = (struct ks_ownlist){ .identities = KS_VEC_OF(struct ks_ownlist_identity) };
	ks_map_init(&list->keys);
	ks_map_init(&list->signers);
	ks_arena_init(&list->arena);
}

void ks_ownlist_release(struct ks_ownlist *list)
{
	ks_vec_release(&list->identities);
	ks_map_release(&list->keys);
	ks_map_release(&list->signers);
	free(list->calls);
	ks_arena_release(&list->arena);
}

/* ---- what the store knows ---- */

static struct ks_ownlist_identity *find_identity(struct ks_ownlist *list, int64_t id)
{
	for (size_t i = 0; i < list->identities.n; i++) {
		struct ks_ownlist_identity *identity = KS_VEC_AT(&list->identities, struct ks_ownlist_identity, i);

		if (identity->id == id)
			return identity;
	}
	return NULL;
}

/* The number + 1, as maps have it; 0 for none. */
static uintptr_t number_of(struct ks_ownlist *list, int64_t id)
{
	const struct ks_ownlist_identity *first = list->identities.p, *identity = find_identity(list, id);

	return identity != NULL ? (uintptr_t)(identity - first) + 1 : 0;
}

static int load_identities(struct ks_ownlist *list, struct ks_db *db, struct ks_arena *arena,
	struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_owncall_identity);
	int rc = ks_owncall_identities(db, arena, &rows, err);

	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		const struct ks_owncall_identity *row = KS_VEC_AT(&rows, struct ks_owncall_identity, i);
		struct ks_ownlist_identity *identity = find_identity(list, row->id);

		if (identity != NULL && ks_str_is_equal(identity->arn, row->arn) &&
			ks_str_is_equal(identity->unique_id, row->unique_id))
			continue;
		*(struct ks_ownlist_identity *)ks_vec_push(&list->identities) = (struct ks_ownlist_identity){
			row->id, ks_arena_copy(&list->arena, row->arn), ks_arena_copy(&list->arena, row->unique_id),
			row->first_ms };
	}
	ks_vec_release(&rows);
	return rc;
}

static int load_keys(struct ks_ownlist *list, struct ks_db *db, struct ks_arena *arena, struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_owncall_key);
	int rc = ks_owncall_keys(db, list->last_key, arena, &rows, err);

	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		const struct ks_owncall_key *row = KS_VEC_AT(&rows, struct ks_owncall_key, i);

		ks_map_put(&list->keys, row->key_id, (void *)number_of(list, row->identity));
		list->last_key = row->number;
	}
	ks_vec_release(&rows);
	return rc;
}

/* ---- calls ---- */

static struct ks_ownlist_call *find_call(const struct ks_ownlist *list, uint64_t hash)
{
	size_t at = (size_t)hash & (list->call_room - 1);

	while (list->calls[at].signer != 0 && list->calls[at].hash != hash)
		at = (at + 1) & (list->call_room - 1);
	return &list->calls[at];
}

/* Room for one more; what is kept no longer goes. */
static void make_room(struct ks_ownlist *list)
{
	struct ks_ownlist_call *before = list->calls;
	size_t room = list->call_room, kept = 0;
	int64_t first = list->kept_ms / KS_TIME_DAY;

	if (list->call_count < room / 2)
		return;
	for (size_t i = 0; i < room; i++)
		kept += before[i].signer != 0 && before[i].day >= first;
	list->call_room = ROOM_LEAST;
	while (list->call_room < kept * 4)
		list->call_room *= 2;
	list->calls = ks_mem_alloc(list->call_room * sizeof(*list->calls));
	list->call_count = kept;
	for (size_t i = 0; i < room; i++)
		if (before[i].signer != 0 && before[i].day >= first)
			*find_call(list, before[i].hash) = before[i];
	free(before);
}

static void add_call(struct ks_ownlist *list, const struct ks_owncall_row *row)
{
	uintptr_t signer = (uintptr_t)ks_map_find(&list->signers, row->key_id);
	uint64_t hash = ks_str_hash(row->request_id);
	struct ks_ownlist_call *call;

	if (signer == 0) {
		signer = list->signers.entries.n + 1;
		ks_map_put(&list->signers, row->key_id, (void *)signer);
	}
	make_room(list);
	call = find_call(list, hash);
	list->call_count += call->signer == 0;
	*call = (struct ks_ownlist_call){ hash, (uint32_t)signer, (uint32_t)(row->made_ms / KS_TIME_DAY) };
}

static int load_calls(struct ks_ownlist *list, struct ks_db *db, struct ks_arena *arena, struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_owncall_row);
	int rc = ks_owncall_list(db, list->last_call, arena, &rows, err);

	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		add_call(list, KS_VEC_AT(&rows, struct ks_owncall_row, i));
		list->last_call = KS_VEC_AT(&rows, struct ks_owncall_row, i)->id;
	}
	ks_vec_release(&rows);
	return rc;
}

int ks_ownlist_load(struct ks_ownlist *list, struct ks_db *db, int64_t now_ms, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	int rc = load_identities(list, db, &arena, err);

	list->kept_ms = now_ms - KS_OWNCALL_KEPT_MS;
	if (rc == 0 && list->identities.n > 0)
		rc = load_keys(list, db, &arena, err) != 0 ? -1 : load_calls(list, db, &arena, err);
	ks_arena_release(&arena);
	return rc;
}

/* ---- an event ---- */

/* AWS's id of a user or a role, without the name of a session; p NULL for what is none, such as the account
 * that stands there for root and in front of the name of a federated user. */
static struct ks_str bare_id(struct ks_str unique_id)
{
	struct ks_str rest = unique_id, id = { NULL, 0 };

	if (!ks_str_has_prefix(unique_id, KS_STR("AIDA")) && !ks_str_has_prefix(unique_id, KS_STR("AROA")))
		return id;
	ks_str_next(&rest, ':', &id);
	return id;
}

static bool is_same(struct ks_str a, struct ks_str b)
{
	return a.n > 0 && ks_str_is_equal(a, b);
}

/* Of a session of the same role: "arn:aws:sts::123456789012:assumed-role/responder/" in front of both. */
static bool is_same_role(struct ks_str ours, struct ks_str arn)
{
	size_t n = ours.n;

	if (ks_str_find(ours, KS_STR(":assumed-role/")) < 0)
		return false;
	while (n > 0 && ours.p[n - 1] != '/')
		n--;
	return n > 0 && ks_str_has_prefix(arn, ks_str_sub(ours, 0, n));
}

/* The principal, as far as the record says who it is. */
static bool is_exactly(const struct ks_ownlist_identity *identity, const struct ks_event *event)
{
	bool has_arn = event->actor_arn.n > 0, has_id = event->principal_id.n > 0 && identity->unique_id.n > 0;

	return (has_arn || has_id) && (!has_arn || ks_str_is_equal(identity->arn, event->actor_arn)) &&
		(!has_id || ks_str_is_equal(identity->unique_id, event->principal_id));
}

static bool touches(const struct ks_ownlist_identity *identity, const struct ks_event *event)
{
	struct ks_str id = bare_id(identity->unique_id);

	return is_same(identity->arn, event->actor_arn) || is_same_role(identity->arn, event->actor_arn) ||
		is_same(id, bare_id(event->principal_id)) ||
		is_same(id, ks_event_get(event, "userIdentity.sessionContext.sessionIssuer.principalId")) ||
		is_same(identity->arn, ks_event_get(event, "userIdentity.sessionContext.sessionIssuer.arn"));
}

static bool is_known(const struct ks_ownlist *list, const struct ks_ownlist_identity *identity,
	const struct ks_event *event)
{
	int64_t since_ms = identity->first_ms > list->kept_ms ? identity->first_ms : list->kept_ms;

	/* The trail's times are in whole seconds. */
	return event->time_ms == KS_TIME_NONE || event->time_ms >= since_ms - since_ms % KS_TIME_SECOND;
}

/* By the request id, the key that made that call, and whose that is. */
static bool is_ours(const struct ks_ownlist *list, const struct ks_event *event)
{
	const struct ks_ownlist_call *call = event->request_id.n > 0 && list->call_room > 0 ?
		find_call(list, ks_str_hash(event->request_id)) : NULL;
	struct ks_str key_id = { NULL, 0 };
	uintptr_t number = 0;

	if (call != NULL && call->signer != 0) {
		key_id = KS_VEC_AT(&list->signers.entries, struct ks_map_entry, call->signer - 1)->key;
		number = (uintptr_t)ks_map_find(&list->keys, key_id);
	}
	return number != 0 && (event->key_id.n == 0 || ks_str_is_equal(event->key_id, key_id)) &&
		is_exactly(KS_VEC_AT(&list->identities, struct ks_ownlist_identity, number - 1), event);
}

enum ks_ownlist_use ks_ownlist_judge(const struct ks_ownlist *list, const struct ks_event *event)
{
	uintptr_t number;

	if (list->identities.n == 0)
		return KS_OWNLIST_NONE;
	if (is_ours(list, event))
		return KS_OWNLIST_OURS;
	number = event->key_id.n > 0 ? (uintptr_t)ks_map_find(&list->keys, event->key_id) : 0;
	for (size_t i = 0; i < list->identities.n; i++) {
		const struct ks_ownlist_identity *identity =
			KS_VEC_AT(&list->identities, struct ks_ownlist_identity, i);

		if ((number == i + 1 || touches(identity, event)) && is_known(list, identity, event))
			return KS_OWNLIST_OTHER;
	}
	return KS_OWNLIST_NONE;
}

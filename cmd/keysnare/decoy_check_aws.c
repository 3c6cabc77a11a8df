/* What AWS says of a live decoy. */
#include "cmd/keysnare/decoy_check_aws.h"

#include "lib/base/time.h"
#include "lib/decoy/fingerprint.h"
#include "lib/decoy/liveuser.h"
#include "lib/incident/evidence.h"

#include <string.h>

/* A use may be in the trail so much later: CloudTrail's fifteen minutes, and a few for the way to us. */
#define LATENCY_MS (INT64_C(20) * 60 * 1000)
/* IAM's time of the last use and a record's are of different clocks. */
#define SLACK_MS (INT64_C(60) * 1000)

#define TELL(check, severity, ...) \
	add_tell((check), KS_FINGERPRINT_##severity, ks_arena_printf((check)->arena, __VA_ARGS__))

static void add_tell(const struct ks_decoy_check_aws *check, enum ks_fingerprint_severity severity,
	const char *text)
{
	*(struct ks_fingerprint_tell *)ks_vec_push(check->tells) =
		(struct ks_fingerprint_tell){ severity, ks_str_of(text) };
}

static int judge_keys(const struct ks_decoy_check_aws *check, struct ks_client *client, const char *user,
	const char **out_key, struct ks_err *err)
{
	struct ks_vec keys = KS_VEC_OF(struct ks_iam_key);
	int rc = ks_iam_list_access_keys(client, user, check->arena, &keys, err);

	if (rc == 0)
		*out_key = "gone";
	for (size_t i = 0; rc == 0 && i < keys.n; i++) {
		const struct ks_iam_key *key = KS_VEC_AT(&keys, struct ks_iam_key, i);

		if (ks_str_is_equal(key->id, check->decoy->key_id))
			*out_key = key->is_active ? "active" : "inactive";
		else if (!ks_neighbors_have_key(check->neighbors, key->id))
			TELL(check, WARNING, "the user '%s' has another key, " KS_STR_FMT ", which is no decoy: "
				"somebody may work with it", user, KS_STR_ARG(key->id));
	}
	if (rc == 0 && ks_str_is(ks_str_of(*out_key), "gone"))
		TELL(check, WARNING, "AWS does not have the key any more");
	else if (rc == 0 && ks_str_is(ks_str_of(*out_key), "inactive"))
		TELL(check, WARNING, "the key is switched off: a thief gets no further than that, and is not seen");
	ks_vec_release(&keys);
	return rc;
}

static int judge_inline(const struct ks_decoy_check_aws *check, struct ks_client *client, const char *user,
	struct ks_err *err)
{
	struct ks_str wanted = ks_liveuser_policy(check->decoy->rights), document;
	struct ks_vec names = KS_VEC_OF(struct ks_str);
	struct ks_iam_holder holder = { .user = user };
	bool has_wanted = wanted.n == 0;
	int rc = ks_iam_list_policies(client, &holder, check->arena, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct ks_str name = *KS_VEC_AT(&names, struct ks_str, i);

		holder.policy = ks_arena_strdup(check->arena, name);
		if (wanted.n == 0 || !ks_str_is(name, "ses-read")) {
			TELL(check, WARNING, "the user has the inline policy '" KS_STR_FMT "', which plant did not give "
				"it",
				KS_STR_ARG(name));
			continue;
		}
		has_wanted = true;
		rc = ks_iam_get_policy(client, &holder, check->arena, &document, err);
		if (rc == 0 && !ks_str_is_equal(document, wanted))
			TELL(check, WARNING, "the user's rights (" KS_STR_FMT ") were changed", KS_STR_ARG(name));
	}
	if (rc == 0 && !has_wanted)
		TELL(check, WARNING, "the user's rights (ses-read) are gone");
	ks_vec_release(&names);
	return rc;
}

static int judge_attached(const struct ks_decoy_check_aws *check, struct ks_client *client, const char *user,
	struct ks_err *err)
{
	struct ks_vec names = KS_VEC_OF(struct ks_str), groups = KS_VEC_OF(struct ks_str);
	int rc = ks_iam_list_attached(client, user, check->arena, &names, err);

	if (rc == 0)
		rc = ks_iam_list_groups(client, user, check->arena, &groups, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct ks_str name = *KS_VEC_AT(&names, struct ks_str, i);

		if (ks_liveuser_is_quarantine(name))
			TELL(check, WARNING, "AWS has put the user under quarantine (" KS_STR_FMT "): it found the key "
				"in public, so the bait has leaked; a thief sees the mark", KS_STR_ARG(name));
		else
			TELL(check, WARNING, "the user has the managed policy '" KS_STR_FMT "', which plant did not "
				"give it",
				KS_STR_ARG(name));
	}
	for (size_t i = 0; rc == 0 && i < groups.n; i++)
		TELL(check, WARNING, "the user is in the group '" KS_STR_FMT "', into which plant did not put it",
			KS_STR_ARG(*KS_VEC_AT(&groups, struct ks_str, i)));
	ks_vec_release(&names);
	ks_vec_release(&groups);
	return rc;
}

static int newest_event(const struct ks_decoy_check_aws *check, int64_t *out_ms, struct ks_err *err)
{
	struct ks_vec events = KS_VEC_OF(struct ks_evidence);
	int rc = check->db != NULL ? ks_evidence_by_key(check->db, check->decoy->key_id, check->arena, &events,
		err) :
		0;

	*out_ms = KS_TIME_NONE;
	for (size_t i = 0; i < events.n; i++) {
		const struct ks_evidence *event = KS_VEC_AT(&events, struct ks_evidence, i);

		if (event->time_ms != KS_TIME_NONE && (*out_ms == KS_TIME_NONE || event->time_ms > *out_ms))
			*out_ms = event->time_ms;
	}
	ks_vec_release(&events);
	return rc;
}

/* A use that no record tells of: SMTP, and a few calls that are in no trail. */
static int judge_use(const struct ks_decoy_check_aws *check, const struct ks_iam_last_used *used,
	struct ks_err *err)
{
	char time[KS_TIME_TEXT];
	int64_t newest;

	if (used->time_ms == KS_TIME_NONE)
		return 0;
	if (newest_event(check, &newest, err) != 0)
		return -1;
	ks_time_render(used->time_ms, time);
	if (newest != KS_TIME_NONE && newest + SLACK_MS >= used->time_ms)
		return 0;
	if (ks_ctx_now(check->app->ctx) - used->time_ms < LATENCY_MS)
		TELL(check, NOTE, "used at %s (" KS_STR_FMT ", " KS_STR_FMT "); the record of it may still be on "
			"its way",
			time, KS_STR_ARG(used->service), KS_STR_ARG(used->region));
	else
		TELL(check, WARNING, "used at %s (" KS_STR_FMT ", " KS_STR_FMT "), and no event explains it: SES "
			"over SMTP and a few other calls are in no trail", time, KS_STR_ARG(used->service),
			KS_STR_ARG(used->region));
	return 0;
}

static int ask(const struct ks_decoy_check_aws *check, struct ks_client *client, const char **out_key,
	struct ks_err *err)
{
	const struct ks_decoy *decoy = check->decoy;
	const char *key_id = ks_arena_strdup(check->arena, decoy->key_id);
	struct ks_iam_last_used used;
	struct ks_iam_user user;
	const char *name;
	bool is_denied = false;

	if (ks_iam_get_access_key_last_used(client, key_id, check->arena, &used, err) != 0) {
		if (err->code != KS_ERR_NOTFOUND && err->code != KS_ERR_DENIED)
			return -1;
		is_denied = err->code == KS_ERR_DENIED;
		used = (struct ks_iam_last_used){ .user = decoy->user_name, .time_ms = KS_TIME_NONE };
		*err = (struct ks_err){ 0 };
	}
	name = ks_arena_strdup(check->arena, decoy->user_name.n > 0 ? decoy->user_name : used.user);
	if (name[0] == '\0') {
		*out_key = "gone";
		TELL(check, WARNING, "AWS does not have the key any more");
		return 0;
	}
	if (ks_iam_get_user(client, name, check->arena, &user, err) != 0) {
		if (err->code != KS_ERR_NOTFOUND)
			return -1;
		*out_key = "gone";
		TELL(check, WARNING, "the user '%s' is gone, and the key with it", name);
		return 0;
	}
	if (decoy->user_id.n > 0 && !ks_str_is_equal(decoy->user_id, user.id)) {
		*out_key = "gone";
		TELL(check, WARNING, "the user '%s' is not the one that the decoy was made for: somebody deleted it "
			"and made another", name);
		return 0;
	}
	if (judge_keys(check, client, name, out_key, err) != 0 || judge_use(check, &used, err) != 0)
		return -1;
	/* A key that is gone is denied as well. */
	if (is_denied && strcmp(*out_key, "gone") != 0)
		TELL(check, WARNING, "AWS did not tell when the key was used last: iam:GetAccessKeyLastUsed is "
			"not allowed");
	if (decoy->rights.n == 0)
		return 0;
	return judge_inline(check, client, name, err) != 0 ? -1 : judge_attached(check, client, name, err);
}

const char *ks_decoy_check_aws(const struct ks_decoy_check_aws *check)
{
	struct ks_aws_session *session;
	const char *key = "not asked";
	struct ks_err err = { 0 };

	if (ks_aws_session_get(check->sessions, check->decoy->account, check->decoy->region, &session,
		&err) != 0)
		TELL(check, WARNING, "AWS could not be asked (--offline leaves that out): %s", err.message);
	else if (ask(check, session->client, &key, &err) != 0)
		TELL(check, WARNING, "AWS did not tell all: %s", err.message);
	return key;
}

int ks_decoy_check_aws_owner(struct ks_client *client, struct ks_decoy *decoy, struct ks_arena *arena,
	struct ks_err *err)
{
	struct ks_vec keys = KS_VEC_OF(struct ks_iam_key);
	struct ks_iam_last_used used;
	struct ks_iam_user user;
	const char *name;
	int rc = -1;

	if (ks_iam_get_access_key_last_used(client, ks_arena_strdup(arena, decoy->key_id), arena, &used,
		err) != 0)
		return -1;
	name = ks_arena_strdup(arena, used.user);
	if (ks_iam_get_user(client, name, arena, &user, err) != 0 ||
		ks_iam_list_access_keys(client, name, arena, &keys, err) != 0)
		goto out;
	decoy->user_name = user.name;
	decoy->user_id = user.id;
	decoy->user_arn = user.arn;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < keys.n; i++)
		if (!ks_str_is_equal(KS_VEC_AT(&keys, struct ks_iam_key, i)->id, decoy->key_id))
			rc = ks_err_set(err, KS_ERR_GUARD, "the user '%s' has another key, " KS_STR_FMT
				": uses without a key "
				"could be of whoever works with it; give the decoy a user of its own, or use --force", name,
				KS_STR_ARG(KS_VEC_AT(&keys, struct ks_iam_key, i)->id));
out:
	ks_vec_release(&keys);
	return rc;
}

/* IAM calls of live decoys, each with its reading back. */
#include "lib/decoy/liveuser.h"

#include "lib/aws/fault.h"
#include "lib/aws/ses.h"
#include "lib/base/time.h"

#include <string.h>
#include <time.h>

#define LOOKS 5                  /* at what IAM may not show yet */
#define NAP_MS 100
#define ASKED_FOR_MS (INT64_C(15) * 60 * 1000) /* an unanswered call has acted by then, or never will */

#define MARK_PLAIN "change-id"
#define MARK_CAPITAL "ChangeId"

static const char ses_read[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"ses:GetAccount\","
	"\"ses:GetSendQuota\",\"ses:GetSendStatistics\",\"ses:ListIdentities\",\"ses:ListEmailIdentities\","
	"\"servicequotas:ListServiceQuotas\",\"servicequotas:GetServiceQuota\"],\"Resource\":\"*\"}]}";

bool ks_liveuser_is_rights(struct ks_str rights)
{
	return ks_str_is(rights, "none") || ks_str_is(rights, "ses-read");
}

struct ks_str ks_liveuser_policy(struct ks_str rights)
{
	return ks_str_is(rights, "ses-read") ? KS_STR(ses_read) : KS_STR("");
}

bool ks_liveuser_is_quarantine(struct ks_str policy_name)
{
	return ks_str_has_prefix(policy_name, KS_STR("AWSCompromisedKeyQuarantine")) ||
		ks_str_has_prefix(policy_name, KS_STR("AWSExposedCredentialPolicy"));
}

static void pause_for(const struct ks_liveuser *live, int64_t ms)
{
	for (; ms > 0 && !ks_ctx_is_stopping(live->ctx); ms -= NAP_MS)
		nanosleep(&(struct timespec){ .tv_nsec = (ms < NAP_MS ? ms : NAP_MS) * 1000000 }, NULL);
}

int ks_liveuser_check_ses(const struct ks_liveuser *live, const char *region, struct ks_arena *arena,
	struct ks_str *out_reason, struct ks_err *err)
{
	struct ks_vec identities = KS_VEC_OF(struct ks_str);
	struct ks_ses_account account;
	int rc = -1;

	if (ks_ses_get_account(live->client, region, &account, err) != 0 ||
		ks_ses_list_identities(live->client, region, arena, &identities, err) != 0)
		goto out;
	*out_reason = KS_STR("");
	if (account.is_production)
		*out_reason = ks_str_of(ks_arena_printf(arena, "SES in %s may send to everybody, it is no sandbox",
			region));
	else if (identities.n > 0)
		*out_reason = ks_str_of(ks_arena_printf(arena, "SES in %s has %zu senders", region, identities.n));
	rc = 0;
out:
	ks_vec_release(&identities);
	return rc;
}

static int has_mark(const struct ks_liveuser *live, const struct ks_minting *minting, const char *name,
	struct ks_arena *arena, bool *out, struct ks_err *err)
{
	struct ks_vec tags = KS_VEC_OF(struct ks_iam_tag);
	int rc = ks_iam_list_tags(live->client, name, arena, &tags, err);

	*out = false;
	for (size_t i = 0; rc == 0 && i < tags.n; i++) {
		const struct ks_iam_tag *tag = KS_VEC_AT(&tags, struct ks_iam_tag, i);

		*out |= minting->mark.n > 0 && ks_str_is_equal(tag->value, minting->mark) &&
			(strcmp(tag->key, MARK_PLAIN) == 0 || strcmp(tag->key, MARK_CAPITAL) == 0);
	}
	ks_vec_release(&tags);
	return rc;
}

int ks_liveuser_find(const struct ks_liveuser *live, struct ks_minting *minting, struct ks_arena *arena,
	bool *out_found, struct ks_err *err)
{
	const char *name = ks_arena_strdup(arena, minting->user_name);
	struct ks_iam_user user;
	bool is_ours = true;

	if (ks_iam_get_user(live->client, name, arena, &user, err) != 0) {
		*out_found = false;
		if (err->code != KS_ERR_NOTFOUND)
			return -1;
		*err = (struct ks_err){ 0 };
		return 0;
	}
	if (minting->user_id.n > 0)
		is_ours = ks_str_is_equal(minting->user_id, user.id);
	else if (has_mark(live, minting, name, arena, &is_ours, err) != 0)
		return -1;
	if (!is_ours)
		return ks_err_set(err, KS_ERR_CONFLICT, "the user '%s' in account " KS_STR_FMT " is not the one "
			"that was made for this decoy: it stays as it is", name, KS_STR_ARG(minting->account));
	minting->user_id = user.id;
	minting->user_arn = user.arn;
	*out_found = true;
	return 0;
}

/* Tags that most users have, with the value that is most usual among them. */
struct habit {
	struct ks_iam_tag tag;
	size_t n;
};

static void count_tag(struct ks_vec *habits, const struct ks_iam_tag *tag)
{
	for (size_t i = 0; i < habits->n; i++) {
		struct habit *habit = KS_VEC_AT(habits, struct habit, i);

		if (strcmp(habit->tag.key, tag->key) == 0 && ks_str_is_equal(habit->tag.value, tag->value)) {
			habit->n++;
			return;
		}
	}
	*(struct habit *)ks_vec_push(habits) = (struct habit){ *tag, 1 };
}

#define ASKED 6                  /* users whose tags are looked at */
#define MOST_TAGS 4

/* The tags that more than half of the first users share. Unreadable ones are no tags: a guess helps
 * nobody. Returns how many there are. */
static size_t learn_tags(const struct ks_liveuser *live, struct ks_arena *arena, struct ks_iam_tag *out)
{
	struct ks_vec users = KS_VEC_OF(struct ks_iam_user), habits = KS_VEC_OF(struct habit);
	struct ks_err ignored = { 0 };
	size_t asked = 0, n = 0;

	if (ks_iam_list_users(live->client, NULL, arena, &users, &ignored) != 0)
		goto out;
	for (size_t i = 0; i < users.n && asked < ASKED; i += 1 + users.n / ASKED, asked++) {
		struct ks_vec tags = KS_VEC_OF(struct ks_iam_tag);
		const char *name = ks_arena_strdup(arena, KS_VEC_AT(&users, struct ks_iam_user, i)->name);

		if (ks_iam_list_tags(live->client, name, arena, &tags, &ignored) == 0)
			for (size_t j = 0; j < tags.n; j++)
				count_tag(&habits, KS_VEC_AT(&tags, struct ks_iam_tag, j));
		ks_vec_release(&tags);
	}
	for (size_t i = 0; i < habits.n && n < MOST_TAGS; i++) {
		const struct habit *habit = KS_VEC_AT(&habits, struct habit, i);
		bool is_mark = strcmp(habit->tag.key, MARK_PLAIN) == 0 || strcmp(habit->tag.key, MARK_CAPITAL) == 0;

		if (2 * habit->n > asked && habit->n >= 2 && !is_mark &&
			!ks_str_has_prefix(ks_str_of(habit->tag.key), KS_STR("aws:")))
			out[n++] = habit->tag;
	}
out:
	ks_vec_release(&users);
	ks_vec_release(&habits);
	return n;
}

int ks_liveuser_await(const struct ks_liveuser *live, struct ks_minting *minting, struct ks_arena *arena,
	bool *out_found, struct ks_err *err)
{
	*out_found = false;
	for (int i = 0; i < LOOKS && !*out_found; i++) {
		if (i > 0)
			pause_for(live, live->pause_ms);
		if (ks_liveuser_find(live, minting, arena, out_found, err) != 0)
			return -1;
	}
	return 0;
}

int ks_liveuser_make(const struct ks_liveuser *live, struct ks_minting *minting, struct ks_arena *arena,
	struct ks_err *err)
{
	struct ks_iam_tag tags[MOST_TAGS + 1];
	struct ks_err refused = { 0 };
	struct ks_iam_user user;
	bool is_there;
	size_t n;

	minting->is_untouched = true;
	if (ks_liveuser_find(live, minting, arena, &is_there, err) != 0)
		return -1;
	minting->is_untouched = false;
	if (is_there)
		return 0;
	n = learn_tags(live, arena, tags);
	tags[n] = (struct ks_iam_tag){ n > 0 && tags[0].key[0] >= 'A' && tags[0].key[0] <= 'Z' ?
		MARK_CAPITAL : MARK_PLAIN, minting->mark };
	if (ks_iam_create_user(live->client, &(struct ks_iam_new_user){ .name = ks_arena_strdup(arena,
		minting->user_name), .tags = tags, .tag_count = n + 1 }, arena, &user, err) == 0) {
		minting->user_id = user.id;
		minting->user_arn = user.arn;
		return 0;
	}
	/* It may have been made all the same, now or by the run before, which IAM did not show yet. */
	minting->is_untouched = !ks_fault_is_unknown(err) && err->code != KS_ERR_EXISTS;
	if (minting->is_untouched)
		return -1;
	refused = *err;
	if (ks_liveuser_await(live, minting, arena, &is_there, err) != 0) {
		/* AWS refused the name, and it is another's. */
		minting->is_untouched = refused.code == KS_ERR_EXISTS && err->code == KS_ERR_CONFLICT;
		return -1;
	}
	if (is_there)
		return 0;
	*err = refused;
	return -1;
}

int ks_liveuser_allow(const struct ks_liveuser *live, const struct ks_minting *minting, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_iam_holder holder = { .user = ks_arena_strdup(&arena, minting->user_name),
		.policy = ks_arena_strdup(&arena, minting->policy) };
	int rc = -1;

	/* Putting it twice is putting it once. A user that was just made may not be known everywhere. */
	for (int i = 0; i < LOOKS && rc != 0; i++) {
		if (i > 0)
			pause_for(live, live->pause_ms);
		rc = ks_iam_put_policy(live->client, &holder, ks_liveuser_policy(minting->rights), err);
		if (rc != 0 && err->code != KS_ERR_NOTFOUND && !ks_fault_is_unknown(err))
			break;
	}
	ks_arena_release(&arena);
	return rc;
}

static bool has_word(struct ks_str words, struct ks_str word)
{
	struct ks_str one;

	while (ks_str_next(&words, ' ', &one))
		if (ks_str_is_equal(one, word))
			return true;
	return false;
}

static bool is_known(const struct ks_vec *known, struct ks_str id)
{
	for (size_t i = 0; i < known->n; i++)
		if (ks_str_is_equal(*KS_VEC_AT(known, struct ks_str, i), id))
			return true;
	return false;
}

int ks_liveuser_strange_keys(const struct ks_liveuser *live, const struct ks_minting *minting,
	const struct ks_vec *known, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_vec keys = KS_VEC_OF(struct ks_iam_key);
	int rc = ks_iam_list_access_keys(live->client, ks_arena_strdup(arena, minting->user_name), arena, &keys,
		err);

	for (size_t i = 0; rc == 0 && i < keys.n; i++) {
		const struct ks_iam_key *key = KS_VEC_AT(&keys, struct ks_iam_key, i);

		if (!has_word(minting->keys_before, key->id) && !is_known(known, key->id))
			*(struct ks_iam_key *)ks_vec_push(out) = *key;
	}
	ks_vec_release(&keys);
	return rc;
}

/* Of a user made anew under the name, a key that nobody here knows is somebody else's. */
static int check_user(const struct ks_liveuser *live, const struct ks_minting *minting,
	struct ks_arena *arena, struct ks_err *err)
{
	struct ks_minting whose = *minting;
	bool is_there;

	if (ks_liveuser_find(live, &whose, arena, &is_there, err) != 0)
		return -1;
	return is_there ? 0 : ks_err_set(err, KS_ERR_NOTFOUND, "there is no user '" KS_STR_FMT "' in account "
		KS_STR_FMT, KS_STR_ARG(minting->user_name), KS_STR_ARG(minting->account));
}

int ks_liveuser_drop_lost(const struct ks_liveuser *live, const struct ks_minting *minting,
	const struct ks_vec *known, struct ks_err *err)
{
	struct ks_vec lost = KS_VEC_OF(struct ks_iam_key);
	struct ks_arena arena = { NULL };
	int rc = ks_liveuser_strange_keys(live, minting, known, &arena, &lost, err);

	/* Whose the user is matters only where there is something to delete. */
	if (rc == 0 && lost.n > 0)
		rc = check_user(live, minting, &arena, err);
	if (rc == 0 && lost.n > 1)
		rc = ks_err_set(err, KS_ERR_CONFLICT, "the user '" KS_STR_FMT "' has %zu keys that keysnare does "
			"not know, and one call cannot have made them all: look who made them first",
			KS_STR_ARG(minting->user_name), lost.n);
	if (rc == 0 && lost.n == 1) {
		const struct ks_iam_key *key = KS_VEC_AT(&lost, struct ks_iam_key, 0);

		if (key->created_ms != KS_TIME_NONE && key->created_ms > minting->changed_ms + ASKED_FOR_MS)
			rc = ks_err_set(err, KS_ERR_CONFLICT, "the user '" KS_STR_FMT "' has the key " KS_STR_FMT
				", which was made after keysnare asked for one: look who made it, and delete it or take "
				"it out of use", KS_STR_ARG(minting->user_name), KS_STR_ARG(key->id));
		else
			rc = ks_liveuser_drop_key(live, minting, ks_arena_strdup(&arena, key->id), err);
	}
	ks_vec_release(&lost);
	ks_arena_release(&arena);
	return rc;
}

int ks_liveuser_make_key(const struct ks_liveuser *live, const struct ks_minting *minting,
	const struct ks_vec *known, struct ks_credentials *out, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	const char *user = ks_arena_strdup(&arena, minting->user_name);
	int rc = -1;

	for (int i = 0; i < LOOKS && rc != 0; i++) {
		if (i > 0)
			pause_for(live, live->pause_ms);
		/* A user that was just made may not be known everywhere. */
		if (ks_liveuser_drop_lost(live, minting, known, err) != 0) {
			if (err->code != KS_ERR_NOTFOUND)
				break;
			continue;
		}
		rc = ks_iam_create_access_key(live->client, user, out, err);
		if (rc != 0 && err->code != KS_ERR_NOTFOUND && !ks_fault_is_unknown(err))
			break;
	}
	ks_arena_release(&arena);
	return rc;
}

/* Sends a removal until it is answered; what is not there is removed. */
static int drop(const struct ks_liveuser *live, int (*send)(struct ks_client *client, const void *what,
	struct ks_err *err), const void *what, struct ks_err *err)
{
	for (int i = 0; i < LOOKS; i++) {
		if (i > 0)
			pause_for(live, live->pause_ms);
		if (send(live->client, what, err) == 0)
			return 0;
		if (err->code == KS_ERR_NOTFOUND) {
			*err = (struct ks_err){ 0 };
			return 0;
		}
		if (!ks_fault_is_unknown(err))
			return -1;
	}
	return -1;
}

static int send_key(struct ks_client *client, const void *what, struct ks_err *err)
{
	const char *const *words = what;

	return ks_iam_delete_access_key(client, words[0], words[1], err);
}

static int send_policy(struct ks_client *client, const void *what, struct ks_err *err)
{
	return ks_iam_delete_policy(client, what, err);
}

static int send_user(struct ks_client *client, const void *what, struct ks_err *err)
{
	return ks_iam_delete_user(client, what, err);
}

int ks_liveuser_drop_key(const struct ks_liveuser *live, const struct ks_minting *minting,
	const char *key_id,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	const char *const words[] = { ks_arena_strdup(&arena, minting->user_name), key_id };
	int rc = drop(live, send_key, words, err);

	ks_arena_release(&arena);
	return rc;
}

int ks_liveuser_drop_policy(const struct ks_liveuser *live, const struct ks_minting *minting,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_iam_holder holder = { .user = ks_arena_strdup(&arena, minting->user_name),
		.policy = ks_arena_strdup(&arena, minting->policy) };
	int rc = drop(live, send_policy, &holder, err);

	ks_arena_release(&arena);
	return rc;
}

int ks_liveuser_drop_user(const struct ks_liveuser *live, const struct ks_minting *minting,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	int rc = drop(live, send_user, ks_arena_strdup(&arena, minting->user_name), err);

	if (rc != 0 && strcmp(err->aws_code, "DeleteConflict") == 0)
		ks_err_wrap(err, "the user '" KS_STR_FMT "' has something that keysnare did not give it, take that "
			"away first", KS_STR_ARG(minting->user_name));
	ks_arena_release(&arena);
	return rc;
}

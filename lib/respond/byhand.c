/* A key that somebody names: whose it is, and what is planned for it. */
#include "lib/respond/byhand.h"

#include "lib/aws/arn.h"
#include "lib/aws/iam.h"
#include "lib/base/limits.h"
#include "lib/incident/journal.h"

#include <inttypes.h>

#define NAMED "named"        /* kind of the journal's entry */

/* ---- asking AWS ------------------------------------------------------------------------------------- */

static int find_user(struct ks_client *client, struct ks_str key_id, struct ks_str account,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	struct ks_iam_last_used used;

	if (ks_iam_get_access_key_last_used(client, key_id.p, arena, &used, err) != 0) {
		if (err->code == KS_ERR_NOTFOUND || err->code == KS_ERR_DENIED)
			return ks_err_wrap(err, "account " KS_STR_FMT " does not tell whose key '" KS_STR_FMT "' is: "
				"it was deleted, is of another account, or iam:GetAccessKeyLastUsed is not allowed",
				KS_STR_ARG(account), KS_STR_ARG(key_id));
		return ks_err_wrap(err, "asking whose key '" KS_STR_FMT "' is", KS_STR_ARG(key_id));
	}
	if (!ks_arn_is_name(used.user))
		return ks_err_set(err, KS_ERR_PARSE, "AWS names no user for key '" KS_STR_FMT "': a key of root, "
			"which nobody but root can disable: sign in as root and delete it", KS_STR_ARG(key_id));
	*out = used.user;
	return 0;
}

/* The ARN, which guards go by, with its path; and that the answer fits what was asked. */
static int find_arn(struct ks_client *client, struct ks_str account, struct ks_arena *arena,
	struct ks_byhand_key *out, struct ks_err *err)
{
	struct ks_iam_user user;
	struct ks_arn arn;

	if (ks_iam_get_user(client, out->user.p, arena, &user, err) != 0)
		return ks_err_wrap(err, "asking for the ARN of user '" KS_STR_FMT "', by which guards go",
			KS_STR_ARG(out->user));
	if (!ks_arn_parse(user.arn, &arn) || (out->partition = ks_partition_find(arn.partition)) == NULL ||
		!ks_str_is_equal(user.name, out->user))
		return ks_err_set(err, KS_ERR_PARSE, "what AWS says of user '" KS_STR_FMT "' does not fit together",
			KS_STR_ARG(out->user));
	if (!ks_str_is_equal(arn.account, account))
		return ks_err_set(err, KS_ERR_GUARD, "user '" KS_STR_FMT "' is of account " KS_STR_FMT ", not of "
			KS_STR_FMT, KS_STR_ARG(out->user), KS_STR_ARG(arn.account), KS_STR_ARG(account));
	out->arn = user.arn;
	return 0;
}

static int find_status(struct ks_client *client, struct ks_arena *arena, struct ks_byhand_key *out,
	struct ks_err *err)
{
	struct ks_vec keys = KS_VEC_OF(struct ks_iam_key);
	int rc = ks_iam_list_access_keys(client, out->user.p, arena, &keys, err);

	out->status = KS_STR(KS_STEP_ABSENT);
	for (size_t i = 0; rc == 0 && i < keys.n; i++) {
		const struct ks_iam_key *key = KS_VEC_AT(&keys, struct ks_iam_key, i);

		if (ks_str_is_equal(key->id, out->key_id))
			out->status = key->is_active ? KS_STR("Active") : KS_STR("Inactive");
	}
	ks_vec_release(&keys);
	return rc;
}

int ks_byhand_ask(struct ks_client *client, struct ks_str key_id, struct ks_str account,
	struct ks_arena *arena, struct ks_byhand_key *out, struct ks_err *err)
{
	struct ks_byhand_key key = { .key_id = ks_arena_copy(arena, key_id),
		.account = ks_arena_copy(arena, account) };

	if (find_user(client, key.key_id, key.account, arena, &key.user, err) != 0 ||
		find_arn(client, key.account, arena, &key, err) != 0 || find_status(client, arena, &key, err) != 0)
		return -1;
	*out = key;
	return 0;
}

void ks_byhand_fill(const struct ks_byhand_key *key, struct ks_facts *facts)
{
	struct ks_subject *subject = &facts->subject;

	facts->is_by_hand = true;
	subject->kind = KS_SUBJECT_USER;
	subject->partition = key->partition;
	subject->account = key->account;
	subject->name = key->user;
	subject->arn = key->arn;
	subject->key_id = key->key_id;
	subject->foreign = (struct ks_str){ NULL, 0 };
	subject->doubt = NULL;
}

/* ---- the journal ------------------------------------------------------------------------------------ */

int ks_byhand_add(struct ks_db *db, const struct ks_byhand_note *note, const struct ks_byhand_key *key,
	struct ks_err *err)
{
	struct ks_json *body = ks_json_new_object();

	ks_json_add_str(body, "key_id", key->key_id);
	ks_json_add_str(body, "account", key->account);
	ks_json_add_text(body, "partition", key->partition->name);
	ks_json_add_str(body, "user", key->user);
	ks_json_add_str(body, "arn", key->arn);
	ks_json_add_str(body, "status", key->status);
	ks_json_add_str(body, "reason", note->reason);
	return ks_journal_add_json(db, note->incident, note->now_ms, note->who, NAMED, body, err);
}

static bool read_text(const struct ks_json *body, const char *name, struct ks_arena *arena,
	struct ks_str *out)
{
	struct ks_str value;

	if (!ks_json_find_str(body, name, &value))
		return false;
	*out = ks_arena_copy(arena, value);
	return true;
}

static bool read_entry(const struct ks_journal_entry *entry, struct ks_arena *arena,
	struct ks_byhand_key *out)
{
	struct ks_json *body = NULL;
	struct ks_err err = { 0 };
	struct ks_str partition;
	bool is_good;

	if (ks_json_parse(entry->body, &body, &err) != 0)
		return false;
	is_good = read_text(body, "key_id", arena, &out->key_id) &&
		read_text(body, "account", arena, &out->account) && read_text(body, "user", arena, &out->user) &&
		read_text(body, "arn", arena, &out->arn) && read_text(body, "status", arena, &out->status) &&
		ks_json_find_str(body, "partition", &partition) &&
		(out->partition = ks_partition_find(partition)) != NULL && ks_arn_is_name(out->user);
	ks_json_free(body);
	return is_good;
}

int ks_byhand_load(struct ks_db *db, int64_t incident, struct ks_arena *arena, struct ks_byhand_key *out,
	struct ks_err *err)
{
	struct ks_vec entries = KS_VEC_OF(struct ks_journal_entry);
	bool is_found = false;
	int rc = ks_journal_list(db, incident, arena, &entries, err);

	for (size_t i = entries.n; rc == 0 && i > 0 && !is_found; i--) {
		const struct ks_journal_entry *entry = KS_VEC_AT(&entries, struct ks_journal_entry, i - 1);

		is_found = ks_str_is(entry->kind, NAMED) && read_entry(entry, arena, out);
	}
	if (rc == 0 && !is_found)
		rc = ks_err_set(err, KS_ERR_NOTFOUND, "the journal of incident %" PRId64 " names no key that "
			"somebody contains by hand", incident);
	ks_vec_release(&entries);
	return rc;
}

/* ---- policies --------------------------------------------------------------------------------------- */

bool ks_byhand_is(struct ks_str policy_name)
{
	return ks_str_is(policy_name, KS_BYHAND_POLICY) ||
		ks_str_has_prefix(policy_name, KS_STR(KS_BYHAND_OF));
}

/* One step as a line of YAML. Nothing but one line can come of it. */
static int add_step(const char *step, struct ks_buf *out, struct ks_err *err)
{
	struct ks_str rest = ks_str_of(step), name;

	ks_str_next(&rest, '=', &name);
	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)rest.p[i] < ' ')
			return ks_err_set(err, KS_ERR_USAGE, "step '%s': its value must be one line", step);
	for (size_t i = 0; i < name.n; i++)
		if ((name.p[i] < 'a' || name.p[i] > 'z') && name.p[i] != '_')
			return ks_err_set(err, KS_ERR_USAGE, "step '%s': a step is the name of an action, or NAME=VALUE",
				step);
	ks_buf_addf(out, "  - \"" KS_STR_FMT "\"%s" KS_STR_FMT "\n", KS_STR_ARG(name),
		rest.p != NULL ? ": " : "", KS_STR_ARG(rest));
	return 0;
}

int ks_byhand_policy(struct ks_policyset *set, const char *const *steps, size_t n,
	const struct ks_policy **out, struct ks_err *err)
{
	const struct ks_problem *problem = NULL;
	struct ks_policy *policy;
	struct ks_buf text;
	int rc = 0;

	ks_buf_init(&text, KS_LIMIT_RULE_FILE);
	ks_buf_adds(&text, "name: by-hand\nmode: approve\nwhen:\n  decoy: either\nsteps:\n");
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_step(steps[i], &text, err);
	if (rc == 0)
		ks_policyset_add(set, "--step", ks_buf_str(&text));
	for (size_t i = set->problems.list.n; rc == 0 && i > 0; i--)
		if (!KS_VEC_AT(&set->problems.list, struct ks_problem, i - 1)->is_warning)
			problem = KS_VEC_AT(&set->problems.list, struct ks_problem, i - 1);
	if (problem != NULL)
		rc = ks_err_set(err, KS_ERR_USAGE, "option '--step': %s", problem->err.message);
	if (rc == 0) {
		policy = *KS_VEC_AT(&set->policies, struct ks_policy *, 0);
		policy->name = KS_STR(KS_BYHAND_POLICY);
		*out = policy;
	}
	ks_buf_release(&text);
	return rc;
}

const struct ks_policy *ks_byhand_copy(const struct ks_policy *policy, struct ks_arena *arena)
{
	struct ks_policy *copy = ks_arena_alloc(arena, sizeof(*copy));

	*copy = *policy;
	copy->mode = KS_POLICY_APPROVE;
	copy->name = ks_str_of(ks_arena_printf(arena, KS_BYHAND_OF KS_STR_FMT, KS_STR_ARG(policy->name)));
	return copy;
}

const struct ks_policy *ks_byhand_find(const struct ks_policyset *set, struct ks_str policy_name,
	struct ks_arena *arena)
{
	const struct ks_policy *policy;
	struct ks_policy *plain;

	if (ks_str_is(policy_name, KS_BYHAND_POLICY)) {
		plain = ks_arena_alloc(arena, sizeof(*plain));
		*plain = (struct ks_policy){ .name = KS_STR(KS_BYHAND_POLICY), .mode = KS_POLICY_APPROVE,
			.has_mode = true, .decoy = KS_POLICY_EITHER, .max_event_age_ms = KS_POLICY_MAX_EVENT_AGE,
			.max_keys_per_hour = KS_POLICY_MAX_KEYS_PER_HOUR, .file = "--step" };
		return plain;
	}
	policy_name = ks_str_sub(policy_name, sizeof(KS_BYHAND_OF) - 1, policy_name.n);
	policy = ks_map_find(&set->names, policy_name);
	return policy != NULL ? ks_byhand_copy(policy, arena) : NULL;
}

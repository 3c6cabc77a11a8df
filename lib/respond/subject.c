/* Records to the principal behind them. */
#include "lib/respond/subject.h"

#include "lib/aws/arn.h"
#include "lib/base/map.h"
#include "lib/decoy/keyid.h"
#include "lib/respond/facts.h"

static const char *const kind_names[] = {
	[KS_SUBJECT_UNKNOWN] = "not known",
	[KS_SUBJECT_USER] = "IAM user",
	[KS_SUBJECT_ROOT] = "root user",
	[KS_SUBJECT_ROLE] = "role",
	[KS_SUBJECT_OUTSIDE] = "not an IAM principal of the account",
};

const char *ks_subject_kind_name(enum ks_subject_kind kind)
{
	return kind_names[kind];
}

/* What one record says. */
struct principal {
	enum ks_subject_kind kind;
	const struct ks_partition *partition;
	struct ks_str account, name, arn;
	bool is_federated;
};

static bool is_account(struct ks_str s)
{
	uint64_t number;

	return ks_keyid_parse_account(s, &number);
}

/* An ARN of a user, a role, root, or a role's session. */
static struct principal read_arn(struct ks_str text)
{
	struct principal p = { .arn = text };
	struct ks_str type, rest, session;
	struct ks_arn arn;

	if (!ks_arn_parse(text, &arn) || !is_account(arn.account))
		return (struct principal){ 0 };
	p.partition = ks_partition_find(arn.partition);
	p.account = arn.account;
	if (p.partition == NULL)
		return (struct principal){ 0 };
	if (ks_str_is(arn.service, "iam") && ks_str_is(arn.resource, "root")) {
		p.kind = KS_SUBJECT_ROOT;
		return p;
	}
	if (!ks_arn_split(&arn, &type, &rest))
		return (struct principal){ 0 };
	if (ks_str_is(arn.service, "iam") && (ks_str_is(type, "user") || ks_str_is(type, "role"))) {
		p.kind = ks_str_is(type, "user") ? KS_SUBJECT_USER : KS_SUBJECT_ROLE;
		p.name = ks_arn_last(rest);
	} else if (ks_str_is(arn.service, "sts") && ks_str_is(type, "assumed-role") &&
		ks_str_next(&rest, '/', &p.name)) {
		session = rest;
		p.kind = session.p != NULL ? KS_SUBJECT_ROLE : KS_SUBJECT_UNKNOWN;
	}
	return ks_arn_is_name(p.name) ? p : (struct principal){ 0 };
}

static struct principal read_event(const struct ks_facts_event *event)
{
	static const char *const direct[] = { "Root", "IAMUser", "Role" };
	struct principal p = { 0 };

	if (ks_str_is(event->actor_type, "FederatedUser")) {
		p = read_arn(event->issuer_arn);
		p.is_federated = true;
		return p;
	}
	if (ks_str_is(event->actor_type, "AssumedRole")) {
		p = read_arn(event->issuer_arn);
		return p.kind == KS_SUBJECT_ROLE ? p : read_arn(event->actor_arn);
	}
	for (size_t i = 0; i < sizeof(direct) / sizeof(direct[0]); i++)
		if (ks_str_is(event->actor_type, direct[i]))
			return read_arn(event->actor_arn);
	if (event->actor_type.n > 0 && !ks_str_is(event->actor_type, "Unknown"))
		p.kind = KS_SUBJECT_OUTSIDE;
	return p;
}

static bool is_same(const struct principal *a, const struct principal *b)
{
	return a->kind == b->kind && a->partition == b->partition && ks_str_is_equal(a->account, b->account) &&
		ks_str_is_equal(a->name, b->name);
}

/* Takes p for the subject, or notes that records disagree. */
static void settle(struct principal *chosen, const struct principal *p, struct ks_arena *arena,
	struct ks_subject *out)
{
	if (p->kind == KS_SUBJECT_UNKNOWN || out->doubt != NULL)
		return;
	if (chosen->kind == KS_SUBJECT_UNKNOWN) {
		*chosen = *p;
		return;
	}
	if (!is_same(chosen, p))
		out->doubt = ks_arena_printf(arena, "records of one key name two principals, " KS_STR_FMT
			" and " KS_STR_FMT,
			KS_STR_ARG(chosen->arn), KS_STR_ARG(p->arn));
}

static void add_role(struct ks_subject *out, const struct principal *p)
{
	for (size_t i = 0; i < out->role_count; i++)
		if (ks_str_is_equal(out->roles[i].name, p->name) &&
			ks_str_is_equal(out->roles[i].account, p->account) && out->roles[i].partition == p->partition)
			return;
	if (out->role_count == KS_SUBJECT_ROLES) {
		out->roles_left++;
		return;
	}
	out->roles[out->role_count++] = (struct ks_subject_role){ p->name, p->arn, p->account, p->partition };
}

/* The long-term key of the actor; it has its own word on the account. */
static void read_key(const struct ks_facts *facts, struct ks_subject *out, struct ks_keyid *out_id)
{
	struct ks_str actor = facts->actor, prefix = KS_STR("key:");
	struct ks_err err = { 0 };

	*out_id = (struct ks_keyid){ 0 };
	if (!ks_str_has_prefix(actor, prefix))
		return;
	actor = ks_str_sub(actor, prefix.n, actor.n);
	if (ks_keyid_parse(actor, out_id, &err) == 0 && ks_str_is(ks_str_of(out_id->kind->name), "long-term"))
		out->key_id = actor;
}

/* The principal of the calls that the key itself signed; where there are none, of its sessions. */
static struct principal choose(const struct ks_facts *facts, struct ks_arena *arena, struct ks_subject *out)
{
	struct ks_str prefix = KS_STR("principal:");
	struct principal chosen = { 0 }, behind = { 0 };
	struct ks_map sessions;

	ks_map_init(&sessions);
	if (ks_str_has_prefix(facts->actor, prefix))
		chosen = read_arn(ks_str_sub(facts->actor, prefix.n, facts->actor.n));
	for (size_t i = 0; i < facts->event_count; i++) {
		const struct ks_facts_event *event = &facts->events[i];
		struct principal p = read_event(event);
		bool is_own = event->key_id.n > 0 && ks_str_is_equal(event->key_id, out->key_id);

		out->is_federated = out->is_federated || p.is_federated;
		if (ks_str_has_prefix(event->key_id, KS_STR("ASIA")))
			ks_map_put(&sessions, event->key_id, out);
		if (is_own || out->key_id.n == 0)
			settle(&chosen, &p, arena, out);
		else if (p.kind == KS_SUBJECT_ROLE)
			add_role(out, &p);
		else if (p.kind != KS_SUBJECT_OUTSIDE)
			settle(&behind, &p, arena, out);
	}
	if (chosen.kind == KS_SUBJECT_UNKNOWN)
		chosen = behind;
	else if (behind.kind != KS_SUBJECT_UNKNOWN)
		settle(&chosen, &behind, arena, out);
	out->sessions = sessions.entries.n;
	ks_map_release(&sessions);
	return chosen;
}

/* Regions and accounts that the records give must fit the principal. An account sees what its own
 * principals do elsewhere, so calls made in another one matter only where none was made at home. */
static void check_records(const struct ks_facts *facts, struct ks_arena *arena, struct ks_subject *out)
{
	bool is_home = false;

	for (size_t i = 0; i < facts->event_count; i++) {
		const struct ks_facts_event *event = &facts->events[i];
		const struct ks_partition *partition = ks_partition_of_region(event->region);

		if (out->partition == NULL)
			out->partition = partition;
		if (out->account.n == 0 && is_account(event->account))
			out->account = event->account;
		if (partition != NULL && partition != out->partition && out->doubt == NULL)
			out->doubt = ks_arena_printf(arena, "Region " KS_STR_FMT " is not in partition %s",
				KS_STR_ARG(event->region), out->partition->name);
		if (!is_account(event->recipient) || out->account.n == 0 ||
			ks_str_is_equal(event->recipient, out->account))
			is_home = true;
		else
			out->foreign = event->recipient;
	}
	if (is_home)
		out->foreign = (struct ks_str){ NULL, 0 };
}

void ks_subject_find(const struct ks_facts *facts, struct ks_arena *arena, struct ks_subject *out)
{
	struct ks_subject subject = { 0 };
	struct principal chosen;
	struct ks_keyid id;

	read_key(facts, &subject, &id);
	chosen = choose(facts, arena, &subject);
	/* Who it is must not depend on which of two records came first. */
	if (subject.doubt != NULL)
		chosen = (struct principal){ 0 };
	subject.kind = chosen.kind;
	subject.partition = chosen.partition;
	subject.account = chosen.account;
	subject.name = chosen.name;
	subject.arn = chosen.arn;
	check_records(facts, arena, &subject);
	if (subject.account.n == 0 && id.has_account)
		subject.account = ks_arena_copy(arena, ks_str_of(id.account));
	if (subject.doubt == NULL && id.has_account && !ks_str_is(subject.account, id.account))
		subject.doubt = ks_arena_printf(arena, "the key id belongs to account %s, and the records say "
			KS_STR_FMT,
			id.account, KS_STR_ARG(subject.account));
	*out = subject;
}

void ks_subject_complete(struct ks_subject *subject, struct ks_str name, struct ks_str arn,
	struct ks_arena *arena)
{
	struct principal p = read_arn(arn);
	bool is_arn_good = p.kind == KS_SUBJECT_USER && ks_str_is_equal(p.name, name) &&
		ks_str_is_equal(p.account, subject->account) &&
		(subject->partition == NULL || p.partition == subject->partition);

	if (subject->key_id.n == 0 || !ks_arn_is_name(name))
		return;
	/* Records that name somebody else are not believed, and not forgotten. */
	if ((subject->kind != KS_SUBJECT_UNKNOWN && subject->kind != KS_SUBJECT_USER) ||
		(subject->kind == KS_SUBJECT_USER && !ks_str_is_equal(subject->name, name))) {
		subject->doubt = ks_arena_printf(arena, "AWS says that the key is of user " KS_STR_FMT
			", and the records say " KS_STR_FMT, KS_STR_ARG(name), KS_STR_ARG(subject->arn));
		subject->arn = (struct ks_str){ NULL, 0 };
	}
	subject->kind = KS_SUBJECT_USER;
	subject->name = name;
	subject->is_named_by_aws = true;
	if (is_arn_good) {
		subject->partition = p.partition;
		subject->arn = arn;
	} else if (subject->doubt == NULL && subject->arn.n == 0) {
		subject->doubt = ks_arena_printf(arena, "AWS says that the key is of user " KS_STR_FMT
			", and his ARN could not be read (iam:GetUser): whether he is protected is not known",
			KS_STR_ARG(name));
	}
}

/* The guards that know the world. */
#include "lib/respond/rail.h"

#include "lib/aws/arn.h"

#include <inttypes.h>
#include <string.h>

void ks_rail_answer(struct ks_rail *rail, enum ks_guard_outcome outcome, const char *why)
{
	rail->out->outcome = outcome;
	rail->out->why = why;
}

/* ---- accounts ---------------------------------------------------------------------------------- */

void ks_rail_ask_account(struct ks_rail *rail)
{
	struct ks_str account = rail->facts->subject.account;
	const struct ks_guard_world *world = rail->world;

	if (world == NULL)
		ks_rail_answer(rail, KS_GUARD_LATER, "only accounts of the config are ever touched: it is asked "
			"when "
			"a step is sent");
	else if (account.n == 0)
		ks_rail_answer(rail, KS_GUARD_REFUSE, "the records do not say which account it is in");
	else if (world->account_count == 0)
		ks_rail_answer(rail, KS_GUARD_REFUSE, ks_arena_printf(rail->arena, "the config names no account in "
			"which keysnare may act: write accounts: [{id: \"" KS_STR_FMT "\"}] into it if this one is "
				"yours",
			KS_STR_ARG(account)));
	else if (ks_account_find(world->accounts, world->account_count, account) == NULL)
		ks_rail_answer(rail, KS_GUARD_REFUSE, ks_arena_printf(rail->arena, "account " KS_STR_FMT " is not "
			"in "
			"the config: if it is yours, name it there under 'accounts'", KS_STR_ARG(account)));
	else
		ks_rail_answer(rail, KS_GUARD_PASS, ks_arena_printf(rail->arena, "account " KS_STR_FMT " is in the "
			"config", KS_STR_ARG(account)));
}

/* ---- ourselves --------------------------------------------------------------------------------- */

/* Whom an ARN means, whichever of his names it is: a session stands for its role, and paths and the case of
 * letters tell nobody apart. */
struct whom {
	struct ks_str account;
	const char *kind;            /* "user", "role", "federated", "root" */
	struct ks_str name;
};

static bool read_arn(struct ks_str text, struct whom *out)
{
	struct ks_str type = { NULL, 0 }, rest = { NULL, 0 };
	struct ks_arn arn;

	if (!ks_arn_parse(text, &arn) || arn.account.n == 0)
		return false;
	*out = (struct whom){ .account = arn.account };
	if (ks_str_is(arn.service, "iam") && ks_str_is(arn.resource, "root"))
		out->kind = "root";
	else if (!ks_arn_split(&arn, &type, &rest))
		return false;
	else if (ks_str_is(arn.service, "iam") && ks_str_is(type, "user"))
		out->kind = "user";
	else if (ks_str_is(arn.service, "iam") && ks_str_is(type, "role"))
		out->kind = "role";
	else if (ks_str_is(arn.service, "sts") && ks_str_is(type, "federated-user"))
		out->kind = "federated";
	else if (ks_str_is(arn.service, "sts") && ks_str_is(type, "assumed-role"))
		out->kind = "role";
	/* "NAME/session" of a session, "path/NAME" of all others. */
	if (ks_str_is(type, "assumed-role"))
		ks_str_next(&rest, '/', &out->name);
	else
		out->name = ks_arn_last(rest);
	return out->kind != NULL;
}

static bool is_same_whom(struct ks_str a, struct ks_str b)
{
	struct whom x, y;

	if (a.n == 0 || b.n == 0)
		return false;
	if (ks_str_is_equal(a, b))
		return true;
	return read_arn(a, &x) && read_arn(b, &y) && x.kind == y.kind && ks_str_is_equal(x.account, y.account) &&
		ks_str_is_equal_nocase(x.name, y.name);
}

/* "AROA…" of "AROA…:session". */
static struct ks_str unique_of(struct ks_str id)
{
	struct ks_str rest = id, first = { NULL, 0 };

	ks_str_next(&rest, ':', &first);
	return first;
}

static bool is_same_unique(struct ks_str a, struct ks_str b)
{
	a = unique_of(a);
	b = unique_of(b);
	return a.n > 0 && ks_str_is_equal(a, b);
}

/* One of our two identities. */
struct self {
	const struct ks_sts_identity *identity;
	struct ks_str key;
};

static bool is_key(const struct self *self, struct ks_str key)
{
	return key.n > 0 && ks_str_is_equal(self->key, key);
}

static bool made(const struct self *self, const struct ks_facts_event *event)
{
	const struct ks_sts_identity *identity = self->identity;

	return is_key(self, event->key_id) || is_same_whom(identity->arn, event->actor_arn) ||
		is_same_whom(identity->arn, event->issuer_arn) ||
		is_same_unique(identity->user_id, event->principal_id) ||
		is_same_unique(identity->user_id, event->issuer_id);
}

/* Whether the one whom the steps would hit is this one. Calls with other keys than his, which are his
 * sessions', may be of roles that he has taken. */
static bool is_self(const struct self *self, const struct ks_facts *facts)
{
	const struct ks_subject *subject = &facts->subject;

	if (is_key(self, subject->key_id) || is_same_whom(self->identity->arn, subject->arn))
		return true;
	for (size_t i = 0; i < facts->event_count; i++) {
		const struct ks_facts_event *event = &facts->events[i];

		if (is_key(self, event->key_id) || ((subject->key_id.n == 0 ||
			ks_str_is_equal(event->key_id, subject->key_id)) && made(self, event)))
			return true;
	}
	return false;
}

/* Whether he was us for a while. */
static bool was_self(const struct self *self, const struct ks_facts *facts)
{
	for (size_t i = 0; i < facts->event_count; i++)
		if (made(self, &facts->events[i]))
			return true;
	return false;
}

void ks_rail_ask_caller(struct ks_rail *rail)
{
	const struct ks_account_self *self = rail->world != NULL ? rail->world->self : NULL;
	struct self selves[2];

	if (self == NULL) {
		ks_rail_answer(rail, KS_GUARD_LATER, "never keysnare's own identity: sts:GetCallerIdentity tells "
			"when "
			"a step is sent");
		return;
	}
	selves[0] = (struct self){ &self->acting, self->acting_key };
	selves[1] = (struct self){ &self->base, self->base_key };
	for (size_t i = 0; i < 2; i++)
		if (is_self(&selves[i], rail->facts)) {
			ks_rail_answer(rail, KS_GUARD_REFUSE, ks_arena_printf(rail->arena, "this is keysnare itself ("
				KS_STR_FMT "), and it would lock itself out: contain it by hand with other keys",
				KS_STR_ARG(selves[i].identity->arn)));
			return;
		}
	for (size_t i = 0; i < 2; i++)
		if (was_self(&selves[i], rail->facts)) {
			ks_rail_answer(rail, KS_GUARD_APPROVE, ks_arena_printf(rail->arena, "some of the records were "
				"made "
				"as keysnare itself (" KS_STR_FMT "): look whether somebody uses its role, and that no step "
				"hits it", KS_STR_ARG(selves[i].identity->arn)));
			return;
		}
	ks_rail_answer(rail, KS_GUARD_PASS, "it is not keysnare itself");
}

static bool is_named(struct ks_str arn, struct ks_str account, const char *kind, struct ks_str name)
{
	struct whom whom;

	return read_arn(arn, &whom) && strcmp(whom.kind, kind) == 0 && ks_str_is_equal(whom.account, account) &&
		ks_str_is_equal_nocase(whom.name, name);
}

static bool is_aimed(const struct ks_sts_identity *identity, struct ks_str key, struct ks_str account,
	const struct ks_wire_parameter *p)
{
	if (strcmp(p->name, "UserName") == 0)
		return is_named(identity->arn, account, "user", p->value);
	if (strcmp(p->name, "RoleName") == 0)
		return is_named(identity->arn, account, "role", p->value);
	return strcmp(p->name, "AccessKeyId") == 0 && key.n > 0 && ks_str_is_equal(p->value, key);
}

bool ks_rail_is_own(const struct ks_account_self *self, struct ks_str account, const struct ks_step *step)
{
	const struct ks_wire_call *call = &step->call;

	for (size_t i = 0; call->operation != NULL && i < call->parameter_count; i++)
		if (is_aimed(&self->acting, self->acting_key, account, &call->parameters[i]) ||
			is_aimed(&self->base, self->base_key, account, &call->parameters[i]))
			return true;
	return false;
}

/* ---- how much and when ------------------------------------------------------------------------- */

/* Decoys are counted apart: any number of them may be used at once. */
void ks_rail_ask_cap(struct ks_rail *rail)
{
	const struct ks_guard_world *world = rail->world;
	int64_t most = rail->policy->max_keys_per_hour;
	const char *whose = "the policy";

	if (rail->facts->is_decoy) {
		ks_rail_answer(rail, KS_GUARD_PASS, "a decoy does not count");
		return;
	}
	if (world == NULL) {
		ks_rail_answer(rail, KS_GUARD_LATER, ks_arena_printf(rail->arena, "%" PRId64 " key%s within the "
			"hour "
			"%s the most: they are counted when a step is sent", most, most == 1 ? "" : "s",
			most == 1 ? "is" : "are"));
		return;
	}
	if (world->most_keys > 0 && world->most_keys < most) {
		most = world->most_keys;
		whose = "the config";
	}
	if (world->keys >= most)
		ks_rail_answer(rail, KS_GUARD_APPROVE, ks_arena_printf(rail->arena, "%" PRId64 " other key%s "
			"acted on "
			"within the hour, and %s allows %" PRId64 ": somebody may be hiding this key behind others; "
			"approve this plan if it is right", world->keys, world->keys == 1 ? " was" : "s were", whose,
			most));
	else
		ks_rail_answer(rail, KS_GUARD_PASS, ks_arena_printf(rail->arena, "it is key %" PRId64 " within the "
			"hour; %s allows %" PRId64, world->keys + 1, whose, most));
}

void ks_rail_ask_pause(struct ks_rail *rail)
{
	if (rail->world == NULL)
		ks_rail_answer(rail, KS_GUARD_LATER, "whether somebody has paused is looked up when a step is sent");
	else if (rail->world->paused != NULL)
		ks_rail_answer(rail, KS_GUARD_REFUSE, ks_arena_printf(rail->arena, "paused %s; 'keysnare respond "
			"resume' ends the pause", rail->world->paused));
	else
		ks_rail_answer(rail, KS_GUARD_PASS, "nobody has paused");
}

void ks_rail_ask_leftover(struct ks_rail *rail)
{
	if (rail->world == NULL)
		ks_rail_answer(rail, KS_GUARD_LATER, "a plan that an earlier run left over needs an approval");
	else if (rail->world->is_leftover)
		ks_rail_answer(rail, KS_GUARD_APPROVE, "the plan was made by an earlier run of keysnare: look "
			"whether "
			"it still fits, then approve it");
	else
		ks_rail_answer(rail, KS_GUARD_PASS, "the plan was made in this run, or somebody has approved it");
}

/* ---- our own machines -------------------------------------------------------------------------- */

/* The category that makes an address our own; p NULL otherwise. */
static struct ks_str own_category(const struct ks_netlist *lists, struct ks_str address)
{
	const struct ks_str *categories;
	struct ks_ip ip;
	size_t n;

	if (!ks_ip_parse(address, &ip))
		return (struct ks_str){ NULL, 0 };
	n = ks_netlist_find(lists, &ip, &categories);
	for (size_t i = 0; i < n; i++)
		if (ks_guard_is_own(categories[i]))
			return categories[i];
	return (struct ks_str){ NULL, 0 };
}

/* One such address among ten is enough: the other nine may be a thief's, and the key still runs our mail. */
void ks_rail_ask_internal(struct ks_rail *rail)
{
	const struct ks_facts *facts = rail->facts;

	if (rail->world == NULL) {
		ks_rail_answer(rail, KS_GUARD_LATER, "whether an address is of your own machines is looked up "
			"when a "
			"step is sent");
		return;
	}
	if (facts->is_by_hand) {
		ks_rail_answer(rail, KS_GUARD_PASS, "somebody named the key himself, and has to know whose it is");
		return;
	}
	if (rail->world->lists == NULL) {
		ks_rail_answer(rail, KS_GUARD_APPROVE, "no address lists are at hand that could say which machines "
			"are your own");
		return;
	}
	for (size_t i = 0; i < facts->event_count; i++) {
		struct ks_str category = own_category(rail->world->lists, facts->events[i].ip);

		if (category.p != NULL) {
			ks_rail_answer(rail, KS_GUARD_APPROVE, ks_arena_printf(rail->arena, "a call came from "
				KS_STR_FMT ", which your lists call " KS_STR_FMT ": a machine of yours may use this key; "
					"find "
				"out before you approve", KS_STR_ARG(facts->events[i].ip), KS_STR_ARG(category)));
			return;
		}
	}
	ks_rail_answer(rail, KS_GUARD_PASS, "no call came from an address that your lists call your own");
}

/* Senders out of events. */
#include "lib/respond/sender.h"

#include <string.h>

#define NAME_MOST 320
#define DOMAIN_MOST 253
#define LABEL_MOST 63

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_domain(struct ks_str domain)
{
	struct ks_str rest = domain, label;
	size_t labels = 0;

	if (domain.n == 0 || domain.n > DOMAIN_MOST || domain.p[domain.n - 1] == '.')
		return false;
	while (ks_str_next(&rest, '.', &label)) {
		if (label.n == 0 || label.n > LABEL_MOST || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
				return false;
		labels++;
	}
	return labels >= 2;
}

bool ks_sender_is_name(struct ks_str name)
{
	/* { and } could be had in an address and in no name that anybody uses; "{{now}}" would be filled in. */
	static const char other[] = "!#$%&'*+-=?^_`|~.";
	const char *at = name.n > 0 ? memchr(name.p, '@', name.n) : NULL;
	struct ks_str local;

	if (name.n > NAME_MOST)
		return false;
	if (at == NULL)
		return is_domain(name);
	local = ks_str_sub(name, 0, (size_t)(at - name.p));
	if (local.n == 0 || !is_domain(ks_str_sub(name, local.n + 1, name.n)))
		return false;
	for (size_t i = 0; i < local.n; i++)
		if (!is_alnum(local.p[i]) && memchr(other, local.p[i], sizeof(other) - 1) == NULL)
			return false;
	return true;
}

/* Whether the call was made in the subject's account: a sender of the same name in another one is the other
 * account's, and a step deletes in the subject's. */
static bool is_at_home(const struct ks_facts *facts, const struct ks_facts_event *event)
{
	return ks_str_is_equal(event->recipient.n > 0 ? event->recipient : event->account,
		facts->subject.account);
}

static bool is_there(const struct ks_vec *list, const struct ks_facts_event *event, bool is_made)
{
	for (size_t i = 0; i < list->n; i++) {
		struct ks_sender *sender = KS_VEC_AT(list, struct ks_sender, i);

		if (!ks_str_is_equal(sender->region, event->region) || !ks_str_is_equal(sender->name, event->sender))
			continue;
		if (is_made && !sender->is_made) {
			sender->is_made = true;
			sender->call = event->name;
		}
		return true;
	}
	return false;
}

size_t ks_sender_find(const struct ks_facts *facts, struct ks_vec *out)
{
	const struct ks_partition *partition = facts->subject.partition;
	size_t left = 0;

	for (size_t i = 0; i < facts->event_count && partition != NULL; i++) {
		const struct ks_facts_event *event = &facts->events[i];
		bool is_made = ks_str_is(event->name, "CreateEmailIdentity");

		if (event->sender.n == 0 || event->error.n > 0 || !ks_str_is(event->service, "ses.amazonaws.com") ||
			(is_at_home(facts, event) && is_there(out, event, is_made)))
			continue;
		if (out->n >= KS_SENDER_MOST || !is_at_home(facts, event) || !ks_sender_is_name(event->sender) ||
			ks_partition_of_region(event->region) != partition ||
			!ks_partition_has_ses(partition, event->region)) {
			left++;
			continue;
		}
		*(struct ks_sender *)ks_vec_push(out) =
			(struct ks_sender){ event->region, event->sender, event->name, is_made };
	}
	return left;
}

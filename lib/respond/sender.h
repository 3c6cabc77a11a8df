/*
 * Senders: the identities of SES (addresses and domains) that an incident's own calls asked for. Their names
 * come from records, so they are checked against what SES would take before one stands in a request.
 */
#ifndef KS_RESPOND_SENDER_H
#define KS_RESPOND_SENDER_H

#include "lib/respond/facts.h"

#define KS_SENDER_MOST 50u       /* of one incident */

struct ks_sender {
	struct ks_str region, name;
	struct ks_str call;          /* that asked for it */
	bool is_made;                /* the call fails for one that is there: what it made is new. Version 1's
	                              * calls do not: they say yes to a sender that has been there for years */
};

/* Pushes struct ks_sender, each once, in the order of the events: of calls that were not refused, made in
 * the subject's account, in Regions of its partition that have SES. Returns how many were left out, because
 * they are in another account or Region, for a name that SES would not take, or because they are too
 * many. */
size_t ks_sender_find(const struct ks_facts *facts, struct ks_vec *out);

/* An address or a domain as SES takes it: ASCII, no blanks, slashes or braces, labels of letters,
 * digits and -. */
bool ks_sender_is_name(struct ks_str name);

#endif

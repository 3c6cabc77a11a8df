/*
 * Who may send to a queue, by the queue's own policy: whether what comes out of it can only be AWS's word.
 * That is so where every statement that lets somebody send names services only, and accounts of the config
 * as those they act for (aws:SourceAccount, aws:SourceArn), and where all who are no service are denied
 * (aws:PrincipalIsAWSService): without that, whoever has a policy of his own in the queue's account may
 * send, a thief with the key of one of its users, too.
 * "IAM JSON policy elements", "AWS global condition context keys".
 */
#ifndef KS_TRAIL_QUEUEPOLICY_H
#define KS_TRAIL_QUEUEPOLICY_H

#include "lib/aws/account.h"

enum ks_queuepolicy_verdict {
	KS_QUEUEPOLICY_CLOSED,       /* only services of AWS's, for these accounts */
	KS_QUEUEPOLICY_INSIDE,       /* besides, whoever may by a policy of his own in the queue's account */
	KS_QUEUEPOLICY_OPEN,         /* or others, or services for other accounts; or it is not known */
};

/* policy: JSON text as AWS gives it; empty: the queue has none. queue: its ARN, as AWS gives it; may be
 * empty. A Deny counts that has it, or "*", as a Resource. */
enum ks_queuepolicy_verdict ks_queuepolicy_judge(struct ks_str policy, struct ks_str queue,
	const struct ks_account *accounts, size_t account_count);

#endif

/*
 * principal.arn: who stands behind a record, the same for all sessions and keys of one principal. Source:
 * "CloudTrail userIdentity element" in the CloudTrail User Guide. The partition is kept.
 *
 *   Root              userIdentity.arn: arn:aws:iam::123456789012:root
 *   IAMUser           userIdentity.arn, also for the user's own sessions (GetSessionToken)
 *   AssumedRole, Role sessionContext.sessionIssuer.arn, the role's ARN with its path. Where the issuer is
 *                     not recorded, the role's ARN is made of the session's, which holds no path:
 *                     arn:aws:sts::123456789012:assumed-role/ROLE/SESSION becomes
 *                     arn:aws:iam::123456789012:role/ROLE
 *   FederatedUser     userIdentity.arn, arn:aws:sts::123456789012:federated-user/NAME: the name is what
 *                     tells these apart; the user that vouched for it stands in sessionIssuer
 *   AWSService        userIdentity.invokedBy: a service has no ARN, its name (ec2.amazonaws.com) is what
 *                     policies call it
 *   others            userIdentity.arn where there is one (AWSAccount, SAMLUser, WebIdentityUser, Directory,
 *                     IdentityCenterUser and Unknown mostly have none)
 *
 * Of a repeated member the first counts, as in lib/trail/event.h.
 */
#ifndef KS_ENGINE_PRINCIPAL_H
#define KS_ENGINE_PRINCIPAL_H

#include "lib/trail/event.h"

/* p NULL when the record does not say. Borrowed as long as the event. */
struct ks_str ks_principal_find(const struct ks_event *event);

#endif

/*
 * One POST to a receiver, and what its answer means: any 2xx is an arrival; "gone" (410) is for ever, and
 * so is what a service says about the request itself (400, 413, 422); everything else is tried again, since
 * people mend receivers and put new secrets in place, and not before Retry-After.
 */
#ifndef KS_NOTIFY_POST_H
#define KS_NOTIFY_POST_H

#include "lib/net/http.h"
#include "lib/notify/notifier.h"

/* All borrowed. The body is JSON unless a header says otherwise. */
struct ks_post {
	const char *url;                       /* may be a secret: it is in no error */
	const struct ks_http_header *headers;  /* beside Content-Type and Idempotency-Key */
	size_t header_count;
	struct ks_str body;
	bool is_own;                           /* a receiver of the user's own making: only "gone" is for ever */
};

/* Errors: NET, REMOTE, LIMIT, STATE. What the receiver says is quoted where it is a word or two. */
int ks_post_send(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	const struct ks_post *post, struct ks_notifier_answer *out, struct ks_err *err);

/* Whether a URL is https, or http to this machine. */
bool ks_post_is_private(const char *url);
bool ks_post_is_near(const char *url);     /* http or smtp to this machine */

/* Checks a URL that is a secret: USAGE, without the URL. */
int ks_post_check_secret(const struct ks_notifier *notifier, struct ks_err *err);

#endif

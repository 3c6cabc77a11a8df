/*
 * A notice as a mail (RFC 5322, MIME): plain text and a small HTML alternative, both UTF-8 in base64, so
 * that nothing in them can be taken for a header, a boundary or a line that is too long. Header fields hold
 * only printable ASCII; what is none becomes encoded words (RFC 2047). Message-ID is the notice's id: the
 * same at every attempt. All mails about one incident answer the same first one, so that they stand in one
 * thread.
 */
#ifndef KS_NOTIFY_MAILTEXT_H
#define KS_NOTIFY_MAILTEXT_H

#include "lib/notify/notifier.h"

struct ks_mailtext {
	const struct ks_notifier_message *message;
	struct ks_str from;                /* addresses that ks_mailtext_is_address took */
	const char *const *to;
	size_t to_count;
};

void ks_mailtext_render(const struct ks_mailtext *mail, struct ks_buf *out);

/* "local@domain" of the characters that need no quotes, without a name in front; at most 254. */
bool ks_mailtext_is_address(struct ks_str s);

#endif

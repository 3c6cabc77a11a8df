/* Notices as JSON lines on standard output, for a pipe, a log collector or a terminal. */
#include "lib/notify/notifier.h"

#include <errno.h>
#include <unistd.h>

static int send_stdout(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_str rest;
	struct ks_buf line;
	int rc = 0;

	(void)notifier;
	(void)out;
	ks_buf_init(&line, message->body.n + 2);
	ks_buf_add(&line, message->body);
	ks_buf_addc(&line, '\n');
	rest = ks_buf_str(&line);
	while (rc == 0 && rest.n > 0) {
		ssize_t put = write(STDOUT_FILENO, rest.p, rest.n);

		if (put < 0 && errno != EINTR)
			rc = ks_err_set_errno(err, "cannot write to standard output");
		else if (put > 0)
			rest = ks_str_sub(rest, (size_t)put, rest.n);
	}
	ks_buf_release(&line);
	return rc;
}

const struct ks_notifier_row ks_notifier_stdout = { .name = "stdout", .send = send_stdout };

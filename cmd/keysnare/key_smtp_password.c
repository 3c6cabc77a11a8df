/* keysnare key smtp-password: the SES SMTP password of a secret access key, which comes on standard
 * input only. */
#include "cmd/keysnare/command.h"

#include "lib/base/secret.h"
#include "lib/decoy/smtp.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

extern const struct ks_command ks_cmd_key_smtp_password;

#define LONGEST_SECRET 128
#define USUAL_SECRET 40

static const struct ks_opt options[] = {
	{ KS_OPT_VALUE, "region", 0, "REGION", "the region of the SMTP endpoint", NULL, NULL },
};

/* The first line of standard input, without its end. Unbuffered: no copy stays in stdio. Errors: USAGE,
 * IO. */
static int read_line(struct ks_secret *out, struct ks_err *err)
{
	char line[LONGEST_SECRET + 2];
	size_t n = 0;
	ssize_t got = 0;
	int rc = -1;

	while (n < sizeof(line) && (got = read(STDIN_FILENO, line + n, 1)) > 0 && line[n] != '\n')
		n++;
	if (got < 0) {
		ks_err_set_errno(err, "cannot read standard input");
		goto out;
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == 0 || n > LONGEST_SECRET) {
		ks_err_set(err, KS_ERR_USAGE, n == 0 ? "no secret on standard input" :
			"the line on standard input is too long for a secret");
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		if (line[i] <= ' ' || line[i] > '~') {
			ks_err_set(err, KS_ERR_USAGE, "character %zu of the secret is no printable ASCII character",
				i + 1);
			goto out;
		}
	}
	ks_secret_set(out, (struct ks_str){ line, n });
	rc = 0;
out:
	explicit_bzero(line, sizeof(line));
	return rc;
}

/* On a terminal the secret is asked for and does not show. An interrupt ends the read, and echo comes
 * back. */
static int read_secret(struct ks_secret *out, struct ks_err *err)
{
	struct termios before, silent;
	int rc;

	if (!isatty(STDIN_FILENO))
		return read_line(out, err);
	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return ks_err_set_errno(err, "cannot switch off the terminal's echo");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ECHONL;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
		return ks_err_set_errno(err, "cannot switch off the terminal's echo");
	fprintf(stderr, "Secret access key: ");
	rc = read_line(out, err);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	return rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_str region = ks_str_of(ks_opt_value(args, "region", NULL));
	struct ks_secret secret = { NULL, 0 }, password = { NULL, 0 };
	struct ks_err err = { 0 };

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_key_smtp_password,
			"a secret is read from standard input only: on the command line others would see it");
	if (region.p == NULL)
		return ks_command_usage(&ks_cmd_key_smtp_password, "say for which region with --region REGION");
	if (!ks_smtp_is_region(region))
		return ks_command_usage(&ks_cmd_key_smtp_password, "'" KS_STR_FMT "' is no region",
			KS_STR_ARG(region));
	if (read_secret(&secret, &err) != 0)
		return ks_command_fail(&err);
	if (secret.n != USUAL_SECRET)
		ks_log_write(&app->ctx->log, KS_LOG_WARNING, "a secret access key has %d characters, this has %zu",
			USUAL_SECRET, secret.n);
	ks_smtp_password(&secret, region, &password);
	printf(KS_STR_FMT "\n", KS_STR_ARG(ks_secret_reveal(&password)));
	ks_secret_release(&secret);
	ks_secret_release(&password);
	return fflush(stdout) == 0 ? KS_EXIT_DONE : KS_EXIT_FAILED;
}

const struct ks_command ks_cmd_key_smtp_password = {
	.name = "smtp-password",
	.arguments = "",
	.summary = "derive the SES SMTP password of a secret access key",
	.about =
		"Amazon SES takes an access key id as SMTP user name, and as password a value that is derived "
		"from the secret access key for one region. This prints it. The secret is the first line of "
		"standard input; on a terminal it is asked for and does not show. Secrets of temporary "
		"credentials do not work for SMTP.",
	.examples =
		"keysnare key smtp-password --region eu-west-1\task for the secret\n"
		"keysnare key smtp-password --region eu-west-1 < secret.txt\ttake it from a file",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};

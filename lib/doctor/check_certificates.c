/* The certificates that AWS is believed by. That they are the right ones shows when STS is asked. */
#include "lib/doctor/check.h"

#include "lib/base/file.h"

#define BUNDLE_MOST (16u * 1024 * 1024)

static void run(struct ks_check_state *state)
{
	const char *path = state->settings->ca_bundle;
	struct ks_err err = { 0 };
	struct ks_buf text;

	if (path == NULL) {
		ks_check_add(state, KS_CHECK_OK, NULL, "the system's");
		return;
	}
	ks_buf_init(&text, BUNDLE_MOST);
	if (ks_file_load(path, &text, &err) != 0)
		ks_check_add(state, KS_CHECK_FAILED, "correct or unset AWS_CA_BUNDLE (ca_bundle)", "%s",
			err.message);
	else if (ks_str_find(ks_buf_str(&text), KS_STR("-----BEGIN CERTIFICATE-----")) < 0 &&
		ks_str_find(ks_buf_str(&text), KS_STR("-----BEGIN TRUSTED CERTIFICATE-----")) < 0)
		ks_check_add(state, KS_CHECK_FAILED, "AWS_CA_BUNDLE (ca_bundle) takes certificates as PEM",
			"there is no certificate in '%s'", path);
	else
		ks_check_add(state, KS_CHECK_OK, NULL, "only those of '%s' (AWS_CA_BUNDLE, ca_bundle)", path);
	ks_buf_release(&text);
}

const struct ks_check ks_check_certificates = {
	.name = "certificates",
	.summary = "the certificates that AWS is believed by can be read",
	.run = run,
};

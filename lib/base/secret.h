/*
 * struct ks_secret: bytes that are wiped when they die and have no printable form. Only the code that must
 * hand the secret on (a bait, a signature) asks for its bytes.
 */
#ifndef KS_BASE_SECRET_H
#define KS_BASE_SECRET_H

#include "lib/base/str.h"

struct ks_secret {
	char *p;
	size_t n;
};

void ks_secret_set(struct ks_secret *secret, struct ks_str value);   /* copies; wipes what was there */
void ks_secret_release(struct ks_secret *secret); /* wipes and frees; NULL and zeroed are fine */
struct ks_str ks_secret_reveal(const struct ks_secret *secret);      /* borrowed until release */

#endif

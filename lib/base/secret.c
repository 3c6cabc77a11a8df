/* Bytes that are wiped. */
#include "lib/base/secret.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

void ks_secret_set(struct ks_secret *secret, struct ks_str value)
{
	char *copy = ks_mem_copy(value.p, value.n);

	ks_secret_release(secret);
	*secret = (struct ks_secret){ copy, value.n };
}

void ks_secret_release(struct ks_secret *secret)
{
	if (secret == NULL || secret->p == NULL)
		return;
	explicit_bzero(secret->p, secret->n);
	free(secret->p);
	*secret = (struct ks_secret){ NULL, 0 };
}

struct ks_str ks_secret_reveal(const struct ks_secret *secret)
{
	return (struct ks_str){ secret->p, secret->n };
}

/*
 * The bytes of an archive as they come: out of a file, unpacked where it is gzip.
 */
#ifndef KS_CASEFILE_CASEINPUT_H
#define KS_CASEFILE_CASEINPUT_H

#include "lib/base/err.h"
#include "lib/codec/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_caseinput;

/* Errors: NOTFOUND, IO. */
int ks_caseinput_open(const char *path, struct ks_caseinput **out, struct ks_err *err);
void ks_caseinput_close(struct ks_caseinput *input);

/* As many of n bytes as there are; fewer at the end only. Errors: IO; PARSE for gzip that is damaged. */
int ks_caseinput_read(struct ks_caseinput *input, unsigned char *to, size_t n, size_t *out_n,
	struct ks_err *err);

/* What a file is that begins with these bytes, the first KS_TAR_BLOCK of it or all that it has: "a web
 * page", "empty". NULL: it may be a case file, whole or damaged. */
const char *ks_caseinput_guess(const unsigned char *bytes, size_t n);

uint64_t ks_caseinput_offset(const struct ks_caseinput *input); /* bytes that were read, unpacked */

/* SHA-256 of all that was read. Once, at the end. */
void ks_caseinput_hash(struct ks_caseinput *input, char out[KS_HASH_HEX]);

#endif

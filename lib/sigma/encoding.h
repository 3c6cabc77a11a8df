/*
 * Encodings of Sigma strings, for the modifiers base64, base64offset, utf16, utf16le (wide) and utf16be.
 * They take and give Sigma strings: what is a wildcard stays one where that makes sense.
 */
#ifndef KS_SIGMA_ENCODING_H
#define KS_SIGMA_ENCODING_H

#include "lib/sigma/modifier.h"

/* Every value to UTF-16; a wildcard is left alone. with_mark: U+FEFF in UTF-8 goes before it, which the
 * base64 modifiers turn into FF FE. Values that are not strings are PARSE errors. */
int ks_encoding_utf16(struct ks_draft *draft, bool is_big, bool with_mark, const char *modifier,
	struct ks_err *err);

/* The bytes of a value for base64. PARSE when a wildcard stands in it, which has no bytes. */
int ks_encoding_bytes(const struct ks_draft_value *value, const char *modifier, struct ks_buf *out,
	struct ks_err *err);

#endif

/*
 * Base64 of RFC 4648, section 4: the alphabet with '+' and '/', padded with '='.
 */
#ifndef KS_CODEC_BASE64_H
#define KS_CODEC_BASE64_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Appends the text of data, 4 characters for every 3 bytes begun. */
void ks_base64_encode(struct ks_str data, struct ks_buf *out);

/* Appends the bytes of text. Strict: no white space, padding required, unused bits zero, so that one
 * value has one text. Appends nothing on failure. Errors: PARSE, LIMIT (out is full). */
int ks_base64_decode(struct ks_str text, struct ks_buf *out, struct ks_err *err);

#endif

/*
 * Percent-encoding (RFC 3986) as AWS wants it: everything but A-Z a-z 0-9 - _ . ~ becomes %XX with
 * upper-case digits, a blank too. Right for query strings and, a segment at a time, paths.
 */
#ifndef KS_CODEC_URI_H
#define KS_CODEC_URI_H

#include "lib/base/buf.h"

void ks_uri_add(struct ks_buf *out, struct ks_str s);

/* The same for a value of application/x-www-form-urlencoded: a blank becomes "+". */
void ks_uri_add_form(struct ks_buf *out, struct ks_str s);

/* Appends the bytes that s stands for. "+" stays what it is, and so does a "%" without two digits. */
void ks_uri_decode(struct ks_buf *out, struct ks_str s);

#endif

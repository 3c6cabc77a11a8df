/*
 * Hostile text made safe for a place. Everything in a record is attacker-written: whoever writes it out
 * picks the function of the place it goes to. Invalid UTF-8 becomes U+FFFD everywhere.
 */
#ifndef KS_BASE_TEXT_H
#define KS_BASE_TEXT_H

#include "lib/base/buf.h"

/* One valid UTF-8 sequence at the front of s: its length in bytes and its code point. Length 0 when s is
 * empty, and U+FFFD with the length of the ill-formed part (1 to 3) when it is not UTF-8. */
size_t ks_text_next(struct ks_str s, uint32_t *out_code_point);

/* For a terminal: control characters, escapes, bidi marks and other invisible format characters become \xNN
 * or \u{NNNN}; a newline too, so that one line stays one line. */
void ks_text_add_terminal(struct ks_buf *out, struct ks_str s);

/* The inside of a JSON string, without the quotes. What a terminal would not get is escaped as \uNNNN, which
 * loses nothing: it may be printed as it is. */
void ks_text_add_json(struct ks_buf *out, struct ks_str s);

/* HTML, inside an element or a quoted attribute, well-formed as XML as well: markup becomes references, and
 * what a terminal would not get becomes \xNN or \u{NNNN} here too, a newline included. */
void ks_text_add_html(struct ks_buf *out, struct ks_str s);

/* Whether a character is shown as \xNN or \u{NNNN}: it controls, moves, hides or is none at all. */
bool ks_text_is_hidden(uint32_t code_point);

#endif

/*
 * An HTTP/1.1 request as text (RFC 9112): request line, headers, an empty line, the body. Lines end in LF or
 * CR LF. A header line that begins with a blank goes on with the value of the line before it, each break
 * being one blank. The version may be missing, and the target may hold what would have to be encoded.
 */
#ifndef KS_CODEC_MESSAGE_H
#define KS_CODEC_MESSAGE_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/vec.h"

struct ks_message_header {
	struct ks_str name;
	struct ks_str value; /* without blanks around it */
};

/* Parts of the text or of the arena. */
struct ks_message {
	struct ks_str method;
	struct ks_str path; /* of the target, up to the "?" */
	struct ks_str query; /* behind it; p NULL without one */
	struct ks_vec headers; /* struct ks_message_header, in order */
	struct ks_str body; /* all that follows the empty line; may be empty */
};

/* out is to be released in any case. Errors: PARSE, with the line. */
int ks_message_parse(struct ks_str text, struct ks_arena *arena, struct ks_message *out, struct ks_err *err);
void ks_message_release(struct ks_message *message);

/* The value of the first header of that name, in any case; p NULL when it is not there. */
struct ks_str ks_message_find(const struct ks_message *message, const char *name);

/* Cuts a target into path and query. */
void ks_message_cut(struct ks_str target, struct ks_str *out_path, struct ks_str *out_query);

#endif

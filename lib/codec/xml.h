/*
 * XML as AWS answers it, through expat: elements and their text. Attributes, comments and processing
 * instructions are passed over; prefixes of names are dropped. A document type is refused, and with it
 * every entity that a document could bring.
 */
#ifndef KS_CODEC_XML_H
#define KS_CODEC_XML_H

#include "lib/base/arena.h"
#include "lib/base/err.h"

struct ks_xml {
	struct ks_str name;
	struct ks_str text; /* of an element without elements in it; else empty */
	const struct ks_xml *child; /* the first one */
	const struct ks_xml *next; /* beside this one */
};

/* The document's element; it lives in the arena. Errors: PARSE with line and column, LIMIT (limits.h). */
int ks_xml_parse(struct ks_str text, struct ks_arena *arena, const struct ks_xml **out, struct ks_err *err);

/* The first element at a path of names below node: "Error/Code". NULL when there is none, or node is
 * NULL. */
const struct ks_xml *ks_xml_find(const struct ks_xml *node, const char *path);

/* Its text; p NULL when there is no such element. */
struct ks_str ks_xml_text(const struct ks_xml *node, const char *path);

#endif

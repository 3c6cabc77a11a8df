/*
 * INI text as the AWS tools read it: sections, settings, and settings below a setting ("nested"). The bytes
 * are never rewritten, and everything handed out is a part of them.
 */
#ifndef KS_CODEC_INI_H
#define KS_CODEC_INI_H

#include "lib/base/str.h"

#include <stdbool.h>

/* The next "[name]" line of *rest: its name without the brackets and without blanks at its ends,
 * borrowed. Lines may be indented (Python's configparser takes some of those as headers, so all of them
 * count here). False at the end. */
bool ks_ini_next_section(struct ks_str *rest, struct ks_str *out_name);

/* Whether text has that section, as "[name]" or as "[profile name]". Names are compared with case. */
bool ks_ini_has_section(struct ks_str text, struct ks_str name);

/* A walk over the settings of a text: .rest is the text, all else zero. */
struct ks_ini {
	struct ks_str rest;
	struct ks_str section;
	struct ks_str parent;
};

struct ks_ini_entry {
	struct ks_str section;           /* empty before the first header */
	struct ks_str parent;            /* the setting it stands below, indented; p NULL when it is none */
	struct ks_str key;
	struct ks_str value;             /* without blanks around it; may be empty */
};

/*
 * The next setting. Lines that begin with # or ; are comments, wherever they are indented to; what follows a
 * value on its line belongs to it. An indented line below "key =" is a setting of that key; below a key with
 * a value it goes on with the value, which no setting of AWS's tools does, and is passed over. False at the
 * end.
 */
bool ks_ini_next(struct ks_ini *walk, struct ks_ini_entry *out);

#endif

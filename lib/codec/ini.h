/*
 * INI text as the AWS tools read it: section headers. Only what is needed to tell which sections a file
 * has; the bytes are never rewritten.
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

#endif

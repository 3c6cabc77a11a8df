/*
 * The facilitator's keys, where a drill runs in a terminal: p pauses and goes on, s skips, q stops, i takes
 * a line to show to all, which Escape drops.
 */
#ifndef KS_CMD_DRILL_KEYS_H
#define KS_CMD_DRILL_KEYS_H

#include "lib/base/buf.h"
#include "lib/drill/drillbook.h"

#include <termios.h>

struct ks_drill_keys {
	bool is_on;                  /* standard input is a terminal that was changed */
	bool is_typing;              /* the line of an inject */
	struct termios before;
	struct ks_buf line;
};

/* Says which keys there are; does nothing where standard input or output is no terminal. */
void ks_drill_keys_begin(struct ks_drill_keys *keys);
void ks_drill_keys_end(struct ks_drill_keys *keys);

/* What was typed since; false: nothing that is to be done yet. The text lives until the next call. */
bool ks_drill_keys_read(struct ks_drill_keys *keys, struct ks_drillbook_order *out);

#endif

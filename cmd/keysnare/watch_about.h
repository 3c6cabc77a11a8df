/* What the help of keysnare watch says. */
#ifndef KS_CMD_WATCH_ABOUT_H
#define KS_CMD_WATCH_ABOUT_H

extern const char ks_watch_about_text[];
extern const char *const ks_watch_about_more[];      /* to a NULL */

#endif

/*
 * A flag that ends something: raised by a signal's handler or another thread, and looked at wherever
 * something goes on for long. It is a sig_atomic_t, so that whoever has one needs no header of ours; between
 * threads it is raised and read by these. It guards nothing else: no order follows from it.
 */
#ifndef KS_BASE_FLAG_H
#define KS_BASE_FLAG_H

#include <signal.h>
#include <stdbool.h>

bool ks_flag_is_raised(const volatile sig_atomic_t *flag);   /* false for NULL */
void ks_flag_raise(volatile sig_atomic_t *flag);             /* may be called by a signal's handler */

#endif

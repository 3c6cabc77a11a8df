/*
 * Memory that is always there. Allocation failure aborts with one line: nothing in this program can do
 * better. Sizes that come from outside are checked against limits.h by the caller, before they get here.
 */
#ifndef KS_BASE_MEM_H
#define KS_BASE_MEM_H

#include <stddef.h>

void *ks_mem_alloc(size_t n);                   /* zeroed; free() it */
void *ks_mem_resize(void *p, size_t n);         /* as realloc; new bytes are not zeroed */
char *ks_mem_copy(const char *p, size_t n);     /* n bytes and a NUL behind them; free() it */

#endif

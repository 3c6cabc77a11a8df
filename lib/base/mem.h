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

/* For a program that runs for years, before its first thread: what it does not use goes back to the system,
 * for the price of asking for it again. Left to itself glibc keeps a heap for each thread, and, once a large
 * block was freed, puts blocks as large as that into these heaps, which keep the most that they ever had. */
void ks_mem_stay_flat(void);
/* Gives back what lies free between what is in use; a few milliseconds, to be called now and then. */
void ks_mem_trim(void);

#endif

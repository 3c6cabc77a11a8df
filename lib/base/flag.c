/* Flags between threads, and between a signal's handler and threads. */
#include "lib/base/flag.h"

#include <stddef.h>

bool ks_flag_is_raised(const volatile sig_atomic_t *flag)
{
	return flag != NULL && __atomic_load_n(flag, __ATOMIC_RELAXED) != 0;
}

void ks_flag_raise(volatile sig_atomic_t *flag)
{
	__atomic_store_n(flag, 1, __ATOMIC_RELAXED);
}

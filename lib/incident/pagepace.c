/* A part of the time for looks. */
#include "lib/incident/pagepace.h"

#define LEAST_MS 1000
#define MOST_MS 60000            /* the minute after which a storm is told */
#define SHARE 10                 /* of the time, one part for looks */

bool ks_pagepace_is_due(const struct ks_pagepace *pace, int64_t now_ms)
{
	return now_ms < pace->looked_ms || now_ms - pace->looked_ms >= pace->pause_ms;
}

void ks_pagepace_looked(struct ks_pagepace *pace, int64_t now_ms, int64_t took_ms)
{
	pace->looked_ms = now_ms;
	pace->pause_ms = took_ms < LEAST_MS / SHARE ? LEAST_MS :
		took_ms < MOST_MS / SHARE ? took_ms * SHARE : MOST_MS;
}

void ks_pagepace_hasten(struct ks_pagepace *pace)
{
	pace->pause_ms = 0;
}

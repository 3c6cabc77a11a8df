/*
 * When all incidents that wait to be told are looked at: in a storm they are thousands, each batch would
 * look at them again, and nothing else can be written meanwhile. A look is followed by a pause of many times
 * as long as it took; between looks only what a batch touched is, unless somebody asks for all, or page.h
 * has to look at all in fairness: that counts as a look, too.
 */
#ifndef KS_INCIDENT_PAGEPACE_H
#define KS_INCIDENT_PAGEPACE_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed at the start. */
struct ks_pagepace {
	int64_t looked_ms;               /* when the last look ended */
	int64_t pause_ms;                /* before the next one, from there on */
};

/* Also when the clock was set back behind the last look. */
bool ks_pagepace_is_due(const struct ks_pagepace *pace, int64_t now_ms);

/* A look that ended then took so long: by a clock that may have been set meanwhile. */
void ks_pagepace_looked(struct ks_pagepace *pace, int64_t now_ms, int64_t took_ms);

/* The next batch looks at all, however short a time ago that was. */
void ks_pagepace_hasten(struct ks_pagepace *pace);

#endif

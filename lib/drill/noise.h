/*
 * What goes on in a believable account while nobody attacks it: people who deploy, look and read, a shop
 * that runs, services that look after it. All of it is harmless, so that no finding of level high or above
 * comes of it.
 */
#ifndef KS_DRILL_NOISE_H
#define KS_DRILL_NOISE_H

#include "lib/drill/script.h"

/* Adds about rate records an hour, from the script's begin to its end. */
void ks_noise_add(struct ks_script *script, int64_t rate);

#endif

/*
 * What the responder does, counted: plans and steps by what became of them, and how long it took from the
 * commit of the evidence to the first call that contains.
 */
#ifndef KS_ENGINE_TEMPO_H
#define KS_ENGINE_TEMPO_H

#include "lib/engine/responder.h"

void ks_tempo_count(const struct ks_ctx *ctx, const struct ks_responder_news *news);

/* A plan was carried out for what was committed at since_ms: the ledger says when its first step
 * was sent. */
void ks_tempo_contained(const struct ks_ctx *ctx, struct ks_db *db, int64_t plan, int64_t since_ms);

#endif

/*
 * What tables the store has, and how an older store becomes a present one: numbered migrations, each in
 * a transaction of its own. A store that a newer program made is refused.
 */
#ifndef KS_STORE_SCHEMA_H
#define KS_STORE_SCHEMA_H

#include "lib/base/ctx.h"
#include "lib/store/db.h"

#define KS_SCHEMA_APPLICATION 0x4b534e52     /* "KSNR", at byte 68 of the file */
#define KS_SCHEMA_HASH_KEY_SIZE 32

/* Opens the store at path and brings it to the present version (also for KS_DB_READ: an old store is
 * first migrated). A new store gets its own random key for hashing secrets, from ctx. Errors: as
 * ks_db_open; UNSUPPORTED for a newer store. */
int ks_schema_open(const struct ks_ctx *ctx, const char *path, enum ks_db_mode mode, struct ks_db **out,
	struct ks_err *err);

/* The version that this program writes. */
int ks_schema_version(void);

/* The store's key: what a keyed hash of a secret is made with. It never leaves the store's file. */
int ks_schema_hash_key(struct ks_db *db, unsigned char out[KS_SCHEMA_HASH_KEY_SIZE], struct ks_err *err);

#endif

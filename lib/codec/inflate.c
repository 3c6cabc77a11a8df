/* The table of inflate back ends. */
#include "lib/codec/inflate.h"

#include <string.h>

#ifndef KS_HAVE_ISAL
#define KS_HAVE_ISAL 0
#endif

#ifndef KS_HAVE_LIBDEFLATE
#define KS_HAVE_LIBDEFLATE 0
#endif

#if KS_HAVE_LIBDEFLATE
extern const struct ks_inflate_whole ks_libdeflate_whole;
#endif

#define KS_INFLATE(name) extern const struct ks_inflate_backend ks_inflate_##name;
#include "lib/codec/inflates.def"
#undef KS_INFLATE

#define KS_INFLATE(name) &ks_inflate_##name,
static const struct ks_inflate_backend *const backends[] = {
#include "lib/codec/inflates.def"
};
#undef KS_INFLATE

const struct ks_inflate_backend *ks_inflate_find(const char *name)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (name == NULL || strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

const struct ks_inflate_whole *ks_inflate_find_whole(const struct ks_inflate_backend *backend)
{
#if KS_HAVE_LIBDEFLATE
	return backend != &ks_inflate_zlib ? &ks_libdeflate_whole : NULL;
#else
	(void)backend;
	return NULL;
#endif
}

/* Loaded before the C library: while the file of KS_NO_NAMES is there, no name can be resolved. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	static int (*theirs)(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **out);
	const char *path = getenv("KS_NO_NAMES");

	if (path != NULL && access(path, F_OK) == 0)
		return EAI_AGAIN;
	if (theirs == NULL)
		*(void **)&theirs = dlsym(RTLD_NEXT, "getaddrinfo");
	return theirs(node, service, hints, out);
}

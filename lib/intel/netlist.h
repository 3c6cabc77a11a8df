/*
 * Lists of IP addresses: which categories (tor, own, hosting, private …) an address is in. A list is
 * data, a line each:
 *
 *     192.0.2.0/24                 an address or a network (CIDR), IPv4 or IPv6
 *     2001:db8::1 tor scanner      categories of its own behind it, with blanks or tabs between
 *     # or ;                       what follows is a comment, at the beginning or at the end of a line
 *
 * A line without categories has the one that the file is named for: "tor.txt" holds tor, whatever
 * directory it lies in. A category is 1 to 64 lower-case letters, digits, '-', '_' and '.'. An address that
 * stands in several lines, itself or by networks around it, has all their categories. Families never mix.
 *
 * A million lines take about half a second to load and 20 MB to keep; a look-up is a binary search. Build
 * once, then any number of threads may look up.
 */
#ifndef KS_INTEL_NETLIST_H
#define KS_INTEL_NETLIST_H

#include "lib/base/err.h"
#include "lib/codec/ip.h"

#include <stddef.h>

#define KS_NETLIST_SUFFIX ".txt"

struct ks_netlist;

/* Who is told of lines that are none: err with file, line and column. The other lines count. Past
 * KS_NETLIST_PROBLEMS in one file, a last problem without a line says how many more there are. */
#define KS_NETLIST_PROBLEMS 20u
struct ks_netlist_sink {
	void (*problem)(void *arg, const struct ks_err *err);
	void *arg;
};

struct ks_netlist *ks_netlist_new(void);
void ks_netlist_free(struct ks_netlist *list);             /* NULL is fine */

/* Adds the lines of a file. Errors: NOTFOUND, IO, LIMIT. */
int ks_netlist_load(struct ks_netlist *list, const char *path, const struct ks_netlist_sink *sink,
	struct ks_err *err);

/* Adds the lines of a text; path names it, and its category. */
void ks_netlist_parse(struct ks_netlist *list, const char *path, struct ks_str text,
	const struct ks_netlist_sink *sink);

/* Everything is added: makes it ready for find. */
void ks_netlist_build(struct ks_netlist *list);

/* Number of lines that were taken. */
size_t ks_netlist_count(const struct ks_netlist *list);

/* The categories of all lines that were taken, in the order in which they first came up; as many as are
 * returned. Borrowed from the list, until more is added. */
size_t ks_netlist_categories(const struct ks_netlist *list, const struct ks_str **out);

/* The categories of an address in *out, as many as are returned, each once; 0 when it is in no list.
 * Borrowed from the list. */
size_t ks_netlist_find(const struct ks_netlist *list, const struct ks_ip *ip, const struct ks_str **out);

#endif

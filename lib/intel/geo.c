/* libmaxminddb behind one header. */
#include "lib/intel/geo.h"

#include "lib/base/mem.h"
#include "lib/base/vec.h"

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct database {
	MMDB_s mmdb;
	char *path;
	atomic_bool is_damaged;
};

struct ks_geo {
	struct ks_vec databases;     /* struct database * */
};

struct ks_geo *ks_geo_new(void)
{
	struct ks_geo *geo = ks_mem_alloc(sizeof(*geo));

	geo->databases = KS_VEC_OF(struct database *);
	return geo;
}

static struct database *at(const struct ks_geo *geo, size_t i)
{
	return *KS_VEC_AT(&geo->databases, struct database *, i);
}

void ks_geo_free(struct ks_geo *geo)
{
	if (geo == NULL)
		return;
	for (size_t i = 0; i < geo->databases.n; i++) {
		MMDB_close(&at(geo, i)->mmdb);
		free(at(geo, i)->path);
		free(at(geo, i));
	}
	ks_vec_release(&geo->databases);
	free(geo);
}

/* Whether a database is of a kind that has what we read: its type is a name such as GeoLite2-Country. */
static bool is_useful(const char *type)
{
	static const char *const kinds[] = { "Country", "City", "Enterprise", "ASN", "ISP" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (type != NULL && strstr(type, kinds[i]) != NULL)
			return true;
	return false;
}

/* Every record of the search tree leads to a node, to nothing, or to data that lies in the file. */
static bool is_tree_whole(const MMDB_s *mmdb)
{
	for (uint32_t i = 0; i < mmdb->metadata.node_count; i++) {
		MMDB_search_node_s node;

		if (MMDB_read_node(mmdb, i, &node) != MMDB_SUCCESS ||
			node.left_record_type == MMDB_RECORD_TYPE_INVALID ||
			node.right_record_type == MMDB_RECORD_TYPE_INVALID ||
			(node.left_record_type == MMDB_RECORD_TYPE_DATA &&
				node.left_record_entry.offset >= mmdb->data_section_size) ||
			(node.right_record_type == MMDB_RECORD_TYPE_DATA &&
				node.right_record_entry.offset >= mmdb->data_section_size))
			return false;
	}
	return true;
}

static int check(const char *path, int status, const MMDB_s *mmdb, struct ks_err *err)
{
	if (status != MMDB_SUCCESS)
		return ks_err_set(err, KS_ERR_CONFIG, "'%s' is no MaxMind database, or is damaged: %s", path,
			MMDB_strerror(status));
	if (!is_useful(mmdb->metadata.database_type))
		return ks_err_set(err, KS_ERR_CONFIG,
			"'%s' is a MaxMind database of type '%.60s', which holds neither countries nor networks: use "
			"one of type Country, City or ASN", path, mmdb->metadata.database_type);
	if (!is_tree_whole(mmdb))
		return ks_err_set(err, KS_ERR_CONFIG, "'%s' is damaged: its search tree leads nowhere", path);
	return 0;
}

int ks_geo_open(struct ks_geo *geo, const char *path, struct ks_err *err)
{
	struct database *database;
	struct stat st;
	int status;

	if (stat(path, &st) != 0)
		return ks_err_set_errno(err, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return ks_err_set(err, KS_ERR_CONFIG, "'%s' is no file", path);
	database = ks_mem_alloc(sizeof(*database));
	status = MMDB_open(path, MMDB_MODE_MMAP, &database->mmdb);
	if (check(path, status, &database->mmdb, err) != 0) {
		if (status == MMDB_SUCCESS)
			MMDB_close(&database->mmdb);
		free(database);
		return -1;
	}
	database->path = ks_mem_copy(path, strlen(path));
	*(struct database **)ks_vec_push(&geo->databases) = database;
	return 0;
}

/* What an entry holds at a path; false when there is nothing of that type. */
static bool read_value(struct database *database, MMDB_entry_s *entry, const char *const *path,
	uint32_t type, MMDB_entry_data_s *out)
{
	int status = MMDB_aget_value(entry, out, path);

	if (status != MMDB_SUCCESS && status != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
		atomic_store(&database->is_damaged, true);
	return status == MMDB_SUCCESS && out->has_data && out->type == type;
}

static bool is_country(const char *s, size_t n)
{
	return n == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z';
}

static void find_in(struct database *database, const struct sockaddr *address, struct ks_geo_place *out)
{
	static const char *const country[] = { "country", "iso_code", NULL };
	static const char *const asn[] = { "autonomous_system_number", NULL };
	int status = MMDB_SUCCESS;
	MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&database->mmdb, address, &status);
	MMDB_entry_data_s value;

	/* A database of IPv4 alone knows nothing of IPv6, and that is no damage. */
	if (status != MMDB_SUCCESS) {
		if (status != MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
			atomic_store(&database->is_damaged, true);
		return;
	}
	if (!found.found_entry)
		return;
	if (out->country[0] == '\0' &&
		read_value(database, &found.entry, country, MMDB_DATA_TYPE_UTF8_STRING, &value) &&
		is_country(value.utf8_string, value.data_size))
		memcpy(out->country, value.utf8_string, 2);
	if (out->asn == 0 && read_value(database, &found.entry, asn, MMDB_DATA_TYPE_UINT32, &value))
		out->asn = value.uint32;
}

void ks_geo_find(struct ks_geo *geo, const struct ks_ip *ip, struct ks_geo_place *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_storage address;

	*out = (struct ks_geo_place){ .asn = 0 };
	memcpy(&v4.sin_addr, ip->bytes, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, ip->bytes, sizeof(v6.sin6_addr));
	memset(&address, 0, sizeof(address));
	if (ip->bits == 128)
		memcpy(&address, &v6, sizeof(v6));
	else
		memcpy(&address, &v4, sizeof(v4));
	for (size_t i = 0; i < geo->databases.n; i++)
		find_in(at(geo, i), (const struct sockaddr *)(const void *)&address, out);
}

const char *ks_geo_damaged(const struct ks_geo *geo)
{
	for (size_t i = 0; i < geo->databases.n; i++)
		if (atomic_load(&at(geo, i)->is_damaged))
			return at(geo, i)->path;
	return NULL;
}

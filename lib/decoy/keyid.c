/* Ids by their prefix, and the account inside. */
#include "lib/decoy/keyid.h"

#define PREFIX 4
#define SHORTEST 16
#define LONGEST 128
#define HIGHEST_ACCOUNT UINT64_C(999999999999)

static const struct ks_keyid_kind kinds[] = {
	{ "AKIA", "long-term", "access key of an IAM user or of root", true },
	{ "ASIA", "temporary", "access key of a session", true },
	{ "ABIA", "bearer-token", "service bearer token of STS", false },
	{ "ACCA", "context-credential", "context-specific credential", false },
	{ "AGPA", "group", "IAM group", false },
	{ "AIDA", "user", "IAM user", false },
	{ "AIPA", "instance-profile", "EC2 instance profile", false },
	{ "ANPA", "managed-policy", "managed policy", false },
	{ "ANVA", "policy-version", "version of a managed policy", false },
	{ "APKA", "public-key", "public key", false },
	{ "AROA", "role", "IAM role", false },
	{ "ASCA", "certificate", "certificate", false },
};

const struct ks_keyid_kind *ks_keyid_find_kind(struct ks_str id)
{
	/* They all begin like this, and most of what is asked about does not. */
	if (id.n < PREFIX || id.p[0] != 'A')
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].prefix[1] == id.p[1] &&
			ks_str_has_prefix(id, (struct ks_str){ kinds[i].prefix, PREFIX }))
			return &kinds[i];
	return NULL;
}

bool ks_keyid_parse_account(struct ks_str account, uint64_t *out)
{
	uint64_t value = 0;

	if (account.n != KS_KEYID_ACCOUNT)
		return false;
	for (size_t i = 0; i < account.n; i++) {
		if (account.p[i] < '0' || account.p[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(account.p[i] - '0');
	}
	*out = value;
	return true;
}

static inline int base32_value(char c)
{
	unsigned letter = (unsigned char)c - (unsigned)'A', digit = (unsigned char)c - (unsigned)'2';

	return letter < 26 ? (int)letter : digit < 6 ? (int)digit + 26 : -1;
}

static int check_characters(struct ks_str id, struct ks_err *err)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if ((unsigned char)c - (unsigned)'A' < 26 || (unsigned char)c - (unsigned)'0' < 10)
			continue;
		if (c >= 'a' && c <= 'z')
			return ks_err_set(err, KS_ERR_PARSE, "character %zu is lower-case, ids are upper-case", i + 1);
		return ks_err_set(err, KS_ERR_PARSE, "character %zu is neither a letter nor a digit", i + 1);
	}
	return 0;
}

static int check_length(const struct ks_keyid_kind *kind, size_t n, struct ks_err *err)
{
	if (kind->is_access_key && n != KS_KEYID_SIZE)
		return ks_err_set(err, KS_ERR_PARSE, "an access key id has %d characters, this has %zu",
			KS_KEYID_SIZE, n);
	if (n < SHORTEST || n > LONGEST)
		return ks_err_set(err, KS_ERR_PARSE, "an id has %d to %d characters, this has %zu", SHORTEST,
			LONGEST, n);
	return 0;
}

/* Bit 47 is no part of the account; 40 bits can also hold what has thirteen digits. */
static int decode(struct ks_str id, struct ks_keyid *out, struct ks_err *err)
{
	uint64_t bits = 0, account;

	for (size_t i = PREFIX; i < id.n; i++) {
		int value = base32_value(id.p[i]);

		if (value < 0)
			return ks_err_set(err, KS_ERR_PARSE, "character %zu is not base32 (A to Z, 2 to 7)", i + 1);
		if (i < PREFIX + 10)
			bits = bits << 5 | (uint64_t)value;
	}
	account = (bits >> 2 & UINT64_C(0x7fffffffff80)) >> 7;
	out->has_account = account <= HIGHEST_ACCOUNT;
	if (!out->has_account)
		out->note = "what it decodes to is no account id";
	for (size_t i = KS_KEYID_ACCOUNT; out->has_account && i-- > 0; account /= 10)
		out->account[i] = (char)('0' + account % 10);
	return 0;
}

int ks_keyid_parse(struct ks_str id, struct ks_keyid *out, struct ks_err *err)
{
	struct ks_keyid found = { .kind = ks_keyid_find_kind(id) };

	if (id.n == 0)
		return ks_err_set(err, KS_ERR_PARSE, "an empty id");
	if (check_characters(id, err) != 0)
		return -1;
	if (found.kind == NULL)
		return ks_err_set(err, KS_ERR_PARSE, "no AWS id begins like this");
	if (check_length(found.kind, id.n, err) != 0)
		return -1;
	if (!found.kind->is_access_key)
		found.note = "only access key ids carry an account";
	else if (id.p[PREFIX] == 'I' || id.p[PREFIX] == 'J')
		found.note = "an old-style id, which carries no account";
	else if (decode(id, &found, err) != 0)
		return -1;
	*out = found;
	return 0;
}

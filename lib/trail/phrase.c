/* Phrases: cut out of what rules ask for, and compared where their pair stands. */
#include "lib/trail/phrase.h"

#include <string.h>

/* Pairs that stand in nearly every record, in lower case, and some that stand in half of them; counted in
 * real files. Those that are not here stand in a quarter of the records or less. */
static const char common[] =
	"nterenreteidamveonestisemeevusstawwsnaraatdecoorioearsetoutrecueanmaarceedaslsrnalssipgeiaacagro"
	"ttccriicnspatytarremadinafcirmfoheprsilitpiesocashtshauritegletlcryprcpebeungoscomruquvinceqdazo"
	"azpillovkesaaithryhirttfrpfqqrapgijatunusvdhsusdeiauddeeileyutpoispsdodrolfaelhtaewwulhosrimclex"
	"tntvyisptccdnlphsklyossmuimugccmzvibbukiakfenddkmduxbjefabxeckpnebvaaamsuclufidbdfpcltvpbatonebl"
	"bdptnibcweoploffrdctodbidicbdscfxtignofcbfchdcbyocumbbotfdmfnglanvgr";

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How often a pair stands in records: 0 seldom, 3 nearly always. */
static int frequency_of(char a, char b)
{
	/* Ids are made of digits and letters up to f; the rest stands between names, which begin with more
	 * letters than they end with: "role/" is in most records. */
	if (!is_letter(a) || !is_letter(b))
		return a == '/' ? 1 : b == '/' ? 2 : 3;
	for (const char *p = common; *p != '\0'; p += 2)
		if (p[0] == ks_str_lower(a) && p[1] == ks_str_lower(b))
			return 3;
	return ks_str_lower(a) <= 'f' && ks_str_lower(b) <= 'f' ? 1 : 0;
}

/* What JSON may write as an escape, or stands between values. */
static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7F && strchr("\"\\,[]{}", c) == NULL;
}

/* The longest run of plain letters. A colon that it begins with may stand behind a name. */
static struct ks_str find_run(struct ks_str text)
{
	struct ks_str best = { text.p, 0 };

	for (size_t from = 0, i = 0; i <= text.n; i++) {
		if (i < text.n && is_plain(text.p[i]) && (i > from || (text.p[i] != ':' && text.p[i] != ' ')))
			continue;
		if (i - from > best.n)
			best = ks_str_sub(text, from, i - from);
		from = i + 1;
	}
	return ks_str_sub(best, 0, KS_PHRASE_MOST - 1);
}

/* Whether a value other than a string may have this text. */
static bool may_be_bare(struct ks_str text)
{
	return !is_letter(text.p[0]) || ks_str_is_equal_nocase(text, KS_STR("true")) ||
		ks_str_is_equal_nocase(text, KS_STR("false")) || ks_str_is_equal_nocase(text, KS_STR("null"));
}

/* The bytes that are compared first, at once: as many as fit behind the pair, which is often the end of what
 * many texts have in common. */
static void set_window(struct ks_phrase *phrase)
{
	char bytes[8] = { 0 }, letters[8] = { 0 }, mask[8] = { 0 };
	unsigned most = phrase->n > sizeof(bytes) ? (unsigned)(phrase->n - sizeof(bytes)) : 0;

	phrase->window = (uint8_t)(phrase->at < most ? phrase->at : most);
	for (unsigned i = 0; i < sizeof(bytes) && phrase->window + i < phrase->n; i++) {
		bytes[i] = phrase->text[phrase->window + i];
		letters[i] = is_letter(bytes[i]) ? 0x20 : 0;
		mask[i] = (char)0xFF;
	}
	memcpy(&phrase->bytes, bytes, sizeof(bytes));
	memcpy(&phrase->letters, letters, sizeof(letters));
	memcpy(&phrase->mask, mask, sizeof(mask));
}

bool ks_phrase_set(struct ks_phrase *phrase, struct ks_str text, bool is_whole)
{
	struct ks_str run = find_run(text);
	int least = 3;

	if (run.n < KS_PHRASE_LEAST)
		return false;
	*phrase = (struct ks_phrase){ .n = (uint8_t)run.n,
		.is_whole = is_whole && run.n == text.n && !may_be_bare(run) };
	for (size_t i = 0; i < run.n; i++)
		phrase->text[i] = ks_str_lower(run.p[i]);
	for (size_t i = 0; i + 1 < run.n && least > 0; i++) {
		int frequency = frequency_of(run.p[i], run.p[i + 1]);

		if (frequency < least) {
			least = frequency;
			phrase->at = (uint8_t)i;
		}
	}
	set_window(phrase);
	return least < 3;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 0x20) : c;
}

void ks_phrase_add_pair(const struct ks_phrase *phrase, struct ks_mask_pairs *pairs)
{
	const char *pair = phrase->text + phrase->at;
	const char first[] = { pair[0], upper(pair[0]), '\0' }, second[] = { pair[1], upper(pair[1]), '\0' };

	ks_mask_pairs_add(pairs, first, second);
}

bool ks_phrase_stands(const struct ks_phrase *phrase, const char *from, const char *p)
{
	const char *begin;

	if ((size_t)(p - from) < phrase->at)
		return false;
	begin = p - phrase->at;
	/* What rules tell apart is at the end more often: "assumed-role/aws:" is one of many roles. */
	for (size_t i = phrase->n; i-- > 0;)
		if (ks_str_lower(begin[i]) != phrase->text[i])
			return false;
	if (!phrase->is_whole)
		return true;
	return begin > from && begin[-1] == '"' && (begin[phrase->n] == '"' || begin[phrase->n] == '\\');
}

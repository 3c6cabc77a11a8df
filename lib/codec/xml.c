/* XML by expat. */
#include "lib/codec/xml.h"

#include "lib/base/limits.h"

#include <expat.h>

#include <string.h>

struct work {
	XML_Parser parser;
	struct ks_arena *arena;
	struct ks_xml *open[KS_LIMIT_XML_DEPTH];
	struct ks_xml *last[KS_LIMIT_XML_DEPTH]; /* the newest child of each open element */
	size_t depth;
	size_t count;
	struct ks_xml *root;
	struct ks_buf text; /* since the last tag */
	struct ks_err *err;
	bool is_over; /* stopped by us; err says why */
};

static void stop(struct work *work, enum ks_err_code code, const char *why)
{
	if (work->is_over)
		return;
	work->is_over = true;
	ks_err_set_at(work->err, code, (int)XML_GetCurrentLineNumber(work->parser),
		(int)XML_GetCurrentColumnNumber(work->parser) + 1, "%s", why);
	XML_StopParser(work->parser, XML_FALSE);
}

static void XMLCALL on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct work *work = arg;
	const char *colon = strrchr(name, ':');
	struct ks_xml *node;

	(void)attributes;
	if (work->depth == KS_LIMIT_XML_DEPTH || work->count++ == KS_LIMIT_XML_NODES) {
		stop(work, KS_ERR_LIMIT, "the XML has too many elements, or too deep ones");
		return;
	}
	node = ks_arena_alloc(work->arena, sizeof(*node));
	node->name = ks_arena_copy(work->arena, ks_str_of(colon != NULL ? colon + 1 : name));
	node->text = KS_STR("");
	if (work->depth == 0) {
		work->root = node;
	} else {
		struct ks_xml *before = work->last[work->depth - 1];

		if (before != NULL)
			before->next = node;
		else
			work->open[work->depth - 1]->child = node;
		work->last[work->depth - 1] = node;
	}
	work->open[work->depth] = node;
	work->last[work->depth++] = NULL;
	ks_buf_clear(&work->text);
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
	struct work *work = arg;
	struct ks_xml *node;

	(void)name;
	if (work->is_over)
		return;
	node = work->open[--work->depth];
	if (node->child == NULL)
		node->text = ks_arena_copy(work->arena, ks_buf_str(&work->text));
	ks_buf_clear(&work->text);
}

static void XMLCALL on_text(void *arg, const XML_Char *text, int n)
{
	struct work *work = arg;

	ks_buf_add(&work->text, (struct ks_str){ text, (size_t)n });
}

static void XMLCALL on_doctype(void *arg, const XML_Char *name, const XML_Char *system,
	const XML_Char *public, int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	stop(arg, KS_ERR_PARSE, "a document type is not taken from AWS");
}

int ks_xml_parse(struct ks_str text, struct ks_arena *arena, const struct ks_xml **out, struct ks_err *err)
{
	struct work work = { .parser = XML_ParserCreate("UTF-8"), .arena = arena, .err = err };
	int rc = -1;

	if (work.parser == NULL)
		return ks_err_set(err, KS_ERR_PARSE, "expat cannot start");
	ks_buf_init(&work.text, KS_LIMIT_AWS_REPLY);
	XML_SetUserData(work.parser, &work);
	XML_SetElementHandler(work.parser, on_start, on_end);
	XML_SetCharacterDataHandler(work.parser, on_text);
	XML_SetStartDoctypeDeclHandler(work.parser, on_doctype);
	if (text.n > KS_LIMIT_AWS_REPLY) {
		ks_err_set(err, KS_ERR_LIMIT, "the XML is longer than %u bytes", KS_LIMIT_AWS_REPLY);
		goto out;
	}
	if (XML_Parse(work.parser, text.n > 0 ? text.p : "", (int)text.n, 1) != XML_STATUS_OK) {
		if (!work.is_over)
			ks_err_set_at(err, KS_ERR_PARSE, (int)XML_GetCurrentLineNumber(work.parser),
				(int)XML_GetCurrentColumnNumber(work.parser) + 1, "this is not XML: %s",
				XML_ErrorString(XML_GetErrorCode(work.parser)));
		goto out;
	}
	*out = work.root;
	rc = 0;
out:
	ks_buf_wipe(&work.text);
	XML_ParserFree(work.parser);
	return rc;
}

const struct ks_xml *ks_xml_find(const struct ks_xml *node, const char *path)
{
	struct ks_str rest = ks_str_of(path), name;

	while (node != NULL && ks_str_next(&rest, '/', &name)) {
		node = node->child;
		while (node != NULL && !ks_str_is_equal(node->name, name))
			node = node->next;
	}
	return node;
}

struct ks_str ks_xml_text(const struct ks_xml *node, const char *path)
{
	const struct ks_xml *found = ks_xml_find(node, path);

	return found != NULL ? found->text : (struct ks_str){ NULL, 0 };
}

/* The table of papers. */
#include "lib/report/paper.h"

#include <inttypes.h>

#define KS_PAPER(name, help) extern const struct ks_paper ks_paper_##name;
#include "lib/report/papers.def"
#undef KS_PAPER

#define KS_PAPER(name, help) &ks_paper_##name,
static const struct ks_paper *const rows[] = {
#include "lib/report/papers.def"
};
#undef KS_PAPER

const struct ks_paper *ks_paper_at(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i] : NULL;
}

int ks_paper_render(struct ks_db *db, const struct ks_paper *paper, const struct ks_paper_request *request,
	struct ks_buf *out, struct ks_err *err)
{
	struct ks_dossier dossier;
	int rc = ks_dossier_load(db, request->id, 0, &dossier, err);

	if (rc == 0)
		paper->render(&(struct ks_paper_subject){ &dossier, request->rules, request->version,
			request->now_ms }, out);
	if (rc == 0 && out->is_full)
		rc = ks_err_set(err, KS_ERR_LIMIT, "incident %" PRId64 " is too large for one file", request->id);
	ks_dossier_release(&dossier);
	return rc;
}

/*
 * What is wrong with rule files: every error and warning of a load, not only the first. Each is a
 * struct ks_err with file, line and column.
 */
#ifndef KS_SIGMA_PROBLEM_H
#define KS_SIGMA_PROBLEM_H

#include "lib/base/err.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stddef.h>

struct ks_problem {
	struct ks_err err;
	bool is_warning;             /* the rule works all the same */
};

struct ks_problems {
	struct ks_vec list;          /* struct ks_problem, in the order in which they were met */
	size_t errors;
	size_t warnings;
	const char *file;            /* goes into every problem that names no file; borrowed; may be NULL */
};

void ks_problem_init(struct ks_problems *problems);
void ks_problem_release(struct ks_problems *problems);

void ks_problem_add(struct ks_problems *problems, const struct ks_err *err);      /* an error; copied */
void ks_problem_add_at(struct ks_problems *problems, enum ks_err_code code, int line, int column,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
void ks_problem_warn_at(struct ks_problems *problems, int line, int column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif

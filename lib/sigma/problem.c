/* A list of errors and warnings. */
#include "lib/sigma/problem.h"

#include <stdarg.h>
#include <stdio.h>

void ks_problem_init(struct ks_problems *problems)
{
	*problems = (struct ks_problems){ .list = KS_VEC_OF(struct ks_problem) };
}

void ks_problem_release(struct ks_problems *problems)
{
	if (problems != NULL)
		ks_vec_release(&problems->list);
}

static struct ks_err *push(struct ks_problems *problems, const struct ks_err *err, bool is_warning)
{
	struct ks_problem *problem = ks_vec_push(&problems->list);

	*problem = (struct ks_problem){ .err = *err, .is_warning = is_warning };
	if (problems->file != NULL)
		ks_err_set_file(&problem->err, problems->file);
	if (is_warning)
		problems->warnings++;
	else
		problems->errors++;
	return &problem->err;
}

void ks_problem_add(struct ks_problems *problems, const struct ks_err *err)
{
	push(problems, err, false);
}

void ks_problem_add_at(struct ks_problems *problems, enum ks_err_code code, int line, int column,
	const char *format, ...)
{
	struct ks_err err = { .code = code, .line = line, .column = column };
	va_list args;

	va_start(args, format);
	vsnprintf(err.message, sizeof(err.message), format, args);
	va_end(args);
	push(problems, &err, false);
}

void ks_problem_warn_at(struct ks_problems *problems, int line, int column, const char *format, ...)
{
	struct ks_err err = { .line = line, .column = column };
	va_list args;

	va_start(args, format);
	vsnprintf(err.message, sizeof(err.message), format, args);
	va_end(args);
	push(problems, &err, true);
}

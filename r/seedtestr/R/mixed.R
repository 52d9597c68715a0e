# Linear and generalised linear mixed models, by the formulas of lme4.

st_lmm <- function(formula, data, REML = NULL, weights = NULL, factors = NULL, strict = FALSE,
                   intervals = NULL, confidence = NULL, replicates = NULL, seed = NULL, against = NULL,
                   by_level = FALSE, residuals = FALSE, max_iter = NULL) {
  call <- match.call()
  options <- c(
    mixed_options(formula, weights, factors, strict, intervals, confidence, replicates, seed, against,
                  by_level, residuals, max_iter),
    list(opt_off("--ml", "reml", REML)))
  fit_mixed("lmm", formula, data, c(weights, factors, formula_names(against)), options, call)
}

st_glmm <- function(formula, data, family = NULL, link = NULL, nAGQ = NULL, weights = NULL,
                    factors = NULL, strict = FALSE, intervals = NULL, confidence = NULL,
                    replicates = NULL, seed = NULL, against = NULL, by_level = FALSE,
                    residuals = FALSE, max_iter = NULL) {
  call <- match.call()
  family <- family_name(family)
  if (is.null(link)) link <- family$link
  options <- c(
    mixed_options(formula, weights, factors, strict, intervals, confidence, replicates, seed, against,
                  by_level, residuals, max_iter),
    list(opt("--family", "family", family$family),
         opt("--link", "link", link),
         opt("--agq", "quadrature", nAGQ)))
  fit_mixed("glmm", formula, data, c(weights, factors, formula_names(against)), options, call)
}

mixed_options <- function(formula, weights, factors, strict, intervals, confidence, replicates, seed,
                          against, by_level, residuals, max_iter) {
  list(opt("--formula", "formula", formula_text(formula)),
       opt("--weights", "weights", weights),
       opt("--factors", "factors", factors, "list"),
       opt("--strict", "strict", strict),
       opt("--intervals", "intervals", intervals),
       opt("--confidence", "confidence", confidence),
       opt("--replicates", "replicates", replicates),
       opt("--seed", "seed", seed),
       opt("--against", "against", if (!is.null(against)) formula_text(against)),
       opt("--by-level", "by_level", by_level),
       opt("--residuals", "residuals", residuals),
       opt("--max-iter", "max_iter", max_iter),
       opt_service("keep_model", TRUE))
}

formula_names <- function(formula) {
  if (!is.null(formula)) all.vars(as.formula(formula_text(formula)))
}

# `binomial`, `binomial()`, `binomial("probit")` and "binomial" are the same family.
family_name <- function(family) {
  if (is.null(family) || is.character(family)) return(list(family = family))
  if (is.function(family)) family <- family()
  list(family = family$family, link = family$link)
}

fit_mixed <- function(kind, formula, data, more, options, call) {
  rows <- formula_columns(formula, data, more)
  warn_of_order(rows, fixed_names(formula))
  answer <- ask(c("fit", kind), paste0("/", kind, "/fit"), rows, options)
  meta <- answer$result$fit_meta
  kind_of <- if (kind == "lmm") paste("Linear mixed model by", if (isTRUE(meta$reml)) "REML" else "ML")
             else paste0("Mixed model, ", meta$family, " with link ", meta$link)
  as_fit(answer, c(paste0("st_", kind), "st_mixed"), call, data = rows,
         formula = as.formula(formula_text(formula)), title = kind_of)
}

# Variables outside of the terms in bars.
fixed_names <- function(formula) {
  bare <- function(term) {
    if (!is.call(term)) return(if (is.name(term)) as.character(term))
    if (as.character(term[[1]])[1] %in% c("|", "||")) return(NULL)
    unlist(lapply(as.list(term)[-1], bare))
  }
  text <- as.formula(formula_text(formula))
  unique(bare(text[[length(text)]]))
}

st_ranef <- function(object) {
  if (!inherits(object, "st_mixed")) {
    st_stop("seedtest_usage", "only mixed models have random effects", hint = "give a fit of st_lmm() or st_glmm()")
  }
  modes <- object$result$random_effects
  errors <- object$result$random_effects_se
  parts <- lapply(names(modes), function(group) lapply(names(modes[[group]]), function(term) {
    values <- modes[[group]][[term]]
    data.frame(group = group, term = term, level = names(values), mode = number(values),
               se = number(errors[[group]][[term]]), stringsAsFactors = FALSE)
  }))
  do.call(rbind, unlist(parts, recursive = FALSE))
}

# Numbers of a named list of JSON, NA for null.
number <- function(values) {
  vapply(values, function(v) if (is.null(v)) NA_real_ else as.numeric(v), 0, USE.NAMES = FALSE)
}

predict.st_mixed <- function(object, newdata = NULL, re.form = NULL, type = NULL, se.fit = FALSE, ...) {
  rows <- if (is.null(newdata)) object$data else as.data.frame(newdata)
  fixed_only <- !is.null(re.form) && (inherits(re.form, "formula") || is.na(re.form))
  wanted <- setdiff(all.vars(object$formula), all.vars(object$formula[[2]]))
  kept <- intersect(c(wanted, all.vars(object$formula[[2]])), names(rows))
  columns_of(rows, setNames(as.list(wanted), wanted))
  kind <- if (inherits(object, "st_glmm")) "glmm" else "lmm"
  if (kind == "lmm") type <- NULL
  fixed <- opt("--fixed-only", "with_random", if (fixed_only) TRUE)
  fixed$sent <- FALSE
  model <- raw_json(object$json)
  if (nzchar(object$via)) model <- to_model(object)
  answer <- ask(c("predict", kind), paste0("/", kind, "/predict"), rows[kept],
                list(opt("--model", "model", model, "file"), fixed, opt("--type", "type", type)),
                field = "newdata", via = object$via)
  fit <- as.numeric(answer$result$predictions)
  if (!se.fit) return(fit)
  list(fit = fit, se.fit = as.numeric(answer$result$se))
}

# The part `model` of a fit, with every number as it came.
to_model <- function(object) {
  model <- jsonlite::fromJSON(object$json, simplifyVector = FALSE)$model
  raw_json(as.character(to_json(model)))
}

# One question to the program or the service, and what both answer: JSON.

# An option under its flag and its field; `field = NULL` where the service has none.
# `as` says how the flag takes it: text, a list joined by commas, JSON, or a file of JSON or of rows.
opt <- function(flag, field, value, as = c("text", "list", "json", "file", "rows")) {
  list(flag = flag, field = field, value = value, as = match.arg(as))
}

# A flag that takes something away (`--no-quality`), which the service has as a field that is false.
opt_off <- function(flag, field, value) {
  option <- opt(flag, field, if (identical(value, FALSE)) TRUE)
  option$sent <- FALSE
  option
}

# What only the program, or only the service, must be told: the other knows it from the rows.
opt_program <- function(flag, value) opt(flag, "", value)
opt_service <- function(field, value) opt("", field, value)

# Asks for `command` (words of the command line) or `route`, with rows under `--data` or `field`.
ask <- function(command, route, rows = NULL, options = list(), field = "rows", via = service_url()) {
  options <- Filter(function(o) !is.null(o$value) && !identical(o$value, FALSE), options)
  answer <- if (nzchar(via)) ask_service(via, route, rows, options, field)
            else ask_binary(command, rows, options)
  answer$via <- via
  answer$result <- jsonlite::fromJSON(answer$text, simplifyVector = TRUE, simplifyMatrix = FALSE)
  if (identical(answer$result$status, "noop")) {
    st_stop("seedtest_noop", answer$result$reason, hint = "give more rows")
  }
  answer$verdict <- verdict_of(answer$result)
  answer$converged <- converged_of(answer)
  warn_of_verdict(answer)
  answer
}

ask_binary <- function(command, rows, options) {
  files <- new.env()
  files$paths <- tempfile("seedtest-", fileext = ".json")
  on.exit(unlink(files$paths))
  out <- files$paths
  keep <- function(path) {
    files$paths <- c(files$paths, path)
    path
  }
  data <- if (!is.null(rows)) c("--data", keep(write_lines(json_rows(rows), ".jsonl")))
  options <- Filter(function(o) !identical(o$flag, ""), options)
  flags <- unlist(lapply(options, flag_of, keep = keep))
  threads <- getOption("seedtest.threads")
  threads <- if (!is.null(threads)) c("--threads", threads)
  run <- run_binary(c(command, data, flags, threads, "--json", out, "--quiet"))
  if (!file.exists(out)) st_stop("seedtest_failed", "the program wrote no answer", exit = run$code)
  list(text = paste(read_text(out), collapse = "\n"), code = run$code, complaint = run$complaint)
}

flag_of <- function(option, keep) {
  value <- option$value
  if (identical(value, TRUE)) return(option$flag)
  text <- switch(option$as,
    text = as.character(value),
    list = paste(value, collapse = ","),
    json = as.character(to_json(value)),
    file = keep(write_lines(if (is_raw_json(value)) value else to_json(value), ".json")),
    rows = keep(write_lines(json_rows(value), ".jsonl")))
  # `=` keeps values that begin with a minus from being read as flags.
  if (is.null(option$flag)) text else paste0(option$flag, "=", text)
}

# JSON of an earlier answer, which goes on as it came.
is_raw_json <- function(value) inherits(value, "st_json")
raw_json <- function(text) structure(text, class = "st_json")

ask_service <- function(url, route, rows, options, field) {
  if (is.null(route)) {
    st_stop("seedtest_usage", "the service has no route for this",
            hint = "unset options(seedtest.url = ) and SEEDTEST_URL to use the program")
  }
  options <- Filter(function(o) !identical(o$field, ""), options)
  lost <- Filter(function(o) is.null(o$field), options)
  if (length(lost)) {
    st_stop("seedtest_usage", paste0("the service does not take what `", lost[[1]]$flag, "` says"),
            hint = "unset options(seedtest.url = ) and SEEDTEST_URL to use the program")
  }
  fields <- vapply(options, function(o) paste0(json_text(o$field), ":", field_of(o)), "")
  rows <- if (!is.null(rows)) paste0(json_text(field), ":[", paste(json_rows(rows), collapse = ","), "]")
  list(text = post(url, route, paste0("{", paste(c(rows, fields), collapse = ","), "}")), code = 0L)
}

field_of <- function(option) {
  value <- if (is.null(option$sent)) option$value else option$sent
  if (is_raw_json(value)) return(unclass(value))
  if (option$as == "rows") return(paste0("[", paste(json_rows(value), collapse = ","), "]"))
  if (option$as == "list") value <- as.list(value)
  as.character(to_json(value))
}

verdict_of <- function(result) {
  for (place in list(result$verdict, result$fit_meta$verdict, result$model_meta$verdict)) {
    if (is.list(place) && !is.null(place$status)) return(place)
  }
  NULL
}

# A singular mixed model has converged, as in lme4: the answers of such models say so by a flag.
converged_of <- function(answer) {
  if (answer$code == 3L) return(FALSE)
  for (flag in list(answer$result$converged, answer$result$fit_meta$converged)) {
    if (is.logical(flag)) return(isTRUE(flag))
  }
  is.null(answer$verdict) || identical(answer$verdict$status, "converged")
}

warn_of_verdict <- function(answer) {
  verdict <- answer$verdict
  if (answer$converged) {
    if (identical(verdict$status, "singular")) message("singular fit: ", verdict$next_action)
    return(invisible())
  }
  said <- paste(c(verdict$reason, verdict$next_action), collapse = "; ")
  if (!nzchar(said)) said <- sub("^not converged: *", "", paste(answer$complaint, collapse = "; "))
  st_warn("seedtest_not_converged", paste0("not converged: ", said), verdict = verdict)
}

# The answer as a fit of R: `result` is the JSON read, `json` its text.
as_fit <- function(answer, class, call, data = NULL, formula = NULL, title = NULL) {
  structure(list(title = title, call = call, formula = formula, data = data, result = answer$result,
                 verdict = answer$verdict, converged = answer$converged, json = answer$text, via = answer$via),
            class = c(class, "st_fit"))
}

# One line of text, as the program takes formulas.
formula_text <- function(formula) {
  if (is.character(formula)) return(formula)
  gsub("[[:space:]]+", " ", paste(deparse(formula, width.cutoff = 500L), collapse = " "))
}

# The columns of `data` that a formula names.
formula_columns <- function(formula, data, more = NULL) {
  names <- unique(c(all.vars(as.formula(formula_text(formula))), more))
  if ("." %in% names) {
    st_stop("seedtest_usage", "a formula with `.` does not say its columns", hint = "name the columns")
  }
  columns_of(data, setNames(as.list(names), names))
}

# The program: where it is, how it is run, what its exit codes are in R.

#' Path of the program: option seedtest.binary, else variable SEEDTEST, else PATH.
st_binary <- function() {
  named <- c(getOption("seedtest.binary", ""), Sys.getenv("SEEDTEST"))
  named <- named[nzchar(named)]
  path <- if (length(named)) Sys.which(path.expand(named[1])) else Sys.which("seedtest")
  if (nzchar(path)) return(unname(path))
  what <- if (length(named)) paste0("`", named[1], "` is no program that can be run")
          else "there is no program `seedtest` on the PATH"
  st_stop("seedtest_not_found", what,
          hint = "set options(seedtest.binary = \"/path/to/seedtest\") or the variable SEEDTEST")
}

st_available <- function() {
  nzchar(service_url()) || tryCatch(nzchar(st_binary()), seedtest_not_found = function(e) FALSE)
}

st_version <- function() {
  run_binary("--version")$output[1]
}

# An error of a class of its own, with the hint of the program as a field.
st_stop <- function(class, message, hint = NULL, ...) {
  text <- paste(c(message, if (length(hint)) paste("hint:", hint)), collapse = "\n")
  stop(errorCondition(text, class = c(class, "seedtest_error"), hint = hint, ..., call = NULL))
}

st_warn <- function(class, message, ...) {
  warning(warningCondition(message, class = c(class, "seedtest_warning"), ..., call = NULL))
}

# Runs the program. Exit 0 and 3 come back, the others are errors with the program's own words.
run_binary <- function(arguments) {
  binary <- st_binary()
  said <- tempfile("seedtest-said-")
  printed <- tempfile("seedtest-printed-")
  on.exit(unlink(c(said, printed)))
  code <- system2(binary, shQuote(arguments), stdout = printed, stderr = said)
  complaint <- read_text(said)
  if (!code %in% c(0L, 3L)) stop_of_program(code, complaint, arguments)
  list(code = code, complaint = complaint, output = read_text(printed))
}

read_text <- function(path) readLines(path, encoding = "UTF-8", warn = FALSE)

stop_of_program <- function(code, complaint, arguments) {
  hint <- sub("^hint: *", "", grep("^hint:", complaint, value = TRUE))
  rest <- sub("^error: *", "", grep("^hint:", complaint, value = TRUE, invert = TRUE))
  rest <- rest[nzchar(rest)]
  if (!length(rest)) rest <- paste("the program ended with code", code)
  class <- if (code == 2L) "seedtest_usage" else "seedtest_failed"
  st_stop(class, paste(rest, collapse = "\n"), hint = if (length(hint)) hint,
          exit = code, arguments = arguments)
}

skip_without_program <- function() {
  testthat::skip_if_not(tryCatch(nzchar(st_binary()), seedtest_not_found = function(e) FALSE),
                        "the program seedtest is not here: set SEEDTEST to test against it")
}

# A program that writes `json` where `--json` says, `said` to its errors, and ends with `code`.
# Its arguments are left in the file `arguments` beside it.
fake_program <- function(json = "{}", said = "", code = 0L, env = parent.frame()) {
  testthat::skip_on_os("windows")
  dir <- scratch_dir(env)
  path <- file.path(dir, "seedtest")
  answer <- file.path(dir, "answer.json")
  complaint <- file.path(dir, "complaint.txt")
  writeLines(json, answer)
  writeLines(said, complaint)
  writeLines(c("#!/bin/sh",
               sprintf("printf '%%s\\n' \"$@\" > '%s/arguments'", dir),
               "while [ $# -gt 0 ]; do case \"$1\" in",
               sprintf("--data) cp \"$2\" '%s/rows'; shift ;;", dir),
               sprintf("--json) cp '%s' \"$2\"; shift ;;", answer),
               "esac; shift; done",
               sprintf("cat '%s' >&2", complaint),
               paste("exit", code)), path)
  Sys.chmod(path, "755")
  path
}

# A directory that goes with the test.
scratch_dir <- function(env) {
  dir <- tempfile("seedtest-test-")
  dir.create(dir)
  do.call(on.exit, list(substitute(unlink(d, recursive = TRUE), list(d = dir)), add = TRUE), envir = env)
  dir
}

with_options <- function(options, code) {
  old <- options(options)
  on.exit(options(old))
  force(code)
}

fixture_irt <- function() {
  set.seed(20261201)
  theta <- stats::rnorm(400)
  b <- c(-1.2, -0.5, 0, 0.4, 0.9, 1.4)
  p <- stats::plogis(outer(theta, b, "-"))
  matrix(as.integer(stats::runif(length(p)) < p), nrow(p),
         dimnames = list(sprintf("%03d", seq_along(theta)), paste0("q", seq_along(b))))
}

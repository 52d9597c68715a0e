sleep <- data.frame(y = c(1, 2, 3), day = 1:3, who = c("01", "01", "02"))

ask_fake <- function(...) st_lmm(y ~ day + (1 | who), sleep, ...)

test_that("a missing program is an error that says what to set", {
  with_options(list(seedtest.binary = "/nowhere/seedtest"), {
    expect_error(st_binary(), "SEEDTEST", class = "seedtest_not_found")
    expect_false(st_available())
  })
})

test_that("a failed command is an error with the program's own words and hint", {
  program <- fake_program(said = c("error: no column `x`; the table has y", "hint: check the spelling"), code = 1L)
  with_options(list(seedtest.binary = program), {
    failed <- tryCatch(ask_fake(), error = identity)
    expect_s3_class(failed, c("seedtest_failed", "seedtest_error"), exact = FALSE)
    expect_match(conditionMessage(failed), "no column `x`; the table has y", fixed = TRUE)
    expect_equal(failed$hint, "check the spelling")
    expect_equal(failed$exit, 1L)
  })
})

test_that("wrong usage has a class of its own", {
  program <- fake_program(said = "error: unexpected argument", code = 2L)
  with_options(list(seedtest.binary = program), expect_error(ask_fake(), class = "seedtest_usage"))
})

test_that("exit code 3 is a warning, and a fit that says so first", {
  json <- paste0("{\"status\":\"success\",\"coefficients\":[{\"name\":\"day\",\"estimate\":1.5}],",
                 "\"variance_components\":{\"Residual\":{\"sd\":2}},\"fit_meta\":{\"reml\":true,\"verdict\":",
                 "{\"status\":\"truncated\",\"reason\":\"no minimum within 1 iterations\",\"next_action\":\"raise it\"}}}")
  program <- fake_program(json = json, code = 3L)
  with_options(list(seedtest.binary = program), {
    expect_warning(fit <- ask_fake(), "not converged: no minimum within 1 iterations; raise it",
                   class = "seedtest_not_converged")
  })
  expect_match(capture.output(print(fit))[1], "^NOT CONVERGED")
  expect_equal(coef(fit), c(day = 1.5))
  expect_error(vcov(fit), class = "seedtest_no_such")
  expect_error(logLik(fit), class = "seedtest_no_such")
})

test_that("exit code 3 counts where the answer has no verdict", {
  json <- "{\"status\":\"success\",\"fit_meta\":{\"reml\":true}}"
  program <- fake_program(json = json, said = "not converged: out of time", code = 3L)
  with_options(list(seedtest.binary = program), {
    expect_warning(fit <- ask_fake(), "^not converged: out of time", class = "seedtest_not_converged")
  })
  expect_false(fit$converged)
})

test_that("too little to fit is an error with the reason", {
  program <- fake_program(json = "{\"status\":\"noop\",\"ok\":true,\"reason\":\"two rows\"}", code = 3L)
  with_options(list(seedtest.binary = program), expect_error(ask_fake(), "two rows", class = "seedtest_noop"))
})

test_that("arguments reach the program, and rows keep their ids", {
  json <- "{\"status\":\"success\",\"fit_meta\":{\"reml\":false}}"
  program <- fake_program(json = json)
  with_options(list(seedtest.binary = program, seedtest.threads = 1), ask_fake(REML = FALSE, weights = "day", by_level = TRUE))
  given <- readLines(file.path(dirname(program), "arguments"))
  expect_true(all(c("fit", "lmm", "--formula=y ~ day + (1 | who)", "--ml", "--weights=day", "--by-level", "--threads")
                  %in% given))
  expect_false("--strict" %in% given)
  expect_equal(readLines(file.path(dirname(program), "rows"))[1], "{\"y\":1,\"day\":1,\"who\":\"01\"}")
})

test_that("a column that is not there is refused before anything runs", {
  expect_error(st_lmm(y ~ dya + (1 | who), sleep), "no column `dya`; the data have y, day, who",
               class = "seedtest_data")
})

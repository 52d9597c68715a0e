test_that("replies are read whole, in one piece or in chunks", {
  reply <- function(text) seedtestr:::read_reply(charToRaw(text))
  whole <- reply("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 1}")
  chunks <- reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n5\r\n\": 1}\r\n0\r\n\r\n")
  expect_equal(whole, list(status = 200L, text = "{\"a\": 1}"))
  expect_equal(chunks, whole)
  expect_error(reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\": 1}"), "in the middle",
               class = "seedtest_unreachable")
})

test_that("a service that is not there is an error that says where to look", {
  with_options(list(seedtest.url = "http://127.0.0.1:1"), {
    expect_error(st_lmm(y ~ 1 + (1 | g), data.frame(y = 1, g = "a")), "no answer from http://127.0.0.1:1",
                 class = "seedtest_unreachable")
    expect_error(st_survival(Surv(t, e) ~ x, data.frame(t = 1, e = 1, x = 1), ridge = 1), "--ridge",
                 class = "seedtest_usage")
  })
})

# A service of the program's own, with nothing in it; its address.
start_service <- function(env = parent.frame()) {
  skip_on_os("windows")
  dir <- scratch_dir(env)
  log <- file.path(dir, "log")
  port <- 20000L + Sys.getpid() %% 20000L
  system2("sh", c("-c", shQuote(sprintf(
    "INTERNAL_TOKEN=secret %s --data-dir %s serve --bind 127.0.0.1:%d > %s 2>&1 & echo $! > %s",
    shQuote(st_binary()), shQuote(dir), port, shQuote(log), shQuote(file.path(dir, "pid"))))))
  pid <- as.integer(readLines(file.path(dir, "pid")))
  do.call(on.exit, list(substitute(tools::pskill(p), list(p = pid)), add = TRUE, after = FALSE), envir = env)
  for (i in 1:300) {
    # The shell opens the log in its own time.
    if (file.exists(log) && any(grepl("listening", readLines(log, warn = FALSE)))) {
      return(sprintf("http://127.0.0.1:%d", port))
    }
    Sys.sleep(0.1)
  }
  stop("the service did not start: ", paste(readLines(log, warn = FALSE), collapse = " "))
}

test_that("the service gives the numbers of the program", {
  skip_without_program()
  answers <- fixture_irt()
  growth <- data.frame(y = c(1.1, 2.0, 3.2, 0.4, 1.2, 1.9, 2.2, 2.8, 4.1), day = rep(0:2, 3), who = rep(c("01", "02", "03"), each = 3))
  local_lmm <- st_lmm(y ~ day + (1 | who), growth)
  local_irt <- st_irt(answers, model = "2pl")
  url <- start_service()
  with_options(list(seedtest.url = url), {
    refused <- tryCatch(st_lmm(y ~ day + (1 | who), growth), error = identity)
    expect_s3_class(refused, "seedtest_refused")
    expect_equal(refused$status, 401L)
  })
  with_options(list(seedtest.url = url, seedtest.token = "secret"), {
    fit <- st_lmm(y ~ day + (1 | who), growth)
    calibration <- st_irt(answers, model = "2pl")
    scores <- st_score(calibration, answers)
    predicted <- predict(fit, growth)
    body <- paste0("{\"rows\":[", paste(seedtestr:::json_rows(growth), collapse = ","),
                   "],\"formula\":\"y ~ day + (1 | who)\"}")
    plain <- seedtestr:::post_plain(url, "/lmm/fit", body)
    by_curl <- if (requireNamespace("curl", quietly = TRUE)) seedtestr:::post_curl(url, "/lmm/fit", body)
    failed <- tryCatch(st_lmm(y ~ day, growth), error = identity)
  })
  expect_identical(coef(fit), coef(local_lmm))
  expect_identical(vcov(fit), vcov(local_lmm))
  if (!is.null(by_curl)) {
    expect_equal(by_curl$status, 200L)
    expect_identical(jsonlite::fromJSON(by_curl$text)$fixed_effects, jsonlite::fromJSON(plain$text)$fixed_effects)
  }
  expect_equal(predicted, predict(local_lmm, growth), tolerance = 1e-14)
  expect_identical(coef(calibration), coef(local_irt))
  expect_equal(scores$result$scores$theta, local_irt$result$abilities$theta, tolerance = 1e-12)
  expect_s3_class(failed, "seedtest_refused")
  expect_match(failed$hint, "(1 | student)", fixed = TRUE)
})

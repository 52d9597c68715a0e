# The service over HTTP, where option seedtest.url or variable SEEDTEST_URL names one.

service_url <- function() {
  url <- getOption("seedtest.url", Sys.getenv("SEEDTEST_URL"))
  sub("/+$", "", if (is.null(url)) "" else url)
}

service_token <- function() getOption("seedtest.token", Sys.getenv("SEEDTEST_TOKEN"))

# Sends a body of JSON to a route; the text of a good answer, else an error with the service's hint.
post <- function(url, route, body) {
  answer <- if (startsWith(url, "http://")) post_plain(url, route, body) else post_curl(url, route, body)
  if (answer$status %in% 200:299) return(answer$text)
  told <- tryCatch(jsonlite::fromJSON(answer$text), error = function(e) list())
  message <- if (is.null(told$message)) paste("the service answered", answer$status) else told$message
  st_stop("seedtest_refused", message, hint = told$hint, status = answer$status, code = told$error)
}

request_headers <- function() {
  token <- service_token()
  c("Content-Type" = "application/json", if (nzchar(token)) c(Authorization = paste("Bearer", token)))
}

# Base R has no POST: a request of one connection over a socket.
post_plain <- function(url, route, body) {
  authority <- sub("/.*$", "", sub("^http://", "", url))
  prefix <- substring(url, nchar("http://") + nchar(authority) + 1)
  port <- if (grepl(":[0-9]+$", authority)) as.integer(sub("^.*:", "", authority)) else 80L
  bytes <- charToRaw(enc2utf8(body))
  headers <- c(Host = authority, Connection = "close", "Content-Length" = length(bytes), request_headers())
  head <- paste0("POST ", prefix, route, " HTTP/1.1\r\n",
                 paste0(names(headers), ": ", headers, "\r\n", collapse = ""), "\r\n")
  reply <- tryCatch(
    exchange(gsub("[][]", "", sub(":[0-9]+$", "", authority)), port, c(charToRaw(head), bytes)),
    error = function(e) unreachable(url, conditionMessage(e)))
  read_reply(reply)
}

exchange <- function(host, port, request) {
  seconds <- getOption("seedtest.timeout", 3600)
  connection <- suppressWarnings(
    socketConnection(host, port, open = "r+b", blocking = TRUE, timeout = seconds))
  on.exit(close(connection))
  writeBin(request, connection)
  parts <- list()
  repeat {
    part <- readBin(connection, "raw", 65536L)
    if (!length(part)) break
    parts[[length(parts) + 1L]] <- part
  }
  do.call(c, parts)
}

unreachable <- function(url, why) {
  st_stop("seedtest_unreachable", paste0("no answer from ", url, ": ", why),
          hint = "check options(seedtest.url = ) or the variable SEEDTEST_URL, and that the service runs")
}

# Status and body of a reply, be it of one piece or in chunks.
read_reply <- function(reply) {
  gap <- if (length(reply)) grepRaw("\r\n\r\n", reply, fixed = TRUE) else integer()
  if (!length(gap)) unreachable(service_url(), "the connection ended before an answer")
  head <- strsplit(rawToChar(reply[seq_len(gap - 1L)]), "\r\n", fixed = TRUE)[[1]]
  body <- reply[-seq_len(gap + 3L)]
  if (any(grepl("^transfer-encoding:.*chunked", head, ignore.case = TRUE))) body <- join_chunks(body)
  size <- sub("^content-length: *", "", grep("^content-length:", head, ignore.case = TRUE, value = TRUE),
              ignore.case = TRUE)
  if (length(size) && length(body) < as.numeric(size)) {
    unreachable(service_url(), "the connection ended in the middle of an answer")
  }
  text <- rawToChar(body)
  Encoding(text) <- "UTF-8"
  list(status = as.integer(strsplit(head[1], " ", fixed = TRUE)[[1]][2]), text = text)
}

join_chunks <- function(body) {
  parts <- list()
  at <- 1L
  repeat {
    line <- grepRaw("\r\n", body, offset = at, fixed = TRUE)
    if (!length(line)) unreachable(service_url(), "the connection ended in the middle of an answer")
    size <- strtoi(sub(";.*$", "", rawToChar(body[at:(line - 1L)])), 16L)
    if (size == 0L) return(do.call(c, c(list(raw()), parts)))
    parts[[length(parts) + 1L]] <- body[line + 1L + seq_len(size)]
    at <- line + 2L + size + 2L
  }
}

post_curl <- function(url, route, body) {
  if (!requireNamespace("curl", quietly = TRUE)) {
    st_stop("seedtest_unreachable", paste("an address that is not plain http needs the package curl:", url),
            hint = "install.packages(\"curl\")")
  }
  handle <- curl::new_handle(post = TRUE, postfields = enc2utf8(body),
                             timeout = getOption("seedtest.timeout", 3600))
  do.call(curl::handle_setheaders, c(list(handle), as.list(request_headers())))
  reply <- tryCatch(curl::curl_fetch_memory(paste0(url, route), handle),
                    error = function(e) unreachable(url, conditionMessage(e)))
  text <- rawToChar(reply$content)
  Encoding(text) <- "UTF-8"
  list(status = reply$status_code, text = text)
}

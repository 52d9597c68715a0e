# Data frames on their way out. A line of JSON a row: unlike CSV it says that "007" is text.

# One string of JSON per row; NA is null.
json_rows <- function(data) {
  data <- as.data.frame(data)
  if (!nrow(data)) st_stop("seedtest_data", "the data have no rows")
  cells <- Map(function(column, name) paste0(json_text(name), ":", json_column(column, name)), data, names(data))
  paste0("{", do.call(paste, c(unname(cells), sep = ",")), "}")
}

json_column <- function(column, name) {
  missing <- is.na(column)
  text <- if (inherits(column, "POSIXt")) json_text(format(column, "%Y-%m-%dT%H:%M:%SZ", tz = "UTC"))
  else if (inherits(column, "Date") || is.factor(column) || is.character(column)) json_text(as.character(column))
  else if (is.logical(column)) as.character(as.integer(column))
  else if (is.numeric(column)) json_number(column, name)
  else st_stop("seedtest_data", paste0("column ", name, " is a ", class(column)[1]),
               hint = "columns are numbers, text, factors, logicals, dates or times")
  text[missing] <- "null"
  text
}

# As few digits as bring the same number back.
json_number <- function(x, name) {
  x <- as.numeric(x)
  if (any(is.infinite(x))) {
    row <- which(is.infinite(x))[1]
    st_stop("seedtest_data", paste0("row ", row, ": ", name, " is infinite"),
            hint = "make it a number, or NA where nothing is known")
  }
  text <- sprintf("%.15g", x)
  rough <- which(!is.na(x) & suppressWarnings(as.numeric(text)) != x)
  text[rough] <- sprintf("%.17g", x[rough])
  text
}

json_text <- function(x) {
  x <- enc2utf8(x)
  x <- gsub("\\", "\\\\", x, fixed = TRUE)
  x <- gsub("\"", "\\\"", x, fixed = TRUE)
  for (code in c(1:31)[vapply(1:31, function(i) any(grepl(intToUtf8(i), x, fixed = TRUE)), TRUE)]) {
    x <- gsub(intToUtf8(code), sprintf("\\u%04x", code), x, fixed = TRUE)
  }
  paste0("\"", x, "\"")
}

# Ids are text however they are held.
id_text <- function(x) {
  if (is.numeric(x)) ifelse(is.na(x), NA_character_, json_number(x, "the id")) else as.character(x)
}

write_lines <- function(lines, extension) {
  path <- tempfile("seedtest-", fileext = extension)
  connection <- file(path, "wb")
  on.exit(close(connection))
  writeLines(lines, connection, sep = "\n", useBytes = TRUE)
  path
}

to_json <- function(value) {
  jsonlite::toJSON(value, auto_unbox = TRUE, null = "null", na = "null", digits = I(17))
}

# The columns `wanted` of `data` under the names that `wanted` has.
columns_of <- function(data, wanted) {
  data <- as.data.frame(data)
  absent <- setdiff(unlist(wanted), names(data))
  if (length(absent)) {
    st_stop("seedtest_data",
            paste0("no column `", absent[1], "`; the data have ", paste(names(data), collapse = ", ")),
            hint = "check the spelling; upper and lower case differ")
  }
  setNames(data[unlist(wanted)], names(wanted))
}

# Levels of text are taken in byte order by the program; an order of one's own would be lost unseen.
warn_of_order <- function(data, variables) {
  for (name in intersect(variables, names(data))) {
    levels <- levels(data[[name]])
    if (is.null(levels) || identical(levels, sort(levels, method = "radix"))) next
    first <- sort(levels, method = "radix")[1]
    st_warn("seedtest_levels", paste0(
      "levels of ", name, " are taken in the order of their bytes: the reference is \"", first,
      "\", not \"", levels[1], "\"; rename the levels to have them in another order"))
  }
}

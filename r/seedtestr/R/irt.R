# Item response models: calibration, items that differ between groups, scores, links.

st_irt <- function(data, student = "student", item = "item", correct = "correct", model = NULL,
                   group = NULL, score = NULL, reference_group = NULL, anchors = NULL, linking = NULL,
                   priors = NULL, guessing = NULL, duplicates = NULL, min_answers = NULL,
                   max_iter = NULL, se = NULL, quality = FALSE, fit_statistics = FALSE,
                   covariance = FALSE) {
  call <- match.call()
  rows <- answers_of(data, student, item, correct, score, group)
  options <- c(
    calibration_options(rows, model, reference_group, anchors, linking, priors, guessing, duplicates,
                        min_answers, max_iter, se),
    list(opt_program("--group", if (!is.null(group)) "group"),
         opt("--quality", "quality", quality),
         opt("--fit-statistics", "fit_statistics", fit_statistics),
         opt("--covariance", "covariance", covariance)))
  answer <- ask(c("fit", "irt"), "/irt/calibrate", rows, options, field = "observations")
  as_fit(answer, "st_irt", call, title = irt_title(answer$result))
}

st_dif <- function(data, student = "student", item = "item", correct = "correct", group = "group",
                   model = NULL, score = NULL, reference_group = NULL, priors = NULL, guessing = NULL,
                   duplicates = NULL, min_answers = NULL, max_iter = NULL) {
  call <- match.call()
  rows <- answers_of(data, student, item, correct, score, group)
  options <- c(
    calibration_options(rows, model, reference_group, NULL, NULL, priors, guessing, duplicates,
                        min_answers, max_iter, NULL),
    list(opt_program("--dif", "group"), opt_service("dif", TRUE)))
  answer <- ask(c("fit", "irt"), "/irt/calibrate", rows, options, field = "observations")
  as_fit(answer, c("st_dif", "st_irt"), call,
         title = paste("Items compared between groups,", irt_title(answer$result)))
}

calibration_options <- function(rows, model, reference_group, anchors, linking, priors, guessing,
                                duplicates, min_answers, max_iter, se) {
  scored <- "score" %in% names(rows)
  list(opt("--model", "model", model),
       opt_program("--student", if (scored) "student_id"),
       opt_program("--item", if (scored) "item_id"),
       opt_program("--score", if (scored) "score"),
       opt("--reference-group", "reference_group", reference_group),
       opt("--anchors", "anchors", anchors_of(anchors), "file"),
       opt("--linking", "linking_method", linking),
       opt("--priors", "priors", priors, if (is.list(priors)) "json" else "text"),
       opt("--guessing", "guessing", guessing),
       opt("--duplicates", "duplicates", duplicates),
       opt("--min-answers", "min_answers", min_answers),
       opt("--max-iter", "max_iter", max_iter),
       opt("--se", "standard_errors", se))
}

# Answers in long form: student_id, item_id, correct or score, and group. A matrix has a student a row.
answers_of <- function(data, student, item, correct, score, group) {
  if (is.matrix(data)) {
    if (!is.null(group)) {
      st_stop("seedtest_usage", "answers as a matrix have no column of groups",
              hint = "give one answer a row, with a column of the group")
    }
    return(answers_of_matrix(data, if (is.null(score)) "correct" else "score"))
  }
  wanted <- c(list(student_id = student, item_id = item),
              if (is.null(score)) list(correct = correct) else list(score = score),
              if (!is.null(group)) list(group = group))
  rows <- columns_of(data, wanted)
  rows$student_id <- id_text(rows$student_id)
  rows$item_id <- id_text(rows$item_id)
  if (!is.null(group)) rows$group <- id_text(rows$group)
  rows
}

answers_of_matrix <- function(answers, value) {
  students <- if (is.null(rownames(answers))) as.character(seq_len(nrow(answers))) else rownames(answers)
  items <- if (is.null(colnames(answers))) paste0("item", seq_len(ncol(answers))) else colnames(answers)
  rows <- data.frame(student_id = rep(students, ncol(answers)), item_id = rep(items, each = nrow(answers)),
                     value = as.vector(answers), stringsAsFactors = FALSE)
  rows <- rows[!is.na(rows$value), , drop = FALSE]
  names(rows)[3] <- value
  rows
}

# A data frame with item, a, b and perhaps c becomes the list that the program reads.
anchors_of <- function(anchors) {
  if (!is.data.frame(anchors)) return(anchors)
  columns_of(anchors, list(item = "item", b = "b"))
  fixed <- if (is.null(anchors$fixed)) rep(TRUE, nrow(anchors)) else as.logical(anchors$fixed)
  lapply(seq_len(nrow(anchors)), function(i) {
    list(item_id = id_text(anchors$item[i]), params = parameters_of(anchors, i), fixed = fixed[i])
  })
}

parameters_of <- function(items, i) {
  given <- intersect(c("a", "b", "c"), names(items))
  values <- lapply(items[i, given, drop = FALSE], as.numeric)
  values[!is.na(unlist(values))]
}

irt_title <- function(result) {
  spec <- result$fit_meta$model_spec
  paste0(spec$model, " calibration of ", spec$n_items, " items by the answers of ", spec$n_users, " students")
}

st_score <- function(params, data, student = "student", item = "item", correct = "correct",
                     score = NULL, method = NULL, prior_mean = NULL, prior_sd = NULL, group = NULL) {
  call <- match.call()
  rows <- answers_of(data, student, item, correct, score, group)
  scored <- "score" %in% names(rows)
  options <- list(
    opt("--params", "item_params", score_parameters(params), "file"),
    opt_program("--student", if (scored) "student_id"),
    opt_program("--item", if (scored) "item_id"),
    opt_program("--score", if (scored) "score"),
    opt_program("--group", if (!is.null(group)) "group"),
    opt("--method", "method", method),
    opt("--prior-mean", "prior_mean", prior_mean),
    opt("--prior-sd", "prior_sd", prior_sd))
  answer <- ask("score", "/irt/score", rows, options, field = "responses")
  title <- paste(answer$result$method, "abilities of", nrow(answer$result$scores), "students")
  as_fit(answer, "st_score", call, title = title)
}

# A calibration as it came, or a data frame with item, a, b and perhaps c.
score_parameters <- function(params) {
  if (inherits(params, "st_fit")) return(raw_json(params$json))
  if (!is.data.frame(params)) return(params)
  columns_of(params, list(item = "item", b = "b"))
  setNames(lapply(seq_len(nrow(params)), function(i) parameters_of(params, i)), id_text(params$item))
}

st_link <- function(new, old, ..., method = NULL, drift = NULL) {
  call <- match.call()
  fits <- list(new, old, ...)
  if (!all(vapply(fits, inherits, TRUE, "st_irt"))) {
    st_stop("seedtest_usage", "a link is between fits of st_irt()", hint = "give the fits themselves")
  }
  options <- c(list(opt("--method", NULL, method), opt("--drift", NULL, drift)),
               lapply(fits, function(fit) opt(NULL, NULL, raw_json(fit$json), "file")))
  answer <- ask("link", NULL, options = options)
  fit <- as_fit(answer, "st_link", call, title = "Link of one calibration to the scale of another")
  fit$new <- item_table(new$result$item_params)
  fit$old <- item_table(old$result$item_params)
  fit
}

# A row per item: a, then b or b1, b2, …, then c, with the standard errors where there are any.
item_table <- function(items) {
  values <- cbind(numbers_of(items$params, c("a", "b", "c")),
                  numbers_of(items$se, c("a", "b", "c"), suffix = "_se"))
  # What no item of the model has: a guessing probability, an error of what is held.
  values <- values[!vapply(values, function(column) all(is.na(column)), TRUE)]
  if (is.null(values$c_se) && all(values$c %in% c(0, NA))) values$c <- NULL
  data.frame(item = items$item_id, values, stringsAsFactors = FALSE, check.names = FALSE)
}

# The parameters of all items as columns, one for each threshold where an item has several.
numbers_of <- function(values, names, suffix = "") {
  columns <- lapply(intersect(names, names(values)), function(name) {
    column <- values[[name]]
    if (!is.list(column)) return(setNames(data.frame(as.numeric(column)), paste0(name, suffix)))
    width <- max(lengths(column), 1L)
    padded <- t(vapply(column, function(x) c(as.numeric(x), rep(NA, width - length(x))), numeric(width)))
    if (width == 1L) padded <- matrix(as.numeric(padded), ncol = 1L)
    labels <- if (width == 1L) name else paste0(name, seq_len(width))
    setNames(as.data.frame(padded), paste0(labels, suffix))
  })
  if (length(columns)) do.call(cbind, columns) else data.frame(row.names = seq_len(NROW(values)))
}

predict.st_irt <- function(object, newdata = NULL, ...) {
  if (is.null(newdata)) return(object$result$abilities)
  st_score(object, newdata, ...)$result$scores
}

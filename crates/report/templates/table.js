// Sorts and filters the table of students; without it the table is complete and by name.
(function () {
  "use strict";
  var table = document.getElementById("roster");
  var body = table.tBodies[0];
  var rows = Array.from(body.rows);
  var heads = Array.from(table.tHead.rows[0].cells);
  var filter = document.getElementById("filter");
  var sort = document.getElementById("sort");
  var found = document.getElementById("found");
  var sorted = 0;
  var direction = 1;

  function value(row, column) {
    var cell = row.cells[column];
    if ('v' in cell.dataset) return Number(cell.dataset.v);
    return cell.classList.contains("text") ? cell.textContent : null;
  }

  function compare(a, b) {
    var x = value(a, sorted);
    var y = value(b, sorted);
    if (x === null || y === null) return (x === null) - (y === null);
    if (typeof x === "string") return direction * x.localeCompare(y, document.documentElement.lang);
    return direction * (x - y);
  }

  function by(column, way) {
    sorted = column;
    direction = way;
    rows.sort(compare);
    body.append.apply(body, rows);
    heads.forEach(function (head, i) {
      if (i === column) head.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    sort.value = String(column - 1);
  }

  function show() {
    var wanted = filter.value.trim().toLowerCase();
    var n = 0;
    rows.forEach(function (row) {
      var shown = row.textContent.toLowerCase().includes(wanted);
      row.hidden = !shown;
      if (shown) n += 1;
    });
    found.textContent = wanted ? found.dataset.text.replace("{n}", n) : "";
  }

  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", function () {
      var text = column === 0 || head.classList.contains("text");
      by(column, sorted === column ? -direction : text ? 1 : -1);
    });
  });
  sort.addEventListener("change", function () {
    var column = Number(sort.value) + 1;
    by(column, column === 0 || heads[column].classList.contains("text") ? 1 : -1);
  });
  filter.addEventListener("input", show);
  document.querySelector(".tools").hidden = false;
}());

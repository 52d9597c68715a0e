// Sends a file that was dropped or chosen, and goes to the page where it is looked at. One that could not be sent is kept,
// to be sent again.
(function () {
  "use strict";
  var area = document.getElementById("drop");
  var input = document.getElementById("file");
  var bar = document.getElementById("sent");
  var told = document.getElementById("told");
  var again = document.getElementById("again");
  var kept = null;

  function tell(text) { told.textContent = text; }

  function keep(file) {
    kept = file;
    bar.hidden = true;
    again.textContent = area.dataset.again.replace("{name}", file.name);
    again.hidden = false;
  }

  function failed(file) {
    tell(area.dataset.failed);
    keep(file);
  }

  // The session is asked for first: of a large file a browser learns only that the connection broke.
  function send(file) {
    if (file.size > Number(area.dataset.largest)) { tell(area.dataset.large); return; }
    kept = null;
    again.hidden = true;
    seedtest.token().then(function (token) {
      if (token) { post(file, token); return; }
      seedtest.askToSignIn(told);
      keep(file);
    }).catch(function () { failed(file); });
  }

  function post(file, token) {
    var request = new XMLHttpRequest();
    request.open("POST", area.dataset.path + "?name=" + encodeURIComponent(file.name));
    request.setRequestHeader("x-csrf-token", token);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", function (event) {
      if (!event.lengthComputable) return;
      bar.hidden = false;
      bar.value = event.loaded / event.total;
    });
    request.addEventListener("load", function () {
      if (request.status === 200) {
        location.assign(JSON.parse(request.responseText).path);
        return;
      }
      if (request.status === 413) { bar.hidden = true; tell(area.dataset.large); return; }
      failed(file);
    });
    request.addEventListener("error", function () { failed(file); });
    tell(area.dataset.sending.replace("{name}", file.name));
    request.send(file);
  }

  again.addEventListener("click", function () { if (kept) send(kept); });
  input.addEventListener("change", function () { if (input.files.length) send(input.files[0]); });
  ["dragenter", "dragover"].forEach(function (name) {
    area.addEventListener(name, function (event) { event.preventDefault(); area.classList.add("over"); });
  });
  ["dragleave", "drop"].forEach(function (name) {
    area.addEventListener(name, function () { area.classList.remove("over"); });
  });
  area.addEventListener("drop", function (event) {
    event.preventDefault();
    if (event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
  });

  // What is computed goes on by itself: the page is fetched again for how far it is. Who is signed out gets there by the
  // sign-in, unless a file waits here.
  function look() {
    var page = location.pathname + "?done=computes";
    fetch(page).then(function (answer) {
      if (answer.redirected && !kept) location.assign(page);
      return answer.text();
    }).then(function (text) {
      var shown = document.getElementById("computing");
      var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("computing");
      if (!fresh) return;
      if (fresh.textContent !== shown.textContent) shown.replaceChildren.apply(shown, fresh.childNodes);
      if ("goesOn" in fresh.dataset) setTimeout(look, 1000);
    }).catch(function () { setTimeout(look, 5000); });
  }
  if (document.querySelector("#computing[data-goes-on]")) setTimeout(look, 1000);
}());
